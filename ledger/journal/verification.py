"""Hold every line of a ledger against the format: its form, its check, its number, its link (DESIGN, section 3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec

from ledger.errors import Refused
from ledger.journal.file import JournalFile
from ledger.journal.line import LARGEST, check_line, check_members, encode_line, leaf_hash
from ledger.model.entries import ENVELOPE, KINDS, Genesis, fields_of, line_decoder

FORMAT: Final = 1
_KNOWN: Final = frozenset(name for kind in KINDS for name in fields_of(kind)) | {"kind", *ENVELOPE}
_TEXTS: Final = frozenset({str})
_QUANTITY: Final = frozenset({"n", "qualifier", "words"})
_SIMPLE: Final = frozenset({str, int})
_STAMP: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


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

    def add(self, leaf: bytes) -> None:
        """Add the hash of a leaf."""
        size = 1
        while self._peaks and self._peaks[-1][0] == size:
            leaf = sha256(b"\1" + self._peaks.pop()[1] + leaf).digest()
            size *= 2
        self._peaks.append((size, leaf))

    def root(self) -> bytes:
        """Return the tree head; that of no leaves is the hash of nothing."""
        if not self._peaks:
            return sha256(b"").digest()
        found = self._peaks[-1][1]
        for _, peak in reversed(self._peaks[:-1]):
            found = sha256(b"\1" + peak + found).digest()
        return found


def verify_file(file: JournalFile, progress: Callable[[int, int], None] | None = None, most: int = 100) -> Verification:
    """Check the whole file, to its end also after a finding; list at most `most` findings."""
    size = file.size()
    findings: list[Finding] = []
    count = lines = end = 0
    head = ""
    tree = Tree()
    for at, raw in file.scan(end=size):
        for problem in _problems(raw, lines, head):
            count += 1
            if len(findings) < most:
                findings.append(Finding(lines + 1, at, problem))
        lines += 1
        end = at + len(raw) + 1
        head = leaf_hash(raw)
        tree.add(bytes.fromhex(head))
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


def _small(value: object) -> bool:
    return type(value) is int and -LARGEST <= value <= LARGEST


def _plain(entry: dict[str, Any]) -> bool:
    """Tell whether a record is so simple that a canonical line can carry it: known names, texts, lists of texts."""
    if not entry.keys() <= _KNOWN:
        return False
    for value in entry.values():
        kind = type(value)
        if kind is list:
            if not _TEXTS.issuperset(map(type, value)):
                return False
        elif kind is int:
            if not _small(value):
                return False
        elif kind is dict:
            # A quantity; other records are looked at member by member.
            if not (
                value.keys() <= _QUANTITY and _SIMPLE.issuperset(map(type, value.values())) and _small(value.get("n"))
            ):
                return False
        elif kind is not str and kind is not bool:
            return False
    return True


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
        if not _plain(entry):
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
    if not isinstance(stamp := entry.get("recorded_at"), str) or not _STAMP.fullmatch(stamp):
        found.append("recorded_at is no time")
    try:
        read = line_decoder.decode(raw)
    except (msgspec.MsgspecError, RecursionError) as error:
        return [*found, f"is no entry: {error}; a newer version may have written it"]
    if isinstance(read, Genesis) != (seq == 0):
        found.append("is a first line in the middle" if seq else "is not the first line of a ledger")
    elif isinstance(read, Genesis) and read.version != FORMAT:
        found.append(f"the format's version is {read.version}, this program knows {FORMAT}")
    return found
