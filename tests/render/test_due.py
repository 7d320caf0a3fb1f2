from __future__ import annotations

from typing import Any

import pytest

from ledger.render.due import COLUMNS, MARKS, as_page, left, shown_due
from ledger.render.html import HtmlPage
from ledger.render.terminal import Page
from ledger.reports.deadlines.due import Open
from tests.examples import code, table_after, text_of
from tests.model.deadline_cases import course, event
from tests.render.due_cases import AT, found, opened


def shown(order: Open, at: str = AT) -> tuple[str, str]:
    (row,) = found(order, at=at)["rows"]
    return shown_due(row), left(row)


def test_what_is_left_is_never_shown_as_more_exact_than_it_is() -> None:
    assert shown(opened("EX-1", basis="DAY")) == ("2025-03-04 15:30 +05:30", "10 h 00 min left")
    assert shown(opened("EX-1", received="2025-03-03", basis="DAY"))[1] == "overdue by ≤5 h 30 min"
    assert shown(opened("EX-1", due="2025-03-04")) == ("2025-03-05 00:00 +05:30", "≥18 h 30 min left")
    assert shown(opened("EX-1", due="2025-03-04T00:00:01.5Z")) == ("2025-03-04 05:30:01.500000 +05:30", "1 s left")
    assert shown(opened("EX-1", received="2025-03-01", basis="SOON")) == ("–", "no time; 3 days old")
    assert shown(opened("EX-1", received="2025-03-03", basis="SOON"))[1] == "no time; 1 day old"


def test_a_clock_that_stands_still_says_so() -> None:
    asked = event("clarification-asked", "2025-03-03T12:00Z")
    for basis, text in (("DAY", "paused, 22 h 00 min left"), ("SOON", "paused; 14 h 00 min old")):
        assert shown(opened("EX-1", course("2025-03-03T10:00Z", asked, basis=basis))) == ("–", text)
    late = event("clarification-asked", "2025-03-03T21:00Z")
    over = course("2025-03-03T10:00Z", late, due="2025-03-03T20:00Z")
    assert shown(opened("EX-1", over)) == ("–", "paused, overdue by 1 h 00 min")
    ended = event("unblock-requested", "2025-03-03T12:00Z")
    assert shown(opened("EX-1", course("2025-03-03T10:00Z", ended, basis="DAY"))) == ("–", "nothing is due")


@pytest.mark.parametrize(("form", "page"), [("table", Page("never")), ("html", HtmlPage("Due"))])
def test_stored_text_does_nothing_on_a_page(form: str, page: Any) -> None:
    text = as_page(page, found(opened("\x1b[31m<b>EX</b>", basis="[bold]DAY")), "ledger.jsonl", "rules of the package")
    assert "\x1b" not in text
    assert ("&lt;b&gt;EX&lt;/b&gt;" if form == "html" else "<b>EX</b>") in text
    assert "no rule for [bold]DAY" in text


def test_the_marks_are_those_of_the_page() -> None:
    assert [code(row[0])[0] for row in table_after(text_of("deadlines.md"), "## Marks")] == list(MARKS)


def test_the_columns_are_those_of_the_page() -> None:
    listed = [key for row in table_after(text_of("deadlines.md"), "### A row") for key in code(row[0])]
    assert listed == list(COLUMNS) == list(found(opened("EX-1"))["rows"][0])


def test_every_mark_that_is_used_is_explained() -> None:
    page = as_page(Page("never"), found(opened("EX-1", received="2025-03-03", basis="RUMOUR")), "x", "y")
    text = " ".join(page.split())
    assert f"• cautious: {MARKS['cautious']}" in text
    assert f"• unverified: {MARKS['unverified']}" in text
    assert "paused:" not in text
