"""Rules 2, 3 and 5, and the counts of rule 4: names, draws, counts, and moves that cannot be."""

from __future__ import annotations

import pytest

from ledger.model.statuses import CLOSED, OPEN, OWN_RULES, RESTRICTED
from tests.strategies import Record, folded, follow_up, names, order, problems, response, said, stands

DRAWN = {
    **{
        action: ("pending", "not-enough-info", "unblocked", "refused", *(s for s in RESTRICTED if s != action))
        for action in RESTRICTED
    },
    **dict.fromkeys(CLOSED, OPEN),
    "unblocked": RESTRICTED,
    "not-enough-info": ("pending",),
}
EVERYWHERE = (*OPEN, *RESTRICTED, "unblocked", *CLOSED)
# Two unnamed units in each of these statuses: what is drawn comes from `pending` as long as there is enough.
SPREAD = (
    order(specified=2 * len(EVERYWHERE)),
    response("blocked", count=2),
    response("unblocked", count=2),
    *(response(status, count=2) for status in EVERYWHERE if status not in ("pending", "unblocked")),
)
FIVE = order(specified=5, targets=["@a", "@b"])


@pytest.mark.parametrize("action", DRAWN)
def test_unnamed_units_are_drawn_from_what_the_action_takes_from_in_its_order(action: str) -> None:
    assert stands(folded(*SPREAD)) == dict.fromkeys(EVERYWHERE, "2")
    drawn = DRAWN[action]
    for taken in range(2 * len(drawn) + 1):
        expected = dict.fromkeys(EVERYWHERE, 2)
        expected[action] += taken
        for at, status in enumerate(drawn):
            expected[status] -= max(0, min(2, taken - 2 * at))
        found = folded(*SPREAD, response(action, count=taken))
        assert {status: found.balance.in_status(status) for status in EVERYWHERE} == expected
        assert problems(found) == {}
    more = folded(*SPREAD, response(action, count=2 * len(drawn) + 1))
    assert list(problems(more)) == [len(SPREAD) + 1]
    assert more.balance.in_status(action) == 2 + 2 * len(drawn)


@pytest.mark.parametrize("action", DRAWN)
def test_all_moves_everything_the_action_takes_from_and_nothing_else(action: str) -> None:
    found = folded(*SPREAD, response(action, all=True))
    rest = {status: "2" for status in EVERYWHERE if status not in (action, *DRAWN[action])}
    assert stands(found) == rest | {action: str(2 + 2 * len(DRAWN[action]))}


def test_all_moves_named_targets_of_every_kind_and_leaves_those_under_the_platforms_own_rules() -> None:
    listed = order(specified=6, targets=["@a", "@b", "@c", "hashtag:x"])
    before = (listed, response("suspended", targets=["@a"]), response("refused", targets=["@b"]))
    found = folded(*before, response("blocked", all=True))
    assert names(found) == {"a": "suspended", "b": "blocked", "c": "blocked", "x": "blocked"}
    assert stands(found) == {"blocked": "5", "suspended": "1"}
    lifted = folded(*before, response("blocked", all=True), response("unblocked", all=True))
    assert names(lifted) == {"a": "suspended", "b": "unblocked", "c": "unblocked", "x": "unblocked"}


def test_all_of_nothing_is_a_problem_with_the_numbers_and_all_done_already_is_none() -> None:
    assert "nothing to move" in problems(folded(FIVE, response("unblocked", all=True)))[2][0]
    assert "nothing to move" in problems(folded(order(specified=0), response("blocked", all=True)))[2][0]
    again = folded(FIVE, response("blocked", all=True), response("blocked", all=True))
    assert problems(again) == {}
    assert "already" in said(again, 3)
    assert [post for post in again.balance.postings if post.seq == 3] == []


def test_all_of_an_unknown_amount_moves_it_whole() -> None:
    assert stands(folded(order(), response("blocked", all=True))) == {"blocked": "some"}
    lifted = (response("blocked", all=True), response("unblocked", all=True))
    assert stands(folded(order(specified="some"), *lifted)) == {"unblocked": "some"}


@pytest.mark.parametrize("action", OWN_RULES)
def test_own_rules_statuses_take_a_named_target_from_anywhere_and_give_it_back_by_name(action: str) -> None:
    for before in ([], [response("blocked", targets=["@a"])], [response("refused", targets=["@a"])]):
        found = folded(FIVE, *before, response(action, targets=["@a"]))
        assert names(found)["a"] == action
        assert stands(found)["pending"] == "4"
        back = folded(FIVE, *before, response(action, targets=["@a"]), response("blocked", targets=["@a"]))
        assert names(back)["a"] == "blocked"


def test_names_move_from_where_each_is_and_one_that_is_there_already_posts_nothing() -> None:
    found = folded(FIVE, response("blocked", targets=["@a"]), response("blocked", targets=["@a", "@b"]))
    assert names(found) == {"a": "blocked", "b": "blocked"}
    assert [post.names for post in found.balance.postings if post.seq == 3] == [("twitter account b",)]
    assert "@a: already blocked" in said(found, 3)


