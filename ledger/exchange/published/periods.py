"""Periods as published tables write them.

`2021` `2021-H1` `2021-Q1` `2021-02` `2021-W05` `2021-02-01`; the halves and quarters also as `H1 2021`, `Q1-2021`;
`2021-01-01/2021-06-30`, also with `to` or a dash between blanks: the first and the last day; `Jan 2021`, `January 2021`;
`Jan-Jun 2021`, `July 2021 - December 2021`: the first and the last month, in English. Years of two digits, dates with
slashes, two years (`2020-2021`, `2020/21`) and the years of budgets could mean several spans: they are refused.
"""

from __future__ import annotations

import calendar
import re
from datetime import date
from typing import Final

from ledger.errors import Refused
from ledger.model.periods import parse_period
from ledger.reports.reconciling.claims import Span

_MONTHS: Final = {
    name.casefold(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if number
} | {"sept": 9}
# Moments before the year 1000 are refused everywhere: they are slips of the hand.
_EARLIEST: Final = date(1000, 1, 1).toordinal()
_PART: Final = re.compile(r"([0-9]{4})[- ]?([HQ][1-4])|([HQ][1-4])[- /]?([0-9]{4})", re.IGNORECASE)
_DAYS: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:\s*/\s*|\s+(?:to|[-–—])\s+)([0-9]{4}-[0-9]{2}-[0-9]{2})")
_MONTH: Final = r"([A-Za-z]{3,9})\.?"
_NAMED: Final = re.compile(rf"{_MONTH}(?:\s+([0-9]{{4}}))?(?:\s*(?:to|[-–—])\s*{_MONTH})?\s+([0-9]{{4}})")


def read_span(text: str) -> Span:
    """Read a period; raises `Refused` for what is none, or could be several.

    >>> read_span("2021-H1") == read_span("Jan-Jun 2021")._replace(label="2021-H1")
    True
    """
    words = " ".join(text.split())
    if part := _PART.fullmatch(words):
        year, name = part[1] or part[4], (part[2] or part[3]).upper()
        if name in ("H1", "H2"):
            return _months(words, int(year), 6 * int(name[1]) - 5, int(year), 6 * int(name[1]))
        if name[0] == "Q":
            return _span(words, f"{year}-{name}")
    if days := _DAYS.fullmatch(words):
        return between(words, days[1], days[2])
    if named := _NAMED.fullmatch(words):
        first, early, last, year = named.groups()
        begin = _MONTHS.get(first.casefold())
        end = _MONTHS.get((last or first).casefold())
        # Without a second month one year is said too many.
        if begin and end and not (early and not last):
            return _months(words, int(early or year), begin, int(year), end)
    try:
        return _span(words, words)
    except Refused:
        raise Refused(
            f"{text!r} is no period that can mean one span of days only: write it like 2021, 2021-H1, 2021-Q1, 2021-02, "
            "2021-W05, 'Jan-Jun 2021' or 2021-01-01/2021-06-30"
        ) from None


def between(label: str, first: str, last: str) -> Span:
    """Return the period from a first to a last day, both ISO dates and both part of it; raises `Refused`."""
    begin, end = parse_period(first), parse_period(last)
    for text, span in ((first, begin), (last, end)):
        if span.end - span.begin != 1:
            raise Refused(f"{text!r} is no day: write it like 2021-06-30")
    if begin.begin > end.begin:
        raise Refused(f"{label!r} ends before it begins")
    return Span(label, begin.begin, end.end)


def _months(label: str, year: int, month: int, last_year: int, last: int) -> Span:
    begin, end = parse_period(f"{year:04}-{month:02}"), parse_period(f"{last_year:04}-{last:02}")
    if begin.begin > end.begin:
        raise Refused(f"{label!r} ends before it begins")
    return Span(label, begin.begin, end.end)


def _span(label: str, text: str) -> Span:
    found = parse_period(text)
    if found.begin < _EARLIEST:
        raise Refused(f"{text!r} is before the year 1000")
    return Span(label, found.begin, found.end)
