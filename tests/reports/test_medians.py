"""The median where some times are known to lie between two others alone: it is told only if it is the same whatever they are."""

from __future__ import annotations

from collections import Counter

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.reports.timing.incidence import DONE, OPEN, OTHER, median
from ledger.reports.timing.medians import Scale

TIMES = st.integers(0, 8)
EXACT = st.lists(st.tuples(TIMES, st.sampled_from([DONE, OTHER, OPEN])), max_size=6)
# Between which times, and when it really was.
VAGUE = st.lists(
    st.tuples(st.tuples(TIMES, TIMES, TIMES).map(sorted), st.sampled_from([DONE, OTHER])), min_size=1, max_size=4
)


def scale(exact: list[tuple[int, int]], vague: list[tuple[list[int], int]]) -> Scale:
    found = Scale()
    for time, end in exact:
        found.add(end, time, None)
    for (first, _, last), end in vague:
        found.add(end, None, (first, last))
    return found


@given(EXACT, VAGUE)
@settings(max_examples=400, deadline=None)
@example([(5, DONE)], [([0, 3, 8], OTHER)] * 9)
def test_a_median_that_is_told_is_that_of_the_times_as_they_were(
    exact: list[tuple[int, int]], vague: list[tuple[list[int], int]]
) -> None:
    said = scale(exact, vague).median("hours", 1)
    really = Counter([*exact, *((time, end) for (_, time, _), end in vague)])
    assert said["of"] == sum(really.values())
    if said["reached"] is None:
        assert said["hours"] is None
    else:
        assert said["hours"] == median(really)
        assert said["reached"] is (said["hours"] is not None)


def test_what_was_closed_on_a_day_without_an_hour_is_not_left_out_of_the_hours() -> None:
    said = scale([(5, DONE)], [([15, 20, 39], OTHER)] * 9).median("hours", 1)
    assert (said["hours"], said["reached"], said["of"]) == (None, False, 10)


def test_what_was_done_on_a_day_without_an_hour_may_be_too_late_to_change_the_median_or_not() -> None:
    late = [([15, 20, 39], DONE)] * 4
    assert scale([(n, DONE) for n in range(1, 7)], late).median("hours", 1)["hours"] == 5
    said = scale([(30, OPEN)], late).median("hours", 1)
    assert (said["hours"], said["reached"]) == (None, None)


def test_of_the_answered_those_that_were_answered_by_the_day_alone_count_too() -> None:
    found = scale([(1, DONE), (9, OPEN)], [([0, 3, 8], DONE)])
    assert found.median("hours", 1, answered=True) == {"hours": None, "reached": None, "of": 2, "qualifier": "exact"}
    assert scale([(1, DONE), (9, OPEN)], []).median("hours", 1, answered=True)["hours"] == 1


def test_what_has_no_start_is_on_no_scale() -> None:
    found = Scale()
    found.add(DONE, None, None, 3, inexact=True)
    assert found.median("hours", 1) == {"hours": None, "reached": False, "of": 0, "qualifier": "exact"}
