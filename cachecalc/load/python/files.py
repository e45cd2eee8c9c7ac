"""Files that a program reads: paths put together from literals, and the text behind them where it belongs to the project."""

from __future__ import annotations

import ast
import posixpath

from cachecalc.core.volatility import STATIC
from cachecalc.load.python import texts
from cachecalc.load.python.frame import Arguments, Frame
from cachecalc.load.python.sources import cause_of_name
from cachecalc.load.python.values import Cause, Piece, Table, Text, Value

_SAME_PATH = frozenset({"pathlib.Path", "pathlib.PurePath", "os.path.abspath", "os.path.realpath", "os.path.normpath"})
_PACKAGES = frozenset({"importlib.resources.files", "importlib_resources.files"})
_LOADERS = frozenset({"json.load", "yaml.safe_load", "yaml.load", "tomllib.load", "toml.load"})
_READ = frozenset({"read", "read_text", "readlines"})


def called(frame: Frame, node: ast.Call, path: str, arguments: Arguments) -> Value | None:  # noqa: PLR0911  # one for each kind
    """A path, an open file, or what is parsed from one; None for any other call."""
    first = arguments.positional[0] if arguments.positional else None
    known = first.literal if isinstance(first, Text) else None
    if path in _SAME_PATH and known is not None:
        return first
    if path in _PACKAGES and known is not None:
        return _path(frame, node, known.replace(".", "/"))
    if path == "os.path.dirname" and known is not None:
        return _path(frame, node, posixpath.dirname(known))
    if path == "os.path.join":
        parts = [value.literal if isinstance(value, Text) else None for value in arguments.positional]
        return (
            _path(frame, node, posixpath.join(*(part or "" for part in parts))) if parts and None not in parts else None
        )
    if path == "builtins.open" and first is not None:
        return Table((("path", first),), "file", frame.place(node))
    if path in _LOADERS and isinstance(first, Table) and first.name == "file":
        return Text((Piece(None, frame.place(node), _fixed(frame, node)),))
    return None


def method(frame: Frame, node: ast.Call, receiver: Value, name: str, arguments: Arguments) -> Value | None:
    """The text of a file, or a path beside another; None for any other method."""
    where = receiver.get("path") if isinstance(receiver, Table) and receiver.name == "file" else receiver
    known = where.literal if isinstance(where, Text) else None
    if name in _READ and (known is not None or isinstance(receiver, Table)):
        return content(frame, node, known)
    if name == "joinpath" and known is not None:
        parts = [value.literal for value in arguments.positional if isinstance(value, Text)]
        return _path(frame, node, posixpath.join(known, *(part for part in parts if part is not None)))
    return None


def beside(frame: Frame, node: ast.expr, left: Text, right: Text) -> Value | None:
    """`directory / "name"`, where both are known."""
    first, second = left.literal, right.literal
    return _path(frame, node, posixpath.join(first, second)) if first is not None and second is not None else None


def parent(frame: Frame, node: ast.expr, value: Text) -> Value | None:
    known = value.literal
    return _path(frame, node, posixpath.dirname(known) or ".") if known is not None else None


def content(frame: Frame, node: ast.expr, path: str | None) -> Value:
    """The text of a file. A file of the project is as fixed as its code; of others their name may tell."""
    if path is None:
        return Text((Piece(None, frame.place(node)),))
    named = cause_of_name(posixpath.splitext(posixpath.basename(path))[0])
    if named is not None:
        origin, where = frame.module.source(node), frame.place(node)
        return Text((Piece(None, where, named._replace(origin=origin, where=where)),))
    project = frame.run.project
    text = project.template(path, frame.module.path) if project else None
    if text is not None:
        return texts.literal(text, frame.place(node))
    return Text((Piece(None, frame.place(node), _fixed(frame, node)),))


def tail(path: Text) -> str | None:
    """A path, or what is known of its end where its folder is not."""
    known = path.known.rpartition("{}")[2]
    return path.literal or (known[1:] if known.startswith("/") and known[1:] else None)


def _fixed(frame: Frame, node: ast.expr) -> Cause:
    return Cause(STATIC, frame.module.source(node), where=frame.place(node))


def _path(frame: Frame, node: ast.expr, path: str) -> Text:
    return texts.literal(path, frame.place(node))
