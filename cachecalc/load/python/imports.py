"""What an import statement binds: the project's own modules, opened when used; anything else, by its name."""

from __future__ import annotations

import ast

from cachecalc.load.python.frame import Run
from cachecalc.load.python.module import Module
from cachecalc.load.python.values import Deferred, Imported, Outside, Value


def bound(run: Run, module: Module, node: ast.Import | ast.ImportFrom) -> dict[str, Value]:
    """Names and what they stand for; only a star import opens its module at once."""
    if isinstance(node, ast.Import):
        return dict(_plain(module, alias) for alias in node.names)
    dotted = "." * node.level + (node.module or "")
    found: dict[str, Value] = {}
    for alias in node.names:
        if alias.name == "*":
            found |= _all_names(run, dotted, module.path)
        else:
            found[alias.asname or alias.name] = Deferred(dotted, alias.name, module.path)
    return found


def _plain(module: Module, alias: ast.alias) -> tuple[str, Value]:
    """`import a.b` binds `a`; `import a.b as c` binds `a.b`."""
    dotted = alias.name if alias.asname else alias.name.split(".")[0]
    return alias.asname or dotted, Deferred(dotted, "", module.path)


def _all_names(run: Run, dotted: str, importer: str) -> dict[str, Value]:
    source = run.project.find(dotted, importer) if run.project else None
    names = run.machine.load(run, source) if source else {}
    return {name: value for name, value in names.items() if not name.startswith("_")}


def opened(run: Run, deferred: Deferred) -> Value:
    """The value behind an imported name."""
    project, dotted, name = run.project, deferred.dotted, deferred.name
    if project and name and not project.may_lend(dotted, deferred.importer, name):
        return Outside(f"{dotted}.{name}".lstrip("."))
    source = project.find(dotted, deferred.importer) if project else None
    if not name:
        return Imported(source) if source else Outside(dotted)
    if source is not None and (found := global_name(run, source, name)) is not None:
        return found
    inner = _beside(run, deferred, source)
    return Imported(inner) if inner else Outside(f"{dotted}.{name}".lstrip("."))


def _beside(run: Run, deferred: Deferred, package: Module | None) -> Module | None:
    """`from package import module`, whether or not the package has a file of its own."""
    if run.project is None:
        return None
    if package is not None:
        return run.project.submodule(package, deferred.name)
    dotted = deferred.dotted
    return run.project.find(
        f"{dotted}{deferred.name}" if dotted.endswith(".") else f"{dotted}.{deferred.name}", deferred.importer
    )


def global_name(run: Run, module: Module, name: str) -> Value | None:
    """A name of a module, with what it was imported from opened."""
    names = run.machine.load(run, module)
    found = names.get(name)
    if isinstance(found, Deferred):
        names[name] = Outside(name)
        names[name] = found = opened(run, found)
    return found
