"""Hold every line of a ledger against the format: its form, its check, its number, its link (DESIGN, section 3).

A published copy holds lines that only stand for what is not shown: they state its leaf hash, and what it followed is
not known. They may have a `record` of what the copy's figures need; no hash covers it.

    {"kind":"withheld","leaf":"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d","seq":7,"~":"7f9ab316"}
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec

from ledger.errors import Refused
from ledger.evidence.tree import Tree
from ledger.journal.file import JournalFile
from ledger.journal.form import STAMP, form
from ledger.journal.line import WITHHELD, check_line, check_members, encode_line, leaf
from ledger.model.entries import FORMAT, Genesis, Order, line_decoder
from ledger.model.moments import zone_info

Hash = bytes
# An unfinished line may be one that is being written: it is looked at again for a tenth of a second.
_LOOKS: Final = 10
_PAUSE: Final = 0.01
# No time that a line was recorded at stands in quotes that are escaped, so none within a text is found.
_RECORDED: Final = b'"recorded_at":"'
_STAMP: Final = len(_RECORDED) + len("2021-02-01T00:00:00Z")
# What a line that is withheld consists of: all else in it would be taken for what it stands for.
_STANDS: Final = frozenset({"kind", "leaf", "record", "seq"})
_leaf: Final = re.compile(r"[0-9a-f]{64}", re.ASCII).fullmatch


class Finding(NamedTuple):
    """What is wrong with a line (1-based), and the byte at which it begins."""

    line: int
    offset: int
    problem: str


class Verification(NamedTuple):
    """What was checked and found: lines and bytes, the last leaf hash, the RFC 6962 root, unfinished bytes at the end.

    `more` counts the findings beyond those listed, `withheld` the lines that only stand for one that is not shown;
    `origin` is the ledger's name, empty where the first line has none; `roots` are those of the sizes asked for, as far
    as there are as many lines, and of all; `back` lists lines (1-based) that were recorded before the line before them.
    """

    lines: int
    bytes: int
    head: str
    root: str
    torn: int
    findings: list[Finding]
    more: int
    withheld: int
    origin: str
    roots: dict[int, Hash]
    back: list[int]


def _settled_size(file: JournalFile) -> int:
    """Return the size of the file, at a moment when nobody is in the middle of writing a line if there is one."""
    size = file.size()
    for _ in range(_LOOKS):
        if not size or file.read_bytes(size - 1, 1) == b"\n":
            break
        time.sleep(_PAUSE)
        size = file.size()
    return size


def verify_file(
    file: JournalFile,
    progress: Callable[[int, int], None] | None = None,
    most: int = 100,
    sizes: Collection[int] = (),
) -> Verification:
    """Check the whole file, to its end also after a finding; list at most `most` findings.

    The roots over the first so many lines are taken along for each of `sizes`.
    """
    size, sizes = _settled_size(file), frozenset(sizes)
    findings: list[Finding] = []
    count = lines = at = withheld = 0
    head = origin = ""
    # The time of the line before; at first one that stands in no line.
    raw, stamp = b"", b"\n"
    tree, holds = Tree(), form()
    leaves: list[bytes] = []
    ids: set[str] = set()
    roots: dict[int, bytes] = {}
    back: list[int] = []

    def note(problem: str) -> None:
        nonlocal count
        count += 1
        if len(findings) < most:
            findings.append(Finding(lines + 1, at, problem))

    for at, raw in file.scan(end=size):
        if lines in sizes:
            tree.add(*leaves)
            leaves, roots[lines] = [], tree.root()
        name = holds(raw, lines, head)
        hashed = sha256(b"\0" + raw).digest()
        if name is None:
            for problem in _problems(raw, lines, head):
                note(problem)
            name = _id_of(raw)
            origin = origin if lines else _origin_of(raw)
            hashed = leaf(raw)
            withheld += raw.startswith(WITHHELD)
        if name:
            if name in ids:
                note(f"an earlier order has the id {name!r} too")
            ids.add(name)
        head = hashed.hex()
        leaves.append(hashed)
        lines += 1
        begin = raw.find(_RECORDED)
        if not raw.startswith(stamp, begin) and begin >= 0:
            if raw[begin : begin + _STAMP] < stamp and len(back) < most:
                back.append(lines)
            stamp = raw[begin : begin + _STAMP]
        if not lines & 1023:
            tree.add(*leaves)
            leaves = []
            if progress is not None:
                progress(at, size)
    end = at + len(raw) + 1 if lines else 0
    tree.add(*leaves)
    roots[lines] = tree.root()
    if (last := _end_finding(lines, end, size)) is not None:
        count += 1
        findings.append(last)
    return Verification(
        lines,
        size,
        head,
        roots[lines].hex(),
        size - end,
        findings,
        count - len(findings),
        withheld,
        origin,
        roots,
        back,
    )


def _end_finding(lines: int, end: int, size: int) -> Finding | None:
    """Return what is wrong with the end of a file of so many whole lines, which end before its last bytes."""
    if size > end:
        text = f"{size - end:,} bytes at the end are no whole line: the next entry cuts them off and keeps a copy"
        return Finding(lines + 1, end, text)
    return None if lines else Finding(1, 0, "the file holds nothing, so nothing was checked")


def _origin_of(raw: bytes) -> str:
    """Return the ledger's name that the first line states; an empty text if it is no such line."""
    try:
        entry = line_decoder.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return ""
    return entry.origin if isinstance(entry, Genesis) else ""


def _id_of(raw: bytes) -> str:
    """Return the id of an order's line that is not known to be well; an empty text if it has none."""
    try:
        entry = line_decoder.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return ""
    return entry.id or "" if isinstance(entry, Order) else ""


def _stands(entry: dict[str, Any]) -> bool:
    """Tell whether a line that is withheld consists of what it may."""
    stated, record = entry.get("leaf"), entry.get("record", {})
    return set(entry) <= _STANDS and isinstance(stated, str) and bool(_leaf(stated)) and isinstance(record, dict)


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
    if entry.get("kind") == "withheld":
        if not _stands(entry):
            found.append(
                "stands for a line that is withheld, and does not consist of its hash, its number and a record"
            )
        return found if seq else [*found, "is not the first line of a ledger"]
    if entry.get("prev") != before:
        found.append(
            "does not follow from the line before: that line was changed, or lines are missing, added or out of order"
        )
    if not isinstance(stamp := entry.get("recorded_at"), str) or not STAMP.fullmatch(stamp):
        found.append("recorded_at is no time")
    try:
        # The reason of a correction may be private: then it stands among the digests.
        lacking = "_sd" in entry and "reason" not in entry
        read = line_decoder.decode(msgspec.json.encode(entry | {"reason": "private"}) if lacking else raw)
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
