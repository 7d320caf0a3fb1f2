"""Dates as tables write them, in a form that is said and never guessed.

A form is made of `YYYY`, `MM` (two digits) or `M` (one or two), `MMM` (Jan), `MMMM` (January), `DD` or `D`, `hh` or `h`,
`mm`, `ss`, `AM` (AM or PM) and `Z` (Z, UTC, GMT, +05:30, +0530); every other character stands for itself, and a blank for any
white space. `ISO` is what the ledger itself reads: 2021-02-01 or 2021-02-01T21:40+05:30. A form without a day means the
last day of its year or month. A clock time without an offset is in the zone that is said.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from ledger.errors import Refused
from ledger.model.moments import read_moment, zone_info

_MONTHS: Final = tuple(calendar.month_name)[1:]
_SHORT: Final = {name[:3].casefold(): number for number, name in enumerate(_MONTHS, 1)} | {"sept": 9}
_LONG: Final = {name.casefold(): number for number, name in enumerate(_MONTHS, 1)}
_PARTS: Final = {
    "YYYY": "(?P<year>[0-9]{4})",
    "MMMM": "(?P<long>[A-Za-z]{3,9})",
    "MMM": r"(?P<short>[A-Za-z]{3,4})\.?",
    "MM": "(?P<month>[0-9]{2})",
    "M": "(?P<month>[0-9]{1,2})",
    "DD": "(?P<day>[0-9]{2})",
    "D": "(?P<day>[0-9]{1,2})",
    "hh": "(?P<hour>[0-9]{2})",
    "h": "(?P<hour>[0-9]{1,2})",
    "mm": "(?P<minute>[0-9]{2})",
    "ss": "(?P<second>[0-9]{2})",
    "AM": r"(?P<half>[AaPp]\.?[Mm]\.?)",
    "Z": "(?P<offset>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})",
}
_TOKEN: Final = re.compile(r"YYYY|MMMM|MMM|MM|M|DD|D|hh|h|mm|ss|AM|Z|\s+|.", re.DOTALL)


class DateForm(NamedTuple):
    """A form of dates: its text, what reads it, whether it has no day, whether its clock times need a zone."""

    text: str
    read: Callable[[str, str | None], str | None]
    coarse: bool = False
    needs_zone: bool = False


@lru_cache(maxsize=64)
def date_form(text: str) -> DateForm:
    """Return a form by its text; raises `Refused` for what is none."""
    if text.strip().upper() == "ISO":
        return DateForm("ISO", _iso)
    pattern, said = [], set()
    for token in _TOKEN.findall(text.strip()):
        part = _PARTS.get(token)
        pattern.append(part or (r"\s+" if token.isspace() else re.escape(token)))
        if part is None:
            continue
        # MMMM, MMM, MM and M say the same.
        unit = token if token in ("AM", "Z") else token[0]
        if unit in said:
            raise Refused(f"{text!r} says {token} twice")
        said.add(unit)
    if "Y" not in said:
        hint = ": a year of two digits does not say its century" if "YY" in text else ""
        raise Refused(f"{text!r} is no form of a date: it needs YYYY{hint}, such as DD.MM.YYYY or YYYY-MM")
    if (
        ("D" in said and "M" not in said)
        or ("h" in said and not {"D", "m"} <= said)
        or ("m" in said and "h" not in said)
    ):
        raise Refused(f"{text!r} is no form of a date: a day needs its month, and a clock time its day, hh and mm")
    whole = re.compile("".join(pattern))

    def read(cell: str, zone: str | None) -> str | None:
        match = whole.fullmatch(cell)
        return None if match is None else _built(cell, match.groupdict(), zone)

    return DateForm(text, read, "D" not in said, "h" in said and "Z" not in said)


def read_date(cell: str, forms: tuple[DateForm, ...], zone: str | None, published: str | None = None) -> str:
    """Return a cell's day or instant in the ledger's own form; raises `Refused` for one that fits no form, or two.

    A period that ends after the day `published` is taken as seen on that day.
    """
    found: dict[str, DateForm] = {}
    # An error that is kept, and raised again, holds on to all that it went through.
    refusal = ""
    for form in forms:
        try:
            said = form.read(cell, zone)
        except Refused as error:
            refusal = str(error)
        else:
            if said is not None:
                found[said] = form
    names = " or ".join(form.text for form in forms)
    if not found:
        raise Refused(refusal or f"{cell!r} is no date like {names}")
    if len(found) > 1:
        raise Refused(f"{cell!r} fits {names}: which of the two is meant? {' or '.join(found)}")
    ((said, form),) = found.items()
    if not published or not form.coarse or said <= published:
        return said
    if said[: 7 if "M" in form.text else 4] > published:
        raise Refused(f"{cell!r} begins after {published}, when the table was published")
    return published


def _iso(cell: str, zone: str | None) -> str | None:  # noqa: ARG001 - every form is read alike
    try:
        return read_moment(cell, "UTC").text
    except Refused:
        return None


def _built(cell: str, said: dict[str, str | None], zone: str | None) -> str | None:
    """Return the ISO form of what a cell says, None if its name of a month is none; raises `Refused` for no date."""
    year = int(said["year"] or 0)
    month = _month(said)
    if month is None:
        return None
    if not 1 <= month <= 12 or year < 1000:
        raise Refused(f"{cell!r} is no date of the calendar")
    day = int(said["day"] or 0) if said.get("day") else calendar.monthrange(year, month)[1]
    try:
        date = dt.date(year, month, day)
        if not said.get("hour"):
            return date.isoformat()
        clock = dt.time(_hour(cell, said), int(said["minute"] or 0), int(said.get("second") or 0))
    except ValueError:
        raise Refused(f"{cell!r} is no date of the calendar") from None
    local = dt.datetime.combine(date, clock)
    size = "seconds" if said.get("second") else "minutes"
    return local.isoformat(timespec=size) + _offset(cell, local, said.get("offset"), zone)


def _month(said: dict[str, str | None]) -> int | None:
    if name := said.get("long"):
        return _LONG.get(name.casefold())
    if name := said.get("short"):
        return _SHORT.get(name.casefold())
    return int(said.get("month") or 12)


def _hour(cell: str, said: dict[str, str | None]) -> int:
    hour = int(said["hour"] or 0)
    half = said.get("half")
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise Refused(f"{cell!r} is no time of day: with AM or PM the hours are 1 to 12")
    return hour % 12 + 12 * (half[0] in "Pp")


def _offset(cell: str, local: dt.datetime, written: str | None, zone: str | None) -> str:
    if written in ("Z", "UTC", "GMT"):
        return "Z"
    if written:
        return written if ":" in written else f"{written[:3]}:{written[3:]}"
    if zone is None:
        raise Refused(f"{cell!r} has no time zone: say the zone of the table's clock times")
    first, second = (local.replace(tzinfo=zone_info(zone), fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise Refused(f"{cell!r} is not one instant in {zone}: clocks were put forward or back then; give its offset")
    return "Z" if zone == "UTC" else first.isoformat()[-6:]
