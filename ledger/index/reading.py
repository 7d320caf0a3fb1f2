"""Read single orders through the index: their entries, their fold."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

from ledger.model.corrections import Recorded, View, corrected
from ledger.model.entries import Genesis, line_decoder
from ledger.model.postings import Fold, fold

ReadLine = Callable[[int, int], bytes]


def records(db: sqlite3.Connection, read_line: ReadLine, order_no: int) -> list[Recorded]:
    """Return the entries of one order as they stand in the file, in the order of their numbers."""
    rows = db.execute("SELECT seq, start, size FROM entries WHERE order_no = ? ORDER BY seq", (order_no,))
    found = []
    for seq, start, size in rows.fetchall():
        raw = read_line(start, size)
        entry = line_decoder.decode(raw)
        if not isinstance(entry, Genesis):
            found.append(Recorded(seq, entry, raw))
    return found


def folded(
    db: sqlite3.Connection, read_line: ReadLine, order_no: int, zone: str, speaker: str | None = None
) -> tuple[Fold | None, View]:
    """Fold one order, corrections taken in; None if it is void.

    With a `speaker`, only what that one states is folded; the order itself stays as the frame.
    """
    view = corrected(records(db, read_line, order_no))
    facts = view.facts
    if not facts or facts[0][0] != order_no:
        return None, view
    if speaker is not None:
        facts = facts[:1] + [(seq, entry) for seq, entry in facts[1:] if _speaker(entry) == speaker]
    return fold(facts, zone), view


def _speaker(entry: object) -> str:
    return str(getattr(entry, "speaker", ""))


def names(db: sqlite3.Connection, way: str) -> Iterator[str]:
    """Give the names that one way of grouping knows, by skipping from one to the next."""
    last = ""
    query = "SELECT MIN(name) FROM rollup WHERE way = ? AND name > ?"
    while (found := db.execute(query, (way, last)).fetchone()[0]) is not None:
        yield found
        last = found
