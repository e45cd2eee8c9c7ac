"""Write the conformance table of the documentation: `python -m scripts.write_accounting`."""

from __future__ import annotations

from pathlib import Path

from cachecalc.report.cells import markdown_cell
from tests.logs.accounting import CASES, GITHUB, Case

PAGE = Path(__file__).parents[1] / "docs" / "conformance-accounting.md"
HEAD = """# Accounting conformance

Public reports of cost tools that counted or priced cache tokens wrongly, each as an entry of a log in the shape in which
the tool met it, with the figure the tool gave and the right one. The last column is what `cachecalc replay` makes of the
entry at the rates of the report. `tests/logs/accounting.py` holds the entries; this table is generated from them, and a
test compares every figure.

The errors come in five families: the cached part counted twice, or taken out where it was never in; the lifetime of a
write lost, so that an hour is paid like five minutes; token counts under unknown names taken for nothing; lines of one
answer counted as several; the price of long prompts left out. The last four rows are requests whose cost the provider
returned with the answer.

| report | what went wrong | said | right | cachecalc |
|---|---|---|---|---|
"""
TAIL = """
A figure cannot be recomputed where a report gives no counts; what such reports teach is held by tests all the same:
a split of the writes that does not add up to their total raises a doubt (phuryn/claude-usage#162), a write whose lifetime
was lost in translation costs a range (manaflow-ai/subrouter#266), reads and writes are both taken out of a total
(BerriAI/litellm#26919), `cache_write_tokens` are priced (BerriAI/litellm#33772), more cached than input tokens give no
share above 100 % (BerriAI/litellm#40277), a logged cost below zero is left out and counted (mastra-ai/mastra#16876), cached
tokens of Codex are priced (langfuse/codex-observability-plugin#22), hour-long writes are priced at their own rate
(Owloops/claude-powerline#104).
"""


def page() -> str:
    return HEAD + "".join(map(_row, CASES)) + TAIL


def _row(case: Case) -> str:
    said, right, ours = (markdown_cell(text) for text in (case.wrong or "-", case.right, case.figure(case.entries)))
    return f"| {_source(case.source)} | {markdown_cell(case.what)} | {said} | {right} | {ours} |\n"


def _source(source: str) -> str:
    """`owner/name/issues/1` as a link called `owner/name#1`."""
    parts = source.split("/")
    return f"[{'/'.join(parts[:2])}#{parts[3]}]({GITHUB}{source})" if len(parts) == 4 else source


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
