from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.conftest import Run

FIXED = ("order", "due", "rule", "seconds_left", "pending", "acknowledged")
AT = "2025-03-04T00:00Z"
ORDERS = """
[[order]]
id = "EX-1"
authority = "Example Ministry"
jurisdiction = "IN"
platform = "twitter"
basis = "IN-3-1-d"
received = "2025-03-03T10:00+05:30"
targets = ["@a", "@b", "hashtag:x"]

[[order]]
id = "EX-2"
authority = "Example Service"
jurisdiction = "RU"
platform = "twitter"
basis = "ru-15-1"
received = "2025-03-03"
specified = "about 5"

[[order]]
id = "EX-3"
authority = "Example Court"
jurisdiction = "FR"
platform = "twitter"
basis = "EU-DSA-9"
received = "2025-03-01T10:00Z"
confidential = true
due = "2025-03-03T20:00Z"
targets = ["@secret"]

[[order]]
id = "EX-4"
authority = "Example Court"
jurisdiction = "FR"
platform = "twitter"
received = "2025-03-01T10:00Z"
targets = ["@d"]

[[response]]
order = "EX-1"
action = "acknowledged"
at = "2025-03-03T12:00Z"

[[response]]
order = "EX-4"
action = "withheld"
at = "2025-03-03T12:00Z"
all = true

[[follow-up]]
order = "EX-4"
event = "revoked"
at = "2025-03-03T13:00Z"
"""


@pytest.fixture
def desk(run: Run, tmp_path: Path) -> Run:
    """Run the command line on a ledger of four orders."""
    (tmp_path / "orders.toml").write_text(ORDERS, encoding="utf-8")
    assert run("import", "orders.toml").code == 0
    return run


def test_the_table_says_what_is_due_by_which_rule_and_what_is_to_be_lifted(desk: Run) -> None:
    done = desk("due", "--at", AT)
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[1] == "As of 2025-03-04T00:00:00Z (times in UTC); rules of the package"
    assert [" ".join(line.split()) for line in lines[5:11:2]] == [
        "EX-2 2025-03-03 12:00 UTC overdue by ≤12 h 00 min ≈5 no",
        "EX-3 2025-03-03 20:00 UTC overdue by 4 h 00 min 1 no",
        "EX-1 2025-03-04 16:30 UTC 16 h 30 min left 2 (+1) yes",
    ]
    assert "cautious, unverified" in lines[6]
    assert "3 open orders, 2 overdue" in done.out
    assert "EX-4   withheld  1 account\n    @d\n" in done.out
    assert "RU-15-1 is unverified. Federal Law 149-FZ" in done.out


def test_the_json_has_the_fixed_keys_and_its_rows_first(desk: Run) -> None:
    found = json.loads(desk("due", "--at", AT, "-O", "json").out)
    assert (found["schema"], found["at"], found["timezone"]) == ("ledger-due/1", "2025-03-04T00:00:00Z", "UTC")
    assert next(name for name, value in found.items() if isinstance(value, list)) == "rows"
    assert [row["order"] for row in found["rows"]] == ["EX-2", "EX-3", "EX-1"]
    assert all(tuple(row)[: len(FIXED)] == FIXED for row in found["rows"])
    assert [row["rule"] for row in found["rows"]] == ["RU-15-1", "own", "IN-3-1-d"]
    assert found["rows"][2] == found["rows"][2] | {
        "due": "2025-03-04T16:30:00Z",
        "seconds_left": 59400,
        "pending": {"n": 2, "qualifier": "exact"},
        "acknowledged": True,
    }
    assert [(row["order"], row["target"], row["status"]) for row in found["to_lift"]] == [("EX-4", "@d", "withheld")]
    assert found["own_rules"] is None


def test_rows_have_the_same_columns_in_every_format_and_say_what_is_unverified(desk: Run) -> None:
    at = ("due", "--at", AT, "-O")
    columns = list(json.loads(desk(*at, "json").out)["rows"][0])
    lines = [json.loads(line) for line in desk(*at, "jsonl").out.splitlines()]
    assert [list(line) for line in lines] == [columns] * 3
    table = list(csv.DictReader(io.StringIO(desk(*at, "csv").out)))
    assert [name for name in table[0] if not name.endswith("_qualifier")] == columns
    assert [(row["order"], row["marks"], row["verified"]) for row in table] == [
        ("EX-2", "cautious; unverified", "false"),
        ("EX-3", "", ""),
        ("EX-1", "", "true"),
    ]
    markdown = desk(*at, "md").out.splitlines()
    assert markdown[0] == f"| {' | '.join(columns)} |"
    assert ["unverified" in line for line in markdown[2:]] == [True, False, False]


