"""The index follows the ledger, whoever adds to it and whenever; a ledger that is another one now is noticed."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ledger.book import Ledger
from ledger.cli.app import app

SAMPLES = Path(__file__).resolve().parents[2] / "sample_orders"
DATE = ("--as-of", "2025-12-31", "-O", "json")
ANSWERS = (
    ("report", *DATE),
    ("report", "--by", "authority", *DATE),
    ("timeline", "@kisanektamorcha", "-O", "json"),
    ("timeline", "@example_one", "-O", "json"),
    ("orders", "-O", "json"),
    ("check", "-O", "json"),
)
NOT_CONTINUED = "does not continue what was indexed before"
ENVELOPE = ("seq", "prev", "recorded_at")


class Said(NamedTuple):
    code: int
    out: str
    err: str


Ask = Callable[..., Said]


@pytest.fixture(scope="session")
def entries(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Return the sample orders' entries as a ledger would take them one by one."""
    path = tmp_path_factory.mktemp("entries") / "ledger.jsonl"
    assert app(["--file", str(path), "import", str(SAMPLES)]) == 0
    with Ledger(path) as book:
        found = [dict(entry) for entry in book.table("entries").all()[1:]]
    return [{name: value for name, value in entry.items() if name not in ENVELOPE} for entry in found]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


@pytest.fixture
def index(path: Path) -> Path:
    return path.with_name("ledger.jsonl.index")


