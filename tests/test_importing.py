"""Taking foreign entries in: each row is accounted for, what belongs together stays together, one bad one hides none."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ledger
from ledger.errors import WriteFailed
from ledger.exchange.sources import sources
from ledger.importing import KEPT, Imported
from ledger.model.incoming import Incoming

Source = Callable[[], Iterator[Incoming]]
FEW = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def order(name: str, **fields: Any) -> dict[str, Any]:
    found = {"kind": "order", "id": name, "authority": "A", "jurisdiction": "IN", "platform": "twitter"}
    return found | {"received": "2021-02-01", "targets": [f"@{name}_one".replace("-", "_")]} | fields


def response(name: str, action: str = "blocked", **fields: Any) -> dict[str, Any]:
    return {"kind": "response", "order": name, "action": action, "at": "2021-02-02", "all": True} | fields


NAMES = st.sampled_from([f"N-{number}" for number in range(5)])
ROWS = st.integers(0, 3)
UNITS = st.one_of(
    st.tuples(st.just("order"), NAMES, ROWS),
    st.tuples(st.just("response"), NAMES, ROWS),
    st.tuples(st.just("bad"), NAMES, ROWS),
    st.tuples(st.just("unreadable"), NAMES, ROWS),
    st.tuples(st.just("total"), NAMES, ROWS),
    st.tuples(st.just("bundle"), NAMES, ROWS),
    st.tuples(st.just("bad bundle"), NAMES, ROWS),
)
Unit = tuple[str, str, int]


def items(units: list[Unit]) -> Iterator[Incoming]:
    for number, (what, name, rows) in enumerate(units):
        where, bundle = f"in, line {number}", f"b{number}"
        if what == "order":
            yield Incoming(where, order(name), rows=rows)
        elif what == "response":
            yield Incoming(where, response(name), rows=rows)
        elif what == "bad":
            yield Incoming(where, order(name, jurisdiction="XX"), rows=rows)
        elif what == "unreadable":
            yield Incoming(where, None, problem="cannot be read", rows=rows)
        elif what == "total":
            yield Incoming(where, None, rows=rows, total=True)
        else:
            yield Incoming(where, order(f"{name}-b"), rows=rows, bundle=bundle)
            yield Incoming(where, response(f"{name}-b"), rows=0, bundle=bundle)
            action = "withheld" if what == "bundle" else "nonsense"
            yield Incoming(where, response(f"{name}-b", action, countries=["IN"]), rows=0, bundle=bundle)


def run(path: Path, units: list[Unit], **options: Any) -> Imported:
    with ledger.open(path) as book:
        return book.import_all(lambda: items(units), **options)


def held(path: Path) -> list[str]:
    if not path.exists():
        return []
    with ledger.open(path) as book:
        return [
            str(entry.get("id") or entry["order"])
            for entry in book.table("entries").all()
            if entry["kind"] != "genesis"
        ]


def accounted(done: Imported, units: list[Unit]) -> None:
    rows = done.rows
    assert rows.read == sum(count for _, _, count in units)
    assert rows.read == rows.fit + rows.found + rows.refused + rows.total
    assert rows.total == sum(count for what, _, count in units if what == "total") == sum(done.aside.values())
    bad = {
        f"in, line {number}" for number, (what, _, _) in enumerate(units) if what in ("bad", "unreadable", "bad bundle")
    }
    refused = [where for where, _ in done.refused]
    assert bad <= set(refused)
    assert len(refused) == len(set(refused))
    assert rows.refused == sum(units[int(where.rpartition(" ")[2])][2] for where in refused)


def test_refused_rows_and_rows_left_out_leave_no_more_behind_the_more_they_are(tmp_path: Path) -> None:
    import gc

    kept: list[Any] = []

    def left_after(count: int) -> int:
        def source() -> Iterator[Incoming]:
            for number in range(count):
                yield Incoming(f"in, line {number}", order(f"N-{number}", jurisdiction="XX", received="2021-02-31"))
                yield Incoming(f"in, line {number}", None, total=True, file="in", line=number)

        with ledger.open(tmp_path / f"{count}.jsonl") as book:
            gc.collect()
            gc.disable()
            try:
                before = len(gc.get_objects())
                kept[:] = [book.import_all(source)]
                return len(gc.get_objects()) - before
            finally:
                gc.enable()

    left_after(KEPT)
    assert abs(left_after(4_000) - left_after(2_000)) < 1_000
    assert kept[0].aside == {"sums other rows": 2_000}
    assert kept[0].aside_at == {"sums other rows": [("in", number) for number in range(10)]}


@given(st.lists(UNITS, max_size=8), st.lists(UNITS, max_size=4))
@FEW
def test_rows_read_are_added_or_there_or_refused_or_totals(
    tmp_path_factory: Any, units: list[Unit], earlier: list[Unit]
) -> None:
    path = tmp_path_factory.mktemp("ledger") / "ledger.jsonl"
    run(path, earlier, keep_going=True)
    before = path.read_bytes() if path.exists() else b""
    dry = run(path, units, keep_going=True, dry_run=True)
    accounted(dry, units)
    strict = run(path, units)
    accounted(strict, units)
    if strict.refused:
        assert strict.added == 0
        assert (path.read_bytes() if path.exists() else b"") == before
    done = run(path, units, keep_going=True)
    accounted(done, units)
    if strict.refused:
        assert (done.added, done.fit) == (dry.added, dry.fit)
    bad = {int(where.rpartition(" ")[2]) for where, _ in done.refused}
    again = run(path, [unit for number, unit in enumerate(units) if number not in bad])
    assert (again.added, again.refused) == (0, [])
    accounted(run(path, units, keep_going=True), units)
    whole = held(path)
    for name in {name for name in whole if name.endswith("-b")}:
        assert whole.count(name) == 3


@given(st.lists(UNITS, max_size=8))
@FEW
def test_going_on_adds_what_would_be_added_without_what_is_refused(tmp_path_factory: Any, units: list[Unit]) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    done = run(folder / "a.jsonl", units, keep_going=True)
    bad = {int(where.rpartition(" ")[2]) for where, _ in done.refused}
    clean = run(folder / "b.jsonl", [unit for number, unit in enumerate(units) if number not in bad])
    assert not clean.refused
    assert clean.added == done.added
    assert held(folder / "a.jsonl") == held(folder / "b.jsonl")


def test_a_bundle_of_which_one_entry_is_refused_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    units: list[Unit] = [("bad bundle", "N-1", 3), ("bundle", "N-1", 2), ("order", "N-1", 1)]
    done = run(path, units, keep_going=True)
    assert held(path) == ["N-1-b", "N-1-b", "N-1-b", "N-1"]
    assert (done.added, len(done.refused), tuple(done.rows)) == (4, 1, (6, 3, 0, 3, 0))


class Listed:
    """Takes what is refused, as a file would."""

    def __init__(self) -> None:
        self.begun = 0
        self.found: list[tuple[str, str]] = []

    def restart(self) -> None:
        self.begun += 1
        self.found.clear()

    def put(self, item: Incoming, reason: str) -> None:
        self.found.append((item.where, reason))


def test_an_order_that_comes_twice_is_refused_whether_or_not_the_ledger_holds_it(tmp_path: Path) -> None:
    units: list[Unit] = [("bundle", "N-1", 1), ("bundle", "N-1", 1)]
    for found in (0, 1):
        done = run(tmp_path / "ledger.jsonl", units, keep_going=True)
        assert ([where for where, _ in done.refused], done.rows.found) == (["in, line 1"], found)
    assert held(tmp_path / "ledger.jsonl") == ["N-1-b"] * 3


def test_all_that_is_refused_is_handed_on_though_few_are_kept(tmp_path: Path) -> None:
    units: list[Unit] = [("bad bundle", "N-1", 1), *[("unreadable", "N-1", 1)] * (KEPT + 5), ("bundle", "N-1", 1)]
    rejects = Listed()
    done = run(tmp_path / "ledger.jsonl", units, keep_going=True, rejects=rejects)
    assert (len(done.refused), done.more, done.rows.refused) == (KEPT, 6, KEPT + 6)
    assert len(rejects.found) == len({where for where, _ in rejects.found}) == KEPT + 6
    assert done.added == 3


def test_an_import_that_begins_anew_without_its_index_forgets_what_it_refused(tmp_path: Path) -> None:
    """The index is a cache: when it fails under way, all is decided again, and each refusal is told once."""
    import sqlite3

    path = tmp_path / "ledger.jsonl"
    run(path, [("order", "N-0", 1)])
    units: list[Unit] = [("unreadable", "N-1", 1), ("order", "N-2", 1)]
    failed: list[bool] = []

    def once() -> Iterator[Incoming]:
        for item in items(units):
            yield item
            if not failed:
                failed.append(True)
                raise sqlite3.DatabaseError("database disk image is malformed")

    rejects = Listed()
    with ledger.open(path) as book:
        done = book.import_all(once, keep_going=True, rejects=rejects)
    assert (done.added, [where for where, _ in done.refused]) == (1, ["in, line 0"])
    assert rejects.found == [("in, line 0", "cannot be read")]
    assert held(path) == ["N-0", "N-2"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("count", [1, 3, 300])
def test_without_room_for_what_an_import_holds_nothing_is_added_and_nothing_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr("ledger.batch.IN_MEMORY", 1)
    monkeypatch.setattr("tempfile.TemporaryFile", lambda: Path("/dev/full").open("w+b"))  # noqa: SIM115 - as the other one
    path = tmp_path / "ledger.jsonl"

    def source() -> Iterator[Incoming]:
        for number in range(count):
            yield Incoming(f"{number}", order(f"N-{number}"))
            yield Incoming(f"{number}", response(f"N-{number}"))

    with ledger.open(path) as book, pytest.raises(WriteFailed, match=r"nothing was added$"):
        book.import_all(source)
    assert {item.name for item in tmp_path.iterdir()} <= {"ledger.jsonl.lock"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_standard_input_that_cannot_be_kept_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.TemporaryFile", lambda: Path("/dev/full").open("w+b"))  # noqa: SIM115 - as the other one
    with pytest.raises(WriteFailed, match=r"No space left on device\); nothing was added"):
        sources(["-"], io.BytesIO(b"{}\n"), "UTC", form="jsonl")
