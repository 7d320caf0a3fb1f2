"""GitHub's published figures: imported through their mappings, every total of every year and country comes back."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import ledger
from ledger.exchange.tables.csv_entries import csv_entries
from ledger.exchange.tables.mapping import read_mapping
from ledger.questions import report
from tests.conftest import Run

FIGURES = Path(__file__).parent / "data" / "github-transparency"
MAPPINGS = Path(__file__).resolve().parents[2] / "sample_orders" / "mappings"
COLUMNS = {
    "processed": {"orders": "count_processed", "account": "count_accounts_affected", "repo": "count_repos_affected", "page": "count_pages_affected"},
    "received": {"orders": "count_received"},
}  # fmt: skip


def rows(name: str) -> list[dict[str, str]]:
    with (FIGURES / f"government_takedowns_{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def published(name: str, year: str, what: str) -> dict[str, int]:
    """Return what the table says of a year, by the code of the country."""
    sums: Counter[str] = Counter()
    for row in rows(name):
        if row["year"] == year:
            sums[row["government_iso2_code"]] += int(row[COLUMNS[name][what]])
    return dict(sums)


def groups(found: dict[str, Any], what: str) -> dict[str, int]:
    def figure(group: dict[str, Any]) -> int:
        if what == "orders":
            return int(group["orders"])
        assert group["specified"]["qualifier"] == "exact"
        return int(group["specified"]["n"])

    assert sum(figure(group) for group in found["groups"]) == figure(found["totals"])
    return {group["key"]: figure(group) for group in found["groups"]}


@pytest.fixture(params=["processed", "received"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, ledger.Ledger]]:
    path = FIGURES / f"government_takedowns_{request.param}.csv"
    mapping = read_mapping(MAPPINGS / f"github-{request.param}.toml")
    with ledger.open(tmp_path / "ledger.jsonl") as opened:
        for again in (False, True):
            done = opened.import_all(lambda: csv_entries(path.name, lambda: path.open("rb"), mapping, "UTC"))
            read = len(rows(request.param))
            assert (done.refused, done.rows.read, done.rows.found) == ([], read, read if again else 0)
        yield request.param, opened


def test_every_total_of_every_year_and_country_comes_back(book: tuple[str, ledger.Ledger]) -> None:
    name, opened = book
    years = {row["year"] for row in rows(name)}
    assert len(years) == 5
    for year in years:
        for what in COLUMNS[name]:
            found = report(
                opened,
                begin=f"{year}-01-01",
                end=f"{int(year) + 1}-01-01",
                by="jurisdiction",
                kind="account" if what == "orders" else what,
            )
            assert groups(found, what) == published(name, year, what), (year, what)


def test_the_command_line_gives_them_back(run: Run) -> None:
    table, mapping = FIGURES / "government_takedowns_processed.csv", MAPPINGS / "github-processed.toml"
    done = run("import", str(table), "--format", "csv", "--map", str(mapping))
    assert (done.code, "22 rows read: 22 added" in done.out) == (0, True)
    for kind, what in (("account", "orders"), ("account", "account"), ("repo", "repo"), ("page", "page")):
        shown = run("report", "--period", "2021", "--by", "jurisdiction", "--kind", kind, "-O", "json")
        assert groups(json.loads(shown.out), what) == published("processed", "2021", what)
