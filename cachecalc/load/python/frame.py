"""One run over a file, and one execution of a body within it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from cachecalc.load.python.drafts import Draft
from cachecalc.load.python.module import Module, Node
from cachecalc.load.python.sources import cause_of_name
from cachecalc.load.python.values import Function, Instance, Klass, Moment, Piece, Spot, Text, Value

if TYPE_CHECKING:
    from cachecalc.load.python.project import Project

MAX_DEPTH = 8
MAX_STEPS = 2_000


class Machine(Protocol):
    """The parts that need one another: what an expression is worth, what a call returns, what a body binds."""

    def evaluate(self, frame: Frame, node: ast.expr) -> Value: ...

    def invoke(self, frame: Frame, function: Function, arguments: Arguments) -> tuple[Value, Value | None]:
        """What the function returns, and its first parameter (`self`) as it leaves it."""
        ...

    def load(self, run: Run, module: Module) -> dict[str, Value]:
        """The global names of a module."""
        ...

    def open_class(self, run: Run, klass: Klass) -> dict[str, Value]:
        """The names in the body of a class."""
        ...


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a call passes. `rest` is a `*args` or `**kwargs` that could not be opened."""

    positional: tuple[Value, ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()
    rest: bool = False

    def get(self, name: str, index: int | None = None) -> Value | None:
        """The argument of a name, or at a position."""
        for key, value in self.keywords:
            if key == name:
                return value
        return self.positional[index] if index is not None and index < len(self.positional) else None

    def behind(self, receiver: Value) -> Arguments:
        return Arguments((receiver, *self.positional), self.keywords, self.rest)


@dataclass(slots=True, eq=False)
class Run:
    """The work on one file: what was found, and how much may still be done."""

    root: Module
    project: Project | None
    machine: Machine
    drafts: list[Draft] = field(default_factory=list)
    memo: dict[object, tuple[Value, Value | None]] = field(default_factory=dict)
    classes: dict[int, dict[str, Value]] = field(default_factory=dict)
    instances: dict[int, Instance] = field(default_factory=dict)
    active: list[int] = field(default_factory=list)
    noticed: dict[tuple[int, tuple[str, ...]], Value] = field(default_factory=dict)
    steps: int = MAX_STEPS

    @contextmanager
    def entering(self, node: ast.AST) -> Iterator[bool]:
        """Whether a body may be entered: not from itself, not too deep."""
        allowed = id(node) not in self.active and len(self.active) < MAX_DEPTH and self.steps > 0
        self.active.append(id(node))
        try:
            yield allowed
        finally:
            self.active.pop()


@dataclass(slots=True, eq=False)
class Frame:
    """Local names of one execution. `around` names the function and class, which say what its texts are for. `is_kept`
    says that what it leaves behind outlives it: the names of a module or class, the result of a cached function."""

    run: Run
    module: Module
    names: dict[str, Value]
    moment: Moment
    outer: dict[str, Value] | None = None
    around: tuple[str, ...] = ()
    returned: list[Value] = field(default_factory=list)
    is_generator: bool = False
    is_kept: bool = False
    node: ast.FunctionDef | ast.AsyncFunctionDef | None = None
    loops: int = 0

    @property
    def sending(self) -> Moment:
        """When a prompt built here is sent: a function's body runs for each, a script's or notebook's once."""
        return self.moment if self.node is None else Moment.CALL

    def evaluate(self, node: ast.expr) -> Value:
        return self.run.machine.evaluate(self, node)

    def invoke(self, function: Function, arguments: Arguments) -> tuple[Value, Value | None]:
        return self.run.machine.invoke(self, function, arguments)

    def place(self, node: Node) -> Spot:
        return Spot(self.module, node)

    def unknown(self, node: ast.expr | ast.arg, name: str = "") -> Text:
        """A value of which only the spelling is known."""
        cause = cause_of_name(name) if name else None
        return Text((Piece(None, self.place(node), cause),))
