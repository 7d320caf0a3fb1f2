"""Rows of one order wherever they stand in a table, at a memory that does not grow with it.

Adjacent rows of one order are a run. Runs are kept in a temporary SQLite file as they come, and given back order by
order, those first whose first row stands first.
"""

from __future__ import annotations

import marshal
import sqlite3
from collections.abc import Iterator
from typing import Final

from ledger.errors import WriteFailed

# Adjacent rows that differ in their target alone: the line and the cells of the first one (no cells: it is refused), their
# targets, and how many rows they are if that is not the number of targets.
Segment = tuple[int, list[str] | None, list[str], int]
Run = list[Segment]

# Runs that are written together.
_TOGETHER: Final = 200


class Runs:
    """The runs of one table."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("CREATE TABLE runs (n INTEGER PRIMARY KEY, key TEXT, content BLOB)")
        self._waiting: list[tuple[str, bytes]] = []
        self.rows = 0

    def put(self, key: str, run: Run) -> None:
        """Keep a run of rows that are one order."""
        self.rows += sum(alike or len(targets) for _, _, targets, alike in run)
        self._waiting.append((key, marshal.dumps(run)))
        if len(self._waiting) >= _TOGETHER:
            self._write()

    def _write(self) -> None:
        try:
            self._db.executemany("INSERT INTO runs (key, content) VALUES (?, ?)", self._waiting)
        except sqlite3.Error as error:
            raise WriteFailed(f"there is no room to work in ({error}); nothing was added") from error
        self._waiting.clear()

    def groups(self) -> Iterator[list[Run]]:
        """Give the runs of each key together, in the order of their rows."""
        self._write()
        try:
            self._db.execute("CREATE INDEX by_key ON runs (key, n)")
            twice = self._db.execute("SELECT 1 FROM runs GROUP BY key HAVING count(*) > 1 LIMIT 1").fetchone()
            if twice is None:
                for (content,) in self._db.execute("SELECT content FROM runs ORDER BY n"):
                    yield [marshal.loads(content)]  # noqa: S302 - written by this process
                return
            for key, _ in self._db.execute("SELECT key, min(n) AS first FROM runs GROUP BY key ORDER BY first"):
                found = self._db.execute("SELECT content FROM runs WHERE key = ? ORDER BY n", (key,))
                yield [marshal.loads(content) for (content,) in found]  # noqa: S302
        except sqlite3.Error as error:
            raise WriteFailed(f"there is no room to work in ({error}); nothing was added") from error

    def close(self) -> None:
        """Let go of the temporary file."""
        self._db.close()


class Keys:
    """What told the orders of a table apart so far."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("CREATE TABLE keys (key TEXT PRIMARY KEY) WITHOUT ROWID")

    def is_new(self, key: str) -> bool:
        """Tell whether a key comes for the first time."""
        try:
            return self._db.execute("INSERT OR IGNORE INTO keys VALUES (?)", (key,)).rowcount == 1
        except sqlite3.Error as error:
            raise WriteFailed(f"there is no room to work in ({error}); nothing was added") from error

    def close(self) -> None:
        """Let go of the temporary file."""
        self._db.close()
