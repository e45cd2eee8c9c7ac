"""The hooks, run by pre-commit itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lint.project import CLEAN, CLOCK, put

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with our hooks, run from this checkout instead of an environment that pre-commit would install."""
    root = tmp_path / "project"
    put(root, ".pre-commit-config.yaml", yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks()}]}))
    git(root, "init", "-q")
    return root


def hooks() -> list[dict[str, Any]]:
    found = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    ours = f"{sys.executable} -m cachecalc"
    return [{**hook, "language": "system", "entry": hook["entry"].replace("cachecalc", ours, 1)} for hook in found]


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)


def pre_commit(root: Path, hook: str) -> subprocess.CompletedProcess[str]:
    git(root, "add", "-A")
    environment = {
        **os.environ,
        "PRE_COMMIT_HOME": str(root.parent / "cache"),
        "PYTHONPATH": str(ROOT),
        "GIT_CONFIG_GLOBAL": "/dev/null",
    }
    command = [sys.executable, "-m", "pre_commit", "run", hook]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def test_lint_fails_a_commit_that_breaks_the_cache(project: Path) -> None:
    """The hook gets every staged file, passes those without prompts, and shows the finding."""
    put(project, "README.md", "# A project\n\nWrite {{ now() }} for the time.\n" + "Words.\n" * 300)
    put(project, "system.j2", CLEAN)
    done = pre_commit(project, "cachecalc-lint")
    assert done.returncode == 0, done.stdout
    put(project, "system.j2", CLOCK)
    done = pre_commit(project, "cachecalc-lint")
    assert done.returncode == 1
    assert "system.j2:2:7: error CC101 clock-in-prefix" in done.stdout


def test_lint_respects_exclude(project: Path) -> None:
    """What the project excludes stays excluded although the hook names it."""
    put(project, "old/system.j2", CLOCK)
    put(project, "cachecalc.toml", 'exclude = ["/old/"]\n')
    assert pre_commit(project, "cachecalc-lint").returncode == 0


def test_lock_fails_a_commit_that_invalidates_a_prefix(project: Path) -> None:
    """A changed prompt needs a changed lock."""
    put(project, "system.j2", CLEAN)
    subprocess.run(
        [sys.executable, "-m", "cachecalc", "lock"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
    )
    assert pre_commit(project, "cachecalc-lock").returncode == 0
    put(project, "system.j2", "Be kind.\n" + CLEAN)
    done = pre_commit(project, "cachecalc-lock")
    assert done.returncode == 1
    assert "the static prefix changed" in done.stdout
