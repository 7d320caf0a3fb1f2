"""What makes the value of a field out of the cells of a row: compiled once for a table, by the place of each column."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final, NamedTuple

from ledger.errors import Refused, quoted
from ledger.exchange.tables.countries import country_code
from ledger.exchange.tables.dates import read_date
from ledger.exchange.tables.fields import Field
from ledger.exchange.tables.mapping import TableMapping
from ledger.exchange.tables.numbers import Amount, read_amount
from ledger.exchange.tables.table import folded
from ledger.model.countries import WORLDWIDE
from ledger.model.quantities import parse_quantity

_LIKE_A_BLANK: Final = (" ", "\u00a0", "\u2007", "\u2009", "\u202f")

Cells = Sequence[str]
# Makes a value of the cells of a row, None where they state nothing; raises `Unfit`.
Make = Callable[[Cells], Any]

_FLAGS: Final = {
    "yes": True, "y": True, "true": True, "1": True, "ja": True, "oui": True,
    "no": False, "n": False, "false": False, "0": False, "nein": False, "non": False,
}  # fmt: skip


class Unfit(Refused):
    """A cell that cannot be what the mapping says: its column, what it holds, why."""

    def __init__(self, column: str, value: str, why: str) -> None:
        super().__init__(f"column {column!r}: {why}")
        self.column = column
        self.value = value

    @property
    def fault(self) -> Fault:
        """What is to be kept of it."""
        return Fault(self.column, self.value, str(self))


class Fault(NamedTuple):
    """What is kept of an `Unfit`: an error that is kept holds on to the rows that it came from."""

    column: str
    value: str
    said: str


class Columns:
    """The columns of one table: where each stands, by its name as it is compared."""

    def __init__(self, header: Sequence[str], mapping: TableMapping) -> None:
        self.header = tuple(header)
        self.mapping = mapping
        self._places: dict[str, list[int]] = {}
        for place, name in enumerate(header):
            self._places.setdefault(folded(name), []).append(place)
        for name in mapping.columns:
            self.place(name)
        fields = [field for entry in mapping.entries() for field in entry.fields if field.column]
        # A year or a month is no day that it could be named by.
        self._made = {
            self.place(field.column): maker(field, self)
            for kind in ("date", "country")
            for field in fields
            if field.kind == kind and not any(form.coarse for form in field.forms)
        }

    def told_by(self, place: int, cells: Cells) -> str:
        """Return a cell as it tells rows apart: of which a country or a day is made by that, any other as it stands there."""
        if (make := self._made.get(place)) is not None:
            # What it cannot be is said where the field is made.
            with suppress(Unfit):
                return str(make(cells) or cells[place].strip())
        return cells[place].strip()

    def place(self, name: str) -> int:
        """Return where a column stands, from 0; raises `Unfit` naming the nearest one if there is none, or two."""
        places = self._places.get(folded(name), [])
        if len(places) == 1:
            return places[0]
        if places:
            numbers = " and ".join(str(place + 1) for place in places)
            raise Unfit(name, "", f"stands twice in the header (columns {numbers}): give them names of their own")
        near = get_close_matches(folded(name), [known for known in self._places if known], n=1, cutoff=0.5)
        known = ", ".join(repr(column) for column in self.header if column)
        hint = f"did you mean {self.header[self._places[near[0]][0]]!r}?" if near else f"it has {known}"
        raise Unfit(name, "", f"is not in the header: {hint}")

    def unmapped(self) -> list[str]:
        """Return the names of the columns that nothing is made of, in their order; one without a name as its number."""
        used = {folded(name) for name in self.mapping.columns} | self.mapping.ignore
        return [
            repr(name) if name else f"column {place + 1} (without a name)"
            for place, name in enumerate(self.header)
            if folded(name) not in used
        ]


def maker(field: Field, columns: Columns) -> Make:
    """Compile a field into a function of the cells of a row."""
    if not field.columns:
        constant = field.constant
        return lambda _: constant
    if field.template:
        return _template(field, columns)
    place = columns.place(field.column)
    column = columns.header[place]
    nothing = columns.mapping.empty
    read = _READERS[field.kind](field, columns)
    values, empty = field.values, field.empty

    def make(cells: Cells) -> Any:
        cell = cells[place].strip()
        if values is not None:
            said = values.get(folded(cell))
            if said is not None:
                return said
        if cell.casefold() in nothing:
            return stated(empty, cell)
        if values is not None:
            raise Unfit(column, cell, _no_value(cell, field.spellings))
        try:
            found = read(cell, cells)
        except Unfit:
            raise
        except Refused as error:
            raise Unfit(column, cell, str(error)) from None
        return stated(empty, cell) if found is None else found

    def stated(value: Any, cell: str) -> Any:
        # Without it the row would stand for one order.
        if value is None and field.name in ("id", "order"):
            raise Unfit(column, cell, f"{field.name}: {quoted(cell)} names none")
        if value is None and field.kind == "number":
            raise Unfit(
                column,
                cell,
                f"{field.name}: {quoted(cell)} states no number: leave the row out, or say what it stands for",
            )
        return value

    return make


# A word that is not known stands in many rows.
@lru_cache(maxsize=1024)
def _no_value(cell: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(folded(cell), map(folded, known), n=1)
    same = next((name for name in known if near and folded(name) == near[0]), None)
    hint = f"did you mean {same!r}?" if same else f"it has {', '.join(map(repr, known))}"
    return f"{quoted(cell)} is not in the mapping's values: {hint}"


def _template(field: Field, columns: Columns) -> Make:
    parts = re.split(r"\{([^{}]+)\}", field.template)
    places = [columns.place(name) for name in parts[1::2]]
    between = parts[::2]
    nothing = columns.mapping.empty

    def make(cells: Cells) -> Any:
        found = [cells[place].strip() for place in places]
        empty = [cell.casefold() in nothing for cell in found]
        if all(empty) and field.name not in ("id", "order"):
            return field.empty
        if any(empty) and field.name in ("id", "order", "relates_to"):
            at = empty.index(True)
            column = columns.header[places[at]]
            raise Unfit(column, found[at], f"{quoted(found[at])} states nothing, and {field.name} is made of it")
        if field.name in ("id", "order", "relates_to"):
            found = [columns.told_by(place, cells) for place in places]
        text = "".join(map("".join, zip(between, [*found, ""], strict=True)))
        return [text] if field.kind == "list" else text

    return make


Reader = Callable[[str, Cells], Any]


def _text(field: Field, columns: Columns) -> Reader:  # noqa: ARG001 - every reader is made alike
    return lambda cell, _: cell


def _list(field: Field, columns: Columns) -> Reader:  # noqa: ARG001
    split = field.split
    if not split:
        return lambda cell, _: [cell]
    return lambda cell, _: [part for item in cell.split(split) if (part := item.strip())] or None


def _flag(field: Field, columns: Columns) -> Reader:  # noqa: ARG001
    def read(cell: str, _: Cells) -> bool:
        found = _FLAGS.get(cell.casefold())
        if found is None:
            raise Refused(f"{quoted(cell)} is neither yes nor no: say what it means under values")
        return found

    return read


def _country(field: Field, columns: Columns) -> Reader:  # noqa: ARG001
    return lambda cell, _: country_code(cell)


def _countries(field: Field, columns: Columns) -> Reader:
    several = _list(field, columns)

    def read(cell: str, cells: Cells) -> list[str] | None:
        found = several(cell, cells)
        return found and [WORLDWIDE if name.casefold() == WORLDWIDE else country_code(name) for name in found]

    return read


def _date(field: Field, columns: Columns) -> Reader:
    forms, zone, published = field.forms, field.zone, columns.mapping.published
    return lambda cell, _: read_date(cell, forms, zone, published)


def _amount(field: Field, columns: Columns) -> Reader:
    thousands, decimal = columns.mapping.thousands, columns.mapping.decimal
    base = columns.place(field.share_of) if field.share_of else None

    def read(cell: str, cells: Cells) -> Any:
        if cell.isascii() and cell.isdigit() and len(cell) <= 12 and base is None and not field.brackets:
            return int(cell)
        amount = read_amount(cell, thousands=thousands, decimal=decimal)
        if field.brackets:
            amount = read_amount(amount.brackets, thousands=thousands, decimal=decimal)
        if not amount.stated:
            return None
        if amount.share:
            if base is None:
                raise Refused(
                    f"{quoted(cell)} is a share, no amount: say in the mapping what it is a share of (share_of)"
                )
            return _share(cell, amount, cells[base].strip(), columns)
        if amount.n is None:
            raise Refused(f"{quoted(cell)} is no whole amount: if its marks are others, say them under [numbers]")
        if _bare(cell, amount, thousands, decimal):
            return amount.n
        return {"n": amount.n, "qualifier": amount.qualifier, "words": _words(cell, amount)}

    return read


def _bare(cell: str, amount: Amount, thousands: str, decimal: str) -> bool:
    """Tell whether a cell says a number and nothing more, so that how it is written is nothing to keep."""
    marks = {thousands, decimal, *(_LIKE_A_BLANK if thousands in _LIKE_A_BLANK else ())}
    return amount.qualifier == "exact" and all(char in marks or (char.isascii() and char.isdigit()) for char in cell)


def _words(cell: str, amount: Amount) -> str:
    """Return the words of an amount: the cell's own, unless the ledger would read another figure in them."""
    try:
        said = parse_quantity(cell)
    except Refused:
        return cell
    return cell if (said.n, said.qualifier) == (amount.n, amount.qualifier) else ""


