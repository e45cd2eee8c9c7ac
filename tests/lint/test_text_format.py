"""What a person sees."""

from __future__ import annotations

from decimal import Decimal

from inline_snapshot import snapshot

from cachecalc.core.lint_report import RelatedPlace
from cachecalc.report.lint_text import View, render
from cachecalc.report.terminal import Style
from tests.lint import build


def test_a_finding_shows_its_line_its_cost_and_what_to_do() -> None:
    """Place, level, rule, message; the line with a caret; related places, tokens, dollars, help and fix."""
    assert render(build.report(build.clock()), View()) == snapshot("""\
app/bot.py:8:21: error CC101 clock-in-prefix: `datetime.now()` changes on every call in front of 1,480 tokens that could be cached
8 |     return f"Es ist {datetime.now()}. " + POLICY
  |                     ^^^^^^^^^^^^^^^^
  = lost: 1,480 tokens a request; per 1,000 requests $5.55 as misses, $0.44 as hits (claude-sonnet-5-5)
  = see app/bot.py:3:10: this text could be cached
  = help: Move the clock to the end.
  = fix: move the time to the end (--fix --unsafe-fixes)

1 fixable with --fix --unsafe-fixes, which moves text
3 files, 1 finding (1 error), 1 suppressed
""")


def test_findings_of_one_prefix_stand_together_under_their_price() -> None:
    """The group's price is said once; each finding says what it costs alone, and since when."""
    both = [
        build.clock(related=(), fix=None, **build.priced("0", "412.3456")),
        build.nonce(**build.priced("12.5", "412.3456")),
    ]
    found = build.report(
        *both, usd_per_month=Decimal("412.3456"), month="30 days at the prices of 2026-11-21", unpriced=0
    )
    assert render(found, View()) == snapshot("""\
$412.35 a month: 2 findings break one prefix
app/bot.py:8:21: error CC101 clock-in-prefix: `datetime.now()` changes on every call in front of 1,480 tokens that could be cached
8 |     return f"Es ist {datetime.now()}. " + POLICY
  |                     ^^^^^^^^^^^^^^^^
  = cost: $0.00 a month once the rest is mended (support-bot)
  = since 11 Sep 2026, 3f2a91c: about $1,280* so far
  = lost: 1,480 tokens a request
  = help: Move the clock to the end.
app/bot.py:9:21: warning CC102 nonce-in-prefix: `uuid4()` is new on every call
9 |     return f"Es ist {datetime.now()}. " + POLICY
  |                     ^^^^^^^^^^^^^^^^
  = cost: $12.50 a month once the rest is mended (support-bot)
  = since 11 Sep 2026, 3f2a91c: about $1,280* so far
  = lost: 1,480 tokens a request

3 files, 2 findings (1 error, 1 warning), 1 suppressed, $412.35 a month to save (30 days at the prices of 2026-11-21)
""")


def test_assumed_numbers_are_starred() -> None:
    """Where the traffic was not given, amounts have three digits and a star."""
    finding = build.nonce(**build.priced("412.3456", "412.3456"))
    text = render(build.report(finding, usd_per_month=Decimal("412.3456"), assumed=True, month="m"), View())
    assert "cost: $412* a month (support-bot)" in text
    assert text.endswith("$412* a month to save (m)\n")


def test_places_of_one_sort_share_a_line_and_near_ones_are_left_out() -> None:
    """The eye falls on the next two lines anyway; help is said once, and what a flag would mend at the end."""
    beside = tuple(RelatedPlace("it stands here, too", build.place(line=line)) for line in (9, 40, 52))
    text = render(build.report(build.clock(related=beside), build.clock()), View())
    assert "  = see app/bot.py:40:21, 52:21: it stands here, too\n" in text
    assert text.count("= help: ") == 1
    assert text.splitlines()[-2] == "2 fixable with --fix --unsafe-fixes, which moves text"


def test_nothing_found() -> None:
    """A clean run is one line."""
    assert render(build.report(files=1, suppressed=0), View()) == "1 file, 0 findings\n"


def test_proofs_statistics_and_warnings_stand_between_findings_and_summary() -> None:
    """The extras a user asks for come below the findings."""
    found = build.report(
        build.nonce(), proofs=(build.proof(),), warnings=("workload x is not calibrated",), fixed=2, known=4
    )
    assert render(found, View(), statistics=True) == snapshot("""\
app/bot.py:9:21: warning CC102 nonce-in-prefix: `uuid4()` is new on every call
9 |     return f"Es ist {datetime.now()}. " + POLICY
  |                     ^^^^^^^^^^^^^^^^
  = lost: 1,480 tokens a request; per 1,000 requests $5.55 as misses, $0.44 as hits (claude-sonnet-5-5)
  = help: Move the clock to the end.

stable prefix before and after the fixes:
  app/bot.py:build_prompt: 12 -> 1,492 tokens; $128.40 -> $102.05 a month

    1  CC102  nonce-in-prefix

warning: workload x is not calibrated

3 files, 1 finding (1 warning), 2 fixed, 1 suppressed, 4 known before
""")


def test_colours_only_where_wanted() -> None:
    """Without a terminal there is no escape sequence at all."""
    assert "\x1b[" in render(build.report(build.clock()), View(style=Style(is_on=True)))
    assert "\x1b" not in render(build.report(build.clock()), View())


def test_a_long_line_is_cut_around_the_place() -> None:
    """On a narrow terminal the caret still stands below the text in question."""
    long = "x" * 70 + "{{ now }}" + "y" * 100
    where = build.place(excerpt=long, column=71, end_column=80)
    text = render(build.report(build.nonce(place=where)), View(columns=50))
    _, shown, carets, *_ = text.splitlines()
    assert max(len(shown), len(carets)) <= 50
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "{{ now }}"


def test_wide_characters_and_tabs_keep_the_caret_in_place() -> None:
    """CJK text takes two columns; a tab is shown as one space."""
    where = build.place(excerpt="\t今日は{{ now }}", column=5, end_column=14)
    _, shown, carets, *_ = render(build.report(build.nonce(place=where)), View()).splitlines()
    assert shown == "8 |  今日は{{ now }}"
    assert carets == "  |  " + " " * 6 + "^" * 9


def test_a_place_of_several_lines_is_underlined_to_the_end_of_its_first() -> None:
    """Only the first line is shown."""
    where = build.place(excerpt="ab {{ now", column=4, end_line=9, end_column=3)
    _, _, carets, *_ = render(build.report(build.nonce(place=where)), View()).splitlines()
    assert carets == "  |    ^^^^^^"
