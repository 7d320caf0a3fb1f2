"""The command line: each command parses, calls one thing, renders, and ends with an exit code."""

from __future__ import annotations

import sys

from ledger.cli.streams import hush, say


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
        hush()
    except OSError as error:
        hush()
        say(f"standard output: cannot be written ({error.strerror})")
        code = code or 4
    sys.exit(code)
