"""What is due as an iCalendar (RFC 5545): an event for each open order that has a due time.

An event has the same UID whenever it is written, made of the ledger's identity and the order's id, so that importing a
newer file updates it. SEQUENCE is the number of the order's last entry and DTSTAMP the time of writing: both only grow,
and RFC 5546 lets the later of two events of one UID win by the first, then by the second. Times are in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from ledger.errors import Refused
from ledger.render.due import MARKS, about
from ledger.render.rows import amount
from ledger.render.safe import plain
from ledger.render.spans import lasting

if TYPE_CHECKING:
    from icalendar import Event

# Long enough to be seen in a day's column.
_LENGTH: Final = timedelta(minutes=15)
_LAST: Final = datetime.max.replace(microsecond=0, tzinfo=UTC)
_WARNING: Final = timedelta(hours=-1)


def as_calendar(found: Mapping[str, Any], identity: str, now: datetime) -> bytes:
    """Return a calendar of what is due, whose lines end with CRLF and are folded.

    `identity` is the ledger's id, `now` the time of writing. Raises `Refused` where the library is missing.
    """
    try:
        from icalendar import Calendar, vText
    except ImportError:
        raise Refused("calendars need a library: pip install 'compliance-ledger[calendar]'") from None
    calendar = Calendar()
    calendar.add("prodid", "-//compliance-ledger//ledger due//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    # What is not of the standard is a text too, and is only escaped as one when it is said to be.
    calendar.add("x-wr-calname", vText("Due under orders"))
    calendar.add("x-wr-caldesc", vText(_description(found)))
    for row in found["rows"]:
        if row["due"] is not None:
            calendar.add_component(_event(row, identity, now))
    written: bytes = calendar.to_ical()
    return written


def _description(found: Mapping[str, Any]) -> str:
    dated = sum(row["due"] is not None for row in found["rows"])
    said = [f"As of {found['at']}: open orders with a due time: {dated:,}"]
    left_out = found["left_out"]
    others = {
        "open orders without a due time": len(found["rows"]) - dated + left_out["without_due"],
        "confidential orders, left out": left_out.get("confidential", 0),
        "orders due later, left out": left_out["later"],
        "entries that stand for several orders or none, left out": left_out["totals"],
        "restricted though no order demands it any more (rows of ledger due)": len(found["to_lift"]),
    }
    return "; ".join([*said, *(f"{what}: {n:,}" for what, n in others.items() if n)])


def _event(row: Mapping[str, Any], identity: str, now: datetime) -> Event:
    from uuid import NAMESPACE_OID, uuid5

    from icalendar import Alarm, Event

    due = datetime.fromisoformat(row["due"]).astimezone(UTC)
    event = Event()
    name = uuid5(NAMESPACE_OID, f"{identity}/{row['order']}")
    event.add("uid", f"{name}@compliance-ledger")
    event.add("sequence", row["last_entry"])
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", now.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", due.replace(microsecond=0))
    # At the end of the calendar there is no room for a length.
    event.add("dtend", min(due.replace(microsecond=0), _LAST - _LENGTH) + _LENGTH)
    summary = f"Due: {plain(row['order'])}"
    shown = [mark for mark in row["marks"] if mark in ("unverified", "cautious", "from-issue", "observed")]
    if shown:
        summary += f" ({', '.join(shown)})"
    event.add("summary", summary)
    event.add("description", "\n".join(_lines(row)))
    event.add("transp", "TRANSPARENT")
    if row["confidential"]:
        event.add("class", "CONFIDENTIAL")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", _WARNING)
    event.add_component(alarm)
    return event


def _lines(row: Mapping[str, Any]) -> list[str]:
    lines = about(row)
    pending = amount(row["pending"]) + (
        f" (+{row['pending_beside']:,} of other kinds)" if row["pending_beside"] else ""
    )
    lines.append(f"pending: {pending}; receipt acknowledged: {'yes' if row['acknowledged'] else 'no'}")
    if row["rule_text"]:
        lines.append(f"{plain(row['rule_text'])}. {plain(row['source'])}.")
    if row["age_seconds"] is not None:
        lines.append(f"open for {lasting(row['age_seconds'])} when this was written")
    return [*lines, *(f"{mark}: {MARKS[mark]}" for mark in row["marks"])]
