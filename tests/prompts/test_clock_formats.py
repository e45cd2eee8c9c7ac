from __future__ import annotations

import pytest

from cachecalc.core.volatility import Clock
from cachecalc.load.prompts.clock_formats import step


@pytest.mark.parametrize(
    ("template", "clock"),
    [
        ("%Y-%m-%d", Clock.DAY),
        ("%A, %-d %B %Y", Clock.DAY),
        ("%B %Y", Clock.MONTH),
        ("%H:%M", Clock.MINUTE),
        ("%I %p", Clock.HOUR),
        ("%Y-%m-%dT%H:%M:%S", Clock.SECOND),
        ("%H:%M:%S.%f", Clock.SUBSECOND),
        ("%c", Clock.SECOND),
        ("YYYY-MM-DD", Clock.DAY),
        ("dddd, MMMM D, YYYY", Clock.DAY),
        ("YYYY-MM-DD HH:mm", Clock.MINUTE),
        ("HH:mm:ss", Clock.SECOND),
        ("yyyy-MM-dd'T'HH:mm:ss.SSS", Clock.SUBSECOND),
        ("MMM yyyy", Clock.MONTH),
        ("", Clock.NONE),
    ],
)
def test_finest_step(template: str, clock: Clock) -> None:
    """A format shows no finer clock than its finest field."""
    assert step(template) is clock
