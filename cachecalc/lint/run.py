"""`cachecalc lint` from paths to findings: walk, check, survey, bring together, silence, keep what was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cachecalc.core import rules
from cachecalc.core.finding import Hit
from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Confidence, Prompt, Span
from cachecalc.core.rules import unreadable_file, unused_ignore
from cachecalc.core.rules.rule import Target
from cachecalc.lint import judge, silence, suppress, walk
from cachecalc.lint.check import Checked, Found, Settings, placed
from cachecalc.lint.gather import gather
from cachecalc.lint.place import Sources


@dataclass(frozen=True, slots=True)
class Request:
    """What to lint, and what of the findings to keep. `merge`: a fault that many recorded requests show is one finding."""

    paths: tuple[str, ...]
    settings: Settings
    exclude: tuple[str, ...] = ()
    as_found: bool = False
    ignored_in: Mapping[str, frozenset[str]] = field(default_factory=dict)
    confidence: Confidence = Confidence.LIKELY
    use_ignores: bool = True
    merge: bool = True
    processes: int = 2

    @property
    def root(self) -> Path:
        return Path(self.settings.root)


@dataclass(frozen=True, slots=True)
class Result:
    """What a run found, in order, and the files that could hold a prompt."""

    found: list[Found]
    suppressed: int
    checked: list[Checked]

    @property
    def prompts(self) -> Iterator[Prompt]:
        """Each prompt once, also where several files lead to it: a configuration, and the file that it names."""
        every = (prompt for each in self.checked for prompt in each.prompts)
        return iter({(prompt.path, prompt.name, _stretch(prompt)): prompt for prompt in every}.values())


def run(request: Request) -> Result:
    """Lint. Raises InputError where a path does not exist, or nothing at all could be read."""
    walked = walk.files(request.paths, request.exclude, request.root, as_found=request.as_found)
    given = (walk.Target(path, len(raw), named=True) for path, raw in request.settings.contents.items())
    targets = {target.path: target for target in (*given, *walked)}
    opened = [each for each in gather([*targets.values()], request.settings, request.processes) if each.opened]
    _refuse_if_nothing_was_read(opened)
    return judged(opened, request)


def judged(opened: list[Checked], request: Request) -> Result:
    """Bring together what was found in each file that could hold a prompt."""
    prompts = [prompt for each in opened for prompt in each.prompts]
    sources = Sources(request.settings.contents)
    found = [one for each in opened for one in each.found]
    found += surveyed(prompts, request.settings, sources)
    found += unreadable(opened, request.settings, sources)
    single = judge.merged(judge.distinct(found)) if request.merge else judge.distinct(found)
    found = judge.confirmed(judge.named(single, lambda path: walk.lasting_name(path, request.root)))
    found = [each for each in found if not _is_ignored_here(each, request)]
    ignores = _ignores(opened, found, sources) if request.use_ignores else {}
    result = silence.silenced(found, ignores, rules.ALL, request.settings.codes)
    kept = [each for each in result.kept if each.finding.confidence >= request.confidence]
    suppressed = sum(each.finding.confidence >= request.confidence for each in result.gone)
    kept += _idle(result, request, sources)
    return Result(kept, suppressed, opened)


def _stretch(prompt: Prompt) -> tuple[Span | None, ...]:
    return tuple(part.span for part in (*prompt.parts[:1], *prompt.parts[-1:]))


def _refuse_if_nothing_was_read(opened: Sequence[Checked]) -> None:
    problems = [problem for each in opened for problem in each.problems]
    if problems and all(each.problems for each in opened):
        raise InputError(problems)


def surveyed(prompts: Sequence[Prompt], settings: Settings, sources: Sources) -> Iterator[Found]:
    """What the rules that look at all prompts together find."""
    target = Target(None, settings.today)
    for rule in rules.ALL:
        if rule.survey and rule.code in settings.codes:
            for prompt, hit in rule.survey(prompts, target):
                yield placed(rule, hit, prompt, sources, settings)


def unreadable(opened: Sequence[Checked], settings: Settings, sources: Sources) -> Iterator[Found]:
    rule = unreadable_file.RULE
    for each in opened if rule.code in settings.codes else ():
        for problem in each.problems[:1]:
            found = placed(rule, Hit(None, problem.message, rule.level), Prompt((), path=each.path), sources, settings)
            place = replace(found.finding.place, line=max(1, problem.line), column=max(1, problem.column))
            yield found.revised(place=replace(place, end_line=place.line, end_column=place.column, excerpt=""))


def _is_ignored_here(found: Found, request: Request) -> bool:
    if not request.ignored_in:
        return False
    from pathspec import GitIgnoreSpec

    name = walk.lasting_name(found.finding.place.path, request.root)
    patterns = [pattern for pattern, codes in request.ignored_in.items() if found.finding.code in codes]
    return GitIgnoreSpec.from_lines(patterns).match_file(name)


def _ignores(opened: Sequence[Checked], found: Iterable[Found], sources: Sources) -> silence.Ignores:
    """The comments of the linted files, and of others that hold the text of a finding."""
    known = {each.path: each.ignores for each in opened}
    others = sorted({each.finding.place.path for each in found} - set(known))
    return known | {path: suppress.ignores(path, sources.of(path).text) for path in others}


def _idle(result: silence.Silenced, request: Request, sources: Sources) -> Iterator[Found]:
    rule = unused_ignore.RULE
    for path, ignore, words in result.idle if rule.code in request.settings.codes else ():
        hit = silence.complaint(ignore, words, rules.ALL, sources.of(path).text)
        yield placed(rule, hit, Prompt((), path=path), sources, request.settings)
