"""Rule 4's levels, and how exact a figure is: flows by their postings, balances by their marks."""

from __future__ import annotations

import pytest

from ledger.model.balance import Posting
from ledger.model.postings import Fold
from ledger.model.quantities import qualifier, show
from tests.strategies import Record, folded, follow_up, names, order, problems, response, said, stands

TEN = order(specified=10, targets=["@a", "@b"])
ABOUT_50 = response("blocked", so_far="about 50")


def flow(found: Fold, seq: int, *, to: str) -> str:
    """Return what one entry moved into a status, as it is shown."""
    posts: list[Posting] = [post for post in found.balance.postings if post.seq == seq and post.to.status == to]
    n, marks = sum(post.n for post in posts), 0
    for post in posts:
        marks |= post.marks
    return show(n, qualifier(n, marks))


@pytest.mark.parametrize(
    ("before", "fact", "after", "moved"),
    [
        # What is missing moves: named ones counted, unnamed ones drawn.
        ([], response("blocked", so_far=4), {"pending": "6", "blocked": "4"}, "4"),
        ([response("blocked", count=3)], response("blocked", so_far=4), {"pending": "6", "blocked": "4"}, "1"),
        ([response("blocked", targets=["@a"])], response("blocked", so_far=4), {"pending": "6", "blocked": "4"}, "3"),
        ([response("blocked", count=4)], response("blocked", so_far=4), {"pending": "6", "blocked": "4"}, "0"),
        ([], response("blocked", so_far=8), {"pending": "2", "blocked": "8"}, "8"),
        # It is drawn as a count is.
        ([response("withheld", count=8)], response("blocked", so_far=5), {"pending": "2", "withheld": "3", "blocked": "5"}, "5"),
        ([response("blocked", all=True)], response("unblocked", so_far=5), {"blocked": "5", "unblocked": "5"}, "5"),
        # Names given are part of it.
        ([], response("blocked", so_far=4, targets=["@a"]), {"pending": "6", "blocked": "4"}, "4"),
        ([], response("blocked", so_far=4, targets=["@a", "@new"]), {"pending": "6", "blocked": "4"}, "4"),
        ([], response("blocked", so_far=2, targets=["@a", "@b"]), {"pending": "8", "blocked": "2"}, "2"),
        ([], response("blocked", so_far=9, targets=["@a"]), {"pending": "1", "blocked": "9"}, "9"),
        # The whole order: the named ones move too.
        ([], response("blocked", so_far=10), {"blocked": "10"}, "10"),
        ([response("blocked", targets=["@a"])], response("blocked", so_far=10), {"blocked": "10"}, "9"),
        ([response("refused", targets=["@a"])], response("blocked", so_far="about 10"), {"pending": "≈0", "blocked": "≈10"}, "≈10"),
        # 0 is a level.
        ([], response("blocked", so_far=0), {"pending": "10"}, "0"),
    ],
)  # fmt: skip
def test_a_level_moves_what_is_missing_to_reach_it(
    before: list[Record], fact: Record, after: dict[str, str], moved: str
) -> None:
    found = folded(TEN, *before, fact)
    assert problems(found) == {}
    assert stands(found) == after
    assert flow(found, len(before) + 2, to=str(fact["action"])) == moved


def test_a_name_of_another_kind_is_no_part_of_a_level() -> None:
    listed = order(specified=10, targets=["@a", "hashtag:x"])
    found = folded(listed, response("blocked", so_far=4, targets=["@a", "hashtag:x"]))
    assert stands(found) == {"pending": "6", "blocked": "4"}
    assert names(found) == {"a": "blocked", "x": "blocked"}
    first = folded(listed, response("blocked", so_far=1, targets=["hashtag:x", "@a"]))
    assert problems(first) == {}
    assert names(first) == {"a": "blocked", "x": "blocked"}


@pytest.mark.parametrize(
    ("targets", "stand"),
    [
        (["@a"], {"a": "blocked", "b": "pending"}),
        (["@a", "@b"], {"a": "blocked", "b": "blocked"}),
        (["@new"], {"a": "pending", "b": "pending", "new": "blocked"}),
        (["@a", "@new"], {"a": "blocked", "b": "pending", "new": "blocked"}),
    ],
)
@pytest.mark.parametrize("amount", [10, "about 10"])
def test_where_a_level_is_reached_a_name_is_one_of_those_there(
    targets: list[str], stand: dict[str, str], amount: object
) -> None:
    start = order(specified=amount, targets=["@a", "@b"])
    found = folded(start, response("blocked", count=3), response("blocked", so_far=3, targets=targets))
    assert problems(found) == {}
    assert names(found) == stand
    assert found.balance.in_status("blocked") == 3
    assert found.balance.total == 10
    assert not [post for post in found.balance.postings if post.seq == 3 and post.n and post.source != post.to]


