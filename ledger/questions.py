"""Ask a ledger: reports, timelines, orders and contradictions as plain rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from ledger.errors import Refused
from ledger.model.moments import LAST_DAY, now_in, read_moment
from ledger.model.periods import GRAINS
from ledger.model.statuses import SPEAKERS
from ledger.model.targets import KINDS

if TYPE_CHECKING:
    import sqlite3

    from ledger.book import Ledger

T = TypeVar("T")
Day = str | date


def report(
    book: Ledger,
    *,
    begin: Day | None = None,
    end: Day | None = None,
    as_of: Day | None = None,
    grain: str = "week",
    by: str | None = None,
    kind: str = "account",
    according_to: str | None = None,
    confidential: bool = True,
) -> dict[str, Any]:
    """Return the report of docs/report-schema.md: how many targets were ordered, and what became of them.

    `begin` and `end` are days of the ledger's zone, the end exclusive; `as_of` ends with that day; without any of them
    it is the whole ledger up to today. `grain` is day, week, month, quarter or year; `by` one of order, authority,
    jurisdiction, country, platform, basis or kind. `according_to` counts what one speaker states alone, and costs a
    fold of the whole ledger. Without `confidential`, confidential orders are counted and not told apart. Raises
    `Refused` for what is none of these.
    """
    from ledger.reports.disclosure import open_report
    from ledger.reports.summary import WAYS, Question, summary

    _one_of("grain", grain, GRAINS)
    _one_of("by", by, WAYS)
    _one_of("according-to", according_to, SPEAKERS)
    zone = book.zone
    first, last = _day("begin", begin, zone), _day("end", end, zone)
    if as_of is not None:
        if end is not None:
            raise Refused("as-of: is the end already: leave out the end")
        last = (_day("as-of", as_of, zone) or 0) + 1
    if last is None:
        last = now_in(zone, book.clock()) + 1
    last = min(last, LAST_DAY)
    if first is not None and first >= last:
        raise Refused("begin: must lie before the end")
    asked = Question(first, last, grain, by, _kind(book, kind))

    def answer(db: sqlite3.Connection) -> dict[str, Any]:
        unbooked = int(db.execute("SELECT COUNT(DISTINCT seq) FROM problems").fetchone()[0])
        found = summary(db, asked)
        found |= {"timezone": zone, "according_to": according_to, "not_booked_whole": unbooked}
        return found if confidential else open_report(found, db)

    return book.ask(answer) if according_to is None else _as_stated(book, according_to, answer)


def _as_stated(book: Ledger, speaker: str, answer: Callable[[sqlite3.Connection], T]) -> T:
    """Ask an index of what one speaker states alone, made for this question."""
    from ledger.index.database import Index

    index = Index(book.file, book.progress, speaker=speaker)
    try:
        return answer(index.db)
    finally:
        index.close()


def timeline(book: Ledger, target: str, *, confidential: bool = True) -> dict[str, Any]:
    """Return what happened to one target over all orders, under any spelling; raises `Refused` if no order names it.

    Without `confidential`, it is told as if there were no confidential orders.
    """
    from ledger.reports.timeline import Source, target_timeline

    return book.ask(
        lambda db: target_timeline(Source(db, book.read_line, book.zone), target, confidential=confidential)
    )


def order_timeline(book: Ledger, order_id: str, *, confidential: bool = True) -> dict[str, Any]:
    """Return every entry of one order, with what it moved; raises `Refused` with the nearest id if there is none.

    Without `confidential`, a confidential order is refused.
    """
    from ledger.reports.timeline import Source, order_timeline

    order_no = order_number(book, order_id)
    story = book.ask(lambda db: order_timeline(Source(db, book.read_line, book.zone), order_no))
    if not confidential and any(order["confidential"] for order in story["orders"]):
        raise Refused(f"{order_id}: is confidential: --include-confidential shows it all the same")
    return story


def orders(book: Ledger, *, open_only: bool = False, overdue_only: bool = False) -> list[dict[str, Any]]:
    """Return the orders by the day they count from; overdue are open ones whose own deadline has passed."""
    from ledger.reports.orders import orders

    now = int(book.clock().timestamp() * 1_000_000) if overdue_only else None
    return book.ask(lambda db: orders(db, open_only=open_only, overdue_at=now))


def check(book: Ledger) -> list[dict[str, Any]]:
    """Return the contradictions in what is recorded, each with a sentence that says what to do."""
    from ledger.reports.check import problems

    return book.ask(problems)


def order_number(book: Ledger, order_id: str) -> int:
    """Return the number of an order's entry; raises `Refused` with the nearest id."""
    from ledger.index.reading import number_of_order

    return book.ask(lambda db: number_of_order(db, order_id))


def _kind(book: Ledger, kind: str) -> str:
    """Return a kind of target that can be counted; raises `Refused` for one that is neither usual nor in the ledger."""
    name = kind.strip().lower()
    if name in (*KINDS, "all", "any"):
        return name
    held = {row[0] for row in book.ask(lambda db: db.execute("SELECT DISTINCT kind FROM histories").fetchall())}
    counted = {row[0] for row in book.ask(lambda db: db.execute("SELECT DISTINCT kind FROM orders").fetchall())}
    known = sorted({*KINDS, *held, *counted} - {"", "any"})
    if name not in known:
        raise Refused(f"kind: {kind!r} is none of {', '.join(known)}, any, all")
    return name


def _one_of(field: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise Refused(f"{field}: {value!r} is none of {', '.join(known)}")


def _day(field: str, value: Day | None, zone: str) -> int | None:
    if value is None:
        return None
    try:
        moment = read_moment(value if isinstance(value, str) else value.isoformat(), zone)
    except Refused as error:
        raise Refused(f"{field}: {error}") from error
    if moment.at is not None:
        raise Refused(f"{field}: {value} is an instant: a report begins and ends with whole days")
    return moment.day
