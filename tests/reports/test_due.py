from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import questions
from ledger.book import Ledger
from ledger.errors import Refused
from ledger.reports.unneeded import unneeded
from tests.model.deadline_cases import RULES
from tests.strategies import Record, facts, follow_up, order, orders, response

NOW = datetime(2025, 6, 1, tzinfo=UTC)
START = datetime(2025, 3, 3, 10, tzinfo=UTC)


@contextmanager
def ledger_of(*records: Record, zone: str = "UTC", now: datetime = NOW) -> Iterator[Ledger]:
    with TemporaryDirectory() as folder:
        book = Ledger(Path(folder, "ledger.jsonl"), clock=lambda: now)
        book.create(timezone=zone)
        if records:
            book.append_all(records)
        with book:
            yield book


def listed(book: Ledger, **asked: Any) -> dict[str, dict[str, Any]]:
    return {row["order"]: row for row in questions.due(book, RULES, **asked)["rows"]}


def lifted(book: Ledger, **asked: Any) -> list[tuple[str, str | None, str, int, str]]:
    return [
        (row["order"], row["target"], row["status"], row["amount"]["n"], row["amount"]["qualifier"])
        for row in questions.due(book, RULES, **asked)["to_lift"]
    ]


def test_the_soonest_is_first_then_those_without_a_time_by_age_and_last_what_nothing_is_asked_of() -> None:
    made = [
        order(id="ended", received="2025-05-01", due="2025-05-02", targets=["@a"]),
        order(id="young", received="2025-05-20", targets=["@a"]),
        order(id="later", received="2025-05-31T10:00Z", due="2025-06-09", targets=["@a"]),
        order(id="old", received="2025-05-10", basis="SOON", targets=["@a"]),
        order(id="sooner", received="2025-05-31T10:00Z", basis="DAY", targets=["@a"]),
        order(id="done", received="2025-05-31T10:00Z", basis="DAY", targets=["@a"]),
        order(id="overdue", received="2025-05-01", due="2025-05-31T23:00Z", requires=["information"], targets=["@a"]),
        follow_up("unblock-requested", "2025-05-02", order="ended"),
        response("refused", "2025-05-31T12:00Z", order="done", all=True),
    ]
    with ledger_of(*made) as book:
        rows = listed(book)
        assert list(rows) == ["overdue", "sooner", "later", "old", "young", "ended"]
        assert [row["seconds_left"] for row in rows.values()] == [-3600, 36000, 8 * 86400 + 66600, None, None, None]
        assert rows["old"]["age_days"] == 22
        assert rows["old"]["age_seconds"] is None
        assert rows["sooner"]["age_seconds"] == 14 * 3600
        assert rows["overdue"]["asks"] == "information"
        assert [row["demanded"] for row in rows.values()] == [True] * 5 + [False]
        assert [row["order"] for row in questions.orders(book, overdue_only=True, rules=RULES)] == ["overdue"]
        assert list(listed(book, within=10 * 3600)) == ["overdue", "sooner"]
        assert list(listed(book, within=10 * 3600 - 1)) == ["overdue"]
        assert questions.due(book, RULES, within=60)["left_out"] == {"later": 2, "without_due": 3, "totals": 0}


def test_to_list_what_is_overdue_rules_are_needed() -> None:
    with ledger_of() as book, pytest.raises(Refused, match="rules: "):
        questions.orders(book, overdue_only=True)


def test_what_waits_is_counted_by_the_orders_kind_with_its_marks_and_other_kinds_beside_it() -> None:
    made = [
        order(id="EX-1", specified="about 20", targets=["@a", "hashtag:x", "hashtag:y"]),
        response("not-enough-info", targets=["@a", "hashtag:y"]),
        response("acknowledged"),
        order(id="EX-2", specified="some"),
    ]
    with ledger_of(*made) as book:
        for asked in ({}, {"at": "2025-01-01"}):
            one, other = listed(book, **asked).values()
            assert one["pending"] == {"n": 19, "qualifier": "about"}
            assert (one["pending_beside"], one["not_enough_info_beside"]) == (1, 1)
            assert one["not_enough_info"] == {"n": 1, "qualifier": "exact"}
            assert (one["acknowledged"], other["acknowledged"]) == (True, False)
            assert other["pending"] == {"n": 0, "qualifier": "unknown"}


