"""A file that was cut, or whose bytes changed: whole entries stay, and what is no ledger is never touched."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from ledger.errors import Damaged, WriteFailed
from ledger.journal.file import EMPTY, JournalFile
from tests.journal.chains import begin, check_chain, listed, make_lines


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def test_a_file_cut_at_every_byte_of_its_last_lines_goes_on_whole(path: Path, tmp_path: Path) -> None:
    begin(path, 4)
    whole = path.read_bytes()
    ends = [place + 1 for place, byte in enumerate(whole) if byte == 10]
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        file = JournalFile(path)
        with file.lock(60):
            tail = file.state()
            assert tail.length == max((end for end in ends if end <= cut), default=0)
            assert tail.torn == (cut > tail.length)
            saved = file.repair_tail(tail)
            assert (saved is not None) == tail.torn
            if saved is not None:
                assert saved.parent == path.parent
                assert saved.name.startswith("ledger.jsonl.torn-")
                assert saved.read_bytes() == whole[tail.length : cut]
                if os.name == "posix":
                    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
                saved.unlink()
            assert path.read_bytes() == whole[: tail.length]
            tail = tail._replace(torn=False)
            assert file.state() == tail
            file.append(make_lines(2, tail), tail)
        assert len(check_chain(path)) == tail.seq + 3
        file.close()
    assert listed(tmp_path) == ["ledger.jsonl", "ledger.jsonl.lock"]


def test_torn_tails_of_one_second_are_all_kept(path: Path) -> None:
    tail = begin(path)
    saved = []
    for number in range(3):
        with path.open("ab") as stream:
            stream.write(b"torn %d" % number)
        saved.append(JournalFile(path).repair_tail(tail))
    assert [kept.read_bytes() for kept in saved if kept] == [b"torn 0", b"torn 1", b"torn 2"]


def test_a_flipped_byte_anywhere_in_the_last_line_is_damage_and_stays(path: Path) -> None:
    tail = begin(path)
    whole = path.read_bytes()
    for place in range(tail.head_offset, tail.length - 1):
        flipped = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        path.write_bytes(flipped)
        with pytest.raises(Damaged, match="last line"):
            JournalFile(path).state()
        assert path.read_bytes() == flipped


@pytest.mark.parametrize("kind", ["_save", "open", "truncate", "fsync"])
def test_a_tail_that_cannot_be_saved_is_not_cut(path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    tail = begin(path)
    with path.open("ab") as stream:
        stream.write(b"torn")
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    opened = os.open
    if kind == "_save":
        monkeypatch.setattr("ledger.journal.file.write_all", fail)
    elif kind == "open":
        monkeypatch.setattr(
            os, "open", lambda name, flags, *mode: fail() if flags & os.O_RDWR else opened(name, flags, *mode)
        )
    else:
        monkeypatch.setattr(os, {"truncate": "ftruncate", "fsync": "fsync"}[kind], fail)
    with pytest.raises(WriteFailed, match="No space left"):
        JournalFile(path).repair_tail(tail)
    monkeypatch.undo()
    assert path.read_bytes() == before
    copies = list(path.parent.glob("*.torn-*"))
    # Only a cut that failed after the copy was made leaves one.
    assert [copy.read_bytes() for copy in copies] == ([b"torn"] if kind == "truncate" else [])


JUNK = {
    "tinydb": (b'{"_default": {"1": {"a": 1}}}', "TinyDB"),
    "tinydb, indented": (b'{\n  "orders": {\n    "1": {"a": 1}\n  }\n}', "TinyDB"),
    "tinydb, empty table": (b'{"_default": {}}', "TinyDB"),
    "json": (b'{"a": 1}', "no ledger"),
    "text": (b"Dear Sir or Madam", "no ledger"),
    "lines": (b"one\ntwo\n", "no ledger"),
    "lines, unfinished": (b"one\ntwo", "no ledger"),
    "empty lines": (b"\n\n", "no ledger"),
    "binary": (b"SQLite format 3\x00" + bytes(range(256)), "no ledger"),
}


@pytest.mark.parametrize("kind", JUNK)
def test_another_programs_file_is_refused_and_never_cut(path: Path, kind: str) -> None:
    content, reason = JUNK[kind]
    path.write_bytes(content)
    with pytest.raises(Damaged, match=reason):
        JournalFile(path).state()
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"", b"{", b'{"created":"2021-0', b"\x00" * 5000])
def test_what_a_killed_first_entry_leaves_is_no_entry(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert JournalFile(path).state() == EMPTY._replace(torn=bool(content))


def test_a_file_without_a_line_break_is_not_read_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.journal.file._LONGEST", 1 << 20)
    path.write_bytes(b"x" * (3 << 20))
    with pytest.raises(Damaged, match="has a line of more than"):
        JournalFile(path).state()
    with pytest.raises(Damaged, match="has a line of more than"):
        list(JournalFile(path).scan())
