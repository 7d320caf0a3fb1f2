from __future__ import annotations

import random
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.erasing import erase
from ledger.evidence.publishing.disclosed import Disclosed, check_disclosures
from ledger.evidence.publishing.publication import LEDGER, write_copy
from ledger.journal.sealing import disclose

ORDER = {"kind": "order", "authority": "X", "jurisdiction": "IN", "platform": "twitter", "received": "2021-02-01"}


@pytest.fixture
def book(tmp_path: Path) -> Ledger:
    book = Ledger(tmp_path / "l.jsonl")
    book.create(private=("targets", "note"))
    book.append(ORDER | {"id": "A", "targets": ["@one", "@Two"], "note": "first"})
    book.append(ORDER | {"id": "B", "targets": ["@one"]})
    return book


def private(book: Ledger) -> Path:
    return Path(f"{book.path}.private")


def checked(book: Ledger) -> Disclosed:
    found = check_disclosures(book.file)
    assert found is not None
    return found


def copy(book: Ledger, *disclose: str) -> Ledger:
    folder = book.path.with_name("copy")
    folder.mkdir()
    write_copy(book.index, folder, disclose, confidential=False)
    return Ledger(folder / LEDGER)


def test_a_ledger_without_private_fields_has_nothing_to_check(tmp_path: Path) -> None:
    book = Ledger(tmp_path / "plain.jsonl")
    book.append(ORDER | {"targets": ["@one"]})
    assert check_disclosures(book.file) is None


def test_every_value_is_counted_once(book: Ledger) -> None:
    # @one, @two, @Two as given, the note.
    assert checked(book) == Disclosed("l.jsonl.private", 4, 0, 0, 0, [])


def test_what_is_erased_is_counted_apart(book: Ledger) -> None:
    erase(book, 1, "@two", "asked for")
    assert checked(book) == Disclosed("l.jsonl.private", 2, 0, 2, 0, [])


def test_the_keepers_own_file_must_disclose_all_that_is_not_erased(book: Ledger) -> None:
    lines = private(book).read_bytes().splitlines(keepends=True)
    private(book).write_bytes(b"".join(lines[1:]))
    found = checked(book)
    assert (found.disclosed, found.not_disclosed) == (3, 1)
    assert found.findings == [
        "entry 1: 1 private values are not disclosed in l.jsonl.private: restore it from a backup"
    ]


def test_every_changed_byte_of_the_keepers_own_file_is_found(book: Ledger) -> None:
    whole = private(book).read_bytes()
    for place in range(len(whole)):
        for change in (1, 0x20):
            private(book).write_bytes(whole[:place] + bytes([whole[place] ^ change]) + whole[place + 1 :])
            assert checked(book).findings, (place, change)


def test_a_forged_disclosure_in_a_published_copy_is_found_and_not_believed(book: Ledger) -> None:
    public = copy(book, "note")
    assert not checked(public).findings
    forged = disclose(random.Random(1).randbytes(16), "note", "another note").text  # noqa: S311 - any salt will do
    place = Path(f"{public.path}.disclosed")
    place.write_bytes(place.read_bytes() + forged.encode() + b"\n")
    found = checked(public)
    assert found.unneeded == 1
    assert "line 2: no entry holds its digest" in found.findings[0]
    assert public.table("orders").all()[0]["note"] == "first"


def test_every_changed_byte_of_a_published_disclosure_is_found(book: Ledger) -> None:
    public = copy(book, "all")
    place = Path(f"{public.path}.disclosed")
    whole = place.read_bytes()
    for at in range(len(whole) - 1):
        place.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert checked(public).findings, at


def test_what_an_addition_that_was_stopped_left_is_no_finding_in_the_keepers_own_file(book: Ledger) -> None:
    left = disclose(random.Random(1).randbytes(16), "note", "never recorded").text  # noqa: S311 - any salt will do
    private(book).write_bytes(private(book).read_bytes() + left.encode() + b"\n")
    found = checked(book)
    assert (found.unneeded, found.findings) == (1, [])
    erase(book, 1, "note", "asked for")
    assert b"never recorded" not in private(book).read_bytes()
    assert checked(book).unneeded == 0


def test_an_erasure_that_is_recorded_and_not_done_is_found(book: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("ledger.erasing.finish", lambda _: 0)
        erase(book, 1, "note", "asked for")
    assert "still says what entry 3 records as erased (of entry 1)" in checked(book).findings[0]
