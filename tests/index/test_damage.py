"""Whatever lies where the index should be, every answer is the ledger's, and what the user should know is said."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from ledger.cli.app import app
from ledger.index.database import VERSION

SAMPLES = Path(__file__).resolve().parents[2] / "sample_orders"
DATE = ("--as-of", "2025-12-31", "-O", "json")
ANSWERS = (
    ("report", *DATE),
    ("report", "--by", "country", *DATE),
    ("timeline", "@kisanektamorcha", "-O", "json"),
    ("orders", "-O", "json"),
    ("check", "-O", "json"),
    ("show", "IN-MEITY-2021-01-31", "-O", "json"),
)
# Enough where the same is tried at many places: sums, one order's rows, one target's.
FEW = (ANSWERS[0], ANSWERS[2], ANSWERS[4])
APPEND = ("respond", "IN-MEITY-2021-02-04", "unblocked", "--count", "100", "--at", "2021-03-01")
PAGE = 4096


class Said(NamedTuple):
    code: int
    out: str
    err: str


Ask = Callable[..., Said]


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the bytes of a ledger of the sample orders, whose days are not those of UTC."""
    path = tmp_path_factory.mktemp("sample") / "ledger.jsonl"
    assert app(["--file", str(path), "init", "--timezone", "Asia/Kolkata"]) == 0
    assert app(["--file", str(path), "import", str(SAMPLES)]) == 0
    return path.read_bytes()


@pytest.fixture
def ledger(tmp_path: Path, sample: bytes) -> Path:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(sample)
    return path


@pytest.fixture
def index(ledger: Path, ask: Ask) -> Path:
    """Return where the index is, made and whole."""
    assert ask("report").code == 0
    return ledger.with_name("ledger.jsonl.index")


@pytest.fixture
def ask(ledger: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    def invoke(*arguments: str) -> Said:
        capsys.readouterr()
        code = app(["--file", str(ledger), *arguments])
        return Said(code, *capsys.readouterr())

    return invoke


def answers(ask: Ask) -> list[tuple[int, str]]:
    return [ask(*question)[:2] for question in ANSWERS]


def put(index: Path, content: bytes | None) -> None:
    """Put something where the index is, and nothing beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        index.with_name(index.name + suffix).unlink(missing_ok=True)
    if content is not None:
        index.write_bytes(content)


def alter(index: Path, *statements: str) -> bytes:
    """Change an index by hand; return its bytes."""
    with closing(sqlite3.connect(index)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()
    return index.read_bytes()


def foreign() -> bytes:
    """Return a SQLite database of another program."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE places (url TEXT)")
        db.commit()
        return db.serialize()


@pytest.mark.parametrize(
    "content",
    [
        b"just text\n",
        bytes(3 * PAGE),
        b"SQLite format 3\0",
        b"SQLite format 3\0" + b"\xa5" * PAGE,
        foreign(),
        b'{"_default": {"1": {"a": 1}}}',
    ],
    ids=["text", "zeros", "magic", "magic and garbage", "another program's", "json"],
)
def test_garbage_in_place_of_the_index_changes_no_answer_and_is_named(ask: Ask, index: Path, content: bytes) -> None:
    expected = answers(ask)
    for question, answer in zip(ANSWERS, expected, strict=True):
        put(index, content)
        said = ask(*question)
        assert said[:2] == answer
        assert index.name in said.err
    assert ask("report").err == ""


@pytest.mark.parametrize("content", [None, b""], ids=["deleted", "emptied"])
def test_a_deleted_or_emptied_index_is_made_anew_without_a_word(ask: Ask, index: Path, content: bytes | None) -> None:
    expected = answers(ask)
    for question, answer in zip(ANSWERS, expected, strict=True):
        put(index, content)
        assert ask(*question) == (*answer, "")
        assert index.stat().st_size > 0


