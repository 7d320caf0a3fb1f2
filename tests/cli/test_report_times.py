from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.render.report import flat
from ledger.render.times import median_text
from tests.conftest import Run

ORDER = {"kind": "order", "authority": "Board", "jurisdiction": "NZ", "platform": "x", "received": "2025-03-03T09:00Z"}
ENTRIES = (
    ORDER | {"id": "EX-1", "due": "2025-03-03T12:00Z", "targets": ["@one"]},
    ORDER | {"id": "EX-2", "basis": "House-Rule", "targets": ["@two"]},
    ORDER | {"id": "EX-3", "targets": ["@three"]},
    ORDER | {"id": "EX-4", "confidential": True, "targets": ["@four"]},
    ORDER | {"id": "EX-5", "requires": ["information"], "targets": ["@five"]},
    {"kind": "response", "order": "EX-1", "action": "acknowledged", "at": "2025-03-03T09:30Z"},
    {"kind": "response", "order": "EX-1", "action": "withheld", "all": True, "at": "2025-03-03T10:00Z"},
    {"kind": "response", "order": "EX-2", "action": "blocked", "all": True, "at": "2025-03-04T11:30Z"},
    {"kind": "response", "order": "EX-4", "action": "blocked", "all": True, "at": "2025-03-05"},
    {"kind": "response", "order": "EX-5", "action": "provided", "all": True, "at": "2025-03-05T09:00Z"},
)


@pytest.fixture
def desk(run: Run) -> Run:
    """Run the command line on orders of one week: three acted on, one of them confidential, one open, one to inform."""
    lines = "".join(json.dumps(entry) + "\n" for entry in ENTRIES)
    done = run("import", "-", "--format", "jsonl", stdin=lines.encode())
    assert done.code == 0, done.err
    return run


PERIOD = ("report", "--period", "2025-W10")


def times(run: Run, *more: str) -> dict[str, Any]:
    done = run(*PERIOD, "-O", "json", *more)
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)["times"]
    return found


def test_a_period_has_times_and_the_whole_ledger_only_when_asked(desk: Run) -> None:
    whole = desk("report")
    assert "acted in" not in whole.out
    assert "• Times, deadlines, rates, users told: report --times" in whole.out
    assert "acted in (last target)" in desk("report", "--times").out
    assert "acted in" not in desk(*PERIOD, "--no-times").out
    page = desk(*PERIOD).out
    assert "(orders received in the period, as they stood at 2025-03-10T00:00:00Z)" in page
    # Those of the orders to provide information come last.
    lines = {line[:24].strip(): line[24:].split("  ") for line in reversed(page.splitlines())}
    shown = {name: [cell.strip() for cell in cells if cell.strip()] for name, cells in lines.items()}
    assert shown["acknowledged in"][:2] == ["not reached", "30 min"]
    assert shown["acted in (last target)"][:3] == ["26 h 30 min", "26 h 30 min", "1 day"]


def test_open_orders_keep_their_place_in_the_median_and_those_without_hours_stand_beside(desk: Run) -> None:
    found = times(desk)["totals"]
    assert found["orders"] == 4
    acted = found["acted_in"]
    assert (acted["answered"], acted["open"], acted["no_clock_time"]) == (3, 1, 1)
    assert acted["median"] == {"seconds": 95_400, "reached": True, "of": 4, "qualifier": "exact"}
    assert acted["oldest_open"] == {"days": 6, "seconds": 572_400}
    assert times(desk)["information"]["acted_in"]["median"]["seconds"] == 172_800


def test_deadlines_are_judged_by_rules_of_ones_own_and_the_page_names_their_file(desk: Run, tmp_path: Any) -> None:
    assert times(desk)["totals"]["deadlines"]["met"] == 1
    assert times(desk)["totals"]["deadlines"]["no_deadline"] == 3
    (tmp_path / "own.toml").write_text(
        '[[rule]]\nkey = "House-Rule"\nhours = 24\ntext = "within a day"\nstarts = "receipt"\nsource = "the house"\nverified = true\n'
    )
    page = desk(*PERIOD, "--deadlines", "own.toml")
    assert page.code == 0, page.err
    assert "Deadlines: met 1, missed 1, not due yet 0" in page.out
    assert "own.toml" in page.out.splitlines()[-1]
    refused = desk("report", "--deadlines", "own.toml")
    assert (refused.code, refused.out) == (2, "")
    assert "--times" in refused.err


def test_groups_and_what_statements_of_one_side_alone_say(desk: Run) -> None:
    found = times(desk, "--by", "order")
    assert [group["key"] for group in found["groups"]] == ["EX-1", "EX-2", "EX-3", "EX-4"]
    assert found["no_groups"] is None
    country = times(desk, "--by", "country")
    assert country["groups"] == []
    assert "use by jurisdiction" in country["no_groups"]
    assert times(desk, "--according-to", "authority")["totals"]["acted_in"]["open"] == 4


