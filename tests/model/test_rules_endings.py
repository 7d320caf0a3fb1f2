"""Rule 9: what the authority or a court does about its order afterwards."""

from __future__ import annotations

import pytest

from ledger.model.statuses import ENDING_EVENTS, RESTORING_EVENTS
from tests.strategies import Record, folded, follow_up, names, order, problems, response, stands

WHICH: tuple[Record, ...] = ({"all": True}, {"count": 1}, {"so_far": 1}, {"targets": ["@a"]})


@pytest.mark.parametrize("event", ENDING_EVENTS)
def test_the_end_of_an_order_moves_what_is_open_to_withdrawn_and_leaves_what_is_restricted(event: str) -> None:
    done = (
        order(specified=10, targets=["@a", "@b", "@c", "hashtag:x"]),
        response("blocked", targets=["@a"], count=2),
        response("not-enough-info", targets=["@b"], count=1),
        response("refused", targets=["@c"]),
    )
    found = folded(*done, follow_up(event))
    assert stands(found) == {"blocked": "3", "refused": "1", "withdrawn": "6"}
    assert names(found) == {"a": "blocked", "b": "withdrawn", "c": "refused", "x": "withdrawn"}
    assert not found.demanded


@pytest.mark.parametrize("event", ENDING_EVENTS)
def test_the_end_of_an_order_may_be_that_of_some_targets_alone(event: str) -> None:
    done = (order(specified=4, targets=["@a", "@b"]), response("blocked", targets=["@b"]))
    found = folded(*done, follow_up(event, targets=["@a", "@b"]))
    assert stands(found) == {"pending": "2", "blocked": "1", "withdrawn": "1"}
    assert found.demanded
    assert not found.demands("twitter account a")
    assert not found.demands("twitter account b")


@pytest.mark.parametrize("fact", [response("blocked", "2021-02-04", **which) for which in WHICH])
def test_nothing_is_restricted_under_an_order_that_ended_before(fact: Record) -> None:
    found = folded(order(specified=3, targets=["@a"]), follow_up("revoked"), fact)
    assert list(problems(found)) == [3]
    assert stands(found) == {"withdrawn": "3"}
    forced = folded(order(specified=3, targets=["@a"]), follow_up("revoked"), fact | {"anyway": True})
    assert problems(forced) == {}
    assert forced.outcomes[3].forced


@pytest.mark.parametrize("event", RESTORING_EVENTS)
@pytest.mark.parametrize("ending", ENDING_EVENTS)
def test_what_ended_can_be_restored(event: str, ending: str) -> None:
    done = (order(specified=5, targets=["@a", "@b"]), response("blocked", targets=["@a"], count=1))
    found = folded(*done, follow_up(ending), follow_up(event))
    assert stands(found) == {"pending": "3", "blocked": "2"}
    assert found.demanded


def test_what_was_restored_goes_back_to_where_it_stood() -> None:
    asked = (order(targets=["@a", "@b"]), response("not-enough-info", targets=["@a"]))
    found = folded(*asked, follow_up("revoked"), follow_up("reinstated"))
    assert names(found) == {"a": "not-enough-info", "b": "pending"}


def test_what_the_platform_says_was_withdrawn_is_not_restored_by_a_court() -> None:
    said = (order(targets=["@a", "@b"]), response("withdrawn", targets=["@a"]))
    found = folded(*said, follow_up("stayed"), follow_up("stay-vacated"))
    assert names(found) == {"a": "withdrawn", "b": "pending"}


def test_a_target_that_is_reinstated_alone_is_demanded_again() -> None:
    found = folded(order(targets=["@a", "@b"]), follow_up("revoked"), follow_up("reinstated", targets=["@a"]))
    assert names(found) == {"a": "pending", "b": "withdrawn"}
    assert found.demands("twitter account a")
    assert not found.demands("twitter account b")


def test_what_is_reinstated_by_name_may_be_one_of_the_unnamed() -> None:
    ended = (order(specified=5), follow_up("revoked"), follow_up("reinstated", targets=["@new"]))
    found = folded(*ended)
    assert names(found) == {"new": "pending"}
    assert stands(found) == {"pending": "1", "withdrawn": "4"}
    assert found.demands("twitter account new")
    assert stands(folded(*ended, follow_up("reinstated"))) == {"pending": "5"}


@pytest.mark.parametrize(
    ("targets", "after"), [([], {"pending": "6"}), (["@a"], {"pending": "5", "not-enough-info": "1"})]
)
def test_a_clarification_returns_what_lacked_information_to_pending(targets: list[str], after: dict[str, str]) -> None:
    asked = response("not-enough-info", targets=["@a"], count=1)
    found = folded(order(specified=6, targets=["@a"]), asked, follow_up("clarified", targets=targets))
    assert stands(found) == after


@pytest.mark.parametrize("event", ["non-compliance-notice", "upheld", "confirmed", "stayed", "unblock-requested"])
def test_other_follow_ups_move_nothing(event: str) -> None:
    blocked = response("blocked", targets=["@a"], count=1)
    assert stands(folded(order(specified=3, targets=["@a"]), blocked, follow_up(event))) == {
        "pending": "1",
        "blocked": "2",
    }


@pytest.mark.parametrize("event", ["unblock-requested", "revoked", "set-aside"])
@pytest.mark.parametrize("amount", [5, "about 5"])
def test_a_follow_up_that_names_one_of_the_unnamed_identifies_it_where_it_stands(event: str, amount: object) -> None:
    found = folded(order(specified=amount), response("blocked", all=True), follow_up(event, targets=["@a"]))
    assert problems(found) == {}
    assert names(found) == {"a": "blocked"}
    assert found.balance.total == 5
    assert not found.demands("twitter account a")


def test_inexact_amounts_go_along_when_an_order_ends_and_come_back() -> None:
    some = (order(specified="about 7"), follow_up("revoked"))
    assert stands(folded(*some)) == {"withdrawn": "≈7"}
    assert stands(folded(*some, follow_up("reinstated"))) == {"pending": "≈7"}
    unknown = (order(), follow_up("revoked"))
    assert stands(folded(*unknown)) == {"withdrawn": "some"}
    assert stands(folded(*unknown, follow_up("reinstated"))) == {"pending": "some"}
