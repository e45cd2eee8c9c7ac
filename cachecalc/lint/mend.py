"""Which files the fixes of a run change, and the proof of what that is worth."""

from __future__ import annotations

import enum
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from cachecalc.core.lint_report import Proof
from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Prompt
from cachecalc.core.rules import reach, unused_ignore
from cachecalc.lint import fix, money, run, walk
from cachecalc.lint.check import Checked, Found, check, of_prompt
from cachecalc.lint.gather import project
from cachecalc.load.files import decode

BOM = b"\xef\xbb\xbf"


class Wanted(enum.Enum):
    """The fixes a user asked for."""

    NONE = enum.auto()
    SAFE = enum.auto()
    ALL = enum.auto()


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A file that fixes change. Texts begin with the byte-order mark where the file does."""

    path: str
    before: str
    after: str
    faults: int
    warnings: tuple[str, ...] = ()


def rewrites(result: run.Result, request: run.Request, known: frozenset[str], wanted: Wanted) -> Iterator[Rewrite]:
    """The files that change. Raises InputError where a file cannot be read any more."""
    reported = frozenset(each.finding.fingerprint for each in result.found) - known
    look = functools.partial(_left, request=request, reported=reported, known=known, wanted=wanted)
    mendable = (each for each in result.found if _counts(each, reported, known) and _is_wanted(each, wanted))
    paths = {each.finding.place.path for each in mendable}
    for checked in (each for each in result.checked if each.path in paths):
        path = checked.path
        raw = request.settings.contents.get(path) or Path(path).read_bytes()
        text = decode(raw, path)
        done = fix.fixed(text, functools.partial(look, checked))
        mark = "\ufeff" if raw.startswith(BOM) else ""
        warnings = tuple(f"{path}: not applied, since it would not mend the file: {title}" for title in done.refused)
        if done.text != text or warnings:
            yield Rewrite(path, mark + text, mark + done.text, done.faults, warnings)


def _left(
    before: Checked, text: str, *, request: run.Request, reported: frozenset[str], known: frozenset[str], wanted: Wanted
) -> fix.Left:
    """What is left to mend in this text of one file. Raises InputError where it cannot be read."""
    path = before.path
    settings = replace(request.settings, contents={**request.settings.contents, path: text.encode()})
    checked = check(path, text.encode(), settings, project(settings), named=before.named)
    if checked.problems:
        raise InputError(checked.problems)
    found = run.judged([checked], replace(request, settings=settings, merge=False)).found
    kept = [each for each in found if each.finding.place.path == path and _counts(each, reported, known)]
    fixes = [each.hit.fix for each in kept if each.hit.fix and _is_wanted(each, wanted)]
    return fix.Left(len(kept), fixes)


def _counts(found: Found, reported: frozenset[str], known: frozenset[str]) -> bool:
    """Whether a comment is needed is known only when all files have been looked at."""
    is_comment = found.finding.rule == unused_ignore.RULE.name
    return found.finding.fingerprint not in known and (not is_comment or found.finding.fingerprint in reported)


def _is_wanted(found: Found, wanted: Wanted) -> bool:
    """Whether a finding has a fix of the sort that was asked for."""
    fix = found.finding.fix
    return wanted is not Wanted.NONE and fix is not None and (fix.safe or wanted is Wanted.ALL)


def with_rewrites(request: run.Request, changed: Sequence[Rewrite]) -> run.Request:
    """The same run over the files as they will be."""
    contents = {**request.settings.contents, **{it.path: it.after.encode() for it in changed}}
    return replace(request, settings=replace(request.settings, contents=contents))


def proofs(
    before: run.Result,
    after: run.Result,
    changed: Sequence[Rewrite],
    workloads: Sequence[money.WorkloadCost],
    request: run.Request,
) -> Iterator[Proof]:
    """Each prompt of a changed file, before and after."""
    paths = {rewrite.path for rewrite in changed}
    old = [prompt for prompt in before.prompts if prompt.path in paths]
    new = [prompt for prompt in after.prompts if prompt.path in paths]
    for was, now in zip(old, new, strict=False):
        name = walk.lasting_name(was.path, request.root)
        claiming = [workload for workload in workloads if workload.claims(was, name)]
        faults = [money.fault(each) for each in before.found if each.prompt is was]
        whole = money.mended(was, faults, functools.partial(of_prompt, settings=request.settings))
        usd_before, usd_after = _cost(claiming, whole, was), _cost(claiming, now, now)
        yield Proof(was.path, was.name, _prefix(was), _prefix(now), usd_before, usd_after)


def _cost(workloads: Sequence[money.WorkloadCost], like: Prompt, prompt: Prompt) -> Decimal | None:
    """None where no workload sends the prompt, or one cannot be priced with it (a warning has said so)."""
    try:
        usd = [workload.cost_like(like)(prompt) for workload in workloads]
    except InputError:
        return None
    return sum(usd, money.ZERO) if usd else None


def _prefix(prompt: Prompt) -> int:
    return reach.weight(reach.static_prefix(prompt))
