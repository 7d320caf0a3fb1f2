"""Hold every line of a ledger against the format: its form, its check, its number, its link (DESIGN, section 3)."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from ledger.errors import Refused
from ledger.journal.file import JournalFile
from ledger.journal.form import STAMP, form
from ledger.journal.line import check_line, check_members, encode_line
from ledger.model.entries import FORMAT, Genesis, Order, line_decoder
from ledger.model.moments import zone_info

# Leaves hashed in one go, a power of two: one by one they cost half as much again.
_TOGETHER: Final = 1024
# An unfinished line may be one that is being written: it is looked at again for a tenth of a second.
_LOOKS: Final = 10
_PAUSE: Final = 0.01


class Finding(NamedTuple):
    """What is wrong with a line (1-based), and the byte at which it begins."""

    line: int
    offset: int
    problem: str


class Verification(NamedTuple):
    """What was checked and found: lines and bytes, the last leaf hash, the RFC 6962 root, unfinished bytes at the end.

    `more` counts the findings beyond those listed.
    """

    lines: int
    bytes: int
    head: str
    root: str
    torn: int
    findings: list[Finding]
    more: int


class Tree:
    """The RFC 6962 tree head over leaves that come one by one (section 2.1); it keeps one hash a level."""

    def __init__(self) -> None:
        self._peaks: list[tuple[int, bytes]] = []
        self._leaves: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Add the hash of a leaf."""
        self._leaves.append(leaf)
        if len(self._leaves) == _TOGETHER:
            level, self._leaves = self._leaves, []
            while len(level) > 1:
                level = [sha256(b"\1" + left + right).digest() for left, right in zip(*[iter(level)] * 2, strict=True)]
            self._raise(_TOGETHER, level[0])

    def _raise(self, size: int, peak: bytes) -> None:
        while self._peaks and self._peaks[-1][0] == size:
            peak = sha256(b"\1" + self._peaks.pop()[1] + peak).digest()
            size *= 2
        self._peaks.append((size, peak))

    def root(self) -> bytes:
        """Return the tree head; that of no leaves is the hash of nothing. No leaf can be added after."""
        while self._leaves:
            self._raise(1, self._leaves.pop(0))
        if not self._peaks:
            return sha256(b"").digest()
        found = self._peaks[-1][1]
        for _, peak in reversed(self._peaks[:-1]):
            found = sha256(b"\1" + peak + found).digest()
        return found


def _settled_size(file: JournalFile) -> int:
    """Return the size of the file, at a moment when nobody is in the middle of writing a line if there is one."""
    size = file.size()
    for _ in range(_LOOKS):
        if not size or file.read_bytes(size - 1, 1) == b"\n":
            break
        time.sleep(_PAUSE)
        size = file.size()
    return size


def verify_file(file: JournalFile, progress: Callable[[int, int], None] | None = None, most: int = 100) -> Verification:
    """Check the whole file, to its end also after a finding; list at most `most` findings."""
    size = _settled_size(file)
    findings: list[Finding] = []
    count = lines = end = 0
    head = ""
    tree, holds = Tree(), form()
    ids: set[str] = set()
    for at, raw in file.scan(end=size):
        name = holds(raw, lines, head)
        problems = []
        if name is None:
            problems = _problems(raw, lines, head)
            name = _id_of(raw)
        if name:
            if name in ids:
                problems.append(f"an earlier order has the id {name!r} too")
            ids.add(name)
        for problem in problems:
            count += 1
            if len(findings) < most:
                findings.append(Finding(lines + 1, at, problem))
        lines += 1
        end = at + len(raw) + 1
        leaf = sha256(b"\0" + raw).digest()
        head = leaf.hex()
        tree.add(leaf)
        if progress is not None and lines % 4096 == 0:
            progress(end, size)
    if size > end:
        count += 1
        findings.append(
            Finding(
                lines + 1,
                end,
                f"{size - end:,} bytes at the end are no whole line: the next entry cuts them off and keeps a copy",
            )
        )
    elif not lines:
        count += 1
        findings.append(Finding(1, 0, "the file holds nothing, so nothing was checked"))
    return Verification(lines, size, head, tree.root().hex(), size - end, findings, count - len(findings))


def _id_of(raw: bytes) -> str:
    """Return the id of an order's line that is not known to be well; an empty text if it has none."""
    try:
        entry = line_decoder.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return ""
    return entry.id or "" if isinstance(entry, Order) else ""


def _problems(raw: bytes, seq: int, before: str) -> list[str]:
    if not check_line(raw):
        return ["its check member does not fit its content: the line was changed or damaged"]
    try:
        entry = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return [f"is not JSON: {error}"]
    if not isinstance(entry, dict):
        return ["is not an object"]
    del entry["~"]
    try:
        check_members(entry)
        canonical = encode_line(entry) == raw
    except (Refused, RecursionError) as error:
        return [f"holds what a ledger cannot: {error}"]
    found = [] if canonical else ["is not in canonical form: it was not written by this program"]
    if entry.get("seq") != seq or isinstance(entry.get("seq"), bool):
        found.append(f"has the number {entry.get('seq')!r}, not {seq}: lines are missing, added or out of order")
    if entry.get("prev") != before:
        found.append(
            "does not follow from the line before: that line was changed, or lines are missing, added or out of order"
        )
    if not isinstance(stamp := entry.get("recorded_at"), str) or not STAMP.fullmatch(stamp):
        found.append("recorded_at is no time")
    try:
        read = line_decoder.decode(raw)
    except (msgspec.MsgspecError, RecursionError) as error:
        return [*found, f"is no entry: {error}; a newer version may have written it"]
    if isinstance(read, Genesis) != (seq == 0):
        found.append("is a first line in the middle" if seq else "is not the first line of a ledger")
    elif isinstance(read, Genesis):
        if read.version != FORMAT:
            found.append(f"the format's version is {read.version}, this program knows {FORMAT}")
        try:
            zone_info(read.timezone)
        except Refused as error:
            found.append(f"timezone: {error}")
    return found