def test_names_are_taken_in_turn_until_the_level_is_reached_and_then_are_among_those_there() -> None:
    before = (TEN, response("blocked", count=3))
    found = folded(*before, response("blocked", so_far=4, targets=["@a", "@b", "@new"]))
    assert names(found) == {"a": "blocked", "b": "blocked", "new": "blocked"}
    assert stands(found) == {"pending": "6", "blocked": "4"}
    assert sum(n for place, n in found.balance.unnamed.items() if place.status == "blocked") == 1


def test_names_beyond_a_level_whose_units_are_all_named_are_a_problem() -> None:
    before = (TEN, response("blocked", targets=["@a"]))
    found = folded(*before, response("blocked", so_far=1, targets=["@b"]))
    assert "@b" in problems(found)[3][0]
    assert stands(found) == {"pending": "9", "blocked": "1"}


@pytest.mark.parametrize("level", [9, "about 9", "at least 9", "up to 9"])
def test_a_level_that_needs_some_of_the_named_asks_for_their_names(level: object) -> None:
    found = folded(TEN, response("blocked", so_far=level))
    assert "name them" in problems(found)[2][0]
    assert found.balance.in_status("blocked") == 8
    assert names(found) == {"a": "pending", "b": "pending"}


def test_a_level_of_some_where_only_named_ones_could_be_meant_asks_for_their_names() -> None:
    found = folded(order(targets=["@a", "@b"]), response("blocked", so_far="some"))
    assert "name" in problems(found)[2][0]


@pytest.mark.parametrize("level", [3, "about 3", "up to 3"])
@pytest.mark.parametrize("targets", [[], ["@a"], ["@new"]])
def test_a_level_below_what_is_booked_is_refused_with_the_numbers(level: object, targets: list[str]) -> None:
    found = folded(TEN, response("blocked", count=4), response("blocked", so_far=level, targets=targets))
    (problem,) = problems(found)[3]
    assert "3" in problem
    assert "below the 4" in problem
    assert stands(found) == {"pending": "6", "blocked": "4"}


@pytest.mark.parametrize("level", ["at least 3", "3+", "some"])
def test_a_level_that_the_booked_one_satisfies_moves_nothing(level: str) -> None:
    found = folded(TEN, response("blocked", count=4), response("blocked", so_far=level))
    assert problems(found) == {}
    assert stands(found) == {"pending": "6", "blocked": "4"}
    assert "nothing moved" in said(found, 3)


@pytest.mark.parametrize("level", [11, "about 11", "at least 11"])
def test_a_level_beyond_the_order_is_refused_with_the_numbers(level: object) -> None:
    found = folded(TEN, response("blocked", so_far=level))
    assert "the order holds 10" in problems(found)[2][0]


def test_own_rules_targets_are_no_part_of_the_whole_that_a_level_moves() -> None:
    found = folded(TEN, response("suspended", targets=["@a"]), response("blocked", so_far=10))
    assert 3 in problems(found)
    assert names(found)["a"] == "suspended"


@pytest.mark.parametrize("how", ["count", "so_far"])
@pytest.mark.parametrize("amount", [None, "some"])
def test_some_of_an_unknown_amount_is_booked_as_some(how: str, amount: str | None) -> None:
    found = folded(order(specified=amount), response("blocked", **{how: "some"}))
    assert problems(found) == {}
    assert stands(found)["blocked"] == "some"


@pytest.mark.parametrize(
    ("stated", "there", "left"),
    [
        ("30", "30", "70"),
        ("about 30", "≈30", "≈70"),
        ("at least 30", "30+", "<70"),
        ("up to 30", "<30", "70+"),
        ("some", "some", "<100"),
    ],
)
@pytest.mark.parametrize("how", ["count", "so_far"])
def test_an_inexact_posting_marks_both_ends_and_at_least_and_under_change_places_where_it_leaves(
    stated: str, there: str, left: str, how: str
) -> None:
    found = folded(order(specified=100), response("blocked", **{how: stated}))
    assert stands(found) == {"pending": left, "blocked": there}
    assert flow(found, 2, to="blocked") == there


