"""Rules 1 and 9, and the book-keeping: what an order enters, and that nothing is counted twice or gets lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.model.balance import OUTSIDE, Balance
from ledger.model.entries import FollowUp, Response, convert, normalise
from ledger.model.postings import Fold, fold
from ledger.model.statuses import RESTRICTED
from tests.strategies import (
    Record,
    entry,
    facts,
    folded,
    follow_up,
    moments,
    names,
    order,
    orders,
    problems,
    response,
    stands,
)

FACTS = st.lists(facts(moments(st.integers(0, 12))), max_size=8)


@pytest.mark.parametrize(
    ("fields", "kind", "pending", "named", "beside"),
    [
        # With an amount C and N names: N named, max(0, C - N) unnamed.
        ({"specified": 257}, "account", "257", 0, 0),
        ({"specified": 257, "targets": ["@a", "@b"]}, "account", "257", 2, 0),
        ({"specified": 2, "targets": ["@a", "@b"]}, "account", "2", 2, 0),
        ({"specified": "about 3", "targets": ["@a", "@b", "@c", "@d"]}, "account", "≈4", 4, 0),
        ({"specified": "some", "targets": ["@a", "@b"]}, "account", "2+", 2, 0),
        ({"specified": "more than 500"}, "account", "500+", 0, 0),
        ({"specified": "up to 40"}, "account", "<40", 0, 0),
        ({"specified": "some"}, "account", "some", 0, 0),
        # Names of other kinds come on top.
        ({"specified": 2, "targets": ["@a", "@b", "hashtag:x"]}, "account", "2", 3, 1),
        ({"specified": 3, "targets": ["@a", "hashtag:x", "https://page.example/1"]}, "account", "3", 3, 2),
        # Without an amount the names are all there is; with neither, the amount is unknown.
        ({"targets": ["@a", "@b"]}, "account", "2", 2, 0),
        ({"targets": ["@a", "hashtag:x"]}, "account", "1", 2, 1),
        ({}, "account", "some", 0, 0),
        # 0 is an amount.
        ({"specified": 0}, "account", None, 0, 0),
        ({"specified": 0, "targets": ["@a"], "specified_of": "hashtag"}, "hashtag", None, 1, 1),
        # What is counted: what is said, else the one other kind that all names are of, else accounts.
        ({"specified": 5, "targets": ["hashtag:x", "hashtag:y"]}, "hashtag", "5", 2, 0),
        ({"specified": 5, "targets": ["https://page.example/1"]}, "url", "5", 1, 0),
        ({"specified": 5, "targets": ["channel:one"]}, "channel", "5", 1, 0),
        ({"specified": 5, "targets": ["hashtag:x", "https://page.example/1"]}, "account", "5", 2, 2),
        ({"specified": 5, "targets": ["hashtag:x"], "specified_of": "account"}, "account", "5", 1, 1),
        ({"specified": 5, "specified_of": "post"}, "post", "5", 0, 0),
        ({"specified": 5, "targets": ["@a", "hashtag:x"], "specified_of": "any"}, "any", "5", 2, 0),
        ({"targets": ["@a", "hashtag:x"], "specified_of": "any"}, "any", "2", 2, 0),
        # The same key twice in one order is one target.
        ({"targets": ["@a", "A", "https://twitter.com/a"]}, "account", "1", 1, 0),
        ({"specified": 1, "targets": ["@a", "@A"]}, "account", "1", 1, 0),
    ],
)
def test_an_order_enters_its_amount_and_its_names(
    fields: Record, kind: str, pending: str | None, named: int, beside: int
) -> None:
    found = folded(order(**fields))
    assert found.balance.kind == kind
    assert stands(found) == ({"pending": pending} if pending else {})
    assert len(found.balance.named) == named
    assert sum(not found.balance.counts(name) for name in found.balance.named) == beside
    assert set(names(found).values()) <= {"pending"}


def test_an_exact_amount_below_its_names_is_a_problem_and_loses_no_name() -> None:
    unchecked = convert(normalise(order(specified=2, targets=["@a", "@b", "@c"])))
    found = fold([(1, unchecked)], "UTC")
    assert problems(found) == {1: ["2 are specified but 3 are named"]}
    assert stands(found) == {"pending": "3"}


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({"received": "2021-02-01", "issued": "2021-01-30"}, "2021-02-01"),
        ({"received": None, "issued": "2021-01-30"}, "2021-01-30"),
        ({"received": "2021-02-01T02:00+05:30"}, "2021-01-31"),
    ],
)
def test_an_order_is_booked_when_it_was_received_else_issued_in_the_reporting_zone(fields: Record, day: str) -> None:
    found = folded(order(specified=3, **fields))
    assert [(post.day, post.n) for post in found.balance.postings] == [(found.moment.day, 3)]
    assert found.moment.day == folded(order(received=day)).moment.day


@pytest.mark.parametrize("relation", ["confirms", "duplicate"])
@pytest.mark.parametrize(
    "fact",
    [
        response("acknowledged"),
        response("statement", targets=["@a", "@z"]),
        response("blocked", all=True),
        response("blocked", count=2),
        response("blocked", targets=["@z"], extra=True, anyway=True),
        follow_up("revoked"),
        follow_up("revoked", targets=["@a"]),
        follow_up("unblock-requested", targets=["@z"]),
    ],
)
def test_an_order_that_only_repeats_another_posts_nothing(relation: str, fact: Record) -> None:
    for amount in (None, 5, "about 5"):
        for targets in ([], ["@a", "hashtag:x"]):
            repeated = order(specified=amount, targets=targets, relates_to="EX-0", relation=relation)
            for found in (folded(repeated), folded(repeated, fact)):
                assert found.balance.postings == []
                assert stands(found) == {}


@pytest.mark.parametrize("relation", ["follow-up", "amends", "supersedes"])
def test_orders_with_other_relations_post_like_any(relation: str) -> None:
    assert stands(folded(order(specified=5, relates_to="EX-0", relation=relation))) == {"pending": "5"}


@pytest.mark.parametrize("action", [*RESTRICTED, "suspended", "policy-removed", "unblocked"])
def test_an_order_for_information_is_never_mixed_with_orders_to_act(action: str) -> None:
    asked = order(requires=["information"], targets=["@a"])
    found = folded(asked, response(action, targets=["@a"]))
    assert "information" in problems(found)[2][0]
    assert stands(found) == {"pending": "1"}
    assert stands(folded(asked, response("provided", all=True))) == {"provided": "1"}
    assert 2 in problems(folded(order(targets=["@a"]), response("provided", all=True)))


def totals(balance: Balance) -> dict[str, int]:
    """Add up the postings of the counted kind by status, holding that none is ever overdrawn."""
    sums: dict[str, int] = {}
    for post in balance.postings:
        assert post.n >= 0
        if balance.kind not in ("any", post.kind):
            continue
        if post.source != OUTSIDE:
            sums[post.source.status] = sums.get(post.source.status, 0) - post.n
            assert sums[post.source.status] >= 0
        sums[post.to.status] = sums.get(post.to.status, 0) + post.n
    return {status: n for status, n in sums.items() if n}


def held(balance: Balance) -> dict[str, int]:
    """Count the units of the counted kind by status: the named one by one, and the unnamed."""
    sums: dict[str, int] = {}
    for name, place in balance.named.items():
        sums[place.status] = sums.get(place.status, 0) + balance.counts(name)
    for place, n in balance.unnamed.items():
        assert n >= 0
        sums[place.status] = sums.get(place.status, 0) + n
    return {status: n for status, n in sums.items() if n}


@settings(max_examples=300, deadline=None)
@given(orders(), FACTS)
def test_whatever_is_recorded_folding_never_fails_and_the_statuses_sum_to_what_was_ordered(
    ordered: Record, later: list[Record]
) -> None:
    balance = folded(ordered, *later).balance
    entered = [post for post in balance.postings if post.source == OUTSIDE and balance.kind in ("any", post.kind)]
    assert sum(held(balance).values()) == balance.total == sum(post.n for post in entered)
    assert {status: n for status, n in balance.tally.items() if n} == held(balance) == totals(balance)
    assert all(balance.named[name] == place for name, place in last_places(balance).items())
    days = [post.day for post in balance.postings]
    assert days == sorted(days)


def last_places(balance: Balance) -> dict[str, object]:
    return {name: post.to for post in balance.postings for name in post.names}


@settings(max_examples=200, deadline=None)
@given(orders(), FACTS)
def test_only_extras_and_what_an_inexact_amount_lacked_come_on_top_of_what_was_ordered(
    ordered: Record, later: list[Record]
) -> None:
    found = folded(ordered, *later)
    first = sum(post.n for post in found.balance.postings if post.seq == 1 and post.kind == found.balance.kind)
    on_top = [post for post in found.balance.postings if post.seq != 1 and post.source == OUTSIDE]
    for post in on_top:
        outcome = found.outcomes[post.seq]
        assert post.names or found.inexact
        assert [
            text
            for text in (*outcome.forced, *outcome.notes)
            if "not on the order's list" in text or "more than" in text
        ]
    if not on_top and found.balance.kind != "any":
        assert found.balance.total == first


@settings(max_examples=200, deadline=None)
@given(orders(), FACTS)
def test_applying_facts_one_by_one_gives_what_folding_them_together_gives(ordered: Record, later: list[Record]) -> None:
    recorded = [(seq, entry(record)) for seq, record in enumerate([ordered, *later], 1)]
    grown = fold(recorded[:1], "UTC")
    for at, (seq, fact) in enumerate(recorded[1:], 2):
        assert isinstance(fact, Response | FollowUp)
        if grown.follows(fact):
            grown.apply(seq, fact)
        else:
            grown = fold(recorded[:at], "UTC")
    whole = fold(recorded, "UTC")
    assert told(grown) == told(whole)


def told(found: Fold) -> object:
    outcomes = {seq: (done.problems, done.forced, done.notes) for seq, done in found.outcomes.items()}
    return found.balance.postings, found.balance.marks_log, outcomes, found.demanded, found.exceptions, found.due
