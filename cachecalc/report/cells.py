"""Text in tables that other programs open: it must stay in its cell and must not run."""

from __future__ import annotations

from cachecalc.report.terminal import visible

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_cell(text: str) -> str:
    """A cell that a spreadsheet shows and does not calculate; numbers stay numbers."""
    text = visible(text)
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def markdown_cell(text: str) -> str:
    """A cell of a Markdown table: no markup, no line feed, no HTML."""
    text = visible(text)
    for char, safe in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "\\|"), ("\n", " "), ("\r", " ")):
        text = text.replace(char, safe)
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
