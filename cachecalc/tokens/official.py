"""Claude's counts from Anthropic: the count-tokens endpoint, free of charge, through the official SDK.

The SDK takes the key and the address from ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL. The text of every part is sent.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cachecalc.core.problem import InputError, Problem
from cachecalc.core.prompt import Count
from cachecalc.tokens.counter import well_formed
from cachecalc.tokens.reconstructed import FRAMES

if TYPE_CHECKING:
    import anthropic

_ANCHOR = "."
"""Put before a text with nothing but white space, which the endpoint refuses."""


@dataclass(frozen=True, slots=True)
class Official:
    """What the endpoint counts for a text alone, less the frame around a message. `model` is the API's name of it."""

    tokenizer: str
    model: str
    base_url: str | None = None

    @property
    def name(self) -> str:
        return f"count_tokens {self.model}"

    def count(self, text: str) -> Count:
        """Raises InputError where the endpoint cannot be asked."""
        text = well_formed(text)
        if not text:
            return Count(0, 0.0, self.name)
        if text.isspace():
            tokens = self._ask(_ANCHOR + text) - self._ask(_ANCHOR)
        else:
            tokens = self._ask(text) - FRAMES[self.tokenizer]
        return Count(max(tokens, 0), 0.0, self.name)

    def _ask(self, text: str) -> int:
        import anthropic

        try:
            answer = _client(self.base_url).messages.count_tokens(
                model=self.model, messages=[{"role": "user", "content": text}]
            )
        except anthropic.APIConnectionError as error:
            raise _problem(
                f"cannot reach the count-tokens endpoint: {error}", "leave out --exact to count offline"
            ) from (None)
        except anthropic.APIStatusError as error:
            raise _problem(f"the count-tokens endpoint refused: {error.message}", _advice(error.status_code)) from None
        except (anthropic.AnthropicError, TypeError) as error:
            raise _problem(f"cannot ask the count-tokens endpoint: {error}", "set ANTHROPIC_API_KEY") from None
        return answer.input_tokens


@functools.cache
def _client(base_url: str | None) -> anthropic.Anthropic:
    import anthropic

    return anthropic.Anthropic(base_url=base_url)


def _problem(message: str, help: str) -> InputError:
    return InputError([Problem(message, help=help)])


def _advice(status: int) -> str:
    match status:
        case 401 | 403:
            return "check ANTHROPIC_API_KEY"
        case 404:
            return "name the model as the API does: --model claude-sonnet-4-5-20250929"
        case _:
            return "leave out --exact to count offline"
