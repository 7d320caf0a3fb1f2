"""Which lines a copy for the public does not show: those of confidential orders, and what would tell of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from ledger.index.database import Index
from ledger.index.reading import records
from ledger.journal.line import WITHHELD, decode_line
from ledger.model.entries import Alias
from ledger.model.targets import parse_targets, platform_key


def hidden_orders(index: Index) -> tuple[set[int], set[int]]:
    """Return the numbers of confidential orders, and of those that name one of them."""
    db = index.db
    rows = db.execute("SELECT order_no, id, relates_to, confidential, duty FROM orders").fetchall()
    secret = {number for number, _, _, confidential, _ in rows if confidential}
    # What a voided order said of itself, its row does not tell.
    secret |= {number for number, *_, duty in rows if duty == "void" and _was_confidential(index, number)}
    names = {name for number, name, *_ in rows if number in secret}
    related: set[int] = set()
    # Not what holds now counts, but what stands in any line.
    for seq, (_, raw) in enumerate(index.file.scan(end=index.length)):
        if names and b'"relates_to"' in raw and not raw.startswith(WITHHELD):
            record = decode_line(raw)
            said = {part.get("relates_to") for part in (record, record.get("set")) if isinstance(part, dict)}
            if said & names:
                row = db.execute("SELECT order_no FROM entries WHERE seq = ?", (seq,)).fetchone()
                related.add(int(row[0]))
    return secret, related - secret


def hidden_aliases(index: Index, hidden: set[int]) -> dict[int, int]:
    """Return the entries of those aliases of which a name stands in no order that is shown, with the alias of each.

    `hidden` are the numbers of the orders that are not shown.
    """
    query = (
        "SELECT e.order_no, e.seq FROM entries e LEFT JOIN orders o ON o.order_no = e.order_no "
        "WHERE e.order_no >= 0 AND o.order_no IS NULL"
    )
    entries: dict[int, list[int]] = {}
    for order_no, seq in index.db.execute(query).fetchall():
        entries.setdefault(order_no, []).append(seq)
    return {
        seq: order_no
        for order_no, seqs in entries.items()
        if not all(_is_shown(index.db, key, hidden) for key in _names_in(index, order_no))
        for seq in seqs
    }


def _names_in(index: Index, order_no: int) -> Iterator[str]:
    """Give every name that stands in an alias or a correction of it."""
    entries = [item.entry for item in records(index.db, index.read_line, order_no)]
    said = [
        entry.targets if isinstance(entry, Alias) else getattr(entry, "set", {}).get("targets") for entry in entries
    ]
    for platform in [entry.platform for entry in entries if isinstance(entry, Alias)]:
        for texts in said:
            yield from (target.key for target in parse_targets(texts or [], platform_key(platform)))


def _is_shown(db: sqlite3.Connection, key: str, hidden: set[int]) -> bool:
    rows = db.execute("SELECT DISTINCT order_no FROM statuses WHERE target = ?", (key,))
    return any(number not in hidden for (number,) in rows)


def _was_confidential(index: Index, order_no: int) -> bool:
    query = "SELECT start, size FROM entries WHERE order_no = ?"
    for start, size in index.db.execute(query, (order_no,)).fetchall():
        record = decode_line(index.file.read(start, size))
        if any(isinstance(said, dict) and said.get("confidential") is True for said in (record, record.get("set"))):
            return True
    return False
