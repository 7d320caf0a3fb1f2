"""What is read of a file: each line where it stands, and nothing of what is no ledger."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.errors import Damaged, LedgerError, Missing, Refused, WriteFailed
from ledger.journal.file import EMPTY, JournalFile
from tests.journal.chains import begin, failing, listed, make_lines, posix


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


# Lines


@pytest.mark.parametrize("size", [1, 100, 70_000, 1 << 20, (1 << 20) + 7])
def test_a_scan_gives_each_line_where_it_stands(path: Path, size: int) -> None:
    file = JournalFile(path)
    tail = file.append(make_lines(5, EMPTY, size), EMPTY)
    found = list(file.scan())
    assert b"".join(raw + b"\n" for _, raw in found) == path.read_bytes()
    for start, raw in found:
        assert file.read(start, len(raw)) == raw
    assert list(file.scan(found[2][0])) == found[2:]
    assert list(file.scan(found[1][0], end=found[3][0])) == found[1:3]
    assert list(file.scan(end=tail.head_offset)) == found[:-1]
    assert file.state() == tail


def test_a_line_that_is_not_there_whole_is_damage(path: Path) -> None:
    tail = begin(path)
    file = JournalFile(path)
    size = tail.length - 1 - tail.head_offset
    file.read(tail.head_offset, size)
    for start, length in (
        (tail.head_offset, size - 1),
        (tail.head_offset + 1, size),
        (tail.length, 5),
        (0, 10**6),
    ):
        with pytest.raises(Damaged):
            file.read(start, length)


def test_readers_pass_over_an_unfinished_line_while_it_grows(path: Path) -> None:
    tail = begin(path)
    reader = JournalFile(path)
    (line,) = make_lines(1, tail)
    for end in range(1, len(line) + 1):
        path.write_bytes(path.read_bytes()[: tail.length] + line[:end])
        assert reader.state() == tail._replace(torn=True)
        assert len(list(reader.scan())) == 3
    with path.open("ab") as stream:
        stream.write(b"\n")
    assert reader.state().seq == 3


# Things that are no ledger


def make_folder(path: Path) -> None:
    path.mkdir()


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_device(path: Path) -> None:
    path.symlink_to("/dev/null")


@posix
@pytest.mark.parametrize("make", [make_folder, make_fifo, make_device])
def test_what_is_no_file_is_refused_at_once(path: Path, make: Callable[[Path], None]) -> None:
    make(path)
    file = JournalFile(path)
    asked: list[Callable[[], object]] = [
        file.exists,
        file.state,
        file.size,
        lambda: list(file.scan()),
        lambda: file.read(0, 1),
    ]
    for ask in asked:
        with pytest.raises(Damaged, match="is not a file"):
            ask()
    with pytest.raises(LedgerError):
        file.append(make_lines(1), EMPTY)
    with file.lock(0):
        pass


def test_a_ledger_that_is_not_there_is_missing(path: Path) -> None:
    file = JournalFile(path)
    assert not file.exists()
    for ask in (file.state, file.size, lambda: list(file.scan())):
        with pytest.raises(Missing, match="there is no ledger here"):
            ask()
    assert listed(path.parent) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "none" / "ledger.jsonl")
    with pytest.raises(Refused, match="there is no such folder"):
        file.append(make_lines(1), EMPTY)
    with pytest.raises(Refused, match="there is no such folder"), file.lock(0):
        pass
    assert listed(tmp_path) == []


@pytest.mark.parametrize("flag", ["writing", "reading"])
def test_a_file_without_permission_is_refused_and_stays(path: Path, monkeypatch: pytest.MonkeyPatch, flag: str) -> None:
    tail = begin(path)
    before = path.read_bytes()
    real = os.open

    # Modes do not bind the user who may do everything, and tests run as that one too.
    def opened(name: str | Path, flags: int, mode: int = 0o777) -> int:
        if Path(name) == path and (flag == "reading" or flags & (os.O_RDWR | os.O_WRONLY)):
            raise failing(errno.EACCES)
        return real(name, flags, mode)

    monkeypatch.setattr(os, "open", opened)
    with pytest.raises(WriteFailed, match=r"cannot be written .*nothing was added"):
        JournalFile(path).append(make_lines(1, tail), tail)
    if flag == "reading":
        with pytest.raises(Damaged, match="cannot be read"):
            JournalFile(path).state()
    else:
        assert JournalFile(path).state() == tail
    assert path.read_bytes() == before
