"""How many distinct targets stand in which effective status on which day, kept as changes by day (rule 8)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from ledger.model.effective import effective


class Distinct:
    """The counts of distinct targets, over all orders to act and all names of a target.

    What changes is taken away before, and added after: `begin`, `affect`, `count(-1)`, the change, `count(1)`.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def begin(self) -> None:
        """Forget which targets are affected."""
        self.db.execute("CREATE TEMP TABLE IF NOT EXISTS affected (target TEXT PRIMARY KEY) WITHOUT ROWID")
        self.db.execute("DELETE FROM affected")

    def affect(self, keys: Iterable[str]) -> None:
        """Take some targets for affected."""
        self.db.executemany("INSERT OR IGNORE INTO affected VALUES (?)", [(key,) for key in keys])

    def count(self, sign: int) -> None:
        """Add what the affected targets count, under all their names, or take it away."""
        # CROSS keeps SQLite from reading all of `statuses` in the order of the groups.
        self._count(
            "affected a CROSS JOIN statuses s ON s.target = a.target", "a.target", sign, named=self._with_other_names()
        )

    def count_all(self) -> None:
        """Count every target, where none is counted yet."""
        self._count("statuses s", "s.target", 1, named=self._has_aliases())

    def _has_aliases(self) -> bool:
        return self.db.execute("SELECT 1 FROM aliases LIMIT 1").fetchone() is not None

    def _with_other_names(self) -> bool:
        """Take all other names of the affected targets for affected; tell whether any target has several."""
        if not self._has_aliases():
            return False
        self.db.execute(
            "INSERT OR IGNORE INTO affected SELECT m.target FROM affected a "
            "CROSS JOIN aliases n ON n.target = a.target CROSS JOIN aliases m ON m.same = n.same"
        )
        return True

    def _count(self, relation: str, target: str, sign: int, *, named: bool) -> None:
        if named:
            relation += f" LEFT JOIN aliases n ON n.target = {target}"
            target = f"COALESCE(n.same, {target})"
        query = (
            "SELECT together, COUNT(*) FROM "
            f"(SELECT group_concat(s.history) AS together FROM {relation} GROUP BY {target}) GROUP BY together"
        )
        sums: dict[tuple[str, int, str], int] = {}
        for together, n in self.db.execute(query).fetchall():
            kind, changes = self._effective(tuple(sorted({int(number) for number in together.split(",")})))
            before = ""
            for day, status in changes:
                sums[kind, day, status] = sums.get((kind, day, status), 0) + sign * n
                if before:
                    sums[kind, day, before] = sums.get((kind, day, before), 0) - sign * n
                before = status
        self.db.executemany(
            "INSERT INTO distinct_targets VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET delta = delta + excluded.delta",
            [(*key, delta) for key, delta in sums.items() if delta],
        )

    def _effective(self, numbers: tuple[int, ...]) -> tuple[str, list[tuple[int, str]]]:
        marks = ",".join("?" * len(numbers))
        rows = self.db.execute(
            f"SELECT kind, changes FROM histories WHERE duty = 'act' AND history IN ({marks})", numbers
        ).fetchall()
        if not rows:
            return "", []
        return str(rows[0][0]), effective([json.loads(changes) for _, changes in rows])
