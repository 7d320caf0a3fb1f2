"""The description of exported tables: one for a folder, nobody else's replaced."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.errors import Refused
from ledger.exchange.datapackage import SCHEMA, format_package, parse_package, resource_of, with_resource
from ledger.model.statuses import STATUSES
from ledger.reports.exporting.exported_columns import ORDERS, TABLES
from tests.examples import code, table_after, text_of


def resource(path: str, sha256: str = "0" * 64) -> dict[str, Any]:
    return resource_of(ORDERS, path, size=1, sha256=sha256, source="Ledger example", ledger={"origin": "example"})


def test_a_package_reads_back_as_what_was_written() -> None:
    package = with_resource(None, resource("orders.csv"))
    assert parse_package(format_package(package), "here") == package


def test_a_second_export_stands_beside_the_first_and_replaces_its_own() -> None:
    package = with_resource(with_resource(None, resource("b.csv")), resource("a.csv"))
    assert [item["path"] for item in package["resources"]] == ["a.csv", "b.csv"]
    again = with_resource(package, resource("b.csv", "1" * 64))
    assert [item["hash"][-1] for item in again["resources"]] == ["0", "1"]


def test_resources_have_names_of_their_own_that_the_specification_admits() -> None:
    package: dict[str, Any] | None = None
    for path in ("Q1 2021.csv", "q1-2021.csv", "वित्त.csv"):
        package = with_resource(package, resource(path))
    assert package is not None
    assert {item["path"]: item["name"] for item in package["resources"]} == {
        "Q1 2021.csv": "q1-2021",
        "q1-2021.csv": "q1-2021-2",
        "वित्त.csv": "orders",
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"not json",
        b"[]",
        b'{"name": "mine", "resources": []}',
        b'{"schema": "ledger-datapackage/2", "resources": []}',
        json.dumps({"schema": SCHEMA, "resources": [{"name": "a"}]}).encode(),
        json.dumps({"schema": SCHEMA, "resources": "all"}).encode(),
        b"\xff",
        b"[" * 100_000,
    ],
    ids=["no json", "list", "foreign", "later version", "no path", "no list", "no text", "deep"],
)
def test_what_no_export_wrote_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused, match="not replaced"):
        parse_package(raw, "datapackage.json")


def test_every_column_says_what_it_holds_and_keys_are_columns() -> None:
    for table in TABLES.values():
        names = [column.name for column in table.columns]
        assert set(table.key) <= set(names)
        assert all(column.description.endswith(".") for column in table.columns)
        assert {column.type for column in table.columns} <= {"string", "integer", "boolean", "date"}


@pytest.mark.parametrize("name", TABLES)
def test_the_page_names_every_column_and_no_other(name: str) -> None:
    said = [column for row in table_after(text_of("export.md"), f"<!-- columns: {name} -->") for column in code(row[0])]
    expected = [column.name for column in TABLES[name].columns]
    if "…_qualifier" in said:
        said.remove("…_qualifier")
        said += [f"{status}_qualifier" for status in STATUSES]
    assert sorted(said) == sorted(expected)
