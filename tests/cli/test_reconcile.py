from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Done, Run

GITHUB = ROOT / "tests" / "exchange" / "data" / "github-transparency"
MAPPING = ROOT / "sample_orders" / "mappings" / "github-processed.toml"
LONG = "period,country,measure,value\n"
# What the sample orders count, as published totals.
EQUAL = (
    LONG
    + '2021,IN,orders,2\n2021,India,accounts specified,"1,435"\n2021,,orders,2\n2021-Q1,IN,accounts blocked at end,"1,000-1,499"\n'
)


@pytest.fixture
def reconcile(samples: Run, tmp_path: Path) -> Run:
    """Reconcile a table, given as its text, with the sample orders."""

    def invoke(text: str, *arguments: str, **_: Any) -> Done:
        (tmp_path / "p.csv").write_text(text, encoding="utf-8")
        return samples("reconcile", "p.csv", *arguments)

    return invoke


@pytest.fixture
def github(run: Run) -> Run:
    """Run the command line on a ledger made of GitHub's figures."""
    done = run("import", str(GITHUB / "government_takedowns_processed.csv"), "--map", str(MAPPING))
    assert done.code == 0, done.err
    return run


def rows_of(done: Done) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(done.out)))


def test_totals_that_are_equal_are_told_line_by_line_and_exit_0(reconcile: Run) -> None:
    done = reconcile(EQUAL)
    assert (done.code, done.err) == (0, "")
    lines = [line.split() for line in done.out.splitlines()]
    assert ["2", "2021", "IN", "orders", "equal", "2", "2"] in lines
    assert ["3", "2021", "IN", "accounts", "specified", "equal", "1,435", "1,435"] in lines
    assert ["5", "2021-Q1", "IN", "accounts", "blocked", "at", "end", "within", "1,000-1,499", "1,398"] in lines
    assert done.out.splitlines()[-1] == "3 equal, 1 within; 0 of 1 totals other than the sum of their parts"


def test_a_difference_is_told_with_its_line_and_exits_1(reconcile: Run) -> None:
    done = reconcile(EQUAL.replace('"1,435"', '"1,436"'))
    assert done.code == 1
    (line,) = [line for line in done.out.splitlines() if "differs by" in line]
    assert line.split() == ["3", "2021", "IN", "accounts", "specified", "differs", "by", "+1", "1,436", "1,435"]


def test_parts_that_do_not_add_up_exit_1_where_every_figure_is_the_ledgers(reconcile: Run) -> None:
    done = reconcile(
        LONG + "2021,IN,orders,2\n2021,,orders,2\n2021,FR,orders,0\n2021,FR,pages,1\n2021,,pages,2\n", "-O", "json"
    )
    assert done.code == 1
    found = json.loads(done.out)
    assert found["results"]["differs"] == 0
    (wrong,) = [row for row in found["sums"] if row["result"] == "differs"]
    assert (wrong["lines"], wrong["measure"], wrong["difference"]) == ([6], "pages", 1)
    assert [part["lines"] for part in wrong["parts"]] == [[5]]


def test_a_table_of_which_nothing_can_be_compared_exits_1_and_says_so(reconcile: Run) -> None:
    done = reconcile(LONG + "2021,IN,pages,2\n")
    assert done.code == 1
    assert (
        done.err
        == "ledger: p.csv: nothing in it could be compared with the ledger: the reasons stand beside its figures\n"
    )
    assert "line 2 (value): 'pages' is no measure of the ledger" in done.out


def test_rows_that_cannot_be_read_are_told_and_all_others_compared(reconcile: Run) -> None:
    text = EQUAL + "2021,Atlantis,orders,3\n2021,FR,orders,1O\n2020/21,IN,orders,7\n"
    done = reconcile(text)
    assert done.code == 0
    assert done.err == "ledger: p.csv: 3 rows could not be read in full: what could not is not compared, and says why\n"
    assert "\nline 6, column 'country': 'Atlantis' is no country" in done.out
    assert done.out.splitlines()[-1] == (
        "3 equal, 1 within, 3 not compared; 0 of 1 totals other than the sum of their parts"
    )
    found = json.loads(reconcile(text, "-O", "json").out)
    assert found["unread_rows"] == 3
    assert [row["result"] for row in found["sums"]] == ["cannot-tell"]
    assert reconcile(text.replace("orders,2", "orders,4", 1)).code == 1


