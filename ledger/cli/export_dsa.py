"""`ledger export --format dsa-part3`: the table of Member States' orders, or what the orders lack for it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ledger.cli.output import check_output, put_bytes
from ledger.cli.streams import say
from ledger.errors import Refused
from ledger.exchange.dsa_part3 import format_part3, format_period
from ledger.index.reading import Source
from ledger.model.moments import now_in, read_moment
from ledger.render.safe import cell, plain
from ledger.reports.dsa.order_times import NO_CLOCK
from ledger.reports.dsa.orders import Cohort, cohort
from ledger.reports.dsa.part3 import table

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

    from ledger.book import Ledger

# How many of the orders that lack something are named.
_NAMED: Final = 20


def run(
    book: Ledger,
    *,
    service: str | None,
    begin: str | date | None,
    end: str | date | None,
    receipts_as_zero: bool,
    out: Path | None,
    include_confidential: bool,
) -> None:
    """Write the table of the orders received from `begin` up to `end`, which is not part of it.

    Raises `Refused`, after naming each order and what it lacks, where a figure would be wrong; nothing is written then.
    """
    label = _service(service)
    first, last = _day("begin", begin, book.zone), _day("end", end, book.zone)
    if first >= last:
        raise Refused("begin: must lie before the end, the day after the period's last")
    if out is not None:
        # Before the work, not after it.
        check_output(out)
    if book.index.withheld:
        raise Refused(
            "this copy of the ledger withholds lines, and what they count as has no category: make the table from the "
            "ledger that it was published from"
        )
    found = book.ask(lambda db: cohort(Source(db, book.read_line, book.zone), first, last, label))
    if found.lacking:
        _name(found)
    rows = table(found.counted, receipts_as_zero=receipts_as_zero, confidential=include_confidential)
    put_bytes(format_part3(rows, label, format_period(first, last), plain), out)
    for note in notes(found, last, now_in(book.zone, book.clock())):
        say(note)


def _service(service: str | None) -> str:
    name = (service or "").strip()
    if not name:
        raise Refused("service: the table says which service it is of: --service NAME")
    if not name.isprintable() or len(name) > 200 or (cell(name) != name and name[0] != "'"):
        raise Refused(f"service: {name!r} must be a name of at most 200 printable characters, and no formula")
    return name


def _day(field: str, value: str | date | None, zone: str) -> int:
    if value is None:
        raise Refused(
            f"{field}: the table is of one period: --begin 2025-07-01 --end 2026-01-01, the end not part of it"
        )
    try:
        moment = read_moment(value if isinstance(value, str) else value.isoformat(), zone)
    except Refused as error:
        raise Refused(f"{field}: {error}") from error
    if moment.at is not None:
        raise Refused(f"{field}: {value} is an instant: the period is of whole days")
    return moment.day


def _name(found: Cohort) -> None:
    """Name the orders that lack something, then refuse."""
    for lack in found.lacking[:_NAMED]:
        say(f"{lack.order} (entry {lack.seq}) lacks {'; '.join(lack.what)}")
    if len(found.lacking) > _NAMED:
        say(f"and {len(found.lacking) - _NAMED:,} more orders lack something")
    number = len(found.lacking)
    raise Refused(
        f"nothing was written: {number:,} of {number + len(found.counted):,} entries of orders "
        f"{'lacks' if number == 1 else 'lack'} what the table needs; mend each with "
        "`ledger correct ENTRY --set NAME=VALUE --reason WHY`"
    )


def notes(found: Cohort, last: int, today: int) -> list[str]:
    """Say what the table does not hold, and what to look at before it is shown to others."""
    said = []
    if found.abroad:
        said.append(f"outside the table, as not sent by a Member State: {_orders(found.abroad)}")
    if found.elsewhere:
        said.append(f"outside the table, as sent to other services: {_orders(found.elsewhere)}")
    for number, why in (
        (found.repeats, "as they repeat another order"),
        (found.invalid, "as found not to be orders of an authority"),
    ):
        if number:
            said.append(f"not counted, {why}: {number:,} {'order' if number == 1 else 'orders'}")
    if found.doubtful:
        said.append(
            f"not counted, as issued before the period, though they may have been received in it: {_listed(found.doubtful)}; "
            "amend the orders whose day of receipt is known"
        )
    unclocked = [order.id for order in found.counted if NO_CLOCK in (order.informed.why, order.effect.why)]
    if unclocked:
        said.append(
            f"left out of a median, as a day without a clock time gives no hours: {_listed(unclocked)}; "
            "amend the entries whose clock times are known"
        )
    confidential = sum(order.confidential for order in found.counted)
    if confidential:
        said.append(
            f"confidential orders are counted: {confidential:,}; a row of few orders may tell of them: look at it before "
            "you publish it"
        )
    if last > today:
        said.append("the period is not over: orders of its last days may still come")
    return said


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _orders(counts: Counter[str]) -> str:
    named = ", ".join(f"{name} {n:,}" for name, n in sorted(counts.items()))
    total = sum(counts.values())
    return f"{total:,} {'order' if total == 1 else 'orders'} ({named})"
