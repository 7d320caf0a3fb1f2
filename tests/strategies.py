"""Records of orders and of what follows them, written by hand or drawn by hypothesis, and what they come to."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.model.admission import check
from ledger.model.entries import Entry, convert, normalise
from ledger.model.postings import Fold, fold
from ledger.model.quantities import qualifier, show
from ledger.model.statuses import EVENTS, MOVES, OWN_RULES, STATEMENTS, STATUSES

Record = dict[str, Any]
Quantity = dict[str, Any]

ID: Final = "EX-1"
LISTED: Final = ("@a", "@b", "@c", "hashtag:x", "https://page.example/1")
NAMES: Final = (*LISTED, "@d", "@e", "hashtag:y")
AMOUNTS: Final = (0, 1, 3, 5, 8, "about 5", "nearly 8", "at least 3", "6+", "up to 4", "fewer than 9", "some")
COUNTRIES: Final = ("IN", "US", "FR", "worldwide")
FIRST: Final = date(2021, 1, 25)


def order(**fields: Any) -> Record:
    """Return an order of an invented authority; a field given as None is left out."""
    record = {"kind": "order", "id": ID, "authority": "Example Ministry", "jurisdiction": "IN", "platform": "twitter"}
    return {name: value for name, value in (record | {"received": "2021-02-01"} | fields).items() if value is not None}


def response(action: str, at: str = "2021-02-02", **fields: Any) -> Record:
    """Return a response of the platform."""
    return {"kind": "response", "order": ID, "action": action, "at": at} | fields


def follow_up(event: str, at: str = "2021-02-03", **fields: Any) -> Record:
    """Return a follow-up of the authority or a court."""
    return {"kind": "follow-up", "order": ID, "event": event, "at": at} | fields


def correction(of: int, **fields: Any) -> Record:
    """Return a correction."""
    return {"kind": "correction", "of": of, "reason": "a slip of the pen"} | fields


def entry(record: Record) -> Entry:
    """Return the entry that a record is, held against the rules that need no other one."""
    made = convert(normalise(record))
    check(made, "UTC")
    return made


def folded(*records: Record, zone: str = "UTC") -> Fold:
    """Fold records as if they had been recorded in this order, from number 1 on, and all been accepted."""
    return fold([(seq, entry(record)) for seq, record in enumerate(records, 1)], zone)


def stands(found: Fold) -> dict[str, str]:
    """Return how many units of the counted kind stand in each status, as they are shown; no status without any."""
    balance = found.balance
    return {
        status: show(n, qualifier(n, marks))
        for status in STATUSES
        if (n := balance.in_status(status)) | (marks := balance.marks.get(status, 0))
    }


def names(found: Fold) -> dict[str, str]:
    """Return the status of every named target, by its name alone."""
    return {key.split(" ", 2)[2]: place.status for key, place in found.balance.named.items()}


def problems(found: Fold) -> dict[int, list[str]]:
    """Return what entries could not do, by their numbers."""
    return {seq: outcome.problems for seq, outcome in found.outcomes.items() if outcome.problems}


def said(found: Fold, seq: int) -> str:
    """Return the notes of one entry's receipt as one text."""
    return "; ".join(found.outcomes[seq].notes)


def day(number: int) -> str:
    """Return the date that lies so many days after the first one used here."""
    return (FIRST + timedelta(days=number)).isoformat()


def moments(days: st.SearchStrategy[int]) -> st.SearchStrategy[str]:
    """Draw days and instants."""
    clocks = st.sampled_from(("", "", "T00:00Z", "T09:30Z", "T23:59+05:30", "T12:00-08:00"))
    return st.builds(lambda number, clock: day(number) + clock, days, clocks)


def orders(at: st.SearchStrategy[str] | None = None, **fixed: Any) -> st.SearchStrategy[Record]:
    """Draw orders on at most five of the names, with every sort of amount."""
    relations: tuple[Record, ...] = (
        {},
        {},
        {},
        {"relates_to": "EX-0", "relation": "amends"},
        {"requires": ["information"]},
    )
    return st.builds(
        lambda amount, of, targets, received, more: order(
            specified=amount, specified_of=of, targets=targets, received=received, **more, **fixed
        ),
        st.sampled_from((None, *AMOUNTS)),
        st.sampled_from((None, None, "account", "hashtag", "any")),
        st.lists(st.sampled_from(LISTED), max_size=5, unique=True),
        moments(st.integers(0, 3)) if at is None else at,
        st.sampled_from(relations),
    ).filter(admissible)


def responses(at: st.SearchStrategy[str]) -> st.SearchStrategy[Record]:
    """Draw responses of every action, with names, all, a count or a level."""
    some_names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3)
    amounts = st.sampled_from(AMOUNTS)
    which: st.SearchStrategy[Record] = st.one_of(
        st.builds(lambda targets: {"targets": targets}, some_names),
        st.just({"all": True}),
        st.builds(lambda count: {"count": count}, amounts),
        st.builds(lambda level: {"so_far": level}, amounts),
        st.builds(lambda count, targets: {"count": count, "targets": targets}, amounts, some_names),
        st.builds(lambda level, targets: {"so_far": level, "targets": targets}, amounts, some_names),
    )
    extras = st.sampled_from(({}, {}, {}, {"extra": True}, {"anyway": True}, {"extra": True, "anyway": True}))
    where = st.sampled_from(((), (), ())) | st.lists(st.sampled_from(COUNTRIES), min_size=1, max_size=2)
    frequent = ("blocked", "withheld", "unblocked", "refused")
    return st.builds(
        lambda action, at, which, more, countries, speaker: (
            response(action, at, countries=list(countries), stated_by=speaker) | which | more
        ),
        st.sampled_from((*frequent, *frequent, *MOVES, *OWN_RULES, *STATEMENTS)),
        at,
        which,
        extras,
        where,
        st.sampled_from((None, "authority", "press")),
    ).filter(admissible)


