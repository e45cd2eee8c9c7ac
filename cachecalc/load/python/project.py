"""The project's own modules, found by their import names under the linted roots and parsed once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cachecalc.core.problem import InputError
from cachecalc.load.files import read_text
from cachecalc.load.python.module import Module, parse
from cachecalc.load.python.prefilter import may_matter

MAX_MODULES = 400


class Project:
    """Modules by import name. A module that cannot be read or parsed is as good as outside: it is reported where it is
    linted itself."""

    def __init__(self, roots: Iterable[str]) -> None:
        self.roots = tuple(_directory(Path(root)) for root in roots)
        self._modules: dict[Path, Module | None] = {}
        self._found: dict[tuple[str, Path], Path | None] = {}

    def find(self, dotted: str, importer: str) -> Module | None:
        """The module that `importer` means by `dotted` (leading dots: relative to its package)."""
        base = Path(importer).resolve().parent
        key = (dotted, base)
        if key not in self._found:
            self._found[key] = self._locate(dotted, base)
        return self._open(self._found[key])

    def submodule(self, package: Module, name: str) -> Module | None:
        """The module `name` of a package, given the package's `__init__.py`."""
        path = Path(package.path)
        if path.name != "__init__.py":
            return None
        return self._open(_module_file(path.resolve().parent, [name]))

    def template(self, name: str, importer: str) -> str | None:
        """The text of a template or prompt file that a program loads by name, from its own directory or any root's."""
        base = Path(importer).resolve().parent
        for directory in self._directories(base):
            for folder in ("", "templates", "prompts"):
                path = directory / folder / name
                if path.is_file() and self._is_inside(path):
                    return _text(path)
        return None

    def _locate(self, dotted: str, base: Path) -> Path | None:
        level = len(dotted) - len(dotted.lstrip("."))
        names = [name for name in dotted.lstrip(".").split(".") if name]
        if level:
            start = base.parents[level - 2] if level > 1 and level - 2 < len(base.parents) else base
            found = _module_file(start, names)
            return found if found and self._is_inside(found) else None
        places = (_module_file(directory, names) for directory in self._directories(base))
        return next((path for path in places if path), None)

    def _directories(self, base: Path) -> list[Path]:
        """Where an absolute import may start: the importer's directory and those above it within a root, then the roots."""
        above = [directory for directory in (base, *base.parents) if self._is_inside(directory)]
        rest = [place for root in self.roots for place in (root, root / "src", root.parent)]
        return list(dict.fromkeys([*above, *rest]))

    def _is_inside(self, path: Path) -> bool:
        return any(path.resolve().is_relative_to(root) for root in self.roots)

    def _open(self, path: Path | None) -> Module | None:
        if path is None or (path not in self._modules and len(self._modules) >= MAX_MODULES):
            return None
        if path not in self._modules:
            self._modules[path] = _parsed(path)
        return self._modules[path]


def _directory(path: Path) -> Path:
    return (path if path.is_dir() else path.parent).resolve()


def _module_file(directory: Path, names: list[str]) -> Path | None:
    target = directory.joinpath(*names)
    for path in (target / "__init__.py", target.with_name(target.name + ".py") if names else target):
        if path.suffix == ".py" and path.is_file():
            return path
    return None


def _parsed(path: Path) -> Module | None:
    try:
        text = read_text(str(path))
        return parse(str(path), text) if may_matter(text) else None
    except InputError:
        return None


def _text(path: Path) -> str | None:
    try:
        return read_text(str(path))
    except InputError:
        return None
