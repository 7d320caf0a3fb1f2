"""Processes that are killed, and many that add at once: no entry that was acknowledged is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ledger.journal.file import EMPTY, JournalFile
from ledger.journal.line import leaf_hash
from tests.journal.chains import ENVIRONMENT, LINES, begin, check_chain, make_lines, posix, run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


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
