"""`ledger export`: files for other programs, whole or not at all, with no secret in what is made for others."""

from __future__ import annotations

import csv
import importlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ledger.model.statuses import STATUSES
from tests.conftest import Run

SECRETS = ("EX-DK-2025-31", "J-2025-31", "billet_kaelderen", "forged tickets", "Example Police, Online Unit")
ROWS = ("postings", "targets", "orders")
NO_ORDER = "no order is of that period and passes the filters"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_tables_sum_to_the_report_and_are_described_by_a_package_that_frictionless_finds_valid(
    samples: Run, tmp_path: Path
) -> None:
    # The package has no stubs.
    frictionless: Any = importlib.import_module("frictionless")
    for name in ROWS:
        done = samples("export", "--format", "csv", "--rows", name, "--as-of", "2025-12-31", "-o", f"{name}.csv")
        assert (done.code, done.out) == (0, "")
    report = json.loads(samples("report", "--as-of", "2025-12-31", "--kind", "all", "-O", "json").out)
    found = {name: rows((tmp_path / f"{name}.csv").read_bytes().decode()) for name in ROWS}
    for status in STATUSES:
        stated = report["totals"]["status"][status]["n"] + report["information"]["status"][status]["n"]
        assert sum(int(row["n"]) for row in found["targets"] if row["status"] == status) == stated
        assert sum(int(row[status]) for row in found["orders"]) == stated
        entered = sum(int(row["n"]) for row in found["postings"] if row["to"] == status)
        assert entered - sum(int(row["n"]) for row in found["postings"] if row["from"] == status) == stated

    package = json.loads((tmp_path / "datapackage.json").read_bytes())
    assert [item["path"] for item in package["resources"]] == ["orders.csv", "postings.csv", "targets.csv"]
    assert {item["ledger"]["end"] for item in package["resources"]} == {"2026-01-01"}
    checked = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert checked.valid, checked.flatten(["rowNumber", "fieldName", "type", "note"])
    # What does not fit is found: a status that is none, an amount that is none, a row that stands twice.
    path = tmp_path / "targets.csv"
    text = path.read_bytes().decode()
    line = text.split("\r\n")[1]
    path.write_bytes((text + line + "\r\n" + line.replace(",unblocked,", ",undone,") + "\r\n").encode())
    errors = frictionless.validate(str(tmp_path / "datapackage.json")).flatten(["type"])
    assert {"primary-key", "constraint-error", "hash-count"} <= {kind for (kind,) in errors}


def test_what_is_printed_is_what_a_file_holds_and_is_described_only_beside_a_file(samples: Run, tmp_path: Path) -> None:
    printed = samples("export", "--format", "csv", "--rows", "targets", "--kind", "account")
    assert not (tmp_path / "datapackage.json").exists()
    assert samples("export", "--rows", "targets", "--kind", "account", "-o", "accounts.csv").code == 0
    assert (tmp_path / "accounts.csv").read_bytes().decode() == printed.out
    assert {row["kind"] for row in rows(printed.out)} == {"account"}
    assert sorted(path.name for path in tmp_path.iterdir() if "ledger" not in path.name) == [
        "accounts.csv",
        "datapackage.json",
    ]


def test_a_data_package_of_somebody_else_is_not_replaced(samples: Run, tmp_path: Path) -> None:
    (tmp_path / "datapackage.json").write_text('{"name": "mine", "resources": []}')
    done = samples("export", "--format", "csv", "-o", "postings.csv")
    assert done.code == 2
    assert "datapackage.json: is there already and was not written by an export" in done.err
    assert not (tmp_path / "postings.csv").exists()
    assert (tmp_path / "datapackage.json").read_text() == '{"name": "mine", "resources": []}'


