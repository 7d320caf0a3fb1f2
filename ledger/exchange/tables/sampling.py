"""A mapping proposed from the header and the first rows of a table: what is unsure is left to be filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import islice
from typing import IO, Final, NamedTuple

from ledger.errors import Refused
from ledger.exchange.tables.countries import country_code
from ledger.exchange.tables.dates import date_form, read_date
from ledger.exchange.tables.mapping import SCHEMA, TOTALS
from ledger.exchange.tables.numbers import NOT_STATED, read_amount
from ledger.exchange.tables.table import Table, open_table
from ledger.exchange.tables.total_words import TOTAL, TotalWords

_ROWS: Final = 1_000
# What a header says, by the words in it; the first field that fits takes the column.
_WORDS: Final = (
    ("at", r"(date|time) of (action|response|decision)|respon|action(ed)? (date|at|on)|closed|resolved|completed"),
    ("due", r"\b(due|deadline)\b"),
    ("issued", r"\bissued\b(?! by)|order date|date of (the )?order"),
    ("received", r"receiv(ed|ing)? ?(date|at|on)|date.*receiv|\b(date|year|month|period|received)\b"),
    ("targets", r"\b(targets?|urls?|links?|handles?|accounts?|user ?names?|profiles?)\b"),
    ("id", r"^id$|\b(order|request|notice|case|ticket) ?(id|no\.?|nr\.?|number|#)|^(no\.?|nr\.?|number|order|request)$"),
    ("reference", r"\b(ref|reference|file no)\b"),
    ("jurisdiction", r"\biso\b|\biso2\b|country code|\b(country|jurisdiction)\b|\bgovernment\b"),
    ("authority", r"\b(authority|agency|ministry|government|sender|requester|requestor|court|issuer|issued by)\b"),
    ("platform", r"\b(platform|product)\b"),
    ("service", r"\bservice\b"),
    ("action", r"\b(action|outcome|status|result|decision|complied|compliance)\b"),
    ("basis", r"\b(basis|law|section|type|legal|statute|provision)\b"),
    ("stands_for", r"\b(requests?|orders?|notices?|received|processed)\b"),
    ("specified", r"\b(count|amount|items|specified|accounts?|urls?|number)\b"),
    ("note", r"\b(notes?|remarks?|comments?)\b"),
)  # fmt: skip
_AMOUNTS: Final = ("stands_for", "specified")
_DATES: Final = ("at", "due", "issued", "received")
_FORMS: Final = (
    "ISO", "YYYY", "YYYY-MM", "DD.MM.YYYY", "D.M.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "D/M/YYYY", "M/D/YYYY", "DD-MM-YYYY", "MM-DD-YYYY", "MM.DD.YYYY",
    "YYYY/MM/DD", "YYYYMMDD", "D MMM YYYY", "D MMMM YYYY", "MMM D, YYYY", "MMMM D, YYYY", "MMM YYYY", "MMMM YYYY", "MM/YYYY",
    "YYYY-MM-DD hh:mm", "YYYY-MM-DD hh:mm:ss", "YYYY-MM-DDThh:mm:ss", "DD.MM.YYYY hh:mm", "DD/MM/YYYY hh:mm", "MM/DD/YYYY hh:mm",
    "M/D/YYYY h:mm AM",
)  # fmt: skip
_COARSE: Final = ("YYYY", "YYYY-MM", "MMM YYYY", "MMMM YYYY", "MM/YYYY")
_MOST_VALUES: Final = 20


class _Column(NamedTuple):
    """A column: its name, what its first cells state."""

    name: str
    cells: list[str]


def propose_mapping(name: str, stream: IO[bytes]) -> str:
    """Return the TOML of a mapping that a table suggests, with `fill in` where it does not say; raises `Refused`."""
    table = open_table(name, stream, ragged=True)
    rows = list(islice(table.rows(), _ROWS))
    kind = TotalWords(TOTALS).kind
    totals = [row.line for row in rows if any(kind(cell) == TOTAL for cell in row.cells)]
    kept = [row.cells for row in rows if row.line not in totals and len(row.cells) == len(table.header)]
    columns = [
        _Column(header, [cell for cells in kept if (cell := cells[place].strip()).casefold() not in NOT_STATED])
        for place, header in enumerate(table.header)
    ]
    found = _fields(columns)
    lines = [
        f'schema = "{SCHEMA}"',
        "",
        f"# Proposed from {_quoted(name)}: {len(table.header)} columns, the first {len(rows):,} rows looked at.",
        '# Read every line; what says "fill in" is for you to say. docs/import.md has all that a mapping can say.',
    ]
    if totals:
        shown = ", ".join(str(line) for line in totals[:5])
        lines.append(
            f"# Lines that sum others are not taken as orders; here: {shown}{' …' if len(totals) > 5 else ''}."
        )
    lines += [f"# The file {note}." for note in table.notes]
    lines += _settings(table, columns, found)
    lines += _rows(columns, found)
    lines += _order(found)
    lines += _response(found)
    return "\n".join(lines) + "\n"


def _fields(columns: Sequence[_Column]) -> dict[str, _Column]:
    """Return which column each field is likely to come from."""
    found: dict[str, _Column] = {}
    # A code says which country more surely than a name, and the name may be all that is said of the authority.
    codes = [
        column
        for column in columns
        if column.cells and all(len(cell) == 2 and _is_country(cell) for cell in column.cells)
    ]
    if codes:
        found["jurisdiction"] = codes[0]
    for column in columns:
        if column in codes:
            continue
        words = " ".join(re.sub("[_/-]", " ", column.name).casefold().split())
        numeric = bool(column.cells) and all(map(_is_amount, column.cells))
        for field, pattern in _WORDS:
            if field in found or not re.search(pattern, words):
                continue
            if (field in _AMOUNTS) != numeric and not (numeric and field in ("id", *_DATES)):
                continue
            if field in _DATES and not _forms(column.cells):
                continue
            if field == "jurisdiction" and not all(map(_is_country, column.cells)):
                continue
            found[field] = column
            break
    return found


def _is_amount(cell: str) -> bool:
    for thousands, decimal in ((",", "."), (".", ","), (" ", ",")):
        try:
            read_amount(cell, thousands=thousands, decimal=decimal)
        except Refused:
            continue
        return True
    return False


def _is_country(cell: str) -> bool:
    try:
        return bool(country_code(cell))
    except Refused:
        return False


def _forms(cells: Sequence[str]) -> list[str]:
    """Return the forms that all cells fit."""
    return [form for form in _FORMS if cells and all(_fits(cell, form) for cell in cells)]


def _fits(cell: str, form: str) -> bool:
    try:
        return bool(read_date(cell, (date_form(form),), "UTC"))
    except Refused:
        return False


def _quoted(text: str) -> str:
    """Return a text as TOML writes it, what cannot be seen escaped."""
    plain = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in plain)


def _settings(table: Table, columns: Sequence[_Column], found: dict[str, _Column]) -> list[str]:
    taken = {column.name for column in found.values()}
    ignored = [column.name for column in columns if column.name not in taken and column.name]
    lines = ["", "[table]"]
    if said := next((note for note in table.notes if "is no UTF-8" in note), ""):
        lines.append('encoding = "windows-1252"' if "Windows-1252" in said else 'encoding = "latin-1"')
    if ignored:
        lines.append("# Nothing is made of these columns; without the # before it, this line says that it is meant:")
        lines.append(f"# ignore = [{', '.join(map(_quoted, ignored))}]")
    cells = [cell for field in _AMOUNTS if field in found for cell in found[field].cells]
    lines += ["", "[numbers]", *_marks(cells)]
    return lines


def _marks(cells: Sequence[str]) -> list[str]:
    """Return the marks of numbers, as far as the cells tell them."""
    marks = {mark for cell in cells for mark in re.findall(r"(?<=[0-9])[.,](?=[0-9]{3}(?![0-9]))", cell)}
    if marks == {"."}:
        both = '"fill in: . if 1.038 is a thousand and more, else ,"'
        return [f"thousands = {both}", 'decimal = "fill in: , if 1.038 is a thousand and more, else ."']
    return ['thousands = ","', 'decimal = "."']


def _rows(columns: Sequence[_Column], found: dict[str, _Column]) -> list[str]:
    lines = ["", "[rows]"]
    named = found.get("id")
    if "targets" not in found:
        return [*lines, 'each = "order"']
    if named is not None and len(set(named.cells)) == len(named.cells):
        return [*lines, 'each = "order"  # "target" if several rows are one order; then group_by says which']
    group = _quoted(named.name) if named else _quoted(f"fill in: what rows of one order share, of {_names(columns)}")
    return [
        *lines,
        'each = "target"  # "order" if each row is an order by itself; then without group_by',
        f"group_by = [{group}]",
    ]


def _names(columns: Sequence[_Column]) -> str:
    return ", ".join(column.name for column in columns if column.name)


def _order(found: dict[str, _Column]) -> list[str]:
    lines = ["", "[[order]]"]
    if named := found.get("id"):
        digits = any(cell.isdecimal() for cell in named.cells)
        of = f"template = {_quoted('order-{' + named.name + '}')}" if digits else f"column = {_quoted(named.name)}"
        lines.append(f"id = {{ {of} }}")
    else:
        lines.append("# id: none is given, so each is made of what its row says; a template of columns is steadier.")
    lines += [_taken("authority", found) or 'authority = "fill in: who sent the orders"']
    lines += [_taken("jurisdiction", found) or 'jurisdiction = "fill in: a country code such as IN, or a column"']
    lines += [_taken("platform", found) or 'platform = "fill in: the platform"']
    lines += [line for field in ("service", "reference", "basis", "note") if (line := _taken(field, found))]
    if "received" not in found and "issued" not in found:
        lines.append('received = "fill in: the day, or { column = …, format = … }"')
    coarse = False
    for field in ("issued", "received", "due"):
        if field in found:
            line, by_period = _date(field, found[field])
            lines.append(line)
            coarse = coarse or by_period
    if coarse:
        lines.append('at_kind = "observed-by"  # the last day of the year or month')
    lines += [line for field in ("stands_for", "specified", "targets") if (line := _taken(field, found))]
    if "specified" in found:
        lines.append('specified_of = "fill in: what is counted: account, post, url, hashtag, or another word"')
    return lines


def _taken(field: str, found: dict[str, _Column]) -> str:
    return f"{field} = {{ column = {_quoted(found[field].name)} }}" if field in found else ""


def _date(field: str, column: _Column) -> tuple[str, bool]:
    """Return the line of a date, and whether it names years or months alone."""
    forms = _forms(column.cells)
    # Strict forms are told apart from lenient ones by the longer text alone.
    exact = [form for form in forms if form not in ("D.M.YYYY", "D/M/YYYY", "M/D/YYYY") or not _strict(form, forms)]
    said = _quoted(exact[0] if len(exact) == 1 else "fill in: " + " or ".join(exact))
    zone = ', zone = "fill in: the zone of its clock times, such as Asia/Kolkata"' if "h" in exact[0] else ""
    first = f"  # such as {_quoted(column.cells[0])}"
    coarse = exact[0] in _COARSE
    return f"{field} = {{ column = {_quoted(column.name)}, format = {said}{zone} }}{first}", coarse


def _strict(form: str, forms: Sequence[str]) -> bool:
    return form.replace("D", "DD").replace("M", "MM") in forms


def _response(found: dict[str, _Column]) -> list[str]:
    column = found.get("action")
    if column is None:
        return []
    values = list(dict.fromkeys(column.cells))
    lines = ["", "[[order.response]]"]
    if len(values) > _MOST_VALUES:
        return [*lines, f'action = "fill in: {_quoted(column.name)[1:-1]} has more than {_MOST_VALUES} values"']
    table = ", ".join(
        f'{_quoted(value)} = "fill in: withheld, blocked, removed, refused, … or none"' for value in values
    )
    lines.append(f"action = {{ column = {_quoted(column.name)}, values = {{ {table} }} }}")
    if "at" in found:
        line, coarse = _date("at", found["at"])
        lines.append(line)
        if coarse:
            lines.append('at_kind = "observed-by"')
    else:
        lines.append('at = "fill in: the day, or { column = …, format = … }"')
    if "targets" not in found:
        lines.append("all = true")
    return lines
