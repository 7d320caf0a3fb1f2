"""Rule 7: where a restriction holds, and how countries are added and lifted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.model.postings import Fold
from ledger.model.statuses import MOVES, RESTRICTED
from tests.strategies import Record, folded, names, order, problems, response, said, stands

TWO = order(targets=["@a", "@b"])
FIVE = order(specified=5)
SOMEWHERE = st.lists(st.sampled_from(("IN", "US", "FR", "worldwide")), max_size=3, unique=True)


def where(found: Fold, name: str = "a") -> tuple[str, ...]:
    """Return where the restriction of one account holds."""
    return found.balance.named[f"twitter account {name}"].where


def unnamed(found: Fold) -> dict[tuple[str, ...], int]:
    """Return how many unnamed units are restricted where."""
    places = found.balance.unnamed.items()
    return {place.where: n for place, n in places if n and place.status in RESTRICTED}


def on(action: str, *countries: str, **fields: Any) -> Record:
    """Return a response about @a in some countries."""
    return response(action, countries=list(countries), **(fields or {"targets": ["@a"]}))


@pytest.mark.parametrize(
    ("action", "countries", "holds"),
    [
        ("withheld", (), ("IN",)),
        ("withheld", ("US",), ("US",)),
        ("withheld", ("US", "FR"), ("FR", "US")),
        ("withheld", ("us", "US"), ("US",)),
        ("withheld", ("worldwide",), ("worldwide",)),
        ("blocked", (), ()),
        ("removed", (), ()),
        ("demoted", (), ()),
        ("blocked", ("FR",), ("FR",)),
        ("removed", ("WORLDWIDE",), ("worldwide",)),
    ],
)
def test_a_restriction_holds_where_the_response_says_else_where_the_order_was_made_if_it_is_withheld(
    action: str, countries: tuple[str, ...], holds: tuple[str, ...]
) -> None:
    assert where(folded(TWO, on(action, *countries))) == holds
    assert unnamed(folded(FIVE, on(action, *countries, count=2))) == {holds: 2}
    assert unnamed(folded(FIVE, on(action, *countries, so_far=2))) == {holds: 2}
    assert unnamed(folded(FIVE, on(action, *countries, all=True))) == {holds: 5}


@pytest.mark.parametrize(("countries", "holds"), [((), ("IN",)), (("US",), ("US",))])
@pytest.mark.parametrize("how", ["count", "so_far"])
def test_some_hold_where_any_number_would(countries: tuple[str, ...], holds: tuple[str, ...], how: str) -> None:
    found = folded(FIVE, on("withheld", *countries, **{how: "some"}))
    assert {post.to.where for post in found.balance.postings if post.to.status == "withheld"} == {holds}


@pytest.mark.parametrize(
    ("steps", "status", "holds"),
    [
        # Countries are added; a response that names none adds none.
        ([("withheld", "IN"), ("withheld", "US")], "withheld", ("IN", "US")),
        ([("withheld", "IN"), ("withheld", "IN", "FR")], "withheld", ("FR", "IN")),
        ([("withheld", "US"), ("withheld",)], "withheld", ("US",)),
        ([("withheld", "IN"), ("withheld", "worldwide")], "withheld", ("worldwide",)),
        ([("blocked",), ("blocked", "IN")], "blocked", ("IN",)),
        # Lifted alone; the status changes when none is left.
        ([("withheld", "IN", "US"), ("unblocked", "US")], "withheld", ("IN",)),
        ([("withheld", "IN", "US"), ("unblocked", "US"), ("unblocked", "IN")], "unblocked", ()),
        ([("withheld", "IN", "US"), ("unblocked", "IN", "US")], "unblocked", ()),
        ([("withheld", "IN", "US"), ("unblocked", "IN", "FR")], "withheld", ("US",)),
        ([("withheld", "IN"), ("unblocked", "IN")], "unblocked", ()),
        ([("withheld", "IN", "US"), ("unblocked",)], "unblocked", ()),
        ([("withheld", "IN", "US"), ("unblocked", "worldwide")], "unblocked", ()),
        ([("blocked",), ("unblocked",)], "unblocked", ()),
        # What was lifted in one country can be restricted there again.
        ([("withheld", "IN", "US"), ("unblocked", "US"), ("withheld", "US")], "withheld", ("IN", "US")),
        ([("withheld", "US"), ("unblocked", "US"), ("withheld",)], "withheld", ("IN",)),
        # Worldwide but for one country.
        ([("blocked", "worldwide"), ("unblocked", "IN")], "blocked", ("-IN", "worldwide")),
        ([("blocked", "worldwide"), ("unblocked", "IN"), ("blocked", "IN")], "blocked", ("worldwide",)),
        ([("blocked", "worldwide"), ("unblocked", "IN"), ("blocked", "worldwide")], "blocked", ("worldwide",)),
        ([("blocked", "worldwide"), ("unblocked", "IN"), ("unblocked",)], "unblocked", ()),
        # From one restriction to another the countries go along.
        ([("withheld", "IN"), ("blocked", "US")], "blocked", ("IN", "US")),
        ([("blocked", "US"), ("unblocked",), ("blocked", "FR")], "blocked", ("FR",)),
    ],
)
def test_countries_are_added_and_lifted(steps: list[tuple[str, ...]], status: str, holds: tuple[str, ...]) -> None:
    found = folded(TWO, *(on(action, *countries) for action, *countries in steps))
    assert problems(found) == {}
    assert names(found) == {"a": status, "b": "pending"}
    assert where(found) == holds
    assert found.balance.total == 2


@pytest.mark.parametrize(
    ("before", "fact"),
    [
        ([("withheld", "IN")], ("unblocked", "US")),
        # Where is not stated, so it cannot be lifted in one country alone.
        ([("blocked",)], ("unblocked", "IN")),
    ],
)
def test_what_does_not_hold_in_a_country_cannot_be_lifted_there(
    before: list[tuple[str, ...]], fact: tuple[str, ...]
) -> None:
    steps = [on(action, *countries) for action, *countries in (*before, fact)]
    found = folded(TWO, *steps)
    assert list(problems(found)) == [len(steps) + 1]
    assert "@a" in problems(found)[len(steps) + 1][0]
    assert names(found)["a"] == before[0][0]


def test_the_same_countries_again_are_said_to_be_there_already() -> None:
    found = folded(TWO, on("withheld", "IN", "US"), on("withheld", "US"))
    assert [post for post in found.balance.postings if post.seq == 3] == []
    assert "already withheld in IN, US" in said(found, 3)


def test_countries_are_added_for_the_named_that_are_there_already_and_no_amount_moves() -> None:
    found = folded(TWO, on("withheld", "IN"), on("withheld", "US", all=True))
    assert where(found) == ("IN", "US")
    assert where(found, "b") == ("US",)
    assert stands(found) == {"withheld": "2"}


def test_all_adds_countries_to_the_unnamed_too() -> None:
    found = folded(FIVE, on("withheld", "IN", count=3), on("withheld", "US", all=True))
    assert unnamed(found) == {("IN", "US"): 3, ("US",): 2}


def test_a_level_that_is_reached_adds_the_countries_it_names_to_its_named_ones() -> None:
    start = (FIVE, on("withheld", "IN", count=3))
    found = folded(*start, on("withheld", "US", so_far=3, targets=["@a"]))
    assert where(found) == ("IN", "US")
    listed = order(specified=5, targets=["@a"])
    exchanged = folded(listed, on("withheld", "IN", count=3), on("withheld", "US", so_far=3, targets=["@a"]))
    assert where(exchanged) == ("IN", "US")


@pytest.mark.parametrize("amounts", [{"count": 2}, {"so_far": 2}, {"all": True}])
def test_a_partial_lift_of_unnamed_units_asks_for_names(amounts: Record) -> None:
    found = folded(FIVE, on("withheld", "IN", "US", count=3), on("unblocked", "US", **amounts))
    assert "name the targets" in problems(found)[3][0]
    assert unnamed(found) == {("IN", "US"): 3}


@pytest.mark.parametrize(
    ("amounts", "left"), [({"count": 2}, {("IN",): 1}), ({"so_far": 2}, {("IN",): 1}), ({"all": True}, {})]
)
def test_unnamed_units_that_hold_in_one_country_are_lifted_whole(
    amounts: Record, left: dict[tuple[str, ...], int]
) -> None:
    found = folded(FIVE, on("withheld", "IN", count=3), on("unblocked", "IN", **amounts))
    assert problems(found) == {}
    assert unnamed(found) == left


@pytest.mark.parametrize("amounts", [{"count": 2}, {"so_far": 2}])
def test_a_lift_in_one_country_draws_from_what_holds_there(amounts: Record) -> None:
    spread = (FIVE, on("withheld", "IN", count=2), on("withheld", "US", count=2))
    found = folded(*spread, on("unblocked", "US", **amounts))
    assert problems(found) == {}
    assert unnamed(found) == {("IN",): 2}


def test_all_are_lifted_in_one_country_that_hold_there() -> None:
    start = (order(specified=4, targets=["@a", "@b"]), on("withheld", "IN"), on("withheld", "US", targets=["@b"]))
    more = (on("withheld", "IN", count=1), on("withheld", "US", count=1))
    found = folded(*start, *more, on("unblocked", "US", all=True))
    assert problems(found) == {}
    assert names(found) == {"a": "withheld", "b": "unblocked"}
    assert unnamed(found) == {("IN",): 1}


def test_a_partial_lift_names_one_of_the_unnamed() -> None:
    found = folded(FIVE, on("withheld", "IN", "US", count=3), on("unblocked", "US"))
    assert where(found) == ("IN",)
    assert unnamed(found) == {("IN", "US"): 2}
    assert stands(found) == {"pending": "2", "withheld": "3"}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(MOVES), SOMEWHERE), max_size=8))
def test_where_a_restriction_holds_is_stated_in_order_and_without_contradiction(
    steps: list[tuple[str, list[str]]],
) -> None:
    found = folded(TWO, *(on(action, *countries) for action, countries in steps if action != "provided"))
    for place in found.balance.named.values():
        held = place.where
        assert list(held) == sorted(set(held))
        assert not {country for country in held if f"-{country}" in held}
        assert "worldwide" in held or not [country for country in held if country.startswith("-")]
        assert not held or place.status not in ("pending", "unblocked", "refused")
        assert held or place.status != "withheld"


@settings(max_examples=200, deadline=None)
@given(SOMEWHERE.filter(bool), SOMEWHERE.filter(bool))
def test_what_was_restricted_in_some_countries_and_lifted_in_all_of_them_is_unblocked(
    first: list[str], second: list[str]
) -> None:
    found = folded(TWO, on("withheld", *first), on("withheld", *second), on("unblocked", *first, *second))
    assert names(found)["a"] == "unblocked"
    assert problems(found) == {}
