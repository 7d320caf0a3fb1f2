"""Processes of the command line, forked from one in which it is loaded: each is real, and there at once.

To start the interpreter and to load the program takes ten times as long as most commands do. This file is also the
program of the process that forks the others: it imports nothing of the tests, and finds the installed program.
"""

from __future__ import annotations

import gc
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

# What a pipe holds without a reader.
MOST_GIVEN = 60_000
# What commands load of other libraries when they need it.
_LIBRARIES = ("rich.console", "rich.table", "rich.markup", "rich.progress", "sqlite3", "tempfile", "tinydb", "zoneinfo")


class Forking:
    """A process that forks one for each command, and what is said to it."""

    def __init__(self) -> None:
        self._own, theirs = socket.socketpair()
        # Without what is beside this file in its path: it is the installed program that runs.
        command = [sys.executable, "-P", __file__, str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()

    def run(
        self, folder: Path, arguments: Sequence[str], stdin: bytes, environment: Mapping[str, str]
    ) -> tuple[int, bytes, bytes]:
        """Run one command; return its exit code, and what it wrote to stdout and stderr."""
        reading, writing = os.pipe()
        os.write(writing, stdin)
        os.close(writing)
        case = {"folder": str(folder), "arguments": arguments, "environment": dict(environment)}
        with (
            tempfile.TemporaryFile() as said,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
            os.fdopen(reading, "rb") as given,
        ):
            said.write(json.dumps(case).encode())
            said.flush()
            socket.send_fds(self._own, [b"\n"], [file.fileno() for file in (said, given, out, err)])
            code = self._own.recv(16)
            assert code, "the process that forks has ended"
            for file in (out, err):
                file.seek(0)
            return int(code), out.read(), err.read()


@cache
def forking() -> Forking | None:
    """Return the one process that forks for this one; None where nothing forks."""
    return Forking() if hasattr(os, "fork") and hasattr(socket, "send_fds") else None


def _serve(connection: socket.socket) -> dict[str, Any] | None:
    """Fork a process for each case; return the case in that process, and None at the end."""
    import ledger

    for module in walk_packages(ledger.__path__, "ledger."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    for name in _LIBRARIES:
        import_module(name)
    # Otherwise each process copies all that it has in common with the others when it ends.
    gc.collect()
    gc.freeze()
    while True:
        _, descriptors, _, _ = socket.recv_fds(connection, 1, 4)
        if not descriptors:
            return None
        process = os.fork()
        if not process:
            connection.close()
            for number, descriptor in enumerate(descriptors[1:]):
                os.dup2(descriptor, number)
            with os.fdopen(descriptors[0], "rb") as said:
                said.seek(0)
                case: dict[str, Any] = json.load(said)
        for descriptor in descriptors[1:] if not process else descriptors:
            os.close(descriptor)
        if not process:
            return case
        connection.send(b"%d" % os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))


def _become(case: dict[str, Any]) -> None:
    """Be as a process that was started for a case alone."""
    os.environ.clear()
    os.environ.update(case["environment"])
    time.tzset()
    os.chdir(case["folder"])
    sys.argv[1:] = case["arguments"]
    sys.stdin = io.TextIOWrapper(os.fdopen(0, "rb"), "utf-8")
    sys.stdout = io.TextIOWrapper(os.fdopen(1, "wb"), "utf-8")
    sys.stderr = io.TextIOWrapper(os.fdopen(2, "wb"), "utf-8", "backslashreplace", line_buffering=True)


def leave(code: int) -> None:
    """End as Python does, but for taking apart all that is loaded, which calls nothing on the ledger's files."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = 120
    os._exit(code)


if __name__ == "__main__":
    found = _serve(socket.socket(fileno=int(sys.argv[1])))
    if found is not None:
        _become(found)
        from ledger.cli import main

        try:
            main()
        except SystemExit as ended:
            leave(ended.code if isinstance(ended.code, int) else 1)
