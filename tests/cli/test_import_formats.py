"""Import in the formats of others, on the command line: what is said, what is kept, what is left as it was."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.cli.importing import Reading
from ledger.model.incoming import Incoming

Run = Callable[..., Any]
ORDER = {
    "kind": "order", "id": "O-1", "authority": "A", "jurisdiction": "IN", "platform": "twitter", "received": "2021-02-01",
    "targets": ["@example_one"],
}  # fmt: skip


def lines(*records: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def lumen(*members: dict[str, Any]) -> bytes:
    usual = {
        "type": "GovernmentRequest", "date_received": "2021-02-01", "sender_name": "A", "recipient_name": "twitter",
        "jurisdictions": ["IN"], "works": [{"infringing_urls": [{"url": "https://twitter.com/example_one"}]}],
    }  # fmt: skip
    return json.dumps({"notices": [usual | extra for extra in members]}).encode()


def refused(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_standard_input_is_never_guessed(run: Run, tmp_path: Path) -> None:
    done = run("import", "-", stdin=lines(ORDER))
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "ledger: standard input: say what it holds, such as `ledger import - --format jsonl` "
        "(jsonl, toml, csv, lumen, notices, tinydb)\n"
    )
    done = run("import", "-", "--format", "lumen", stdin=lumen({"id": 7, "action_taken": "No"}))
    assert (done.code, done.out) == (
        0,
        (
            "ledger.jsonl (the default): 2 added, 0 already there, 0 refused\n"
            "1 rows read: 1 added, 0 already there, 0 refused, 0 left out\n"
        ),
    )
    assert "lumen-7" in (tmp_path / "ledger.jsonl").read_text(encoding="utf-8")


def test_what_is_refused_is_listed_whether_or_not_the_rest_is_added(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.json").write_bytes(
        lumen({"id": 1}, {"id": 2, "jurisdictions": ["=1+1"]}, {"id": 3, "type": "DMCA"})
    )
    arguments = ("import", "in.json", "--format", "lumen", "--rejects", "out.csv")
    said = "in.json, line 1, column "
    for extra in (("--dry-run",), (), ("--keep-going",)):
        done = run(*arguments, *extra)
        assert done.code == 2
        assert [line.startswith(f"ledger: {said}") for line in done.err.splitlines()[:2]] == [True, True]
        assert refused(tmp_path / "out.csv") == [
            {"file": "in.json", "line": "1", "column": "jurisdictions", "value": "'=1+1", "reason": refused(tmp_path / "out.csv")[0]["reason"]},
            {"file": "in.json", "line": "1", "column": "type", "value": "DMCA", "reason": refused(tmp_path / "out.csv")[1]["reason"]},
        ]  # fmt: skip
        assert (tmp_path / "ledger.jsonl").exists() == bool(extra == ("--keep-going",))
    assert "1 added, 0 already there, 2 refused" in done.out
    assert "what is refused was left out" in done.out
    found = json.loads(run(*arguments, "--keep-going", "-O", "json").out)
    assert found["rows"] == {"read": 3, "fit": 0, "found": 1, "refused": 2, "total": 0}
    (tmp_path / "in.json").write_bytes(lumen({"id": 1}))
    assert run(*arguments).code == 0
    assert refused(tmp_path / "out.csv") == []
    assert [item.name for item in tmp_path.iterdir() if item.name.startswith(".")] == []


TABLE = """
schema = "ledger-mapping/1"
[[order]]
id = { template = "order-{No}" }
authority = { column = "Sender" }
jurisdiction = "IN"
platform = "example"
received = { column = "Day", format = "ISO" }
specified = { column = "Accounts" }
"""


def test_rows_left_out_are_found_by_their_lines_and_fields_by_their_columns(run: Run, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(TABLE)
    (tmp_path / "in.csv").write_text(
        "No,Sender,Day,Accounts\n1,Office,2021-02-01,3\n,TOTAL*,,3\n2,Office,2999-01-01,3\n"
    )
    arguments = ("import", "in.csv", "--map", "map.toml", "--rejects", "out.csv")
    done = run(*arguments)
    assert done.out.splitlines()[1:3] == [
        "3 rows read: 1 could be added, 0 already there, 1 refused, 1 left out",
        "left out: 1 (sums other rows): line 3",
    ]
    (row,) = refused(tmp_path / "out.csv")
    assert (row["line"], row["column"], row["value"]) == ("4", "Day", "2999-01-01")
    assert row["reason"].startswith("received: ")
    (tmp_path / "more.csv").write_text("No,Sender,Day,Accounts\n" + "Sum,,,1\n" * 11)
    done = run("import", "in.csv", "more.csv", "--map", "map.toml", "--keep-going")
    assert "left out: 12 (sums other rows): in.csv, line 3; more.csv, lines 2, 3, 4, 5, 6, 7, 8, 9, 10, …\n" in done.out
    found = json.loads(run("import", "more.csv", "--map", "map.toml", "-O", "json").out)["left_out"]
    assert [(item["why"], item["rows"]) for item in found] == [("sums other rows", 11)]
    assert found[0]["lines"] == [{"file": "more.csv", "line": line} for line in range(2, 12)]


def test_a_row_written_in_another_way_is_there_already(run: Run, tmp_path: Path) -> None:
    mapping = TABLE.replace('id = { template = "order-{No}" }', "").replace(
        'jurisdiction = "IN"', 'jurisdiction = { column = "Land" }'
    )
    (tmp_path / "map.toml").write_text(mapping)
    (tmp_path / "a.csv").write_text('Sender,Land,Day,Accounts\nOffice,GB,2021-02-01,"1,038"\n')
    (tmp_path / "b.csv").write_text("Accounts,Day,Sender,Land\n1038,2021-02-01, Office,UK\n")
    assert run("import", "a.csv", "--map", "map.toml").code == 0
    assert "0 added, 1 already there, 0 refused" in run("import", "b.csv", "--map", "map.toml").out


def test_a_file_of_bad_rows_fills_no_terminal(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(lines(*[{"kind": "order"}] * 1_500))
    done = run("import", "in.jsonl", "--rejects", "out.csv", "-O", "json")
    assert done.code == 2
    assert len(done.err.splitlines()) == 21
    assert done.err.splitlines()[20] == "ledger: and 1,480 more are refused"
    found = json.loads(done.out)
    assert (len(found["refused"]), found["refused_beyond"], found["rows"]["refused"]) == (1_000, 500, 1_500)
    rows = refused(tmp_path / "out.csv")
    assert [int(row["line"]) for row in rows] == list(range(1, 1_501))
    assert {(row["file"], row["reason"]) for row in rows} == {("in.jsonl", "authority: is missing")}


def test_the_list_takes_the_place_of_nothing_that_matters(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(lines(ORDER))
    (tmp_path / "map.toml").write_text("[platforms]\n")
    (tmp_path / "other.jsonl").write_bytes(b'{"created":"2021-01-01T00:00:00Z"}\n')
    (tmp_path / "my.key").write_bytes(b"private key of a compliance ledger\n")
    before = {item.name: item.read_bytes() for item in tmp_path.iterdir()}
    (tmp_path / "sub").mkdir()
    for name in (
        "in.jsonl",
        "ledger.jsonl",
        "ledger.jsonl.index",
        "other.jsonl",
        "my.key",
        "map.toml",
        "none/out.csv",
        "sub/out.csv",
        ".",
    ):
        done = run("import", "in.jsonl", "sub", "--format", "lumen", "--map", "map.toml", "--rejects", name)
        assert (done.code, done.out) == (2, ""), name
        assert done.err.startswith("ledger: rejects: "), name
        assert done.err.count("\n") == 1
    assert {item.name: item.read_bytes() for item in tmp_path.rglob("*") if item.is_file()} == before


def test_a_folder_of_notices_is_added_once(run: Run, tmp_path: Path) -> None:
    for name in ("Russia/2021/2021-03-04-Roskomnadzor.md", "Russia/2021/2021-03-05-roscomnadzor-2.md", "README.md"):
        path = tmp_path / "notices" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("https://github.com/example-one/page\n", encoding="utf-8")
    done = run("import", "notices", "--format", "notices")
    assert (done.code, done.out.splitlines()[0]) == (
        0,
        "ledger.jsonl (the default): 2 added, 0 already there, 0 refused",
    )
    assert "passed over, as no notices: 1 (README.md)" in done.err
    assert "0 added, 2 already there" in run("import", "notices/Russia", "--format", "notices").out
    groups = json.loads(run("report", "--by", "authority", "--kind", "url", "-O", "json").out)["groups"]
    assert [(group["key"], group["orders"]) for group in groups] == [("Roskomnadzor", 2)]


def test_a_tinydb_is_added_once(run: Run, tmp_path: Path) -> None:
    response = {"order": "O-1", "action": "blocked", "all": True, "at": "2021-02-02"}
    (tmp_path / "db.json").write_text(json.dumps({"responses": {"1": response}, "orders": {"1": ORDER}}))
    assert "2 added, 0 already there" in run("import", "db.json", "--format", "tinydb").out
    assert "0 added, 2 already there" in run("import", "db.json", "--format", "tinydb").out
    done = run("import", "db.json")
    assert done.code == 2
    assert "say --format lumen for notices of Lumen, --format tinydb for a TinyDB" in done.err


def test_a_mapping_in_a_folder_is_no_file_of_entries(run: Run, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "in.jsonl").write_bytes(lines(ORDER))
    (tmp_path / "folder" / "map.toml").write_text('# of a table\nschema = "ledger-mapping/1"\n[[order]]\nid = "x"\n')
    assert "1 added, 0 already there, 0 refused" in run("import", "folder").out
    assert run("import", "folder/map.toml").code == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_what_is_no_file_of_that_format_is_one_line(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "in.csv").write_text("a,b\n1,2\n")
    (tmp_path / "folder").mkdir()
    for arguments, says in (
        (("pipe.jsonl",), "pipe.jsonl: is no file that could be read twice"),
        (("empty.jsonl", "--format", "notices"), "empty.jsonl: is no folder"),
        (("folder", "--format", "tinydb"), "folder: holds no .json files"),
        (("in.csv", "--format", "csv"), "map: a table needs --map FILE.toml"),
        (("in.csv", "--format", "xml"), "format: 'xml' is none of jsonl, toml, csv, lumen, notices, tinydb"),
        (("empty.jsonl", "--map", "x.toml"), "map: is used for csv, tinydb, lumen, notices"),
        (("folder", "--format", "notices", "--map", "none.toml"), "none.toml: cannot be read"),
        (("-", "--format", "notices"), "standard input: notices is read from a folder alone"),
        (("--sample", "folder"), "folder: there is no such file"),
    ):
        done = run("import", *arguments)
        assert (done.code, done.out) == (2, ""), arguments
        assert says in done.err
        assert done.err.count("\n") == 1
    done = run("import", "empty.jsonl")
    assert (done.code, done.err) == (0, "")
    assert "0 rows read" in done.out or "0 added" in done.out
    assert not (tmp_path / "ledger.jsonl").exists()


def test_how_far_the_reading_is_is_shown_ten_times_a_second_at_the_most(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    reading = Reading(lambda: now[0])
    source = reading.counted(lambda: iter([Incoming("x", None, rows=3)] * 9_000))
    reading("a\x1b.csv", 5, 10)
    assert capsys.readouterr().err == ""
    now[0] = 1.0
    reading("a\x1b.csv", 5_000_000, 10_000_000)
    reading("a\x1b.csv", 6_000_000, 10_000_000)
    assert capsys.readouterr().err == "\rreading a<U+001B>.csv, 50 % of 10 MB, 0 rows taken"
    for number, _ in enumerate(source()):
        now[0] = 2.0 + number
    shown = capsys.readouterr().err
    assert "60 % of 10 MB, 12,291 rows taken" in shown
    assert shown.endswith("\n")


_IN_SLOW_MOTION = """
import sys
from itertools import count
from ledger.cli import importing, main
importing.Reading.__init__.__defaults__ = (count().__next__,)
sys.argv = ["ledger", "import", "table.csv", "--map", "map.toml"]
main()
"""


def test_on_a_terminal_the_reading_and_the_rows_are_shown(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    rows = [f"O-{number},Court,IN,twitter,2021-02-01,@name_{number}" for number in range(500)]
    (tmp_path / "table.csv").write_text("\n".join(["id,by,in,on,at,who", *rows]), "utf-8")
    (tmp_path / "map.toml").write_text(
        'schema = "ledger-mapping/1"\n[[order]]\n'
        + "\n".join(
            f'{field} = {{ column = "{column}" }}'
            for field, column in (("id", "id"), ("authority", "by"), ("jurisdiction", "in"), ("platform", "on"))
        )
        + '\nreceived = { column = "at", format = "ISO" }\ntargets = { column = "who" }\n',
        "utf-8",
    )
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", _IN_SLOW_MOTION], cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs, check=False
        )
        shown = os.read(ours, 1 << 16).decode()
    finally:
        os.close(theirs)
        os.close(ours)
    assert (done.returncode, "500 added" in done.stdout.decode()) == (0, True), shown
    assert "\rreading table.csv, 100 % of 0 MB, " in shown
    assert "rows taken\r\n" in shown


def test_nothing_of_it_is_shown_off_a_terminal(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in.json").write_bytes(lumen(*({"id": number} for number in range(50))))
    done = run("import", "in.json", "--format", "lumen")
    assert done.err == "ledger: began a new ledger in ledger.jsonl (reporting zone UTC)\n"


def test_a_table_given_twice_is_taken_once_and_its_second_copy_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("No,Handle,Done\n1,@a,2021-02-03\n1,@b,2021-02-03\n", encoding="utf-8")
    (tmp_path / "map.toml").write_text(
        """schema = "ledger-mapping/1"
rows = { each = "target", group_by = ["No"] }
dates = { format = "ISO" }
[[order]]
id = { template = "order-{No}" }
authority = "A"
jurisdiction = "IN"
platform = "twitter"
received = 2021-02-01
targets = { column = "Handle" }
[[order.response]]
action = "blocked"
at = { column = "Done" }
""",
        encoding="utf-8",
    )
    done = run("import", "one.csv", "one.csv", "--map", "map.toml", "--keep-going")
    assert done.code == 2
    assert "4 rows read: 2 added, 0 already there, 2 refused, 0 left out" in done.out
    assert "id: order-1 is entry 1 already" in done.err
    assert len((tmp_path / "ledger.jsonl").read_bytes().splitlines()) == 3
