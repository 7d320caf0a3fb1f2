"""Ask a ledger: reports, timelines, orders and contradictions as plain rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ledger.errors import Damaged, Refused
from ledger.model.moments import LAST_DAY, Moment, day_end, now_in, read_moment
from ledger.model.periods import GRAINS
from ledger.model.statuses import SPEAKERS
from ledger.model.targets import KINDS

if TYPE_CHECKING:
    import sqlite3

    from ledger.book import Ledger
    from ledger.model.dated_rules import Rules

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
    times: bool | None = None,
    rules: Rules | None = None,
    own_rules: str | None = None,
) -> dict[str, Any]:
    """Return the report of docs/report-schema.md: how many targets were ordered, and what became of them.

    `begin` and `end` are days of the ledger's zone, the end exclusive; `as_of` ends with that day; without any of them
    it is the whole ledger up to today. `grain` is day, week, month, quarter or year; `by` one of order, authority,
    jurisdiction, country, platform, basis or kind. `according_to` counts what one speaker states alone, and costs a
    fold of the whole ledger. Without `confidential`, confidential orders are counted and not told apart. `times` adds
    times, deadlines, rates and users of the orders received; None does so where there is a `begin`. Deadlines are the
    orders' own, and those of `rules`, such as `ledger.exchange.deadline_rules.packaged_rules()` gives; `own_rules` names
    the file from which some of them are. Raises `Refused` for what is none of these.
    """
    from ledger.reports.disclosure import open_report
    from ledger.reports.summary import WAYS, Question, summary

    _one_of("grain", grain, GRAINS)
    _one_of("by", by, WAYS)
    _one_of("according-to", according_to, SPEAKERS)
    zone = book.zone
    first, last = span_of(book, begin=begin, end=end, as_of=as_of)
    asked = Question(first, last, grain, by, known_kind(book, kind))
    timed = first is not None if times is None else times

    def answer(db: sqlite3.Connection) -> dict[str, Any]:
        unbooked = int(db.execute("SELECT COUNT(DISTINCT seq) FROM problems").fetchone()[0])
        found = summary(db, asked)
        found |= {"timezone": zone, "according_to": according_to, "not_booked_whole": unbooked, "times": None}
        if timed:
            from ledger.reports.timing.times import Ruled
            from ledger.reports.timing.times import times as timed_report

            ruled = Ruled(rules or {}, own_rules, zone)
            found["times"] = timed_report(db, asked, ruled, book.clock(), confidential=confidential)
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
    from ledger.index.reading import Source
    from ledger.reports.timeline import target_timeline

    return book.ask(
        lambda db: target_timeline(Source(db, book.read_line, book.zone), target, confidential=confidential)
    )


def order_timeline(book: Ledger, order_id: str, *, confidential: bool = True) -> dict[str, Any]:
    """Return every entry of one order, with what it moved; raises `Refused` with the nearest id if there is none.

    Without `confidential`, a confidential order is refused.
    """
    from ledger.index.reading import Source
    from ledger.reports.timeline import order_timeline

    order_no = order_number(book, order_id)
    source = partial(Source, read_line=book.read_line, zone=book.zone)
    story = book.ask(lambda db: order_timeline(source(db), order_no, confidential=confidential))
    if not confidential and any(order["confidential"] for order in story["orders"]):
        raise Refused(f"{order_id}: is confidential: --include-confidential shows it all the same")
    return story


def orders(
    book: Ledger,
    *,
    open_only: bool = False,
    overdue_only: bool = False,
    untold_only: bool = False,
    rules: Rules | None = None,
) -> list[dict[str, Any]]:
    """Return the orders by the day they count from.

    Overdue are open ones whose deadline has passed, as `due` judges it: for these `rules` are needed, such as
    `ledger.exchange.deadline_rules.packaged_rules()` gives. Untold are those that were acted on, of which not all users
    were told, and may be.
    """
    return take_orders(book, list, open_only=open_only, overdue_only=overdue_only, untold_only=untold_only, rules=rules)


def take_orders(
    book: Ledger,
    take: Callable[[Iterator[dict[str, Any]]], T],
    *,
    open_only: bool = False,
    overdue_only: bool = False,
    untold_only: bool = False,
    rules: Rules | None = None,
) -> T:
    """Return what `take` makes of the rows of `orders`, which it gets one by one.

    It is called again, with all of them, when the index turns out to be damaged.
    """
    from ledger.reports.orders import orders

    zone, now = book.zone, _microseconds(book)
    keep: list[Callable[[str], Mapping[str, Any] | None]] = []
    if overdue_only:
        if rules is None:
            raise Refused(
                "rules: say by which rules to judge what is overdue: those of deadline_rules.packaged_rules()"
            )
        from ledger.reports.deadlines.due import overdue

        keep.append(partial(overdue, rules=rules, zone=zone, at=now))
    if untold_only:
        from ledger.reports.timing.told import is_untold

        keep.append(lambda course: {} if is_untold(course, zone, now) else None)

    def keeps(course: str) -> Mapping[str, Any] | None:
        said: dict[str, Any] = {}
        for each in keep:
            if (more := each(course)) is None:
                return None
            said |= more
        return said

    return book.ask(lambda db: take(orders(db, open_only=open_only or overdue_only, keeps=keeps if keep else None)))


def due(book: Ledger, rules: Rules, *, at: Day | None = None, within: int | None = None) -> dict[str, Any]:
    """Return what is due, soonest first, and the restrictions that no order demands any more (docs/deadlines.md).

    `at` is an instant, or a day, which stands for its end in the ledger's zone; without it, it is now. For a moment in the
    past it is what was open then, corrections taken in. `within`, in seconds, keeps what is due by then or overdue.
    Raises `Refused` for what is no time.
    """
    from ledger.reports.deadlines.due import due, open_now
    from ledger.reports.unneeded import unneeded

    zone, now = book.zone, _microseconds(book)
    moment = None if at is None else _moment("at", at, zone)
    day = None
    if moment is None:
        judged_at = until = now
    elif moment.at is None:
        judged_at = until = day_end(moment.day, zone)
        day = moment.day
    else:
        judged_at, until = moment.at, moment.at + 1
    if until < now:
        from ledger.reports.deadlines.back_then import Then, open_then, unneeded_then

        def back(db: sqlite3.Connection) -> dict[str, Any]:
            then = Then(db, book.read_line, zone, until)
            return due(open_then(then), rules, zone, judged_at, within, day=day) | {"to_lift": unneeded_then(then)}

        return book.ask(back)
    return book.ask(lambda db: due(open_now(db), rules, zone, judged_at, within, day=day) | {"to_lift": unneeded(db)})


def identity(book: Ledger) -> str:
    """Return the random id that a ledger was given when it was begun."""
    from ledger.model.entries import Genesis, line_decoder

    first = line_decoder.decode(book.file.first())
    if not isinstance(first, Genesis):
        raise Damaged(f"{book.path}: does not begin like a ledger: run ledger verify")
    return first.id


def _microseconds(book: Ledger) -> int:
    """Return what time it is, in microseconds since 1970 in UTC, to the second."""
    return int(book.clock().timestamp()) * 1_000_000


def check(book: Ledger) -> list[dict[str, Any]]:
    """Return the contradictions in what is recorded, each with a sentence that says what to do."""
    from ledger.reports.check import problems

    return book.ask(problems)


def near_misses(book: Ledger) -> tuple[list[dict[str, Any]], int]:
    """Return pairs of names that may be one target, and how many names there are if they are too many to compare."""
    from ledger.reports.near_misses import near_misses

    return book.ask(near_misses)


def order_number(book: Ledger, order_id: str) -> int:
    """Return the number of an order's entry; raises `Refused` with the nearest id."""
    from ledger.index.reading import number_of_order

    return book.ask(lambda db: number_of_order(db, order_id))


