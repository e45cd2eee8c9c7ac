"""What a provider adds to a request's texts before its model reads them: frames, markers, tool preambles."""

from __future__ import annotations

from collections.abc import Mapping

from cachecalc.tokens.framing import claude, openai, template
from cachecalc.tokens.framing.wire import Framing

FRAMINGS: Mapping[str, Framing] = {
    **dict.fromkeys(claude.FRAMES, claude.frame),
    "o200k": openai.frame,
    "cl100k": openai.frame,
    **dict.fromkeys(template.TEMPLATES, template.frame),
}
"""By the model's tokenizer."""
