"""`ledger verify` finds whatever was altered inside the index, and does not claim a comparison that it did not make."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ledger.cli.app import app

SAMPLES = Path(__file__).resolve().parents[2] / "sample_orders"
ADD = ("add-order", "--authority", "Example Office", "--jurisdiction", "IN", "--platform", "twitter", "@example_one")


class Said(NamedTuple):
    code: int
    out: str
    err: str


Ask = Callable[..., Said]


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    def invoke(*arguments: str) -> Said:
        capsys.readouterr()
        code = app(["--file", str(tmp_path / "ledger.jsonl"), *arguments])
        return Said(code, *capsys.readouterr())

    return invoke


@pytest.fixture
def index(tmp_path: Path, ask: Ask) -> Path:
    """Return the index of the sample orders and of an order that was voided."""
    assert ask("import", str(SAMPLES)).code == 0
    assert ask(*ADD, "--id", "VOID-1").code == 0
    assert ask("correct", "57", "--void", "--reason", "entered by mistake").code == 0
    return tmp_path / "ledger.jsonl.index"


def change(index: Path, *statements: str) -> int:
    """Change an index by hand; return how many rows that touched."""
    with closing(sqlite3.connect(index)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()
        return db.total_changes


def columns(index: Path) -> list[tuple[str, str, str]]:
    """Return every table of the index with each of its columns and the type of the column."""
    with closing(sqlite3.connect(index)) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return [
            (table, row[1], row[2])
            for table in tables
            if table != "meta"
            for row in db.execute(f"PRAGMA table_info({table})")
        ]


def test_a_sound_index_is_said_to_be_so(ask: Ask, index: Path) -> None:
    assert index.exists()
    said = ask("verify")
    assert (said.code, said.err) == (0, "")
    assert "index: the same as a fresh fold" in said.out
    found = json.loads(ask("verify", "-O", "json").out)
    assert (found["ok"], found["index_compared"], found["index_differences"]) == (True, True, [])


def test_a_value_changed_in_any_column_is_found(ask: Ask, index: Path) -> None:
    """Numbers are made one higher, texts one letter longer: in every row, or in one where a key forbids that."""
    whole = index.read_bytes()
    missed, tried = [], 0
    for table, column, form in columns(index):
        value = f"{column} + 1" if form == "INTEGER" else f"{column} || 'x'"
        for where in ("", f" WHERE {column} = (SELECT MIN({column}) FROM {table})"):
            index.write_bytes(whole)
            try:
                touched = change(index, f"UPDATE {table} SET {column} = {value}{where}")
            except sqlite3.IntegrityError:
                continue
            if touched:
                tried += 1
                missed += [f"{table}.{column}"] if ask("verify").code != 1 else []
            break
    assert tried > 50
    assert not missed, missed


ALTERED = [
    "UPDATE flows SET delta = delta + 1",
    "UPDATE flows SET entered = entered + 1 WHERE status = 'blocked'",
    "DELETE FROM flows WHERE status = 'withheld'",
    "UPDATE histories SET status = 'blocked'",
    "DELETE FROM statuses WHERE target LIKE '%kisanektamorcha'",
    "INSERT INTO statuses SELECT 99999, order_no, 'twitter account nobody', history FROM statuses LIMIT 1",
    "UPDATE entries SET order_no = 1",
    "UPDATE entries SET start = start + 1",
    "UPDATE entries SET digest = x'00'",
    "UPDATE orders SET confidential = 0",
    "UPDATE orders SET is_open = 1 - is_open",
    "UPDATE orders SET id = 'ANOTHER' WHERE duty = 'void'",
    "UPDATE orders SET duty = 'act' WHERE duty = 'void'",
    "DELETE FROM orders WHERE id = 'IN-MEITY-2021-02-04'",
    "DELETE FROM orders WHERE duty = 'void'",
    "UPDATE days SET week = '2021-W01'",
    "DELETE FROM days",
    "UPDATE rollup_days SET entered = entered + 1 WHERE line IN (SELECT line FROM rollup_lines WHERE way = 'total')",
    "INSERT INTO problems VALUES (1, 1, 'invented')",
    "UPDATE places SET entered = 7",
    "UPDATE distinct_targets SET delta = delta + 1",
]


@pytest.mark.parametrize("statement", ALTERED)
def test_what_was_altered_by_hand_is_found(ask: Ask, index: Path, statement: str) -> None:
    assert change(index, statement) > 0
    said = ask("verify")
    assert said.code == 1
    assert "index: " in said.out
    found = json.loads(ask("verify", "-O", "json").out)
    assert (found["ok"], found["findings"]) == (False, [])
    assert found["index_differences"]
    index.unlink()
    assert ask("report").code == 0
    assert ask("verify").code == 0


def test_the_record_of_a_difference_does_not_call_it_the_same(ask: Ask, index: Path) -> None:
    change(index, ALTERED[0])
    assert "the same" not in json.loads(ask("verify", "-O", "json").out)["index"]


def test_a_row_that_stands_twice_is_found(ask: Ask, index: Path) -> None:
    assert ask(*ADD, "--id", "F-1", "--received", "2021-01-01").code == 0
    assert ask("respond", "F-1", "unblocked", "@example_one", "--at", "2021-01-02", "--anyway").code == 0
    assert ask("verify").code == 0
    assert change(index, "INSERT INTO problems SELECT * FROM problems") > 0
    assert ask("verify").code == 1


@pytest.mark.parametrize(
    "table", ["entries", "orders", "flows", "statuses", "histories", "rollup_days", "rollup_lines", "problems", "days"]
)
def test_a_table_that_is_missing_is_found(ask: Ask, index: Path, table: str) -> None:
    change(index, f"DROP TABLE {table}")
    assert ask("verify").code == 1


def test_a_page_of_garbage_is_found(ask: Ask, index: Path) -> None:
    whole = index.read_bytes()
    for at in range(4096, len(whole), 4096):
        index.write_bytes(whole[:at] + b"\xff" * 4096 + whole[at + 4096 :])
        assert ask("verify").code == 1


@pytest.mark.parametrize("letter", [b"\xa0", b"\0", b"X"])
def test_a_schema_that_cannot_be_read_is_found_and_changes_no_answer(ask: Ask, index: Path, letter: bytes) -> None:
    """SQLite quotes the schema in its message, which need not be text any more."""
    expected = ask("orders")[:2]
    whole = index.read_bytes()
    for words in (b"CREATE TABLE flows", b"CREATE INDEX orders_by_day"):
        assert words in whole
        spoilt = whole.replace(words, words[:9] + letter + words[10:])
        index.write_bytes(spoilt)
        assert ask("verify").code == 1
        index.write_bytes(spoilt)
        assert ask("orders")[:2] == expected


def claimed(ask: Ask) -> tuple[int, bool, Any]:
    """Return the exit code, whether a comparison is claimed, and what the record for programs says of it."""
    said = ask("verify")
    found = json.loads(ask("verify", "-O", "json").out)
    return said.code, "same as a fresh fold" in said.out, found["index_compared"]


def test_without_an_index_no_comparison_is_claimed(ask: Ask, index: Path) -> None:
    assert claimed(ask) == (0, True, True)
    index.unlink()
    assert claimed(ask) == (0, False, False)
    assert ask("report").code == 0
    assert claimed(ask) == (0, True, True)


def test_an_index_of_another_version_is_not_said_to_be_the_same(ask: Ask, index: Path) -> None:
    change(index, "UPDATE rollup_days SET entered = entered + 1", "PRAGMA user_version = 99")
    assert claimed(ask) == (0, False, False)


def test_an_index_of_another_ledger_is_not_said_to_be_the_same(ask: Ask, index: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    assert app(["--file", str(other), *ADD]) == 0
    index.write_bytes(other.with_name("other.jsonl.index").read_bytes())
    code, same, compared = claimed(ask)
    assert (code, same, compared) == (0, False, False)


def test_what_the_index_had_when_it_fell_behind_is_compared_or_not_claimed(ask: Ask, index: Path) -> None:
    change(index, "UPDATE rollup_days SET entered = entered + 1")
    kept = index.read_bytes()
    assert ask("respond", "IN-MEITY-2021-02-04", "acknowledged", "--at", "2021-03-01").code == 0
    index.write_bytes(kept)
    code, same, _ = claimed(ask)
    assert code == 1 or not same


def test_verify_leaves_the_index_as_it_is(ask: Ask, index: Path) -> None:
    change(index, "UPDATE rollup_days SET entered = entered + 1")
    before = index.read_bytes()
    assert ask("verify").code == 1
    assert index.read_bytes() == before
    assert sorted(path.name for path in index.parent.iterdir()) == [
        "ledger.jsonl",
        "ledger.jsonl.index",
        "ledger.jsonl.lock",
    ]