def test_notices_for_others_leave_confidential_orders_out_and_say_how_many(samples: Run) -> None:
    done = samples("export", "--format", "lumen")
    assert done.code == 0
    assert [secret for secret in SECRETS if secret in done.out] == []
    assert "1 confidential order was left out" in done.err
    notices = [json.loads(line)["notice"] for line in done.out.splitlines()]
    whole = samples("export", "--format", "lumen", "--include-confidential")
    assert whole.err == ""
    assert len(whole.out.splitlines()) == len(notices) + 1
    assert "billet_kaelderen" in whole.out


def test_totals_are_no_notices_and_are_counted(run: Run, tmp_path: Path) -> None:
    usual = {"kind": "order", "authority": "X", "jurisdiction": "IN", "platform": "twitter", "received": "2021-01-31"}
    orders = [usual | {"id": "one", "targets": ["@a"]}, usual | {"id": "many", "stands_for": 17, "specified": 16}]
    (tmp_path / "o.jsonl").write_text("".join(json.dumps(order) + "\n" for order in orders), encoding="utf-8")
    assert run("import", "o.jsonl").code == 0
    done = run("export", "--format", "lumen")
    assert (done.code, len(done.out.splitlines())) == (0, 1)
    assert "1 entry that stands for several orders or none was left out" in done.err


def test_notices_can_be_imported_as_what_the_ledger_is_sure_of(samples: Run) -> None:
    assert samples("export", "--format", "lumen", "--platform", "twitter", "-o", "notices.jsonl").code == 0
    done = samples("--file", "other.jsonl", "import", "notices.jsonl", "--format", "lumen")
    assert done.code == 0, done.err
    listed = json.loads(samples("--file", "other.jsonl", "orders", "-O", "json").out)["orders"]
    assert [row["authority"] for row in listed[:2]] == ["MeitY", "MeitY"]
    (order,) = (row for row in listed if row["booked"] == "2021-01-31")
    found = rows(samples("--file", "other.jsonl", "export", "--format", "csv", "--rows", "targets").out)
    names = {row["target"] for row in found if row["order"] == order["order"] and row["target"]}
    assert names == {
        "thecaravanindia", "kisanektamorcha", "bkuektaugrahan", "tractor2twitr", "modiplanningfarmersgenocide"
    }  # fmt: skip


def test_an_order_that_was_made_confidential_afterwards_is_left_out_too(samples: Run) -> None:
    assert samples("correct", "6", "--set", "confidential=true", "--reason", "as the court said").code == 0
    done = samples("export", "--format", "lumen")
    assert "2 confidential orders were left out" in done.err
    assert "IN-MEITY-2021-02-04" not in done.out


def test_the_keepers_own_formats_hold_confidential_orders_and_say_so(samples: Run) -> None:
    done = samples("export", "--format", "csv", "--rows", "orders")
    assert "1 confidential order is in it in full" in done.err
    marked = [row["order"] for row in rows(done.out) if row["confidential"] == "true"]
    assert marked == ["EX-DK-2025-31"]
    entries = samples("export", "--format", "jsonl")
    assert "confidential" in entries.err
    assert "EX-DK-2025-31" in entries.out
    quiet = samples("export", "--format", "jsonl", "--include-confidential")
    assert (quiet.out, quiet.err) == (entries.out, "")


def test_entries_can_be_imported_into_an_empty_ledger_and_give_the_same_report(samples: Run, tmp_path: Path) -> None:
    assert samples("export", "--format", "jsonl", "-o", "entries.jsonl").code == 0
    done = samples("--file", "other.jsonl", "import", "entries.jsonl")
    assert done.code == 0, done.err
    asked = ("report", "--kind", "all", "--by", "order", "-O", "json")
    assert samples("--file", "other.jsonl", *asked).out == samples(*asked).out
    assert "0 added" in samples("--file", "other.jsonl", "import", "entries.jsonl").out
    first = json.loads((tmp_path / "entries.jsonl").read_bytes().splitlines()[0])
    assert (first["seq"], "prev" in first, "~" in first) == (1, False, False)


