from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.model.course import Course, Event
from ledger.model.deadlines import judge
from ledger.model.pauses import pauses
from tests.model.deadline_cases import HOUR, RULES, course, due, event, instant, judged, pause

MARCH = "2025-03-0"


@pytest.mark.parametrize(
    ("stays", "questions", "moved"),
    [
        ((), (), 0),
        (("3T12:00Z", "3T14:00Z"), (), 2),
        ((), ("3T12:00Z", "3T14:00Z"), 2),
        (("3T12:00Z", "3T14:00Z"), ("3T15:00Z", "3T16:00Z"), 3),
        (("3T12:00Z", "3T14:00Z"), ("3T13:00Z", "3T16:00Z"), 4),
        (("3T12:00Z", "3T16:00Z"), ("3T13:00Z", "3T14:00Z"), 4),
        (("3T13:00Z", "3T14:00Z"), ("3T12:00Z", "3T16:00Z"), 4),
        (("3T12:00Z", "3T14:00Z"), ("3T14:00Z", "3T16:00Z"), 4),
        (("3T12:00Z", "3T14:00Z"), ("3T12:00Z", "3T14:00Z"), 2),
        (("3T12:00Z", "3T14:00Z", "3T15:00Z", "3T16:00Z"), ("3T13:30Z", "3T15:30Z"), 4),
    ],
)
@pytest.mark.parametrize("own", [None, "2025-03-04T10:00Z"])
def test_pauses_move_the_deadline_and_their_union_counts_once(
    stays: tuple[str, ...], questions: tuple[str, ...], moved: int, own: str | None
) -> None:
    events = (*pause(*(MARCH + t for t in stays), sort="stay"), *pause(*(MARCH + t for t in questions)))
    ordered = sorted(events, key=lambda event: event.at or 0)
    found = course("2025-03-03T10:00Z", *ordered, basis="DAY", due=own)
    assert judged(found).due == instant("2025-03-04T10:00Z") + moved * HOUR


def test_while_a_pause_runs_there_is_no_due_time_but_what_was_left() -> None:
    found = course("2025-03-03T10:00Z", *pause("2025-03-03T12:00Z"), basis="DAY")
    for at in ("2025-03-03T12:00Z", "2025-03-03T13:00Z", "2029-03-03T13:00Z"):
        deadline = judged(found, at)
        assert (deadline.due, deadline.seconds_left, deadline.overdue) == (None, 22 * 3600, False)
        assert deadline.marks == ("paused",)


def test_a_pause_that_runs_on_swallows_those_that_end_within_it() -> None:
    events = (*pause("2025-03-03T12:00Z"), *pause("2025-03-03T13:00Z", "2025-03-03T20:00Z", sort="stay"))
    assert judged(course("2025-03-03T10:00Z", *events, basis="DAY")).seconds_left == 22 * 3600


def test_asking_twice_begins_one_pause_and_an_answer_without_a_question_none() -> None:
    asked = [event("clarification-asked", f"2025-03-03T1{hour}:00Z") for hour in (1, 2)]
    answers = [event("clarified", f"2025-03-03T1{hour}:00Z") for hour in (3, 4)]
    assert due(course("2025-03-03T10:00Z", *asked, *answers, basis="DAY")) == "2025-03-04T12:00:00Z"
    assert due(course("2025-03-03T10:00Z", *answers, basis="DAY")) == "2025-03-04T10:00:00Z"


def test_a_pause_that_begins_when_time_has_run_out_brings_none_back() -> None:
    late = course("2025-03-03T10:00Z", *pause("2025-03-04T11:00Z", "2025-03-09T11:00Z"), basis="DAY")
    assert due(late) == "2025-03-04T10:00:00Z"
    running = judged(late, "2025-03-05T10:00Z")
    assert (running.due, running.seconds_left, running.overdue) == (None, -3600, True)
    assert running.marks == ("paused",)