def test_what_stands_for_several_orders_has_no_deadline_and_is_counted() -> None:
    made = [order(id="EX-1", specified=16, stands_for=17, due="2021-02-02"), order(id="EX-2", targets=["@a"])]
    with ledger_of(*made) as book:
        found = questions.due(book, RULES)
        assert [row["order"] for row in found["rows"]] == ["EX-2"]
        assert found["left_out"]["totals"] == 1
        assert questions.orders(book, overdue_only=True, rules=RULES) == []


def test_what_was_open_then_is_told_from_the_facts_of_then() -> None:
    made = [
        order(received="2025-03-03T10:00Z", basis="DAY", targets=["@a", "@b"]),
        response("acknowledged", "2025-03-03T11:00Z"),
        response("withheld", "2025-03-03T12:00Z", targets=["@a"]),
        response("withheld", "2025-03-05", targets=["@b"]),
        follow_up("revoked", "2025-03-06"),
        response("unblocked", "2025-03-08T12:00Z", targets=["@a", "@b"]),
    ]
    with ledger_of(*made) as book:
        assert listed(book) == {}
        assert listed(book, at="2025-03-03T09:59:59Z") == {}
        first = listed(book, at="2025-03-03T10:00Z")["EX-1"]
        assert (first["pending"]["n"], first["acknowledged"], first["seconds_left"]) == (2, False, 86400)
        then = listed(book, at="2025-03-04")["EX-1"]
        assert (then["pending"]["n"], then["acknowledged"], then["seconds_left"]) == (1, True, -14 * 3600)
        assert listed(book, at="2025-03-05") == {}
        assert lifted(book, at="2025-03-05") == []
        both = [("EX-1", "@a", "withheld", 1, "exact"), ("EX-1", "@b", "withheld", 1, "exact")]
        assert lifted(book, at="2025-03-06") == lifted(book, at="2025-03-08T11:59Z") == both
        assert lifted(book, at="2025-03-08T12:00Z") == lifted(book) == []


def test_a_fact_of_a_day_follows_what_was_recorded_for_that_day_before_it() -> None:
    made = [
        order(received="2025-03-03", targets=["@a"]),
        response("acknowledged", "2025-03-04T15:00Z"),
        response("withheld", "2025-03-04", targets=["@a"]),
    ]
    with ledger_of(*made) as book:
        assert list(listed(book, at="2025-03-04T14:00Z")) == ["EX-1"]
        assert listed(book, at="2025-03-04T15:00Z") == {}


def test_corrections_are_taken_in_whenever_they_were_made() -> None:
    made = [
        order(received="2025-03-03T10:00Z", basis="DAY", targets=["@a"]),
        response("withheld", "2025-03-03T12:00Z", targets=["@a"]),
        {"kind": "correction", "of": 2, "void": True, "reason": "not so"},
        {"kind": "correction", "of": 1, "set": {"received": "2025-03-03T08:00Z"}, "reason": "a slip"},
    ]
    with ledger_of(*made) as book:
        assert listed(book, at="2025-03-03T13:00Z")["EX-1"]["due"] == "2025-03-04T08:00:00Z"


def test_a_day_ends_in_the_ledgers_zone_and_times_are_given_in_it() -> None:
    made = [order(received="2025-03-03T10:00+05:30", basis="DAY", targets=["@a"])]
    with ledger_of(*made, zone="Asia/Kolkata") as book:
        found = questions.due(book, RULES, at="2025-03-03")
        assert (found["at"], found["timezone"]) == ("2025-03-04T00:00:00+05:30", "Asia/Kolkata")
        row = found["rows"][0]
        assert (row["due"], row["counts_from"]) == ("2025-03-04T10:00:00+05:30", "2025-03-03T10:00:00+05:30")
        assert (row["seconds_left"], row["age_days"]) == (10 * 3600, 0)


def test_an_order_of_the_day_that_is_asked_about_is_no_day_old_as_a_report_of_that_day_says() -> None:
    with ledger_of(order(received="2025-03-03", targets=["@a"])) as book:
        ages = [listed(book, at=at)["EX-1"]["age_days"] for at in ("2025-03-03", "2025-03-04", "2025-03-04T00:00Z")]
        assert ages == [0, 1, 1]
        for at, age in zip(("2025-03-03", "2025-03-04"), ages, strict=False):
            times = questions.report(book, as_of=at, times=True, rules=RULES)["times"]
            assert times["totals"]["acted_in"]["oldest_open"]["days"] == age
        # Of a day to come as of one that is over.
        assert listed(book, at="2025-06-10")["EX-1"]["age_days"] == 99


