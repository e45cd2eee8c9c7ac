"""The findings a project lives with: a committed file of their fingerprints, so that only new ones are reported."""

from __future__ import annotations

import json
from collections.abc import Iterable

from cachecalc.core.lint_report import Finding
from cachecalc.core.problem import InputError, Problem
from cachecalc.load.files import read_text

VERSION = 1


def read(path: str) -> frozenset[str]:
    """The fingerprints in a baseline file. Raises InputError where it is none."""
    try:
        content = json.loads(read_text(path))
        if content["version"] != VERSION:
            raise InputError([Problem(f"baseline version {content['version']!r} is not known", path)])
        return frozenset(entry["fingerprint"] for entry in content["findings"])
    except (json.JSONDecodeError, KeyError, TypeError, RecursionError):
        help_ = "write it again with --write-baseline"
        raise InputError([Problem("not a cachecalc baseline", path, help=help_)]) from None


def render(findings: Iterable[Finding]) -> str:
    """A baseline of these findings: sorted, one line each, so that it merges and reads well."""
    rows = sorted({(it.place.path, it.rule, it.fingerprint, it.message) for it in findings})
    lines = [
        json.dumps({"path": path, "rule": rule, "fingerprint": fingerprint, "message": message})
        for path, rule, fingerprint, message in rows
    ]
    body = ",\n    ".join(lines)
    return f'{{\n  "version": {VERSION},\n  "findings": [\n    {body}\n  ]\n}}\n'
