"""A profile from a few words on the command line, so that no file is needed to ask a question."""

from __future__ import annotations

import importlib.resources
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cachecalc.core.problem import InputError, Problem, did_you_mean
from cachecalc.load import yaml_text

_IN = re.compile(r"(?P<file>@.+?|\d[\d_,]*)(?:\+(?P<dynamic>\d[\d_,]*))?\Z")
NAME = "workload"


@dataclass(frozen=True, slots=True)
class Flags:
    """What was said on the command line; None where nothing was."""

    model: str | None = None
    prompt: str | None = None
    output: str | None = None
    requests: str | None = None
    cache: str | None = None
    like: str | None = None

    @property
    def any(self) -> bool:
        return any((self.model, self.prompt, self.output, self.requests, self.cache, self.like))


def profile_text(flags: Flags) -> str:
    """The profile that the flags describe, as YAML. Raises InputError naming every flag that is still missing."""
    preset = dict(_preset(flags.like)) if flags.like else {}
    assumed = dict(preset.pop("assumed", {}))
    workload = {**preset, **_given(flags)}
    if not flags.model:
        raise InputError("which model? give --model", help="`cachecalc prices list` shows every model")
    missing = [flag for key, flag in _NEEDED.items() if key not in workload]
    if missing:
        raise InputError(
            f"{' and '.join(missing)} missing", help="give them, or start from --like support, rag, agent or chat"
        )
    kept = {key: source for key, source in assumed.items() if key not in _given(flags)}
    if flags.prompt and "conversation" in workload and flags.like in {"agent", "chat"}:
        kept.pop("prompt", None)
    body = {**workload, **({"assumed": kept} if kept else {})}
    return _dump({"version": 1, "workloads": {flags.like or NAME: body}})


_NEEDED = {"prompt": "--in", "output": "--out", "requests": "--requests"}


def _given(flags: Flags) -> dict[str, Any]:
    given: dict[str, Any] = {"model": flags.model} if flags.model else {}
    if flags.prompt:
        given["prompt"] = prompt_of(flags.prompt)
    if flags.output:
        given["output"] = flags.output if ".." in flags.output else _whole(flags.output, "--out")
    if flags.requests:
        given["requests"] = flags.requests
    if flags.cache:
        given["cache"] = flags.cache
    return given


def prompt_of(text: str) -> dict[str, Any]:
    """`1500+100` (static and dynamic tokens) or `@system.txt+100` as a profile's `prompt:`."""
    match = _IN.match(text.strip())
    if not match:
        raise InputError(f"--in {text!r}: write static+dynamic tokens such as 1500+100, or @FILE+100")
    first, dynamic = match["file"], match["dynamic"]
    start: dict[str, Any] = {"file": first[1:]} if first.startswith("@") else {"static": _whole(first, "--in")}
    return {**start, **({"dynamic": _whole(dynamic, "--in")} if dynamic else {})}


def _whole(text: str, flag: str) -> int:
    digits = text.replace("_", "").replace(",", "")
    if not digits.isdigit() or len(digits) > 12:
        raise InputError(f"{flag} {text!r} is not a number of tokens")
    return int(digits)


def _preset(name: str) -> Mapping[str, Any]:
    known = presets()
    if name not in known:
        hint = did_you_mean(name, known) or f"it is one of {', '.join(known)}"
        raise InputError([Problem(f"--like {name!r} is not known", help=hint)])
    return known[name]


def presets() -> Mapping[str, Mapping[str, Any]]:
    """The workloads that `--like` starts from."""
    text = importlib.resources.files("cachecalc.load").joinpath("data/presets.yaml").read_text("utf-8")
    found: Mapping[str, Mapping[str, Any]] = yaml_text.parse(text, "presets.yaml").value
    return found


def _dump(value: Mapping[str, Any]) -> str:
    import yaml

    return yaml.dump(value, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=110)


def _dumper() -> type:
    """Plain YAML: numbers as they were written, short mappings on one line."""
    from decimal import Decimal

    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
            return True

    Dumper.add_representer(
        Decimal, lambda dumper, number: dumper.represent_scalar("tag:yaml.org,2002:float", str(number))
    )
    return Dumper
