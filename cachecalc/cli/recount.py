"""One prompt counted for many models, each text once for each tokenizer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cachecalc.cli.prompt_files import ASSUMED
from cachecalc.core.compare import Recount
from cachecalc.core.pricing import Model
from cachecalc.core.prompt import Count, Part, Prompt
from cachecalc.tokens import Counter, count_prompt, counter_for

_GIVEN = frozenset({"given", ASSUMED})


@dataclass(frozen=True, slots=True)
class Remembering:
    """A counter that counts a text once."""

    counter: Counter
    known: dict[str, Count] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.counter.name

    def count(self, text: str) -> Count:
        if text not in self.known:
            self.known[text] = self.counter.count(text)
        return self.known[text]


def recounter(own: Model) -> Recount:
    """Counts the prompts of a workload on `own` for other models; sizes that somebody gave stay as they are."""
    counters: dict[str, Remembering] = {}

    def recount(prompt: Prompt, model: Model) -> Prompt:
        if model.tokenizer == own.tokenizer or not any(map(_is_counted, prompt.parts)):
            return prompt
        if model.tokenizer not in counters:
            counters[model.tokenizer] = Remembering(counter_for(model.tokenizer))
        return count_prompt(_uncounted(prompt), model, counters[model.tokenizer])

    return recount


def _uncounted(prompt: Prompt) -> Prompt:
    return replace(
        prompt, parts=tuple(replace(part, count=None) if _is_counted(part) else part for part in prompt.parts)
    )


def _is_counted(part: Part) -> bool:
    return part.text is not None and part.count is not None and part.count.counter not in _GIVEN
