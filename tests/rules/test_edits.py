"""Moving a sentence of a template: what goes along, what stays, and where no fix is offered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from cachecalc.core import rules
from cachecalc.core.finding import Edit, Hit, apply
from cachecalc.core.prompt import Span
from cachecalc.core.rules.rule import Good
from tests.rules.examples import hits_of

RULES = "You look after a house. Never open a door for somebody you do not know, and lock up at night, every night."


@dataclass(frozen=True)
class Case:
    name: str
    before: str
    after: str | None


CASES = [
    Case("a line", f"It is {{{{ now() }}}}\n{RULES}\n", f"{RULES}\nIt is {{{{ now() }}}}\n"),
    Case("a sentence", f"Hello. It is {{{{ now() }}}}. {RULES}\n", f"Hello. {RULES}\nIt is {{{{ now() }}}}.\n"),
    Case(
        "the end of a line", f"Hello. It is {{{{ now() }}}}.\n{RULES}\n", f"Hello.\n{RULES}\nIt is {{{{ now() }}}}.\n"
    ),
    Case("one line only", f"It is {{{{ now() }}}}. {RULES}", f"{RULES} It is {{{{ now() }}}}."),
    Case("with its heading", f"# Time\n{{{{ now() }}}}\n{RULES}\n", f"{RULES}\n# Time\n{{{{ now() }}}}\n"),
    Case("with its announcement", f"The time:\n{{{{ now() }}}}\n{RULES}\n", f"{RULES}\nThe time:\n{{{{ now() }}}}\n"),
    Case(
        "with its tags",
        f"<time>\n{{{{ now() }}}}\n</time>\n{RULES}\n",
        f"{RULES}\n<time>\n{{{{ now() }}}}\n</time>\n",
    ),
    Case("Windows line ends", f"It is {{{{ now() }}}}\r\n{RULES}\r\n", f"{RULES}\r\nIt is {{{{ now() }}}}\r\n"),
    Case("not out of its tags", f"<time>\n{{{{ now() }}}}\n{RULES}\n</time>\n", None),
    Case("not out of a condition", f"{{% if x %}}It is {{{{ now() }}}}{{% endif %}}\n{RULES}\n", None),
    Case("not past a condition", f"It is {{{{ now() }}}}. {{% if x %}}{RULES}{{% endif %}}", None),
]


def clock(text: str, folder: Path) -> Hit:
    (hit,) = hits_of(rules.find("clock-in-prefix"), Good(text, "house_prompt.j2", ""), text, folder)
    return hit


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_a_sentence_moves_whole_or_not_at_all(case: Case, tmp_path: Path) -> None:
    """A clock moves with the sentence, heading or tags around it; where code stands in between it stays."""
    fix = clock(case.before, tmp_path).fix
    assert (apply(fix.edits, case.before) if fix else None) == case.after
    assert fix is None or not fix.safe


def test_edits_that_overlap_are_refused() -> None:
    """Two edits of one place cannot both be meant."""
    with pytest.raises(ValueError, match="overlap"):
        apply([Edit(Span(0, 3), "a"), Edit(Span(2, 4), "b")], "hello")


def test_text_can_swap_places() -> None:
    """An edit whose text is a span takes what stood there before any edit."""
    assert apply([Edit(Span(0, 1), Span(2, 3)), Edit(Span(2, 3), Span(0, 1))], "a-b") == "b-a"
