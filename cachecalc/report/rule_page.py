"""A rule's page, and the list of all rules: for the terminal, as Markdown for the documentation, and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from textwrap import dedent, indent
from typing import Any

from cachecalc.core.prompt import Evidence
from cachecalc.core.rules.incidents import INCIDENTS, Incident
from cachecalc.core.rules.rule import Bad, Good, Missed, Rule

Example = Bad | Good | Missed

_SEEN_IN = {
    Evidence.TEMPLATE: "templates",
    Evidence.SOURCE: "source code",
    Evidence.PAYLOAD: "single requests",
    Evidence.PAIR: "pairs of requests",
    Evidence.LOG: "logs",
}
_LANGUAGES = {
    ".py": "python",
    ".json": "json",
    ".jsonl": "json",
    ".j2": "jinja",
    ".prompty": "yaml",
    ".yaml": "yaml",
    ".yml": "yaml",
}


def markdown(rule: Rule) -> str:
    """The rule's page for the documentation."""
    opening, _, rest = rule.doc.partition("\n\n")
    parts = [f"# {rule.name} ({rule.code})", opening, _facts(rule), rest.strip()]
    return "\n\n".join([*parts, *_examples(rule, _fenced), *_reports(rule)]) + "\n"


def text(rule: Rule) -> str:
    """The rule's page for a terminal: the same, with headings and code set off by indentation."""
    opening, _, rest = rule.doc.partition("\n\n")
    parts = [f"{rule.code} {rule.name}", opening, _facts(rule), rest.strip()]
    page = "\n\n".join([*parts, *_examples(rule, _indented), *_reports(rule)])
    return re.sub(r"^#+ (.*)$", lambda found: found[1].upper(), page, flags=re.MULTILINE) + "\n"


def _facts(rule: Rule) -> str:
    fix = "A fix is available." if rule.is_fixable else "No fix."
    return f"{rule.level.name.capitalize()}. Seen in {listed(seen_in(rule))}. Since {rule.since}. {fix}"


def seen_in(rule: Rule) -> list[str]:
    return [words for evidence, words in _SEEN_IN.items() if evidence in rule.sees]


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _all(rule: Rule) -> tuple[Example, ...]:
    return (*rule.bad, *rule.good, *rule.missed)


def _examples(rule: Rule, code: Any) -> Iterator[str]:
    if rule.bad:
        yield "## Reported"
    if any("[[" in example.source for example in _all(rule)):
        yield "Text in double brackets, `[[rules: 900 words]]`, stands for so much of it."
    for bad in rule.bad:
        yield from (f"In `{bad.filename}`:", code(bad.source, bad.filename), f"> {bad.message}")
        for title, text in (("After the fix:", bad.put_right(bad.fixed)), ("Put right:", bad.put_right(bad.mended))):
            if text is not None:
                yield from (title, code(text, bad.filename))
    for title, group in (("## Left alone", rule.good), ("## Not reported yet", rule.missed)):
        if group:
            yield title
        for example in group:
            yield from (f"In `{example.filename}`, {example.because}:", code(example.source, example.filename))


def _reports(rule: Rule) -> Iterator[str]:
    known = [incident for incident in INCIDENTS if incident.code in rule.incidents]
    if known:
        yield "## Seen in public"
        yield "\n".join(f"- {_reported(incident)}" for incident in known)


def _reported(incident: Incident) -> str:
    number = "1 report" if incident.reports == 1 else f"{incident.reports} reports"
    return f"{incident.title}: {number}, {incident.observed} with a measured effect"


def _source(example: str) -> str:
    return dedent(example).strip("\n")


def _fenced(example: str, filename: str) -> str:
    """A code block whose fence is longer than any in the code."""
    source = _source(example)
    ticks = max(map(len, re.findall(r"`{3,}", source)), default=2) + 1
    fence = "`" * ticks
    return f"{fence}{_LANGUAGES.get(PurePath(filename).suffix, 'text')}\n{source}\n{fence}"


def _indented(example: str, _filename: str) -> str:
    return indent(_source(example), "    ")


