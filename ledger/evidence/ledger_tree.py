"""The RFC 6962 tree over a ledger's entries, without hashing the whole file each time.

The hashes of whole runs of 256 leaves are kept in the index, in its table `subtrees`, when somebody first asks for them:
the file is read once, and then only what is new. What lies below a whole run is read from the file. A kept hash stands
with 16 bytes that show a damaged or misplaced row:

    hash || SHA-256(hash of the ledger's first line, in hex || number of the run, 8 bytes || hash), first 16 bytes

It is no evidence: whoever can write the index can write that too. What is hashed is held against the chain, so that no
root is given of lines that do not follow one another.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from itertools import islice
from typing import Any, Final

import msgspec

from ledger.errors import Damaged
from ledger.evidence import tree
from ledger.index.database import Index
from ledger.journal.line import WITHHELD, check_line, leaf

RUN: Final = 256
_HASH: Final = 32
_CHECK: Final = 16
# How long to wait for others before hashes are not kept this time, in milliseconds.
_PATIENCE: Final = 500


class _Seq(msgspec.Struct):
    seq: int


_seq: Final = msgspec.json.Decoder(_Seq)


class LedgerTree:
    """The tree over the entries that an open index knows: `size` of them, as others may add more meanwhile.

    Raises `Damaged` where the file is not what its chain, or a hash that was kept, says that it was. Asked through
    `Ledger.ask`, an index with rows that are damaged is made anew.

    Kept hashes are believed of the first `believed` entries alone, as whoever signs holds the root over those against
    what was signed before; None believes all. `made` are hashes of whole runs that this process made before.
    """

    def __init__(self, index: Index, *, believed: int | None = None, made: Mapping[int, bytes] | None = None) -> None:
        self._index = index
        self.size = int(index.meta["seq"]) + 1
        self._believed = self.size if believed is None else min(believed, self.size)
        self.made: dict[int, bytes] = dict(made or {})
        self._runs: dict[int, bytes] = {}
        self._loaded = False
        self._nodes: dict[tuple[int, int], bytes] = {}

    def root(self, size: int) -> bytes:
        """Return the tree head over the first `size` entries; raises `ValueError` where there are fewer."""
        self._check(size)
        return self._subtree(0, size) if size else tree.EMPTY

    def leaf(self, seq: int) -> bytes:
        """Return the leaf hash of an entry."""
        self._check(seq + 1)
        return self._subtree(seq, seq + 1)

    def inclusion(self, seq: int, size: int) -> list[bytes]:
        """Return the proof that an entry is one of the first `size`."""
        self._check(size)
        return tree.inclusion(seq, size, self._subtree)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Return the proof that the first `old` entries begin the first `new`."""
        self._check(new)
        return tree.consistency(old, new, self._subtree)

    def line(self, seq: int) -> bytes:
        """Return the line of an entry as it stands in the file, without LF."""
        self._check(seq + 1)
        return next(iter(self._lines(seq, seq + 1)))

    def _check(self, size: int) -> None:
        if not 0 <= size <= self.size:
            raise ValueError(f"{size} entries of {self.size}")

    def _subtree(self, begin: int, end: int) -> bytes:
        """Return the hash of the entries from a number up to, and without, another: a node on the way to a root."""
        found = self._nodes.get((begin, end))
        if found is None:
            if end - begin == RUN:
                found = self._run(begin // RUN)
            elif end - begin == 1:
                self._read_run(begin // RUN)
                found = self._nodes[begin, end]
            else:
                middle = begin + tree.split(end - begin)
                found = tree.node(self._subtree(begin, middle), self._subtree(middle, end))
            self._nodes[begin, end] = found
        return found

    def _read_run(self, number: int) -> None:
        """Take the leaves of one run from the file, and hold them against the hash of the run if it is whole."""
        begin, end = number * RUN, min(number * RUN + RUN, self.size)
        leaves = list(self._leaves(begin, end))
        if end - begin == RUN and _root(leaves) != self._run(number):
            # It was when it was kept, and it is checked: the file is not what it was.
            raise Damaged(self._say(begin, f"entries {begin} to {end - 1} are not what they were"))
        for seq, hashed in enumerate(leaves, begin):
            self._nodes[seq, seq + 1] = hashed

    def _run(self, number: int) -> bytes:
        """Return the hash of a whole run: one that was kept, or one made now for it and all that lack."""
        if not self._loaded:
            self._runs = self._kept() | self.made
            lacking = [other for other in range(self.size // RUN) if other not in self._runs]
            self._runs |= (made := dict(self._made(lacking)))
            self.made |= made
            self._keep(made)
            self._loaded = True
        return self._runs[number]

    def _made(self, numbers: list[int]) -> Iterator[tuple[int, bytes]]:
        """Give the hashes of runs from the file, which is read in one go where they lie side by side."""
        place = 0
        while place < len(numbers):
            first = numbers[place]
            after = first
            while place < len(numbers) and numbers[place] == after:
                place, after = place + 1, after + 1
            leaves = self._leaves(first * RUN, after * RUN)
            for number in range(first, after):
                yield number, _root(list(islice(leaves, RUN)))

    def _lines(self, begin: int, end: int) -> Iterator[bytes]:
        """Give the lines of entries from the file; raises `Damaged` when there are not as many."""
        seq, start = self._place(begin)
        for at, (_, raw) in enumerate(self._index.file.scan(start, end=self._end(end)), seq):
            if at == begin and _number(raw) != begin:
                raise Damaged(self._say(begin, "does not stand where the index says"))
            if at >= end:
                return
            if at >= begin:
                yield raw
        if at + 1 < end:
            raise Damaged(self._say(at + 1, "is missing"))

    def _place(self, seq: int) -> tuple[int, int]:
        """Return the last entry up to this one whose place is known, and its offset."""
        query = "SELECT seq, start FROM entries WHERE seq <= ? ORDER BY seq DESC LIMIT 1"
        row = self._index.db.execute(query, (seq,)).fetchone()
        return (0, 0) if row is None else (int(row[0]), int(row[1]))

    def _end(self, seq: int) -> int:
        """Return the offset behind the entries before this one, or behind some more where that is not known."""
        query = "SELECT start FROM entries WHERE seq >= ? ORDER BY seq LIMIT 1"
        row = self._index.db.execute(query, (seq,)).fetchone()
        return self._index.length if row is None else int(row[0])

    def _leaves(self, begin: int, end: int) -> Iterator[bytes]:
        """Give the leaf hashes of entries from the file, each of which must follow from the one before."""
        before: bytes | None = None
        first = max(begin - 1, 0)
        for seq, raw in enumerate(self._lines(first, end), first):
            if not check_line(raw):
                raise Damaged(self._say(seq, "its check does not fit its content"))
            follows = before is None or raw.startswith(WITHHELD) or b'"prev":"%s"' % before.hex().encode() in raw
            if not follows:
                raise Damaged(self._say(seq, "does not follow from the line before"))
            before = leaf(raw)
            if seq >= begin:
                yield before

    def _say(self, seq: int, what: str) -> str:
        return f"{self._index.file.path}, line {seq + 1}: {what}; run ledger verify"

    def _kept(self) -> dict[int, bytes]:
        """Return the hashes that were kept, without those whose check does not fit."""
        query = "SELECT number, hash FROM subtrees WHERE number >= 0 AND number < ?"
        rows = self._index.db.execute(query, (self._believed // RUN,))
        return {number: row[:_HASH] for number, row in rows if self._is_sound(number, row)}

    def _is_sound(self, number: Any, row: Any) -> bool:
        return isinstance(number, int) and isinstance(row, bytes) and row == self._checked(number, row[:_HASH])

    def _checked(self, number: int, hashed: bytes) -> bytes:
        bound = self._index.meta["genesis"].encode() + number.to_bytes(8) + hashed
        return hashed + sha256(bound).digest()[:_CHECK]

    def _keep(self, made: dict[int, bytes]) -> None:
        db = self._index.db
        if not made or db.in_transaction:
            return
        patience = db.execute("PRAGMA busy_timeout").fetchone()[0]
        db.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
        try:
            # A cache that cannot be written, or that others write to, costs time and nothing else.
            with suppress(sqlite3.OperationalError):
                db.execute("BEGIN IMMEDIATE")
                try:
                    rows = [(number, self._checked(number, hashed)) for number, hashed in made.items()]
                    db.executemany("REPLACE INTO subtrees VALUES (?, ?)", rows)
                    db.execute("COMMIT")
                except BaseException:
                    with suppress(sqlite3.Error):
                        db.execute("ROLLBACK")
                    raise
        finally:
            db.execute(f"PRAGMA busy_timeout = {patience}")


def _root(leaves: list[bytes]) -> bytes:
    """Return the tree head over one run."""
    found = tree.Tree()
    for hashed in leaves:
        found.add(hashed)
    return found.root()


def _number(raw: bytes) -> int:
    """Return the number that a line states; -1 if it states none."""
    try:
        return _seq.decode(raw).seq
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return -1
