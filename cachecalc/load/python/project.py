"""The project's own modules, found by their import names under the linted roots and parsed once."""

from __future__ import annotations

import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType

from cachecalc.core.problem import InputError
from cachecalc.load.files import decode, read_text
from cachecalc.load.python.module import Module, parse
from cachecalc.load.python.outline import Outline

MAX_KEPT = 300
_DEFINITION = re.compile(r"^(?:(?:(?:async )?def|class) (\w+)|(\w+)\b[^=\n(]*=[^=])", re.MULTILINE)
_MADE = re.compile(r"\w+[^=\n(]*=\s*(\w+)\(")
"""An object made of a class: what it lends is its class's matter."""
_NEXT = re.compile(r"^[^\s)\]}#\"']", re.MULTILINE)
_TEMPLATES = (".j2", ".jinja", ".jinja2", ".jinja-md", ".tmpl", ".tpl", ".mustache", ".hbs")
_PASSED_OVER = frozenset({"node_modules", "site-packages", "__pycache__", "dist", "build"})
_TEST_NAME = re.compile(r"(?:^|[\\/])(?:test_[^\\/]*|[^\\/]*_test|conftest)\.(?:py|ipynb)$")
TEST_FOLDERS = frozenset({"test", "tests", "testing", "__tests__", "e2e", "fixtures"})


class _Source:
    """The text of a module that may never be parsed, and what is told from it without."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def outline(self) -> Outline:
        return Outline(self.text)

    @cached_property
    def definitions(self) -> dict[str, tuple[int, int]]:
        """Where each global name is first defined, as far as that is plain to see."""
        found: dict[str, tuple[int, int]] = {}
        for match in _DEFINITION.finditer(self.text):
            following = _NEXT.search(self.text, match.end())
            found.setdefault(match[1] or match[2], (match.start(), following.start() if following else len(self.text)))
        return found


class Project:
    """Modules by import name, and files by theirs. Paths are spelled as the roots are.

    A module that cannot be read or parsed is as good as outside: it is reported where it is linted itself. `contents`
    stand in for files on disk: another revision, a file that is being changed.
    """

    def __init__(self, roots: Iterable[str], contents: Mapping[str, bytes] = MappingProxyType({})) -> None:
        self._contents = {_real(Path(path)): raw for path, raw in contents.items()}
        self.roots = tuple(dict.fromkeys(_directory(Path(root)) for root in roots))
        self._modules: dict[Path, Module | None] = {}
        self._found: dict[tuple[str, str], Path | None] = {}
        self._sources: dict[Path, _Source] = {}
        self._entries: dict[Path, frozenset[str]] = {}
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
        if path is None:
            return True
        source = self._source(path)
        defined = source.definitions.get(name)
        if defined is None or source.outline.lending(*defined).matters:
            return True
        made = _MADE.match(source.text, *defined)
        return made is not None and made[1] != name and self.may_lend(dotted, importer, made[1])

    def _path(self, dotted: str, importer: str) -> Path | None:
        key = (dotted, os.path.dirname(importer))  # noqa: PTH120  # asked for every name that is used
        if key not in self._found:
            self._found[key] = self._locate(dotted, Path(key[1]))
        return self._found[key]

    def _source(self, path: Path) -> _Source:
        if path not in self._sources:
            self._sources[path] = _Source(self._text(path) or "")
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
        wanted = Path(name).parts
        found = [path for path in self._templates.get(wanted[-1], ()) if path.parts[-len(wanted) :] == wanted]
        return self._text(found[0]) if len(found) == 1 else None

    @cached_property
    def _templates(self) -> dict[str, list[Path]]:
        """The template files below the roots by name: where a loader looks for one may be beyond following."""
        found: dict[str, list[Path]] = defaultdict(list)
        for root in self.roots:
            for folder, folders, names in os.walk(root):
                folders[:] = [inner for inner in folders if inner not in _PASSED_OVER and not inner.startswith(".")]
                for name in names:
                    if name.endswith(_TEMPLATES):
                        found[name].append(Path(folder, name))
        return found

    def mentions(self, pattern: re.Pattern[str]) -> bool:
        """Whether any Python file below the roots holds what the pattern looks for. Asked once for each pattern."""
        if pattern.pattern not in self._mentioned:
            files = (path for root in self.roots for path in root.rglob("*.py"))
            self._mentioned[pattern.pattern] = any(pattern.search(self._text(path) or "") for path in files)
        return self._mentioned[pattern.pattern]

    def is_test(self, path: str) -> bool:
        """Whether a file is a test by its name, or lies in a directory of tests below a linted root."""
        if _TEST_NAME.search(path):
            return True
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
        found = next((path for directory in directories if (path := self._module_in(directory, names))), None)
        return found if found and self._root_of(found) else None

    def _module_in(self, directory: Path, names: list[str]) -> Path | None:
        """Most imports are of other packages: a look at the names in the directory, taken once, says so."""
        if directory not in self._entries:
            self._entries[directory] = _entries(directory)
        may_exist = not names or not self._entries[directory].isdisjoint((names[0], f"{names[0]}.py"))
        return _module_file(directory, names) if may_exist else None

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
        source = self._source(path)
        if path.name != "__init__.py" and not source.outline.whole:
            return None
        try:
            return parse(str(path), source.text, source.outline)
        except InputError:
            return None

    def _text(self, path: Path) -> str | None:
        raw = self._contents.get(_real(path)) if self._contents else None
        try:
            return read_text(str(path)) if raw is None else decode(raw, str(path))
        except InputError:
            return None


@cache
def _real(path: Path) -> Path:
    return path.resolve()


def _directory(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _entries(directory: Path) -> frozenset[str]:
    try:
        return frozenset(each.name for each in directory.iterdir())
    except OSError:
        return frozenset()


def _module_file(directory: Path, names: list[str]) -> Path | None:
    target = directory.joinpath(*names)
    package = target / "__init__.py"
    candidates = [target.with_name(f"{target.name}.py"), package] if names else [package]
    return next((path for path in candidates if path.is_file()), None)
