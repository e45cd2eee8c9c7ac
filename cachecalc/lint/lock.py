"""The lock file of a project's static prefixes: one line a prompt, sorted, so that it merges and reads well."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from cachecalc.core.prefix_lock import Entry, entry
from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Prompt
from cachecalc.load.files import read_text

VERSION = 1


def named(prompts: Iterable[Prompt], file_name: Callable[[str], str]) -> dict[str, tuple[Entry, Prompt]]:
    """The prompts worth locking by a lasting name: the file, the prompt's name, a number where both repeat."""
    seen: Counter[str] = Counter()
    found = {}
    for prompt in prompts:
        known = entry(prompt)
        if known is None:
            continue
        name = f"{file_name(prompt.path)}:{prompt.name}".removesuffix(":")
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name}#{seen[name]}"] = (known, prompt)
    return found


def render(entries: Mapping[str, Entry]) -> str:
    """The lock file's text."""
    lines = [f"{json.dumps(name)}: {_line(known)}" for name, known in sorted(entries.items())]
    body = ",\n    ".join(lines)
    return f'{{\n  "version": {VERSION},\n  "prompts": {{\n    {body}\n  }}\n}}\n'


def _line(known: Entry) -> str:
    return json.dumps({"sha256": known.sha256, "tokens": known.tokens, "counter": known.counter})


def read(path: str) -> dict[str, Entry]:
    """The entries of a lock file. Raises InputError where it is none."""
    try:
        content = json.loads(read_text(path))
        if content["version"] != VERSION:
            raise InputError([Problem(f"lock version {content['version']!r} is not known", path)])
        rows = content["prompts"].items()
        return {name: Entry(str(row["sha256"]), int(row["tokens"]), str(row["counter"])) for name, row in rows}
    except (KeyError, TypeError, AttributeError, RecursionError, json.JSONDecodeError):
        advice = "write it again with `cachecalc lock`; settle a merge conflict that way, too"
        raise InputError([Problem("not a cachecalc lock file", path, help=advice)]) from None
