"""The course of an order: what its deadline, times and rates depend on, summed from its fold."""

from __future__ import annotations

import msgspec
from hypothesis import given

from ledger.model.course import REOPENED, SETTLED, Course, Event, course_of
from ledger.model.statuses import OPEN, OWN_RULES, RESTRICTED
from tests.strategies import Record, folded, follow_up, order, response, stories


def events(course: Course) -> list[str]:
    return [event.what for event in course.events]


def test_an_order_that_is_answered_is_settled_when_its_last_target_is() -> None:
    course = course_of(
        folded(
            order(targets=["@one_name", "@two_name"]),
            response("acknowledged", "2021-02-02T10:00Z"),
            response("blocked", "2021-02-02T11:00Z", targets=["@one_name"]),
            response("refused", "2021-02-02T12:00Z", targets=["@two_name"]),
        )
    )
    assert course.opens
    assert events(course) == ["acknowledged", SETTLED]
    assert [move.to for move in course.moves] == ["pending", "blocked", "refused"]
    last = course.events[-1]
    assert last.at is not None
    assert course.events[0].at is not None
    assert last.at - course.events[0].at == 2 * 3600 * 1_000_000


def test_what_is_open_again_is_said_and_so_is_what_undid_its_end() -> None:
    course = course_of(
        folded(
            order(targets=["@one_name"]),
            follow_up("revoked", "2021-02-03"),
            follow_up("reinstated", "2021-02-04"),
            response("blocked", "2021-02-05", all=True),
        )
    )
    assert events(course) == ["revoked", SETTLED, "reinstated", REOPENED, SETTLED]


def test_the_new_date_of_a_deadline_and_events_about_single_targets_are_told_apart() -> None:
    course = course_of(
        folded(
            order(targets=["@one_name"]),
            follow_up("deadline-extended", "2021-02-03", due="2021-03-01"),
            follow_up("stayed", "2021-02-04", targets=["@one_name"]),
        )
    )
    assert course.events[0] == Event(course.day + 2, None, "deadline-extended", text="2021-03-01")
    assert course.events[1].names == 1


def test_what_is_said_of_a_number_of_targets_is_not_about_the_whole_order() -> None:
    ask = response("clarification-asked", "2021-02-03")
    said: list[tuple[Record, int]] = [
        ({}, 0),
        ({"all": True}, 0),
        ({"count": 2}, 2),
        ({"so_far": "more than 3"}, 3),
        ({"count": "some"}, 1),
        ({"count": 0}, 1),
        ({"count": 2, "targets": ["@one_name"]}, 3),
        ({"so_far": 2, "targets": ["@one_name"]}, 2),
    ]
    for fields, names in said:
        course = course_of(folded(order(specified=5, targets=["@one_name"]), ask | fields))
        assert course.events[0].names == names, fields


def test_a_target_that_is_named_in_several_spellings_counts_once() -> None:
    spellings = ["@one_name", "@One_Name", "https://twitter.com/one_name"]
    asked = response("clarification-asked", "2021-02-03", targets=spellings)
    assert course_of(folded(order(targets=["@one_name", "@two_name"]), asked)).events[0].names == 1


def test_a_target_that_was_restricted_before_is_not_restricted_for_the_first_time_again() -> None:
    course = course_of(
        folded(
            order(specified=10, targets=["@one_name"]),
            response("withheld", "2021-02-02", targets=["@one_name"], count=4),
            response("unblocked", "2021-02-03", targets=["@one_name"], count=4),
            response("blocked", "2021-02-04", all=True),
        )
    )
    blocked = [move for move in course.moves if move.to == "blocked"]
    assert sum(move.n for move in blocked) == 10
    assert sum(move.again_restricted for move in blocked) == 5
    assert sum(move.again_acted for move in blocked) == 5


def test_what_was_suspended_was_acted_on_and_never_restricted_by_law() -> None:
    course = course_of(
        folded(
            order(targets=["@one_name"]),
            response("suspended", "2021-02-02", targets=["@one_name"]),
            response("unblocked", "2021-02-03", targets=["@one_name"]),
            response("blocked", "2021-02-04", targets=["@one_name"]),
        )
    )
    assert (course.moves[-1].again_restricted, course.moves[-1].again_acted) == (0, 1)


def test_an_order_that_repeats_another_has_no_course_of_its_own() -> None:
    course = course_of(folded(order(relates_to="EX-0", relation="duplicate", targets=["@one_name"])))
    assert (course.opens, course.moves) == (False, ())


@given(stories())
def test_moves_sum_to_what_stands_and_no_target_is_acted_on_more_often_than_there_are_targets(
    records: list[Record],
) -> None:
    fold = folded(*records)
    course = course_of(fold)
    standing: dict[str, int] = {}
    for move in course.moves:
        standing[move.source] = standing.get(move.source, 0) - move.n
        standing[move.to] = standing.get(move.to, 0) + move.n
    beside: dict[str, int] = {}
    for name in fold.balance.beside if fold.balance.kind != "any" else ():
        status = fold.balance.named[name].status
        beside[status] = beside.get(status, 0) + 1
    for status in (*OPEN, *RESTRICTED, *OWN_RULES):
        assert standing.get(status, 0) == fold.balance.in_status(status) + beside.get(status, 0)
    acted = (*RESTRICTED, *OWN_RULES, "provided")
    first = sum(move.n - move.again_acted for move in course.moves if move.to in acted and move.source not in acted)
    assert 0 <= first <= -standing.get("", 0)
    is_open = course.opens
    for event in course.events:
        is_open = {SETTLED: False, REOPENED: True}.get(event.what, is_open)
    assert is_open == fold.is_open


@given(stories())
def test_a_course_reads_back_from_the_index_as_it_was(records: list[Record]) -> None:
    course = course_of(folded(*records))
    assert msgspec.json.decode(msgspec.json.encode(course), type=Course) == course
