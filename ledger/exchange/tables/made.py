"""The entries that are made of one row, or of one group of rows: an order, what else it counts, what followed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, Final

from ledger.exchange.tables.cells import Cells, Columns, Fault, Make, Unfit, maker
from ledger.exchange.tables.mapping import EntryMap

Record = dict[str, Any]

# What a value table says where a row makes no such entry.
NONE: Final = "none"
_ACTS: Final = {"response": "action", "follow-up": "event"}
_AMOUNTS: Final = ("all", "count", "so_far")


def picker(places: Sequence[int]) -> Any:
    """Return a function that takes these cells of a row, as a tuple whatever their number."""
    if len(places) == 1:
        (place,) = places
        return lambda cells: (cells[place],)
    return itemgetter(*places) if places else lambda _: ()


class EntryMaker:
    """Makes one entry of the cells of a row."""

    def __init__(self, entry: EntryMap, columns: Columns, *, without: str = "") -> None:
        self.kind = entry.kind
        self._act = _ACTS.get(entry.kind, "")
        self._fields: list[tuple[str, Make]] = [
            (field.name, maker(field, columns)) for field in entry.fields if field.name != without
        ]
        self._constants: Record = {"kind": entry.kind}
        # An amount that a column gives: where it states none, there is no such entry.
        self._counted = [
            field.name
            for field in entry.fields
            if field.name in _AMOUNTS and field.columns and entry.kind == "response"
        ]
        # A column of days on which something happened: where it is empty it has not happened yet.
        dated = entry.field("at")
        acted = entry.field(self._act) if self._act else None
        self._awaited = bool(dated and dated.columns and acted and not acted.columns)
        self.names_targets = not any(entry.field(name) for name in (*_AMOUNTS, "targets"))
        own = [field for field in entry.fields if field.name != without]
        self.places = sorted({columns.place(name) for field in own for name in field.columns})
        self.pick = picker(self.places)

    def make(self, cells: Cells, problems: list[Fault]) -> Record | None:
        """Return the record; None where the row makes none. What is unfit is added to the problems."""
        record = dict(self._constants)
        before = len(problems)
        for name, make in self._fields:
            try:
                value = make(cells)
            except Unfit as error:
                problems.append(error.fault)
                continue
            if value is not None:
                record[name] = value
        if self._act and record.get(self._act, NONE) == NONE:
            return None
        if self._awaited and len(problems) == before and record.get("at") is None:
            return None
        if self._counted and not any(_some(record.get(name)) for name in (*_AMOUNTS, "targets")):
            return None
        return record


def _some(amount: Any) -> bool:
    """Tell whether an amount is one that can move: 0 of the targets of an order are none of them."""
    if isinstance(amount, dict):
        return bool(amount["n"]) or amount["qualifier"] != "exact"
    return bool(amount)


class RowMaker:
    """Makes all entries of a row in which an order stands: orders, each with what followed."""

    def __init__(self, orders: Iterable[EntryMap], columns: Columns) -> None:
        self._orders = [
            (EntryMaker(order, columns), [EntryMaker(fact, columns) for fact in order.facts]) for order in orders
        ]

    def make(self, cells: Cells, problems: list[Fault]) -> list[Record]:
        """Return the entries of a row; the first one has no id where the mapping gives none."""
        found: list[Record] = []
        for number, (order, facts) in enumerate(self._orders, 1):
            record = order.make(cells, problems)
            if record is None:
                continue
            if number > 1:
                # Another amount of the same orders: it must not count them again.
                record = {"relation": "follow-up", "stands_for": 0, "part": number} | record
            found.append(record)
            empty = "specified" in record and not _some(record["specified"]) and not record.get("targets")
            for fact in facts:
                made = fact.make(cells, problems)
                # What was done to all of nothing moves nothing.
                if made is not None and not (empty and made.get("all")):
                    found.append(made)
        return found


def name_orders(records: list[Record], first: str) -> None:
    """Give the orders of one row their ids, and everything else of the row the order that it is about."""
    current = first
    for record in records:
        if record["kind"] != "order":
            record["order"] = current
        elif "part" not in record:
            current = record["id"] = first
        else:
            part = record.pop("part")
            current = record.setdefault("id", f"{first}-{record.get('specified_of', part)}")
            record.setdefault("relates_to", first)
