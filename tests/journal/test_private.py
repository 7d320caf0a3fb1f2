"""The file of disclosures: written and synced before the line that needs it, cut back when that fails, wiped in place."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from ledger.errors import Damaged, Refused, WriteFailed
from ledger.evidence.verification import verify_file
from ledger.journal.private import PrivateFile

ORDER = {"kind": "order", "authority": "X", "jurisdiction": "IN", "platform": "twitter", "received": "2021-02-01"}


@pytest.fixture
def book(tmp_path: Path) -> Ledger:
    book = Ledger(tmp_path / "l.jsonl")
    book.create(private=("targets", "note"))
    book.append(ORDER | {"id": "A", "targets": ["@one", "@two"], "note": "first"})
    return book


def state(book: Ledger) -> tuple[bytes, bytes]:
    return book.path.read_bytes(), Path(f"{book.path}.private").read_bytes()


@pytest.mark.skipif(os.name != "posix", reason="modes as POSIX has them")
def test_it_is_of_its_owner_alone(book: Ledger) -> None:
    assert stat.S_IMODE(Path(f"{book.path}.private").stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="modes as POSIX has them")
def test_a_warning_says_that_others_can_read_it(book: Ledger) -> None:
    Path(f"{book.path}.private").chmod(0o644)
    book.append(ORDER | {"targets": ["@three"]})
    assert any("chmod 600" in warning for warning in book.warnings)


def name_of(descriptor: int) -> str:
    """Return the name of the file that a descriptor is of."""
    place = Path(f"/proc/self/fd/{descriptor}")
    return place.readlink().name if place.is_symlink() else ""


def failing(monkeypatch: pytest.MonkeyPatch, name: str, suffix: str, fault: Callable[..., Any]) -> list[str]:
    """Let a call of the operating system fail for the file with this suffix; return what was called, in order."""
    real = getattr(os, name)
    calls: list[str] = []

    def call(descriptor: int, *arguments: Any) -> Any:
        path = name_of(descriptor)
        calls.append(path)
        return fault(real, descriptor, *arguments) if path.endswith(suffix) else real(descriptor, *arguments)

    monkeypatch.setattr(os, name, call)
    return calls


def error(*_: Any) -> Any:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def part(real: Callable[..., int], descriptor: int, data: bytes) -> int:
    return real(descriptor, bytes(data)[: len(data) // 2])


linux = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks up descriptors as Linux has them")


@linux
@pytest.mark.parametrize("suffix", [".private", ".jsonl"])
@pytest.mark.parametrize(("name", "fault"), [("write", error), ("write", part), ("fsync", error)])
def test_when_either_file_fails_both_are_as_they_were(
    book: Ledger, monkeypatch: pytest.MonkeyPatch, suffix: str, name: str, fault: Callable[..., Any]
) -> None:
    before = state(book)
    with monkeypatch.context() as patched:
        failing(patched, name, suffix, fault)
        with pytest.raises(WriteFailed):
            book.append(ORDER | {"targets": ["@three"], "note": "second"})
    assert state(book) == before
    book.append(ORDER | {"targets": ["@three"], "note": "second"})
    assert state(book)[0].startswith(before[0])
    assert state(book)[1].startswith(before[1])


@linux
def test_disclosures_are_written_and_synced_before_the_line(book: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[tuple[str, str]] = []
    for name in ("write", "fsync"):

        def note(real: Any, descriptor: int, *arguments: Any, name: str = name) -> Any:
            order.append((name, name_of(descriptor)))
            return real(descriptor, *arguments)

        failing(monkeypatch, name, "", note)
    book.append(ORDER | {"targets": ["@three"]})
    assert [call for call in order if "index" not in call[1]] == [
        ("write", "l.jsonl.private"),
        ("fsync", "l.jsonl.private"),
        ("write", "l.jsonl"),
        ("fsync", "l.jsonl"),
    ]


def test_a_target_that_has_a_salt_needs_no_new_disclosure(book: Ledger) -> None:
    before = state(book)[1]
    book.append(ORDER | {"targets": ["@one", "@two"]})
    assert state(book)[1] == before


@pytest.mark.parametrize("left", [b"W", b"WyJhIiwiYiJd", b"\0\0\0\0"])
def test_an_unfinished_line_is_passed_over_and_cut_by_the_next_addition(book: Ledger, left: bytes) -> None:
    before = state(book)
    with Path(f"{book.path}.private").open("ab") as file:
        file.write(left)
    assert book.table("orders").all()[0]["note"] == "first"
    book.append(ORDER | {"targets": ["@three"]})
    assert state(book)[1].startswith(before[1])
    assert left not in state(book)[1][len(before[1]) :].split(b"\n")
    assert [order["targets"] for order in book.table("orders").all()] == [["@one", "@two"], ["@three"]]


def test_disclosures_of_an_addition_that_was_killed_before_its_line_harm_nothing(book: Ledger) -> None:
    before = state(book)
    book.append(ORDER | {"targets": ["@three"], "note": "lost"})
    book.path.write_bytes(before[0])
    book.append(ORDER | {"targets": ["@three"], "note": "second"})
    assert [order["targets"] for order in book.table("orders").all()] == [["@one", "@two"], ["@three"]]
    assert not verify_file(book.file).findings


def test_without_it_nothing_is_added(book: Ledger) -> None:
    Path(f"{book.path}.private").unlink()
    before = book.path.read_bytes()
    with pytest.raises(Damaged, match="restore it from a backup"):
        book.append(ORDER | {"targets": ["@three"]})
    assert book.path.read_bytes() == before


def test_it_is_never_made_over_one_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "l.jsonl.private").write_bytes(b"of another ledger\n")
    book = Ledger(tmp_path / "l.jsonl")
    with pytest.raises(Refused, match="there already"):
        book.create(private=("targets",))
    assert not book.path.exists()


def test_wiping_leaves_every_other_byte_where_it_was(tmp_path: Path) -> None:
    file = PrivateFile(tmp_path / "l.jsonl")
    file.append([b"one", b"two", b"three"], 0)
    assert file.wipe(lambda line: line == b"two") == 1
    assert file.own.read_bytes() == b"one\n   \nthree\n"
    assert file.wipe(lambda line: line == b"two") == 0


def test_what_is_added_behind_another_writer_is_refused(tmp_path: Path) -> None:
    file = PrivateFile(tmp_path / "l.jsonl")
    end = file.append([b"one"], 0)
    file.append([b"two"], end)
    with pytest.raises(WriteFailed, match="changed by another program"):
        file.append([b"three"], end)
    with pytest.raises(WriteFailed, match="changed by another program"):
        file.append([b"three"], 100)
    assert file.own.read_bytes() == b"one\ntwo\n"


def test_every_cut_of_the_file_is_read_without_inventing_anything(book: Ledger) -> None:
    whole = state(book)[1]
    names = {"@one", "@two"}
    for length in range(len(whole) + 1):
        Path(f"{book.path}.private").write_bytes(whole[:length])
        book.refresh()
        order = book.table("orders").all()[0]
        assert all(text in names or text.startswith("account:~") for text in order["targets"])
        assert order.get("note") in ("first", None)
