"""Which orders an export is about, each folded as it stood at the end of the period."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from ledger.errors import Refused
from ledger.index.reading import Source, records
from ledger.model.corrections import corrected
from ledger.model.entries import FollowUp, Order, Response
from ledger.model.moments import read_moment
from ledger.model.postings import Fold, fold

# What orders are chosen by, each a column of the index.
FILTERS: Final = ("authority", "jurisdiction", "platform", "basis")

_ONE_WITH: Final = (
    "SELECT s.target, a.same FROM orders o CROSS JOIN statuses s ON s.place BETWEEN o.first_place AND o.last_place "
    "JOIN aliases a ON a.target = s.target WHERE o.order_no = ?"
)


class Hidden(NamedTuple):
    """What is left out of an export, and not named in the rest.

    `secret` are the numbers of confidential orders; `orders` are all that are left out, `ids` their ids: those that only
    repeat a confidential one are among them, and all that name one where lines are exported as they are. `entries` are those of aliases that would tell of one;
    `parted` are the groups of names that these aliases are of, each with how many they are.
    """

    secret: frozenset[int] = frozenset()
    orders: frozenset[int] = frozenset()
    ids: frozenset[str] = frozenset()
    entries: frozenset[int] = frozenset()
    parted: tuple[tuple[list[str], int], ...] = ()


class Selection(NamedTuple):
    """What an export is asked: days as ordinals, `end` exclusive, `begin` None for all that came before the end.

    `kind` is a kind of target or `all`; `speaker` whose statements alone are taken; `only` holds, for each filter that is
    used, the values that it lets pass; `hidden` is left out.
    """

    begin: int | None
    end: int
    kind: str = "all"
    speaker: str | None = None
    only: tuple[tuple[str, tuple[str, ...]], ...] = ()
    hidden: Hidden = Hidden()

    def counts(self, kind: str) -> bool:
        """Tell whether targets of a kind are part of the answer."""
        return self.kind in ("all", kind)


class Standing(NamedTuple):
    """An order as it stood at the end of the period: its id, its fold, whether it was received within the period.

    `one_with` holds, for targets that are said to be one with others, the first of their names.
    """

    id: str
    fold: Fold
    received: bool
    one_with: Mapping[str, str] = MappingProxyType({})


@contextmanager
def one_state(db: sqlite3.Connection) -> Iterator[None]:
    """Let all questions within be answered from one state of the index, whoever adds to it meanwhile."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        # Where the index is damaged, SQLite may have ended it by itself.
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")


def standings(source: Source, asked: Selection, *, earlier: bool = False) -> Iterator[Standing]:
    """Give the orders that were received in the period, by the day they count from; with `earlier`, those before it too.

    Raises `Damaged` where an entry does not stand where the index says.
    """
    begin = asked.begin or 0
    query, values = selected("exported.sql", asked._replace(begin=None) if earlier else asked)
    aliases = source.db.execute("SELECT 1 FROM aliases LIMIT 1").fetchone() is not None
    shown = _shown_names(source.db, asked.hidden) if aliases and asked.hidden.orders else None
    for order_no, order_id in source.db.execute(query, values):
        folded = _until(source, order_no, asked)
        if folded is not None:
            one_with = dict(source.db.execute(_ONE_WITH, (order_no,))) if aliases else {}
            if shown is not None:
                one_with = {name: shown[same] for name, same in one_with.items() if same in shown}
            yield Standing(order_id, folded, folded.moment.day >= begin, one_with)


def _shown_names(db: sqlite3.Connection, hidden: Hidden) -> dict[str, str]:
    """Return a name for each group of names of which several stand in orders that are shown: the first of these."""
    query = (
        "SELECT DISTINCT a.same, a.target FROM statuses s JOIN aliases a ON a.target = s.target "
        "WHERE s.order_no NOT IN (SELECT value FROM json_each(?)) ORDER BY a.target"
    )
    groups: dict[str, list[str]] = {}
    for same, target in db.execute(query, (_numbers(hidden.orders),)):
        groups.setdefault(same, []).append(target)
    return {same: names[0] for same, names in groups.items() if len(names) > 1}


def _numbers(numbers: frozenset[int]) -> str:
    return str(sorted(numbers))


