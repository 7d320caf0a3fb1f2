"""`ledger show --checklist`: what an order must carry, beside what is recorded; it judges no order."""

from __future__ import annotations

import json
from typing import Any

from ledger.model.entries import Order, convert, normalise
from ledger.reports.dsa.checklist import STATES, checklist
from tests.conftest import Run
from tests.strategies import order


def states(*, hidden: bool = False, **fields: Any) -> dict[str, str]:
    entry = convert(normalise(order(**fields)))
    assert isinstance(entry, Order)
    return {item["field"]: item["state"] for item in checklist(entry, 1, hidden=hidden)["items"]}


def test_what_is_not_recorded_is_missing() -> None:
    found = states()
    assert found.pop("authority") == "present"
    assert set(found.values()) == {"missing"}


def test_each_field_makes_its_own_item_present_and_no_other() -> None:
    given: dict[str, Any] = {
        "basis": "EU-DSA-9", "provision": "art. 1", "grounds": ["hatred"], "targets": ["https://page.example/1"],
        "redress": "a court", "contact": "desk@office.example", "territorial_scope": ["DE"], "language": "de",
    }  # fmt: skip
    for field, value in given.items():
        present = {name for name, state in states(**{field: value}).items() if state == "present"}
        assert present == {"authority", field}


def test_where_it_was_sent_is_no_proof_that_it_was_the_contact_point() -> None:
    assert states(transmitted_via="post")["transmitted_via"] == "cannot be told"


def test_targets_are_exact_when_each_is_named() -> None:
    assert states(targets=["@a"], specified=1)["targets"] == "present"
    for fields in (
        {"specified": 257},
        {"targets": ["@a", "hashtag:x"], "specified": 2, "specified_of": "account"},
        {"targets": ["@a"], "specified": "about 1"},
        {"targets": ["domain:page.example"]},
        {"targets": ["account:~" + "A" * 43]},
    ):
        assert states(**fields)["targets"] == "cannot be told", fields


def test_what_may_stand_in_a_private_field_cannot_be_told_where_it_is_not_disclosed() -> None:
    found = states(hidden=True, basis="EU-DSA-9")
    assert (found["basis"], found["language"], found["redress"]) == ("present", "missing", "cannot be told")


def test_a_blank_text_is_none() -> None:
    assert states(redress="  ")["redress"] == "missing"


def test_the_checklist_of_an_order_is_printed_whole_and_says_that_it_judges_nothing(samples: Run) -> None:
    done = samples("show", "EX-AT-2023-TCO-17", "--checklist")
    assert (done.code, done.err) == (0, "")
    rows = {line[:24].rstrip(): line[26:].rstrip() for line in done.out.splitlines()[5:-2]}
    assert rows["statement of reasons"] == "present         alleged: incites to commit terrorist offences"
    assert rows["electronic contact point"].startswith("cannot be told  web form (")
    assert "it judges no order" in done.out
    asked = json.loads(samples("show", "IN-MEITY-2021-01-31", "--checklist", "-O", "json").out)
    assert asked["schema"] == "ledger-checklist/1"
    assert {item["state"] for item in asked["items"]} == set(STATES)
    assert all(set(item) == {"item", "field", "state", "found", "remark"} for item in asked["items"])
    assert (
        "The article is about orders of theirs" in asked["note"] or "article is about orders of theirs" in asked["note"]
    )


def test_of_a_demand_for_information_it_is_said_first_that_the_article_is_not_about_it(run: Run) -> None:
    line = "add-order --id EX-1 --authority Board --jurisdiction DE --platform x --received 2025-08-01 --requires information @a"
    assert run(*line.split()).code == 0
    printed = run("show", "EX-1", "--checklist").out
    said = " ".join(printed.split())
    assert "article 9 is about orders to act" in said
    assert said.index("Article 10 has a list of its own") < said.index("What an order to act must carry")
    asked = json.loads(run("show", "EX-1", "--checklist", "-O", "json").out)
    assert asked["caution"].startswith("This order asks for information")
    entry = convert(normalise(order(requires=["block"])))
    assert isinstance(entry, Order)
    assert checklist(entry, 1)["caution"] is None


def test_the_authority_to_be_informed_is_asked_for_where_applicable() -> None:
    for fields, state in (({}, "missing"), ({"contact": "desk@office.example"}, "present")):
        entry = convert(normalise(order(**fields)))
        assert isinstance(entry, Order)
        (item,) = (item for item in checklist(entry, 1)["items"] if item["field"] == "contact")
        assert (item["state"], item["remark"]) == (state, "asked for where applicable")


def test_a_checklist_is_of_an_order_and_not_of_an_entry(samples: Run) -> None:
    done = samples("show", "1", "--checklist")
    assert (done.code, done.out) == (2, "")
    assert "give the id of an order" in done.err
