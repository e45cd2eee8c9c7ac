"""The command line as a whole: every command is there, and loaded when it is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachecalc.cli import app
from tests.lint.project import Capture, run

MODULES = {path.stem for path in Path(app.__file__).parent.glob("*.py")}


@pytest.mark.parametrize("name", app.COMMANDS)
def test_every_command_that_is_listed_can_be_run(capsys: Capture, name: str) -> None:
    """A name in the list has a module with a command behind it."""
    assert name in MODULES
    code, out, _ = run(capsys, name, "--help")
    assert code == 0
    assert out.startswith(f"Usage: cachecalc {name}")


def test_help_lists_every_command(capsys: Capture) -> None:
    """With what each does, on a line of its own."""
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert all(f"  {name:<8}  {summary}\n" in out for name, summary in app.COMMANDS.items())


@pytest.mark.parametrize(
    ("word", "hint"), [("lnt", "did you mean lint?"), ("frobnicate", "`cachecalc --help` lists them")]
)
def test_an_unknown_command(capsys: Capture, word: str, hint: str) -> None:
    """Told in one sentence, with a suggestion."""
    code, out, err = run(capsys, word)
    assert (code, out) == (2, "")
    assert err == f"cachecalc: no command is called {word!r}\n  help: {hint}\n"