def test_a_part_of_the_entries_says_what_it_takes_to_import_it(run: Run) -> None:
    assert run("init", "--timezone", "Asia/Kolkata").code == 0
    for number, more in ((1, ()), (2, ("--relates-to", "EX-1", "--as", "amends"))):
        line = f"add-order --id EX-{number} --authority Board --jurisdiction NZ --platform x --received 2021-0{number}-01 @a"
        assert run(*line.split(), *more).code == 0
    done = run("export", "--format", "jsonl", "--period", "2021-02")
    assert [json.loads(line)["id"] for line in done.out.splitlines()] == ["EX-2"]
    assert "1 order relates to orders that are not in it" in done.err
    assert "ledger init --timezone Asia/Kolkata" in done.err
    nothing = run("export", "--format", "csv", "--period", "2020", "--rows", "orders")
    assert (nothing.code, len(nothing.out.splitlines())) == (0, 1)
    assert NO_ORDER in nothing.err


def test_private_values_are_shown_as_the_keeper_sees_them_and_those_erased_are_counted(run: Run) -> None:
    assert run("init", "--private", "targets,note").code == 0
    line = "add-order --id EX-1 --authority Board --jurisdiction NZ --platform x --received 2021-02-01 --note secret @somebody"
    assert run(*line.split()).code == 0
    assert [row["target"] for row in rows(run("export", "--format", "csv", "--rows", "targets").out)] == ["somebody"]
    assert "private fields are in it in clear: note, targets" in run("export", "--format", "lumen").err
    assert run("erase", "1", "note", "--reason", "asked to").code == 0
    done = run("export", "--format", "jsonl")
    assert "1 private values are not disclosed here" in done.err
    assert "secret" not in done.out
    assert "_sd" not in done.out


def secretive(run: Run) -> None:
    """Make a ledger of two open orders and a confidential one, whose id, names and authority stand in it alone."""
    common = "--platform twitter --jurisdiction NZ --received 2021-02-01"
    for line in (
        f"add-order --id OPEN-1 --authority Board {common} @a1",
        f"add-order --id HUSH-1 --authority HUSH-office --confidential {common} @a1 @hush_one @a_hush",
        f"add-order --id OPEN-2 --authority Board {common} --relates-to HUSH-1 --as amends @b2 @a3",
        "alias @hush_one @b2 --platform twitter --reason renamed",
        "alias @a_hush @a3 --platform twitter --reason hush-renamed",
        "alias @a3 @a1 --platform twitter --reason renamed",
    ):
        done = run(*line.split())
        assert done.code == 0, done.err


def test_nothing_of_a_confidential_order_stands_in_files_without_them(run: Run, tmp_path: Path) -> None:
    secretive(run)
    for name in (*ROWS, "jsonl"):
        form = ("jsonl", "-o", "entries.jsonl") if name == "jsonl" else ("csv", "--rows", name, "-o", f"{name}.csv")
        whole = run("export", "--format", form[0], *form[1:-2])
        assert "hush" in whole.out.lower()
        done = run("export", "--without-confidential", "--format", *form)
        assert (done.code, done.err.splitlines()[0]) == (0, "ledger: 1 confidential order was left out")
    assert "1 order was left out that is not confidential, as it names one that is" in done.err
    for file in ("postings.csv", "targets.csv", "orders.csv", "datapackage.json", "entries.jsonl"):
        assert "hush" not in (tmp_path / file).read_text().lower(), file
    targets = rows((tmp_path / "targets.csv").read_bytes().decode())
    assert {(row["target"], row["one_with"]) for row in targets} == {("a1", "a1"), ("a3", "a1"), ("b2", "")}
    orders = rows((tmp_path / "orders.csv").read_bytes().decode())
    assert [(row["order"], row["relation"], row["relates_to"]) for row in orders] == [
        ("OPEN-1", "", ""),
        ("OPEN-2", "", ""),
    ]
    assert '"without_confidential": true' in (tmp_path / "datapackage.json").read_text()
    done = run("--file", "other.jsonl", "import", "entries.jsonl")
    assert done.code == 0, done.err


