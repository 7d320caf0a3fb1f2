from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.model.course import Event
from ledger.model.deadlines import judge
from ledger.model.moments import day_start
from ledger.model.zones import zone_of
from tests.model.deadline_cases import HOUR, RULES, course, due, event, instant, judged, pause

# The clocks of Berlin go forward on the first of these days, which has 23 hours, and back on the second, which has 25.
SHORT, LONG = "2025-03-30", "2025-10-26"


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("2025-03-29T12:00+01:00", "2025-03-30T13:00+02:00"),
        ("2025-03-30T01:30+01:00", "2025-03-31T02:30+02:00"),
        ("2025-10-25T12:00+02:00", "2025-10-26T11:00+01:00"),
        ("2025-10-26T02:30+02:00", "2025-10-27T01:30+01:00"),
        ("2025-10-26T02:30+01:00", "2025-10-27T02:30+01:00"),
    ],
)
def test_hours_are_hours_whatever_the_clocks_do(received: str, expected: str) -> None:
    for zone in ("UTC", "Europe/Berlin"):
        found = judged(course(received, basis="DAY", jurisdiction="DE", zone=zone), zone=zone)
        assert found.due == instant(expected)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC", "America/New_York"])
@pytest.mark.parametrize(
    ("day", "begins", "next_day"),
    [
        (SHORT, "2025-03-30T00:00+01:00", "2025-03-31T00:00+02:00"),
        (LONG, "2025-10-26T00:00+02:00", "2025-10-27T00:00+01:00"),
    ],
)
def test_a_day_of_23_or_25_hours_begins_and_ends_where_the_authority_is(
    day: str, begins: str, next_day: str, zone: str
) -> None:
    received = judged(course(day, basis="DAY", jurisdiction="DE", zone=zone), zone=zone)
    assert received.due == instant(begins) + 24 * HOUR
    assert received.marks == ("cautious",)
    until = judged(course("2025-01-01T00:00Z", due=day, jurisdiction="DE", zone=zone), zone=zone)
    assert (until.due, until.marks) == (instant(next_day), ("cautious",))


def test_a_day_begins_in_the_reporting_zone_where_that_is_earlier() -> None:
    assert due(course("2025-06-02", basis="DAY", jurisdiction="US"), zone="Asia/Tokyo") == "2025-06-02T15:00:00Z"
    assert due(course("2025-06-02", due="2025-06-03", jurisdiction="US"), zone="Asia/Tokyo") == "2025-06-03T15:00:00Z"


def test_the_days_of_the_european_union_begin_in_its_east() -> None:
    assert due(course("2025-06-02", basis="HOUR", jurisdiction="EU")) == "2025-06-01T22:00:00Z"


def test_where_a_country_has_no_zone_days_are_those_of_the_ledger() -> None:
    assert due(course("2025-06-02", basis="DAY", jurisdiction="HM"), zone="Asia/Tokyo") == "2025-06-02T15:00:00Z"


def test_a_day_on_which_the_rule_may_have_changed_already_is_judged_by_the_one_that_is_due_first() -> None:
    # All of the day lies under the old rule in India, where the authority is.
    india = course("2026-02-19", basis="IN-3-1-d", zone="Asia/Kolkata")
    assert due(india, zone="Asia/Kolkata") == "2026-02-20T06:30:00Z"
    # A day of UTC lasts until half past five in the next day's morning there.
    assert due(course("2026-02-19", basis="IN-3-1-d")) == "2026-02-19T21:30:00Z"
    assert due(course("2026-02-20", basis="IN-3-1-d")) == "2026-02-19T21:30:00Z"
    assert due(course("2026-02-18", basis="IN-3-1-d")) == "2026-02-19T06:30:00Z"


def test_a_day_only_receipt_has_no_effect_on_a_deadline_that_is_an_instant() -> None:
    found = judged(course("2025-03-03", due="2025-03-05T10:00Z"))
    assert (found.due, found.marks) == (instant("2025-03-05T10:00Z"), ())
    # A pause on that day may have begun before the receipt.
    paused = judged(course("2025-03-03", *pause("2025-03-03T10:00Z", "2025-03-04T06:00Z"), due="2025-03-05T10:00Z"))
    assert (paused.due, paused.marks) == (instant("2025-03-05T16:00Z"), ("cautious",))


