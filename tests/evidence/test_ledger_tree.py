"""The tree over a ledger's file: right whatever becomes of what is kept of it, and read no more than is new."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.book import Ledger
from ledger.errors import Damaged
from ledger.evidence import ledger_tree, tree
from ledger.evidence.ledger_tree import RUN, LedgerTree
from ledger.index.database import Index
from ledger.journal.file import JournalFile
from ledger.journal.line import encode_line, leaf

ORDER = {
    "kind": "order",
    "id": "T-1",
    "authority": "Example Office",
    "jurisdiction": "IN",
    "platform": "twitter",
    "received": "2021-02-01",
    "targets": ["@example_one"],
}
SAID = {"kind": "response", "order": "T-1", "action": "acknowledged", "at": "2021-02-02"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def fill(path: Path, size: int) -> None:
    """Bring a ledger to a number of entries."""
    with Ledger(path) as book:
        if not book.exists():
            book.append(ORDER)
        have = book.index.file.state().seq + 1
        book.append_all([SAID | {"note": f"Note {number}."} for number in range(have, size)])


def leaves(path: Path) -> list[bytes]:
    return [leaf(raw) for raw in path.read_bytes().split(b"\n")[:-1]]


def head(path: Path, size: int) -> bytes:
    """Return the root from the bytes of the file alone."""
    over = tree.Tree()
    for one in leaves(path)[:size]:
        over.add(one)
    return over.root()


class Reads:
    """Counts the bytes of the ledger that are read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bytes = 0
        self._whole = JournalFile.read_bytes
        counting = self

        def read_bytes(file: JournalFile, start: int, size: int) -> bytes:
            data = counting._whole(file, start, size)
            counting.bytes += len(data)
            return data

        monkeypatch.setattr(JournalFile, "read_bytes", read_bytes)

    def of(self) -> int:
        """Return how many were read since it was last asked."""
        found, self.bytes = self.bytes, 0
        return found


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    return Reads(monkeypatch)


@pytest.fixture
def book(path: Path) -> Iterator[Ledger]:
    """Open a ledger of three whole runs and a part of one."""
    fill(path, 3 * RUN + 100)
    with Ledger(path) as opened:
        yield opened


def kept(path: Path) -> dict[int, bytes]:
    with closing(sqlite3.connect(f"{path}.index")) as db:
        return dict(db.execute("SELECT number, hash FROM subtrees").fetchall())


def spoil(path: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(f"{path}.index")) as db, db:
        db.execute(sql, values)


# --- What it says


