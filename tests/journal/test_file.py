"""The file under faults: whatever happens, whole entries stay, and what was not acknowledged leaves nothing behind."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import ledger
from ledger.errors import Damaged, LedgerError, Locked, Missing, Refused, WriteFailed
from ledger.journal.file import EMPTY, JournalFile, Tail
from ledger.journal.line import check_line, decode_line, leaf_hash
from ledger.journal.signals import defer_signals

posix = pytest.mark.skipif(os.name != "posix", reason="signals, limits and FIFOs as POSIX has them")
ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(ledger.__file__).parents[1])}

# Shared with the programs that the tests start.
LINES = """
from ledger.journal.line import encode_line, leaf_hash

def make_lines(count, tail, size=20):
    seq, prev = tail.seq, tail.head
    for _ in range(count):
        seq += 1
        entry = {"kind": "order", "note": "n" * size, "prev": prev, "seq": seq, "recorded_at": "2021-02-01T00:00:00Z"}
        if seq == 0:
            entry |= {"kind": "genesis", "created": "2021-02-01T00:00:00Z"}
        line = encode_line(entry)
        prev = leaf_hash(line)
        yield line
"""
_names: dict[str, Any] = {}
exec(LINES, _names)  # noqa: S102 - the text is above


def make_lines(count: int, tail: Tail = EMPTY, size: int = 20) -> Iterator[bytes]:
    lines: Iterator[bytes] = _names["make_lines"](count, tail, size)
    return lines


def begin(path: Path, count: int = 3) -> Tail:
    return JournalFile(path).append(make_lines(count), EMPTY)


def check_chain(path: Path) -> list[dict[str, Any]]:
    """Check that a file is a whole chain, reading it in the plainest way; return its entries."""
    raw = path.read_bytes()
    assert raw == b"" or raw.endswith(b"\n")
    entries, prev = [], ""
    for seq, line in enumerate(raw.split(b"\n")[:-1]):
        assert check_line(line)
        entry = decode_line(line)
        assert (entry["seq"], entry["prev"]) == (seq, prev)
        prev = leaf_hash(line)
        entries.append(entry)
    return entries


def listed(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINES + program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )


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


# Reading


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


# Cuts and damage


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
        monkeypatch.setattr("ledger.journal.file._write_all", fail)
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


# Failing disks

Fault = Callable[[pytest.MonkeyPatch], None]


def failing(number: int) -> OSError:
    return OSError(number, os.strerror(number))


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


# Kills

KILLED = """
import os, signal, sys
from pathlib import Path
from ledger.journal import file as journal
path, stage = Path(sys.argv[1]), sys.argv[2]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

write, fsync = os.write, os.fsync
writes = []