@pytest.fixture
def ask(path: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    def invoke(*arguments: str) -> Said:
        capsys.readouterr()
        code = app(["--file", str(path), *arguments])
        return Said(code, *capsys.readouterr())

    return invoke


def answers(ask: Ask) -> list[Said]:
    return [ask(*question) for question in ANSWERS]


def fill(path: Path, entries: list[dict[str, Any]], timezone: str = "UTC") -> None:
    with Ledger(path) as book:
        book.create(timezone=timezone)
        book.append_all(entries)
        assert book.index.length == path.stat().st_size


def order(number: int) -> dict[str, Any]:
    return {
        "kind": "order",
        "id": f"N-{number}",
        "authority": "Example Office",
        "jurisdiction": "IN",
        "platform": "twitter",
        "received": "2021-02-01",
        "targets": ["@example_one", f"@example_{number}"],
    }


def response(number: int) -> dict[str, Any]:
    return {"kind": "response", "order": f"N-{number}", "action": "blocked", "at": "2021-02-02", "all": True}


def test_an_index_kept_entry_by_entry_is_the_one_made_at_once(
    path: Path, index: Path, ask: Ask, entries: list[dict[str, Any]]
) -> None:
    with Ledger(path) as writer:
        for entry in entries:
            writer.append(entry)
            assert ask("verify").code == 0
    kept = answers(ask)
    index.unlink()
    assert answers(ask) == kept


def test_readers_that_fall_behind_catch_up_by_whatever_was_added(
    path: Path, ask: Ask, entries: list[dict[str, Any]]
) -> None:
    hidden = path.with_name("hidden")
    index = path.with_name("ledger.jsonl.index")
    with Ledger(path) as writer:
        writer.create()
        for step, size in enumerate((1, 2, 3, 5, 8, 13, 21, 3)):
            some = entries[sum((1, 2, 3, 5, 8, 13, 21, 3)[:step]) :][:size]
            if index.exists():
                hidden.write_bytes(index.read_bytes())
            writer.append_all(some)
            writer.refresh()
            if hidden.exists():
                index.write_bytes(hidden.read_bytes())
            before = index.stat().st_ino
            assert ask("report").err == ""
            assert index.stat().st_ino == before
            assert ask("verify").code == 0
    assert len(path.read_bytes().splitlines()) == 1 + len(entries)


def test_two_open_ledgers_see_each_others_entries(path: Path, ask: Ask) -> None:
    with Ledger(path) as one, Ledger(path) as two:
        for number in range(6):
            (one, two)[number % 2].append(order(number))
            (two, one)[number % 2].append(response(number))
        assert [row["seq"] for row in one.table("entries").all()] == list(range(13))
        two.refresh()
        assert two.index.db.execute("SELECT COUNT(*) FROM entries").fetchone() == (12,)
        assert ask("verify").code == 0


def heads(path: Path) -> Iterator[bytes]:
    """Give the ledger cut to each number of whole lines, shortest first."""
    whole = path.read_bytes()
    at = 0
    while (at := whole.find(b"\n", at) + 1) > 0:
        yield whole[:at]


def alone(path: Path, ask: Ask, index: Path) -> list[tuple[int, str]]:
    """Return what the ledger answers without the index that was there."""
    index.unlink(missing_ok=True)
    found = [said[:2] for said in answers(ask)]
    index.unlink()
    assert path.exists()
    return found


@pytest.mark.parametrize("torn", [b"", b'{"kind"'])
def test_an_index_that_is_ahead_of_the_ledger_is_not_asked(
    path: Path, index: Path, ask: Ask, entries: list[dict[str, Any]], torn: bytes
) -> None:
    fill(path, entries)
    ahead = index.read_bytes()
    for content in [*heads(path)][:-1:9]:
        path.write_bytes(content + torn)
        expected = alone(path, ask, index)
        for question, answer in zip(ANSWERS, expected, strict=True):
            index.write_bytes(ahead)
            said = ask(*question)
            assert said[:2] == answer
            assert NOT_CONTINUED in said.err


@pytest.mark.parametrize("move", [False, True], ids=["written over", "moved there"])
@pytest.mark.parametrize("count", [1, 4, 6, 7, 30])
def test_a_ledger_that_was_replaced_is_noticed(path: Path, index: Path, ask: Ask, count: int, *, move: bool) -> None:
    fill(path, [entry for number in range(3) for entry in (order(number), response(number))])
    before = index.read_bytes()
    other = path.with_name("other.jsonl")
    fill(other, [{**order(number), "authority": "Example Bureau"} for number in range(count)], "Asia/Kolkata")
    if move:
        os.replace(other, path)
    else:
        path.write_bytes(other.read_bytes())
    expected = alone(path, ask, index)
    for question, answer in zip(ANSWERS, expected, strict=True):
        index.write_bytes(before)
        said = ask(*question)
        assert said[:2] == answer
        assert NOT_CONTINUED in said.err
        assert ask("report").err == ""
    index.write_bytes(before)
    added = ask("respond", "N-0", "acknowledged", "--at", "2021-02-03")
    assert added.code == 0
    assert NOT_CONTINUED in added.err
    assert ask("verify").code == 0


def test_a_fork_of_the_ledger_is_noticed_where_it_leaves_what_was_indexed(path: Path, index: Path, ask: Ask) -> None:
    fill(path, [order(0)])
    common = path.read_bytes()
    with Ledger(path) as book:
        book.append(order(1))
    mine = index.read_bytes()
    path.write_bytes(common)
    index.unlink()
    with Ledger(path) as book:
        book.append_all([order(2), order(3)])
    expected = alone(path, ask, index)
    index.write_bytes(mine)
    said = answers(ask)
    assert [answer[:2] for answer in said] == expected
    assert NOT_CONTINUED in said[0].err
    assert NOT_CONTINUED not in said[1].err


def test_a_ledger_that_goes_on_after_its_copy_came_back_is_no_cause_for_alarm(
    path: Path, index: Path, ask: Ask
) -> None:
    fill(path, [order(0)])
    early = index.read_bytes()
    with Ledger(path) as book:
        book.append_all([order(1), response(1)])
    expected = answers(ask)
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    os.replace(copy, path)
    for kept in (index.read_bytes(), early):
        index.write_bytes(kept)
        assert answers(ask) == expected


def test_an_index_that_is_being_written_does_not_keep_a_reader_from_answering(
    path: Path, index: Path, ask: Ask
) -> None:
    fill(path, [order(0), response(0)])
    expected = answers(ask)
    with closing(sqlite3.connect(index, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE rollup_days SET entered = entered + 1")
        assert answers(ask) == expected
        writer.execute("ROLLBACK")
