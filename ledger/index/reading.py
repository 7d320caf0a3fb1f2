"""Read single orders through the index: their entries, their fold."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from ledger.errors import Damaged, Refused
from ledger.journal.line import WITHHELD, check_line
from ledger.model.corrections import Recorded, View, corrected
from ledger.model.entries import Erasure, Genesis, Line, Withheld, line_decoder
from ledger.model.postings import Fold, fold


class _Envelope(msgspec.Struct):
    seq: int
    prev: str = ""


_envelope: Final = msgspec.json.Decoder(_Envelope)
ReadLine = Callable[[int, int], bytes]


class Source(NamedTuple):
    """What single orders are read from: the index, the ledger's lines, its reporting zone."""

    db: sqlite3.Connection
    read_line: ReadLine
    zone: str


def follow(raw: bytes, seq: int, head: str, clear: Callable[[bytes], bytes], where: str) -> tuple[Line, bytes]:
    """Read the line that has this number and follows from that leaf hash; return it, and as `clear` opens it.

    Raises `Damaged` for any other, so that no figures are made of a file that does not hold together.
    """
    if not check_line(raw) and b"\0" in raw:
        raise Damaged(
            f"{where}: holds zeros where bytes were lost, as when the power fails while several entries are added; keep a "
            "copy of the file, then cut it off where that line begins: entries without a receipt were never there"
        )
    if not check_line(raw):
        raise Damaged(f"{where}: its check does not fit its content; run ledger verify to see what is damaged")
    try:
        opened = clear(raw)
        entry: Line = line_decoder.decode(opened)
        envelope = _envelope.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise Damaged(f"{where}: {error}; a newer version may have written it; run ledger verify") from error
    # A line that is withheld does not say what it follows.
    follows = raw.startswith(WITHHELD) or envelope.prev == head
    if envelope.seq != seq or not follows or isinstance(entry, Genesis) != (seq == 0):
        raise Damaged(f"{where}: does not follow from the line before; run ledger verify")
    return entry, opened


def records(db: sqlite3.Connection, read_line: ReadLine, order_no: int) -> list[Recorded]:
    """Return the entries of one order as they stand in the file, in the order of their numbers."""
    rows = db.execute("SELECT seq, start, size FROM entries WHERE order_no = ? ORDER BY seq", (order_no,))
    found = []
    for seq, start, size in rows.fetchall():
        raw = read_line(start, size)
        if _envelope.decode(raw).seq != seq:
            raise Damaged(f"entry {seq} does not stand where the index says")
        entry = line_decoder.decode(raw)
        if not isinstance(entry, Genesis | Erasure | Withheld):
            found.append(Recorded(seq, entry, raw))
    return found


def erasures(db: sqlite3.Connection, read_line: ReadLine, order_no: int) -> list[tuple[int, Erasure]]:
    """Return what was erased of the entries of one order, by the numbers of the entries that say so."""
    query = (
        "SELECT e.seq, e.start, e.size FROM entries e "
        "WHERE e.order_no = ? AND e.seq IN (SELECT seq FROM erasures) ORDER BY e.seq"
    )
    found = []
    for seq, start, size in db.execute(query, (order_no,)).fetchall():
        entry = line_decoder.decode(read_line(start, size))
        if isinstance(entry, Erasure):
            found.append((seq, entry))
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
