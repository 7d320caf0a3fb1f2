"""Rows of one order may stand anywhere: orders are given as they come, and all anew where that turns out to be wrong."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import ledger
from ledger.exchange.sources import sources
from ledger.exchange.tables.csv_entries import csv_entries
from ledger.exchange.tables.mapping import read_mapping
from ledger.importing import Imported
from ledger.model.incoming import Anew, Incoming

CLOCK = datetime(2026, 1, 2, tzinfo=UTC)
FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
MAPPING = """
schema = "ledger-mapping/1"
[rows]
each = "target"
group_by = ["Order"]
[[order]]
id = { template = "order-{Order}" }
authority = "Example Office"
jurisdiction = "IN"
platform = "twitter"
received = { column = "Received", format = "ISO" }
targets = { column = "Account" }
[[order.response]]
action = { column = "Outcome", values = { "yes" = "withheld", "no" = "refused", "" = "none" } }
at = { column = "Received", format = "ISO" }
"""
HEADER = "Order,Received,Account,Outcome\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hold the mapping, and a ledger that holds nothing yet."""
    path = tmp_path_factory.mktemp("scattered")
    (path / "map.toml").write_text(MAPPING)
    with ledger.open(path / "begun.jsonl", clock=lambda: CLOCK) as book:
        book.create("here")
    return path


Row = tuple[str, str, str]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3", "TOTAL"]),
        st.sampled_from(["2021-02-01", "2021-02-01", "2021-02-01", "soon"]),
        st.sampled_from(["yes", "no", "", "maybe"]),
    ),
    max_size=8,
)


def table(rows: list[Row]) -> str:
    return HEADER + "".join(
        f"{order},{day},@user_{place},{outcome}\n" for place, (order, day, outcome) in enumerate(rows)
    )


def imported(folder: Path, source: Callable[[], Iterator[Incoming]]) -> tuple[Imported, bytes]:
    path = folder / "ledger.jsonl"
    for left in folder.glob("ledger.jsonl*"):
        left.unlink()
    path.write_bytes((folder / "begun.jsonl").read_bytes())
    with ledger.open(path, clock=lambda: CLOCK) as book:
        return book.import_all(source, keep_going=True), path.read_bytes()


def both(folder: Path, raw: bytes) -> Imported:
    """Import a table as its orders come, and read to its end first; return what was done, the same in both cases."""
    (folder / "table.csv").write_bytes(raw)
    name = str(folder / "table.csv")
    given_as_they_come = sources([name], None, "UTC", mapping=folder / "map.toml")
    mapping = read_mapping(folder / "map.toml")
    done, there = imported(folder, given_as_they_come)
    expected, here = imported(folder, lambda: csv_entries(name, lambda: io.BytesIO(raw), mapping, "UTC"))
    assert there == here
    assert done._replace(refused=sorted(done.refused)) == expected._replace(refused=sorted(expected.refused))
    return done


@given(ROWS)
@example([("1", "2021-02-01", "yes"), ("2", "2021-02-01", "yes"), ("1", "2021-02-01", "no")])
@example([("1", "2021-02-01", "yes"), ("2", "soon", "yes"), ("2", "2021-02-01", "no"), ("1", "2021-02-01", "no")])
@FEW
def test_orders_are_the_same_wherever_their_rows_stand(folder: Path, rows: list[Row]) -> None:
    done = both(folder, table(rows).encode())
    assert done.rows.read == len(rows)


def test_nothing_is_taken_of_a_table_that_breaks_off(folder: Path) -> None:
    rows = [(str(order), "2021-02-01", "yes") for order in (1, 1, 2, 3)]
    done = both(folder, table(rows).encode() + b'"4,2021-02-01,@user,yes\n')
    assert (done.added, done.rows.refused) == (0, 5)
    assert [reason.endswith("nothing of this table is taken") for _, reason in done.refused] == [True]


def test_a_table_is_asked_for_anew_once_where_an_order_comes_again(folder: Path) -> None:
    raw = table([(order, "2021-02-01", "yes") for order in "1213"]).encode()
    mapping, scattered = read_mapping(folder / "map.toml"), set[str]()

    def entries() -> Iterator[Incoming]:
        return csv_entries("t.csv", lambda: io.BytesIO(raw), mapping, "UTC", scattered=scattered)

    with pytest.raises(Anew):
        list(entries())
    assert scattered == {"t.csv"}
    orders = [item.record["id"] for item in entries() if item.record and item.record["kind"] == "order"]
    assert orders == ["order-1", "order-2", "order-3"]


def test_an_order_is_given_before_the_table_is_read_to_its_end(folder: Path) -> None:
    rows = [(str(number // 100), "2021-02-01", "yes") for number in range(200_000)]
    source = io.BytesIO(table(rows).encode())
    mapping = read_mapping(folder / "map.toml")
    given_as_they_come = csv_entries("t.csv", lambda: source, mapping, "UTC", scattered=set())
    assert next(given_as_they_come).rows == 100
    assert source.tell() < len(source.getbuffer()) // 4


def test_an_import_of_many_scattered_tables_begins_anew_once(folder: Path) -> None:
    names = []
    for number in range(4):
        path = folder / f"many-{number}.csv"
        path.write_text(table([(f"{number}{order}", "2021-02-01", "yes") for order in "121"]))
        names.append(str(path))
    source = sources(names, None, "UTC", mapping=folder / "map.toml")
    with pytest.raises(Anew):
        list(source())
    orders = [item.record["id"] for item in source() if item.record and item.record["kind"] == "order"]
    assert orders == [f"order-{number}{order}" for number in range(4) for order in "12"]