def _until(source: Source, order_no: int, asked: Selection) -> Fold | None:
    """Fold what happened before the end: entries are folded by time, so later ones change nothing of it."""
    facts = corrected(records(source.db, source.read_line, order_no)).facts
    if not facts or facts[0][0] != order_no or not isinstance(facts[0][1], Order):
        return None
    kept = facts[:1]
    for seq, entry in facts[1:]:
        if not isinstance(entry, Response | FollowUp) or asked.speaker not in (None, entry.speaker):
            continue
        if read_moment(entry.at, source.zone).day < asked.end:
            kept.append((seq, entry))
    return fold(kept, source.zone)


def selected(name: str, asked: Selection) -> tuple[str, dict[str, Any]]:
    """Return a query of this folder for the orders that are asked for, and its values."""
    values: dict[str, Any] = {"begin": asked.begin or 0, "end": asked.end}
    query = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return query.format(filters=condition(asked, values)), values


def condition(asked: Selection, values: dict[str, Any], orders: str = "o") -> str:
    """Return the filters as a condition on the relation of orders; put what they compare with into the values."""
    found = ""
    for column, admitted in asked.only:
        names = [f"{column}_{place}" for place in range(len(admitted))]
        values |= dict(zip(names, admitted, strict=True))
        found += f"AND {orders}.{column} IN ({', '.join(f':{name}' for name in names)}) "
    if asked.hidden.orders:
        values["hidden"] = _numbers(asked.hidden.orders)
        found += f"AND {orders}.order_no NOT IN (SELECT value FROM json_each(:hidden)) "
    return found


def check_filters(db: sqlite3.Connection, asked: Selection) -> None:
    """Refuse a value that no order of the ledger has, naming the nearest."""
    for column, admitted in asked.only:
        held = [row[0] for row in db.execute(f"SELECT DISTINCT {column} FROM orders ORDER BY {column}")]
        for value in admitted:
            if value not in held:
                near = get_close_matches(value, held, n=1)
                hint = f": did you mean {near[0]!r}?" if near else ": `ledger orders` lists them"
                raise Refused(f"{column}: no order has {value!r}{hint}")


def related_outside(db: sqlite3.Connection, asked: Selection) -> int:
    """Return how many of the orders relate to one that is not among them."""
    values: dict[str, Any] = {"begin": asked.begin or 0, "end": asked.end}
    days = "{0}.day >= :begin AND {0}.day < :end"
    query = (
        f"SELECT COUNT(*) FROM orders o WHERE {days.format('o')} {condition(asked, values)} "
        f"AND o.relates_to IS NOT NULL AND NOT EXISTS "
        f"(SELECT 1 FROM orders r WHERE r.id = o.relates_to AND {days.format('r')} {condition(asked, values, 'r')})"
    )
    return int(db.execute(query, values).fetchone()[0])


def left_out(
    db: sqlite3.Connection, asked: Selection, *, earlier: bool = False, voided: bool = False
) -> tuple[int, int]:
    """Return how many orders are left out as confidential, and how many others for the sake of these.

    With `voided`, those are counted too that do not hold any more.
    """
    whole = asked._replace(hidden=Hidden(), begin=None if earlier else asked.begin)
    values: dict[str, Any] = {"begin": whole.begin or 0, "end": whole.end}
    query = f"SELECT o.order_no FROM orders o WHERE o.day >= :begin AND o.day < :end {condition(whole, values)}"
    if not voided:
        query += " AND o.duty <> 'void'"
    found = {row[0] for row in db.execute(query, values)} & asked.hidden.orders
    secret = len(found & asked.hidden.secret)
    return secret, len(found) - secret


def parting(db: sqlite3.Connection, asked: Selection) -> int:
    """Return how many aliases are left out without which targets of the orders count apart."""
    query, values = selected("exported_parts.sql", asked)
    return sum(
        number
        for names, number in asked.hidden.parted
        if db.execute(query, values | {"names": msgspec.json.encode(names).decode()}).fetchone()[0] > 1
    )


def counted(db: sqlite3.Connection, asked: Selection, *, earlier: bool = False) -> tuple[int, int]:
    """Return how many the orders are, and how many of them are confidential."""
    query, values = selected("exported.sql", asked._replace(begin=None) if earlier else asked)
    sums = (
        "SELECT COUNT(*), COALESCE(SUM(c.confidential), 0) FROM orders c "
        f"WHERE c.order_no IN (SELECT order_no FROM ({query}) AS chosen)"
    )
    orders, confidential = db.execute(sums, values).fetchone()
    return int(orders), int(confidential)
