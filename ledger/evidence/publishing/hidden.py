"""Which lines a copy for the public does not show: those of confidential orders, and what would tell of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress

from msgspec import structs

from ledger.errors import Refused
from ledger.index.database import Index
from ledger.index.reading import records
from ledger.journal.line import WITHHELD, decode_line
from ledger.model.entries import Correction
from ledger.model.targets import platform_key, possible_keys


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
    """Return the entries of those aliases of which a name stands only in orders that are not shown, with the alias of each.

    `hidden` are the numbers of these orders. A name that stands in no order tells of none.
    """
    query = (
        "SELECT e.order_no, e.seq FROM entries e LEFT JOIN orders o ON o.order_no = e.order_no "
        "WHERE e.order_no >= 0 AND o.order_no IS NULL"
    )
    entries: dict[int, list[int]] = {}
    for order_no, seq in index.db.execute(query).fetchall():
        entries.setdefault(order_no, []).append(seq)
    names = {order_no: set(_names_in(index, order_no)) for order_no in entries}
    told = set[str]().union(*names.values())
    # Not what holds now counts, but what stands in any line.
    held = {key for order_no in hidden for key in _names_in(index, order_no) if key in told} if told else set()
    secret = {key for key in held if not _is_shown(index.db, key, hidden)}
    return {seq: order_no for order_no, seqs in entries.items() if names[order_no] & secret for seq in seqs}


def _names_in(index: Index, order_no: int) -> Iterator[str]:
    """Give every name that stands in an order or an alias, in what followed it, or in a correction of these."""
    entries = [item.entry for item in records(index.db, index.read_line, order_no)]
    said = [entry.set if isinstance(entry, Correction) else structs.asdict(entry) for entry in entries]
    platforms = list({platform_key(fields["platform"]) for fields in said if "platform" in fields})
    for fields in said:
        for text in fields.get("targets") or ():
            # On a platform that was corrected since, it may be no name.
            with suppress(Refused):
                yield from possible_keys(text, platforms)


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
