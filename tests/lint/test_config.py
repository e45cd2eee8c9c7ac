"""The options a project fixes in a file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cachecalc.core.problem import InputError
from cachecalc.core.prompt import Confidence
from cachecalc.load import config


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


FULL = """
select = ["CC1", "mark-on-volatile"]
ignore = ["CC104"]
exclude = ["fixtures/"]
confidence = "possible"
fail-on = "error"
min-usd = 1.5
fail-over-usd = 200
model = "claude-sonnet-5-5"
traffic = "traffic.yaml"
workload = "support-bot"
pricing = "ours.yaml"
baseline = "known.json"

[per-path-ignores]
"tests/**" = ["clock-in-prefix"]
"""


def test_every_key_is_read(tmp_path: Path) -> None:
    """A cachecalc.toml holds every option; money stays exact."""
    found = config.load(write(tmp_path / "cachecalc.toml", FULL))
    assert found == config.Config(
        directory=tmp_path,
        path=str(tmp_path / "cachecalc.toml"),
        select=("CC1", "mark-on-volatile"),
        ignore=("CC104",),
        exclude=("fixtures/",),
        confidence=Confidence.POSSIBLE,
        fail_on="error",
        min_usd=Decimal("1.5"),
        fail_over_usd=Decimal(200),
        model="claude-sonnet-5-5",
        traffic="traffic.yaml",
        workload="support-bot",
        pricing="ours.yaml",
        baseline="known.json",
        per_path_ignores={"tests/**": ("clock-in-prefix",)},
    )


def test_the_nearest_file_above_counts(tmp_path: Path) -> None:
    """Discovery goes upward, past a pyproject.toml that says nothing about us."""
    write(tmp_path / "pyproject.toml", '[tool.cachecalc]\nmodel = "far"\n')
    write(tmp_path / "a/pyproject.toml", '[tool.other]\nmodel = "no"\n')
    (tmp_path / "a/b").mkdir()
    assert config.discover(tmp_path / "a/b").model == "far"
    write(tmp_path / "a/cachecalc.toml", 'model = "near"\n')
    assert config.discover(tmp_path / "a/b").model == "near"


def test_no_file_is_no_options(tmp_path: Path) -> None:
    """Without a configuration the defaults hold."""
    assert config.discover(tmp_path) == config.Config()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            '[tool.cachecalc]\nselct = ["CC1"]\n',
            [(2, 1, "unknown key 'selct'", "did you mean select?")],
            id="unknown-key",
        ),
        pytest.param(
            '[tool.cachecalc]\n  model = 3\n\n[tool.x]\nmodel = "a"\n',
            [(2, 3, "model: a string is wanted", "")],
            id="wrong-type",
        ),
        pytest.param(
            '[tool.x]\nfail-on = "note"\n[tool.cachecalc]\nfail-on = "fatal"\nmin-usd = -1\n',
            [
                (4, 1, "fail-on: one of note, warning, error, never is wanted", ""),
                (5, 1, "min-usd: a number of US dollars, 0 or more, is wanted", ""),
            ],
            id="all-faults-at-once",
        ),
        pytest.param(
            '[tool.cachecalc.per-path-ignores]\n"tests/**" = "CC101"\n',
            [(1, 1, "per-path-ignores: a list of strings is wanted", "")],
            id="sub-table",
        ),
        pytest.param(
            "[tool.cachecalc]\nmin-usd = nan\n",
            [(2, 1, "min-usd: a number of US dollars, 0 or more, is wanted", "")],
            id="nan",
        ),
        pytest.param(
            "[tool.cachecalc]\nmin-usd = true\n",
            [(2, 1, "min-usd: a number of US dollars, 0 or more, is wanted", "")],
            id="bool",
        ),
        pytest.param("[tool.cachecalc]\nmodel = \n", [(2, 9, "not valid TOML: invalid value", "")], id="syntax"),
    ],
)
def test_faults_have_a_place_and_a_suggestion(
    tmp_path: Path, text: str, expected: list[tuple[int, int, str, str]]
) -> None:
    """Every fault comes at once, with line, column and help."""
    with pytest.raises(InputError) as raised:
        config.load(write(tmp_path / "pyproject.toml", text))
    assert [(it.line, it.column, it.message, it.help) for it in raised.value.problems] == expected


def test_a_named_pyproject_must_have_our_table(tmp_path: Path) -> None:
    """`--config` on a file without our options is a mistake, not a silent default."""
    with pytest.raises(InputError, match=r"no \[tool.cachecalc\] table"):
        config.load(write(tmp_path / "pyproject.toml", "[tool.x]\n"))


def test_positions_survive_windows_line_ends(tmp_path: Path) -> None:
    """Lines count the same with CRLF."""
    path = tmp_path / "cachecalc.toml"
    path.write_bytes(b'model = "a"\r\nselct = []\r\n')
    with pytest.raises(InputError) as raised:
        config.load(path)
    assert raised.value.problems[0].line == 2
