"""The ledger as TinyDB documents: the same answers as stock TinyDB, and nothing that changes what is written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tinydb import Query, TinyDB, where
from tinydb.storages import MemoryStorage
from tinydb.table import Document, Table

import ledger
from ledger.errors import Damaged, Refused
from ledger.journal.file import EMPTY, JournalFile
from ledger.journal.line import encode_line, leaf_hash
from ledger.journal.tables import ALL, TABLES, LedgerDB, LedgerStorage, LedgerTable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KINDS = {ALL: None} | TABLES
RECORDS: list[dict[str, Any]] = [
    {"kind": "genesis", "created": "2021-01-31T00:00:00Z", "version": 1},
    {
        "kind": "order",
        "id": "IN-1",
        "authority": "MeitY",
        "specified": {"n": 257, "qualifier": "exact"},
        "targets": ["@a", "@b"],
        "sources": [{"name": "order", "page": 1}, {"name": "press", "page": 2}],
    },
    {"kind": "response", "order": "IN-1", "action": "withheld", "targets": ["@a"], "all": False},
    {
        "kind": "order",
        "id": "EU-1",
        "authority": "Behörde",
        "specified": {"n": 1},
        "targets": [],
        "sources": [],
    },
    {"kind": "response", "order": "EU-1", "action": "removed", "note": '"kind":"order"', "all": True},
    {"kind": "follow-up", "order": "IN-1", "event": "non-compliance-notice"},
    {"kind": "order", "id": "IN-2", "authority": "MeitY", "specified": {"n": 1178}, "specified_of": None},
    {"kind": "correction", "of": 2, "set": {"kind": "order", "at": "2021-02-02"}},
    {"kind": "response", "order": "IN-2", "action": "noted", "nested": {"kind": "order"}},
]


def chained(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    documents, prev = [], ""
    for seq, record in enumerate(records):
        documents.append(record | {"seq": seq, "prev": prev, "recorded_at": "2021-02-01T00:00:00Z"})
        prev = leaf_hash(encode_line(documents[-1]))
    return documents


def fill(path: Path, records: list[dict[str, Any]]) -> tuple[LedgerDB, TinyDB]:
    """Keep the same documents in a ledger and in stock TinyDB."""
    documents = chained(records)
    JournalFile(path).append([encode_line(document) for document in documents], EMPTY)
    stock = TinyDB(storage=MemoryStorage)
    for name, kind in KINDS.items():
        for document in documents:
            if kind is None or document["kind"] == kind:
                stock.table(name).insert(Document(document, document["seq"]))
    return LedgerDB(JournalFile(path)), stock


def place_all(db: LedgerDB) -> None:
    """Tell the storage where the entries stand, as the index does."""
    storage = db.storage
    assert isinstance(storage, LedgerStorage)
    places = [(start, len(raw)) for start, raw in storage.file.scan()]
    storage.locate = lambda seq: places[seq] if seq < len(places) else None


@pytest.fixture(params=["scanned", "located"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[LedgerDB, TinyDB]:
    ours, stock = fill(tmp_path / "ledger.jsonl", RECORDS)
    if request.param == "located":
        place_all(ours)
    return ours, stock


def listed(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


Q = Query()


def is_long(value: str, least: int) -> bool:
    return len(value) >= least


QUERIES: dict[str, Any] = {
    "==": Q.authority == "MeitY",
    "== none": Q.specified_of == None,  # noqa: E711
    "== nested": Q.specified.n == 257,
    "== list": Q.targets == ["@a", "@b"],
    "== object": Q.specified == {"n": 1},
    "== seq": Q.seq == 3,
    "!=": Q.authority != "MeitY",
    "<": Q.specified.n < 257,
    "<=": Q.specified.n <= 257,
    ">": Q.specified.n > 1,
    ">=": Q.specified.n >= 257,
    "exists": Q.note.exists(),
    "exists nested": Q.specified.qualifier.exists(),
    "exists with a dash": where("x-unknown").exists(),
    "matches": Q.id.matches(r"IN-\d$"),
    "matches flags": Q.id.matches(r"in-", re.IGNORECASE),
    "search": Q.event.search("notice"),
    "search in no text": Q.specified.search("n"),
    "test": Q.id.test(is_long, 4),
    "test function": Q.targets.test(lambda value: len(value) == 0),
    "any list": Q.targets.any(["@b", "@z"]),
    "any query": Q.sources.any(Q.page == 2),
    "any query of texts": Q.targets.any(Q.page == 2),
    "all list": Q.targets.all(["@a"]),
    "all query": Q.sources.all(Q.name.exists()),
    "one_of": Q.kind.one_of(["genesis", "correction"]),
    "fragment": Q.fragment({"order": "IN-1", "action": "withheld"}),
    "fragment nested": Q.specified.fragment({"qualifier": "exact"}),
    "map": Q.id.map(str.lower) == "in-1",
    "map and path": Q.sources.map(lambda sources: sources[0] if sources else {}).name == "order",
    "noop": Q.noop(),
    "&": (Q.kind == "order") & (Q.authority == "MeitY"),
    "|": (Q.kind == "genesis") | (Q.order == "EU-1"),
    "~": ~(Q.kind == "order"),
    "all of them": ~((Q.kind == "order") & Q.note.exists()) | Q.of.exists(),
    "a plain function": lambda document: document["seq"] % 2 == 1,
    "nothing": Q.kind == "none such",
}


def dump(found: Any) -> Any:
    """Show documents with all that can be seen of them."""
    if found is None:
        return None
    if isinstance(found, list):
        return [dump(one) for one in found]
    assert type(found) is Document
    assert type(found.doc_id) is int
    return found.doc_id, dict(found)


@pytest.mark.parametrize("table", KINDS)
@pytest.mark.parametrize("query", QUERIES)
def test_each_query_gives_what_stock_tinydb_gives(pair: tuple[LedgerDB, TinyDB], table: str, query: str) -> None:
    ours, stock = pair[0].table(table), pair[1].table(table)
    cond = QUERIES[query]
    for _ in range(2):
        assert dump(ours.search(cond)) == dump(stock.search(cond))
        assert dump(ours.get(cond)) == dump(stock.get(cond))
        assert ours.count(cond) == stock.count(cond)
        assert ours.contains(cond) == stock.contains(cond)


ASKED: list[Any] = [-1, 0, 1, 2, 8, 9, 10**6, 10**18, 10**30, "1", "01", "x", "", True, 1.0, "²"]


@pytest.mark.parametrize("table", KINDS)
def test_documents_by_number_are_what_stock_tinydb_gives(pair: tuple[LedgerDB, TinyDB], table: str) -> None:
    ours, stock = pair[0].table(table), pair[1].table(table)
    for number in ASKED:
        one, other = ours.get(doc_id=number), stock.get(doc_id=number)
        assert (one is None) == (other is None), number
        if isinstance(one, Document) and isinstance(other, Document):
            assert (one.doc_id, dict(one)) == (other.doc_id, dict(other))
        assert ours.contains(doc_id=number) == stock.contains(doc_id=number)
        assert dump(ours.get(doc_ids=[number])) == dump(stock.get(doc_ids=[number]))
    for numbers in ([], ASKED, [8, 1, 1, 0], list(range(20))):
        assert dump(ours.get(doc_ids=numbers)) == dump(stock.get(doc_ids=numbers))
    assert dump(ours.get(Q.seq == 1, doc_id=3)) == dump(stock.get(Q.seq == 1, doc_id=3))


@pytest.mark.parametrize("table", KINDS)
def test_whole_tables_are_what_stock_tinydb_gives(pair: tuple[LedgerDB, TinyDB], table: str) -> None:
    ours, stock = pair[0].table(table), pair[1].table(table)
    assert dump(ours.all()) == dump(stock.all())
    assert dump(list(ours)) == dump(list(stock))
    assert len(ours) == len(stock)
    assert bool(len(ours)) == bool(len(stock))
    assert ours.name == stock.name


def test_the_default_table_holds_every_entry(pair: tuple[LedgerDB, TinyDB]) -> None:
    ours, stock = pair
    assert len(ours) == len(RECORDS)
    assert dump(list(ours)) == dump(stock.table(ALL).all())
    assert dump(ours.search(Q.kind == "order")) == dump(stock.table(ALL).search(Q.kind == "order"))
    assert ours.tables() == stock.tables()
    assert "LedgerDB" in repr(ours)
    assert "orders" in repr(ours.table("orders"))


@pytest.mark.parametrize("arguments", [{}, {"cond": None}, {"cond": None, "doc_id": None}])
def test_asking_for_nothing_is_the_same_error(pair: tuple[LedgerDB, TinyDB], arguments: dict[str, Any]) -> None:
    tables: tuple[Table, Table] = (pair[0].table("orders"), pair[1].table("orders"))
    for table in tables:
        with pytest.raises(RuntimeError):
            table.get(**arguments)
        with pytest.raises(RuntimeError):
            table.contains(**arguments)


VALUES = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2) | st.lists(st.integers(0, 2), max_size=2)
)
NAMES = st.sampled_from(["a", "b", "c"])
DOCUMENTS = st.lists(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["order", "response", "follow-up", "correction"])},
        optional={"a": VALUES, "b": VALUES, "c": st.dictionaries(NAMES, VALUES, max_size=2)},
    ),
    max_size=8,
)
# Names, since hypothesis cannot print a Query: it answers to every attribute.
PATHS = st.sampled_from(["a", "b", "c", "c.a", "kind", "none_such"])
LISTS = st.lists(st.integers(0, 2), max_size=2)


def at(path: str) -> Query:
    query = Query()
    for name in path.split("."):
        query = query[name]
    return query


LEAVES = st.one_of(
    st.builds(lambda path, value: at(path) == value, PATHS, VALUES),
    st.builds(lambda path, value: at(path) != value, PATHS, VALUES),
    st.builds(lambda path: at(path).exists(), PATHS),
    st.builds(lambda path, values: at(path).any(values), PATHS, LISTS),
    st.builds(lambda path, values: at(path).all(values), PATHS, LISTS),
    st.builds(lambda path, values: at(path).one_of(values), PATHS, st.lists(VALUES, max_size=3)),
    st.builds(lambda path: at(path).matches("a"), PATHS),
    st.builds(lambda path: at(path).map(repr).search("1"), PATHS),
    st.builds(lambda members: Query().fragment(members), st.dictionaries(NAMES, VALUES, max_size=1)),
)
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(lambda one, other: one & other, inner, inner)
        | st.builds(lambda one, other: one | other, inner, inner)
        | st.builds(lambda one: ~one, inner)
    ),
    max_leaves=5,
)


def outcome(ask: Callable[[Any], Any], cond: Any) -> Any:
    """Return what an answer shows; TinyDB itself raises TypeError where a number is looked for in a text."""
    try:
        found = ask(cond)
    except TypeError as error:
        return str(error)
    return found if isinstance(found, int) else dump(found)


# However slow the machine, the verdict is the same.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENTS, st.lists(CONDITIONS, min_size=1, max_size=4), st.booleans())
def test_any_query_over_any_documents_gives_what_stock_tinydb_gives(
    tmp_path_factory: pytest.TempPathFactory,
    documents: list[dict[str, Any]],
    conditions: list[Any],
    located: bool,
) -> None:
    ours, stock = fill(tmp_path_factory.mktemp("differential") / "ledger.jsonl", documents)
    with ours:
        if located:
            place_all(ours)
        assert ours.tables() == stock.tables()
        for name in KINDS:
            for cond in conditions:
                one, other = ours.table(name), stock.table(name)
                assert outcome(one.search, cond) == outcome(other.search, cond)
                assert outcome(one.get, cond) == outcome(other.get, cond)
                assert outcome(one.count, cond) == outcome(other.count, cond)


CHANGES: dict[str, Callable[[Any], Any]] = {
    "update": lambda table: table.update({"note": "x"}),
    "update where": lambda table: table.update({"note": "x"}, Q.seq == 1),
    "update nothing": lambda table: table.update({"note": "x"}, Q.seq == 99),
    "update by function": lambda table: table.update(dict.clear),
    "update by number": lambda table: table.update({"note": "x"}, doc_ids=[1]),
    "update_multiple": lambda table: table.update_multiple([({"note": "x"}, Q.seq == 1)]),
    "upsert": lambda table: table.upsert({"note": "x"}, Q.seq == 1),
    "upsert new": lambda table: table.upsert({"note": "x"}, Q.seq == 99),
    "upsert document": lambda table: table.upsert(Document({"note": "x"}, 1)),
    "remove where": lambda table: table.remove(Q.seq == 1),
    "remove by number": lambda table: table.remove(doc_ids=[1]),
    "remove all": lambda table: table.remove(),
    "truncate": lambda table: table.truncate(),
}
DROPS: dict[str, Callable[[LedgerDB], Any]] = {
    "drop_table": lambda db: db.drop_table("orders"),
    "drop_table unknown": lambda db: db.drop_table("none such"),
    "drop_tables": lambda db: db.drop_tables(),
    "write nothing": lambda db: db.storage.write({}),
    "write the same": lambda db: db.storage.write(db.storage.read() or {}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_would_change_an_entry_is_refused_and_changes_nothing(tmp_path: Path, change: str) -> None:
    path = tmp_path / "ledger.jsonl"
    db, _ = fill(path, RECORDS)
    before, names = path.read_bytes(), listed(tmp_path)
    for table in (db, *(db.table(name) for name in (*KINDS, "none such"))):
        with pytest.raises(Refused, match="append-only"):
            CHANGES[change](table)
    assert path.read_bytes() == before
    assert listed(tmp_path) == names
    assert len(db) == len(RECORDS)


@pytest.mark.parametrize("drop", DROPS)
def test_what_would_drop_a_table_is_refused_and_changes_nothing(tmp_path: Path, drop: str) -> None:
    path = tmp_path / "ledger.jsonl"
    db, _ = fill(path, RECORDS)
    before = path.read_bytes()
    with pytest.raises(Refused, match="append-only"):
        DROPS[drop](db)
    assert path.read_bytes() == before
    assert len(db.table("orders")) == 3


class Desk:
    """A writer that notes what it is given."""

    def __init__(self, db: LedgerDB) -> None:
        self.given: list[Mapping[str, Any]] = []
        storage = db.storage
        assert isinstance(storage, LedgerStorage)
        storage.writer = self.write

    def write(self, records: list[Mapping[str, Any]]) -> list[int]:
        first = len(self.given)
        self.given += records
        return list(range(first, len(self.given)))


def test_an_insert_goes_through_the_writer_with_its_tables_kind(tmp_path: Path) -> None:
    db, _ = fill(tmp_path / "ledger.jsonl", [])
    desk = Desk(db)
    assert db.table("orders").insert({"id": "a"}) == 0
    assert db.table("responses").insert_multiple([{"order": "a"}, {"kind": "response", "order": "b"}]) == [
        1,
        2,
    ]
    assert db.insert({"kind": "order", "id": "c"}) == 3
    assert desk.given == [
        {"kind": "order", "id": "a"},
        {"kind": "response", "order": "a"},
        {"kind": "response", "order": "b"},
        {"kind": "order", "id": "c"},
    ]


@pytest.mark.parametrize(
    ("table", "document", "error"),
    [
        ("orders", {"kind": "response"}, Refused),
        ("orders", Document({"id": "a"}, 5), Refused),
        ("none such", {"kind": "order"}, Refused),
        ("_default", {"kind": "order"}, Refused),
        ("orders", [1], ValueError),
        ("entries", "text", ValueError),
    ],
)
def test_a_wrong_insert_reaches_no_writer(tmp_path: Path, table: str, document: Any, error: type[Exception]) -> None:
    db, _ = fill(tmp_path / "ledger.jsonl", RECORDS)
    desk = Desk(db)
    with pytest.raises(error):
        db.table(table).insert(document)
    with pytest.raises(error):
        db.table(table).insert_multiple([{"kind": KINDS.get(table) or "order"}, document])
    assert desk.given == []


def test_without_the_rules_nothing_is_inserted(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    db, _ = fill(path, RECORDS)
    before = path.read_bytes()
    with pytest.raises(Refused, match=r"ledger\.open"):
        db.table("orders").insert({"id": "a"})
    assert path.read_bytes() == before


def test_an_unknown_table_is_empty_and_never_made(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    db, _ = fill(path, RECORDS)
    before = path.read_bytes()
    table = db.table("none such", persist_empty=True, cache_size=10)
    assert isinstance(table, LedgerTable)
    assert table.all() == []
    assert len(table) == 0
    assert table.get(doc_id=1) is None
    assert "none such" not in db.tables()
    assert path.read_bytes() == before


def test_a_ledger_that_is_not_there_is_empty_and_stays_absent(tmp_path: Path) -> None:
    db = LedgerDB(JournalFile(tmp_path / "ledger.jsonl"))
    assert db.tables() == set()
    assert db.all() == []
    assert db.get(doc_id=0) is None
    assert not db.contains(Q.noop())
    assert listed(tmp_path) == []


APPEND = """
import sys
from pathlib import Path
from ledger.journal.file import JournalFile
from ledger.journal.line import encode_line
file = JournalFile(Path(sys.argv[1]))
with file.lock(60):
    tail = file.state()
    entry = {"kind": "order", "id": "late", "seq": tail.seq + 1, "prev": tail.head, "recorded_at": "2021-02-02T00:00:00Z"}
    file.append([encode_line(entry)], tail)
