"""What is made for others names no confidential order, nor anybody who is known from confidential orders alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conftest import Run

SECRETS = ("SECRET", "secret_name", "SECRETAUTH", "SECRETLAW", "SECRETREASON")
ADD = ("--jurisdiction", "NZ", "--platform", "x", "--received", "2021-02-01")


@pytest.fixture
def secretive(run: Run) -> Run:
    """Run the command line on a ledger with an open order and a confidential one that it is tied to in every way."""
    for line in (
        ("add-order", "--id", "SECRET-1", "--authority", "SECRETAUTH", "--basis", "SECRETLAW", *ADD, "--confidential", "@secret_name"),
        ("add-order", "--id", "OPEN-1", "--authority", "Board", "--basis", "Open Act", *ADD, "@open_name"),
        ("alias", "@open_name", "@secret_name", "--reason", "SECRETREASON"),
        ("correct", "2", "--set", "relates_to=SECRET-1", "--set", "relation=follow-up", "--reason", "found out"),
    ):  # fmt: skip
        assert run(*line).code == 0
    return run


@pytest.mark.parametrize(
    "question",
    [
        ("timeline", "@open_name"),
        ("timeline", "--order", "OPEN-1"),
        ("report", "--by", "authority"),
        ("report", "--by", "basis", "--times"),
        ("report", "--by", "order", "--times"),
        ("orders",),
        ("due",),
    ],
)
def test_no_page_names_what_is_confidential(secretive: Run, question: tuple[str, ...]) -> None:
    done = secretive(*question, "-O", "html")
    assert done.code == 0
    assert not [secret for secret in SECRETS if secret in done.out]


def test_no_page_tells_of_an_order_that_it_repeats_a_confidential_one(run: Run) -> None:
    for line in (
        ("add-order", "--id", "SECRET-1", "--authority", "SECRETAUTH", *ADD, "--confidential", "@open_name"),
        ("add-order", "--id", "OPEN-1", "--authority", "Board", *ADD, "@open_name"),
        ("respond", "OPEN-1", "blocked", "--all", "--at", "2021-02-02"),
        ("correct", "2", "--set", "relates_to=SECRET-1", "--set", "relation=confirms", "--reason", "found out"),
        ("add-order", "--id", "OPEN-2", "--authority", "Board", *ADD, "--specified", "3"),
        ("add-order", "--id", "OPEN-3", "--authority", "Board", *ADD, "--relates-to", "OPEN-2", "--as", "confirms"),
    ):
        assert run(*line).code == 0
    for question in (("timeline", "@open_name"), ("timeline", "--order", "OPEN-1")):
        page = run(*question, "-O", "html").out
        assert "OPEN-1" in page
        assert not [word for word in (*SECRETS, "repeats", "confirms", "relat") if word in page]
        assert "books nothing, as it repeats another" in run(*question).out
        assert "confirms SECRET-1" in run(*question, "-O", "html", "--include-confidential").out
    page = run("timeline", "--order", "OPEN-3", "-O", "html").out
    assert "books nothing, as it repeats another" in page
    assert "confirms OPEN-2" in page


def test_the_confidential_groups_are_one_and_their_counts_stay(secretive: Run) -> None:
    page = secretive("report", "--by", "authority", "-O", "html").out
    assert "confidential orders" in page
    own = json.loads(secretive("report", "--by", "authority", "-O", "json").out)
    assert {group["key"] for group in own["groups"]} == {"Board", "SECRETAUTH"}


def test_a_country_that_is_known_from_confidential_orders_alone_is_not_named_on_a_page(run: Run) -> None:
    add = ("--authority", "Board", "--platform", "x", "--received", "2021-02-01", "--specified", "3")
    for line in (
        ("add-order", "--id", "SECRET-1", "--jurisdiction", "DK", *add, "--confidential"),
        ("respond", "SECRET-1", "withheld", "--count", "1", "--country", "SE", "--at", "2021-02-02"),
        ("respond", "SECRET-1", "withheld", "--count", "1", "--country", "NZ", "--at", "2021-02-02"),
        ("add-order", "--id", "OPEN-1", "--jurisdiction", "NZ", *add),
    ):
        assert run(*line).code == 0
    own = json.loads(run("report", "--by", "country", "-O", "json").out)
    assert [(group["key"], group["orders"]) for group in own["groups"]] == [("DK", 1), ("NZ", 2), ("SE", 1)]
    page = run("report", "--by", "country", "-O", "html").out
    # DK and SE are one group.
    assert re.findall(r">(NZ|confidential orders)</td><td>(\d+)<", page) == [("NZ", "2"), ("confidential orders", "2")]
    assert not re.search(r"\b(DK|SE)\b", page)


def test_a_reconciliation_for_others_names_none_of_confidential_orders_alone(secretive: Run, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(
        "period,authority,measure,value\n2021,Board,orders,1\n2021,SECRETAUTHX,orders,1\n,total,orders,2\n"
    )
    page = secretive("reconcile", "p.csv", "-O", "html").out
    assert "Board" in page
    assert "SECRETAUTH" not in page.replace("SECRETAUTHX", "")
    assert "SECRETAUTH" in secretive("reconcile", "p.csv").out.replace("SECRETAUTHX", "")