def test_an_extension_to_a_day_is_over_when_that_day_is_over_first() -> None:
    longer = event("deadline-extended", "2025-03-04T10:00Z", text="2025-03-10")
    found = judged(course("2025-03-03T10:00Z", longer))
    assert (found.due, found.marks) == (instant("2025-03-10T18:30Z"), ("cautious",))


def test_an_extension_given_on_a_day_leaves_no_pause_of_that_day_to_count() -> None:
    longer = event("deadline-extended", "2025-03-04", text="2025-03-10T10:00Z")
    found = judged(course("2025-03-03T10:00Z", *pause("2025-03-03T20:00Z"), longer))
    # The day ends in UTC after it does in India.
    assert found.seconds_left == 5 * 86400 + 10 * 3600
    answered = event("clarified", "2025-03-05T01:00Z")
    moved = judged(course("2025-03-03T10:00Z", *pause("2025-03-03T20:00Z"), longer, answered))
    assert (moved.due, moved.marks) == (instant("2025-03-10T11:00Z"), ("cautious",))


MARCH = day_start(datetime(2026, 2, 18, tzinfo=UTC).toordinal(), "UTC")
MINUTES = st.integers(0, 4 * 1440)
ZONES = ("UTC", "Asia/Kolkata", "America/New_York", "Pacific/Auckland", "Europe/Berlin")


def instants(draw: list[int]) -> list[int]:
    return [MARCH + minute * HOUR // 60 for minute in draw]


@given(
    st.integers(0, 3),
    st.integers(0, 1439),
    st.booleans(),
    st.sampled_from(ZONES),
    st.sampled_from(["IN", "US", "DE", "NZ", "HM"]),
    st.sampled_from(["IN-3-1-d", "DAY"]),
    st.sampled_from([None, "2026-02-22T10:00Z"]),
    st.lists(MINUTES, max_size=4, unique=True).map(sorted),
)
def test_a_day_is_never_due_later_than_any_of_its_instants(
    number: int,
    minute: int,
    in_ledger: bool,
    zone: str,
    country: str,
    basis: str,
    own: str | None,
    pauses_at: list[int],
) -> None:
    day = datetime(2026, 2, 18, tzinfo=UTC) + timedelta(days=number)
    events = [
        Event(MARCH // (24 * HOUR) + 719163 + at // 1440, MARCH + at * HOUR // 60, what)
        for at, what in zip(pauses_at, ("stayed", "stay-vacated") * 2, strict=False)
    ]
    if len(events) % 2:
        events = events[:-1]
    whose = zone if in_ledger else zone_of(country) or zone
    begins = day_start(day.toordinal(), whose)
    length = day_start(day.toordinal() + 1, whose) - begins
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=begins + length * minute // 1440)
    end = MARCH + 9000 * HOUR
    cautious, exact = (
        judge(course(text, *events, basis=basis, jurisdiction=country, due=own, zone=zone), RULES, zone, end)
        for text in (day.date().isoformat(), at.isoformat())
    )
    assert cautious.due is not None
    assert exact.due is not None
    assert cautious.due <= exact.due


@given(st.lists(MINUTES, min_size=2, max_size=2).map(sorted), st.lists(st.booleans(), min_size=2, max_size=2))
def test_a_pause_of_days_is_never_longer_than_one_of_their_instants(minutes: list[int], by_day: list[bool]) -> None:
    texts = []
    for at, shortened in zip(instants(minutes), by_day, strict=True):
        text = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).isoformat()
        texts.append((text, text[:10] if shortened else text))
    exact, cautious = (
        judged(course("2026-02-18T00:00Z", *pause(*times), basis="DAY")).due for times in zip(*texts, strict=True)
    )
    assert exact is not None
    assert cautious is not None
    assert cautious <= exact