def document(rule: Rule) -> Mapping[str, Any]:
    """The rule as JSON, examples included."""
    return {
        **summary(rule),
        "doc": rule.doc.strip(),
        "bad": [_example(bad, "filename", "message", "model", "source", "fixed", "mended") for bad in rule.bad],
        "good": [_example(good, "filename", "because", "model", "source") for good in rule.good],
        "missed": [_example(missed, "filename", "because", "model", "source") for missed in rule.missed],
    }


def summary(rule: Rule) -> Mapping[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary,
        "level": rule.level.name.lower(),
        "sees": [evidence.value for evidence in Evidence if evidence in rule.sees],
        "since": rule.since,
        "fixable": rule.is_fixable,
    }


def _example(example: Example, *keys: str) -> dict[str, str]:
    values = {key: getattr(example, key) for key in keys}
    if isinstance(example, Bad):
        values |= {"fixed": example.put_right(example.fixed), "mended": example.put_right(example.mended)}
    return {
        key: _source(value) + "\n" if key in {"source", "fixed", "mended"} else value
        for key, value in values.items()
        if value is not None
    }


def page_json(rule: Rule) -> str:
    return json.dumps({"version": 1, **document(rule)}, indent=2, ensure_ascii=False)


def list_json(rules: Iterable[Rule]) -> str:
    return json.dumps({"version": 1, "rules": [summary(rule) for rule in rules]}, indent=2, ensure_ascii=False)


def list_text(rules: Sequence[Rule]) -> str:
    """One line a rule."""
    width = max(len(rule.name) for rule in rules)
    lines = [f"{rule.code}  {rule.name:{width}}  {rule.level.name.lower():7}  {rule.summary}" for rule in rules]
    return "\n".join([*lines, "", "`cachecalc rule CODE` shows a rule's page."])


def list_markdown(rules: Sequence[Rule]) -> str:
    """The index of the pages."""
    rows = [
        f"| {rule.code} | [{rule.name}]({rule.name}.md) | {rule.level.name.lower()} | {rule.summary} | {_letters(rule)} |"
        for rule in rules
    ]
    head = [
        "# Rules",
        _INTRODUCTION,
        "| code | name | level | what it finds | seen in |\n| --- | --- | --- | --- | --- |",
    ]
    return "\n\n".join(head) + "\n" + "\n".join(rows) + "\n"


_INTRODUCTION = (
    "The level is the worst a rule reports; a finding's own level depends on how often the text changes and on how much\n"
    "stands behind it. Seen in: templates (T), source code (S), single requests (1), pairs of requests (2), logs (L)."
)


def _letters(rule: Rule) -> str:
    letters = {
        Evidence.TEMPLATE: "T",
        Evidence.SOURCE: "S",
        Evidence.PAYLOAD: "1",
        Evidence.PAIR: "2",
        Evidence.LOG: "L",
    }
    return " ".join(letter for evidence, letter in letters.items() if evidence in rule.sees)


def conformance(rules: Sequence[Rule]) -> str:
    """Which rules find which class of public reports, and on which of their examples."""
    rows = [_conforming(incident, rules) for incident in INCIDENTS]
    head = ["# What lint finds of what went wrong in public", _CONFORMANCE, _COLUMNS]
    return "\n\n".join(head) + "\n" + "\n".join(rows) + "\n"


_CONFORMANCE = (
    "194 public reports of broken prompt caching, in twenty classes. Each class that a file or a request shows beyond doubt\n"
    "is found on an example shaped like a report, and the example put right is clean; the tests hold both. The examples\n"
    "stand on the rules' pages. What only logs show is `cachecalc replay`'s to find."
)
_COLUMNS = "| class | reports | shown by | found by | examples |\n| --- | --- | --- | --- | --- |"


def _conforming(incident: Incident, rules: Sequence[Rule]) -> str:
    finders = [rule for rule in rules if incident.code in rule.incidents]
    shown = listed([words for evidence, words in _SEEN_IN.items() if evidence in incident.shown_by])
    links = ", ".join(f"[{rule.name}](rules/{rule.name}.md)" for rule in finders) or "replay"
    files = ", ".join(f"`{bad.filename}`" for rule in finders for bad in rule.bad)
    return f"| {incident.code} {incident.title} | {incident.reports} | {shown} | {links} | {files} |"
