"""Which names are one target: groups of names, kept so that each name finds the others of its group."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

Pair = tuple[str, str]


class Aliases:
    """The groups that the aliases of a ledger make; each is known by the first of its names."""

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
        return other in self.group([one])

    def said_of(self, keys: Iterable[str]) -> list[int]:
        """Return the numbers of the entries that say which of some names are one."""
        query = "SELECT seq FROM alias_entries WHERE one IN (SELECT value FROM json_each(?)) ORDER BY seq"
        return [row[0] for row in self.db.execute(query, (_text(keys),))]

    def affected(self, seq: int, names: Pair | None) -> list[str]:
        """Return the names whose groups change when an entry says this, or nothing any more."""
        was = self.db.execute("SELECT one, other FROM alias_entries WHERE seq = ?", (seq,)).fetchone()
        return self.group((*(was or ()), *(names or ())))

    def put(self, seq: int, names: Pair | None) -> None:
        """Let an entry say that two names are one, or nothing any more; the groups that it touches are made anew."""
        db = self.db
        keys = self.affected(seq, names)
        db.execute("DELETE FROM alias_entries WHERE seq = ?", (seq,))
        if names is not None:
            db.execute("INSERT INTO alias_entries VALUES (?, ?, ?)", (seq, *names))
        query = "SELECT one, other FROM alias_entries WHERE one IN (SELECT value FROM json_each(?))"
        groups: dict[str, set[str]] = {}
        for one, other in db.execute(query, (_text(keys),)).fetchall():
            together = groups.get(one, {one}) | groups.get(other, {other})
            groups |= dict.fromkeys(together, together)
        db.execute("DELETE FROM aliases WHERE target IN (SELECT value FROM json_each(?))", (_text(keys),))
        db.executemany("INSERT INTO aliases VALUES (?, ?)", [(key, min(group)) for key, group in groups.items()])


def _text(keys: Iterable[str]) -> str:
    return msgspec.json.encode(list(keys)).decode()