def _share(cell: str, share: Amount, other: str, columns: Columns) -> dict[str, Any]:
    """Return the amount that a share of another cell is: never exact, for a share is rounded."""
    whole = read_amount(other, thousands=columns.mapping.thousands, decimal=columns.mapping.decimal)
    if whole.n is None or whole.qualifier != "exact" or share.value is None or share.value > 100:
        raise Refused(
            f"{quoted(cell)} is no share of {quoted(other)}: that must be a whole and exact amount, and it at most 100%"
        )
    n = int((whole.n * share.value / 100).to_integral_value())
    return {"n": n, "qualifier": "about" if whole.n else "exact", "words": f"{cell} of {other}"}


def _number(field: Field, columns: Columns) -> Reader:  # noqa: ARG001
    thousands, decimal = columns.mapping.thousands, columns.mapping.decimal

    def read(cell: str, _: Cells) -> int | None:
        amount = read_amount(cell, thousands=thousands, decimal=decimal)
        if amount.stated and (amount.n is None or amount.qualifier != "exact"):
            raise Refused(f"{quoted(cell)} is no number of orders: it must be whole and exact")
        return amount.n

    return read


_READERS: Final = {
    "text": _text,
    "list": _list,
    "flag": _flag,
    "country": _country,
    "countries": _countries,
    "date": _date,
    "amount": _amount,
    "number": _number,
    "record": _text,
}
