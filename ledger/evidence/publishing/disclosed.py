"""Hold the disclosures beside a ledger against its lines: which private values they say, and which they do not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Final, NamedTuple

import msgspec

from ledger.errors import Damaged, Refused
from ledger.journal.file import JournalFile
from ledger.journal.line import WITHHELD, check_line
from ledger.model.entries import Genesis, line_decoder

_MARKS: Final = (b'"_sd":', b":~", b'"kind":"erasure"')
# So many findings are listed, as with lines.
_MOST: Final = 100


class Disclosed(NamedTuple):
    """What is disclosed of a ledger's private values, each counted once whatever entries it stands in.

    `erased` are recorded as erased and gone; `unneeded` are whole lines of the file of disclosures that no entry needs.
    """

    file: str
    disclosed: int
    not_disclosed: int
    erased: int
    unneeded: int
    findings: list[str]


def size_of_disclosures(file: JournalFile) -> int:
    """Return the size in bytes of what is disclosed beside a ledger; 0 where nothing is."""
    from ledger.journal.private import PrivateFile

    return PrivateFile(file.path).state().length


def check_disclosures(file: JournalFile) -> Disclosed | None:
    """Return what the disclosures beside a ledger say of it; None for a ledger that has no private fields.

    In its keeper's own file every value must be disclosed that is not erased. In a published one what no entry needs is
    a finding: it was forged, altered, or is of another ledger.
    """
    try:
        genesis = line_decoder.decode(file.first())
    except Damaged:
        # That is a finding of its own; which fields are private it does not say.
        return None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(genesis, Genesis) or not genesis.private:
        return None
    # Most ledgers have no private fields, and are checked faster without.
    from ledger.journal.private import PrivateFile
    from ledger.journal.sealing import read_disclosure

    private = PrivateFile(file.path)
    findings: list[str] = []
    with closing(sqlite3.connect("")) as db:
        db.execute("CREATE TABLE needed (digest TEXT PRIMARY KEY, seq, erased, disclosed DEFAULT 0) WITHOUT ROWID")
        _read_lines(file, db)
        unneeded = 0
        for number, (_, line) in enumerate(private.scan(), 1):
            if not line.strip(b" "):
                continue
            try:
                digest = read_disclosure(line.decode("ascii")).digest
            except (Refused, UnicodeDecodeError):
                digest = ""
            if not db.execute("UPDATE needed SET disclosed = 1 WHERE digest = ?", (digest,)).rowcount:
                unneeded += 1
                if private.path != private.own:
                    findings.append(
                        f"{private.name}, line {number}: no entry holds its digest: it was forged, altered, or is of "
                        "another ledger; do not believe what it says"
                    )
        for seq, erased in db.execute("SELECT seq, erased FROM needed WHERE erased IS NOT NULL AND disclosed = 1"):
            findings.append(
                f"{private.name}: still says what entry {erased} records as erased (of entry {seq}): "
                "run that erasure again, or add an entry: that finishes it"
            )
        if private.own.exists():
            query = "SELECT seq, COUNT(*) FROM needed WHERE erased IS NULL AND disclosed = 0 GROUP BY seq ORDER BY seq"
            findings += [
                f"entry {seq}: {count:,} private values are not disclosed in {private.name}: restore it from a backup"
                for seq, count in db.execute(query)
            ]
        query = (
            "SELECT COALESCE(SUM(disclosed), 0), COALESCE(SUM(NOT disclosed AND erased IS NULL), 0), "
            "COALESCE(SUM(NOT disclosed AND erased IS NOT NULL), 0) FROM needed"
        )
        said, silent, gone = db.execute(query).fetchone()
    if len(findings) > _MOST:
        findings = [*findings[:_MOST], f"and {len(findings) - _MOST:,} more findings"]
    name = private.name if private.path.exists() else f"{private.name} is not here"
    return Disclosed(name, said, silent, gone, unneeded, findings)


def _read_lines(file: JournalFile, db: sqlite3.Connection) -> None:
    """Note every digest with the first entry in which it stands, and the erasure that names it."""
    from ledger.journal.sealing import digests_in

    for seq, (_, raw) in enumerate(file.scan()):
        # What holds none of these has no digests, and a damaged line is a finding of its own.
        if not any(mark in raw for mark in _MARKS) or raw.startswith(WITHHELD) or not check_line(raw):
            continue
        record = msgspec.json.decode(raw)
        rows = [(digest, seq) for digest in digests_in(record)]
        db.executemany("INSERT OR IGNORE INTO needed (digest, seq) VALUES (?, ?)", rows)
        if record.get("kind") == "erasure":
            gone = [(seq, digest) for digest in record.get("erased", ())]
            db.executemany("UPDATE needed SET erased = ? WHERE digest = ? AND erased IS NULL", gone)
