"""`cachecalc rule`: what a rule finds, why it costs money, and what to do."""

from __future__ import annotations

import enum
from typing import Annotated

import typer

from cachecalc.cli import output


class Format(enum.StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def rule(
    word: Annotated[str | None, typer.Argument(metavar="[CODE|NAME]", help="The rule; none lists them all.")] = None,
    format: Annotated[Format, typer.Option("--format", help="How to print the result.")] = Format.TEXT,
    destination: output.OutputOption = None,
) -> None:
    """A rule's page: what it finds, why, what to do, with examples. Without a rule, the list of all."""
    from cachecalc.core import rules
    from cachecalc.report import rule_page

    if word is None:
        everything = {
            Format.TEXT: rule_page.list_text,
            Format.MARKDOWN: rule_page.list_markdown,
            Format.JSON: rule_page.list_json,
        }
        output.write(everything[format](rules.ALL), destination)
        return
    page = {Format.TEXT: rule_page.text, Format.MARKDOWN: rule_page.markdown, Format.JSON: rule_page.page_json}
    output.write(page[format](rules.find(word)), destination)