@pytest.mark.parametrize("size", [2, 3, RUN - 1, RUN, RUN + 1, 2 * RUN, 2 * RUN + 1])
def test_a_root_is_that_over_the_lines_of_the_file(path: Path, size: int) -> None:
    fill(path, size)
    with Ledger(path) as book:
        over = LedgerTree(book.index)
        assert over.size == size
        assert [over.root(some) for some in (0, 1, size // 2, size)] == [
            head(path, some) for some in (0, 1, size // 2, size)
        ]


def test_a_ledger_that_was_only_begun_has_a_root(path: Path) -> None:
    with Ledger(path) as book:
        book.create("Example Platform")
        over = LedgerTree(book.index)
        assert (over.size, over.root(1), over.leaf(0)) == (1, head(path, 1), leaves(path)[0])


def test_proofs_of_entries_hold_at_every_kind_of_size(book: Ledger, path: Path) -> None:
    over, every = LedgerTree(book.index), leaves(path)
    for size in (1, 2, 255, 256, 257, 511, 512, 700, 768, 769, over.size):
        root = head(path, size)
        for seq in {0, 1, 254, 255, 256, 257, 511, 512, size - 2, size - 1} & set(range(size)):
            assert over.leaf(seq) == every[seq]
            assert over.line(seq) == path.read_bytes().split(b"\n")[seq]
            assert tree.holds_inclusion(every[seq], seq, size, over.inclusion(seq, size), root)


def test_proofs_between_sizes_hold(book: Ledger, path: Path) -> None:
    over = LedgerTree(book.index)
    sizes = (1, 2, 100, 255, 256, 257, 512, 600, 768, over.size)
    for new in sizes:
        for old in (size for size in sizes if size <= new):
            proof = over.consistency(old, new)
            assert tree.holds_consistency(old, new, proof, head(path, old), head(path, new))


@pytest.mark.parametrize("ask", ["root", "leaf", "line", "inclusion", "consistency"])
def test_nothing_is_said_about_entries_that_are_not_there(book: Ledger, ask: str) -> None:
    over = LedgerTree(book.index)
    beyond = over.size + 1
    asked = {"inclusion": (0, beyond), "consistency": (1, beyond)}.get(ask, (beyond,))
    with pytest.raises(ValueError, match="entries of"):
        getattr(over, ask)(*asked)


# --- What it costs


def test_the_file_is_read_once_and_then_only_what_is_new(book: Ledger, path: Path, reads: Reads) -> None:
    length = path.stat().st_size
    begun = sum(len(raw) + 1 for raw in path.read_bytes().split(b"\n")[3 * RUN - 1 : -1])
    index = book.index
    reads.of()
    LedgerTree(index).root(index.file.state().seq + 1)
    first = reads.of()
    assert length <= first < 1.5 * length
    LedgerTree(index).root(3 * RUN + 100)
    again = reads.of()
    # The run that is not whole yet, and the line before it.
    assert again <= begun + 100
    fill(path, 4 * RUN + 10)
    book.refresh()
    grown = path.stat().st_size - length
    index = book.index
    reads.of()
    LedgerTree(index).root(4 * RUN + 10)
    assert reads.of() <= grown + begun + 5_000


def test_a_proof_reads_the_run_of_its_entry_and_the_last_one_and_nothing_else(book: Ledger, reads: Reads) -> None:
    index = book.index
    over = LedgerTree(index)
    over.root(over.size)
    reads.of()
    over = LedgerTree(index)
    over.inclusion(300, over.size)
    most = max(index.db.execute("SELECT MAX(size) FROM entries").fetchone()) + 1
    assert reads.of() <= (RUN + 100 + 2) * most


def test_whole_runs_alone_are_kept_and_nothing_is_kept_while_entries_are_added(book: Ledger, path: Path) -> None:
    assert kept(path) == {}
    LedgerTree(book.index).root(3 * RUN + 100)
    assert sorted(kept(path)) == [0, 1, 2]
    fill(path, 4 * RUN + 10)
    assert sorted(kept(path)) == [0, 1, 2]
    book.refresh()
    LedgerTree(book.index).root(4 * RUN + 10)
    assert sorted(kept(path)) == [0, 1, 2, 3]


# --- What may befall it


def test_entries_that_others_add_meanwhile_change_nothing(book: Ledger, path: Path) -> None:
    over = LedgerTree(book.index)
    before = head(path, over.size)
    fill(path, 5 * RUN)
    assert over.root(3 * RUN + 100) == before
    assert tree.holds_inclusion(
        over.leaf(3 * RUN + 99), 3 * RUN + 99, over.size, over.inclusion(3 * RUN + 99, over.size), before
    )


def test_an_index_that_is_made_anew_keeps_none_of_the_old_hashes(book: Ledger, path: Path) -> None:
    LedgerTree(book.index).root(3 * RUN)
    assert kept(path)
    book.index.discard()
    assert kept(path) == {}
    assert LedgerTree(book.index).root(3 * RUN) == head(path, 3 * RUN)
    assert sorted(kept(path)) == [0, 1, 2]


def test_an_index_in_memory_will_do(path: Path) -> None:
    fill(path, 2 * RUN + 1)
    with closing(Index(JournalFile(path), fresh=True)) as index:
        over = LedgerTree(index)
        assert over.root(over.size) == head(path, over.size)
    assert kept(path) == {}


def test_an_index_that_cannot_be_written_will_do(book: Ledger, path: Path) -> None:
    index = book.index
    index.db.execute("PRAGMA query_only = 1")
    assert LedgerTree(index).root(3 * RUN + 100) == head(path, 3 * RUN + 100)
    assert kept(path) == {}


def test_an_index_that_others_write_to_will_do(book: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_tree, "_PATIENCE", 1)
    index = book.index
    with closing(sqlite3.connect(f"{path}.index", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert LedgerTree(index).root(3 * RUN) == head(path, 3 * RUN)
        other.execute("ROLLBACK")
    assert kept(path) == {}
    assert LedgerTree(index).root(3 * RUN) == head(path, 3 * RUN)
    assert sorted(kept(path)) == [0, 1, 2]


def test_every_kept_byte_that_is_damaged_shows_and_the_root_is_right_all_the_same(book: Ledger, path: Path) -> None:
    size = 3 * RUN + 100
    LedgerTree(book.index).root(size)
    row, root = kept(path)[1], head(path, size)
    for place in range(len(row)):
        spoiled = bytearray(row)
        spoiled[place] ^= 1 << place % 8
        spoil(path, "UPDATE subtrees SET hash = ? WHERE number = 1", bytes(spoiled))
        assert LedgerTree(book.index).root(size) == root
        # It is made good as well.
        assert kept(path)[1] == row


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM subtrees WHERE number = 1",
        "UPDATE subtrees SET number = 3 - number WHERE number = 1 OR number = 2 AND 0",
        "UPDATE subtrees SET hash = substr(hash, 1, 32)",
        "UPDATE subtrees SET hash = x''",
        "UPDATE subtrees SET hash = 'text' WHERE number = 0",
        "UPDATE subtrees SET hash = 7",
        "UPDATE subtrees SET hash = zeroblob(48)",
        "UPDATE subtrees SET hash = (SELECT hash FROM subtrees WHERE number = 0)",
        "UPDATE subtrees SET number = number + 1000",
        "UPDATE subtrees SET number = -number - 1",
    ],
)
def test_rows_that_are_missing_misplaced_or_no_hashes_cost_a_look_at_the_file_and_no_wrong_root(
    book: Ledger, path: Path, sql: str
) -> None:
    size = 3 * RUN + 100
    LedgerTree(book.index).root(size)
    if "3 - number" in sql:
        spoil(path, "DELETE FROM subtrees WHERE number = 2")
    spoil(path, sql)
    assert LedgerTree(book.index).root(size) == head(path, size)


def test_a_row_of_another_ledger_is_not_taken_for_one_of_this(book: Ledger, path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    fill(other, RUN)
    with Ledger(other) as another:
        LedgerTree(another.index).root(RUN)
    spoil(path, "INSERT INTO subtrees VALUES (0, ?)", kept(other)[0])
    assert LedgerTree(book.index).root(3 * RUN) == head(path, 3 * RUN)


def test_offsets_that_are_damaged_are_found_and_made_good_when_the_ledger_is_asked(book: Ledger, path: Path) -> None:
    for sql in (
        "UPDATE entries SET start = start + 1 WHERE seq = 256",
        "UPDATE entries SET start = (SELECT start FROM entries WHERE seq = 300) WHERE seq = 255",
        "UPDATE entries SET start = 0 WHERE seq = 767",
        "UPDATE entries SET start = 10 WHERE seq = 768",
    ):
        spoil(path, sql)
        root = book.ask(lambda _: LedgerTree(book.index).root(3 * RUN + 100))
        assert root == head(path, 3 * RUN + 100)


def rewrite(path: Path, seq: int, *, rehash: bool) -> None:
    """Change one entry in place, keeping the file's length and time; `rehash` makes its own check fit."""
    info = path.stat()
    lines = path.read_bytes().split(b"\n")
    changed = lines[seq].replace(b"Note", b"Nope")
    if rehash:
        import msgspec

        entry = msgspec.json.decode(changed)
        del entry["~"]
        changed = encode_line(entry)
    assert len(changed) == len(lines[seq])
    assert changed != lines[seq]
    lines[seq] = changed
    path.write_bytes(b"\n".join(lines))
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))


@pytest.mark.parametrize("rehash", [False, True])
@pytest.mark.parametrize("seq", [2, 255, 256, 300, 767, 800])
def test_no_root_is_made_of_lines_that_do_not_follow_one_another(
    book: Ledger, path: Path, seq: int, rehash: bool
) -> None:
    index = book.index
    rewrite(path, seq, rehash=rehash)
    # Also when the runs before it were kept already.
    for _ in range(2):
        with pytest.raises(Damaged, match="run ledger verify"):
            LedgerTree(index).root(3 * RUN + 100)


@pytest.mark.parametrize("seq", [256, 300, 511])
def test_a_proof_of_an_entry_that_was_changed_since_its_run_was_kept_is_refused(
    book: Ledger, path: Path, seq: int
) -> None:
    index = book.index
    LedgerTree(index).root(3 * RUN)
    rewrite(path, seq, rehash=True)
    for other in (256, 400, seq):
        with pytest.raises(Damaged, match="run ledger verify"):
            LedgerTree(index).inclusion(other, 3 * RUN)


def test_lines_that_are_withheld_count_with_the_hash_that_they_state(tmp_path: Path, path: Path) -> None:
    fill(path, 10)
    whole = path.read_bytes().split(b"\n")[:-1]
    copy = tmp_path / "copy.jsonl"
    shown = [
        encode_line({"kind": "withheld", "leaf": leaf(raw).hex(), "seq": seq}) if seq in (4, 5) else raw
        for seq, raw in enumerate(whole)
    ]
    copy.write_bytes(b"\n".join([*shown, b""]))
    with Ledger(copy) as book:
        over = LedgerTree(book.index)
        assert over.root(10) == head(path, 10)
        for seq in range(10):
            assert tree.holds_inclusion(leaf(whole[seq]), seq, 10, over.inclusion(seq, 10), head(path, 10))
