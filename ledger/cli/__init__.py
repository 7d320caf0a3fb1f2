"""The command line: each command parses, calls one thing, renders, and ends with an exit code."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run one command and end the process with its exit code."""
    from ledger.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            # A terminal that lacks a letter shows its code point; it is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    code = app()
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _hush()
    except OSError as error:
        _hush()
        print(f"ledger: standard output: cannot be written ({error.strerror})", file=sys.stderr)
        code = code or 4
    sys.exit(code)


def _hush() -> None:
    """Let the interpreter's own last flush go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
