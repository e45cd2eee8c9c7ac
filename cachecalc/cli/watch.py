"""What is being done, for who waits: a bar on standard error, if that is a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Task
    from rich.progress_bar import ProgressBar

T = TypeVar("T")

Watch = Callable[[str, Callable[[], float | None]], None]
"""Is told what begins, and whom to ask for the percentage done (None: nobody knows)."""

_EVERY = 500


@contextlib.contextmanager
def watching() -> Iterator[Watch]:
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn, TextColumn, TimeElapsedColumn

    class Bar(ProgressColumn):
        def render(self, task: Task) -> ProgressBar:
            return _bar(task.fields["ask"]())

    columns = Bar(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False)
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        shown = progress.add_task("", total=None, ask=_unknown)
        yield lambda text, ask: progress.update(shown, description=text, ask=ask)


def _bar(percent: float | None) -> ProgressBar:
    from rich.progress_bar import ProgressBar

    return ProgressBar(total=100, completed=percent or 0, pulse=percent is None, width=30)


def counted(items: Iterable[T], what: str, watch: Watch) -> Iterator[T]:
    """`items` as they are, while `watch` is told how many there were."""
    for number, item in enumerate(items):
        if number % _EVERY == 0:
            watch(f"{what}: {number:,}", _unknown)
        yield item


def _unknown() -> None:
    return None