def half(descriptor, data):
    writes.append(1)
    if len(writes) == int(stage[-1]):
        write(descriptor, data[: len(data) // 2])
        die()
    return write(descriptor, data)

def synced(descriptor):
    fsync(descriptor)
    die()

if stage.startswith("half"):
    os.write = half
elif stage == "before fsync":
    os.fsync = die
elif stage == "after fsync":
    os.fsync = synced
file = journal.JournalFile(path)
with file.lock(60):
    tail = file.state() if file.exists() else journal.EMPTY
    file.append(make_lines(3000, tail, 1000), tail)
"""


@posix
@pytest.mark.parametrize("stage", ["half 1", "half 2", "half 3", "before fsync", "after fsync"])
@pytest.mark.parametrize("new", [True, False])
def test_a_batch_killed_at_any_stage_leaves_whole_entries_and_goes_on(path: Path, stage: str, new: bool) -> None:
    if not new:
        begin(path)
    before = b"" if new else path.read_bytes()
    done = run(KILLED, path, stage)
    assert done.returncode == -signal.SIGKILL
    file = JournalFile(path)
    with file.lock(60):
        tail = file.state()
        torn = path.read_bytes()[tail.length :]
        saved = file.repair_tail(tail)
        assert (saved.read_bytes() if saved else b"") == torn
        tail = tail._replace(torn=False)
        assert file.state() == tail
        file.append(make_lines(1, tail), tail)
    assert path.read_bytes().startswith(before)
    assert len(check_chain(path)) == tail.seq + 2
    if stage.endswith("fsync"):
        assert tail.seq == (2999 if new else 3002)


ADDING = """
import sys
from pathlib import Path
from ledger.journal.file import EMPTY, JournalFile
path, rounds = Path(sys.argv[1]), int(sys.argv[2])
file = JournalFile(path)
for _ in range(rounds):
    with file.lock(600):
        file.close()
        tail = file.state() if file.exists() else EMPTY
        if tail.torn:
            file.repair_tail(tail)
            tail = tail._replace(torn=False)
        tail = file.append(make_lines(3, tail), tail)
    print(tail.seq, tail.head, flush=True)
"""


def start(path: Path, rounds: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", LINES + ADDING, str(path), str(rounds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)


@posix
def test_fifty_kills_during_appends_lose_no_acknowledged_entry(path: Path) -> None:
    acknowledged = []
    for turn in range(50):
        with start(path, 10**6) as writer:
            assert writer.stdout is not None
            # The writer runs on after these, so the kill falls wherever it happens to be.
            acknowledged += [writer.stdout.readline() for _ in range(1 + turn % 5)]
            writer.kill()
            # A receipt that was cut off was not given.
            acknowledged += [line for line in writer.stdout if line.endswith("\n")]
    file = JournalFile(path)
    with file.lock(60):
        file.repair_tail(file.state())
    lines = path.read_bytes().split(b"\n")
    assert len(acknowledged) >= 50
    for receipt in acknowledged:
        seq, head = receipt.split()
        assert leaf_hash(lines[int(seq)]) == head
    check_chain(path)


def test_processes_that_add_at_once_lose_nothing(path: Path) -> None:
    writers = [start(path, 25) for _ in range(4)]
    outputs = [writer.communicate()[0] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
    ends = sorted(int(line.split()[0]) for output in outputs for line in output.splitlines())
    assert ends == list(range(2, 300, 3))
    assert len(check_chain(path)) == 300


@pytest.mark.parametrize("shared", [True, False])
def test_threads_that_add_at_once_lose_nothing(path: Path, shared: bool) -> None:
    one = JournalFile(path)

    def add() -> None:
        file = one if shared else JournalFile(path)
        for _ in range(10):
            with file.lock(600):
                tail = file.state() if file.exists() else EMPTY
                file.append(make_lines(1, tail), tail)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(check_chain(path)) == 40


# The lock

HOLDING = """
import sys
from pathlib import Path
from ledger.journal.file import JournalFile
with JournalFile(Path(sys.argv[1])).lock(60):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_lock_that_is_held_is_refused_in_time_and_free_after_a_kill(path: Path) -> None:
    begin(path)
    before = path.read_bytes()
    command = [sys.executable, "-c", HOLDING, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        file = JournalFile(path)
        for timeout in (0, 0.05, -1):
            with pytest.raises(Locked, match="another process is writing") as refusal, file.lock(timeout):
                pass
            assert "\n" not in str(refusal.value)
        # Readers need no lock.
        assert file.state().seq == 2
        holder.kill()
    with file.lock(60):
        tail = file.state()
    assert path.read_bytes() == before
    assert tail.seq == 2


def test_the_lock_may_be_taken_again_by_its_holder(path: Path) -> None:
    file = JournalFile(path)
    with file.lock(0):
        with file.lock(0):
            pass
        with pytest.raises(Locked), JournalFile(path).lock(0):
            pass
    with JournalFile(path).lock(0):
        pass


def test_the_lock_is_let_go_when_the_work_fails(path: Path) -> None:
    with pytest.raises(Refused), JournalFile(path).lock(0):
        raise Refused("no")
    with JournalFile(path).lock(0):
        pass


def test_a_lock_that_was_not_had_leaves_no_open_file(path: Path) -> None:
    begin(path)
    with JournalFile(path).lock(0):
        other = JournalFile(path)
        for _ in range(3):
            with pytest.raises(Locked), other.lock(0):
                pass
        assert other._lock._descriptors == []
    with other.lock(0):
        pass


def test_a_disk_without_locks_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def take(_descriptor: int) -> None:
        raise failing(errno.ENOLCK)

    monkeypatch.setattr("ledger.journal.lock._take", take)
    with pytest.raises(WriteFailed, match="cannot be locked"), JournalFile(path).lock(0):
        pass


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


# Signals

SIGNALLED = """
import os, signal, sys
from ledger.journal.signals import defer_signals
try:
    with defer_signals():
        for name in sys.argv[1:]:
            os.kill(os.getpid(), getattr(signal, name))
        print("receipt", flush=True)
    print("not reached")
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@posix
@pytest.mark.parametrize(
    ("names", "code", "output"),
    [
        (["SIGTERM"], -signal.SIGTERM, "receipt\n"),
        (["SIGINT"], 0, "receipt\ninterrupted\n"),
        (["SIGTERM", "SIGINT"], -signal.SIGTERM, "receipt\n"),
    ],
)
def test_signals_wait_for_the_receipt(names: list[str], code: int, output: str) -> None:
    done = run(SIGNALLED, *names)
    assert (done.returncode, done.stdout) == (code, output)


@posix
def test_signals_are_given_back_to_whoever_had_them() -> None:
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    got: list[int] = []
    before = [signal.signal(name, lambda number, _: got.append(number)) for name in names]
    try:
        held = [signal.getsignal(name) for name in names]
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with defer_signals():
            with defer_signals():
                os.kill(os.getpid(), signal.SIGINT)
                os.kill(os.getpid(), signal.SIGHUP)
            assert got == []
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert got == [signal.SIGINT]
        assert [signal.getsignal(name) for name in names[:2]] == held[:2]
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler)


def test_other_threads_need_no_signals() -> None:
    done = []

    def work() -> None:
        with defer_signals():
            done.append(1)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [1]
