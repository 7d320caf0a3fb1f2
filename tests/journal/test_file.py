"""An append under faults: whatever happens, whole entries stay, and what was not acknowledged leaves nothing behind."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.errors import Locked, Refused, WriteFailed
from ledger.journal.file import EMPTY, JournalFile
from ledger.journal.line import leaf_hash
from tests.journal.chains import begin, check_chain, failing, make_lines, posix, run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


# What an append gives


def test_an_append_gives_the_end_that_reading_the_file_gives(path: Path) -> None:
    file = JournalFile(path)
    tail = EMPTY
    for count in (1, 1, 5, 0, 2):
        tail = file.append(make_lines(count, tail), tail)
        assert tail == JournalFile(path).state()
        assert tail.length == path.stat().st_size
    assert tail.seq == 8
    raw = path.read_bytes()
    assert tail.head == leaf_hash(raw[tail.head_offset : -1])
    assert len(check_chain(path)) == 9


def test_a_large_batch_takes_few_writes_and_one_fsync(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tail = begin(path)
    writes: list[int] = []
    syncs: list[int] = []
    write, fsync = os.write, os.fsync

    def noted_write(descriptor: int, data: bytes) -> int:
        writes.append(len(data))
        return write(descriptor, data)

    def noted_fsync(descriptor: int) -> None:
        syncs.append(descriptor)
        fsync(descriptor)

    monkeypatch.setattr(os, "write", noted_write)
    monkeypatch.setattr(os, "fsync", noted_fsync)
    end = JournalFile(path).append(make_lines(5, tail), tail)
    assert (len(writes), len(syncs)) == (1, 1)
    JournalFile(path).append(make_lines(4000, end, 1000), end)
    assert all(size >= 1 << 20 for size in writes[1:-1])
    assert len(writes) < 8
    assert len(syncs) == 2
    assert len(check_chain(path)) == 4008


@posix
def test_a_new_file_is_private_and_its_folder_is_synced(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    begin(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert synced == [path.stat().st_ino, path.parent.stat().st_ino]


@posix
def test_a_link_writes_and_locks_its_target(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "link.jsonl"
    link.parent.mkdir()
    link.symlink_to(path)
    tail = begin(link)
    assert link.is_symlink()
    assert len(check_chain(path)) == 3
    assert JournalFile(path).state() == tail
    with JournalFile(link).lock(0), pytest.raises(Locked), JournalFile(path).lock(0):
        pass


# Failing disks

Fault = Callable[[pytest.MonkeyPatch], None]


def full_at_once(patch: pytest.MonkeyPatch) -> None:
    def write(_descriptor: int, _data: bytes) -> int:
        raise failing(errno.ENOSPC)

    patch.setattr(os, "write", write)


def short_write(patch: pytest.MonkeyPatch) -> None:
    real = os.write
    patch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[: len(data) // 2]))


def full_at_second_write(patch: pytest.MonkeyPatch) -> None:
    real, calls = os.write, []

    def write(descriptor: int, data: bytes) -> int:
        calls.append(1)
        if len(calls) == 2:
            real(descriptor, data[:100])
            raise failing(errno.ENOSPC)
        return real(descriptor, data)

    patch.setattr(os, "write", write)


def lost_write(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(os, "write", lambda _, data: len(data))


def fsync_once(patch: pytest.MonkeyPatch) -> None:
    real, calls = os.fsync, []

    def fsync(descriptor: int) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise failing(errno.EIO)
        real(descriptor)

    patch.setattr(os, "fsync", fsync)


def interrupted(patch: pytest.MonkeyPatch) -> None:
    real = os.write

    def write(descriptor: int, data: bytes) -> int:
        real(descriptor, data[:7])
        raise KeyboardInterrupt

    patch.setattr(os, "write", write)


FAULTS = [full_at_once, short_write, full_at_second_write, lost_write, fsync_once, interrupted]


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_append_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault, new: bool
) -> None:
    tail = EMPTY if new else begin(path)
    before = None if new else path.read_bytes()
    with monkeypatch.context() as patch:
        fault(patch)
        expected = KeyboardInterrupt if fault is interrupted else WriteFailed
        with pytest.raises(expected) as failure:
            JournalFile(path).append(make_lines(3000, tail, 1000), tail)
    if not isinstance(failure.value, KeyboardInterrupt):
        assert str(failure.value).endswith("nothing was added")
        assert "\n" not in str(failure.value)
    assert (path.read_bytes() if path.exists() else None) == before
    end = JournalFile(path).append(make_lines(2, tail), tail)
    assert len(check_chain(path)) == end.seq + 1


def test_an_fsync_that_failed_is_not_tried_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tail = begin(path)
    before = path.read_bytes()
    sizes = []

    def fsync(descriptor: int) -> None:
        sizes.append(os.fstat(descriptor).st_size)
        raise failing(errno.EIO)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(WriteFailed, match="cut back, but the disk does not confirm it"):
        JournalFile(path).append(make_lines(1, tail), tail)
    # Once for the entry, once for taking it back.
    assert len(sizes) == 2
    assert sizes[1] == tail.length
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_cut_back_is_said_to_be_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tail = begin(path)
    short_write(monkeypatch)

    def ftruncate(_descriptor: int, _length: int) -> None:
        raise failing(errno.EIO)

    monkeypatch.setattr(os, "ftruncate", ftruncate)
    with pytest.raises(WriteFailed, match="could not be cut back"):
        JournalFile(path).append(make_lines(1, tail), tail)
    monkeypatch.undo()
    # What stands there now is an unfinished line, which the next append saves and cuts.
    assert JournalFile(path).state() == tail._replace(torn=True)


def test_lines_that_fail_midway_leave_the_file_as_it_was(path: Path) -> None:
    tail = begin(path)
    before = path.read_bytes()

    def lines(error: BaseException) -> Iterator[bytes]:
        yield from make_lines(3000, tail, 1000)
        raise error

    for error, expected in (
        (Refused("no"), Refused),
        (failing(errno.EIO), WriteFailed),
        (SystemExit(), SystemExit),
    ):
        with pytest.raises(expected):
            JournalFile(path).append(lines(error), tail)
        assert path.read_bytes() == before


@pytest.mark.parametrize("change", [-1, 1, 500])
def test_a_file_that_changed_meanwhile_is_not_written_to(path: Path, change: int) -> None:
    tail = begin(path)
    before = path.read_bytes()
    with pytest.raises(WriteFailed, match="changed by another program"):
        JournalFile(path).append(make_lines(1, tail), tail._replace(length=tail.length + change))
    assert path.read_bytes() == before


LIMITED = """
import resource, sys
from pathlib import Path
from ledger.errors import LedgerError
from ledger.journal.file import EMPTY, JournalFile
path, limit = Path(sys.argv[1]), int(sys.argv[2])
file = JournalFile(path)
tail = file.state() if path.exists() else EMPTY
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    file.append(make_lines(3000, tail, 1000), tail)
except LedgerError as error:
    print(error)
    sys.exit(error.exit_code)
"""


@posix
@pytest.mark.parametrize("room", [0, 1, 100, (1 << 20) + 500, 3_000_000])
@pytest.mark.parametrize("new", [True, False])
def test_a_full_disk_at_each_stage_adds_nothing(path: Path, room: int, new: bool) -> None:
    size = 0 if new else begin(path).length
    before = None if new else path.read_bytes()
    done = run(LIMITED, path, size + room)
    assert (done.returncode, done.stderr) == (4, "")
    assert done.stdout.endswith("nothing was added\n")
    assert (path.read_bytes() if path.exists() else None) == before
