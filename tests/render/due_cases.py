"""Open orders of an invented board, as the list of what is due has them."""

from __future__ import annotations

from typing import Any

from ledger.model.course import Course
from ledger.reports.deadlines.due import Open, Standing, due
from tests.model.deadline_cases import RULES, course, instant

AT = "2025-03-04T00:00Z"
_STANDING = Standing({"n": 2, "qualifier": "about"}, 1, {"n": 0, "qualifier": "exact"}, 0)


def opened(name: str, given: Course | None = None, *, last: int = 11, **more: Any) -> Open:
    """Return an open order with this course, or with one as `course` makes it."""
    held = given or course(**more)
    frame = (1, name, "Board; of, trade", held.jurisdiction, "x", held.basis, "act", "account")
    return Open(*frame, False, held, last, _STANDING)


def found(*orders: Open, at: str = AT) -> dict[str, Any]:
    """Return what is due of orders, in a ledger of India's zone."""
    return due(list(orders), RULES, "Asia/Kolkata", instant(at))
