"""The price table for people: tables that fit a terminal, or run as wide as they need where nobody looks at the width."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from cachecalc.report.prices import Document
from cachecalc.report.terminal import visible

if TYPE_CHECKING:
    from rich.console import RenderableType

_UNKNOWN = "-"
_ENDLESS = 100_000
_NARROWEST_TEXT = 20
_UNITS = "USD per million tokens; storage per million tokens and hour; - is not known or not offered"


def listing(document: Document, *, width: int | None = None, color: bool = False) -> str:
    """The prices of a day, a table a provider."""
    return _render(_listing(document, width or _ENDLESS), width, color=color)


def _listing(document: Document, width: int) -> Iterator[RenderableType]:
    yield f"Prices on {document['date']}, {_UNITS}"
    for provider, rows in groupby(document["models"], key=lambda row: str(row["provider"])):
        yield ""
        heads = (visible(provider), "input", "output", "read", "write", "storage", "minimum", "")
        yield _fitting(heads, [_line(row, document["date"]) for row in rows], "lrrrlrrl", width)


def _fitting(heads: Sequence[str], rows: Sequence[Sequence[str]], align: str, width: int) -> RenderableType:
    """The table without its storage where nothing is stored, and on a narrow terminal without the minimums."""
    is_stored = any(row[heads.index("storage")] != _UNKNOWN for row in rows)
    kept = [head for head in heads if head != "storage" or is_stored]
    if _natural_width(heads, rows, kept) > width:
        kept.remove("minimum")
    chosen = [heads.index(head) for head in kept]
    rows = [[row[index] for index in chosen] for row in rows]
    return _table(kept, rows, "".join(align[index] for index in chosen), width)


def _natural_width(heads: Sequence[str], rows: Sequence[Sequence[str]], kept: Sequence[str]) -> int:
    return sum(max(len(row[heads.index(head)]) for row in (heads, *rows)) + 2 for head in kept)


def _line(row: Document, day: str) -> tuple[str, ...]:
    rates = row["usd_per_mtok"]
    return (
        row["id"],
        rates["input"],
        rates["output"],
        rates["cache_read"] or _UNKNOWN,
        _writes(rates),
        rates["storage_per_mtok_hour"] or _UNKNOWN,
        _count(row["min_tokens"]),
        "; ".join(_remarks(row, day)),
    )


def _writes(rates: Document) -> str:
    return ", ".join(f"{ttl} {price}" for ttl, price in rates["cache_write"].items()) or "as input"


def _remarks(row: Document, day: str) -> Iterator[str]:
    if row["retired"]:
        yield f"{'retired' if row['retired'] <= day else 'retires'} {row['retired']}"
    if row["next_change"]:
        yield f"changes {row['next_change']}"
    yield from (f"dearer above {tokens:,} tokens" for tokens in row["long_prompts_above"])
    yield from (f"other prices at {name}" for name in row["hours"])
    if len(row["sources"]) < 2 and row["status"] != "retired":
        yield "one source"


def card(document: Document, *, width: int | None = None, color: bool = False) -> str:
    """All that is known of one model."""
    return _render(_card(document, width or _ENDLESS), width, color=color)


def _card(document: Document, width: int) -> Iterator[RenderableType]:
    yield _title(_headline(document))
    yield ""
    classes = _classes(document)
    heads = ("", "since", "bought as", "prompt", *classes)
    rows = [row for period in document["periods"] for row in _period_rows(period, classes)]
    yield _table(heads, rows, "llll" + "r" * len(classes), width)
    yield f"{_UNITS}; > is in force on {document['date']}"
    yield ""
    for period in document["periods"]:
        note = f" ({period['note']})" if period["note"] else ""
        single = ", one source only" if period["single_source"] else ""
        since = period["since"] or "release"
        yield visible(f"from {since}: {', '.join(period['sources'])}, checked {period['checked']}{single}{note}")
    yield ""
    yield from _caching(document["caching"], width)
    yield ""
    yield _names(document)


def _names(document: Document) -> str:
    """The aliases; those that only put a gateway's prefix before another name are summed up."""
    written = {document["id"], *document["aliases"]}
    plain = [alias for alias in document["aliases"] if alias.partition("/")[2] not in written]
    prefixes = dict.fromkeys(alias.partition("/")[0] for alias in document["aliases"] if alias not in plain)
    behind = f"; each also behind {', '.join(f'{prefix}/' for prefix in prefixes)}" if prefixes else ""
    return visible(f"Also found as: {', '.join(plain) or 'no other name'}{behind}")


