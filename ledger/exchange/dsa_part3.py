"""The file of part 3: the 20 columns of the template, its rows, and its own check before it is written.

The template: Annex I of Commission Implementing Regulation (EU) 2024/2835, part 3. The file is CSV by RFC 4180 in UTF-8
without a byte order mark; lines end in CRLF as that says, though the template's end in LF. Cells are quoted only where
they must be. A count is a whole number without a mark for thousands, 0 where there is none; a median is hours with two
decimals after a point, empty where there is none; the period is its first and its last day, `2025-07-01/2025-12-31`.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

from ledger.errors import Refused
from ledger.model.categories import CATEGORIES
from ledger.model.moments import day_text
from ledger.reports.dsa.part3 import ALL, codes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ledger.reports.dsa.part3 import Row

# Which services a row is for: all of them, as the template has it in every row.
APPLICABILITY: Final = "All"
COLUMNS: Final = (
    "Applicability",
    "Service",
    "Reporting period",
    "Category of illegal content",
    'Description of the sub-category "Other"',
    "Scope",
    "Number of orders to act against illegal content received",
    "Number of specific items of information included in the total number of orders to act against illegal content",
    "Median time to inform the authority of the receipt of the order to act against illegal content",
    "Median time to give effect to the order to act against illegal content",
    "Number of orders to provide information",
    "Median time to inform the authority of the receipt of the order to provide information",
    "Median time to give effect to the order to provide information",
    "Contextual information on number of orders to act against illegal content received",
    "Contextual information on number of specific items of information included in the total number of orders to act against illegal content",
    "Contextual information on Median time to inform the authority of the receipt of the order to act against illegal content",
    "Contextual information on Median time to give effect to the order to act against illegal content",
    "Contextual information on Number of orders to provide information",
    "Contextual information on Median time to inform the authority of the receipt of the order to provide information",
    "Contextual information on Median time to give effect to the order to provide information",
)


def format_period(begin: int, end: int) -> str:
    """Return a period, given by its first day and the one after its last (ordinals), as first and last day."""
    return f"{day_text(begin)}/{day_text(end - 1)}"


def format_part3(rows: list[Row], service: str, period: str, shown: Callable[[str], str]) -> bytes:
    """Return the file; `shown` makes stored text harmless. Raises `Refused` where the rows do not add up."""
    if wrong := next(contradictions(rows), ""):
        raise Refused(f"the table contradicts itself ({wrong}); nothing was written: please report it")
    import io

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        head = (APPLICABILITY, service, period, row.code, shown(row.description), row.scope)
        writer.writerow((*head, *row[3:]))
    return out.getvalue().encode("utf-8")


def contradictions(rows: list[Row]) -> Iterator[str]:
    """Give what does not hold in the rows: their order, the sums of their parts, medians without an order."""
    places = [keyword or category for category, keyword in codes()]
    size = len(places)
    blocks = [rows[start : start + size] for start in range(0, len(rows), size)]
    if not blocks:
        yield "there are no rows"
        return
    for block in blocks:
        scope = block[0].scope
        if [row.code for row in block] != places or {row.scope for row in block} != {scope}:
            yield f"the block of {scope} has other rows than the template"
            return
        yield from _sums(block)
    scopes = [block[0].scope for block in blocks]
    if scopes[:1] != [ALL] or scopes[1:] != sorted({*scopes[1:]}) or ALL in scopes[1:]:
        yield f"the blocks are those of {', '.join(scopes)}"
    for place, code in enumerate(places):
        whole, *parts = (_counts(block[place]) for block in blocks)
        if list(whole) != [sum(column) for column in zip((0, 0, 0), *parts, strict=True)]:
            yield f"{code}: the Member States do not add up to the total"
    for row in rows:
        if (not row.act_orders and (row.act_informed or row.act_effect)) or (
            not row.info_orders and (row.info_informed or row.info_effect)
        ):
            yield f"{row.scope}, {row.code}: there is a median of no order"


def _sums(block: list[Row]) -> Iterator[str]:
    """Give what does not add up within one block."""
    rows = iter(block[1:])
    whole = [0, 0, 0]
    for category, keywords in CATEGORIES.items():
        held = _counts(next(rows))
        parts = [_counts(next(rows)) for _ in keywords]
        whole = [one + other for one, other in zip(whole, held, strict=True)]
        if keywords and list(held) != [sum(column) for column in zip(*parts, strict=True)]:
            yield f"{block[0].scope}, {category}: its keywords do not add up to it"
    if whole != list(_counts(block[0])):
        yield f"{block[0].scope}: the categories do not add up to the total"


def _counts(row: Row) -> tuple[int, int, int]:
    return row.act_orders, row.act_items, row.info_orders
