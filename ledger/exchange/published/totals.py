"""Published totals: tables of figures by period, country or authority, and measure, as claims to be held against the ledger.

The long form has the columns `period`, `measure`, `value` and, as it may be, `country` (or `jurisdiction`), `authority`,
`platform`, `basis`, or `key`: countries if more than half of its different cells are, else authorities. Any other table
needs a mapping, but for part 3 of the DSA's transparency reports, which is known by its header. A cell that is empty or
says `total` in one of these columns makes its row a total over that column.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import IO, Final

from ledger.errors import Refused
from ledger.exchange.published.claims import ClaimReader, added_over
from ledger.exchange.published.layout import Column, TableMap
from ledger.exchange.tables.countries import country_code
from ledger.exchange.tables.table import Row, Table, folded, open_table
from ledger.exchange.tables.total_words import TotalWords
from ledger.model.member_states import MEMBER_STATES
from ledger.reports.reconciling.claims import WAYS, Published, Sum

_LONG: Final = ("period", "measure", "value")
_CATEGORY: Final = "Category of illegal content"
_DSA: Final = TableMap(
    period="Reporting period",
    keys={"jurisdiction": "Scope"},
    measures={
        "Number of orders to act against illegal content received": Column("orders without repeats", {}),
        "Number of specific items of information included in the total number of orders to act against illegal content": Column(
            "targets specified", {}
        ),
        "Number of orders to provide information": Column("information orders", {}),
    },
    apart=(_CATEGORY,),
    jurisdictions=tuple(sorted(MEMBER_STATES)),
    nested=True,
)


def read_published(
    name: str, stream: IO[bytes], mapping: TableMap | None, kind: str, kinds: Collection[str] = ()
) -> Published:
    """Read a published table; `kind` is of the targets that its measures count where they say none.

    `kinds` are those that the ledger has beside the usual ones.

    A row of which a cell cannot be read is a claim that says so. Raises `Refused` with line and column for a file that is
    no table, or not one of published totals.
    """
    layout = mapping or TableMap()
    table = open_table(
        name,
        stream,
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        header_line=layout.header_line,
        header=layout.header,
    )
    header = tuple(map(folded, table.header))
    if mapping is None:
        layout = _known_layout(table, header)
    # A rule about a column that is not there leaves nothing out.
    layout = layout._replace(left_out=tuple(rule for rule in layout.left_out if folded(rule.column) in header))
    rows = [*table.rows()]
    notes = [*table.notes]
    if "key" in layout.keys:
        way = _way_of_key(layout, header, rows)
        if way in layout.keys:
            raise Refused(f"{name}: the columns key and {layout.keys[way]} both say the {way}: leave out one of them")
        keys = {known: column for known, column in layout.keys.items() if known != "key"}
        layout = layout._replace(keys=keys | {way: layout.keys["key"]})
        notes.append(f"the column key is read as the {way}")
    reader = ClaimReader(table, layout, kind, kinds)
    claims = list(reader.claims(rows))
    if not claims:
        raise Refused(f"{name}: states no figures: there is nothing to reconcile")
    used = {folded(column) for column in layout.columns}
    left = [repr(column) for column, known in zip(table.header, header, strict=True) if column and known not in used]
    notes += reader.notes()
    if mapping is None and layout.nested:
        notes.append("not read: the medians and the contextual information of the table")
    elif left:
        notes.append(f"not read: the columns {', '.join(left)}" if len(left) > 1 else f"not read: the column {left[0]}")
    shown = dict(zip(header, table.header, strict=True))
    sums = [Sum(shown[folded(sum_.whole)], tuple(shown[folded(part)] for part in sum_.parts)) for sum_ in layout.sums]
    unread_rows = len({claim.lines for claim in claims if claim.unread})
    added = tuple(added_over(claims, layout.add_over))
    return Published(name, added, tuple(sums), layout.jurisdictions, tuple(notes), unread_rows)


def _known_layout(table: Table, header: Sequence[str]) -> TableMap:
    """Return how a table without a mapping is to be read; raises `Refused` for one that is not known."""
    names = {known: name for name, known in zip(table.header, header, strict=True)}
    if all(folded(name) in names for name in _DSA.columns):
        return _DSA
    lacking = [name for name in _LONG if name not in names]
    if lacking:
        raise Refused(
            f"{table.name}, line {table.header_line}: has no column {' and no column '.join(lacking)}: without a mapping "
            "(--map) a published table has the columns period, country or authority, measure, value"
        )
    keys: dict[str, str] = {way: names[way] for way in (*WAYS, "key") if way in names}
    if "country" in names:
        if "jurisdiction" in keys:
            raise Refused(
                f"{table.name}, line {table.header_line}: has both country and jurisdiction: leave out one of them"
            )
        keys["jurisdiction"] = names["country"]
    return TableMap(period=names["period"], keys=keys, measure=names["measure"], value=names["value"])


def _way_of_key(layout: TableMap, header: Sequence[str], rows: Sequence[Row]) -> str:
    """Return what the column `key` holds: jurisdictions, if most of its different cells are countries, else authorities."""
    place = header.index(folded(layout.keys["key"]))
    cells = {row.cells[place].strip() for row in rows}
    total_word = TotalWords(layout.totals, layout.not_totals).kind
    named = [cell for cell in cells if cell and not total_word(cell)]
    countries = sum(map(_is_country, named))
    return "jurisdiction" if 2 * countries > len(named) or not named else "authority"


def _is_country(text: str) -> bool:
    try:
        country_code(text)
    except Refused:
        return False
    return True
