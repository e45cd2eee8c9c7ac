"""The list of rules, and what every rule must have."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

from cachecalc.core import rules
from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Evidence
from cachecalc.core.rules.rule import Rule

EACH = pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in rules.ALL])
MAX_SUMMARY = 90
TOOLS_OWN = "CC0"


def modules_with_a_rule() -> set[str]:
    names = [module.name for module in pkgutil.iter_modules(rules.__path__)]
    modules = [importlib.import_module(f"{rules.__name__}.{name}") for name in names]
    return {module.RULE.name for module in modules if hasattr(module, "RULE")}


def test_every_rule_module_is_listed() -> None:
    """A module that defines a rule is in the list, and only such."""
    assert {rule.name for rule in rules.ALL} == modules_with_a_rule()


def test_codes_and_names_are_given_once() -> None:
    """No two rules share a code or a name, and no rule has one that is reserved."""
    codes = [*(rule.code for rule in rules.ALL), *rules.RESERVED]
    names = [*(rule.name for rule in rules.ALL), *rules.RESERVED.values()]
    assert len(set(codes)) == len(codes)
    assert len(set(names)) == len(names)


@EACH
def test_a_name_reads_well_after_allow(rule: Rule) -> None:
    """A name is kebab-case, is the module's, and names the pattern, not the remedy."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert rule.doc == importlib.import_module(f"{rules.__name__}.{rule.name.replace('-', '_')}").__doc__
    assert not re.match(r"(avoid|do-not|dont|no-more|prefer|use|consider|require|ban|disallow)-", rule.name)


@EACH
def test_a_code_has_a_family_and_two_digits(rule: Rule) -> None:
    """A code is CC and three digits, from one of the eight families."""
    assert re.fullmatch(r"CC[0-7]\d\d", rule.code)


@EACH
def test_a_page_says_why_and_what_to_do(rule: Rule) -> None:
    """A rule's text has one sentence that says what it finds, a reason and a remedy."""
    opening, _, rest = rule.doc.partition("\n\n")
    assert opening.endswith(".")
    assert re.match(r"## Why it (costs money|matters)\n\w", rest)
    assert "\n\n## What to do\n" in rest


@EACH
def test_a_summary_fits_a_table(rule: Rule) -> None:
    """A summary is short, in lower case and no sentence."""
    assert 0 < len(rule.summary) <= MAX_SUMMARY
    assert not rule.summary.endswith(".")
    assert rule.summary[0].islower() or rule.summary.startswith("JSON")


@EACH
def test_a_rule_shows_what_it_finds_and_what_it_leaves_alone(rule: Rule) -> None:
    """A rule that looks at prompts has an example of each kind; a good one says why it is good."""
    if rule.code.startswith(TOOLS_OWN):
        assert (rule.check, rule.survey) == (None, None)
        return
    assert rule.bad
    assert rule.good
    assert all(good.because and good.because[0].islower() and not good.because.endswith(".") for good in rule.good)


@EACH
def test_a_rule_sees_what_its_examples_are(rule: Rule) -> None:
    """Each kind of file among a rule's bad examples is one that the rule says it sees."""
    kinds = {".py": Evidence.SOURCE, ".ipynb": Evidence.SOURCE, ".json": Evidence.PAYLOAD, ".jsonl": Evidence.PAIR}
    shown = {kinds.get("." + bad.filename.rpartition(".")[2], Evidence.TEMPLATE) for bad in rule.bad}
    assert shown <= rule.sees


@EACH
def test_a_rule_is_found_by_code_and_by_name(rule: Rule) -> None:
    """`cachecalc rule` takes either, in any case."""
    assert rules.find(rule.code) is rule
    assert rules.find(rule.code.lower()) is rule
    assert rules.find(rule.name) is rule


def test_an_unknown_rule_gets_a_suggestion() -> None:
    """A misspelt name is answered with the nearest ones."""
    with pytest.raises(InputError) as caught:
        rules.find("clock-in-prefx")
    assert "clock-in-prefix" in caught.value.problems[0].help
