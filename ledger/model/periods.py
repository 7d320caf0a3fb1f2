"""Days, ISO weeks, months, quarters and years as half-open spans of days (DESIGN, section 2, rule 10)."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

GRAINS: Final = ("day", "week", "month", "quarter", "year")
_FORM: Final = re.compile(r"([0-9]{4})(?:-(?:W([0-9]{2})|Q([1-4])|([0-9]{2})(?:-([0-9]{2}))?))?")


class Period(NamedTuple):
    """A span of days: its label, the ordinal of its first day, and that of the day after its last."""

    label: str
    begin: int
    end: int


def period_of(day: int, grain: str) -> Period:
    """Return the period of a grain that a day lies in; weeks are ISO weeks, from Monday."""
    date_ = date.fromordinal(day)
    if grain == "day":
        return Period(date_.isoformat(), day, day + 1)
    if grain == "week":
        year, week, weekday = date_.isocalendar()
        return Period(f"{year:04}-W{week:02}", day - weekday + 1, day - weekday + 8)
    if grain == "month":
        return _months(f"{date_.year:04}-{date_.month:02}", date_.year, date_.month, 1)
    if grain == "quarter":
        quarter = (date_.month + 2) // 3
        return _months(f"{date_.year:04}-Q{quarter}", date_.year, quarter * 3 - 2, 3)
    if grain == "year":
        return _months(f"{date_.year:04}", date_.year, 1, 12)
    raise ValueError(grain)


def _months(label: str, year: int, month: int, length: int) -> Period:
    begin = date(year, month, 1).toordinal()
    after = year * 12 + month - 1 + length
    end = date(after // 12, after % 12 + 1, 1).toordinal() if after < 10_000 * 12 else date.max.toordinal() + 1
    return Period(label, begin, end)


def parse_period(text: str) -> Period:
    """Read a day, week, month, quarter or year such as 2021-W05; raises `Refused` for anything else."""
    refused = Refused(f"{text!r} is no period: write it like 2021-W05, 2021-02, 2021-Q1, 2021 or 2021-02-01")
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise refused
    year, week, quarter, month, day = match.groups()
    try:
        if week:
            return period_of(date.fromisocalendar(int(year), int(week), 1).toordinal(), "week")
        if quarter:
            return _months(text.strip(), int(year), int(quarter) * 3 - 2, 3)
        if day:
            return period_of(date(int(year), int(month), int(day)).toordinal(), "day")
        if month:
            return period_of(date(int(year), int(month), 1).toordinal(), "month")
        return period_of(date(int(year), 1, 1).toordinal(), "year")
    except (ValueError, OverflowError):
        raise refused from None


def periods_between(begin: int, end: int, grain: str) -> Iterator[Period]:
    """Give the periods of a grain from `begin` up to `end`, the first and last cut to the span."""
    day = begin
    while day < end:
        period = period_of(day, grain)
        yield Period(period.label, max(begin, period.begin), min(end, period.end))
        day = period.end
