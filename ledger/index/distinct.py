"""How many distinct targets stand in which effective status on which day, kept as changes by day (rule 8)."""

from __future__ import annotations

import json
import sqlite3

from ledger.model.effective import effective


class Distinct:
    """The counts of distinct targets, over all orders to act and all names of a target.

    Before anything about targets changes they are released: what they count is taken away, once. When all is changed
    they are settled: what they count then is added.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        for name in ("affected", "released"):
            db.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} (target TEXT PRIMARY KEY) WITHOUT ROWID")
            db.execute(f"DELETE FROM {name}")

    def release(self, targets: str, values: tuple[object, ...] = ()) -> None:
        """Take away what some targets count, under all their names; `targets` is a query that gives them."""
        db = self.db
        db.execute("DELETE FROM affected")
        # All names of a target are released together, so that one of them tells of the others.
        db.execute(f"INSERT OR IGNORE INTO affected {targets}", values)
        db.execute("DELETE FROM affected WHERE target IN (SELECT target FROM released)")
        if self._has_aliases():
            db.execute(
                "INSERT OR IGNORE INTO affected SELECT m.target FROM affected a "
                "CROSS JOIN aliases n ON n.target = a.target CROSS JOIN aliases m ON m.same = n.same"
            )
        self._count_of("affected", -1)
        db.execute("INSERT OR IGNORE INTO released SELECT target FROM affected")

    def settle(self) -> None:
        """Count all targets that were released as they stand now."""
        self._count_of("released", 1)
        self.db.execute("DELETE FROM released")

    def _count_of(self, table: str, sign: int) -> None:
        # CROSS keeps SQLite from reading all of `statuses` in the order of the groups.
        relation = f"{table} a CROSS JOIN statuses s ON s.target = a.target"
        self._count(relation, "a.target", sign, named=self._has_aliases())

    def count_all(self) -> None:
        """Count every target, where none is counted yet."""
        self._count("statuses s", "s.target", 1, named=self._has_aliases())

    def _has_aliases(self) -> bool:
        return self.db.execute("SELECT 1 FROM aliases LIMIT 1").fetchone() is not None

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