"""


def test_what_another_process_adds_is_seen_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    db, _ = fill(path, RECORDS)
    orders = db.table("orders", cache_size=100)
    cond = Q.kind == "order"
    assert (len(orders.search(cond)), orders.count(cond), len(orders)) == (3, 3, 3)
    # The index of this process does not know of the new entry either.
    place_all(db)
    root = str(Path(ledger.__file__).parents[1])
    subprocess.run([sys.executable, "-c", APPEND, str(path)], check=True, env=os.environ | {"PYTHONPATH": root})
    assert (len(orders.search(cond)), orders.count(cond), len(orders)) == (4, 4, 4)
    found = orders.get(doc_id=len(RECORDS))
    assert isinstance(found, Document)
    assert found["id"] == "late"
    assert orders.contains(Q.id == "late")


def test_a_wrong_index_changes_no_answer(tmp_path: Path) -> None:
    db, stock = fill(tmp_path / "ledger.jsonl", RECORDS)
    places = [(start, len(raw)) for start, raw in JournalFile(tmp_path / "ledger.jsonl").scan()]
    storage = db.storage
    assert isinstance(storage, LedgerStorage)
    for wrong in ((0, 1), (3, 40), (10**9, 10), places[2], (places[1][0], 10**9)):
        storage.locate = lambda _, wrong=wrong: wrong
        for name in KINDS:
            assert dump(db.table(name).get(doc_id=1)) == dump(stock.table(name).get(doc_id=1))


@pytest.mark.parametrize("table", KINDS)
def test_a_damaged_line_is_named_in_every_table_whatever_its_kind(tmp_path: Path, table: str) -> None:
    path = tmp_path / "ledger.jsonl"
    fill(path, RECORDS)
    lines = path.read_bytes().split(b"\n")
    lines[3] = lines[3].replace(b'"order"', b'"ordex"')
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(Damaged, match="line 4"):
        LedgerDB(JournalFile(path)).table(table).all()


def test_an_unfinished_last_line_is_no_document(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    db, _ = fill(path, RECORDS)
    with path.open("ab") as file:
        file.write(b'{"kind":"order"')
    assert len(db) == len(RECORDS)
    assert len(db.table("orders")) == 3


def test_a_scan_stops_where_it_has_what_it_wants(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    fill(path, RECORDS)
    raw = path.read_bytes()
    # The last line is damaged, and nobody asked for it.
    path.write_bytes(raw[:-5] + b"x" + raw[-4:])
    db = LedgerDB(JournalFile(path))
    assert db.contains(Q.kind == "genesis")
    assert db.get(doc_id=1) is not None
    with pytest.raises(Damaged):
        db.all()
