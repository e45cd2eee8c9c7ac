"""Findings for people: each with its line of source, a caret, what it costs and what to do."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cachecalc.core.finding import Level
from cachecalc.core.lint_report import Finding, LintReport, Place, Proof, Summary
from cachecalc.report.money import usd
from cachecalc.report.terminal import PLAIN, Style, visible, width

BOLD, DIM, RED, YELLOW, BLUE, CYAN = 1, 2, 31, 33, 34, 36
COLOURS = {Level.ERROR: RED, Level.WARNING: YELLOW, Level.NOTE: CYAN}
MIN_WIDTH = 40


def render(report: LintReport, view: View, *, statistics: bool = False) -> str:
    """The report as text, the findings counted by rule if wanted."""
    view = replace(view, columns=max(view.columns, MIN_WIDTH), assumed=report.summary.assumed)
    blocks = [_group(group, view) for group in _groups(list(_helped_once(report.findings)))]
    blocks += [_proofs(report.proofs, view)] if report.proofs else []
    blocks += [_statistics(report.findings)] if statistics and report.findings else []
    blocks += ["\n".join(map(visible, report.explanations))] if report.explanations else []
    blocks += ["\n".join(f"warning: {visible(text)}" for text in report.warnings)] if report.warnings else []
    closing = [*_fixable(report.findings), view.style(_closing(report), BOLD)]
    return "\n\n".join([*blocks, "\n".join(closing)]) + "\n"


@dataclass(frozen=True, slots=True)
class View:
    """How to show things: columns of the terminal, colours, and whether amounts rest on numbers nobody gave."""

    columns: int = 100
    style: Style = PLAIN
    assumed: bool = False

    def usd(self, amount: Decimal) -> str:
        return usd(amount, assumed=self.assumed)


def _helped_once(findings: Sequence[Finding]) -> Iterator[Finding]:
    """What to do is said where it is first needed."""
    said = {""}
    for finding in findings:
        yield replace(finding, help="") if finding.help in said else finding
        said.add(finding.help)


def _groups(findings: Sequence[Finding]) -> Iterator[list[Finding]]:
    """Findings come sorted, those of one group side by side; the ungrouped stand alone."""
    numbered = enumerate(findings)
    for _, members in itertools.groupby(numbered, key=lambda pair: pair[1].group or pair[0]):
        yield [finding for _, finding in members]


def _group(findings: list[Finding], view: View) -> str:
    blocks = [_finding(finding, view) for finding in findings]
    price = findings[0].group_usd_per_month
    if price is not None and len(findings) > 1:
        title = f"{view.usd(price)} a month: {len(findings)} findings break one prefix"
        blocks.insert(0, view.style(title, BOLD))
    return "\n".join(blocks)


def _finding(finding: Finding, view: View) -> str:
    lines = [_head(finding, view.style), *_excerpt(finding.place, view)]
    lines += [f"  = {note}" for note in _notes(finding, view)]
    return "\n".join(lines)


def _head(finding: Finding, style: Style) -> str:
    place = finding.place
    where = style(f"{visible(place.path)}:{place.line}:{place.column}", BOLD)
    level = style(f"{finding.level.name.lower()} {finding.code}", BOLD, COLOURS[finding.level])
    return f"{where}: {level} {finding.rule}: {visible(finding.message)}"


def _excerpt(place: Place, view: View) -> Iterator[str]:
    """The line and a caret below the text in question, cut to the width of the terminal."""
    if not place.excerpt.strip():
        return
    gutter, style = str(place.line), view.style
    room = view.columns - len(gutter) - 4
    text = visible(place.excerpt)
    at = place.column - place.excerpt_column
    if width(text[:at]) + 12 > room:
        skipped = max(0, at - room // 3)
        text, at = "…" + text[skipped + 1 :], at - skipped
    end = len(text) if place.end_line > place.line else at + max(1, place.end_column - place.column)
    shown = _fit(text, room)
    caret = "^" * max(1, width(shown[at:end]))
    yield f"{style(gutter, BLUE)} {style('|', BLUE)} {shown}"
    yield f"{' ' * len(gutter)} {style('|', BLUE)} {' ' * width(shown[:at])}{style(caret, BOLD, YELLOW)}"


def _fit(text: str, room: int) -> str:
    if width(text) <= room:
        return text
    widths = itertools.accumulate(map(width, text))
    return text[: sum(total < room for total in widths)] + "…"


def _notes(finding: Finding, view: View) -> Iterator[str]:
    if finding.usd_per_month is not None:
        price = view.style(f"{view.usd(finding.usd_per_month)} a month", BOLD)
        alone = "" if finding.usd_per_month == finding.group_usd_per_month else " once the rest is mended"
        yield f"cost: {price}{alone} ({visible(finding.workload)})"
    if finding.since:
        yield _since(finding)
    if finding.lost_tokens:
        yield f"lost: {finding.lost_tokens:,} tokens a request{_per_thousand(finding)}"
    yield from _related(finding)
    if finding.help:
        yield f"help: {visible(finding.help)}"
    if finding.fix:
        yield f"fix: {visible(finding.fix.title)} ({'--fix' if finding.fix.safe else '--fix --unsafe-fixes'})"


def _related(finding: Finding) -> Iterator[str]:
    """Other places, those of one file and one sort on one line; not what the eye falls on anyway, right below."""
    own = finding.place
    near = range(own.line, own.end_line + 3)
    places = [it for it in finding.related if it.place.path != own.path or it.place.line not in near]
    for (path, message), same in itertools.groupby(places, key=lambda it: (it.place.path, it.message)):
        where = ", ".join(f"{it.place.line}:{it.place.column}" for it in same)
        yield f"see {visible(path)}:{where}: {visible(message)}"


def _per_thousand(finding: Finding) -> str:
    """What that is in money, where no workload says it better."""
    price = finding.per_thousand
    if price is None or finding.usd_per_month is not None:
        return ""
    return f"; per 1,000 requests {usd(price.miss)} as misses, {usd(price.hit)} as hits ({visible(price.model)})"


def _since(finding: Finding) -> str:
    assert finding.since
    if finding.since.date is None:
        return "since: not committed yet"
    cost = f": about {usd(finding.since.usd, assumed=True)} so far" if finding.since.usd is not None else ""
    date = finding.since.date
    return f"since {date.day} {date:%b %Y}, {finding.since.commit[:7]}{cost}"


def _proofs(proofs: Sequence[Proof], view: View) -> str:
    return "\n".join(["stable prefix before and after the fixes:", *(f"  {_proof(proof, view)}" for proof in proofs)])


def _proof(proof: Proof, view: View) -> str:
    name = visible(f"{proof.path}:{proof.prompt}" if proof.prompt else proof.path)
    tokens = f"{name}: {proof.prefix_before:,} -> {proof.prefix_after:,} tokens"
    if proof.usd_before is None or proof.usd_after is None:
        return tokens
    before, after = view.usd(proof.usd_before), view.usd(proof.usd_after)
    return f"{tokens}; {before} -> {after} a month"


def _statistics(findings: Sequence[Finding]) -> str:
    names = sorted({(finding.code, finding.rule) for finding in findings})
    counts = {name: sum((finding.code, finding.rule) == name for finding in findings) for name in names}
    rows = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "\n".join(f"{count:>5}  {code}  {rule}" for (code, rule), count in rows)


def _fixable(findings: Sequence[Finding]) -> list[str]:
    """How many findings a flag would mend."""
    fixes = [finding.fix.safe for finding in findings if finding.fix]
    safe, moving = fixes.count(True), fixes.count(False)
    words = [f"{safe} fixable with --fix"] if safe else []
    words += [f"{moving} {'more' if safe else 'fixable'} with --fix --unsafe-fixes, which moves text"] if moving else []
    return [", ".join(words)] if words else []


def _closing(report: LintReport) -> str:
    """One line: files, findings, what was silenced or has no price, and the total."""
    summary, findings = report.summary, report.findings
    levels = [(level, sum(finding.level is level for finding in findings)) for level in reversed(Level)]
    by_level = ", ".join(_plural(number, level.name.lower()) for level, number in levels if number)
    files = _plural(summary.files, "file") if summary.files else "no prompts found"
    words = [files, _plural(len(findings), "finding") + (f" ({by_level})" if by_level else "")]
    words += list(_counts(summary))
    if summary.usd_per_month is not None:
        words.append(f"{usd(summary.usd_per_month, assumed=summary.assumed)} a month to save ({summary.month})")
    return ", ".join(words)


def _counts(summary: Summary) -> Iterator[str]:
    if summary.fixed:
        yield f"{summary.fixed} fixed"
    if summary.suppressed:
        yield f"{summary.suppressed} suppressed"
    if summary.known:
        yield f"{summary.known} known before"
    if summary.unpriced and summary.month:
        yield f"{summary.unpriced} unpriced"


def _plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