def test_a_name_not_on_the_list_identifies_one_of_the_unnamed_and_the_receipt_says_so() -> None:
    found = folded(FIVE, response("blocked", targets=["@new"]))
    assert names(found) == {"a": "pending", "b": "pending", "new": "blocked"}
    assert stands(found) == {"pending": "4", "blocked": "1"}
    assert sum(found.balance.unnamed.values()) == 2
    assert "@new" in said(found, 2)
    assert "unnamed" in said(found, 2)


@pytest.mark.parametrize(
    ("before", "action", "stood"),
    [
        ([("blocked", 3)], "unblocked", "blocked"),
        ([("blocked", 3)], "blocked", "blocked"),
        ([("blocked", 1)], "blocked", "pending"),
        ([("refused", 2)], "refused", "pending"),
        ([("refused", 3)], "refused", "refused"),
        ([("withheld", 3)], "blocked", "withheld"),
        ([("not-found", 3)], "blocked", "not-found"),
        ([("blocked", 3)], "suspended", "blocked"),
    ],
)
def test_a_name_is_identified_where_the_action_can_take_it_from(
    before: list[tuple[str, int]], action: str, stood: str
) -> None:
    made = [FIVE, *(response(status, count=n) for status, n in before), response(action, targets=["@new"])]
    found = folded(*made)
    assert names(found)["new"] == action
    given = next(post for post in found.balance.postings if post.names == ("twitter account new",))
    assert given.to.status == stood
    assert found.balance.total == 5


def test_units_that_cannot_take_the_move_are_not_said_to_be_gone() -> None:
    found = folded(order(specified=5), response("refused", all=True), response("unblocked", targets=["@new"]))
    assert "refused" in problems(found)[3][0]
    assert "no unnamed" not in problems(found)[3][0]
    assert found.balance.total == 5


@pytest.mark.parametrize("amount", [5, "about 5"])
def test_a_move_that_cannot_be_enters_nothing(amount: object) -> None:
    found = folded(order(specified=amount), response("unblocked", targets=["@new"]))
    assert 2 in problems(found)
    assert found.balance.total == 5


@pytest.mark.parametrize(("named", "near"), [("@examplehandel", "@examplehandle"), ("@zzz", None)])
def test_a_stranger_is_refused_with_the_nearest_name_where_all_are_named(named: str, near: str | None) -> None:
    found = folded(order(targets=["@examplehandle", "@b"]), response("blocked", targets=[named, "@b"]))
    (problem,) = problems(found)[2]
    assert f"{named} is not on the order's list" in problem
    assert (f"did you mean {near}?" in problem) == (near is not None)
    assert names(found) == {"examplehandle": "pending", "b": "blocked"}


def test_a_name_of_another_kind_is_none_of_the_unnamed() -> None:
    assert 2 in problems(folded(FIVE, response("blocked", targets=["hashtag:new"])))
    found = folded(order(specified=5, specified_of="any"), response("blocked", targets=["hashtag:new"]))
    assert stands(found) == {"pending": "4", "blocked": "1"}


def test_extra_admits_a_name_where_none_of_the_unnamed_can_be_it_and_check_keeps_it() -> None:
    found = folded(order(targets=["@a"]), response("blocked", targets=["@new", "hashtag:x"], extra=True))
    assert problems(found) == {}
    assert names(found) == {"a": "pending", "new": "blocked", "x": "blocked"}
    assert stands(found) == {"pending": "1", "blocked": "1"}
    assert "admitted" in said(found, 2)
    assert len(found.outcomes[2].forced) == 2


def test_extra_identifies_first_and_says_which_it_did() -> None:
    found = folded(order(specified=1), response("blocked", targets=["@one"], extra=True))
    assert found.balance.total == 1
    assert "unnamed" in said(found, 2)
    assert "admitted" not in said(found, 2)
    both = folded(order(specified=1), response("blocked", targets=["@one", "@two"], extra=True))
    assert both.balance.total == 2
    assert [text.split(":")[0] for text in both.outcomes[2].forced] == ["@two"]


def test_a_statement_moves_and_identifies_nothing() -> None:
    found = folded(
        FIVE, response("acknowledged", targets=["@a", "@new"]), follow_up("deadline-extended", due="2021-03-01")
    )
    assert stands(found) == {"pending": "5"}
    assert names(found) == {"a": "pending", "b": "pending"}
    assert found.due == "2021-03-01"


def test_a_count_moves_unnamed_units_and_names_come_on_top() -> None:
    found = folded(FIVE, response("blocked", count=2, targets=["@a"]))
    assert stands(found) == {"pending": "2", "blocked": "3"}
    assert names(found) == {"a": "blocked", "b": "pending"}
    new = folded(FIVE, response("blocked", count=2, targets=["@new"]))
    assert stands(new) == {"pending": "2", "blocked": "3"}
    assert sum(new.balance.unnamed.values()) == 2
    assert 2 in problems(folded(FIVE, response("blocked", count=3, targets=["@new"])))
    assert folded(FIVE, response("blocked", count=0)).balance.postings == folded(FIVE).balance.postings


