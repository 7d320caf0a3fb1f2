"""Read single orders through the index: their entries, their fold."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

import msgspec

from ledger.errors import Damaged, Refused
from ledger.model.corrections import Recorded, View, corrected
from ledger.model.entries import Genesis, line_decoder
from ledger.model.postings import Fold, fold


class _Numbered(msgspec.Struct):
    seq: int


_numbered: Final = msgspec.json.Decoder(_Numbered)
ReadLine = Callable[[int, int], bytes]


def records(db: sqlite3.Connection, read_line: ReadLine, order_no: int) -> list[Recorded]:
    """Return the entries of one order as they stand in the file, in the order of their numbers."""
    rows = db.execute("SELECT seq, start, size FROM entries WHERE order_no = ? ORDER BY seq", (order_no,))
    found = []
    for seq, start, size in rows.fetchall():
        raw = read_line(start, size)
        if _numbered.decode(raw).seq != seq:
            raise Damaged(f"entry {seq} does not stand where the index says")
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


def number_of_order(db: sqlite3.Connection, order_id: str) -> int:
    """Return the number of an order's entry; raises `Refused` with the nearest id."""
    row = db.execute("SELECT order_no FROM orders WHERE id = ?", (order_id,)).fetchone()
    if row is None:
        raise Refused(unknown_order(db, order_id))
    return int(row[0])


def unknown_order(db: sqlite3.Connection, order_id: str) -> str:
    """Say that there is no such order, and which one may have been meant."""
    from difflib import get_close_matches

    ids = [row[0] for row in db.execute("SELECT id FROM orders ORDER BY order_no DESC LIMIT 2000")]
    near = get_close_matches(order_id, ids, n=1)
    hint = f"did you mean {near[0]}?" if near else "`ledger orders` lists them"
    return f"there is no order {order_id!r}: {hint}"
