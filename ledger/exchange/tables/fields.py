"""What a mapping says about one field of an entry: a constant, or what is made of the cells of a row.

`field = VALUE` is a constant, the same for every row. `field = {…}` takes it from the row, with one of
`column = "NAME"`, `template = "req-{NAME}-{NAME}"`; and, as the field needs it:
`values = {"CELL" = VALUE}` (every other cell is refused), `empty = VALUE` (where the cell says nothing), `format` and
`zone` (dates), `share_of = "NAME"` and `part = "brackets"` (amounts), `split = ";"` (lists).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from ledger.errors import Refused
from ledger.exchange.tables.dates import DateForm, date_form
from ledger.exchange.tables.table import folded
from ledger.model.entries import QUANTITIES, date_fields, fields_of, type_of
from ledger.model.moments import zone_info

_KEYS: Final = ("column", "template", "values", "empty", "format", "zone", "share_of", "part", "split")
# What no cell of a table can be.
_NOT_MAPPED: Final = ("documents", "set", "of", "void")
# The moments at which something was: of these alone it can be said that it was so by the end of a period.
_MOMENTS: Final = ("received", "issued", "at")


class Field(NamedTuple):
    """One field of an entry: its name, where it stands in the mapping, what kind of value it has, how it is made."""

    name: str
    where: str
    kind: str
    constant: Any = None
    column: str = ""
    template: str = ""
    values: Mapping[str, Any] | None = None
    spellings: tuple[str, ...] = ()
    empty: Any = None
    forms: tuple[DateForm, ...] = ()
    zone: str | None = None
    share_of: str = ""
    brackets: bool = False
    split: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that it is made of."""
        names = [self.column, self.share_of, *template_columns(self.template)]
        return tuple(name for name in names if name)


def template_columns(template: str) -> list[str]:
    """Return the names that stand in braces in a template."""
    return re.findall(r"\{([^{}]+)\}", template)


def check_keys(table: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Refuse a key that is not known, naming the nearest one."""
    names = tuple(known)
    for key in table:
        if key not in names:
            near = get_close_matches(key, names, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(names)}"
            raise Refused(f"{where}: {key!r} is not known there: {hint}")


def check_text(value: Any, where: str) -> str:
    """Return a text that is not empty; raises `Refused` for anything else, and for what is still to be filled in."""
    if not isinstance(value, str) or not value.strip():
        raise Refused(f"{where}: a text is needed")
    if value.strip().casefold().startswith("fill in"):
        raise Refused(f"{where}: is still to be filled in ({value.strip()})")
    return value


def check_texts(value: Any, where: str) -> list[str]:
    """Return a list of texts, of one where it is a text by itself; raises `Refused` for anything else."""
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in items):
        raise Refused(f"{where}: a list of texts is needed")
    return items


def read_field(kind: str, name: str, value: Any, where: str, dates: Mapping[str, Any]) -> Field:
    """Read what a mapping says about a field of a kind of entry; `dates` are the settings for all dates."""
    known = [field for field in fields_of(kind) if field not in _NOT_MAPPED]
    check_keys({name: value}, known, where)
    where = f"{where}, {name}"
    sort = _sort(kind, name)
    if not isinstance(value, dict):
        return Field(name, where, sort, _constant(value, where))
    check_keys(value, _KEYS, where)
    field = _source(Field(name, where, sort), value)
    if "values" in value:
        table = value["values"]
        if not isinstance(table, dict) or not table:
            raise Refused(f'{where}, values: a table is needed, such as {{"Complied" = "withheld"}}')
        field = field._replace(
            spellings=tuple(table),
            values={folded(cell): _constant(said, f"{where}, values") for cell, said in table.items()},
        )
    if "empty" in value:
        field = field._replace(empty=_constant(value["empty"], f"{where}, empty"))
    if sort == "date":
        field = _dates(field, value, dates)
    elif "format" in value or "zone" in value:
        raise Refused(f"{where}: has a format or zone, but is no date")
    return _rest(field, value)


def _sort(kind: str, name: str) -> str:
    """Return what kind of value a field has."""
    if name in QUANTITIES:
        return "amount"
    if name in date_fields(kind):
        return "date"
    special = {"jurisdiction": "country", "countries": "countries", "stands_for": "number", "territorial_scope": "list"}
    return special.get(name) or type_of(name)


def _constant(value: Any, where: str) -> Any:
    """Return a constant as an entry holds it: TOML's own dates as text."""
    if isinstance(value, list):
        return [_constant(item, where) for item in value]
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, float | dict | dt.time):
        raise Refused(
            f"{where}: {value!r} is no value of a field: write a text, a whole number, true or false, a date, a list"
        )
    return check_text(value, where) if isinstance(value, str) else value


def _source(field: Field, value: Mapping[str, Any]) -> Field:
    if ("column" in value) == ("template" in value):
        raise Refused(f"{field.where}: say where it comes from, either column or template")
    if "column" in value:
        return field._replace(column=check_text(value["column"], f"{field.where}, column"))
    template = check_text(value["template"], f"{field.where}, template")
    if not template_columns(template) or re.sub(r"\{[^{}]+\}", "", template).strip("{}") != re.sub(
        r"\{[^{}]+\}", "", template
    ):
        raise Refused(f"{field.where}, template: {template!r} names no column in braces, such as req-{{Number}}")
    if field.kind not in ("text", "list"):
        raise Refused(f"{field.where}: is no text, so no template makes it: say its column")
    return field._replace(template=template)


def _dates(field: Field, value: Mapping[str, Any], dates: Mapping[str, Any]) -> Field:
    where = field.where
    said = value.get("format", dates.get("format"))
    if said is None:
        if field.values is None:
            raise Refused(f'{where}: say how its dates are written, such as format = "DD.MM.YYYY" or "ISO"')
        return field
    texts = said if isinstance(said, list) else [said]
    forms = []
    for text in texts:
        try:
            forms.append(date_form(check_text(text, f"{where}, format")))
        except Refused as error:
            raise error if where in str(error) else Refused(f"{where}, format: {error}") from None
    zone = value.get("zone", dates.get("zone"))
    if zone is not None:
        zone_info(check_text(zone, f"{where}, zone"))
    elif any(form.needs_zone for form in forms):
        raise Refused(f'{where}: its clock times have no zone: say one, such as zone = "Asia/Kolkata"')
    if any(form.coarse for form in forms) and field.name not in _MOMENTS:
        raise Refused(f"{where}: a year or a month alone is no day: {field.name} needs one")
    return field._replace(forms=tuple(forms), zone=zone)


def _rest(field: Field, value: Mapping[str, Any]) -> Field:
    where = field.where
    if "share_of" in value or "part" in value:
        if field.kind != "amount" or not field.column:
            raise Refused(f"{where}: share_of and part are for amounts that come from a column")
        if "share_of" in value:
            field = field._replace(share_of=check_text(value["share_of"], f"{where}, share_of"))
        if "part" in value:
            if value["part"] != "brackets":
                raise Refused(f'{where}, part: {value["part"]!r} is not known: say "brackets", or leave it out')
            field = field._replace(brackets=True)
    if "split" in value:
        if field.kind not in ("list", "countries"):
            raise Refused(f"{where}: holds one value, so there is nothing to split")
        split = value["split"]
        if not isinstance(split, str) or not split:
            raise Refused(f'{where}, split: a text is needed, such as ";"')
        field = field._replace(split=split)
    return field
