"""How fine a clock a date format shows: `%Y-%m-%d` a day, `HH:mm` a minute."""

from __future__ import annotations

import re

from cachecalc.core.volatility import Clock

_DIRECTIVES = {
    **dict.fromkeys("YyGCmbBhVUW", Clock.MONTH),
    **dict.fromkeys("djaAuweDFx", Clock.DAY),
    **dict.fromkeys("HIklpP", Clock.HOUR),
    **dict.fromkeys("MR", Clock.MINUTE),
    **dict.fromkeys("STcXrs+", Clock.SECOND),
    **dict.fromkeys("fLN", Clock.SUBSECOND),
}
# Formats of words, as moment, Java, .NET and arrow write them: the finest that occurs counts.
_FIELDS = (
    (re.compile(r"S{2,}|f{2,}"), Clock.SUBSECOND),
    (re.compile(r"ss?\b"), Clock.SECOND),
    (re.compile(r"(?<![\w-])mm?\b"), Clock.MINUTE),
    (re.compile(r"HH?|hh?"), Clock.HOUR),
    (re.compile(r"D{1,4}|d{1,4}|E{1,4}|\bP{1,4}\b"), Clock.DAY),
    (re.compile(r"M{1,4}|Y{2,4}|y{1,4}"), Clock.MONTH),
)


def step(template: str) -> Clock:
    """The finest step a format shows; NONE where it shows none."""
    directives = re.findall(r"%[-_0#^EO]?(.)", template)
    if directives:
        return max(_DIRECTIVES.get(letter, Clock.NONE) for letter in directives)
    return next((clock for pattern, clock in _FIELDS if pattern.search(template)), Clock.NONE)
