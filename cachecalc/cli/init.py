"""`cachecalc init`: a commented profile from what is there: prompt files, a usage log, a provider's usage export."""

from __future__ import annotations

import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cachecalc.cli import output
from cachecalc.core.problem import InputError, Problem

if TYPE_CHECKING:
    from cachecalc.core.pricing import PriceTable
    from cachecalc.core.prompt import Prompt
    from cachecalc.core.record import Record
    from cachecalc.report.starter import Hole, Starter

DEFAULT_MODEL = "claude-sonnet-5-5"
MOST_PROMPTS = 20
LEAST_TOKENS = 100
"""Shorter prompts are pieces, or not worth a workload."""

_HOLE_TOKENS = 300
_MEAN_PROMPT = 2000


def init(
    paths: Annotated[list[str] | None, typer.Argument(help="Where to look for prompt files; here without it.")] = None,
    usage: Annotated[
        list[str] | None, typer.Option("--from", help="A usage log or a provider's usage export, instead of prompts.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model of prompts that name none.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    to: Annotated[Path, typer.Option("--output", "-o", help="The profile to write; - for standard output.")] = Path(
        "cachecalc.profile.yaml"
    ),
) -> None:
    """Write a commented starter profile from the prompts, a log or a usage export that is found."""
    from cachecalc.load import pricing
    from cachecalc.report import starter

    prices = pricing.bundled()
    default = prices.find(model).id if model else DEFAULT_MODEL
    folder = Path() if str(to) == "-" else to.parent
    found = list(_from_usage(usage, prices) if usage else _from_prompts(paths or ["."], prices, default, folder))
    if not found:
        where = ", ".join(usage or paths or ["this folder"])
        raise InputError(f"nothing to start from in {where}", help="name prompt files, or a usage log with --from")
    text = starter.render(found)
    if str(to) == "-":
        output.write(text, None)
        return
    if to.exists() and not force:
        raise InputError([Problem("is there already", str(to), help="--force replaces it, --output names another")])
    output.write(text, to)
    sys.stderr.write(f"{to}: {len(found)} workload{'s' if len(found) > 1 else ''}; next: cachecalc estimate {to}\n")


def _from_prompts(paths: list[str], prices: PriceTable, default: str, folder: Path) -> Iterator[Starter]:
    """A workload for each of the longest prompts in files, named from the `folder` of the profile."""
    from cachecalc.tokens import count_prompt

    counted = []
    for path, prompt in _prompts(paths):
        named = _known(prompt.model, prices)
        model = prices.find(named or default)
        counted.append((count_prompt(prompt, model), path, model.id, named is not None))
    counted.sort(key=lambda each: (-each[0].tokens, each[1]))
    for prompt, path, model_id, is_named in counted[:MOST_PROMPTS]:
        if prompt.tokens >= LEAST_TOKENS:
            yield _of_prompt(prompt, os.path.relpath(path, folder), model_id, is_named=is_named)


def _prompts(paths: list[str]) -> Iterator[tuple[str, Prompt]]:
    """Files that hold exactly one prompt: a profile names a file, so it can stand for no more."""
    from cachecalc.cli import prompt_files
    from cachecalc.lint.walk import files
    from cachecalc.load.prompts.prefilter import is_candidate

    for target in files(paths):
        path = str(target.path)
        if path.endswith((".py", ".ipynb")) or not is_candidate(path, Path(path).read_bytes()[:4096]):
            continue
        try:
            prompts = prompt_files.prompts_in(path)
        except InputError as error:
            sys.stderr.write(f"cachecalc: skipped: {error}\n")
            continue
        if len(prompts) == 1:
            yield path, prompts[0]


def _of_prompt(prompt: Prompt, path: str, model: str, *, is_named: bool) -> Starter:
    from cachecalc.report.starter import Starter

    holes = tuple(_holes(prompt))
    assumed = {} if is_named else {"model": "a default, the prompt names none"}
    assumed |= {"prompt": f"{_HOLE_TOKENS} tokens for each placeholder whose size is not known"} if holes else {}
    scopes = tuple({scope.value for part in prompt.parts for scope in part.volatility.identities})
    assumed |= {"populations": "a guess"} if scopes else {}
    assumed |= {"output": "a guess", "requests": "a guess"}
    return Starter(
        name=Path(path).stem,
        model=model,
        output=300,
        requests="1000/day",
        comment=f"{prompt.tokens:,} tokens in the file, placeholders as written",
        file=path,
        holes=holes,
        scopes=scopes,
        assumed=assumed,
    )


def _holes(prompt: Prompt) -> Iterator[Hole]:
    from cachecalc.cli.prompt_files import is_open, is_short
    from cachecalc.report.starter import Hole

    seen: set[str] = set()
    for part in prompt.parts:
        words = re.findall(r"[^\W\d]\w*", part.origin) if is_open(part) else []
        if words and words[0] not in seen:
            seen.add(words[0])
            yield Hole(words[0], str(part.volatility), None if is_short(part) else _HOLE_TOKENS)


def _from_usage(names: list[str], prices: PriceTable) -> Iterator[Starter]:
    """A workload for each model in usage logs or exports."""
    from cachecalc.core.imported import Imported
    from cachecalc.logs.read import read_logs

    by_model: dict[str, list[Record]] = defaultdict(list)
    for record in read_logs(names, Imported()):
        known = _known(record.model, prices)
        if known and record.usage is not None:
            by_model[known].append(record)
    for model, records in sorted(by_model.items()):
        yield _of_records(model, records)


def _of_records(model: str, records: list[Record]) -> Starter:
    from cachecalc.report.starter import Starter

    usages = [record.usage for record in records if record.usage is not None]
    fresh = sum(usage.input or 0 for usage in usages)
    cached = sum((usage.cache_read or 0) + usage.written for usage in usages)
    read = sum(usage.cache_read or 0 for usage in usages)
    counts = [record.requests for record in records]
    is_counted = None not in counts
    requests = sum(count or 0 for count in counts) if is_counted else max(1, (fresh + cached) // _MEAN_PROMPT)
    guess = f"derived from tokens at {_MEAN_PROMPT:,} a request: the export does not count requests"
    return Starter(
        name=model,
        model=model,
        output=round(sum(usage.output or 0 for usage in usages) / max(requests, 1)),
        requests=f"{requests / _days(records):.6g}/day",
        comment=f"{len(records):,} record{'s' if len(records) > 1 else ''}"
        + ("" if is_counted else "; requests are derived from tokens"),
        static=round(cached / max(requests, 1)),
        dynamic=round(fresh / max(requests, 1)),
        hours=_hours(records) if is_counted else (),
        observed=(("read_share", f"{read / (fresh + cached):.4f}"),) if fresh + cached else (),
        assumed={
            "prompt": "cached input taken for static, the rest for dynamic",
            **({} if is_counted else {"requests": guess}),
        },
    )


def _days(records: Iterable[Record]) -> float:
    """The days that records span, at least one: from the first to the last day on which something happened."""
    times = [time for record in records for time in (record.at, record.until) if time is not None]
    return max((max(times) - min(times)).total_seconds() / 86_400, 1.0) if times else 1.0


def _hours(records: list[Record]) -> tuple[int, ...]:
    """Requests by hour of the day, where single requests with their times are known for at least a day."""
    times = [record.at for record in records if record.at is not None and record.until is None]
    if len(times) < len(records) or len(times) < 200 or _days(records) <= 1:
        return ()
    hours = [time.hour for time in times]
    return tuple(hours.count(hour) for hour in range(24))


def _known(name: str | None, prices: PriceTable) -> str | None:
    try:
        return prices.find(name).id if name else None
    except InputError:
        return None
