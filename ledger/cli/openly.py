"""What an export that leaves confidential orders out is made from: an index made anew, and what it must not show."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from ledger.index.reading import Source
from ledger.model.statuses import REPEATS
from ledger.reports.exporting.selection import Hidden

if TYPE_CHECKING:
    from ledger.book import Ledger

T = TypeVar("T")


def openly(book: Ledger, question: Callable[[Source, Hidden], T], *, related: bool) -> T:
    """Answer a question from an index made anew: one row missing in a cache, and a secret would be out.

    Orders that only repeat a confidential one are hidden as well, since that they book nothing tells of it; with `related`,
    all that name one.
    """
    from ledger.evidence.publishing.hidden import hidden_aliases, hidden_orders
    from ledger.index.aliases import Aliases
    from ledger.index.database import Index

    with closing(Index(book.file, book.progress, fresh=True)) as index:
        secret, naming = hidden_orders(index)
        rows = index.db.execute("SELECT order_no, id, relation, relates_to FROM orders").fetchall()
        ids = {number: name for number, name, *_ in rows}
        named = {ids[number] for number in secret}
        least = secret | {number for number, _, relation, other in rows if relation in REPEATS and other in named}
        # Whatever else a format cannot show: so all formats join the same names.
        aliases = hidden_aliases(index, least) if least else {}
        # The index is made for this question alone, and no answer may join names by what is left out.
        parted = Aliases(index.db).leave_out(aliases.values())
        orders = least | naming if related else least
        hidden = Hidden(
            frozenset(secret),
            frozenset(orders),
            frozenset(ids[number] for number in orders),
            frozenset(aliases),
            tuple(parted),
        )
        return question(Source(index.db, index.read_line, index.zone), hidden)


def said_left_out(number: int) -> str:
    """Say how many confidential orders are left out."""
    return f"{number:,} confidential {'order was' if number == 1 else 'orders were'} left out"


def said_others(number: int, verb: str) -> str:
    """Say how many orders are left out that are not confidential; the verb says what they do to one that is."""
    if number == 1:
        return f"1 order was left out that is not confidential, as it {verb}s one that is"
    return f"{number:,} orders were left out that are not confidential, as they {verb} one that is"


def said_parting(number: int) -> str:
    """Say how many aliases are left out without which targets count apart."""
    noun, join = ("alias was", "it joins") if number == 1 else ("aliases were", "they join")
    told = (
        "as a name in it tells of a confidential order"
        if number == 1
        else "as names in them tell of confidential orders"
    )
    return f"{number:,} {noun} left out, {told}: targets that {join} count apart"
