"""Days and instants, in the zone in which the ledger reports."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.model.moments import (
    day_start,
    day_text,
    elapsed,
    now_in,
    read_moment,
    resolve,
    utc_text,
    zone_info,
)

CALM = settings(max_examples=100, deadline=None)
ZONES = st.sampled_from(["UTC", "Asia/Kolkata", "America/New_York", "Europe/Berlin", "Pacific/Auckland"])
DAYS = st.dates(date(1000, 1, 1), date(9999, 12, 31))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1901, 1, 1), datetime(2100, 1, 1), timezones=OFFSETS)  # noqa: DTZ001 - the zone is drawn
NOW = datetime(2021, 2, 1, 20, 30, 15, 999, tzinfo=UTC)


def test_a_day_stays_a_day_and_is_never_midnight() -> None:
    for zone in ("UTC", "Asia/Kolkata"):
        moment = read_moment("2021-02-01", zone)
        assert moment == ("2021-02-01", date(2021, 2, 1).toordinal(), None)


@pytest.mark.parametrize(
    ("text", "zone", "day"),
    [
        ("2021-02-01T21:40+05:30", "UTC", "2021-02-01"),
        ("2021-02-01T02:00+05:30", "UTC", "2021-01-31"),
        ("2021-02-01T20:00Z", "Asia/Kolkata", "2021-02-02"),
        ("2021-02-01T20:00:59Z", "UTC", "2021-02-01"),
        ("2021-02-01T20:00:59.123456-11:00", "UTC", "2021-02-02"),
    ],
)
def test_an_instant_lies_on_the_day_it_is_in_the_reporting_zone(text: str, zone: str, day: str) -> None:
    moment = read_moment(text, zone)
    assert day_text(moment.day) == day
    assert moment.text == text


def test_an_instant_is_compared_in_utc_whatever_offset_it_was_given_in() -> None:
    here = read_moment("2021-02-01T21:40+05:30", "UTC")
    there = read_moment("2021-02-01T16:10:00.000Z", "Asia/Kolkata")
    assert here.at == there.at == 1_612_195_800_000_000


@pytest.mark.parametrize(("fraction", "microseconds"), [("5", 500_000), ("05", 50_000), ("000001", 1)])
def test_a_fraction_of_a_second_is_read_as_a_fraction(fraction: str, microseconds: int) -> None:
    assert read_moment(f"1970-01-01T00:00:00.{fraction}Z", "UTC").at == microseconds


@given(instant=INSTANTS, zone=ZONES)
@CALM
def test_every_instant_keeps_its_time_and_gets_the_day_of_the_zone(instant: datetime, zone: str) -> None:
    moment = read_moment(instant.isoformat(), zone)
    assert moment.at is not None
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment.at) == instant
    assert moment.day == instant.astimezone(ZoneInfo(zone)).toordinal()


@given(day=DAYS, zone=ZONES)
@CALM
def test_a_day_reads_back_from_its_text(day: date, zone: str) -> None:
    assert day_text(read_moment(day.isoformat(), zone).day) == day.isoformat()


@pytest.mark.parametrize("text", ["2021-02-01T21:40", "2021-02-01T21:40:00", "2021-02-01T21:40:00.5"])
def test_an_instant_without_a_zone_is_refused_and_told_how_to_give_one(text: str) -> None:
    with pytest.raises(Refused, match=r"add the zone, e\.g\. \+05:30 or Z"):
        read_moment(text, "UTC")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2021",
        "2021-02",
        "20210201",
        "2021-2-1",
        "2021-032",
        "2021-W05",
        "2021-W05-1",
        "2021-02-30",
        "2021-13-01",
        "0999-12-31",
        "0000-01-01",
        "10000-01-01",
        "+2021-02-01",
        "2021-02-01 21:40Z",
        "2021-02-01t21:40Z",
        "2021-02-01T21:40z",
        "2021-02-01T21Z",
        "2021-02-01T2140Z",
        "2021-02-01T24:00Z",
        "2021-02-01T24:00:00+05:30",
        "2021-02-01T21:60Z",
        "2021-02-01T21:40:60Z",
        "2021-02-01T21:40:00,5Z",
        "2021-02-01T21:40:00.Z",
        "2021-02-01T21:40:00.1234567Z",
        "2021-02-01T21:40+0530",
        "2021-02-01T21:40+05",
        "2021-02-01T21:40+05:60",
        "2021-02-01T21:40+24:00",
        "2021-02-01T21:40+05:30:30",
        "2021-02-01T21:40 IST",
        "2021-02-01Z",
        "2021-02-01\n",
        " 2021-02-01",
        "２０２１-02-01",
        "01/02/2021",
        "1 February 2021",
        "9999-12-31T23:59-14:00",
    ],
)
def test_any_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        read_moment(text, "Asia/Kolkata")
    assert repr(text) in str(caught.value)


@given(text=st.text(alphabet="0123456789-:+TZ.W ", max_size=30))
@CALM
def test_any_text_is_a_moment_or_is_refused(text: str) -> None:
    try:
        moment = read_moment(text, "Asia/Kolkata")
    except Refused:
        return
    assert moment.text == text


@pytest.mark.parametrize("name", ["Nowhere/City", "", "../etc/passwd", "/etc/passwd", "Asia", "a\0b", "\ud800"])
def test_a_zone_that_is_not_known_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="time zone"):
        zone_info(name)


def test_utc_loads_no_table_of_zones() -> None:
    code = (
        "import sys; from ledger.model.moments import read_moment, zone_info; zone_info('UTC');"
        "read_moment('2021-02-01T21:40+05:30', 'UTC'); sys.exit('zoneinfo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_day_begins_when_it_does_in_the_reporting_zone() -> None:
    day = date(2021, 2, 1).toordinal()
    assert day_start(day, "UTC") == read_moment("2021-02-01T00:00Z", "UTC").at
    assert day_start(day, "Asia/Kolkata") == read_moment("2021-01-31T18:30Z", "UTC").at


def test_a_day_whose_midnight_is_skipped_begins_at_the_change_of_the_clock() -> None:
    day = date(2018, 11, 4).toordinal()
    assert day_start(day, "America/Sao_Paulo") == read_moment("2018-11-04T03:00Z", "UTC").at


def test_a_day_whose_midnight_comes_twice_begins_at_the_first() -> None:
    day = date(2020, 11, 1).toordinal()
    assert day_start(day, "America/Havana") == read_moment("2020-11-01T04:00Z", "UTC").at


@given(day=st.dates(date(1971, 1, 1), date(2100, 1, 1)), zone=ZONES)
@CALM
def test_the_start_of_a_day_lies_on_it_and_the_microsecond_before_does_not(day: date, zone: str) -> None:
    ordinal = day.toordinal()
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=day_start(ordinal, zone))
    before = start - timedelta(microseconds=1)
    assert read_moment(start.isoformat(), zone).day == ordinal
    assert read_moment(before.isoformat(), zone).day == ordinal - 1


@pytest.mark.parametrize(
    ("text", "zone", "iso"),
    [
        ("today", "UTC", "2021-02-01"),
        ("today", "Asia/Kolkata", "2021-02-02"),
        ("yesterday", "Asia/Kolkata", "2021-02-01"),
        ("-0d", "UTC", "2021-02-01"),
        ("-7d", "UTC", "2021-01-25"),
        ("now", "UTC", "2021-02-01T20:30:15Z"),
        ("now", "Asia/Kolkata", "2021-02-02T02:00:15+05:30"),
        ("2021-02-01", "Asia/Kolkata", "2021-02-01"),
        ("2021-02-01T21:40+05:30", "UTC", "2021-02-01T21:40+05:30"),
    ],
)
def test_words_for_a_time_become_iso_and_iso_stays_as_it_is(text: str, zone: str, iso: str) -> None:
    assert resolve(text, NOW, zone) == iso
    assert read_moment(resolve(text, NOW, zone), zone).text == iso


@pytest.mark.parametrize(
    "text", ["tomorrow", "-7", "7d", "+7d", "-7w", "-999999d", "last week", "", "2021-02-01T21:40"]
)
def test_nothing_else_is_guessed(text: str) -> None:
    with pytest.raises(Refused):
        resolve(text, NOW, "UTC")


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2021-02-01T21:40+05:30", "2021-02-02T04:00+05:30", "6 h 20 min"),
        ("2021-02-01T21:40+05:30", "2021-02-01T16:35Z", "25 min"),
        ("2021-02-01T21:40Z", "2021-02-01T21:40Z", "0 min"),
        ("2021-02-02T04:00Z", "2021-02-01T21:40Z", "6 h 20 min before"),
        ("2021-02-01", "2021-02-01T21:40Z", "same day"),
        ("2021-02-01", "2021-02-01", "same day"),
        ("2021-02-01", "2021-02-02", "1 day"),
        ("2021-02-01T23:59Z", "2021-02-13", "12 days"),
        ("2021-02-03", "2021-02-01", "2 days before"),
    ],
)
def test_hours_are_told_only_between_instants_and_days_otherwise(start: str, end: str, words: str) -> None:
    assert elapsed(read_moment(start, "UTC"), read_moment(end, "UTC")) == words


@given(day=st.dates(date(1971, 1, 1), date(2100, 1, 1)), instant=INSTANTS)
@CALM
def test_no_hours_are_made_out_of_a_day(day: date, instant: datetime) -> None:
    one, other = read_moment(day.isoformat(), "UTC"), read_moment(instant.isoformat(), "UTC")
    for words in (elapsed(one, other), elapsed(other, one)):
        assert " h" not in words
        assert "min" not in words


def test_the_day_it_is_depends_on_the_zone_and_what_is_recorded_does_not() -> None:
    assert day_text(now_in("Asia/Kolkata", NOW)) == "2021-02-02"
    assert utc_text(NOW.astimezone(ZoneInfo("Asia/Kolkata"))) == "2021-02-01T20:30:15Z"
