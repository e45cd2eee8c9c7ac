"""Blots out what looks like a credential, length for length, so that columns still count."""

from __future__ import annotations

import re

_SECRET = re.compile(
    r"""
      \b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}                             # OpenAI, Anthropic, Stripe-like keys
    | \b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{8,}
    | \b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b                       # AWS access key ids
    | \bAIza[A-Za-z0-9_-]{30,}                                      # Google API keys
    | \bya29\.[A-Za-z0-9_-]{20,}
    | \bgh[opsur]_[A-Za-z0-9]{20,} | \bgithub_pat_[A-Za-z0-9_]{20,}
    | \bglpat-[A-Za-z0-9_-]{16,} | \bhf_[A-Za-z0-9]{20,} | \bxox[abeoprs]-[A-Za-z0-9-]{10,}
    | \beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)? # JSON web tokens
    | (?<=-----BEGIN\ PRIVATE\ KEY-----)[^-]+
    | (?<=-----BEGIN\ RSA\ PRIVATE\ KEY-----)[^-]+
    | (?i:(?<=bearer\s)|(?<=basic\s))[A-Za-z0-9+/._~=-]{12,}        # authorization headers
    | (?i:(?<=://)[^\s/:@]{1,64}:[^\s/@]{3,}(?=@))                  # user:password@host
    | (?i:\b(?:api[_-]?key|access[_-]?token|auth[_-]?token|secret(?:[_-]?key)?|passw(?:or)?d|pwd)\b
        ["']?\s*[:=]\s*["']?)(?P<value>(?=[^\s"',;}{\d]*\d)[^\s"',;}{]{8,})    # key = value; a word without digits is prose
    """,
    re.VERBOSE,
)


def redact(text: str) -> str:
    """`text` with every secret-looking stretch replaced by as many asterisks."""
    return _SECRET.sub(_blot, text)


def _blot(found: re.Match[str]) -> str:
    whole, value = found.group(), found["value"]
    return whole.removesuffix(value) + "*" * len(value) if value else "*" * len(whole)
