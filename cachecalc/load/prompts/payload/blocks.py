"""What every request has in common, whatever the provider calls it: a row of content blocks."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cachecalc.core.prompt import Confidence, Content, Form, Mark, Part, Section
from cachecalc.core.volatility import PER_REQUEST, PER_TURN, STATIC, UNKNOWN, Identity, Volatility
from cachecalc.load.prompts import context_text, template, volatile_text
from cachecalc.load.prompts.located import Located, bent
from cachecalc.load.prompts.places import Path, Places
from cachecalc.load.prompts.split import Stretch, split

PER_SESSION = Volatility(identities=frozenset({Identity.SESSION}))
_MARK_KEYS = frozenset({"cache_control", "prompt_cache_breakpoint"})


@dataclass(frozen=True, slots=True)
class Block:
    """One content block as a provider hashes it.

    `at` is where its text stands in the request, or, where `text` was put together from the block's fields, the whole
    block. `inner` blocks belong to the block before them (a text within a tool result). `digest` stands for whatever is
    hashed beside the text.
    """

    section: Section
    path: str
    at: Path
    text: str | None
    name: str
    role: str = ""
    form: Form = Form.TEXT
    mark: Mark | None = None
    mark_at: Path = ()
    digest: str = ""
    inner: bool = False
    whole: bool = False


def mappings(value: Any) -> list[tuple[int, dict[str, Any]]]:
    """The objects of a list with their indices; nothing where it is no list."""
    return (
        [(index, item) for index, item in enumerate(value) if isinstance(item, dict)] if isinstance(value, list) else []
    )


def compact(value: Any) -> str:
    """JSON with the keys in the order they were sent in, and no white space that nobody sent."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def digest(block: Mapping[str, Any], *shown: str) -> str:
    """Ten hex digits for the fields of a block that are neither in its text (`shown`) nor a mark; "" for none."""
    rest = {key: value for key, value in block.items() if key not in _MARK_KEYS and key not in shown}
    return hashlib.sha256(compact(rest).encode("utf-8", "surrogatepass")).hexdigest()[:10] if rest else ""


def without_marks(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key not in _MARK_KEYS}


def parts(blocks: Iterable[Block], places: Places, *, is_template: bool = False) -> tuple[Part, ...]:
    """The blocks as parts, cut where their text holds a literal time, date or id; those of a request that is still to
    be filled in (`is_template`) where it has a placeholder."""
    row = list(blocks)
    number, found = -1, list[Part]()
    states = [(STATIC, Content.TEXT)] * len(row) if is_template else _freshness(row)
    for block, (volatility, content) in zip(row, states, strict=True):
        number += not (block.inner and found)
        like = Part(
            block.name,
            block.section,
            volatility,
            role=block.role,
            form=block.form,
            block=max(number, 0),
            path=block.path,
            mark=_placed(block, places),
            content=content,
            digest=block.digest,
        )
        literals = _holes(block) if is_template else _literals(block, like)
        found += _parts_of(block, like, places, literals)
    return tuple(found)


def placed(mark: Mark, at: Path, places: Places) -> Mark:
    """The mark with the place of its value."""
    return replace(mark, span=places.raw(at).span(), whole=places.member(at))


def _placed(block: Block, places: Places) -> Mark | None:
    if block.mark is None or not block.mark_at:
        return block.mark
    return placed(block.mark, block.mark_at, places)


def _parts_of(block: Block, like: Part, places: Places, literals: Sequence[Stretch]) -> Iterator[Part]:
    if block.text is None:
        yield replace(like, span=places.raw(block.at).span())
        return
    text = _of_fields(block.text, literals, places.raw(block.at)) if block.whole else places.text(block.at, block.text)
    yield from split(text, literals, like)


def _of_fields(text: str, literals: Iterable[Stretch], raw: Located) -> Located:
    """Text put together from a block's fields. Literals are found again as they are written; what lies between them
    stands between them."""
    bends, position = [(0, 0)], 0
    for literal in literals:
        found = raw.text.find(text[literal.start : literal.end], position)
        if found >= 0:
            position = found + literal.end - literal.start
            bends += [(literal.start, found), (literal.end, position)]
    return bent(text, lambda: [*bends, (len(text), len(raw.text))], raw)


def _holes(block: Block) -> list[Stretch]:
    """The placeholders in a block's text."""
    found = template.pieces(block.text) if block.text and block.form is Form.TEXT else ()
    return [
        Stretch(
            piece.start,
            piece.end,
            piece.name or "text",
            piece.value.volatility,
            (block.text or "")[piece.start : piece.end] if piece.name else piece.value.cause,
            piece.value.content,
            piece.value.confidence,
        )
        for piece in found
        if not piece.within and not piece.value.volatility.is_static
    ]


def _literals(block: Block, like: Part) -> Sequence[Stretch]:
    """Values in the text that look made for this request. What a conversation has said before stays as it was, and the
    description of a tool is full of samples: only what is sure counts there."""
    is_history = like.content is Content.HISTORY or block.form in (Form.CALL, Form.RESULT, Form.THINKING)
    found = () if is_history or block.text is None else volatile_text.find(block.text)
    if block.form is not Form.TOOL:
        made = context_text.find(block.text or "", found) if block.section is Section.SYSTEM else ()
        return [*found, *made]
    return [literal for literal in found if _is_state(literal, block.text or "")]


_STATE = re.compile(
    r"\b(?:(?:last|just|re)?[ -]?(?:updated|indexed|refreshed|synced|scanned|crawled|modified|checked|built)|as of|snapshot"
    r"|failed|remaining|left|used|so far|ago)\b",
    re.IGNORECASE,
)


def _is_state(literal: Stretch, text: str) -> bool:
    """Whether a value in a tool's description is no sample: it is sure, or told as the state of something."""
    around = text[max(0, literal.start - 40) : literal.end + 12]
    is_told = literal.confidence is Confidence.LIKELY and bool(_STATE.search(around))
    return literal.confidence is Confidence.CERTAIN or bool(literal.volatility.identities) or is_told


def _freshness(row: Sequence[Block]) -> list[tuple[Volatility, Content]]:
    """What a single request tells about each block.

    Tools and system text are taken to be the same next time. The last block of the last turn is what this request was
    made for; blocks of that turn before it, or under a mark, may or may not be shared: unknown. All messages before that
    turn belong to the conversation.
    """
    said = [index for index, block in enumerate(row) if block.section is Section.MESSAGES]
    replies = [index for index in said[:-1] if row[index].role in ("assistant", "model")]
    turn = [index for index in said if not replies or index > replies[-1]]
    new = (PER_TURN if replies else PER_REQUEST, Content.QUESTION)
    states = dict.fromkeys(said, (PER_SESSION, Content.HISTORY))
    states |= dict.fromkeys(turn, (UNKNOWN, Content.TEXT))
    states |= dict.fromkeys(turn[-1:], new)
    return [states.get(index, (STATIC, Content.TEXT)) for index in range(len(row))]