@pytest.mark.parametrize(
    ("due_at", "begun", "over", "expected"),
    [
        ("2025-03-04T10:00Z", "2025-03-04T10:00Z", "2025-03-09T11:00Z", "2025-03-09T11:00:00Z"),
        ("2025-03-04T10:00Z", "2025-03-04T10:00:01Z", "2025-03-09T11:00Z", "2025-03-04T10:00:00Z"),
        ("2025-03-04T10:00Z", "2025-03-04T10:00Z", "2025-03-04T10:00Z", "2025-03-04T10:00:00Z"),
        ("2025-03-04", "2025-03-04", "2025-03-20", "2025-03-20T00:00:00Z"),
    ],
    ids=["instant", "a second late", "no time at all", "days"],
)
def test_a_pause_that_begins_at_the_very_instant_an_order_is_due_moves_it(
    due_at: str, begun: str, over: str, expected: str
) -> None:
    assert due(course("2025-03-03T10:00Z", *pause(begun, over), jurisdiction="GB", due=due_at)) == expected


def test_an_order_paused_at_the_very_instant_it_is_due_is_never_overdue_before_it_goes_on() -> None:
    found = course("2025-03-03T10:00Z", *pause("2025-03-04T10:00Z", "2025-03-09T11:00Z"), basis="DAY")
    for at in ("2025-03-04T10:00Z", "2025-03-05T10:00Z", "2025-03-09T11:00Z"):
        assert (judged(found, at).seconds_left, judged(found, at).overdue) == (0, False)
    assert judged(found, "2025-03-09T11:00:01Z").overdue


def test_a_pause_before_the_receipt_counts_from_the_receipt() -> None:
    early = pause("2025-03-03T08:00Z", "2025-03-03T12:00Z", sort="stay")
    for own in (None, "2025-03-04T10:00Z"):
        assert due(course("2025-03-03T10:00Z", *early, basis="DAY", due=own)) == "2025-03-04T12:00:00Z"
    over = pause("2025-03-03T08:00Z", "2025-03-03T09:00Z", sort="stay")
    assert due(course("2025-03-03T10:00Z", *over, basis="DAY")) == "2025-03-04T10:00:00Z"


def test_what_is_about_named_targets_alone_stops_no_clock() -> None:
    asked = event("clarification-asked", "2025-03-03T12:00Z", names=1)
    stayed = event("stayed", "2025-03-03T12:00Z", names=3)
    found = judged(course("2025-03-03T10:00Z", asked, stayed, basis="DAY"))
    assert (found.due, found.marks) == (instant("2025-03-04T10:00Z"), ("named-only",))
    whole = event("clarification-asked", "2025-03-03T12:00Z")
    part = event("clarified", "2025-03-03T13:00Z", names=1)
    assert judged(course("2025-03-03T10:00Z", whole, part, basis="DAY")).marks == ("paused",)


def test_a_day_without_an_hour_makes_the_shortest_pause_and_is_marked() -> None:
    # India's days begin and end five and a half hours before those of UTC.
    both = course("2025-03-03T10:00Z", *pause("2025-03-04", "2025-03-06"), basis="IN-3-1-d")
    assert due(both) == "2025-03-04T22:00:00Z"
    longer = course("2025-03-04T10:00Z", *pause("2025-03-04", "2025-03-06"), basis="IN-3-1-d")
    assert due(longer) == "2025-03-06T16:30:00Z"
    assert judged(longer).marks == ("cautious",)
    same = course("2025-03-03T10:00Z", *pause("2025-03-03", "2025-03-03"), basis="DAY")
    assert due(same) == "2025-03-04T10:00:00Z"
    begun = course("2025-03-03T10:00Z", *pause("2025-03-03"), basis="IN-3-1-d")
    assert judged(begun, "2025-03-03T23:59Z").due == instant("2025-03-04T22:00Z")
    assert judged(begun, "2025-03-04T00:00Z").seconds_left == 22 * 3600


def test_a_stay_ends_when_it_is_vacated_or_the_order_reinstated() -> None:
    stayed = event("stayed", "2025-03-03T12:00Z")
    for what in ("stay-vacated", "reinstated"):
        found = course("2025-03-03T10:00Z", stayed, event(what, "2025-03-05T12:00Z"), basis="DAY")
        assert due(found) == "2025-03-06T10:00:00Z"
    clarified = event("clarified", "2025-03-05T12:00Z")
    assert judged(course("2025-03-03T10:00Z", stayed, clarified, basis="DAY")).marks == ("paused",)


