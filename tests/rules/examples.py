"""The rules' examples, read and judged the way a lint run does."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent

from cachecalc import tokens
from cachecalc.core import model_names
from cachecalc.core.finding import Hit
from cachecalc.core.pricing import Model
from cachecalc.core.prompt import Confidence, Prompt
from cachecalc.core.rules.pair import check_pair
from cachecalc.core.rules.rule import Bad, Good, Missed, Rule, Target
from cachecalc.load import pricing
from cachecalc.load.prompts import read_prompts
from cachecalc.load.python import Project, read_python

TODAY = dt.date(2026, 11, 21)
WORDS = [
    "each",
    "order",
    "has",
    "one",
    "owner",
    "and",
    "a",
    "return",
    "is",
    "free",
    "within",
    "the",
    "first",
    "month",
    "unless",
    "the",
    "goods",
    "were",
    "used",
]
_FILLER = re.compile(r"\[\[[\w ]+: (\d+) words\]\]")

Example = Bad | Good | Missed


@functools.cache
def models() -> Mapping[str, Model]:
    return model_names.index(pricing.load())


def text_of(source: str) -> str:
    """An example's source as a file: no indentation, and as much text as it asks for."""
    return _FILLER.sub(lambda found: filler(int(found[1])), dedent(source).removeprefix("\n"))


def filler(number: int) -> str:
    """So many words that say nothing a rule would look at."""
    return " ".join(itertools.islice(itertools.cycle(WORDS), number))


def target_of(prompt: Prompt, example: Example) -> Target:
    name = prompt.model or example.model
    return Target(model_names.find(name, models()) if name else None, TODAY)


def prompts_of(example: Example, text: str, root: Path) -> list[Prompt]:
    """The prompts of a file, counted."""
    path = root / example.filename
    path.write_text(text, "utf-8", newline="")
    is_source = path.suffix == ".py"
    found = read_python(str(path), text, Project([str(root)])) if is_source else read_prompts(str(path), text)
    return [tokens.count_prompt(prompt, target_of(prompt, example).model or models()["gpt-5.5"]) for prompt in found]


def hits_of(rule: Rule, example: Example, text: str, root: Path) -> list[Hit]:
    """What the rule says of the file by default: nothing that is merely possible."""
    return [hit for hit in _all(rule, example, text, root) if hit.confidence > Confidence.POSSIBLE]


def _all(rule: Rule, example: Example, text: str, root: Path) -> Iterator[Hit]:
    """A file of JSON lines is one conversation: there the pairs speak."""
    prompts = prompts_of(example, text, root)
    if rule.survey:
        yield from (hit for _, hit in rule.survey(prompts, Target()))
    if example.filename.endswith(".jsonl"):
        yield from _of_pairs(rule, example, prompts)
    elif rule.check:
        for prompt in prompts:
            yield from rule.check(prompt, target_of(prompt, example))


def _of_pairs(rule: Rule, example: Example, prompts: list[Prompt]) -> Iterator[Hit]:
    for previous, current in itertools.pairwise(prompts):
        found = check_pair(previous, current, target_of(current, example))
        yield from (hit for name, hit in found if name == rule.name)
