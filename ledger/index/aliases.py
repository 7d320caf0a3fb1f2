"""Which names are one target: groups of names, kept so that each name finds the others of its group."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

Pair = tuple[str, str]


class Aliases:
    """The groups that the aliases of a ledger make; each is known by one of its names."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def group(self, keys: Iterable[str]) -> list[str]:
        """Return some names with all that are one with any of them, the given ones first."""
        found = dict.fromkeys(keys)
        query = "SELECT m.target FROM aliases n JOIN aliases m ON m.same = n.same WHERE n.target = ? ORDER BY m.target"
        for key in list(found):
            found |= dict.fromkeys(row[0] for row in self.db.execute(query, (key,)))
        return list(found)

    def are_one(self, one: str, other: str) -> bool:
        """Tell whether two names are one target already."""
        query = "SELECT 1 FROM aliases a JOIN aliases b ON b.same = a.same WHERE a.target = ? AND b.target = ?"
        return self.db.execute(query, (one, other)).fetchone() is not None

    def said_of(self, keys: Iterable[str]) -> list[int]:
        """Return the numbers of the entries that say which of some names are one."""
        query = "SELECT seq FROM alias_entries WHERE one IN (SELECT value FROM json_each(?)) ORDER BY seq"
        return [row[0] for row in self.db.execute(query, (_text(keys),))]

    def affected(self, seq: int, names: Pair | None) -> list[str]:
        """Return a name of each group that changes when an entry says this, or nothing any more."""
        was = self.db.execute("SELECT one, other FROM alias_entries WHERE seq = ?", (seq,)).fetchone()
        return [*(was or ()), *(names or ())]

    def put(self, seq: int, names: Pair | None) -> None:
        """Let an entry say that two names are one, or nothing any more."""
        db = self.db
        was = db.execute("SELECT one, other FROM alias_entries WHERE seq = ?", (seq,)).fetchone()
        if was is not None:
            db.execute("DELETE FROM alias_entries WHERE seq = ?", (seq,))
            self._remake(self.group(was))
        if names is not None:
            db.execute("INSERT INTO alias_entries VALUES (?, ?, ?)", (seq, *names))
            self._join(*names)

    def leave_out(self, seqs: Iterable[int]) -> list[tuple[list[str], int]]:
        """Let some entries say nothing any more; return the groups that they were of, and how many of them each had."""
        db = self.db
        query = (
            "SELECT n.same, COUNT(*) FROM alias_entries e JOIN aliases n ON n.target = e.one "
            "WHERE e.seq IN (SELECT value FROM json_each(?)) GROUP BY n.same ORDER BY n.same"
        )
        left = [(self.group([same]), number) for same, number in db.execute(query, (_text(seqs),)).fetchall()]
        db.execute("DELETE FROM alias_entries WHERE seq IN (SELECT value FROM json_each(?))", (_text(seqs),))
        for keys, _ in left:
            self._remake(keys)
        return left

    def _join(self, one: str, other: str) -> None:
        """Make two names one; of their groups the smaller one changes its name."""
        db = self.db
        query = "SELECT same, (SELECT COUNT(*) FROM aliases m WHERE m.same = n.same) FROM aliases n WHERE n.target = ?"
        held = []
        for key in (one, other):
            row = db.execute(query, (key,)).fetchone()
            if row is None:
                db.execute("INSERT INTO aliases VALUES (?, ?)", (key, key))
                row = (key, 1)
            held.append((row[1], row[0]))
        (_, smaller), (_, larger) = sorted(held)
        if smaller != larger:
            db.execute("UPDATE aliases SET same = ? WHERE same = ?", (larger, smaller))

    def _remake(self, keys: list[str]) -> None:
        """Make groups anew, of whose names all are given, by what the entries say."""
        db = self.db
        # In the order of the ledger: an index that is made anew gives the groups the same names.
        query = "SELECT one, other FROM alias_entries WHERE one IN (SELECT value FROM json_each(?)) ORDER BY seq"
        pairs = db.execute(query, (_text(keys),)).fetchall()
        db.execute("DELETE FROM aliases WHERE target IN (SELECT value FROM json_each(?))", (_text(keys),))
        for one, other in pairs:
            self._join(one, other)


def _text(keys: Iterable[str] | Iterable[int]) -> str:
    return msgspec.json.encode(list(keys)).decode()