def test_overdue_orders_fail_when_asked_to_and_are_printed_all_the_same(desk: Run) -> None:
    # By now all of them are.
    failed = desk("due", "--fail-on-overdue", "-O", "jsonl")
    assert (failed.code, len(failed.out.splitlines())) == (1, 3)
    assert desk("due", "--fail-on-overdue", "--at", "2025-03-03T11:00Z").code == 0
    assert desk("due", "--fail-on-overdue", "--at", AT, "--within", "1h", "-o", "due.json").code == 1
    assert [line.split()[0] for line in desk("orders", "--overdue").out.splitlines()[2:-1:2]] == [
        "EX-3", "EX-1", "EX-2"
    ]  # fmt: skip


def test_what_is_due_later_is_left_out_and_counted(desk: Run) -> None:
    done = desk("due", "--at", AT, "--within", "90m")
    assert "2 open orders, 2 overdue; 1 due later" in done.out
    assert "EX-1" not in done.out
    refused = desk("due", "--within", "2w")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == "ledger: within: '2w' is no span of time: write it like 48h, 2d or 90m\n"


def test_own_rules_are_used_and_said(desk: Run, tmp_path: Path) -> None:
    text = (
        '[[rule]]\nkey = "IN-3-1-D"\ntext = "Act"\nstarts = "receipt"\nhours = 0.5\nverified = false\nsource = "Note"\n'
    )
    (tmp_path / "ledger.jsonl.deadlines.toml").write_text(text, encoding="utf-8")
    done = desk("due", "--at", "2025-03-03T05:00Z")
    assert "rules of the package and of ledger.jsonl.deadlines.toml" in done.out
    assert "IN-3-1-D, 0.5 h from 2025-03-03T04:30:00Z · unverified" in done.out
    assert "IN-3-1-D is unverified. Note." in done.out
    mine = text.replace("IN-3-1-D", "XX-1").replace("0.5", "36")
    (tmp_path / "mine.toml").write_text(mine, encoding="utf-8")
    told = desk("orders", "--overdue", "--deadlines", "mine.toml")
    assert "overdue by the rules of the package and of mine.toml" in told.err
    alone = desk("orders", "--deadlines", "mine.toml")
    assert (alone.code, alone.out) == (2, "")
    assert alone.err == "ledger: deadlines: says nothing without --overdue: add that, or leave it out\n"
    (tmp_path / "mine.toml").write_text(text.replace("0.5", "0"), encoding="utf-8")
    refused = desk("due", "--deadlines", "mine.toml")
    assert refused.code == 2
    assert refused.err.startswith("ledger: mine.toml, line 1, [[rule]] 1: hours: a number above 0")


def test_confidential_orders_are_counts_in_what_is_made_for_others(desk: Run, tmp_path: Path) -> None:
    for form in ("html", "ics"):
        hidden = desk("due", "--at", AT, "-O", form)
        assert "EX-1" in hidden.out
        assert "EX-3" not in hidden.out
        assert "Example Court (FR)" not in hidden.out
        shown = desk("due", "--at", AT, "-O", form, "--include-confidential")
        assert "EX-3" in shown.out
        assert shown.err == ""
        if form == "html":
            assert "2 open orders, 1 overdue; 1 confidential left out" in hidden.out
        else:
            assert "1 confidential order was left out of the calendar" in hidden.err
            assert "confidential orders\\, left out: 1" in hidden.out.replace("\r\n ", "")
            assert "CLASS:CONFIDENTIAL" in shown.out
    assert desk("due", "--at", AT, "-o", "due.ics").code == 0
    assert "EX-3" not in (tmp_path / "due.ics").read_text(encoding="utf-8")


def test_what_is_overdue_by_an_unverified_rule_is_marked_in_the_list_of_orders(run: Run) -> None:
    line = (
        "add-order --id RU-1 --authority A --jurisdiction RU --platform x --basis RU-15-1 --received 2026-01-01 @a_name"
    )
    assert run(*line.split()).code == 0
    (line,) = [line for line in run("orders", "--overdue").out.splitlines() if "overdue by RU-15-1" in line]
    assert "unverified" in line
    (row,) = json.loads(run("orders", "--overdue", "-O", "json").out)["orders"]
    assert (row["overdue_by"], "unverified" in row["marks"]) == ("RU-15-1", True)
    assert json.loads(run("orders", "-O", "json").out)["orders"][0]["marks"] == []


def test_the_last_day_of_the_calendar_ends_no_command(run: Run) -> None:
    line = (
        "add-order --id N-1 --authority A --jurisdiction US --platform x --received 2026-01-01 --due 9999-12-31 @a_name"
    )
    assert run(*line.split()).code == 0
    assert run("due", "--at", "9999-12-31").code == 0
    done = run("due", "-O", "ics")
    assert (done.code, done.out.count("BEGIN:VEVENT")) == (0, 1)