def test_an_index_cut_anywhere_changes_no_answer(ask: Ask, index: Path) -> None:
    expected = [ask(*question)[:2] for question in FEW]
    whole = index.read_bytes()
    cuts = {
        0,
        1,
        16,
        99,
        100,
        101,
        len(whole) - 1,
        *range(0, len(whole), PAGE),
        *range(PAGE // 2, len(whole), 8 * PAGE),
    }
    wrong = []
    for cut in sorted(cuts | {len(whole) - PAGE // 2}):
        for question, answer in zip(FEW, expected, strict=True):
            put(index, whole[:cut])
            if ask(*question)[:2] != answer:
                wrong.append((cut, question[0]))
    assert wrong == []


def pages(index: Path) -> list[bytes]:
    """Return the index with each of its pages spoilt in turn, so that SQLite sees it when it reads the page."""
    whole = index.read_bytes()
    return [whole[:at] + b"\xff" * PAGE + whole[at + PAGE :] for at in range(PAGE, len(whole), PAGE)]


@pytest.mark.parametrize("question", ANSWERS, ids=" ".join)
def test_a_page_that_sqlite_finds_damaged_changes_no_answer(ask: Ask, index: Path, question: tuple[str, ...]) -> None:
    expected = ask(*question)[:2]
    for spoilt in pages(index):
        put(index, spoilt)
        assert ask(*question)[:2] == expected


def test_a_damaged_page_costs_no_entry(ask: Ask, ledger: Path, index: Path, sample: bytes) -> None:
    before = ledger.stat()
    for spoilt in pages(index):
        ledger.write_bytes(sample)
        os.utime(ledger, ns=(before.st_atime_ns, before.st_mtime_ns))
        put(index, spoilt)
        said = ask(*APPEND)
        assert said.code == 0
        assert said.out.startswith("entry 57: ")
        assert ledger.read_bytes().startswith(sample)
        assert ledger.read_bytes().count(b"\n") == 58
        assert ask("verify", "--no-index").code == 0


@pytest.mark.parametrize("lines", [1, 2, 20, 200])
def test_another_ledgers_index_changes_no_answer_and_is_said_to_be_so(
    ask: Ask, ledger: Path, index: Path, lines: int
) -> None:
    expected = answers(ask)
    other = ledger.with_name("other.jsonl")
    assert app(["--file", str(other), "init", "--origin", "Example Platform"]) == 0
    order = '{"kind":"order","authority":"A","jurisdiction":"IN","platform":"twitter","received":"2021-01-01"}\n'
    (ledger.parent / "orders.jsonl").write_text(order * (lines - 1))
    assert app(["--file", str(other), "import", str(ledger.parent / "orders.jsonl")]) == 0
    assert app(["--file", str(other), "report"]) == 0
    foreign_index = other.with_name("other.jsonl.index").read_bytes()
    for question, answer in zip(ANSWERS, expected, strict=True):
        put(index, foreign_index)
        said = ask(*question)
        assert said[:2] == answer
        assert "does not continue what was indexed before" in said.err
    put(index, foreign_index)
    assert ask(*APPEND).code == 0
    assert ask("verify").code == 0


def test_an_index_of_another_version_is_not_asked(ask: Ask, index: Path) -> None:
    expected = answers(ask)
    wrong = "UPDATE rollup_days SET entered = entered + 1"
    for version in (0, VERSION - 1, VERSION + 1, 2**31 - 1):
        put(index, alter(index, wrong, f"PRAGMA user_version = {version}"))
        assert answers(ask) == expected
        assert ask("verify").code == 0


META = ("length", "head", "head_start", "seq", "mtime", "inode", "timezone")


@pytest.mark.parametrize("change", ["DELETE FROM meta", "UPDATE meta SET value = 'x'"])
@pytest.mark.parametrize("name", META)
def test_what_the_index_notes_about_the_ledger_is_not_trusted(ask: Ask, index: Path, name: str, change: str) -> None:
    expected = [ask(*question)[:2] for question in FEW]
    spoilt = alter(index, f"{change} WHERE name = '{name}'")
    for question, answer in zip(FEW, expected, strict=True):
        put(index, spoilt)
        assert ask(*question)[:2] == answer
    # The same when something was added meanwhile, which is to be entered after what is indexed.
    put(index, None)
    assert ask(*APPEND).code == 0
    expected = [ask(*question)[:2] for question in FEW]
    for question, answer in zip(FEW, expected, strict=True):
        put(index, spoilt)
        assert ask(*question)[:2] == answer


@pytest.mark.parametrize(
    "table",
    ["meta", "entries", "orders", "flows", "histories", "statuses", "problems", "days", "rollup_lines", "rollup_days"],
)
def test_a_table_that_is_missing_changes_no_answer(ask: Ask, index: Path, table: str) -> None:
    expected = answers(ask)
    spoilt = alter(index, f"DROP TABLE {table}")
    for question, answer in zip(ANSWERS, expected, strict=True):
        put(index, spoilt)
        assert ask(*question)[:2] == answer


def fifo(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()
    (path / "kept").touch()


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.skipif(os.name != "posix", reason="links and FIFOs as POSIX has them")
@pytest.mark.parametrize("make", [folder, dangling, fifo])
def test_what_cannot_be_an_index_is_no_hindrance(ask: Ask, index: Path, make: Callable[[Path], None]) -> None:
    expected = answers(ask)
    put(index, None)
    make(index)
    assert answers(ask) == expected
    assert ask(*APPEND).code == 0
    assert ask("verify", "--no-index").code == 0


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
def test_garbage_beside_the_index_changes_no_answer(ask: Ask, index: Path, suffix: str) -> None:
    expected = answers(ask)
    whole = index.read_bytes()
    for question, answer in zip(ANSWERS, expected, strict=True):
        put(index, whole)
        index.with_name(index.name + suffix).write_bytes(b"\xa5" * 10_000)
        assert ask(*question)[:2] == answer


def test_a_line_damaged_behind_what_is_indexed_is_refused_and_not_counted(ask: Ask, ledger: Path, index: Path) -> None:
    kept = index.read_bytes()
    assert ask(*APPEND).code == 0
    assert ask("respond", "IN-MEITY-2021-02-04", "acknowledged", "--at", "2021-03-04").code == 0
    ledger.write_bytes(ledger.read_bytes().replace(b"2021-03-01", b"2021-03-02"))
    for content in (kept, None):
        put(index, content)
        said = ask("report")
        assert (said.code, said.out) == (3, "")
        assert "line 58" in said.err
        assert "ledger verify" in said.err
