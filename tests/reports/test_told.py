"""Whether users were told, by the report and by the list of orders of which they are still to be told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ledger
from ledger import Ledger
from ledger.model.course import course_of
from ledger.reports.timing.clocks import Date, clocks
from ledger.reports.timing.incidence import DONE
from ledger.reports.timing.rates import Amount
from ledger.reports.timing.told import told
from tests.strategies import FIRST, ID, Record, folded, moments, order, response

CALM: Final = settings(max_examples=200, deadline=None)
FIVE: Final = order(specified=5, targets=["@a"])
NAMED: Final = order(targets=["@a", "@b"])


def notice(when: str = "2021-02-04", **fields: Any) -> Record:
    return response("user-notified", when, **fields)


@pytest.fixture
def book(tmp_path: Path) -> Ledger:
    """Return a ledger of nothing yet."""
    made = Ledger(tmp_path / "l.jsonl", clock=lambda: datetime(2022, 1, 1, tzinfo=UTC))
    made.create(origin="example", timezone="UTC")
    return made


def state(book: Ledger, end: str = "2021-06-01") -> str:
    """Return in which of the states its one order is, in a report that ends before a day."""
    users = ledger.report(book, end=end, times=True)["times"]["totals"]["users"]
    (found,) = (name for name, n in users.items() if n)
    return str(found)


def untold(book: Ledger) -> bool:
    return [row["order"] for row in ledger.orders(book, untold_only=True)] == [ID]


def record(book: Ledger, *records: Record) -> None:
    for each in records:
        book.append(each)


def test_names_that_an_order_does_not_give_are_no_more_users_than_it_has_unnamed_targets_acted_on(
    book: Ledger,
) -> None:
    record(book, FIVE, response("withheld", targets=["@a"], count=1), notice(targets=["@y", "@z"]))
    assert state(book) == "told_in_part"
    assert untold(book)
    record(book, notice("2021-02-05", targets=["@w"]))
    assert state(book) == "told_in_part"
    record(book, notice("2021-02-06", targets=["@a"]))
    assert state(book) == "told"
    assert not untold(book)


def test_a_level_of_users_told_is_not_above_the_names_that_were_told_for_those_that_do_not_count(book: Ledger) -> None:
    withheld = response("withheld", targets=["@a"], count=1)
    record(book, FIVE, withheld, notice(targets=["@y", "@z"], so_far=2))
    assert state(book) == "told_in_part"
    record(book, notice("2021-02-05", so_far=3))
    assert state(book) == "told"


def test_a_level_of_users_told_counts_a_name_once_that_was_told_before_it_was_acted_on(book: Ledger) -> None:
    record(book, NAMED, notice(targets=["@a"], so_far=1), response("withheld", "2021-02-05", all=True))
    assert state(book) == "told_in_part"


def test_an_unnamed_target_that_turns_out_to_be_one_that_has_a_name_leaves_none_for_another_name(book: Ledger) -> None:
    record(book, FIVE, response("withheld", count=1))
    record(book, response("withheld", "2021-02-03", targets=["@a"], so_far=1))
    record(book, response("refused", "2021-02-03", count=1), notice(targets=["@z"]))
    assert state(book) == "to_be_told"
    record(book, notice("2021-02-05", targets=["@a"]))
    assert state(book) == "told"


def test_an_unnamed_target_that_gets_a_name_leaves_none_for_another_name(book: Ledger) -> None:
    record(book, order(specified=5), response("withheld", count=1), notice(targets=["@z"]))
    assert state(book) == "told"
    record(book, response("withheld", "2021-02-05", targets=["@y"], so_far=1))
    assert state(book) == "to_be_told"


def test_a_target_that_changes_places_with_an_unnamed_one_leaves_it_what_was_done(book: Ledger) -> None:
    record(book, FIVE, response("withheld", targets=["@a"]), response("refused", "2021-02-03", count=1))
    record(book, notice(targets=["@z"]))
    assert state(book) == "to_be_told"
    record(book, response("refused", "2021-02-05", targets=["@a"], so_far=1, anyway=True))
    assert state(book) == "told"


def test_what_is_acted_on_later_tells_nobody_earlier(book: Ledger) -> None:
    record(book, FIVE, response("withheld", targets=["@a"], count=1), notice(targets=["@y", "@z"]))
    record(book, response("withheld", "2021-02-10", count=1))
    assert state(book, "2021-02-10") == "told_in_part"
    assert state(book) == "told_in_part"
    record(book, notice("2021-02-12", targets=["@a"]))
    assert state(book, "2021-02-12") == "told_in_part"
    assert state(book) == "told"


def test_a_name_told_before_it_was_known_counts_from_when_an_unnamed_target_was_acted_on(book: Ledger) -> None:
    record(book, FIVE, response("withheld", targets=["@a"]), notice("2021-02-03", targets=["@z"]))
    record(book, response("withheld", "2021-02-05", count=1))
    record(book, response("withheld", "2021-02-07", targets=["@z"], so_far=2))
    assert state(book, "2021-02-05") == "to_be_told"
    assert state(book, "2021-02-06") == "told_in_part"


def test_one_name_of_an_amount_without_a_number_is_told_in_part(book: Ledger) -> None:
    record(book, order(specified="some"), response("withheld", count="some"), notice(targets=["@z"]))
    assert state(book) == "told_in_part"


@pytest.mark.parametrize("which", [{"targets": ["@a"]}, {"count": 1}, {"so_far": 1}], ids=["name", "count", "level"])
def test_where_nothing_was_acted_on_a_notice_of_some_targets_tells_nobody(book: Ledger, which: Record) -> None:
    record(book, NAMED, notice(**which))
    assert state(book) == "nothing_to_tell"
    record(book, response("withheld", "2021-02-05", targets=["@b"]), response("withheld", "2021-02-06", all=True))
    assert state(book, "2021-02-05") == "nothing_to_tell"
    assert state(book) == "told_in_part"


def test_a_notice_of_the_whole_order_tells_its_users_also_where_nothing_was_acted_on(book: Ledger) -> None:
    record(book, NAMED, notice())
    assert state(book) == "told"


AT: Final = moments(st.integers(3, 20))
KNOWN: Final = st.lists(st.sampled_from(["@a", "@b", "@d"]), min_size=1, max_size=2, unique=True)
STRANGERS: Final = st.lists(st.sampled_from(["@s", "@t", "@u", "@v", "@w"]), min_size=1, unique=True)
SOME: Final[st.SearchStrategy[Record]] = st.one_of(
    st.builds(lambda names: {"targets": names}, KNOWN),
    st.builds(lambda n: {"count": n}, st.integers(1, 3)),
    st.builds(lambda names, n: {"targets": names, "so_far": n}, KNOWN, st.integers(1, 3)),
)
DOINGS: Final = st.builds(
    lambda action, at, which, anyway: response(action, at, anyway=anyway, **which),
    st.sampled_from(["withheld", "withheld", "blocked", "refused", "unblocked", "not-found"]),
    AT,
    SOME,
    st.booleans(),
)


@CALM
@given(
    st.builds(lambda n: order(specified=n, targets=["@a", "@b"]), st.integers(3, 6)),
    st.lists(DOINGS, max_size=6),
    st.lists(st.builds(lambda at, names: notice(at, targets=names), AT, STRANGERS), max_size=3),
    st.integers(4, 22),
)
def test_names_that_an_order_does_not_give_never_stand_for_one_that_has_a_name(
    first: Record, later: list[Record], notices: list[Record], number: int
) -> None:
    found = folded(first, *later, *notices)
    course, day = course_of(found), FIRST.toordinal() + number
    date = Date(day, day - 1, 0)
    restricted = ("withheld", "blocked")
    acted = {
        name
        for post in found.balance.postings
        for name in post.names
        if post.day < day and post.source.status == "pending" and post.to.status in restricted
    }
    still = {name for name in acted if found.balance.named[name].status in restricted}
    exchanged = {name for post in found.balance.postings if not post.n for name in post.names}
    shown = clocks(course, date, "UTC").targets.values()
    n = sum(span.n for each in shown for span in each.spans if span.end == DONE)
    if still - exchanged:
        assert told(course, date, "UTC", Amount(n, 0)) != "told"