@pytest.mark.parametrize(
    ("entries", "after"),
    [
        # An exact posting out of an inexact status leaves the marks where they are.
        ([ABOUT_50, response("unblocked", count=20)], {"pending": "≈50", "blocked": "≈30", "unblocked": "20"}),
        # Moving everything out takes them along.
        ([ABOUT_50, response("unblocked", all=True)], {"pending": "≈50", "unblocked": "≈50"}),
        ([ABOUT_50, response("unblocked", count=50)], {"pending": "≈50", "unblocked": "≈50"}),
        ([ABOUT_50, response("refused", all=True)], {"refused": "≈50", "blocked": "≈50"}),
        # An exact level clears the marks of the status it states, and of no other.
        ([ABOUT_50, response("blocked", so_far=60)], {"pending": "≈40", "blocked": "60"}),
        ([ABOUT_50, response("blocked", so_far=50)], {"pending": "≈50", "blocked": "50"}),
        ([ABOUT_50, response("refused", so_far=10)], {"pending": "≈40", "blocked": "≈50", "refused": "10"}),
        ([ABOUT_50, response("blocked", so_far=100)], {"blocked": "100"}),
        ([response("blocked", so_far="some"), response("blocked", so_far=0)], {"pending": "<100"}),
        # Marks add up.
        (
            [response("blocked", count="at least 30"), response("blocked", count="up to 20")],
            {"pending": "≈50", "blocked": "≈50"},
        ),
        (
            [response("blocked", count="some"), response("blocked", count="at least 20")],
            {"pending": "<80", "blocked": "20+"},
        ),
        # What empties a status inexactly does not say that it is empty.
        ([response("blocked", count="about 100")], {"pending": "≈0", "blocked": "≈100"}),
        ([response("blocked", count="at least 100")], {"blocked": "100+"}),
    ],
)
def test_a_balance_keeps_its_marks_until_they_are_cleared_or_taken_along(
    entries: list[Record], after: dict[str, str]
) -> None:
    found = folded(order(specified=100), *entries)
    assert problems(found) == {}
    assert {status: n for status, n in stands(found).items() if n != "0"} == after
    assert found.balance.total == 100


@pytest.mark.parametrize("level", ["about 50", "at least 50", "up to 50"])
def test_a_level_at_which_nothing_moves_makes_no_exact_figure_inexact(level: str) -> None:
    found = folded(order(specified=100), response("blocked", count=50), response("blocked", so_far=level))
    assert "nothing moved" in said(found, 3)
    assert stands(found) == {"pending": "50", "blocked": "50"}


@pytest.mark.parametrize(
    ("amount", "pending", "blocked"),
    [("about 10", "≈7", "3"), ("at least 10", "7+", "3"), ("up to 10", "<7", "3"), ("10", "7", "3")],
)
def test_the_marks_of_an_orders_amount_stay_in_pending_while_some_of_it_does(
    amount: str, pending: str, blocked: str
) -> None:
    found = folded(order(specified=amount, targets=["@a"]), response("blocked", count=2, targets=["@a"]))
    assert stands(found) == {"pending": pending, "blocked": blocked}


def test_the_flow_of_a_move_that_takes_marks_along_is_inexact() -> None:
    found = folded(order(specified=100), ABOUT_50, response("unblocked", all=True))
    assert flow(found, 3, to="unblocked") == "≈50"
    exact = folded(order(specified=100), ABOUT_50, response("unblocked", count=20))
    assert flow(exact, 3, to="unblocked") == "20"


@pytest.mark.parametrize(("before", "moved"), [("50", "10"), ("about 50", "≈10"), ("at least 50", "<10")])
def test_what_is_missing_from_an_inexact_balance_to_an_exact_level_is_inexact(before: str, moved: str) -> None:
    found = folded(order(specified=100), response("blocked", so_far=before), response("blocked", so_far=60))
    assert flow(found, 3, to="blocked") == moved
    assert stands(found)["blocked"] == "60"


def test_the_founding_order_stands_at_each_date_as_its_sources_say() -> None:
    listed = order(specified="257", targets=["@one", "@two", "@three", "@four", "hashtag:x"])
    four = ["@one", "@two", "@three", "@four"]
    story = [
        response("withheld", "2021-02-01", targets=four, so_far="about 250", countries=["IN"]),
        response("unblocked", "2021-02-01", all=True),
        follow_up("non-compliance-notice", "2021-02-02"),
        response("blocked", "2021-02-10", so_far=126),
        response("blocked", "2021-02-12", so_far=220),
    ]
    expected = [
        {"pending": "≈7", "withheld": "≈250"},
        {"pending": "≈7", "unblocked": "≈250"},
        {"pending": "≈7", "unblocked": "≈250"},
        {"blocked": "126", "unblocked": "≈131"},
        {"blocked": "220", "unblocked": "≈37"},
    ]
    for at, after in enumerate(expected, 1):
        found = folded(listed, *story[:at])
        assert {status: n for status, n in stands(found).items() if n != "0"} == after
        assert names(found)["x"] == "pending"