def _headline(document: Document) -> str:
    facts = [document["id"], document["provider"], document["tier"], document["status"]]
    if document["context_window"]:
        facts.append(f"{document['context_window']:,} tokens of context")
    facts.append(f"tokenizer {document['tokenizer']}")
    if document["released"]:
        facts.append(f"released {document['released']}")
    if document["retired"]:
        facts.append(f"calls fail from {document['retired']}")
    return " · ".join(fact for fact in facts if fact)


def _classes(document: Document) -> list[str]:
    """The price columns that hold anything for this model."""
    every = [rates for period in document["periods"] for _, _, rates in _ways(period)]
    writes = dict.fromkeys(f"write {ttl}" for rates in every for ttl in rates["cache_write"])
    marked = ["read marked"] if any(rates["cache_read_marked"] for rates in every) else []
    storage = ["storage"] if any(rates["storage_per_mtok_hour"] for rates in every) else []
    return ["input", "output", "read", *marked, *writes, *storage]


def _ways(period: Document) -> Iterator[tuple[str, str, Document]]:
    """Every way to buy within a period: the service, the prompt or hours it is for, the rates."""
    yield "standard", "", period["usd_per_mtok"]
    yield from ((name, "", rates) for name, rates in period["services"].items())
    for tier in period["tiers"]:
        above = f"> {tier['above_tokens']:,}"
        yield "standard", above, tier["usd_per_mtok"]
        yield from ((name, above, rates) for name, rates in tier["services"].items())
    yield from (("standard", _hours(window), window["usd_per_mtok"]) for window in period["hours"])


def _period_rows(period: Document, classes: Sequence[str]) -> Iterator[tuple[str, ...]]:
    mark, since = ">" if period["current"] else "", period["since"] or "release"
    for service, prompt, rates in _ways(period):
        yield mark, since, service, prompt, *(_price(rates, name) for name in classes)
        mark, since = "", ""


def _price(rates: Document, name: str) -> str:
    kind, _, ttl = name.partition(" ")
    match kind:
        case "write":
            price = rates["cache_write"].get(ttl)
        case "read":
            price = rates["cache_read_marked" if ttl else "cache_read"]
        case "storage":
            price = rates["storage_per_mtok_hour"]
        case _:
            price = rates[kind]
    return price or _UNKNOWN


def _hours(window: Document) -> str:
    spans = ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in window["utc_hours"])
    days = "daily" if len(window["days"]) == 7 else "weekdays" if window["days"] == [0, 1, 2, 3, 4] else "some days"
    return visible(f"{window['name']} {days} {spans} UTC")


def _clock(hour: float) -> str:
    return f"{int(hour):02d}:{round(hour % 1 * 60):02d}"


def _caching(rules: Document, width: int) -> Iterator[RenderableType]:
    start = f"on without being asked for ({rules['default']})" if rules["default"] else "only where it is asked for"
    off = "" if rules["can_disable"] else ", cannot be switched off"
    yield visible(f"Caching ({rules['name']}): {start}{off}; entries are shared within: {rules['scope']}")
    heads = ("mode", "stores at", "lifetime", "minimum", "steps", "marks", "looks back", "storing costs", "hits")
    yield _table(heads, map(_mode_row, rules["modes"]), "lllrrrrll", width)
    yield visible(f"source: {rules['source']}")