def test_what_another_order_or_its_confirmation_demands_is_not_to_be_lifted() -> None:
    made = [
        order(id="EX-1", targets=["@a", "@b", "@c"], specified=5),
        response("withheld", all=True, order="EX-1"),
        order(id="EX-2", targets=["@b"], received="2021-02-03", relates_to="EX-1", relation="confirms"),
        order(id="EX-3", targets=["@c"], received="2021-02-03"),
        follow_up("set-aside", "2021-02-05", order="EX-1"),
    ]
    with ledger_of(*made) as book:
        for asked in ({}, {"at": "2021-02-05"}):
            # It is confirmed, so that somebody still demands its unnamed targets.
            assert lifted(book, **asked) == [("EX-1", "@a", "withheld", 1, "exact")]
        book.append(follow_up("withdrawn", "2021-02-06", order="EX-2"))
        for asked in ({}, {"at": "2021-02-06"}):
            assert lifted(book, **asked) == [
                ("EX-1", "@a", "withheld", 1, "exact"),
                ("EX-1", "@b", "withheld", 1, "exact"),
                ("EX-1", None, "withheld", 2, "exact"),
            ]
        assert lifted(book, at="2021-02-05") == [("EX-1", "@a", "withheld", 1, "exact")]


def test_what_an_order_demands_under_another_name_of_the_account_is_not_to_be_lifted() -> None:
    made = [
        order(id="EX-1", targets=["@old_name"]),
        response("withheld", all=True, order="EX-1"),
        order(id="EX-2", targets=["@new_name"], received="2021-02-03"),
        follow_up("revoked", "2021-02-05", order="EX-1"),
    ]
    with ledger_of(*made) as book:
        assert len(lifted(book)) == len(lifted(book, at="2021-02-05")) == 1
        names = ["@old_name", "@new_name"]
        book.append({"kind": "alias", "targets": names, "platform": "twitter", "reason": "renamed"})
        assert lifted(book) == lifted(book, at="2021-02-05") == []


def test_the_cost_of_what_is_to_be_lifted_does_not_grow_with_the_ledger() -> None:
    with ledger_of(order(targets=["@a"])) as book:
        plans = book.ask(
            lambda db: [plan(db, name) for name in ("unneeded.sql", "deadlines/due.sql", "deadlines/due_standing.sql")]
        )
        assert book.ask(unneeded) == []
    assert [next(iter(steps)) for steps in plans] == [
        "SCAN o USING INDEX orders_to_lift",
        "SCAN o USING INDEX orders_open",
        "SCAN o USING INDEX orders_open",
    ]
    rest = [step for steps in plans for step in steps[1:]]
    assert [step for step in rest if step.startswith("SCAN")] == []


def plan(db: Any, name: str) -> list[str]:
    query = (Path(questions.__file__).with_name("reports") / name).read_text(encoding="utf-8")
    return [row[3].replace("COVERING ", "") for row in db.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()]


def test_a_time_that_is_none_is_refused() -> None:
    with ledger_of() as book, pytest.raises(Refused, match=r"^at: "):
        questions.due(book, RULES, at="tomorrow")


@settings(max_examples=12, deadline=None)
@given(orders(st.just("2025-03-03T10:00Z"), basis="DAY"), st.lists(facts(st.just("2025-03-03T10:00Z")), max_size=10))
def test_what_is_told_of_the_past_is_what_was_told_then(first: Record, later: list[Record]) -> None:
    clock = [START]
    made = [
        first,
        order(id="EX-0", targets=["@a", "@b"], specified=4, received="2025-03-03T10:00Z", due="2025-03-04"),
        order(
            id="EX-9", targets=["@a"], received="2025-03-03T10:00Z", relates_to="EX-0", relation="confirms"
        ),
    ]  # fmt: skip
    with TemporaryDirectory() as folder, Ledger(Path(folder, "ledger.jsonl"), clock=lambda: clock[0]) as book:
        said: list[tuple[str, Any]] = []
        for number, record in enumerate([*made, *later]):
            clock[0] = START + timedelta(hours=number)
            at = clock[0].isoformat()
            try:
                if record["kind"] == "order":
                    book.append(record)
                else:
                    whose = "EX-0" if number % 3 == 0 else record["order"]
                    book.append(record | {"at": at, "order": whose})
            except Refused:
                continue
            said.append((at, questions.due(book, RULES)))
        clock[0] = START + timedelta(days=9)
        for at, then in said[2:]:
            assert without_numbers(questions.due(book, RULES, at=at)) == without_numbers(then)


def without_numbers(found: dict[str, Any]) -> dict[str, Any]:
    """Leave out the number of each order's last entry: that is as it is now."""
    return found | {"rows": [row | {"last_entry": None} for row in found["rows"]]}
