"""The house rules, checked with everything else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = Path(sys.executable).parent
HEAVY = ("anthropic", "tiktoken", "rich", "duckdb", "jinja2", "pyspark", "splintr", "ctok", "pathspec")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check", "."], id="ruff"),
        pytest.param(["ruff", "format", "--check", "."], id="format"),
        pytest.param(["mypy"], id="mypy"),
        pytest.param(["lint-imports"], id="layers"),
    ],
)
def test_a_checker_is_content(command: list[str]) -> None:
    """Style, types and the direction of imports."""
    done = subprocess.run([SCRIPTS / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        pytest.param(["--help"], (*HEAVY, "yaml"), id="help"),
        pytest.param(["--version"], (*HEAVY, "yaml"), id="version"),
        pytest.param(["lint", __file__], (*HEAVY, "pydantic"), id="lint"),
        pytest.param(
            ["estimate", "--model", "gpt-5", "--in", "5+5", "--out", "1", "--requests", "1/day"], HEAVY, id="estimate"
        ),
    ],
)
def test_a_command_imports_only_what_it_needs(arguments: list[str], spared: tuple[str, ...]) -> None:
    """Starting fast means not loading what the command never uses."""
    code = (
        "import sys\n"
        "from cachecalc.cli.app import main\n"
        f"sys.argv = ['cachecalc', *{arguments!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('loaded:', *[name for name in {spared!r} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "loaded:"


def test_the_wheel_is_whole(tmp_path: Path) -> None:
    """Prices, schemas, presets and vocabularies travel in it."""
    import zipfile

    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", tmp_path, ROOT],
        capture_output=True,
        check=True,
    )
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    for needed in ("pricing.yaml", "schema/profile.schema.json", "load/data/presets.yaml", "tokens/data/"):
        assert any(name.startswith(f"cachecalc/{needed}") for name in names), needed
