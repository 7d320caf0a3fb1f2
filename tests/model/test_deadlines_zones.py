from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib import resources

import pytest

from ledger.model.countries import CODES
from ledger.model.moments import day_start
from ledger.model.zones import instant_text, local_day, zone_of
from tests.model.deadline_cases import instant

MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()


def zones_by_country() -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    text = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            code, _, name, *_ = line.split("\t")
            found.setdefault(code, []).append(name)
    return found | {"EU": [name for code in MEMBERS for name in found[code]]}


def test_in_no_zone_of_a_country_a_day_begins_before_it_does_in_the_one_of_the_table() -> None:
    days = [date(year, month, 1).toordinal() for year in range(2018, 2025) for month in range(1, 13)]
    late = []
    for country, names in zones_by_country().items():
        zone = zone_of(country)
        assert zone in names
        late += [
            (country, name, day)
            for name in names
            for day in days
            if len(names) > 1 and day_start(day, name) < day_start(day, zone)
        ]
    assert late == []


def test_every_country_where_anybody_lives_has_a_zone() -> None:
    assert {code for code in CODES if zone_of(code) is None} == {"BV", "HM"}


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("UTC", "2026-02-19T18:30:00Z"),
        ("Asia/Kolkata", "2026-02-20T00:00:00+05:30"),
        ("Europe/London", "2026-02-19T18:30:00+00:00"),
    ],
)
def test_an_instant_is_written_with_the_offset_of_the_zone(zone: str, text: str) -> None:
    assert instant_text(instant("2026-02-19T18:30Z"), zone) == text


def test_parts_of_a_second_are_written_where_there_are_any() -> None:
    assert instant_text(instant("2026-02-19T18:30:00.25Z"), "UTC") == "2026-02-19T18:30:00.250000Z"


def test_an_offset_with_seconds_is_written_in_utc() -> None:
    assert instant_text(instant("1850-06-01T12:00Z"), "Europe/Berlin") == "1850-06-01T12:00:00Z"


def test_a_day_is_that_of_the_zone() -> None:
    assert local_day(instant("2026-02-19T18:30Z"), "Asia/Kolkata") == date(2026, 2, 20).toordinal()
    assert local_day(instant("2026-02-19T18:29:59.999999Z"), "Asia/Kolkata") == date(2026, 2, 19).toordinal()