def test_pauses_after_an_extension_move_it_and_those_before_do_not() -> None:
    before = pause("2025-03-03T11:00Z", "2025-03-03T13:00Z")
    longer = event("deadline-extended", "2025-03-03T14:00Z", text="2025-03-10T10:00Z")
    after = pause("2025-03-04T10:00Z", "2025-03-04T15:00Z")
    assert due(course("2025-03-03T10:00Z", *before, longer, *after, basis="DAY")) == "2025-03-10T15:00:00Z"


def test_of_a_pause_during_which_the_deadline_is_extended_the_rest_counts() -> None:
    asked, answered = pause("2025-03-03T11:00Z", "2025-03-03T20:00Z")
    longer = event("deadline-extended", "2025-03-03T14:00Z", text="2025-03-10T10:00Z")
    found = course("2025-03-03T10:00Z", asked, longer, answered, basis="DAY")
    assert due(found) == "2025-03-10T16:00:00Z"
    running = judged(found, "2025-03-03T15:00Z")
    assert (running.due, running.rule, running.seconds_left) == (None, "extended", 6 * 86400 + 20 * 3600)


def test_a_pause_known_only_to_have_begun_by_then_is_marked() -> None:
    asked = event("clarification-asked", "2025-03-03T12:00Z", observed=True)
    assert judged(course("2025-03-03T10:00Z", asked, basis="DAY")).marks == ("observed", "paused")


HOURS = st.integers(0, 72)
START = instant("2025-03-03T00:00Z")


def at_hour(what: str, hour: int) -> Event:
    return Event(START // (24 * HOUR) + 719163 + hour // 24, START + hour * HOUR, what)


def stays(spans: Sequence[tuple[int, int]]) -> list[Event]:
    found = [at_hour(what, hour) for span in spans for what, hour in zip(("stayed", "stay-vacated"), span, strict=True)]
    return sorted(found, key=lambda event: event.at or 0)


spans = st.lists(st.tuples(HOURS, HOURS).map(lambda pair: (min(pair), max(pair))), max_size=4)


def judged_at(found: Course, hour: int) -> int | None:
    return judge(found, RULES, "UTC", START + hour * HOUR).due


@given(st.integers(0, 48), spans, st.tuples(HOURS, HOURS), st.sampled_from([None, "2025-03-04T10:00Z", "2025-03-06"]))
def test_a_pause_never_makes_a_due_time_earlier(
    received: int, others: list[tuple[int, int]], more: tuple[int, int], own: str | None
) -> None:
    start = f"2025-03-0{3 + received // 24}T{received % 24:02}:00Z"
    asked = [at_hour("clarification-asked", min(more)), at_hour("clarified", max(more))]
    without = judged_at(course(start, *stays(others), basis="DAY", due=own), 900)
    events = sorted([*stays(others), *asked], key=lambda event: event.at or 0)
    with_one = judged_at(course(start, *events, basis="DAY", due=own), 900)
    assert without is not None
    assert with_one is not None
    assert without <= with_one


@given(spans, spans)
def test_pauses_stand_in_order_and_apart_and_cover_what_the_events_say(
    first: list[tuple[int, int]], second: list[tuple[int, int]]
) -> None:
    asked = [
        at_hour(what, hour)
        for span in second
        for what, hour in zip(("clarification-asked", "clarified"), span, strict=True)
    ]
    events = sorted([*stays(first), *asked], key=lambda event: event.at or 0)
    found = pauses(events, ("UTC",)).spans
    ends = [end for span in found for end in span if end is not None]
    assert ends == sorted(set(ends))
    for hour in range(73):
        inside = at_hour("", hour).at or 0
        running = {"stayed": False, "clarification-asked": False}
        for happened in events:
            if (happened.at or 0) <= inside and happened.what in running:
                running[happened.what] = True
            elif (happened.at or 0) <= inside:
                running["stayed" if happened.what == "stay-vacated" else "clarification-asked"] = False
        assert any(begin <= inside and (end is None or inside < end) for begin, end in found) == any(running.values())
