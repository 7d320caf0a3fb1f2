"""Entries that others add while a reader opens the index, between any two of its statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ledger.book import Ledger
from ledger.cli.app import app
from ledger.journal.file import JournalFile
from ledger.journal.line import encode_line

DATE = ("--as-of", "2025-12-31", "-O", "json")
ANSWERS = (
    ("report", *DATE),
    ("report", "--by", "authority", *DATE),
    ("timeline", "@kisanektamorcha", "-O", "json"),
    ("timeline", "@example_one", "-O", "json"),
    ("orders", "-O", "json"),
    ("check", "-O", "json"),
)


class Said(NamedTuple):
    code: int
    out: str
    err: str


Ask = Callable[..., Said]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let neither side wait long: each waits for the other here, in one thread."""
    monkeypatch.setattr("ledger.index.database._PATIENCE", 50)
    monkeypatch.setattr("ledger.index.sqlite.TIMEOUT", 0)
    monkeypatch.setattr("ledger.index.database.TIMEOUT", 0)


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


def fill(path: Path, entries: list[dict[str, Any]]) -> None:
    with Ledger(path) as book:
        book.create()
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


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, Callable[[], object]], None]:
    """Let something happen once, just before the n-th statement that is said to an index from now on."""
    connect = sqlite3.connect

    def arrange(number: int, work: Callable[[], object]) -> None:
        waiting: list[Callable[[], object]] = [work, *[lambda: None] * number]

        class Watched(sqlite3.Connection):
            def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
                if waiting:
                    waiting.pop()()
                return super().execute(sql, *values)

        def watched(database: Any, **options: Any) -> Any:
            # Nobody waits long for the one that is in the middle of its statements.
            return connect(database, **(options | {"factory": Watched, "timeout": 0.01}))

        monkeypatch.setattr(sqlite3, "connect", watched)

    return arrange


@pytest.mark.parametrize("number", range(12))
@pytest.mark.parametrize("behind", [False, True])
def test_entries_that_are_added_while_a_reader_opens_the_index_do_it_no_harm(
    path: Path, index: Path, ask: Ask, meanwhile: Callable[..., None], number: int, *, behind: bool
) -> None:
    fill(path, [order(0), response(0)])
    kept = index.read_bytes()
    if behind:
        with Ledger(path) as other:
            other.append(order(1))
        index.write_bytes(kept)

    def add() -> None:
        with Ledger(path) as other:
            other.append_all([order(2), response(2)])

    meanwhile(number, add)
    first = ask("orders")
    assert (first.code, first.err) == (0, "")
    meanwhile(0, lambda: None)
    later = answers(ask)
    assert ask("verify").code == 0
    index.unlink()
    assert later == answers(ask)
    assert ask("respond", "N-0", "acknowledged", "--at", "2021-02-03").code == 0


@pytest.mark.parametrize("number", range(6))
def test_an_entry_that_is_about_to_be_indexed_by_its_writer_costs_no_rebuild(
    path: Path, index: Path, ask: Ask, meanwhile: Callable[..., None], number: int
) -> None:
    fill(path, [order(0), response(0)])
    before = index.stat().st_ino

    def write() -> None:
        with closing(JournalFile(path)) as file:
            tail = file.state()
            file.append(
                [encode_line(order(1) | {"seq": 3, "prev": tail.head, "recorded_at": "2021-02-01T00:00:00Z"})], tail
            )

    meanwhile(number, write)
    said = ask("orders")
    assert (said.code, said.err) == (0, "")
    assert index.stat().st_ino == before
    assert ask("verify").code == 0