def span_of(
    book: Ledger, *, begin: Day | None, end: Day | None, as_of: Day | None, what: str = "a report"
) -> tuple[int | None, int]:
    """Return the first day of a period, None for all before its end, and the day after its last, as ordinals.

    Without an end it ends with today. `what` is asked for it. Raises `Refused` for what is no such period.
    """
    zone = book.zone
    first, last, whole = (
        _day(field, value, zone, what) for field, value in (("begin", begin), ("end", end), ("as-of", as_of))
    )
    if whole is not None:
        if last is not None:
            raise Refused("as-of: is the end already: leave out the end")
        last = whole + 1
    last = min(now_in(zone, book.clock()) + 1 if last is None else last, LAST_DAY)
    if first is not None and first >= last:
        raise Refused("begin: must lie before the end")
    return first, last


def known_kind(book: Ledger, kind: str) -> str:
    """Return a kind of target that can be counted; raises `Refused` for one that is neither usual nor in the ledger."""
    from ledger.reports.kinds import kinds_held

    name = kind.strip().lower()
    if name in (*KINDS, "all", "any"):
        return name
    known = sorted({*KINDS, *book.ask(kinds_held)})
    if name not in known:
        raise Refused(f"kind: {kind!r} is none of {', '.join(known)}, any, all")
    return name


def _one_of(field: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise Refused(f"{field}: {value!r} is none of {', '.join(known)}")


def _moment(field: str, value: Day, zone: str) -> Moment:
    try:
        return read_moment(value if isinstance(value, str) else value.isoformat(), zone)
    except Refused as error:
        raise Refused(f"{field}: {error}") from error


def _day(field: str, value: Day | None, zone: str, what: str) -> int | None:
    if value is None:
        return None
    moment = _moment(field, value, zone)
    if moment.at is not None:
        raise Refused(f"{field}: {value} is an instant: {what} begins and ends with whole days")
    return moment.day
