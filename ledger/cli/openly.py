"""What an export that leaves confidential orders out is made from: an index made anew, and what it must not show."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from ledger.index.reading import Source
from ledger.reports.exporting.selection import Hidden

if TYPE_CHECKING:
    from ledger.book import Ledger

T = TypeVar("T")


def openly(book: Ledger, question: Callable[[Source, Hidden], T], *, related: bool) -> T:
    """Answer a question from an index made anew: one row missing in a cache, and a secret would be out.

    With `related`, orders that name a confidential one are hidden as well.
    """
    from ledger.evidence.publishing.hidden import hidden_aliases, hidden_orders
    from ledger.index.aliases import Aliases
    from ledger.index.database import Index

    with closing(Index(book.file, book.progress, fresh=True)) as index:
        secret, naming = hidden_orders(index)
        orders = secret | naming if related else secret
        ids = dict(index.db.execute("SELECT order_no, id FROM orders").fetchall())
        # By all orders that are not confidential, whatever the format can show of them: so all formats join the same names.
        aliases = hidden_aliases(index, secret) if secret else {}
        # The index is made for this question alone, and no answer may join names by what is left out.
        parted = Aliases(index.db).leave_out(aliases.values())
        named = frozenset(ids[number] for number in secret)
        hidden = Hidden(frozenset(secret), frozenset(orders), named, frozenset(aliases), tuple(parted))
        return question(Source(index.db, index.read_line, index.zone), hidden)


def said_left_out(number: int) -> str:
    """Say how many confidential orders are left out."""
    return f"{number:,} confidential {'order was' if number == 1 else 'orders were'} left out"


def said_parting(number: int) -> str:
    """Say how many aliases are left out without which targets count apart."""
    noun, join = ("alias was", "it joins") if number == 1 else ("aliases were", "they join")
    told = (
        "as a name in it tells of a confidential order"
        if number == 1
        else "as names in them tell of confidential orders"
    )
    return f"{number:,} {noun} left out, {told}: targets that {join} count apart"
