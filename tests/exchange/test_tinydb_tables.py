"""A stock TinyDB file: documents that are entries are taken, others need a mapping, and none is dropped."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import tinydb

from ledger.exchange.tinydb_tables import as_table, tinydb_entries
from ledger.model.incoming import Incoming

ORDER = {"id": "O-1", "authority": "A", "jurisdiction": "IN", "platform": "twitter", "received": "2021-02-01"}


def read(value: Any) -> list[Incoming]:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return list(tinydb_entries("in.json", lambda: io.BytesIO(raw), None, "UTC", lambda _: None))


def kinds(found: list[Incoming]) -> list[str]:
    return [item.record["kind"] if item.record else item.problem.split()[0] for item in found]


def test_what_a_stock_tinydb_wrote_is_read(tmp_path: Path) -> None:
    with tinydb.TinyDB(tmp_path / "db.json") as db:
        db.table("responses").insert({"order": "O-1", "action": "blocked", "all": True, "at": "2021-02-02"})
        db.table("orders").insert(ORDER)
        db.insert(ORDER | {"kind": "order", "id": "O-2", "note": "भारत"})
    found = read((tmp_path / "db.json").read_bytes())
    assert [(item.record or {}).get("id") for item in found] == ["O-1", "O-2", None]
    assert kinds(found) == ["order", "order", "response"]
    assert [item.where for item in found] == [
        "in.json, table 'orders', document 1",
        "in.json, table '_default', document 1",
        "in.json, table 'responses', document 1",
    ]
    assert [(item.file, item.rows) for item in found] == [("in.json", 1)] * 3


def test_orders_come_first_and_corrections_last_over_all_tables() -> None:
    found = read(
        {
            "corrections": {"1": {"of": 1, "reason": "x"}},
            "follow_ups": {"1": {"event": "revoked"}},
            "aliases": {"1": {"targets": []}},
            "responses": {"1": {"action": "blocked"}},
            "orders": {"1": ORDER},
            "mixed": {"1": ORDER | {"kind": "order"}, "2": {"kind": "genesis"}},
        }
    )
    assert kinds(found) == ["order", "order", "follow-up", "alias", "response", "correction"]


def test_one_table_keeps_the_order_of_its_documents() -> None:
    documents = [{"kind": "response"}, {"kind": "order"}, {"kind": "correction", "of": 7}, {"kind": "order", "seq": 9}]
    found = read({"_default": {str(number): document for number, document in enumerate(documents, 1)}})
    assert kinds(found) == ["response", "order", "correction", "order"]
    assert [(item.label, item.of) for item in found] == [(1, None), (2, None), (3, 7), (9, None)]


def test_a_document_that_is_no_entry_is_refused_with_what_to_do() -> None:
    (first, second) = read({"_default": {"1": {"who": "A"}, "2": {"kind": "order"}}})
    assert "--map FILE.toml" in first.problem
    assert (first.line, first.part, second.record) == (1, "table '_default', document 1", {"kind": "order"})


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b'{"kind": "order", "kind": "order"}', "'kind': stands twice"),
        (b'{"kind": "order", "n": 1.5}', "1.5 is not a whole number"),
        (b'{"kind": "order", "n": NaN}', "NaN is not a whole number"),
        (b'{"n": ' + b"9" * 5_000 + b"}", "too many digits"),
        (b"[1]", "is no document"),
        (b"null", "is no document"),
    ],
)
def test_a_document_that_cannot_be_read_spoils_itself_alone(document: bytes, says: str) -> None:
    found = read(b'{"orders": {"1": {"id": "a"},\n "2": ' + document + b', "3": {"id": "b"}}}')
    assert [item.record is None for item in found] == [False, True, False]
    assert says in found[1].problem
    assert (found[1].line, found[1].where) == (2, "in.json, table 'orders', document 2, line 2, column 2")


def test_a_document_that_is_to_be_mapped_holds_valid_text() -> None:
    (item,) = read(b'{"_default": {"1": {"who": "\\ud800"}}}')
    assert "not valid Unicode" in item.problem


@pytest.mark.parametrize("kind", ["erasure", "withheld", "nonsense", 7, None])
def test_a_kind_that_is_none_is_left_to_the_rules(kind: Any) -> None:
    (item,) = read({"_default": {"1": {"kind": kind}}})
    assert (item.record or {}).get("kind") == kind


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "line 1, column 1"),
        (b"[]", "is no TinyDB file"),
        (b'{"a": 1}', "the table 'a' is no object"),
        (b'{"a": []}', "the table 'a' is no object"),
        (b'{"a": {"1": {}}', "the file ends"),
        (b'{"a": {"1": {"kind": "order"}}} {}', "something follows"),
        (b'{"a": {"\xff": {}}}', "not UTF-8"),
        (b"{}", "holds no documents"),
        (b'{"_default": {}}', "holds no documents"),
        (b'{"_default": {"1": ' + b"[" * 99_999, "nested too deep"),
    ],
)
def test_what_is_no_tinydb_is_one_problem(raw: bytes, says: str) -> None:
    (item,) = read(raw)
    assert (item.record, item.rows) == (None, 0)
    assert says in item.problem


def test_documents_become_a_table_whose_lines_lead_back_to_them() -> None:
    value = {
        "a": {"1": {"x": "two\nlines", "n": 1}, "2": {"kind": "order"}, "4": {"x": "a,b", "l": ["p", 2, None]}},
        "b": {"7": {"f": True, "x": None, "o": {"k": [1]}}},
    }
    raw = json.dumps(value, indent=1).encode().replace(b'"n": 1', b'"n": 1.50')
    with as_table(lambda: io.BytesIO(raw)) as table:
        assert table is not None
        path, places = table
        assert path.read_text(encoding="utf-8") == (
            'x,n,l,f,o\n"two\nlines",1.50,,,\n"a,b",,p; 2; ,,\n,,,true,"{""k"": [1]}"\n'
        )
        assert [places.of(line)[1] for line in (2, 3, 4, 5)] == [
            "table 'a', document 1", "table 'a', document 1", "table 'a', document 4", "table 'b', document 7",
        ]  # fmt: skip
        lines = raw.decode().splitlines()
        assert '"4": {' in lines[places.of(4)[0] - 1]
        assert '"7": {' in lines[places.of(5)[0] - 1]
    assert not path.exists()


def test_a_correction_names_an_entry_by_its_seq_or_the_number_of_its_document() -> None:
    documents = {"4": {"kind": "order"}, "5": {"kind": "correction", "of": 4}}
    assert [(item.label, item.of) for item in read({"_default": documents})] == [(4, None), (5, 4)]


def test_a_document_that_cannot_be_a_row_of_a_table_is_refused() -> None:
    empty, divided = read({"_default": {"1": {}, "2": {"who": ["@a", "https://example.org/?p=1;q=2"]}}})
    assert empty.problem == "is empty: it has no members"
    assert divided.problem.startswith("who: a text of this list holds a semicolon")
    assert (empty.rows, divided.rows, divided.part) == (1, 1, "table '_default', document 2")
