"""The project's own modules, found by their import names under the linted roots and parsed once."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from cachecalc.core.problem import InputError
from cachecalc.load.files import decode, read_text
from cachecalc.load.python.module import Module, parse
from cachecalc.load.python.prefilter import has_evidence, lending, may_change

MAX_KEPT = 300
_NEXT = re.compile(r"^[^\s)\]}#\"']", re.MULTILINE)
TEST_FOLDERS = frozenset({"test", "tests", "testing", "__tests__", "e2e", "fixtures"})


class Project:
    """Modules by import name, and files by theirs. Paths are spelled as the roots are.

    A module that cannot be read or parsed is as good as outside: it is reported where it is linted itself. `contents`
    stand in for files on disk: another revision, a file that is being changed.
    """

    def __init__(self, roots: Iterable[str], contents: Mapping[str, bytes] = MappingProxyType({})) -> None:
        self._contents = {_real(Path(path)): raw for path, raw in contents.items()}
        self.roots = tuple(dict.fromkeys(_directory(Path(root)) for root in roots))
        self._modules: dict[Path, Module | None] = {}
        self._found: dict[tuple[str, Path], Path | None] = {}
        self._sources: dict[Path, str] = {}
        self._mentioned: dict[str, bool] = {}

    def parsed(self, path: str, text: str) -> Module:
        """The module of a file that is linted itself. Raises InputError where it is not Python."""
        key = Path(path)
        known = self._modules.get(key)
        if known is None or known.text != text:
            known = parse(path, text)
            self._keep(key, known)
        return known

    def find(self, dotted: str, importer: str) -> Module | None:
        """The module that `importer` means by `dotted` (leading dots: relative to its package)."""
        return self._open(self._path(dotted, importer))

    def may_lend(self, dotted: str, importer: str, name: str) -> bool:
        """Whether what a module calls `name` can matter to a prompt: told from its text, before anything is parsed."""
        path = self._path(dotted, importer)
        if path is None or path in self._modules:
            return True
        definition = _definition(self._source(path), name)
        return definition is None or lending(definition).matters

    def _path(self, dotted: str, importer: str) -> Path | None:
        key = (dotted, Path(importer).parent)
        if key not in self._found:
            self._found[key] = self._locate(*key)
        return self._found[key]

    def _source(self, path: Path) -> str:
        if path not in self._sources:
            self._sources[path] = self._text(path) or ""
            if len(self._sources) > MAX_KEPT:
                self._sources.pop(next(iter(self._sources)))
        return self._sources[path]

    def submodule(self, package: Module, name: str) -> Module | None:
        """The module `name` of a package, given the package's `__init__.py`."""
        path = Path(package.path)
        return self._open(_module_file(path.parent, [name])) if path.name == "__init__.py" else None

    def template(self, name: str, importer: str) -> str | None:
        """The text of a template or prompt file that a program loads by name, from its own directory or any root's."""
        direct = Path(name)
        if direct.is_file() and self._root_of(direct.resolve()):
            return self._text(direct)
        for directory in self._directories(Path(importer).parent):
            for folder in ("", "templates", "prompts"):
                path = directory / folder / name
                if path.is_file() and self._root_of(path.resolve()):
                    return self._text(path)
        return None

    def mentions(self, pattern: re.Pattern[str]) -> bool:
        """Whether any Python file below the roots holds what the pattern looks for. Asked once for each pattern."""
        if pattern.pattern not in self._mentioned:
            files = (path for root in self.roots for path in root.rglob("*.py"))
            self._mentioned[pattern.pattern] = any(pattern.search(self._text(path) or "") for path in files)
        return self._mentioned[pattern.pattern]

    def is_test(self, path: str) -> bool:
        """Whether a file lies in a directory of tests below a linted root."""
        folder = Path(path).parent
        root = self._root_of(folder)
        return root is not None and not TEST_FOLDERS.isdisjoint(folder.relative_to(root).parts)

    def _locate(self, dotted: str, base: Path) -> Path | None:
        names = [name for name in dotted.split(".") if name]
        if not dotted.startswith(".") and names[0] in sys.stdlib_module_names:
            return None
        level = len(dotted) - len(dotted.lstrip("."))
        for _ in range(level - 1):
            base = base.parent
        directories = iter([base]) if level else self._directories(base)
        found = next((path for directory in directories if (path := _module_file(directory, names))), None)
        return found if found and self._root_of(found) else None

    def _directories(self, base: Path) -> Iterator[Path]:
        """Where an absolute import may start: the importer's directory and those above it within a root, then the roots."""
        root = self._root_of(base)
        while root and base.is_relative_to(root):
            yield base
            if base == root:
                break
            base = base.parent
        for other in self.roots:
            yield from (other, other / "src")

    def _root_of(self, path: Path) -> Path | None:
        """The root that a path lies in, the nearest where they are nested."""
        inside = [root for root in self.roots if path.is_relative_to(root) or path.is_relative_to(_real(root))]
        return max(inside, key=lambda root: len(root.parts), default=None)

    def _open(self, path: Path | None) -> Module | None:
        if path is None:
            return None
        if path not in self._modules:
            self._keep(path, self._parsed(path))
        return self._modules[path]

    def _keep(self, path: Path, module: Module | None) -> None:
        """Trees are large: the oldest goes when there are too many, and is parsed again if it is wanted again."""
        self._modules[path] = module
        if len(self._modules) > MAX_KEPT:
            self._modules.pop(next(iter(self._modules)))

    def _parsed(self, path: Path) -> Module | None:
        text = self._source(path)
        if path.name != "__init__.py" and not (may_change(text) or has_evidence(text)):
            return None
        try:
            return parse(str(path), text)
        except InputError:
            return None

    def _text(self, path: Path) -> str | None:
        raw = self._contents.get(_real(path)) if self._contents else None
        try:
            return read_text(str(path)) if raw is None else decode(raw, str(path))
        except InputError:
            return None


def _definition(text: str, name: str) -> str | None:
    """The lines that define a global name, told without parsing; None where that is not plain to see."""
    found = re.search(rf"^(?:(?:async )?def|class) {name}\b|^{name}\b[^=\n(]*=[^=]", text, re.MULTILINE)
    if found is None:
        return None
    following = _NEXT.search(text, found.end())
    return text[found.start() : following.start() if following else None]


@cache
def _real(path: Path) -> Path:
    return path.resolve()


def _directory(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _module_file(directory: Path, names: list[str]) -> Path | None:
    target = directory.joinpath(*names)
    package = target / "__init__.py"
    candidates = [target.with_name(f"{target.name}.py"), package] if names else [package]
    return next((path for path in candidates if path.is_file()), None)
