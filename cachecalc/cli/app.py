"""The command line: one module a command, listed here by hand, and loaded when its command is run."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cachecalc.cli import errors
from cachecalc.core.problem import InputError, did_you_mean

COMMANDS: Mapping[str, str] = {
    "estimate": "The monthly bill: without caching, as configured, at its cheapest.",
    "init": "Write a commented starter profile.",
    "compare": "A workload on every model and caching strategy, by cost.",
    "diff": "What a change costs a month.",
    "plan": "The cheapest legal marks and TTLs.",
    "lint": "Find what breaks the prompt cache, and what it costs.",
    "replay": "The bill of request logs, as it is and under other policies.",
    "why": "Why requests missed the cache, and what to do.",
    "memo": "The measured hit rates of a response cache.",
    "lock": "Record static prefixes; say which a change invalidates.",
    "rule": "A lint rule's page, or the list of all.",
    "tokens": "Count the tokens of prompts by part and model.",
    "prices": "What models cost and how their providers cache.",
}
"""Every command and what it does in a line. `cachecalc/cli/NAME.py` has the function `NAME`, or the group `app`."""


class Commands(TyperGroup):
    """Loads only the command that is run: to build them all takes as long as the whole start of one."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # the shape that Typer calls
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            hint = did_you_mean(cmd_name, COMMANDS) or "`cachecalc --help` lists them"
            raise InputError(f"no command is called {cmd_name!r}", help=hint)
        module = importlib.import_module(f"cachecalc.cli.{cmd_name}")
        return typer.main.get_command(module.app if hasattr(module, "app") else _alone(getattr(module, cmd_name)))

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _alone(function: Any) -> typer.Typer:
    """A command line of one command."""
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    alone.command()(function)
    return alone


app = typer.Typer(
    name="cachecalc",
    cls=Commands,
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


def main() -> None:
    """The `cachecalc` command."""
    # pydantic asks every installed package for plugins, which takes longer than pydantic's own import.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    errors.stop_when_told()
    errors.run(app)
