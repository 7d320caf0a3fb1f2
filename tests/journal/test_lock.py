"""The lock of a ledger: had by one at a time, refused in time, let go whatever happens."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.errors import Locked, Refused, WriteFailed
from ledger.journal.file import JournalFile
from tests.journal.chains import ENVIRONMENT, begin, failing


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


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