def test_an_order_that_only_repeats_a_confidential_one_is_left_out_with_it_and_counted(run: Run) -> None:
    common = "--jurisdiction DE --platform x --received 2025-03-03"
    for line in (
        f"add-order --id HUSH-1 --authority Police --confidential {common} @victim",
        f"add-order --id OPEN-1 --authority Board {common} --relates-to HUSH-1 --as confirms @victim",
        f"add-order --id OPEN-2 --authority Board {common} @other",
        f"add-order --id OPEN-3 --authority Board {common} --relates-to OPEN-1 --as follow-up @other",
        f"add-order --id OPEN-4 --authority Board {common} --relates-to OPEN-2 --as confirms @other",
        "alias @victim @other --reason renamed",
    ):
        done = run(*line.split())
        assert done.code == 0, done.err
    for name in ROWS:
        done = run("export", "--without-confidential", "--format", "csv", "--rows", name)
        assert "victim" not in done.out
        assert done.err.splitlines() == [
            "ledger: 1 confidential order was left out",
            "ledger: 1 order was left out that is not confidential, as it repeats one that is",
        ]
    told = {row["order"]: (row["relation"], row["relates_to"]) for row in rows(done.out)}
    assert told == {"OPEN-2": ("", ""), "OPEN-3": ("", ""), "OPEN-4": ("confirms", "OPEN-2")}
    entries = run("export", "--without-confidential", "--format", "jsonl").out
    assert "victim" not in entries
    assert "HUSH" not in entries


REFUSED = (
    ("--format csv --include-confidential --without-confidential", "the opposite of --include-confidential"),
    ("--format lumen --without-confidential", "without-confidential: says nothing to lumen"),
    ("", "format: say which: --format csv, jsonl, lumen, dsa-part3"),
    ("--format jsonl --rows targets", "rows: says nothing to jsonl: leave it out, or use --format csv"),
    ("--format csv --authority Meity", "authority: no order has 'Meity': did you mean 'MeitY'?"),
    ("--format csv --kind acount", "kind: 'acount' is none of"),
    ("--format csv --period 2021 --begin 2021-01-01", "period: says all"),
    ("--format csv --begin 2021-02-01T00:00Z", "begin: 2021-02-01T00:00Z is an instant"),
    ("--format csv -o ledger.jsonl", "ledger.jsonl: is a ledger"),
    ("--format csv -o datapackage.json", "is where the description of the columns goes"),
    ("--format csv --service Example", "service: says nothing to csv: leave it out, or use --format dsa-part3"),
)


def test_what_cannot_be_exported_is_refused_in_a_line_that_says_what_to_do(samples: Run) -> None:
    for arguments, said in REFUSED:
        done = samples("export", *arguments.split())
        assert (done.code, done.out) == (2, ""), arguments
        assert said in done.err
        assert len(done.err.splitlines()) == 1
    for out in (".", "./", "/", ""):
        done = samples("export", "--format", "csv", "-o", out)
        assert (done.code, done.out) == (2, "")
        assert "is not a file: choose another -o" in done.err


@pytest.mark.usefixtures("samples")
def test_a_full_disk_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "postings.csv").write_text("as it was")
    line = f"ulimit -f 4; {sys.executable} -B -m ledger export --format csv -o postings.csv"
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 4, done.stderr
    assert b"postings.csv: cannot be written" in done.stderr
    assert (tmp_path / "postings.csv").read_text() == "as it was"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert not (tmp_path / "datapackage.json").exists()


@pytest.mark.usefixtures("samples")
def test_whoever_reads_only_the_beginning_is_told_nothing_more(tmp_path: Path) -> None:
    line = f"{sys.executable} -m ledger export --format csv --include-confidential | head -c 5"
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, check=False)
    assert (done.stdout, done.stderr) == (b"order", b"")
    full = f"{sys.executable} -m ledger export --format csv > /dev/full"
    done = subprocess.run(["bash", "-c", full], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 4
    assert b"standard output: cannot be written" in done.stderr