def test_a_row_counts_as_unread_only_for_a_cell_of_its_own(reconcile: Run, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(
        '[reconcile]\nperiod="y"\ncountry="c"\nadd_over=["t"]\nmeasures={n="orders"}\n', encoding="utf-8"
    )
    done = reconcile("y,c,t,n\n2021,IN,a,1\n2021,IN,b,1\n2021,IN,c,bad\n", "--map", "m.toml", "-O", "json")
    assert json.loads(done.out)["unread_rows"] == 1
    assert "1 row could not be read in full" in done.err


def test_rows_that_the_mapping_leaves_out_are_left_out_here_too(samples: Run, tmp_path: Path) -> None:
    mapping = """schema = "ledger-mapping/1"
[rows]
leave_out = [{ column = "Country", begins_with = ["*"], because = "a footnote" }]
[reconcile]
period = "Year"
country = "Country"
measures = { Orders = "orders", Notes = false }
"""
    (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
    rows = "Year,Country,Orders,Notes\n2021,India,1,\n2021,TOTAL,1,\n* includes partial ones,* see below,,\n"
    (tmp_path / "p.csv").write_text(rows, encoding="utf-8")
    done = samples("reconcile", "p.csv", "--map", "map.toml")
    assert "left out: 1 row: a footnote" in done.out + done.err
    assert "cannot be read" not in done.out + done.err
    (tmp_path / "map.toml").write_text(mapping.replace('begins_with = ["*"], ', ""), encoding="utf-8")
    assert samples("reconcile", "p.csv", "--map", "map.toml").code == 2


def test_what_is_reconciled_is_never_replaced(reconcile: Run, tmp_path: Path) -> None:
    done = reconcile(EQUAL, "-O", "csv", "-o", "./p.csv")
    assert (done.code, done.out) == (2, "")
    assert "is what is reconciled, or says how: choose another -o" in done.err
    assert (tmp_path / "p.csv").read_text(encoding="utf-8") == EQUAL


def test_a_file_that_is_no_table_exits_2_with_its_line(reconcile: Run) -> None:
    for text, said in (
        (LONG + '2021,IN,orders,2\n2021,"IN,orders,2\n', "line 3: has a quote that is not closed"),
        ("period,nation\n2021,IN\n", "line 1: has no column measure and no column value"),
    ):
        done = reconcile(text)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith(f"ledger: p.csv, {said}")
        assert done.err.count("\n") == 1


def test_a_published_0_is_equal_to_an_entry_that_stands_for_no_orders(run: Run, tmp_path: Path) -> None:
    order = {"kind": "order", "id": "A", "authority": "Board", "jurisdiction": "FR", "platform": "x"}
    facts = {"received": "2021-05-05", "stands_for": 0, "specified": 0}
    (tmp_path / "e.jsonl").write_text(json.dumps(order | facts) + "\n", encoding="utf-8")
    assert run("init").code == 0
    assert run("import", "e.jsonl").code == 0
    (tmp_path / "p.csv").write_text(LONG + "2021,FR,orders,0\n2021,FR,accounts specified,0\n", encoding="utf-8")
    found = json.loads(run("reconcile", "p.csv", "-O", "json").out)
    assert [(row["result"], row["counted"]["n"], row["note"]) for row in found["comparisons"]] == [("equal", 0, "")] * 2
    assert found["not_in_table"] == []


def test_what_is_wrong_with_the_command_is_refused(samples: Run) -> None:
    for arguments, said in (
        ((), "say which table is to be reconciled"),
        (("nothing.csv",), "nothing.csv: cannot be read"),
        (("nothing.csv", "-O", "jsonl"), "'jsonl' is none of table, json, csv, md, html"),
        (("nothing.csv", "--measures"), "leave out the table"),
    ):
        done = samples("reconcile", *arguments)
        assert (done.code, done.out) == (2, "")
        assert said in done.err


def test_without_a_ledger_there_is_nothing_to_reconcile_with(run: Run) -> None:
    assert run("reconcile", "p.csv").code == 3


def test_the_measures_are_listed_without_a_ledger(run: Run) -> None:
    done = run("reconcile", "--measures", "-O", "json")
    assert done.code == 0
    found = json.loads(done.out)
    assert found["schema"] == "ledger-measures/1"
    names = {row["measure"]: row["by_key"] for row in found["measures"]}
    assert names["orders"]
    assert not names["distinct"]
    assert (
        "… withheld at end\n    of the targets of orders received in the period" in run("reconcile", "--measures").out
    )


def test_rates_and_counts_over_orders_are_those_of_the_reports_times(reconcile: Run) -> None:
    text = (
        LONG
        + "2021,IN,orders restricted ever,2\n2021,IN,accounts withheld rate still,97.4%\n2021,IN,orders withheld rate ever,99%\n"
    )
    done = reconcile(text, "-O", "csv")
    assert [(row["beside"], row["result"]) for row in rows_of(done)] == [
        ("2", "equal"),
        ("1,398 of 1,435, 97.4 %", "within"),
        ("2 of 2, 100.0 %", "differs"),
    ]


def test_stored_and_published_text_does_nothing_in_any_format(samples: Run, tmp_path: Path) -> None:
    name = "=cmd|'<script>\x1b[31m"
    added = samples("add-order", "--authority", "=cmd|'<script>", "--jurisdiction", "IN", "--platform", "x",
                    "--received", "2021-05-05", "@one")  # fmt: skip
    assert added.code == 0, added.err
    (tmp_path / "p.csv").write_text(
        f'period,authority,measure,value\n2021,"{name}",orders,1\n2021,MeitY,orders,1\n', encoding="utf-8"
    )
    for form in ("table", "csv", "md", "html", "json"):
        done = samples("reconcile", "p.csv", "-O", form)
        assert done.code == 1, done.err
        assert "\x1b" not in done.out
        assert "<script>" not in done.out or form != "html"
    named = rows_of(samples("reconcile", "p.csv", "-O", "csv"))
    assert all(not row["authority"].startswith("=") for row in named)


def test_the_figures_of_github_come_back_equal_for_every_year_and_country(github: Run) -> None:
    done = github(
        "reconcile",
        str(GITHUB / "government_takedowns_processed.csv"),
        "--map",
        str(MAPPING),
        "-O",
        "json",
    )
    found = json.loads(done.out)
    # 17 pairs of a year and a country, each with orders, accounts, repositories and pages.
    assert (done.code, found["results"]["equal"], found["compared"], len(found["comparisons"])) == (0, 68, 68, 68)
    assert (found["differences"], found["not_in_table"], found["duplicates"]) == (0, [], [])
    china = {row["measure"]: row["counted"]["n"] for row in found["comparisons"] if row["lines"] == [4, 6]}
    assert china == {"orders": 4, "accounts specified": 29, "repos specified": 44, "pages specified": 0}


@pytest.mark.parametrize(
    ("cell", "changed"), [("138,0,138", "138,0,139"), ("2021,Russia,RU,Local law,17", "2021,Russia,RU,Local law,18")]
)
def test_one_cell_changed_by_1_is_exactly_one_difference_at_its_line(
    github: Run, tmp_path: Path, cell: str, changed: str
) -> None:
    text = (GITHUB / "government_takedowns_processed.csv").read_bytes().decode()
    assert text.count(cell) == 1
    (tmp_path / "changed.csv").write_bytes(text.replace(cell, changed).encode())
    done = github("reconcile", "changed.csv", "--map", str(MAPPING), "-O", "csv")
    assert done.code == 1
    (row,) = [row for row in rows_of(done) if row["result"] != "equal"]
    assert (row["result"], row["difference"]) == ("differs", "1")
    assert int(row["line"]) == text[: text.index(cell)].count("\n") + 1


def test_the_types_of_github_are_told_apart_by_the_basis_of_the_orders(github: Run, tmp_path: Path) -> None:
    text = MAPPING.read_text(encoding="utf-8").replace('add_over = ["type"]', 'basis = "type"')
    (tmp_path / "types.toml").write_text(text, encoding="utf-8")
    done = github("reconcile", str(GITHUB / "government_takedowns_processed.csv"), "--map", "types.toml", "-O", "json")
    assert (done.code, json.loads(done.out)["results"]["equal"]) == (0, 88)


def test_a_table_of_received_orders_differs_where_more_were_received_than_processed(
    github: Run, tmp_path: Path
) -> None:
    (tmp_path / "m.toml").write_text(
        '[reconcile]\nperiod = "year"\ncountry = "government_iso2_code"\nmeasures = { count_received = "orders" }\n',
        encoding="utf-8",
    )
    done = github("reconcile", str(GITHUB / "government_takedowns_received.csv"), "--map", "m.toml", "-O", "json")
    assert done.code == 1
    differ = [row for row in json.loads(done.out)["comparisons"] if row["result"] == "differs"]
    assert {row["period"]["label"]: row["difference"] for row in differ if row["key"] == {"jurisdiction": "RU"}} == {
        "2021": 2,
        "2022": 6,
        "2023": 3,
        "2024": 29,
        "2025": 94,
    }


def test_a_table_of_the_dsa_that_export_writes_adds_up_and_differs_by_the_order_found_invalid_alone(run: Run) -> None:
    assert run("import", str(ROOT / "tests" / "exchange" / "dsa_orders")).code == 0
    period = ("--begin", "2025-07-01", "--end", "2026-01-01")
    written = run("export", "--format", "dsa-part3", "--service", "example", *period, "-o", "part3.csv")
    assert written.code == 0, written.err
    found = json.loads(run("reconcile", "part3.csv", "-O", "json").out)
    compared = [row for row in found["comparisons"] if row["result"] != "not-compared"]
    assert [(row["key"], row["result"], row["difference"]) for row in compared if "orders" in row["measure"]] == [
        ({}, "differs", -1),
        ({"jurisdiction": "AT"}, "equal", None),
        ({"jurisdiction": "DE"}, "equal", None),
        ({"jurisdiction": "GR"}, "differs", -1),
        ({"jurisdiction": "FR"}, "equal", None),
    ]
    # What an order that was found invalid is about is not known.
    assert [row["result"] for row in compared if row["measure"] == "targets specified"] == [
        "consistent", "equal", "equal", "consistent", "equal",
    ]  # fmt: skip
    assert len(found["sums"]) > 100
    assert {row["result"] for row in found["sums"]} == {"equal"}
    assert found["not_in_table"] == []