@pytest.mark.parametrize(
    ("before", "fact"),
    [
        ([], response("blocked", count=4)),
        ([], response("unblocked", count=1)),
        ([response("blocked", count=2)], response("unblocked", count=3)),
        ([], response("unblocked", targets=["@a"])),
        ([response("blocked", targets=["@a"])], response("refused", targets=["@a"])),
        ([], response("blocked", "2021-01-31", count=1)),
        ([], follow_up("revoked", "2021-01-31")),
    ],
)
def test_a_move_that_cannot_be_is_a_problem_of_that_entry_alone(before: list[Record], fact: Record) -> None:
    found = folded(FIVE, *before, fact)
    seq = len(before) + 2
    assert list(problems(found)) == [seq]
    assert found.balance.total == 5


def test_what_is_too_much_is_refused_with_the_numbers() -> None:
    found = folded(FIVE, response("blocked", count=1), response("blocked", count=9))
    (problem,) = problems(found)[3]
    for figure in ("9 cannot be blocked", "2 unnamed", "the order holds 5", "pending 4", "blocked 1"):
        assert figure in problem


@pytest.mark.parametrize(
    ("amount", "fact", "after", "more"),
    [
        ("about 5", response("blocked", count=8), {"blocked": "≈8"}, 3),
        ("at least 5", response("blocked", count=8), {"pending": "0+", "blocked": "8"}, 3),
        ("some", response("blocked", count=8), {"pending": "some", "blocked": "8"}, 8),
        (None, response("blocked", count=8), {"pending": "some", "blocked": "8"}, 8),
        ("about 5", response("blocked", so_far=8), {"blocked": "8"}, 3),
        ("at least 5", response("refused", so_far="about 8"), {"pending": "≈0", "refused": "≈8"}, 3),
        ("about 5", response("not-enough-info", count=6), {"not-enough-info": "≈6"}, 1),
        (None, response("blocked", targets=["@a", "@b"]), {"pending": "some", "blocked": "2"}, 2),
    ],
)
def test_an_inexact_amount_gives_what_was_lacking_and_the_receipt_says_so(
    amount: object, fact: Record, after: dict[str, str], more: int
) -> None:
    found = folded(order(specified=amount), fact)
    assert problems(found) == {}
    assert stands(found) == after
    lacking = [post for post in found.balance.postings if post.seq == 2 and not post.source.status]
    assert {post.to.status for post in lacking} == {"pending"}
    assert sum(post.n for post in lacking) == more
    assert all(post.marks == found.amount_marks for post in lacking)
    assert "entered into pending first" in said(found, 2)


@pytest.mark.parametrize("amount", ["up to 5", 5])
def test_an_amount_that_cannot_be_more_gives_no_more(amount: object) -> None:
    found = folded(order(specified=amount), response("blocked", count=6))
    assert 2 in problems(found)
    assert found.balance.total == 5


def test_what_was_never_restricted_is_not_unblocked_under_an_inexact_amount_either() -> None:
    found = folded(order(specified="about 5"), response("unblocked", count=6))
    assert 2 in problems(found)
    assert stands(found) == {"pending": "≈5"}


@pytest.mark.parametrize(
    ("fact", "after"),
    [
        (response("unblocked", count=3, anyway=True), {"pending": "2", "unblocked": "3"}),
        (response("unblocked", so_far=3, anyway=True), {"pending": "2", "unblocked": "3"}),
        (response("unblocked", all=True, anyway=True), {"unblocked": "5"}),
        (response("unblocked", targets=["@a"], anyway=True), {"pending": "4", "unblocked": "1"}),
        (response("unblocked", targets=["@new"], anyway=True), {"pending": "4", "unblocked": "1"}),
        (response("blocked", "2021-01-15", count=2, anyway=True), {"pending": "3", "blocked": "2"}),
    ],
)
def test_anyway_draws_from_wherever_units_stand_and_check_keeps_reporting_it(
    fact: Record, after: dict[str, str]
) -> None:
    found = folded(order(specified=5, targets=["@a"]), fact)
    assert problems(found) == {}
    assert stands(found) == after
    assert found.outcomes[2].forced


def test_check_keeps_reporting_names_beside_the_amount_too() -> None:
    listed = order(targets=["@a", "hashtag:x"])
    found = folded(listed, response("blocked", targets=["@a"]), response("unblocked", all=True, anyway=True))
    assert names(found) == {"a": "unblocked", "x": "unblocked"}
    assert found.outcomes[3].forced


def test_anyway_is_kept_silent_where_the_rules_admit_the_move() -> None:
    found = folded(FIVE, response("blocked", count=2, anyway=True), response("blocked", so_far=3, anyway=True))
    assert [done.forced for done in found.outcomes.values()] == [[], [], []]


@pytest.mark.parametrize("amounts", [{"count": 6}, {"so_far": 6}, {"count": 5, "targets": ["@new"]}])
def test_anyway_never_moves_more_than_the_order_holds(amounts: Record) -> None:
    found = folded(order(specified=5), response("blocked", all=True), response("unblocked", anyway=True, **amounts))
    assert 3 in problems(found)
    assert found.balance.total == 5
