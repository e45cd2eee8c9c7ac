"""The command line: one module a command, listed here by hand. Heavy imports live inside the commands."""

from __future__ import annotations

from typing import Annotated

import typer

from cachecalc.cli import (
    compare,
    diff,
    errors,
    estimate,
    init,
    lint,
    lock,
    memo,
    plan,
    prices,
    replay,
    rule,
    tokens,
    why,
)

app = typer.Typer(
    name="cachecalc",
    help="What prompt caching costs and saves: estimate the bill, lint prompts, replay logs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001  # the shape of a Typer callback
    if wanted:
        from cachecalc import __version__

        typer.echo(f"cachecalc {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


app.command()(estimate.estimate)
app.command()(init.init)
app.command()(compare.compare)
app.command()(diff.diff)
app.command()(plan.plan)
app.command()(lint.lint)
app.command()(replay.replay)
app.command()(why.why)
app.command()(memo.memo)
app.command()(lock.lock)
app.command()(rule.rule)
app.add_typer(prices.app)
app.command()(tokens.tokens)


def main() -> None:
    """The `cachecalc` command."""
    errors.run(app)
