from __future__ import annotations

import pytest

from ledger.model.course import course_of
from ledger.model.dated_rules import by_key
from ledger.model.deadlines import judge
from tests.model.deadline_cases import RULES, course, due, event, instant, judged, rule
from tests.strategies import folded, follow_up, order, response


def test_the_orders_own_deadline_wins_over_the_rule_of_its_basis() -> None:
    found = judged(course(basis="DAY", due="2025-03-20T12:00+05:30"), "2025-03-20T06:00Z")
    assert (found.rule, found.seconds_left, found.overdue) == ("own", 1800, False)


def test_the_rule_counts_from_the_receipt() -> None:
    found = judged(course("2025-03-03T10:00+01:00", basis="DAY"), "2025-03-04T09:00:01Z")
    assert (found.rule, found.due, found.seconds_left) == ("DAY", instant("2025-03-04T09:00Z"), -1)
    assert found.overdue
    assert found.marks == ()


def test_at_the_very_instant_an_order_is_not_overdue() -> None:
    found = judged(course(basis="DAY"), "2025-03-04T10:00Z")
    assert (found.seconds_left, found.overdue) == (0, False)


@pytest.mark.parametrize("basis", ["in-3-1-d", " IN-3-1-D"])
def test_a_basis_is_compared_without_case(basis: str) -> None:
    assert judged(course(basis=basis)).rule == "IN-3-1-d"


@pytest.mark.parametrize("basis", ["", "IN-3-1", "IN-3-1-d, IN-69A", "IT Act"])
def test_a_basis_that_is_not_exactly_a_key_has_no_rule(basis: str) -> None:
    found = judged(course(basis=basis))
    assert (found.due, found.rule, found.seconds_left, found.marks) == (None, None, None, ())


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("2026-02-19T23:59:59+05:30", "2026-02-21T06:29:59Z"),
        ("2026-02-20T00:00:00+05:30", "2026-02-19T21:30:00Z"),
        ("2026-02-20T00:30:00Z", "2026-02-20T03:30:00Z"),
        ("2026-02-19T18:00:00Z", "2026-02-21T06:00:00Z"),
    ],
)
def test_the_day_on_which_a_rule_changes_is_that_of_the_authority(received: str, expected: str, zone: str) -> None:
    assert due(course(received, basis="IN-3-1-d"), zone=zone) == expected


def test_an_order_from_before_its_rule_is_marked_and_has_no_due_time() -> None:
    found = judged(course("2022-06-06T21:59+02:00", basis="HOUR", jurisdiction="DE"))
    assert (found.due, found.rule, found.marks) == (None, None, ("not-in-force",))
    assert judged(course("2022-06-07T00:00+02:00", basis="HOUR", jurisdiction="DE")).rule == "HOUR"


def test_a_rule_without_a_number_gives_no_due_time() -> None:
    found = judged(course(basis="SOON"))
    assert (found.due, found.rule, found.seconds_left, found.overdue) == (None, "SOON", None, False)


def test_a_date_to_reply_by_is_the_deadline_where_the_rule_says_so() -> None:
    reply = "2025-03-05T10:00Z"
    assert judged(course(basis="REPLY", reply_by=reply)).due == instant(reply)
    assert judged(course(basis="REPLY", reply_by=reply)).rule == "own"
    assert judged(course(basis="REPLY", reply_by=reply, due="2025-03-04T10:00Z")).due == instant("2025-03-04T10:00Z")
    assert judged(course(basis="DAY", reply_by=reply)).due == instant("2025-03-04T10:00Z")


def test_a_date_to_reply_by_counts_only_where_the_version_of_receipt_says_so() -> None:
    old = rule("ZZ", None, "", "2025-12-31", reply_by=True)
    versions = by_key((old, rule("ZZ", 24, "2026-01-01")))
    reply = "2026-12-20"

    def found(received: str) -> tuple[str | None, int | None, tuple[str, ...]]:
        deadline = judge(course(received, basis="ZZ", reply_by=reply), versions, "UTC", instant("2025-12-01T00:00Z"))
        return deadline.rule, deadline.due, deadline.marks

    assert found("2026-11-25T10:00Z") == ("ZZ", instant("2026-11-26T10:00Z"), ())
    assert found("2025-12-31T18:29:59Z")[0] == "own"
    # A day that may lie on both sides of the change: the earlier one is kept.
    assert found("2025-12-31") == ("ZZ", instant("2026-01-01T18:30Z"), ("cautious",))
    reply = "2026-01-01T10:00Z"
    assert found("2025-12-31") == ("own", instant(reply), ("cautious",))


