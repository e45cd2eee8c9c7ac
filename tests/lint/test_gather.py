"""Many files: in two processes or one, with or without looking at bytes first, the result is the same."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from cachecalc.core import rules
from cachecalc.lint.check import Checked, Settings
from cachecalc.lint.gather import ENOUGH_BYTES, gather
from cachecalc.lint.walk import Target
from tests.lint.project import CLEAN, CLOCK, RULES, SOURCE, put

CODES = frozenset(rule.code for rule in rules.ALL)
TODAY = dt.date(2026, 11, 21)


def request(question: str) -> str:
    system = [{"type": "text", "text": RULES, "cache_control": {"type": "ephemeral"}}]
    return json.dumps(
        {"model": "claude-sonnet-4-5", "system": system, "messages": [{"role": "user", "content": question}]}
    )


@pytest.fixture
def targets(tmp_path: Path) -> list[Target]:
    """Files of several kinds, each said to be large enough to be worth a second process."""
    texts = {
        "a/bot.py": SOURCE,
        "a/util.py": "def double(x):\n    return 2 * x\n",
        "b/broken.py": "system_prompt = 'You are\n",
        "b/requests.jsonl": f"{request('one')}\n{request('two')}\n",
        "prompts/clean.j2": CLEAN,
        "prompts/clock.j2": CLOCK,
    }
    return [Target(str(put(tmp_path, name, text)), ENOUGH_BYTES) for name, text in texts.items()]


def test_two_processes_find_what_one_finds_in_the_same_order(targets: list[Target], tmp_path: Path) -> None:
    """Results do not depend on how the work is shared out."""
    settings = Settings(CODES, TODAY, str(tmp_path), roots=(str(tmp_path),))
    alone = list(gather(targets, settings, processes=1))
    together = list(gather(targets, settings, processes=2))
    assert [each.path for each in alone] == [target.path for target in targets]
    assert together == alone
    assert sum(len(each.found) for each in alone) >= 2


def test_the_prefilter_hides_nothing(targets: list[Target], tmp_path: Path) -> None:
    """Files that are not opened hold no prompt."""
    settings = Settings(CODES, TODAY, str(tmp_path), roots=(str(tmp_path),))
    quick = list(gather(targets, settings))
    thorough = list(gather(targets, replace(settings, prefilter=False)))
    assert not quick[1].opened
    assert thorough[1].opened
    assert [_yield(each) for each in quick] == [_yield(each) for each in thorough]


def _yield(checked: Checked) -> tuple[object, ...]:
    return checked.path, checked.prompts, checked.found, checked.problems
