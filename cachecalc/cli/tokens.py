"""`cachecalc tokens`: how many tokens a prompt has, part by part, and how sure that is."""

from __future__ import annotations

import enum
import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cachecalc.cli import output
from cachecalc.core.problem import InputError

if TYPE_CHECKING:
    from cachecalc.core.pricing import Model, PriceTable
    from cachecalc.core.prompt import Prompt

DEFAULT_MODELS = ("claude-sonnet-5-5", "gpt-6.2-sol", "gemini-3.8-flash")
"""Counted for where neither the command nor the prompt names a model: one from each of three providers."""


class Format(enum.StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"


def tokens(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Prompt files; `-` is standard input.")],
    model: Annotated[
        list[str] | None, typer.Option("--model", "-m", help="An id or alias; may be given several times.")
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Ask Anthropic's count-tokens endpoint for Claude. Sends the texts.")
    ] = False,
    format: Annotated[Format, typer.Option("--format", help="How to print the result.")] = Format.TEXT,
    pricing: Annotated[str | None, typer.Option("--pricing", help="Your own prices, over the bundled ones.")] = None,
    to: output.OutputOption = None,
) -> None:
    """Count the tokens of prompts by part and model, with the counter used and how wrong it may be."""
    from cachecalc.cli import prompt_files
    from cachecalc.load import pricing as price_files
    from cachecalc.report import tokens as report

    table = price_files.load(pricing)
    prompts = [prompt for path in files for prompt in prompt_files.prompts_in(path)]
    document = report.document(_counted(prompts, model or (), table, exact=exact))
    if format is Format.JSON:
        output.write(json.dumps(document, indent=2, ensure_ascii=False), to)
    elif format is Format.CSV:
        output.write(report.comma_separated(document), to)
    else:
        from cachecalc.report.terminal import Style

        columns, color = output.terminal(to)
        is_seen = to is None and sys.stdout.isatty()
        output.write(report.text(document, columns if is_seen else None, Style(color)), to)


def _counted(
    prompts: Sequence[Prompt], names: Sequence[str], table: PriceTable, *, exact: bool
) -> Iterator[tuple[Prompt, Model]]:
    from cachecalc.tokens import count_prompt, counter_for

    for prompt in prompts:
        for name in names or _own_models(prompt, table):
            model = table.find(name)
            counter = counter_for(model.tokenizer, exact=exact, model=name)
            yield count_prompt(prompt, model, counter), model


def _own_models(prompt: Prompt, table: PriceTable) -> Sequence[str]:
    """The model that the prompt names, if the price table knows it."""
    try:
        return [table.find(prompt.model).id] if prompt.model else DEFAULT_MODELS
    except InputError:
        return DEFAULT_MODELS
