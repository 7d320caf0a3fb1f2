"""Spans of time in words."""

from __future__ import annotations


def lasting(seconds: int) -> str:
    """Say how long something takes: 45 s, 59 min, 1 h 05 min, 12 days 3 h; what is less than the last unit is left out."""
    minutes, rest = divmod(seconds, 60)
    hours = minutes // 60
    if hours >= 48:
        return f"{hours // 24:,} days {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60:02} min"
    return f"{minutes} min" if minutes else f"{rest} s"


def in_days(days: int) -> str:
    """Say how many days: 0 days, 1 day."""
    return f"{days:,} day" + ("" if days == 1 else "s")
