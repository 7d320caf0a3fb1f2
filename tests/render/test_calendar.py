from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from ledger.errors import Refused
from ledger.render.calendar import as_calendar
from ledger.render.due import MARKS
from tests.model.deadline_cases import course, event
from tests.render.due_cases import found, opened

NOW = datetime.fromisoformat("2025-03-04T06:00:00.5Z")
ODD = "EX,1; \\n \u202eevil\u2028 " + "long " * 30 + "żółw"


def unfolded(text: str) -> str:
    return text.replace("\r\n ", "").replace("\n ", "")


@pytest.fixture
def events() -> Callable[[bytes], list[Any]]:
    vobject: Any = pytest.importorskip("vobject")
    pytest.importorskip("icalendar", reason="pip install 'compliance-ledger[calendar]'")

    def read(raw: bytes) -> list[Any]:
        calendars = list(vobject.readComponents(raw.decode()))
        assert len(calendars) == 1
        return list(calendars[0].contents.get("vevent", []))

    return read


def test_another_library_reads_back_each_event_as_it_was_meant(events: Callable[[bytes], list[Any]]) -> None:
    raw = as_calendar(found(opened(ODD, basis="RUMOUR"), opened("EX-2", basis="SOON")), "abc", NOW)
    (read,) = events(raw)
    expected = datetime.fromisoformat("2025-03-04T10:00:00Z")
    assert (read.dtstart.value, read.dtend.value) == (expected, expected + timedelta(minutes=15))
    safe = ODD.replace("\u202e", "<U+202E>").replace("\u2028", "<U+2028>")
    assert read.summary.value == f"Due: {safe} (unverified)"
    lines = read.description.value.splitlines()
    assert lines[0] == "Board; of, trade (IN) to x, account"
    assert "pending: ≈2 (+1 of other kinds); receipt acknowledged: no" in lines
    assert f"unverified: {MARKS['unverified']}" in lines
    assert read.valarm.trigger.value == timedelta(hours=-1)
    assert (read.sequence.value, read.transp.value) == ("11", "TRANSPARENT")
    assert read.dtstamp.value == read.last_modified.value == NOW.replace(microsecond=0)


def test_a_calendar_is_published_in_lines_of_at_most_75_bytes(events: Callable[[bytes], list[Any]]) -> None:
    raw = as_calendar(found(opened(ODD, basis="DAY"), opened("EX-2", basis="DAY")), "abc", NOW)
    assert len(events(raw)) == 2
    lines = raw.split(b"\r\n")
    assert lines.pop() == b""
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert {b"VERSION:2.0", b"METHOD:PUBLISH", b"PRODID:-//compliance-ledger//ledger due//EN"} <= set(lines)


def test_an_event_keeps_its_uid_and_what_importers_go_by_grows(events: Callable[[bytes], list[Any]]) -> None:
    (before,) = events(as_calendar(found(opened("EX-1", basis="DAY")), "abc", NOW))
    longer = event("deadline-extended", "2025-03-03T12:00Z", text="2025-03-09T10:00Z")
    moved = opened("EX-1", course("2025-03-03T10:00Z", longer, basis="DAY"), last=12)
    (after,) = events(as_calendar(found(moved), "abc", NOW + timedelta(hours=1)))
    assert after.uid.value == before.uid.value
    assert after.dtstart.value > before.dtstart.value
    assert int(after.sequence.value) > int(before.sequence.value)
    assert after.dtstamp.value > before.dtstamp.value
    others = [
        events(as_calendar(found(opened(name, basis="DAY")), ledger, NOW))[0].uid.value
        for name, ledger in (("EX-2", "abc"), ("EX-1", "abd"), ("ex-1", "abc"))
    ]
    assert len({before.uid.value, *others}) == 4


def test_a_calendar_without_events_still_says_what_is_open(events: Callable[[bytes], list[Any]]) -> None:
    raw = as_calendar(found(opened("EX-2", basis="SOON")), "abc", NOW)
    assert events(raw) == []
    assert "open orders without a due time: 1" in unfolded(raw.decode())


def test_where_the_library_is_missing_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(Refused, match=r"pip install 'compliance-ledger\[calendar\]'"):
        as_calendar(found(), "abc", NOW)
