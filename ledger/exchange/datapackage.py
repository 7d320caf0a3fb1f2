"""What exported tables are, beside them: a Frictionless Data Package, with the types and meaning of every column.

`datapackage.json` describes all exports of its folder, each as one resource
(https://specs.frictionlessdata.io/tabular-data-package/). Beside what is specified there it has `schema`, by which it is
known as one of ours, and each resource `ledger`: whose figures they are.

    {"schema": "ledger-datapackage/1", "profile": "tabular-data-package", "name": "ledger-export",
     "resources": [{"name": "postings", "path": "postings.csv", "bytes": 120, "hash": "sha256:…", "schema": {…},
                    "sources": [{"title": …}], "ledger": {"origin": …, "entries": 12, "head": …, …}}]}
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from ledger.errors import Refused
from ledger.reports.exporting.exported_columns import Table

NAME: Final = "datapackage.json"
SCHEMA: Final = "ledger-datapackage/1"


def parse_package(raw: bytes, where: str) -> dict[str, Any]:
    """Read a data package that an export wrote; raises `Refused` for any other, which is not to be replaced."""
    refused = Refused(
        f"output: {where}: is there already and was not written by an export, so it is not replaced: choose another folder"
    )
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise refused from error
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise refused
    resources = found.get("resources")
    if not isinstance(resources, list) or not all(
        isinstance(item, dict) and isinstance(item.get("path"), str) and isinstance(item.get("name"), str)
        for item in resources
    ):
        raise refused
    return found


def format_package(package: Mapping[str, Any]) -> bytes:
    """Return a data package as it is written."""
    return (json.dumps(package, ensure_ascii=False, indent=2) + "\n").encode()


def with_resource(package: Mapping[str, Any] | None, resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return a package with a resource in the place of the one of the same path, and all others as they were."""
    others = [item for item in (package or {}).get("resources", ()) if item["path"] != resource["path"]]
    taken = {item["name"] for item in others}
    name, count = resource["name"], 1
    while name in taken:
        count += 1
        name = f"{resource['name']}-{count}"
    resources = [*others, {**resource, "name": name}]
    return {
        "schema": SCHEMA,
        "profile": "tabular-data-package",
        "name": "ledger-export",
        "title": "Orders to block, and what was done about them",
        "resources": sorted(resources, key=lambda item: str(item["path"])),
    }


def resource_of(
    table: Table, path: str, *, size: int, sha256: str, source: str, ledger: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the description of one exported table.

    `path` is its file in the package's folder, `size` in bytes, `sha256` in hex; `source` says in words where the figures
    are from, `ledger` the same for programs.
    """
    stem = re.sub(r"[^a-z0-9._-]+", "-", path.removesuffix(".csv").lower()).strip("-") or table.name
    return {
        "name": stem,
        "path": path,
        "profile": "tabular-data-resource",
        "title": table.title,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": size,
        "hash": f"sha256:{sha256}",
        "dialect": {
            "delimiter": ",",
            "lineTerminator": "\r\n",
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
            "skipInitialSpace": False,
        },
        "schema": {
            "fields": [
                {"name": column.name, "type": column.type, "description": column.description}
                | ({"constraints": dict(column.constraints)} if column.constraints else {})
                for column in table.columns
            ],
            "missingValues": [""],
            "primaryKey": list(table.key),
        },
        "sources": [{"title": source}],
        "ledger": dict(ledger),
    }
