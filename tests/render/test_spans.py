"""Spans of time in words."""

from __future__ import annotations

import pytest

from ledger.render.spans import in_days, lasting


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"), (45, "45 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h 00 min"), (3660, "1 h 01 min"),
        (15_120, "4 h 12 min"), (172_799, "47 h 59 min"), (172_800, "2 days 0 h"), (90_000_000, "1,041 days 16 h"),
    ],
)  # fmt: skip
def test_a_span_of_time_is_said_in_the_two_units_that_matter(seconds: int, text: str) -> None:
    assert lasting(seconds) == text


@pytest.mark.parametrize(("days", "text"), [(0, "0 days"), (1, "1 day"), (2, "2 days"), (1_041, "1,041 days")])
def test_days_are_said_in_the_plural_unless_it_is_one(days: int, text: str) -> None:
    assert in_days(days) == text
