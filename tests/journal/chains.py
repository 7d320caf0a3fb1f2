"""Chains of lines as the journal writes them: made, begun and checked in the plainest way; programs that write them, errors of a disk."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ledger
from ledger.journal.file import EMPTY, JournalFile, Tail
from ledger.journal.line import check_line, decode_line, leaf_hash

posix = pytest.mark.skipif(os.name != "posix", reason="signals, limits and FIFOs as POSIX has them")
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(ledger.__file__).parents[1])}

# Shared with the programs that the tests start.
LINES = """
from ledger.journal.line import encode_line, leaf_hash

def make_lines(count, tail, size=20):
    seq, prev = tail.seq, tail.head
    for _ in range(count):
        seq += 1
        entry = {"kind": "order", "note": "n" * size, "prev": prev, "seq": seq, "recorded_at": "2021-02-01T00:00:00Z"}
        if seq == 0:
            entry |= {"kind": "genesis", "created": "2021-02-01T00:00:00Z"}
        line = encode_line(entry)
        prev = leaf_hash(line)
        yield line
"""
_names: dict[str, Any] = {}
exec(LINES, _names)  # noqa: S102 - the text is above


def make_lines(count: int, tail: Tail = EMPTY, size: int = 20) -> Iterator[bytes]:
    lines: Iterator[bytes] = _names["make_lines"](count, tail, size)
    return lines


def begin(path: Path, count: int = 3) -> Tail:
    return JournalFile(path).append(make_lines(count), EMPTY)


def check_chain(path: Path) -> list[dict[str, Any]]:
    """Check that a file is a whole chain, reading it in the plainest way; return its entries."""
    raw = path.read_bytes()
    assert raw == b"" or raw.endswith(b"\n")
    entries, prev = [], ""
    for seq, line in enumerate(raw.split(b"\n")[:-1]):
        assert check_line(line)
        entry = decode_line(line)
        assert (entry["seq"], entry["prev"]) == (seq, prev)
        prev = leaf_hash(line)
        entries.append(entry)
    return entries


def listed(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINES + program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )


def failing(number: int) -> OSError:
    return OSError(number, os.strerror(number))
