"""How a published table is to be read: the section `[reconcile]` of a mapping file, in TOML.

    [reconcile]
    period = "year"                                 # the column; or first_day = "From" and last_day = "To", both included
    jurisdiction = "government_iso2_code"           # likewise authority, platform, basis; `country` says jurisdiction too
    measures = { count_processed = "orders", count_repos_affected = false }
    add_over = ["type"]                             # rows that differ in these alone are added up

Instead of `measures`, `measure` and `value` name the two columns of a long table, and `[reconcile.names]` says which text
in the one is which measure. A column of `measures` may say more than its measure: `"2021" = { measure = "orders", period =
"2021", jurisdiction = "IN" }`; `false` says that the ledger does not count it. `constants` holds for every row. `apart`
names columns that tell apart what the ledger does not: their rows are not compared, their totals are. `where` names
the rows that are read, `total_columns` the columns that others add up to, `jurisdictions` what a total over countries is
a total of. `[reconcile.values.authority]` and so on give the ledger's spelling of what the table writes, or `false` where
the ledger has no such thing. How the file is written is said in `[table]` and `[numbers]`, and which rows are left out in
`[rows]` `leave_out`, as for an import; the other sections of the file are of no account here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, NamedTuple

from ledger.errors import Refused
from ledger.exchange.tables.countries import country_code
from ledger.exchange.tables.leaving_out import Rule, read_rules
from ledger.exchange.tables.mapping import TOTALS
from ledger.exchange.tables.numbers import check_marks
from ledger.exchange.tables.table import folded
from ledger.exchange.toml import read_toml
from ledger.reports.reconciling.claims import WAYS, Sum

Word = str | None
# What may be said of a whole table or of one of its columns.
_SAID: Final = ("period", *WAYS)
_COUNTRY: Final = "country"
_TEXTS: Final = ("period", "first_day", "last_day", "measure", "value", _COUNTRY, *WAYS)
_LISTS: Final = ("apart", "add_over", "jurisdictions")
_TABLES: Final = ("measures", "names", "values", "constants", "where", "total_columns")


class Column(NamedTuple):
    """What the figures of a column are: the measure, None if the ledger has none, and what else is said of them."""

    measure: Word
    said: Mapping[str, str]


class TableMap(NamedTuple):
    """Which column is what, by the columns' names; see the module."""

    period: str = ""
    days: tuple[str, str] | None = None
    keys: Mapping[str, str] = {}
    measure: str = ""
    value: str = ""
    measures: Mapping[str, Column] = {}
    names: Mapping[str, Word] = {}
    values: Mapping[str, Mapping[str, Word]] = {}
    constants: Mapping[str, str] = {}
    where: Mapping[str, str] = {}
    apart: tuple[str, ...] = ()
    add_over: tuple[str, ...] = ()
    sums: tuple[Sum, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    header: tuple[str, ...] | None = None
    totals: frozenset[str] = frozenset(TOTALS)
    not_totals: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    thousands: str = ","
    decimal: str = "."
    left_out: tuple[Rule, ...] = ()
    # Whether the column of categories holds keywords below them too, as the DSA's template has it.
    nested: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that it reads."""
        named = [self.period, *(self.days or ()), *self.keys.values(), self.measure, self.value, *self.measures]
        named += [*self.where, *self.apart, *self.add_over, *(rule.column for rule in self.left_out)]
        named += [name for sum_ in self.sums for name in (sum_.whole, *sum_.parts)]
        return tuple(dict.fromkeys(name for name in named if name))


def read_table_map(path: Path) -> TableMap:
    """Return what a mapping file says of a published table; raises `Refused` with the name of what it says wrong."""
    tables = read_toml(path)
    found = tables.get("reconcile")
    if not isinstance(found, dict):
        raise Refused(f"{path}: has no section [reconcile]: it says which columns are the period and the measures")
    try:
        return _written(
            _table_map(found),
            _table("[table]", tables.get("table", {})),
            _table("[numbers]", tables.get("numbers", {})),
            _table("[rows]", tables.get("rows", {})),
        )
    except Refused as error:
        raise Refused(f"{path}: [reconcile]: {error}") from error


def _table_map(said: Mapping[str, Any]) -> TableMap:
    known = (*_TEXTS, *_LISTS, *_TABLES)
    for name in said:
        if name not in known:
            raise _unknown(name, known)
    texts = {name: _text(name, said[name]) for name in _TEXTS if name in said}
    lists = {name: _list(name, said[name]) for name in _LISTS if name in said}
    tables = {name: _table(name, said[name]) for name in _TABLES if name in said}
    if _COUNTRY in texts and "jurisdiction" in texts:
        raise Refused("country: is the jurisdiction that gave the order: say one of the two")
    keys: dict[str, str] = {way: texts[way] for way in WAYS if way in texts}
    if _COUNTRY in texts:
        keys["jurisdiction"] = texts[_COUNTRY]
    if ("first_day" in texts) != ("last_day" in texts):
        raise Refused("first_day, last_day: one is no period without the other")
    constants = _said("constants", tables.get("constants", {}))
    found = TableMap(
        texts.get("period", ""),
        (texts["first_day"], texts["last_day"]) if "first_day" in texts else None,
        keys,
        texts.get("measure", ""),
        texts.get("value", ""),
        {name: _column(name, value) for name, value in tables.get("measures", {}).items()},
        {name: _word(f"names.{name}", value) for name, value in tables.get("names", {}).items()},
        _values(tables.get("values", {})),
        constants,
        {name: _text(f"where.{name}", value, empty=True) for name, value in tables.get("where", {}).items()},
        tuple(lists.get("apart", ())),
        tuple(lists.get("add_over", ())),
        tuple(
            Sum(name, tuple(_list(f"total_columns.{name}", value)))
            for name, value in tables.get("total_columns", {}).items()
        ),
        tuple(country_code(name) for name in lists.get("jurisdictions", ())),
    )
    _check(found)
    return found


def _written(
    found: TableMap, table: Mapping[str, Any], numbers: Mapping[str, Any], rows: Mapping[str, Any]
) -> TableMap:
    """Return a mapping with how the file is written; what else these sections say is of the import."""
    texts = {name: _text(f"[table] {name}", table[name]) for name in ("encoding", "delimiter") if name in table}
    marks = {
        name: _text(f"[numbers] {name}", numbers[name], empty=True)
        for name in ("thousands", "decimal")
        if name in numbers
    }
    found = found._replace(
        encoding=texts.get("encoding"),
        delimiter=texts.get("delimiter"),
        thousands=marks.get("thousands", found.thousands),
        decimal=marks.get("decimal", found.decimal),
        left_out=read_rules(rows.get("leave_out", [])),
    )
    check_marks(found.thousands, found.decimal)
    line = table.get("header_line")
    if line is not None and (isinstance(line, bool) or not isinstance(line, int) or line < 1):
        raise Refused("[table] header_line: is the number of a line, from 1")
    if line is not None and "header" in table:
        raise Refused("[table] header: either the table has one, in header_line, or it is given")
    if "header" in table:
        found = found._replace(header=tuple(_list("[table] header", table["header"])))
    if "totals" in table:
        found = found._replace(totals=frozenset(map(folded, _list("[table] totals", table["totals"]))))
    if "not_totals" in table:
        found = found._replace(not_totals=frozenset(map(folded, _list("[table] not_totals", table["not_totals"]))))
    if "empty" in table:
        found = found._replace(empty=frozenset(map(folded, _list("[table] empty", table["empty"]))))
    return found._replace(header_line=line)


def _check(found: TableMap) -> None:
    if bool(found.measures) == bool(found.value):
        raise Refused("say which columns are which `measures`, or which are the `measure` and the `value`")
    if found.value and not found.measure:
        raise Refused("measure: say which column names the measure of each value, or say `measures`")
    if found.period and found.days:
        raise Refused("period: is said twice: by a column, and by its first and last day")
    anywhere = found.period or found.days or "period" in found.constants
    counted = [column for column in found.measures.values() if column.measure is not None]
    if not anywhere and not (counted and all("period" in column.said for column in counted)):
        raise Refused('period: say which column it is, or constants = { period = "2021" }')


def _column(name: str, value: Any) -> Column:
    where = f"measures.{name}"
    if not isinstance(value, dict):
        return Column(_word(where, value), {})
    rest = dict(value)
    measure = _word(f"{where}.measure", rest.pop("measure", None))
    return Column(measure, _said(where, rest))


def _said(where: str, table: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for said, value in table.items():
        name = "jurisdiction" if said == _COUNTRY else said
        if name not in _SAID:
            raise _unknown(f"{where}.{said}", _SAID)
        found[name] = (
            str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(f"{where}.{said}", value)
        )
    return found


def _values(table: Mapping[str, Any]) -> dict[str, dict[str, Word]]:
    found: dict[str, dict[str, Word]] = {}
    for name, values in table.items():
        way = "jurisdiction" if name == _COUNTRY else name
        if way not in WAYS:
            raise _unknown(f"values.{name}", (_COUNTRY, *WAYS))
        found[way] = {
            text: _word(f"values.{name}.{text}", word) for text, word in _table(f"values.{name}", values).items()
        }
    return found


def _word(where: str, value: Any) -> Word:
    """Return a text, or None for `false`."""
    return None if value is False else _text(where, value)


def _text(where: str, value: Any, *, empty: bool = False) -> str:
    if not isinstance(value, str) or not (value.strip() or value == "\t" or empty):
        raise Refused(f"{where}: must be a text, not {value!r}")
    return value


def _list(where: str, value: Any) -> list[str]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list):
        raise Refused(f"{where}: must be a list of texts")
    return [_text(where, item, empty=where == "[table] empty") for item in items]


def _table(where: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Refused(f"{where}: must be a table, not {value!r}")
    return value


def _unknown(name: str, known: Iterable[str]) -> Refused:
    near = get_close_matches(name.rpartition(".")[2], [*known], n=1)
    return Refused(
        f"{name}: is not known here: " + (f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}")
    )
