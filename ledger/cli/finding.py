"""Find an order by its id."""

from __future__ import annotations

from difflib import get_close_matches

from ledger.book import Ledger
from ledger.errors import Refused


def order_number(book: Ledger, name: str) -> int:
    """Return the number of an order's entry; raises `Refused` with the nearest id."""
    db = book.index.db
    row = db.execute("SELECT order_no FROM orders WHERE id = ?", (name,)).fetchone()
    if row is not None:
        return int(row[0])
    ids = [found[0] for found in db.execute("SELECT id FROM orders ORDER BY order_no DESC LIMIT 2000")]
    near = get_close_matches(name, ids, n=1)
    raise Refused(
        f"there is no order {name!r}: " + (f"did you mean {near[0]}?" if near else "`ledger orders` lists them")
    )
