"""Which files `lint` looks at."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachecalc.core.problem import InputError
from cachecalc.lint import walk


def tree(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("", "utf-8")


def found(root: Path, *, exclude: tuple[str, ...] = ()) -> list[str]:
    return [target.path.removeprefix(f"{root}/") for target in walk.files([str(root)], exclude, root)]


def test_order_is_stable_and_hidden_and_foreign_directories_are_passed_over(tmp_path: Path) -> None:
    """Files come sorted; hidden entries, virtual environments and installed packages are not looked at."""
    tree(
        tmp_path,
        "b.py",
        "a/z.j2",
        "a/b.md",
        ".hidden.md",
        ".git/x.py",
        "node_modules/x.py",
        "env/pyvenv.cfg",
        "env/y.py",
    )
    assert found(tmp_path) == ["a/b.md", "a/z.j2", "b.py"]


@pytest.mark.parametrize(
    ("ignores", "expected"),
    [
        pytest.param({".gitignore": "*.md\n"}, ["deep/keep.py", "deep/x.j2"], id="pattern"),
        pytest.param({".gitignore": "/deep/\n"}, ["top.md"], id="directory"),
        pytest.param({".gitignore": "*.md\n!top.md\n"}, ["deep/keep.py", "deep/x.j2", "top.md"], id="negated"),
        pytest.param({"deep/.gitignore": "keep.py\n"}, ["deep/x.j2", "deep/y.md", "top.md"], id="nested"),
        pytest.param(
            {".gitignore": "*.md\n", "deep/.gitignore": "!y.md\n"},
            ["deep/keep.py", "deep/x.j2", "deep/y.md"],
            id="inner-overrides-outer",
        ),
        pytest.param(
            {"deep/.gitignore": "/top.md\n"}, ["deep/keep.py", "deep/x.j2", "deep/y.md", "top.md"], id="anchored"
        ),
    ],
)
def test_gitignore(tmp_path: Path, ignores: dict[str, str], expected: list[str]) -> None:
    """`.gitignore` files apply from their own directory down, the innermost last."""
    tree(tmp_path, "top.md", "deep/keep.py", "deep/x.j2", "deep/y.md")
    for name, text in ignores.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert found(tmp_path) == expected


def test_gitignore_above_the_given_directory_applies_within_the_repository(tmp_path: Path) -> None:
    """A subdirectory is read with the ignore files of the repository above it, and of nothing above that."""
    tree(tmp_path, "repo/.git/HEAD", "repo/sub/a.md", "repo/sub/b.py")
    (tmp_path / ".gitignore").write_text("*.py\n", "utf-8")
    (tmp_path / "repo/.gitignore").write_text("*.md\n", "utf-8")
    assert [target.path for target in walk.files([str(tmp_path / "repo/sub")])] == [f"{tmp_path}/repo/sub/b.py"]


def test_what_is_named_is_read_although_ignored(tmp_path: Path) -> None:
    """A file or directory on the command line is looked at whatever the ignore files say."""
    tree(tmp_path, ".git/HEAD", "out/a.md", ".secret/b.md")
    (tmp_path / ".gitignore").write_text("out/\n", "utf-8")
    named = [str(tmp_path / "out"), str(tmp_path / ".secret/b.md")]
    assert [target.path for target in walk.files(named)] == [f"{tmp_path}/out/a.md", f"{tmp_path}/.secret/b.md"]


def test_exclude_patterns_are_relative_to_the_root(tmp_path: Path) -> None:
    """`exclude` speaks gitignore, anchored where the configuration lies."""
    tree(tmp_path, "tests/a.py", "src/tests/b.py", "src/c.py")
    assert found(tmp_path, exclude=("/tests/", "c.py")) == ["src/tests/b.py"]


def test_named_files_can_be_excluded_too(tmp_path: Path) -> None:
    """A hook names every changed file; the project's `exclude` holds for them if it is told to."""
    tree(tmp_path, "old/a.py", "b.py")
    named = [str(tmp_path / "old/a.py"), str(tmp_path / "b.py")]
    assert len(walk.files(named, ("/old/",), tmp_path)) == 2
    forced = walk.files(named, ("/old/",), tmp_path, as_found=True)
    assert [target.path for target in forced] == named[1:]


def test_symbolic_links_are_not_followed_below_a_directory(tmp_path: Path) -> None:
    """A loop of links ends, and a linked file is not read twice."""
    tree(tmp_path, "a/x.md")
    (tmp_path / "a/loop").symlink_to(tmp_path / "a")
    (tmp_path / "again.md").symlink_to(tmp_path / "a/x.md")
    assert found(tmp_path) == ["a/x.md"]


def test_each_file_comes_once(tmp_path: Path) -> None:
    """Overlapping paths do not double a finding."""
    tree(tmp_path, "a/x.md")
    assert len(walk.files([str(tmp_path), str(tmp_path / "a"), str(tmp_path / "a/x.md")])) == 1


def test_all_missing_paths_are_named_at_once() -> None:
    """One run reports every path that does not exist."""
    with pytest.raises(InputError) as raised:
        walk.files(["nowhere", "no-file.py"])
    assert [problem.path for problem in raised.value.problems] == ["nowhere", "no-file.py"]


def test_the_current_directory_is_shown_without_a_prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`cachecalc lint .` shows `a/x.md`, as an editor would open it."""
    tree(tmp_path, "a/x.md")
    monkeypatch.chdir(tmp_path)
    assert [target.path for target in walk.files(["."])] == ["a/x.md"]
