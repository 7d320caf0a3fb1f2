"""The mapping of a table to entries, as a TOML file (written down for its users in docs/import.md).

`schema = "ledger-mapping/1"`; `[table]` how the file is read; `[numbers]` and `[dates]` what holds for all of them;
`[rows]` what a row is; `[[order]]` with `[[order.response]]` and `[[order.follow-up]]`, or `[[response]]` and
`[[follow-up]]` alone: what is made of a row. Under these stand the fields of the ledger's own entries (`fields`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from ledger.errors import Refused
from ledger.exchange.tables.fields import Field, check_keys, check_text, check_texts, read_field
from ledger.exchange.tables.leaving_out import Rule, read_rules
from ledger.exchange.tables.numbers import EMPTY, check_marks
from ledger.exchange.tables.table import folded
from ledger.model.moments import read_moment

SCHEMA: Final = "ledger-mapping/1"
# What stands in a row that sums others, in several languages; without case, and with or without a colon.
TOTALS: Final = (
    "total", "totals", "grand total", "grand totals", "year total", "annual total", "subtotal", "sub-total", "sub total", "overall total", "sum", "sums", "gesamt", "insgesamt", "summe",
    "gesamtsumme", "zusammen", "total général", "totaux", "somme", "totale", "totali", "suma", "totales", "soma", "totaal", "razem",
    "итого", "всего", "कुल", "合計", "总计", "합계", "toplam",
)  # fmt: skip
_FACTS: Final = ("response", "follow-up")
# What the first order of a row does not share with the others: what it counts, and what followed.
_OF_EACH: Final = ("id", "stands_for", "specified", "specified_of", "targets", "relates_to", "relation", *_FACTS)


def _with_colons(words: Iterable[str]) -> frozenset[str]:
    """Return words as they are compared, also with a colon behind them."""
    return frozenset(folded(word).rstrip(" :") + end for word in words for end in ("", ":", " :"))


class EntryMap(NamedTuple):
    """How one entry is made of a row, and the responses and follow-ups to it of the same row."""

    kind: str
    fields: tuple[Field, ...]
    facts: tuple[EntryMap, ...] = ()

    def field(self, name: str) -> Field | None:
        """Return what is said about a field; None if nothing is."""
        return next((field for field in self.fields if field.name == name), None)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that its own fields are made of."""
        return tuple(name for field in self.fields for name in field.columns)


