"""The command ``gwjwt``."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0 conformant, 1 not conformant, 2 bad usage, 3 nothing judged.

    A mistake of the user is one line on standard error; nobody sees a traceback for it. Before a run has begun,
    Ctrl-C ends with 130, as shells have it.
    """
    _prepare_output()
    try:
        return _call(arguments)
    except KeyboardInterrupt:
        return _complain("interrupted", _INTERRUPTED)
    except OSError as error:
        return _complain(str(error), 3)


def _call(arguments: Sequence[str] | None) -> int:
    from gwjwt.cli.commands import app  # so that importing the package costs nothing
    from gwjwt.errors import EnvironmentFailed, UsageError

    try:
        app(args=arguments, prog_name="gwjwt")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    except UsageError as error:
        return _complain(str(error), 2)
    except EnvironmentFailed as error:
        return _complain(str(error), 3)
    return 0


def _prepare_output() -> None:
    """Give who was started without standard output or error (``>&-``) one that takes everything.

    What the user's encoding cannot write becomes ``?``, so that no letter of a name or a clause ends a run.
    """
    sys.stdout = sys.stdout or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    sys.stderr = sys.stderr or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _complain(message: str, code: int) -> int:
    sys.stderr.write(f"gwjwt: {message}\n")
    return code
