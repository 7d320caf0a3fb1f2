"""Rule 6: under one order facts are folded by time, then by entry, however late they arrive."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.model.postings import Fold
from tests.strategies import (
    Record,
    day,
    facts,
    folded,
    follow_up,
    names,
    order,
    orders,
    problems,
    response,
    stands,
)

FIVE = order(specified=5, targets=["@a"], received="2021-02-01")


def sequence(found: Fold) -> list[int]:
    """Return the numbers of the entries in the order in which they are folded."""
    return [step.seq for step in found.steps]


def told(*moments: str, received: str = "2021-02-01", zone: str = "UTC") -> list[int]:
    """Return in which order entries at these moments are folded, recorded as they are given."""
    return sequence(folded(order(received=received), *(response("acknowledged", at) for at in moments), zone=zone))


@pytest.mark.parametrize(
    ("moments", "folded_as"),
    [
        # By time, then by entry.
        (["2021-02-03", "2021-02-02"], [1, 3, 2]),
        (["2021-02-02", "2021-02-02"], [1, 2, 3]),
        (["2021-02-02T10:00Z", "2021-02-02T10:00Z"], [1, 2, 3]),
        (["2021-02-02T12:00+05:30", "2021-02-02T07:00Z"], [1, 2, 3]),
        (["2021-02-02T12:30+05:30", "2021-02-02T06:59Z"], [1, 3, 2]),
        # A day-only fact takes the latest time recorded before it for that day, else the day's start.
        (["2021-02-02T10:00Z", "2021-02-02"], [1, 2, 3]),
        (["2021-02-02", "2021-02-02T10:00Z"], [1, 2, 3]),
        (["2021-02-02T10:00Z", "2021-02-02", "2021-02-02T09:00Z"], [1, 4, 2, 3]),
        (["2021-02-02T10:00Z", "2021-02-02", "2021-02-02T11:00Z"], [1, 2, 3, 4]),
        (["2021-02-02T10:00Z", "2021-02-02T08:00Z", "2021-02-02", "2021-02-02T09:00Z"], [1, 3, 5, 2, 4]),
        (["2021-02-02", "2021-02-02T00:00Z", "2021-02-02"], [1, 2, 3, 4]),
        (["2021-02-03T10:00Z", "2021-02-02"], [1, 3, 2]),
        # Those of one day stay in that day.
        (["2021-02-02T23:59Z", "2021-02-02", "2021-02-03", "2021-02-03T00:00Z"], [1, 2, 3, 4, 5]),
    ],
)
def test_facts_are_folded_by_time_then_by_entry(moments: list[str], folded_as: list[int]) -> None:
    assert told(*moments) == folded_as


def test_a_day_only_fact_of_the_orders_own_day_comes_after_the_order() -> None:
    received = "2021-02-01T18:00Z"
    assert told("2021-02-01", "2021-02-01T18:30Z", received=received) == [1, 2, 3]
    found = folded(order(specified=2, received=received), response("blocked", "2021-02-01", count=1))
    assert problems(found) == {}
    early = folded(order(specified=2, received=received), response("blocked", "2021-02-01T17:59Z", count=1))
    assert 2 in problems(early)


def test_days_are_those_of_the_reporting_zone() -> None:
    late_evening = "2021-02-02T20:00Z"
    assert told(late_evening, "2021-02-03", "2021-02-03T00:30+05:30", zone="Asia/Kolkata") == [1, 4, 2, 3]
    assert told(late_evening, "2021-02-03", "2021-02-02", zone="UTC") == [1, 2, 4, 3]
    found = folded(order(received="2021-02-01T19:00Z", specified=1), zone="Asia/Kolkata")
    assert found.moment.day == folded(order(received="2021-02-02")).moment.day


def test_a_late_fact_is_counted_at_its_own_time() -> None:
    found = folded(FIVE, response("blocked", "2021-02-05", count=2), response("withheld", "2021-02-03", count=1))
    assert stands(found) == {"pending": "2", "withheld": "1", "blocked": "2"}
    assert [post.seq for post in found.balance.postings if post.source.status] == [3, 2]


def test_a_recorded_fact_that_a_late_one_makes_impossible_moves_what_it_still_can() -> None:
    late = response("refused", "2021-02-03", count=3)
    found = folded(FIVE, response("withheld", "2021-02-05", count=4), late)
    assert list(problems(found)) == []
    assert stands(found) == {"pending": "1", "withheld": "4"}
    found = folded(FIVE, response("not-found", "2021-02-05", count=4), late)
    assert stands(found) == {"pending": "1", "refused": "3", "not-found": "1"}
    assert list(problems(found)) == [2]
    assert "4 cannot be not-found" in problems(found)[2][0]


@pytest.mark.parametrize(
    ("recorded", "after"),
    [
        (response("not-found", "2021-02-05", so_far=4), {"withdrawn": "5"}),
        (response("not-found", "2021-02-05", all=True), {"withdrawn": "5"}),
        (response("not-found", "2021-02-05", targets=["@a", "@new"]), {"withdrawn": "5"}),
        (response("not-found", "2021-02-05", count=1, targets=["@a"]), {"withdrawn": "5"}),
        (follow_up("clarified", "2021-02-05"), {"withdrawn": "5"}),
    ],
)
def test_whatever_a_late_end_of_the_order_makes_impossible_stays_in_the_fold(
    recorded: Record, after: dict[str, str]
) -> None:
    found = folded(FIVE, recorded, follow_up("revoked", "2021-02-03"))
    assert stands(found) == after
    assert set(problems(found)) <= {2}
    assert sequence(found) == [1, 3, 2]


def test_of_the_names_of_an_impossible_fact_those_that_can_still_move() -> None:
    listed = order(targets=["@a", "@b", "@c"])
    found = folded(
        listed,
        response("refused", "2021-02-05", targets=["@a", "@b"]),
        response("blocked", "2021-02-03", targets=["@a"]),
    )
    assert names(found) == {"a": "blocked", "b": "refused", "c": "pending"}
    assert list(problems(found)) == [2]


def test_a_late_fact_decides_where_a_later_one_identifies_its_name() -> None:
    named = response("blocked", "2021-02-05", targets=["@new"], countries=["US"])
    found = folded(order(specified=2), named, response("blocked", "2021-02-03", count=2, countries=["IN"]))
    assert problems(found) == {}
    assert stands(found) == {"blocked": "2"}
    assert found.balance.named["twitter account new"].where == ("IN", "US")
    gone = folded(order(specified=2), named, response("blocked", "2021-02-03", targets=["@x", "@y"]))
    assert list(problems(gone)) == [2]
    assert names(gone) == {"x": "blocked", "y": "blocked"}


CLOCKS = st.sampled_from(("", "T06:00Z", "T20:00+05:30"))
DAYS = st.lists(
    st.tuples(st.integers(1, 18), CLOCKS, facts(st.just("2021-02-02"))), unique_by=lambda fact: fact[0], max_size=6
)
# An order and facts, no two of them on one day.
APART = st.tuples(
    orders(st.just(day(0))),
    DAYS.map(lambda drawn: [record | {"at": day(number) + clock} for number, clock, record in drawn]),
)


def result(found: Fold) -> object:
    """Return all that a fold says, without the numbers of the entries."""
    postings = [post._replace(seq=0) for post in found.balance.postings]
    done = [found.outcomes[step.seq] for step in found.steps]
    said = [(outcome.problems, outcome.forced, outcome.notes) for outcome in done]
    return postings, found.balance.marks_log, said, found.demanded, found.exceptions, found.due


@settings(max_examples=300, deadline=None)
@given(APART, st.data())
def test_the_order_of_recording_never_changes_the_result(
    drawn: tuple[Record, list[Record]], data: st.DataObject
) -> None:
    ordered, later = drawn
    assert result(folded(ordered, *data.draw(st.permutations(later)))) == result(folded(ordered, *later))


@settings(max_examples=200, deadline=None)
@given(APART, st.integers(1, 20))
def test_a_balance_at_a_date_needs_no_fact_after_it(drawn: tuple[Record, list[Record]], number: int) -> None:
    ordered, later = drawn
    whole = folded(ordered, *later)
    part = folded(ordered, *(record for record in later if record["at"][:10] < day(number)))
    end = whole.moment.day + number
    until = [post._replace(seq=0) for post in whole.balance.postings if post.day < end]
    assert [post._replace(seq=0) for post in part.balance.postings] == until
    assert part.balance.marks_log == [(at, marks) for at, marks in whole.balance.marks_log if at < end]