def test_what_the_clock_rests_on_is_marked() -> None:
    assert judged(course(None, issued="2025-03-03T10:00Z", basis="DAY")).marks == ("from-issue",)
    assert judged(course(basis="DAY", observed=True)).marks == ("observed",)
    assert judged(course(basis="RUMOUR")).marks == ("unverified",)
    assert judged(course(basis="RUMOUR", due="2025-03-09T10:00Z")).marks == ()


def test_an_extension_sets_a_new_deadline_whatever_it_was_before() -> None:
    for basis, own in (("DAY", None), ("SOON", None), ("", "2025-03-04T10:00Z")):
        longer = event("deadline-extended", "2025-03-05T10:00Z", text="2025-03-20T10:00Z")
        found = judged(course("2025-03-03T10:00Z", longer, basis=basis, due=own))
        assert (found.rule, found.due) == ("extended", instant("2025-03-20T10:00Z"))


def test_the_last_extension_holds_and_only_from_when_it_was_given() -> None:
    first = event("deadline-extended", "2025-03-05T10:00Z", text="2025-03-20T10:00Z")
    second = event("deadline-extended", "2025-03-06T10:00Z", text="2025-03-10T10:00Z")
    found = course("2025-03-03T10:00Z", first, second, due="2025-03-04T10:00Z")
    assert due(found) == "2025-03-10T10:00:00Z"
    assert due(found, "2025-03-06T09:59Z") == "2025-03-20T10:00:00Z"
    assert due(found, "2025-03-05T09:59Z") == "2025-03-04T10:00:00Z"


def test_an_extension_for_named_targets_leaves_the_order_as_it_is_and_is_marked() -> None:
    longer = event("deadline-extended", "2025-03-05T10:00Z", text="2025-03-20T10:00Z", names=2)
    found = judged(course("2025-03-03T10:00Z", longer, basis="DAY"))
    assert (found.rule, found.due, found.marks) == ("DAY", instant("2025-03-04T10:00Z"), ("named-only",))


def test_a_question_about_a_number_of_targets_leaves_the_order_as_it_is_and_is_marked() -> None:
    asked = response("clarification-asked", "2025-03-03T12:00Z", count=1)
    found = judged(course_of(folded(order(received="2025-03-03T10:00Z", basis="DAY", specified=5), asked)))
    assert (found.due, found.marks) == (instant("2025-03-04T10:00Z"), ("named-only",))


def test_nothing_is_due_while_the_authority_demands_nothing() -> None:
    asked = event("unblock-requested", "2025-03-03T12:00Z")
    found = judged(course("2025-03-03T10:00Z", asked, basis="DAY"))
    assert (found.due, found.rule, found.seconds_left, found.marks) == (None, None, None, ("ended",))
    again = event("reinstated", "2025-03-05T12:00Z")
    assert due(course("2025-03-03T10:00Z", asked, again, basis="DAY")) == "2025-03-06T10:00:00Z"


def test_what_comes_later_does_not_count_yet() -> None:
    asked = event("clarification-asked", "2025-03-03T12:00Z")
    found = course("2025-03-03T10:00Z", asked, basis="DAY")
    assert judged(found, "2025-03-03T11:59:59Z").marks == ()
    assert judged(found, "2025-03-03T12:00Z").marks == ("paused",)


def test_the_course_that_a_fold_makes_is_judged() -> None:
    found = folded(
        order(received="2025-03-03T10:00Z", basis="IN-3-1-d", targets=["@a", "@b"]),
        response("clarification-asked", "2025-03-03T12:00Z"),
        response("withheld", "2025-03-03T13:00Z", targets=["@a"]),
        follow_up("clarified", "2025-03-03T15:00Z"),
        response("clarification-asked", "2025-03-03T16:00Z", targets=["@b"]),
        follow_up("stayed", "2025-03-04T10:00Z"),
    )
    paused = judge(course_of(found), RULES, "UTC", instant("2025-04-01T00:00Z"))
    assert (paused.due, paused.seconds_left, paused.marks) == (None, 15 * 3600, ("named-only", "paused"))


def test_the_last_day_of_the_calendar_is_no_trap() -> None:
    assert due(course(due="9999-12-31")) == "9999-12-31T18:30:00Z"
    assert due(course(due="9999-12-31", jurisdiction="US"), zone="America/New_York") == "9999-12-31T23:59:59Z"