def _mode_row(mode: Document) -> tuple[str, ...]:
    return (
        mode["name"],
        {"marks": "your marks", "tail": "the last message", "prefix": "common prefixes", "named": "a named cache"}[
            mode["kind"]
        ],
        ", ".join(_lifetime(ttl, mode["default_ttl"]) for ttl in mode["ttls"]),
        _count(mode["min_tokens"]),
        _count(mode["increment"]),
        _count(mode["max_marks"]) if mode["kind"] == "marks" else _UNKNOWN,
        f"{mode['look_back_blocks']} blocks" if mode["look_back_blocks"] else _UNKNOWN,
        "its own price" if mode["bills_writes"] else "as input",
        "certain" if mode["guaranteed"] else "best effort",
    )


def _lifetime(ttl: Document, default: str) -> str:
    low, high = ttl["seconds"]["low"], ttl["seconds"]["high"]
    span = "" if low == high else f" ({_seconds(low)} to {_seconds(high)})"
    fixed = "" if ttl["refreshed"] else " from creation"
    return f"{ttl['label']}{span}{fixed}{'*' if ttl['label'] == default else ''}"


def _seconds(seconds: float) -> str:
    for unit, size in (("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"


def audit(document: Document, *, width: int | None = None, color: bool = False) -> str:
    """What `prices check` found."""
    return _render(_audit(document, width or _ENDLESS), width, color=color)


def _audit(document: Document, width: int) -> Iterator[RenderableType]:
    size = f"{document['models']} models, {document['periods']} price periods"
    if document["problems"]:
        yield visible(f"{document['path']}: {len(document['problems'])} problems")
        for problem in document["problems"]:
            yield visible(f"{problem['line']}:{problem['column']}: {problem['message']}")
            if problem["help"]:
                yield visible(f"    help: {problem['help']}")
        return
    yield visible(f"{document['path']}: valid ({size}) on {document['date']}")
    yield from _section("Announced", map(_change, document["announced"]), width)
    yield from _section("Retiring", ((row["retired"], row["model"]) for row in document["retirements"]), width)
    yield from _section("Not checked for 60 days", ((row["checked"], row["model"]) for row in document["stale"]), width)
    yield from _section("One source only", ((row["model"], row["source"]) for row in document["single_source"]), width)


def _section(title: str, rows: Iterable[Sequence[str]], width: int) -> Iterator[RenderableType]:
    rows = list(rows)
    yield ""
    yield _title(f"{title}: {len(rows) or 'none'}")
    if rows:
        yield _table(("",) * len(rows[0]), rows, "l" * len(rows[0]), width)


def _change(row: Document) -> tuple[str, str, str]:
    was, becomes = row["was"], row["becomes"]
    named = {"input": "input", "output": "output", "cache_read": "read", "storage_per_mtok_hour": "storage"}
    moves = [f"{name} {was[key]} to {becomes[key]}" for key, name in named.items() if was[key] != becomes[key]]
    return row["since"], row["model"], ", ".join([*moves, *row["services"]])


def _count(number: int | None) -> str:
    return _UNKNOWN if number is None else f"{number:,}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], align: str, width: int) -> RenderableType:
    """A table without lines. `align` has a letter a column: `l` for text, `r` for numbers. Text in the last column
    wraps; the others stay whole even beyond `width`, so that an id can be copied and a price is never cut."""
    from rich.table import Table
    from rich.text import Text

    rows = [tuple(map(visible, row)) for row in rows]
    needed = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    if align[-1] == "l":
        needed[-1] = min(needed[-1], _NARROWEST_TEXT)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_header=any(heads))
    for head, side, least in zip(heads, align, needed, strict=True):
        table.add_column(head, justify="left" if side == "l" else "right", overflow="fold", min_width=least)
    for row in rows:
        table.add_row(*map(Text, row))
    least_width = sum(needed) + 2 * (len(needed) - 1)
    table.width = least_width if least_width > width else None
    return table


def _title(text: str) -> RenderableType:
    from rich.text import Text

    return Text(visible(text), style="bold")


def _render(parts: Iterable[RenderableType], width: int | None, *, color: bool) -> str:
    from rich.console import Console

    options: dict[str, Any] = {"force_terminal": True, "color_system": "standard"} if color else {"color_system": None}
    out = io.StringIO()
    console = Console(file=out, width=width or _ENDLESS, highlight=False, markup=False, emoji=False, **options)
    for part in parts:
        console.print(part, crop=False)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())
