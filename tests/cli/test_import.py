"""Import: the ledger's own record from files, folders and standard input; all or nothing; a second time adds nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.cli.app import app

Run = Callable[..., Any]
Record = dict[str, Any]
SAMPLES = Path(__file__).resolve().parents[2] / "sample_orders"
OURS = ("seq", "prev", "recorded_at", "~")


def order(name: str | None = "O-1", **fields: Any) -> Record:
    found = {"kind": "order", "authority": "Example Office", "jurisdiction": "IN", "platform": "twitter"}
    found |= {"received": "2021-02-01"} | ({"id": name} if name else {})
    return found | {"targets": ["@example_one", "@example_two"]} | fields


def response(action: str = "acknowledged", at: str = "2021-02-02", **fields: Any) -> Record:
    return {"kind": "response", "order": "O-1", "action": action, "at": at} | fields


def void(of: Any, **fields: Any) -> Record:
    return {"kind": "correction", "of": of, "void": True, "reason": "twice"} | fields


def lines(*records: Record) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def held(folder: Path, name: str = "ledger.jsonl") -> list[Record]:
    """Return what a ledger holds, its first line left out."""
    return [json.loads(line) for line in (folder / name).read_bytes().splitlines()[1:]]


def contents(folder: Path, name: str = "ledger.jsonl") -> list[Record]:
    return [{key: value for key, value in entry.items() if key not in OURS} for entry in held(folder, name)]


@pytest.fixture
def take(run: Run, tmp_path: Path) -> Run:
    """Write records to a file and import it."""

    def invoke(*records: Record, name: str = "in.jsonl", options: tuple[str, ...] = ()) -> Any:
        (tmp_path / name).write_bytes(lines(*records))
        return run("import", name, *options)

    return invoke


# Where from


def test_files_folders_and_standard_input_are_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "folder" / "one.jsonl").write_bytes(lines(order("F-1")))
    (tmp_path / "folder" / "inner" / "two.ndjson").write_bytes(lines(order("F-2")))
    (tmp_path / "folder" / "inner" / "three.toml").write_text(
        '[[order]]\nid="F-3"\nauthority="A"\njurisdiction="IN"\nplatform="x"\nissued=2021-01-01\n'
    )
    (tmp_path / "folder" / "notes.txt").write_text("not read")
    (tmp_path / "four.json").write_bytes(lines(order("F-4")))
    done = run("import", "folder", "four.json")
    assert (done.code, done.out) == (
        0,
        "ledger.jsonl (the default): 4 added, 0 already there, 0 refused\n",
    )
    done = run("import", "-", "--format", "jsonl", stdin=lines(order("F-5")))
    assert (done.code, done.out) == (
        0,
        "ledger.jsonl (the default): 1 added, 0 already there, 0 refused\n",
    )
    assert sorted(entry["id"] for entry in held(tmp_path)) == ["F-1", "F-2", "F-3", "F-4", "F-5"]


@pytest.mark.parametrize(
    ("prefix", "end", "last"), [(b"\xef\xbb\xbf", b"\r\n", b"\r\n"), (b"\n \n", b"\n\n", b""), (b"", b"\n", b"")]
)
def test_marks_blank_lines_and_line_ends_do_not_matter(
    run: Run, tmp_path: Path, prefix: bytes, end: bytes, last: bytes
) -> None:
    records = [json.dumps(record).encode() for record in (order(), response(), void(2))]
    (tmp_path / "in.jsonl").write_bytes(prefix + end.join(records) + last)
    assert run("import", "in.jsonl").code == 0
    assert held(tmp_path)[2]["of"] == 2


@pytest.mark.parametrize(
    ("path", "says"), [("nowhere.jsonl", "no such file"), ("in.csv", "known kind"), ("empty", "holds no")]
)
def test_what_is_no_source_is_refused(run: Run, tmp_path: Path, path: str, says: str) -> None:
    (tmp_path / "in.csv").touch()
    (tmp_path / "empty").mkdir()
    done = run("import", path)
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert not (tmp_path / "ledger.jsonl").exists()


def test_without_a_standard_input_files_are_read(tmp_path: Path) -> None:
    program = "import os; os.close(0); import sys; sys.stdin = None\nfrom ledger.cli import main\nmain()"
    for source, code in (([str(SAMPLES)], 0), (["-", "--format", "jsonl"], 2)):
        done = subprocess.run(
            [sys.executable, "-c", program, "import", *source],
            cwd=tmp_path,
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == code
        assert "Traceback" not in done.stderr


# What is said


def test_counts_say_what_was_added_found_and_refused(take: Run, tmp_path: Path) -> None:
    assert "2 added, 0 already there, 0 refused" in take(order(), response()).out
    before = (tmp_path / "ledger.jsonl").read_bytes()
    done = take(order(), response(), response("blocked", targets=["@nobody"]), order("O-2"), {"kind": "order"})
    assert done.code == 2
    assert "0 added, 2 already there, 2 refused" in done.out
    assert done.err.splitlines()[0].startswith("ledger: in.jsonl, line 3: refused: ")
    assert done.err.splitlines()[1].startswith("ledger: in.jsonl, line 5: refused: ")
    assert (tmp_path / "ledger.jsonl").read_bytes() == before


def test_the_record_for_programs_has_the_same_counts(take: Run, tmp_path: Path) -> None:
    done = take(order(), options=("-O", "json"))
    assert {"added": 1, "found": 0, "refused": []}.items() <= json.loads(done.out).items()
    done = take(order(), order("O-2", jurisdiction="XX"), options=("-O", "json"))
    found = json.loads(done.out)
    assert (done.code, found["added"], found["found"]) == (2, 0, 1)
    assert [item["where"] for item in found["refused"]] == ["in.jsonl, line 2"]
    assert len(held(tmp_path)) == 1


def test_a_dry_run_counts_and_leaves_everything_as_it_is(take: Run, tmp_path: Path) -> None:
    assert "1 would be added" in take(order(), options=("--dry-run",)).out
    assert not (tmp_path / "ledger.jsonl").exists()
    assert take(order()).code == 0
    before = (tmp_path / "ledger.jsonl").read_bytes()
    done = take(order(), response(), options=("--dry-run",))
    assert "1 would be added, 1 already there" in done.out
    assert take(order(), response("nonsense"), options=("--dry-run",)).code == 2
    assert (tmp_path / "ledger.jsonl").read_bytes() == before


# Which entry a correction is about


def test_of_is_the_n_th_entry_of_its_file(take: Run, tmp_path: Path) -> None:
    assert take(order("EARLIER"), name="first.jsonl").code == 0
    assert (
        take({"kind": "genesis"}, order(), response(), response("blocked", targets=["@example_one"]), void(2)).code == 0
    )
    assert held(tmp_path)[-1]["of"] == 3


def test_of_is_the_lines_own_number_where_they_carry_one(take: Run, tmp_path: Path) -> None:
    ours = {"prev": "0" * 64, "recorded_at": "1999-01-01T00:00:00Z", "~": "00000000"}
    done = take(
        {"kind": "genesis", "version": 1, "seq": 0} | ours, order(seq=40, **ours), response(seq=41, **ours),
        response("blocked", all=True, seq=50, **ours), void(41, seq=51, **ours),
    )  # fmt: skip
    assert done.code == 0
    entries = held(tmp_path)
    assert [entry["seq"] for entry in entries] == [1, 2, 3, 4]
    assert entries[-1]["of"] == 2
    assert all(entry["recorded_at"] > "2020" and entry["prev"] != "0" * 64 for entry in entries)


def test_of_another_file_is_of_no_meaning_here(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(order(), response()))
    (tmp_path / "b.jsonl").write_bytes(lines(void(2)))
    done = run("import", "a.jsonl", "b.jsonl")
    assert done.code == 2
    assert "b.jsonl, line 1: refused: of: 2 is no entry that stands before this one in the same file" in done.err
    assert not (tmp_path / "ledger.jsonl").exists()


def test_of_may_be_an_entry_that_the_ledger_has_already(take: Run, tmp_path: Path) -> None:
    assert take(order("EARLIER"), order(), response(), name="first.jsonl").code == 0
    assert take(order(), response(), void(2)).code == 0
    assert held(tmp_path)[-1]["of"] == 3


@pytest.mark.parametrize("of", [0, 3, 9, -1, "2", [1], {"a": 1}, None, True])
def test_of_that_is_no_earlier_entry_is_refused(take: Run, tmp_path: Path, of: Any) -> None:
    done = take(order(), response(), void(of))
    assert done.code == 2
    assert "in.jsonl, line 3: refused: of" in done.err
    assert not (tmp_path / "ledger.jsonl").exists()


@pytest.mark.parametrize("seq", [[1], {"a": 1}, "x", 1.5, None])
def test_a_number_that_is_none_is_dropped_like_any_or_refused(take: Run, tmp_path: Path, seq: Any) -> None:
    done = take(order(seq=seq))
    assert done.code in (0, 2)
    assert "Traceback" not in done.err
    assert (tmp_path / "ledger.jsonl").exists() == (done.code == 0)


@pytest.mark.parametrize(
    "records",
    [
        (order(seq=5), response(seq=6), response("blocked", all=True, seq=6), void(6, seq=7)),
        (order(seq=5), response(seq=5), void(5, seq=7)),
    ],
)
def test_a_number_that_two_lines_carry_names_neither(take: Run, tmp_path: Path, records: tuple[Record, ...]) -> None:
    assert take(*records).code == 2
    assert not (tmp_path / "ledger.jsonl").exists()


# What is the same


def test_the_k_th_of_identical_entries_is_the_k_th_in_the_ledger(take: Run, tmp_path: Path) -> None:
    said = response()
    assert "3 added" in take(order(), said, said).out
    assert "0 added, 3 already there" in take(order(), said, said).out
    assert "1 added, 3 already there" in take(order(), said, said, said).out
    assert "0 added, 2 already there" in take(order(), said).out
    assert len(held(tmp_path)) == 4


def test_identical_orders_without_an_id_are_told_apart_by_their_count(take: Run, tmp_path: Path) -> None:
    plain = order(None)
    assert "2 added" in take(plain, plain).out
    assert [entry["id"] for entry in held(tmp_path)] == ["ord-0001", "ord-0002"]
    assert "0 added, 2 already there" in take(plain, plain).out
    assert "1 added, 2 already there" in take(plain, plain, plain).out


@pytest.mark.parametrize(
    "spelled",
    [
        order(jurisdiction="in"),
        dict(reversed(order().items())),
        order(seq=77, prev="x", recorded_at="y"),
        order(targets=["@example_one", "@example_two"], note=None),
    ],
)
def test_another_way_to_write_the_same_is_the_same(take: Run, spelled: Record) -> None:
    assert take(order()).code == 0
    assert "0 added, 1 already there" in take(spelled).out


@pytest.mark.parametrize("change", [{"note": "more"}, {"targets": ["@example_one"]}, {"x_ticket": "T-1"}])
def test_the_same_id_with_other_content_is_an_error(take: Run, tmp_path: Path, change: Record) -> None:
    assert take(order()).code == 0
    done = take(order("O-0"), order(**change))
    assert done.code == 2
    assert "line 2: refused: id: O-1 is entry 1 already, with other content" in done.err
    assert len(held(tmp_path)) == 1


def test_the_same_id_twice_in_one_import_is_an_error(take: Run, tmp_path: Path) -> None:
    assert take(order(), order()).code == 2
    assert not (tmp_path / "ledger.jsonl").exists()


def test_unknown_fields_survive(take: Run, tmp_path: Path) -> None:
    extra: Record = {"x_ticket": {"b": [1, None, True, {"c": ""}], "a": "ä"}, "Z": 0, "y-1": [], "_": "\u202e"}
    records = [order(**extra), response(**extra), void(2, **extra)]
    assert take(*records).code == 0
    for entry in held(tmp_path):
        assert {name: entry[name] for name in extra} == extra
    assert "0 added, 3 already there" in take(*records).out
    (tmp_path / "copy.jsonl").write_bytes((tmp_path / "ledger.jsonl").read_bytes())
    assert app(["--file", str(tmp_path / "other.jsonl"), "import", str(tmp_path / "copy.jsonl")]) == 0
    assert contents(tmp_path, "other.jsonl") == contents(tmp_path)


# What was cut short


def test_whatever_part_of_an_import_is_there_it_is_completed(tmp_path: Path) -> None:
    """The samples have identical entries, corrections and orders without an id; a prefix is what a killed import leaves."""
    path, whole = tmp_path / "ledger.jsonl", tmp_path / "whole.jsonl"
    assert app(["--file", str(whole), "import", str(SAMPLES)]) == 0
    written = whole.read_bytes().splitlines(keepends=True)
    for count in range(1, len(written) + 1, 4):
        path.write_bytes(b"".join(written[:count]))
        assert app(["--file", str(path), "import", str(SAMPLES)]) == 0
        assert path.read_bytes().startswith(b"".join(written[:count]))
        assert contents(tmp_path) == contents(tmp_path, "whole.jsonl")


def test_a_correction_finds_its_entry_among_identical_ones_after_a_kill(take: Run, tmp_path: Path) -> None:
    said = response()
    records = [order(), said, said, void(3), said]
    assert take(*records).code == 0
    whole = (tmp_path / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    expected = contents(tmp_path)
    for count in range(1, len(whole)):
        (tmp_path / "ledger.jsonl").write_bytes(b"".join(whole[:count]))
        assert take(*records).code == 0
        assert contents(tmp_path) == expected
