"""Token counts as documents: one shape for JSON, CSV and text."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cachecalc.core.pricing import Kind, Model
from cachecalc.core.prompt import Count, Form, Part, Prompt
from cachecalc.report.cells import csv_cell
from cachecalc.report.terminal import PLAIN, Style, visible, width

VERSION = 1
BELOW, UNCERTAIN, REACHED = "below minimum", "uncertain", "reached"
BOLD, DIM = 1, 2

Document = dict[str, Any]

_COLUMNS = (
    *("path", "prompt", "model", "counter", "part", "section", "role", "tokens", "low", "high"),
    *("prefix_tokens", "prefix_low", "prefix_high", "min_tokens", "cacheable"),
)


def document(counted: Iterable[tuple[Prompt, Model]]) -> Document:
    """Every prompt under every model: its parts, and what the text up to the end of each part amounts to."""
    return {"version": VERSION, "counts": [_count(prompt, model) for prompt, model in counted]}


def _count(prompt: Prompt, model: Model) -> Document:
    minimum = min_tokens(model)
    parts = list(_parts(prompt.parts, minimum))
    counters = sorted({row["counter"] for row in parts})
    total = parts[-1]["prefix"] if parts else _band(0, 0, 0)
    return {
        "path": prompt.path,
        "prompt": prompt.name,
        "model": model.id,
        "tokenizer": model.tokenizer,
        "counters": counters,
        **total,
        "error": round(total["high"] / total["tokens"] - 1, 3) if total["tokens"] else 0.0,
        "min_tokens": minimum,
        "fragment": prompt.fragment,
        "parts": parts,
    }


def _parts(parts: Sequence[Part], minimum: int | None) -> Iterator[Document]:
    sums = itertools.accumulate(map(_of, parts), _added)
    for part, prefix in zip(parts, sums, strict=True):
        count = part.count or Count(0)
        yield {
            "name": part.name,
            "section": part.section.value,
            "role": part.role,
            "path": part.path,
            "form": part.form.value,
            "marked": part.mark is not None,
            "placeholder": _is_placeholder(part),
            "counter": count.counter,
            "error": count.error,
            **_band(*_of(part)),
            "prefix": _band(*prefix),
            "cacheable": _cacheable(prefix, minimum),
        }


def _is_placeholder(part: Part) -> bool:
    """Whether the part is a hole in a template, which something longer will fill."""
    if part.text is None:
        return part.form is not Form.MEDIA
    return bool(part.origin) and part.text.lstrip().startswith(("{", "$", "<"))


def _of(part: Part) -> tuple[int, int, int]:
    count = part.count or Count(0)
    return count.tokens, count.low, count.high


def _added(one: tuple[int, int, int], two: tuple[int, int, int]) -> tuple[int, int, int]:
    return one[0] + two[0], one[1] + two[1], one[2] + two[2]


def _band(tokens: int, low: int, high: int) -> Document:
    return {"tokens": tokens, "low": low, "high": high}


def _cacheable(prefix: tuple[int, int, int], minimum: int | None) -> str | None:
    """None where the provider names no minimum."""
    if minimum is None:
        return None
    _, low, high = prefix
    return REACHED if low >= minimum else BELOW if high < minimum else UNCERTAIN


def min_tokens(model: Model) -> int | None:
    """The smallest prefix that the model caches, as its default mode or else its first one has it."""
    modes = [mode for mode in model.caching.modes if mode.kind is not Kind.NAMED] or list(model.caching.modes)
    chosen = model.caching.mode(model.caching.default) or next(iter(modes), None)
    return chosen.min_tokens if chosen else None


def comma_separated(document: Document) -> str:
    """A row for each part of each count."""
    buffer = io.StringIO()
    rows = csv.writer(buffer, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for count in document["counts"]:
        for part in count["parts"]:
            prefix = part["prefix"]
            cells = (
                *(count["path"], count["prompt"], count["model"], part["counter"], part["name"], part["section"]),
                *(part["role"], part["tokens"], part["low"], part["high"]),
                *(prefix["tokens"], prefix["low"], prefix["high"], count["min_tokens"], part["cacheable"]),
            )
            rows.writerow(csv_cell(visible(str("" if cell is None else cell))) for cell in cells)
    return buffer.getvalue()


def text(document: Document, columns: int | None = None, style: Style = PLAIN) -> str:
    """For people: a table for each prompt and model, and one that compares the models of a prompt."""
    blocks: list[str] = []
    for _, group in itertools.groupby(document["counts"], key=lambda count: (count["path"], count["prompt"])):
        counts = list(group)
        blocks += [_title(counts[0], style)]
        blocks += ["\n".join(_table(count, columns, style)) for count in counts]
        blocks += ["\n".join(_comparison(counts, columns, style))] if len(counts) > 1 else []
    return "\n\n".join(blocks) + "\n"


def _title(count: Document, style: Style) -> str:
    names = [visible(count[key]) for key in ("path", "prompt") if count[key]]
    note = " (a fragment of larger prompts)" if count["fragment"] else ""
    return style(": ".join(dict.fromkeys(names)) + note, BOLD)


def _table(count: Document, columns: int | None, style: Style) -> Iterator[str]:
    yield style(visible(count["model"]), BOLD) + f": {_minimum(count)}"
    rows = [("part", "tokens", "prefix", "")]
    rows += [_row(part) for part in count["parts"]]
    yield from _aligned(rows, columns, style)
    yield f"total {_range(count)}, counted by {', '.join(map(visible, count['counters']))}"
    if any(part["placeholder"] for part in count["parts"]):
        yield style("* a placeholder, not what it will stand for", DIM)


def _minimum(count: Document) -> str:
    least = count["min_tokens"]
    return "no minimum to cache is known" if least is None else f"caches prefixes of {least:,} tokens or more"


def _row(part: Document) -> tuple[str, str, str, str]:
    name = visible(part["name"]) + " [mark]" * part["marked"]
    verdict = part["cacheable"] if part["cacheable"] in (BELOW, UNCERTAIN) else ""
    return name, f"{part['tokens']:,}{'*' * part['placeholder']}", f"{part['prefix']['tokens']:,}", verdict


def _range(band: Document) -> str:
    if band["low"] == band["high"]:
        return f"{band['tokens']:,} tokens"
    return f"{band['tokens']:,} tokens ({band['low']:,} to {band['high']:,})"


def _comparison(counts: Sequence[Document], columns: int | None, style: Style) -> Iterator[str]:
    rows = [("model", "tokens", "band", "counter")]
    for count in counts:
        band = f"±{count['error']:.0%}" if count["high"] > count["low"] else "exact"
        counters = ", ".join(map(visible, count["counters"]))
        rows.append((visible(count["model"]), f"{count['tokens']:,}", band, counters))
    return _aligned(rows, columns, style)


def _aligned(rows: Sequence[tuple[str, str, str, str]], columns: int | None, style: Style) -> Iterator[str]:
    """The first column gives way where the terminal is narrow; the head is dim."""
    widths = [max(width(row[column]) for row in rows) for column in range(4)]
    if columns is not None:
        widths[0] = max(8, min(widths[0], columns - sum(widths[1:]) - 8))
    for number, (name, middle, right, last) in enumerate(rows):
        cut = _cut(name, widths[0])
        line = f"  {cut}{' ' * (widths[0] - width(cut))}  {middle:>{widths[1]}}  {right:>{widths[2]}}  {last}".rstrip()
        yield style(line, DIM) if number == 0 else line


def _cut(name: str, room: int) -> str:
    if width(name) <= room:
        return name
    kept = itertools.takewhile(lambda end: width(name[:end]) < room, range(len(name) + 1))
    return name[: max(kept, default=0)] + "…"
