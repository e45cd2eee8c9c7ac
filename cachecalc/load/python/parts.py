"""Turn a value that reached a prompt into the parts of one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cachecalc.core.prompt import Confidence, Content, Form, Mark, Part, Section, Span
from cachecalc.core.volatility import UNKNOWN, Clock, Freshness, Identity, Volatility
from cachecalc.load.python.drafts import Draft
from cachecalc.load.python.notice import role_of
from cachecalc.load.python.serial import written as as_json
from cachecalc.load.python.sinks import SYSTEM_ROLES
from cachecalc.load.python.values import (
    Cause,
    Const,
    Either,
    Instance,
    Moment,
    Piece,
    Place,
    Rows,
    Spot,
    Table,
    Text,
    Value,
    as_text,
    cause_of,
    place_of,
)

_MARK_KEYS = ("cache_control", "prompt_cache_breakpoint", "cachePoint", "cache_point")
_TEXT_KEYS = ("text", "content", "input_text", "prompt", "messages", "parts", "value")


@dataclass(slots=True)
class Writer:
    """Collects the parts of one prompt in order. `moment` is when the prompt is sent, `path` the file it is read from;
    `place` stands for text that is written nowhere."""

    path: str
    moment: Moment
    parts: list[Part]
    place: Place
    block: int = -1

    def add(self, value: Value, section: Section, role: str, at: str) -> None:
        """The blocks of a content: one for a text, one for each item of a list."""
        value = chosen(value)
        match value:
            case Rows(items=items) if all(isinstance(item, Text) for item in items) and value.disorder is None:
                for item in items:
                    self._text(as_text(item), section, role, f"{at}[0]", None)
            case Rows(items=items):
                for index, item in enumerate(items):
                    self._block(chosen(item), section, role, f"{at}[{index}]", value.disorder)
            case Table() | Instance():
                self._block(value, section, role, f"{at}[0]", None)
            case Const(value=None):
                pass
            case _:
                self._text(as_text(value), section, role, f"{at}[0]", None)

    def _block(self, value: Value, section: Section, role: str, at: str, disorder: Cause | None) -> None:
        if not isinstance(value, Table | Instance):
            text = as_text(value)
            self._text(
                Text(tuple(piece._replace(cause=disorder) for piece in text.pieces)) if disorder else text,
                section,
                role,
                at,
                None,
            )
            return
        mark = mark_of(value)
        inner = next((found for key in _TEXT_KEYS if (found := value.get(key)) is not None), None)
        if inner is None:
            self._markless(value, mark, section, role, at)
        elif isinstance(chosen(inner), Rows):
            self.add(inner, section, role, at)
            self._mark_last(mark)
        else:
            self._text(as_text(chosen(inner)), section, role, at, mark)

    def _markless(self, value: Table | Instance, mark: Mark | None, section: Section, role: str, at: str) -> None:
        """A block without text: a mark of its own (Bedrock's), an image, or something unknown."""
        if mark is not None:
            self._mark_last(mark)
            return
        place = value.place if isinstance(value, Table) else None
        self._text(Text((Piece(None, place, cause_of(value)),)), section, role, at, None)

    def _mark_last(self, mark: Mark | None) -> None:
        if mark is not None and self.parts:
            self.parts[-1] = replace(self.parts[-1], mark=mark)

    def _text(self, text: Text, section: Section, role: str, at: str, mark: Mark | None) -> None:
        self.block += 1
        like = Part(f"{role or section} text", section, role=role, block=self.block, path=at)
        parts = [self.part(piece, like) for piece in text.pieces if piece.text != ""]
        self.parts += parts
        if parts:
            self._mark_last(mark)

    def part(self, piece: Piece, like: Part) -> Part:
        place = place_of(piece.place) if piece.place else self.place
        like = replace(
            like,
            text=piece.text,
            span=Span(place.start, place.end),
            file=place.path if place.path != self.path else "",
        )
        cause = piece.cause
        if cause is None:
            return like if piece.text is not None else replace(like, volatility=UNKNOWN)
        made = _made_at(cause, place)
        return replace(
            like,
            name=cause.origin,
            volatility=settled(cause, self.moment),
            origin=cause.origin,
            origin_span=Span(made.start, made.end) if made else None,
            origin_file=made.path if made and made.path != place.path else "",
            content=cause.content,
            confidence=cause.confidence,
        )

    def tools(self, value: Value) -> None:
        """The tool definitions, and whether their order is fixed."""
        value = chosen(value)
        rows = value if isinstance(value, Rows) else Rows((value,), place=getattr(value, "place", None))
        if rows.disorder:
            self._tool(Text((Piece(None, rows.place, rows.disorder),)), 0, rows)
            return
        for index, item in enumerate(rows.items):
            self._tool(chosen(item), index, rows)

    def _tool(self, item: Value, index: int, rows: Rows) -> None:
        self.block += 1
        place = item.place if isinstance(item, Table | Rows) and item.place else rows.place
        like = Part(f"tool {index}", Section.TOOLS, form=Form.TOOL, block=self.block, path=f"tools[{index}]")
        cause = rows.disorder or _certain(item)
        mark = mark_of(item) if isinstance(item, Table) else None
        text = as_json(_unmarked(item))
        part = replace(self.part(Piece(None if cause else text, place, cause), like), mark=mark)
        self.parts.append(part if cause or text is None else replace(part, name=_tool_name(item, index)))

    def messages(self, value: Value) -> None:
        value = chosen(value)
        if isinstance(value, Text):
            self.add(value, Section.MESSAGES, "user", "messages[0].content")
            return
        rows = value.items if isinstance(value, Rows) else (value,)
        section = Section.SYSTEM
        for index, item in enumerate(rows):
            message = _as_message(chosen(item))
            role = role_of(message.get("role")) if isinstance(message, Table | Instance) else ""
            section = section if role in SYSTEM_ROLES else Section.MESSAGES
            self._message(message, section, role, f"messages[{index}]")

    def _message(self, message: Value, section: Section, role: str, at: str) -> None:
        if isinstance(message, Table | Instance):
            content = message.get("content") or message.get("parts") or message.get("text")
            if content is None:
                self._markless(message, mark_of(message), section, role, at)
                return
            self.add(content, section, role or "user", f"{at}.content")
            self._mark_last(mark_of(message))
        else:
            self.add(message, section, role or "user", f"{at}.content")


def _certain(tool: Value) -> Cause | None:
    """Why a tool's definition changes, where a call in it says so: its names are the program's own. Of what is not known
    to be one, only that it comes in no order."""
    if isinstance(tool, Table) and tool.name:
        return None
    cause = cause_of(tool)
    is_meant = isinstance(tool, Table) or (cause is not None and cause.content is Content.UNORDERED)
    return cause if cause and is_meant and cause.confidence is Confidence.CERTAIN else None


def _unmarked(tool: Value) -> Value:
    return (
        replace(tool, entries=tuple(entry for entry in tool.entries if entry[0] not in _MARK_KEYS))
        if isinstance(tool, Table)
        else tool
    )


def _tool_name(tool: Value, index: int) -> str:
    """`tool search`, in any provider's form of a definition."""
    inner = tool.get("function") if isinstance(tool, Table) else None
    table = inner if isinstance(inner, Table) else tool
    name = table.get("name") if isinstance(table, Table) else None
    return f"tool {name.literal if isinstance(name, Text) and name.literal else index}"


def _made_at(cause: Cause, place: Place) -> Place | None:
    """Where the changing value is made, if that is not just where it enters the prompt."""
    made = place_of(cause.where) if cause.where else None
    return made if made != place else None


def _as_message(value: Value) -> Value:
    if isinstance(value, Rows) and len(value.items) == 2 and role_of(value.items[0]):
        return Table((("role", value.items[0]), ("content", value.items[1])), "", value.place)
    return value


def chosen(value: Value) -> Value:
    """Of several possibilities the one that changes most, then the longest."""
    if not isinstance(value, Either):
        return value
    return max(value.options, key=lambda option: (_changes(option), len(as_text(option).known)))


def _changes(value: Value) -> tuple[int, int, int, int]:
    cause = cause_of(value)
    return cause.rank if cause else (0, 0, 0, 0)


def mark_of(value: Table | Instance) -> Mark | None:
    for key in _MARK_KEYS:
        control = value.get(key)
        if control is None or (isinstance(control, Const) and not control.value):
            continue
        control = chosen(control)
        ttl = as_text(control.get("ttl") or Text()).literal if isinstance(control, Table) else None
        place = place_of(control.place) if isinstance(control, Table) and control.place else None
        return Mark(ttl or None, Span(place.start, place.end) if place else None, _whole_mark(value, key))
    return None


def _whole_mark(value: Table | Instance, key: str) -> Span | None:
    """The mark with its key and the comma that joins it to its neighbours."""
    spot = value.place if isinstance(value, Table) else None
    if not isinstance(spot, Spot):
        return None
    members = list(_members(spot))
    at = next((index for index, (name, _, _) in enumerate(members) if name == key), None)
    if at is None:
        return None
    _, start, end = members[at]
    if at > 0:
        return Span(members[at - 1][2], end)
    return Span(start, members[1][1] if len(members) > 1 else end)


def _members(spot: Spot) -> Iterator[tuple[str, int, int]]:
    """The entries of a dict or the arguments of a call: name, and where they begin and end."""
    module, node = spot
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            name = key.value if isinstance(key, ast.Constant) else ""
            yield str(name), module.place(key or value).start, module.place(value).end
    elif isinstance(node, ast.Call):
        for argument in node.args:
            yield "", module.place(argument).start, module.place(argument).end
        for keyword in node.keywords:
            yield keyword.arg or "", module.place(keyword).start, module.place(keyword).end


def settled(cause: Cause, sent: Moment) -> Volatility:
    """How often the text changes, seen from when it is sent: what was read while the module loaded changes with the
    process, what was read when the object was built changes with the object."""
    volatility = cause.volatility
    if cause.moment >= sent or (not volatility.clock and not volatility.fresh):
        return volatility
    scope = Identity.SESSION if cause.moment is Moment.INIT else Identity.BUILD
    if cause.moment is Moment.INIT and Clock.NONE < volatility.clock <= Clock.DAY and not volatility.fresh:
        return volatility
    return Volatility(Clock.NONE, volatility.identities | {scope}, Freshness.NONE, volatility.unknown)


def written(draft: Draft, path: str) -> tuple[Part, ...]:
    """The parts of a draft in hash order."""
    writer = Writer(path, draft.moment, [], place_of(draft.place))
    if draft.tools is not None:
        writer.tools(draft.tools)
    if draft.system is not None:
        writer.add(draft.system, Section.SYSTEM, "system", "system")
    if draft.messages is not None:
        writer.messages(draft.messages)
    return tuple(writer.parts)


def places(parts: tuple[Part, ...], path: str) -> frozenset[Place]:
    return frozenset(Place(part.file or path, part.span.start, part.span.end) for part in parts if part.span)
