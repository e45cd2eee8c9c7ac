"""Every way a run can end, and the exit code for each: 0 clean, 1 findings or over budget, 2 bad input, 3 a bug."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable

from cachecalc.core.problem import InputError, Problem

CLEAN, FOUND, BAD_INPUT, BUG, INTERRUPTED = 0, 1, 2, 3, 130


def stop_when_told() -> None:
    """A run that is terminated ends as one that is interrupted does, and takes its temporary files with it."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def run(command: Callable[[], object]) -> None:
    """Run a command line; turn whatever it raises into one clear message and an exit code."""
    try:
        command()
    except InputError as error:
        report(error.problems)
        sys.exit(BAD_INPUT)
    except BrokenPipeError:
        # The reader of our output went away; pointing stdout elsewhere keeps the interpreter's last flush quiet.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(CLEAN)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001  # the last line of defence: a bug must not look like bad input
        _report_bug(error)
        sys.exit(BUG)


def report(problems: Iterable[Problem]) -> None:
    """Print problems to standard error, control characters made visible."""
    for problem in problems:
        sys.stderr.write(f"cachecalc: {printable(str(problem))}\n")


def printable(text: str) -> str:
    """`text` with everything that could steer a terminal replaced; line feeds and tabs stay."""
    return "".join(char if char.isprintable() or char in "\n\t" else ascii(char)[1:-1] for char in text)


def _report_bug(error: Exception) -> None:
    import platform
    import traceback

    from cachecalc import __version__

    sys.stderr.write(
        f"cachecalc: a bug in cachecalc {__version__} (Python {platform.python_version()}): {error!r}\n"
        "  help: please report it with this trace; nothing was written\n"
    )
    traceback.print_exception(error)
