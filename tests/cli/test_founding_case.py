"""Every figure of the founding case, from the sample orders through the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
SAMPLES = Path(__file__).resolve().parents[2] / "sample_orders"
EXACT = "exact"


def figures(run: Run, *arguments: str) -> dict[str, Any]:
    done = run("report", "-O", "json", *arguments)
    assert done.code == 0
    found: dict[str, Any] = json.loads(done.out)
    return found


def q(n: int, qualifier: str = EXACT) -> dict[str, Any]:
    return {"n": n, "qualifier": qualifier}


ORDERS = ("IN-MEITY-2021-01-31", "IN-MEITY-2021-02-04")
CASE = [
    ("2021-01-31", [{"pending": q(257)}, None], q(257), q(0), q(257)),
    ("2021-02-01", [{"pending": q(7, "about"), "unblocked": q(250, "about")}, None], q(257), q(0), q(257)),
    (
        "2021-02-04",
        [{"pending": q(7, "about"), "unblocked": q(250, "about")}, {"pending": q(1178)}],
        q(1435),
        q(0),
        q(1435),
    ),
    (
        "2021-02-10",
        [{"blocked": q(126), "unblocked": q(131, "about")}, {"blocked": q(583), "pending": q(595)}],
        q(1435),
        q(709),
        q(726),
    ),
    (
        "2021-02-12",
        [{"blocked": q(220), "unblocked": q(37, "about")}, {"blocked": q(1178)}],
        q(1435),
        q(1398),
        q(37),
    ),
]


@pytest.mark.parametrize(("day", "by_order", "specified", "restricted", "not_restricted"), CASE)
def test_the_balances_of_the_founding_case_are_those_of_its_sources(
    samples: Run, day: str, by_order: list[Any], specified: Any, restricted: Any, not_restricted: Any
) -> None:
    report = figures(samples, "--as-of", day, "--by", "order")
    groups = {group["key"]: group for group in report["groups"]}
    for name, expected in zip(ORDERS, by_order, strict=True):
        if expected is None:
            assert name not in groups
            continue
        status = groups[name]["status"]
        assert {key: held for key, held in status.items() if held["n"]} == expected
    totals = report["totals"]
    assert (totals["specified"], totals["restricted"], totals["not_restricted"]) == (
        specified,
        restricted,
        not_restricted,
    )


def test_the_weeks_of_the_founding_case_are_those_of_its_sources(samples: Run) -> None:
    report = figures(samples, "--as-of", "2021-02-12")
    weeks = {
        week["label"]: (
            week["orders"],
            week["ordered"],
            *(week["moved"][name] for name in ("blocked", "unblocked", "withheld")),
        )
        for week in report["periods"]
    }
    assert weeks == {
        "2021-W04": (1, q(257), q(0), q(0), q(0)),
        "2021-W05": (1, q(1178), q(0), q(250, "about"), q(250, "about")),
        "2021-W06": (0, q(0), q(1398, "about"), q(0), q(0)),
    }


def test_the_printed_report_has_the_same_figures(samples: Run) -> None:
    page = samples("report", "--as-of", "2021-02-12", env={"COLUMNS": "80"}).out
    rows = [line.split() for line in page.splitlines()]
    assert ["2021-W04", "1", "257", "0", "0", "0", "0"] in rows
    assert ["2021-W05", "1", "1,178", "0", "≈250", "≈250", "0"] in rows
    assert any(row[:7] == ["2021-W06", "0", "0", "≈1,398", "0", "0", "1,398"] for row in rows)
    assert ["unblocked", "(lifted)", "≈37"] in rows
    assert "97.4 %" in page
    assert max(map(len, page.splitlines())) <= 80


@pytest.mark.parametrize(
    "spelling",
    [
        "@kisanektamorcha",
        "KisanEktaMorcha",
        "https://mobile.twitter.com/KisanEktaMorcha?s=24",
        "https://x.com/kisanektamorcha/",
    ],
)
def test_four_spellings_tell_one_story(samples: Run, spelling: str) -> None:
    story = json.loads(samples("timeline", spelling, "-O", "json").out)
    moved = [
        (event["at"], event["after"], event["order"], event["stated_by"], bool(event["sources"]))
        for event in story["events"]
        if event["before"] != event["after"]
    ]
    first, other = "IN-MEITY-2021-01-31", "IN-UNSTATED-2022-06-26"
    assert moved == [
        ("2021-01-31", "pending", first, "authority", True),
        ("2021-02-01", "withheld", first, "press", True),
        ("2021-02-01", "unblocked", first, "press", True),
        ("2022-06-26", "pending", other, "platform", True),
        ("2022-06-27", "withheld", other, "platform", True),
    ]
    assert story["targets"] == [
        {
            "target": "@kisanektamorcha",
            "kind": "account",
            "platform": "twitter",
            "status": "withheld",
            "orders": [first, other],
            "aliases": story["targets"][0]["aliases"],
        }
    ]
    assert [alias["targets"] for alias in story["targets"][0]["aliases"]] == [["@kisnaektamorcha", "@Kisanektamorcha"]]


def test_the_story_gives_the_grounds_as_the_authoritys_allegation(samples: Run) -> None:
    page = samples("timeline", "@kisanektamorcha").out
    assert 'alleged by the authority: "spreading misinformation"' in page
    assert "1 day after the order" in page
    assert "says the press" in page


def test_hardly_any_of_it_was_stated_by_the_platform(samples: Run) -> None:
    report = figures(samples, "--as-of", "2021-02-12", "--according-to", "platform")
    assert report["totals"]["restricted"] == q(0)
    assert report["totals"]["specified"] == q(1435)


def test_importing_the_samples_again_adds_nothing(samples: Run) -> None:
    done = samples("import", str(SAMPLES))
    assert done.code == 0
    assert done.out == "ledger.jsonl (the default): 0 added, 56 already there, 0 refused\n"
