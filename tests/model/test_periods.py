"""Days, weeks, months, quarters and years."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.model.periods import GRAINS, Period, parse_period, period_of, periods_between

CALM = settings(max_examples=100, deadline=None)
DAYS = st.dates(date(1000, 1, 1), date(9999, 12, 31)).map(date.toordinal)
GRAIN = st.sampled_from(GRAINS)


@pytest.mark.parametrize(
    ("label", "first", "after"),
    [
        ("2021-02-01", "2021-02-01", "2021-02-02"),
        ("2021-W05", "2021-02-01", "2021-02-08"),
        ("2020-W53", "2020-12-28", "2021-01-04"),
        ("2021-W01", "2021-01-04", "2021-01-11"),
        ("2021-02", "2021-02-01", "2021-03-01"),
        ("2020-02", "2020-02-01", "2020-03-01"),
        ("2021-12", "2021-12-01", "2022-01-01"),
        ("2021-Q1", "2021-01-01", "2021-04-01"),
        ("2021-Q4", "2021-10-01", "2022-01-01"),
        ("2021", "2021-01-01", "2022-01-01"),
    ],
)
def test_a_period_runs_from_its_first_day_to_the_day_after_its_last(label: str, first: str, after: str) -> None:
    begin, end = date.fromisoformat(first).toordinal(), date.fromisoformat(after).toordinal()
    assert parse_period(label) == Period(label, begin, end)


@given(day=DAYS, grain=GRAIN)
@CALM
def test_every_day_lies_in_its_period_whose_label_reads_back(day: int, grain: str) -> None:
    period = period_of(day, grain)
    assert period.begin <= day < period.end
    assert parse_period(period.label) == period


@given(day=DAYS)
@CALM
def test_weeks_are_those_of_iso_and_begin_on_monday(day: int) -> None:
    period = period_of(day, "week")
    assert date.fromordinal(period.begin).isoweekday() == 1
    assert period.end - period.begin == 7
    year, week, _ = date.fromordinal(day).isocalendar()
    assert period.label == f"{year}-W{week:02}"


@given(begin=DAYS, length=st.integers(0, 1000), grain=GRAIN)
@CALM
def test_periods_cover_a_span_without_gap_or_overlap_and_no_more(begin: int, length: int, grain: str) -> None:
    end = min(begin + length, date.max.toordinal() + 1)
    periods = list(periods_between(begin, end, grain))
    assert [day for period in periods for day in range(period.begin, period.end)] == list(range(begin, end))
    assert len({period.label for period in periods}) == len(periods)


def test_the_first_and_last_period_are_cut_to_the_span_and_keep_their_labels() -> None:
    begin, end = date(2021, 1, 26).toordinal(), date(2021, 2, 10).toordinal()
    assert list(periods_between(begin, end, "week")) == [
        Period("2021-W04", begin, date(2021, 2, 1).toordinal()),
        Period("2021-W05", date(2021, 2, 1).toordinal(), date(2021, 2, 8).toordinal()),
        Period("2021-W06", date(2021, 2, 8).toordinal(), end),
    ]


def test_a_span_of_no_days_has_no_periods() -> None:
    assert list(periods_between(737_822, 737_822, "day")) == []


def test_the_last_year_of_the_calendar_ends_with_it() -> None:
    last = date.max.toordinal()
    for grain in GRAINS[:1] + GRAINS[2:]:
        assert period_of(last, grain).end == last + 1


def test_space_around_a_period_does_not_count() -> None:
    for label in ("2021-W05", "2021-02", "2021-Q1", "2021", "2021-02-01"):
        assert parse_period(f" {label} ") == parse_period(label)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "21",
        "02021",
        "0000",
        "2021-W00",
        "2021-W53",
        "2021-W54",
        "2021-W5",
        "2021W05",
        "2021-w05",
        "2021-W05-1",
        "2021-Q0",
        "2021-Q5",
        "2021-q1",
        "2021-00",
        "2021-13",
        "2021-2",
        "202102",
        "2021-02-30",
        "2021-02-00",
        "2021-02-01T00:00Z",
        "2021/02",
        "2021-02..2021-03",
        "٢٠٢١",
        "Q1 2021",
    ],
)
def test_what_is_no_period_is_refused_with_examples(text: str) -> None:
    with pytest.raises(Refused, match="2021-W05"):
        parse_period(text)


@given(text=st.text(alphabet="0129-WQ ", max_size=12))
@CALM
def test_any_text_is_a_period_or_is_refused(text: str) -> None:
    try:
        period = parse_period(text)
    except Refused:
        return
    assert period.label == text.strip()
    assert period.begin < period.end