def follow_ups(at: st.SearchStrategy[str]) -> st.SearchStrategy[Record]:
    """Draw follow-ups of every event, about the whole order or some of its targets."""
    return st.builds(
        lambda event, at, targets: (
            follow_up(event, at, targets=targets) | ({"due": "2021-03-01"} if event == "deadline-extended" else {})
        ),
        st.sampled_from(EVENTS),
        at,
        st.lists(st.sampled_from(NAMES), max_size=2),
    )


def facts(at: st.SearchStrategy[str]) -> st.SearchStrategy[Record]:
    """Draw responses and follow-ups."""
    return st.one_of(responses(at), responses(at), responses(at), follow_ups(at))


def corrections(of: st.SearchStrategy[int]) -> st.SearchStrategy[Record]:
    """Draw corrections: entries and corrections made void, moments, amounts and lists changed."""
    changes: st.SearchStrategy[Record] = st.one_of(
        st.builds(lambda at: {"at": at}, moments(st.integers(0, 20))),
        st.builds(lambda at: {"received": at}, moments(st.integers(0, 20))),
        st.builds(lambda n: {"specified": n}, st.sampled_from((None, *AMOUNTS))),
        st.builds(lambda n: {"count": n}, st.sampled_from(AMOUNTS)),
        st.builds(lambda n: {"so_far": n}, st.sampled_from(AMOUNTS)),
        st.builds(lambda targets: {"targets": targets}, st.lists(st.sampled_from(NAMES), max_size=3)),
        st.builds(lambda action: {"action": action}, st.sampled_from(MOVES)),
    )
    changed = st.builds(lambda number, change: correction(number, set=change), of, changes)
    return st.builds(lambda number: correction(number, void=True), of) | changed


def admissible(record: Record) -> bool:
    """Tell whether a record holds against the rules that need no other entry."""
    try:
        entry(record)
    except Refused:
        return False
    return True


def stories(size: int = 8) -> st.SearchStrategy[list[Record]]:
    """Draw what is brought to a ledger one after the other: up to three orders, their facts, corrections of any of it."""
    at = moments(st.integers(0, 20))
    whose = st.sampled_from(("EX-0", ID, ID, "EX-2"))
    steps: st.SearchStrategy[Record] = st.one_of(
        st.builds(lambda record, order_id: record | {"order": order_id}, facts(at), whose),
        st.builds(lambda record, order_id: record | {"order": order_id}, facts(at), whose),
        corrections(st.integers(1, size + 3)),
    )
    elsewhere = {"id": "EX-2", "authority": "Example Court", "jurisdiction": "US", "platform": "example"}
    return st.builds(
        lambda first, second, third, later: [first, second, third | elsewhere, *later],
        st.just(order(id="EX-0", specified="about 5", targets=["@a", "@d"], received=day(0))),
        orders(),
        orders(),
        st.lists(steps, max_size=size),
    )


class Expected:
    """Sums over the postings and the marks of orders to act, made without the index."""

    def __init__(self, found: list[Fold], kind: str) -> None:
        self.folds, self.kind = [each for each in found if not each.order.informs], kind

    def counts(self, kind: str) -> bool:
        return self.kind in ("all", kind)

    def balance(self, end: int) -> dict[str, Quantity]:
        """Return how much stands in each status, and how much was specified, at the end of the day before `end`."""
        n, marks = dict.fromkeys(("", *STATUSES), 0), dict.fromkeys(("", *STATUSES), 0)
        for each in self.folds:
            for post in each.balance.postings:
                if post.day < end and self.counts(post.kind):
                    n[post.to.status] += post.n
                    n[post.source.status] += post.n if not post.source.status else -post.n
            log = [held for at, held in each.balance.marks_log if at < end]
            if log and self.counts(each.balance.kind):
                for status, bits in log[-1].items():
                    marks[status] |= bits
        return {status: quantity(n[status], marks[status]) for status in n}

    def moved(self, begin: int, end: int) -> dict[str, Quantity]:
        """Return how much was moved into each status, and how much was ordered, from `begin` up to `end`."""
        n, marks = dict.fromkeys(("", *STATUSES), 0), dict.fromkeys(("", *STATUSES), 0)
        for each in self.folds:
            for post in each.balance.postings:
                if begin <= post.day < end and self.counts(post.kind) and post.source.status != post.to.status:
                    status = post.to.status if post.source.status else ""
                    n[status] += post.n
                    marks[status] |= post.marks
        return {status: quantity(n[status], marks[status]) for status in n}

    def orders(self, begin: int, end: int) -> int:
        return sum(begin <= each.moment.day < end for each in self.folds)


def quantity(n: int, marks: int) -> Quantity:
    return {"n": n, "qualifier": qualifier(n, marks)}
