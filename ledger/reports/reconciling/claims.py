"""What a published table claims: one figure each, with where it stands in the table and what it counts."""

from __future__ import annotations

from typing import Final, NamedTuple

from ledger.model.targets import platform_key
from ledger.reports.reconciling.bounds import Bounds
from ledger.reports.reconciling.named_measures import Measure

# The ways of telling orders apart that a table may have columns for, each a column of the ledger's own orders.
WAYS: Final = ("jurisdiction", "authority", "platform", "basis")

# What a claim measures that is a total over the measures of a long table.
ALL_MEASURES: Final = "all measures"

# What a row says that may be unreadable, beside the ways.
PERIOD: Final = "period"
MEASURE: Final = "measure"
VALUE: Final = "value"


class Span(NamedTuple):
    """A period: as the table writes it, the ordinal of its first day, and that of the day after its last.

    Both are 0 where it cannot be read.
    """

    label: str
    begin: int
    end: int

    @property
    def known(self) -> bool:
        """Tell whether it could be read."""
        return self.begin < self.end

    def within(self, whole: Span) -> bool:
        """Tell whether it lies in another one, or is that one."""
        return whole.begin <= self.begin and self.end <= whole.end


class Claim(NamedTuple):
    """One published figure.

    `lines` and `column` are where it stands (several lines where the mapping adds rows up). `period` is None for a total
    over the table's periods. `keys` are its values in the columns that the ledger has too, by way, as the ledger spells
    them; `apart` those in columns that only the table has, and keys that the ledger does not tell apart; in both None is
    a total over that column. `beyond` are keys of which the mapping says that the ledger has no such thing. `name` is the
    measure, as the ledger names it or else as the table does. `value` is None where the table states none; `why` says what
    keeps it from being compared, and is empty where nothing does. `unread` says what of it could not be read: `PERIOD`, a
    way (then the key is as the table writes it), `MEASURE`, `VALUE`; with any of these the value is None.
    """

    lines: tuple[int, ...]
    column: str
    period: Span | None
    keys: tuple[tuple[str, str | None], ...]
    apart: tuple[tuple[str, str | None], ...]
    beyond: tuple[tuple[str, str], ...]
    name: str
    measure: Measure | None
    text: str
    value: Bounds | None
    share: bool = False
    why: str = ""
    note: str = ""
    unread: tuple[str, ...] = ()

    @property
    def placed(self) -> bool:
        """Tell whether it could be read what it is a figure of."""
        return not self.unread or self.unread == (VALUE,)

    @property
    def key(self) -> tuple[tuple[str, str], ...]:
        """Return what tells its orders apart from others: the ways in which it is no total."""
        return tuple((way, value) for way, value in self.keys if value is not None)

    @property
    def alike(self) -> dict[str, str | None]:
        """Return its values in all columns by their names, as they are compared; None is a total over a column."""
        own = {way: None if value is None else compared(way, value) for way, value in self.keys}
        return own | {f"column {name}": None if value is None else folded(value) for name, value in self.apart}


def compared(way: str, value: str) -> str:
    """Return a value as it is compared: without case, with one blank between words, platforms by any of their names."""
    return folded(platform_key(value) if way == "platform" else value)


def folded(text: str) -> str:
    """Return a text without case, with one blank between words."""
    return " ".join(text.split()).casefold()


class Sum(NamedTuple):
    """Columns whose figures add up to that of another one, in each row: as the mapping says."""

    whole: str
    parts: tuple[str, ...]


class Published(NamedTuple):
    """A published table: its name, its claims in the order of its lines, its total columns, and what was not read.

    `jurisdictions` are those that its totals over countries are totals of; empty for all that there are. `unread_rows` is
    the number of rows of which a cell could not be read.
    """

    name: str
    claims: tuple[Claim, ...]
    sums: tuple[Sum, ...]
    jurisdictions: tuple[str, ...]
    notes: tuple[str, ...]
    unread_rows: int