def test_a_page_for_others_tells_no_confidential_order_apart(desk: Run) -> None:
    assert "EX-4" in desk(*PERIOD, "--by", "order").out
    html = desk(*PERIOD, "--by", "order", "-O", "html").out
    assert "EX-4" not in html
    assert html.count("confidential orders") == 2
    assert "EX-4" in desk(*PERIOD, "--by", "order", "-O", "html", "--include-confidential").out


def test_every_figure_is_a_row_too_and_a_median_that_is_none_has_no_number(desk: Run) -> None:
    report = json.loads(desk(*PERIOD, "-O", "json", "--by", "order").out)
    rows = {(row["table"], row["key"], row["measure"]): row for row in flat(report)}
    assert rows["times", "", "acted_in:median:seconds"]["n"] == 95_400
    assert rows["times", "", "acknowledged_in:median:seconds"] | {"begin": 0, "end": 0} == {
        "table": "times", "key": "", "begin": 0, "end": 0, "measure": "acknowledged_in:median:seconds", "n": None,
        "qualifier": "not-reached",
    }  # fmt: skip
    assert rows["times-group", "EX-4", "acted_in:median:seconds"]["qualifier"] == "cannot-be-told"
    assert rows["times-group", "EX-3", "targets_acted_in:open"]["n"] == 1
    assert rows["times-period", "2025-W10", "rates:targets:acted:still"]["n"] == 3
    assert rows["times-information", "", "acted_in:answered"]["n"] == 1
    assert "times,,2025-03-03,2025-03-10,acted_in:median:seconds,95400,exact" in desk(*PERIOD, "-O", "csv").out


def test_medians_say_when_they_are_not_reached_of_nothing_or_not_exact() -> None:
    median = {"days": 1, "reached": True, "of": 3, "qualifier": "exact"}
    assert median_text(median) == "1 day"
    assert median_text(median | {"qualifier": "about", "days": 0}) == "≈0 days"
    assert median_text(median | {"days": None, "reached": False}) == "not reached"
    assert median_text(median | {"days": None, "reached": None}) == "cannot be told"
    assert median_text(median | {"days": None, "reached": False, "of": 0}) == "–"


def test_orders_whose_users_are_still_to_be_told_are_listed(run: Run) -> None:
    for line in (
        "add-order --id EX-1 --authority B --jurisdiction NZ --platform x --received 2021-02-01 @one_name @two_name",
        "respond EX-1 blocked --all --at 2021-02-02",
        "add-order --id EX-2 --authority B --jurisdiction NZ --platform x --received 2021-02-01 @one_name",
        "add-order --id EX-3 --authority B --jurisdiction NZ --platform x --received 2021-02-01 --confidential @one_name",
        "respond EX-3 blocked --all --at 2021-02-02",
    ):
        assert run(*line.split()).code == 0
    assert [row["order"] for row in json.loads(run("orders", "--untold", "-O", "json").out)["orders"]] == ["EX-1"]
    run("respond", "EX-1", "user-notified", "@one_name", "--at", "2021-02-03")
    assert [row["order"] for row in json.loads(run("orders", "--untold", "-O", "json").out)["orders"]] == ["EX-1"]
    run("respond", "EX-1", "user-notified", "--at", "2021-02-04")
    assert json.loads(run("orders", "--untold", "-O", "json").out)["orders"] == []


def test_a_confidential_order_of_which_users_were_told_in_part_is_not_listed_until_it_is_confidential_no_more(
    run: Run,
) -> None:
    add = "add-order --authority B --jurisdiction NZ --platform x --received 2021-02-01 --confidential"
    for name, until in (("EX-1", ""), ("EX-2", " --set confidential_until=2021-03-01")):
        for line in (
            f"{add} --id {name}{until} @one_name @two_name",
            f"respond {name} blocked --all --at 2021-02-02",
            f"respond {name} user-notified @one_name --at 2021-02-03",
        ):
            assert run(*line.split()).code == 0
    assert [row["order"] for row in json.loads(run("orders", "--untold", "-O", "json").out)["orders"]] == ["EX-2"]


def test_what_is_not_found_though_it_was_acted_on_is_said_to_be_no_part_of_what_is_outside_the_rates(run: Run) -> None:
    for line in (
        "add-order --id EX-1 --authority B --jurisdiction NZ --platform x --received 2025-03-03 @one_name @two_name",
        "respond EX-1 withheld @one_name --at 2025-03-04",
        "respond EX-1 not-found @two_name --at 2025-03-05",
    ):
        assert run(*line.split()).code == 0
    assert "of 2 specified 0 already removed, 1 not found." in " ".join(run(*PERIOD).out.split())
    run("respond", "EX-1", "not-found", "@one_name", "--anyway", "--at", "2025-03-06")
    page = " ".join(run(*PERIOD).out.split())
    assert "of 2 specified 0 already removed, 2 not found, but for those that had been acted on." in page
    assert "accounts withheld by law 1 1 100.0 % 0 0.0 %" in page