class TableMapping(NamedTuple):
    """A whole mapping. `orders` are made of each row (or each group of rows), else `facts` about orders that are known."""

    path: str
    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    header: tuple[str, ...] | None = None
    totals: frozenset[str] = _with_colons(TOTALS)
    not_totals: frozenset[str] = frozenset()
    empty: frozenset[str] = EMPTY
    ignore: frozenset[str] = frozenset()
    thousands: str = ","
    decimal: str = "."
    published: str | None = None
    each: str = "order"
    group_by: tuple[str, ...] = ()
    left_out: tuple[Rule, ...] = ()
    orders: tuple[EntryMap, ...] = ()
    facts: tuple[EntryMap, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the table must have."""
        made = [name for entry in self.entries() for name in entry.columns]
        return tuple(dict.fromkeys([*self.group_by, *made, *(rule.column for rule in self.left_out)]))

    def entries(self) -> Iterator[EntryMap]:
        """Give all entries that are made of a row."""
        for order in self.orders:
            yield order
            yield from order.facts
        yield from self.facts


def columns_of_fields(mapping: TableMapping) -> dict[str, dict[str, str]]:
    """Return, by kind of entry, the column of each field that is made of one column, the same in all entries."""
    found: dict[str, dict[str, set[str]]] = {}
    for entry in mapping.entries():
        for field in entry.fields:
            found.setdefault(entry.kind, {}).setdefault(field.name, set()).add(", ".join(field.columns))
            if len(field.columns) != 1:
                found[entry.kind][field.name].add("")
    return {
        kind: {name: next(iter(columns)) for name, columns in fields.items() if len(columns) == 1 and "" not in columns}
        for kind, fields in found.items()
    }


def read_mapping(path: Path) -> TableMapping:
    """Read a mapping file; raises `Refused` with what is wrong, and for what is still to be filled in."""
    from ledger.exchange.toml import read_toml

    raw = read_toml(path)
    try:
        return parse_mapping(raw, str(path))
    except Refused as error:
        raise Refused(f"{path}: {error}") from None


def parse_mapping(raw: Mapping[str, Any], path: str = "") -> TableMapping:
    """Read a mapping from the tables of its TOML; raises `Refused`."""
    if raw.get("schema") != SCHEMA:
        raise Refused(f'is no mapping: it begins with schema = "{SCHEMA}"')
    check_keys(raw, ("schema", "table", "numbers", "dates", "rows", "order", "reconcile", *_FACTS), "at the top")
    dates = _section(raw, "dates", ("format", "zone", "published"))
    mapping = _read_table(
        TableMapping(path),
        _section(
            raw, "table", ("encoding", "delimiter", "header_line", "header", "totals", "not_totals", "empty", "ignore")
        ),
    )
    mapping = _read_numbers(mapping, _section(raw, "numbers", ("thousands", "decimal")))
    mapping = _read_rows(mapping, _section(raw, "rows", ("each", "group_by", "leave_out")))
    if "published" in dates:
        mapping = mapping._replace(published=_day(dates["published"]))
    orders = tuple(_entry("order", item, where, dates) for where, item in _with_first(list(_tables(raw, "order", ""))))
    facts = tuple(_entry(kind, item, where, dates) for kind in _FACTS for where, item in _tables(raw, kind, ""))
    if bool(orders) == bool(facts):
        raise Refused(
            "say what a row is: [[order]], or [[response]] and [[follow-up]] for orders that the ledger holds"
        )
    mapping = mapping._replace(orders=orders, facts=facts)
    _check(mapping)
    return mapping


def _section(raw: Mapping[str, Any], name: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    found = raw.get(name, {})
    if not isinstance(found, dict):
        raise Refused(f"{name}: is a table of settings: write [{name}]")
    check_keys(found, known, f"[{name}]")
    return found


def _tables(raw: Mapping[str, Any], name: str, above: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    found = raw.get(name, [])
    items = found if isinstance(found, list) else [found]
    for number, item in enumerate(items, 1):
        where = f"{above}[[{name}]]" + (f" {number}" if len(items) > 1 else "")
        if not isinstance(item, dict):
            raise Refused(f"{where}: must be a table of fields")
        yield where, item


def _with_first(tables: list[tuple[str, Mapping[str, Any]]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the tables of the orders of a row; the second and later ones say only what is other than in the first."""
    for number, (where, item) in enumerate(tables):
        if not number:
            yield where, item
            continue
        common = {name: value for name, value in tables[0][1].items() if name not in _OF_EACH}
        yield where, common | dict(item)


def _read_table(mapping: TableMapping, said: Mapping[str, Any]) -> TableMapping:
    changes: dict[str, Any] = {}
    for name, value in said.items():
        where = f"[table], {name}"
        if name == "header_line":
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise Refused(f"{where}: the number of a line is needed, from 1")
            changes[name] = value
        elif name == "header":
            changes[name] = tuple(check_text(column, where) for column in check_texts(value, where))
        elif name == "totals":
            changes[name] = _with_colons(check_texts(value, where))
        elif name in ("not_totals", "empty", "ignore"):
            changes[name] = frozenset(map(folded, check_texts(value, where)))
        else:
            changes[name] = value if value == "\t" else check_text(value, where)
    if "header" in changes and "header_line" in changes:
        raise Refused("[table], header: either the table has one, in header_line, or it is given")
    return mapping._replace(**changes)


def _read_numbers(mapping: TableMapping, said: Mapping[str, Any]) -> TableMapping:
    for name in said:
        if said[name] != "":
            check_text(said[name], f"[numbers], {name}")
    mapping = mapping._replace(**said)
    try:
        check_marks(mapping.thousands, mapping.decimal)
    except Refused as error:
        raise Refused(f"[numbers], {error}") from None
    return mapping


def _read_rows(mapping: TableMapping, said: Mapping[str, Any]) -> TableMapping:
    each = said.get("each", "order")
    if each not in ("order", "target"):
        raise Refused(f'[rows], each: {each!r} is not known: a row is one "order" or one "target"')
    group_by = tuple(
        check_text(name, "[rows], group_by") for name in check_texts(said.get("group_by", []), "[rows], group_by")
    )
    if (each == "target") != bool(group_by):
        raise Refused(
            '[rows], group_by: with each = "target", and only then, name the columns that make rows one order'
        )
    return mapping._replace(each=each, group_by=group_by, left_out=read_rules(said.get("leave_out", [])))


def _entry(kind: str, said: Mapping[str, Any], where: str, dates: Mapping[str, Any]) -> EntryMap:
    facts: list[EntryMap] = []
    fields: list[Field] = []
    for name, value in said.items():
        if kind == "order" and name in _FACTS:
            facts += [_entry(name, item, place, dates) for place, item in _tables(said, name, f"{where} ")]
        else:
            fields.append(read_field(kind, name, value, where, dates))
    entry = EntryMap(kind, tuple(fields), tuple(facts))
    for field in fields:
        kept = entry.field("at_kind")
        if any(form.coarse for form in field.forms) and (kept is None or kept.constant != "observed-by"):
            raise Refused(
                f"{field.where}: a year or a month alone says what was seen by its last day: "
                f'write at_kind = "observed-by" in {where}'
            )
    return entry


def _day(value: Any) -> str:
    text = str(value)
    moment = read_moment(text, "UTC")
    if moment.at is not None:
        raise Refused(f"[dates], published: {text} is no day")
    return text


def _check(mapping: TableMapping) -> None:
    """Hold what is made of a row against what a row is."""
    for entry in mapping.facts:
        if entry.field("order") is None:
            raise Refused(f'[[{entry.kind}]]: say which order it is about, such as order = {{column = "Order"}}')
    for order in mapping.orders:
        if any(fact.field("order") for fact in order.facts):
            raise Refused("[[order]]: the responses under an order are about it: leave out their order")
    if mapping.each != "target":
        return
    targets = mapping.orders[0].field("targets") if len(mapping.orders) == 1 else None
    if targets is None or not targets.columns:
        raise Refused(
            '[rows], each: with "target" there is one [[order]], and its targets say which column names the target'
        )
    for fact in mapping.orders[0].facts:
        for name in ("count", "so_far"):
            if (field := fact.field(name)) and field.columns:
                raise Refused(f"{field.where}: a row is one target, and has no amount")
