"""The table of what was refused: one row each, read back by any reader, and nothing in it acts."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import WriteFailed
from ledger.exchange.rejects import COLUMNS, RejectTable, at_fault
from ledger.model.incoming import Incoming
from ledger.render.safe import cell, plain

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


def table(*rows: tuple[Incoming, str]) -> list[list[str]]:
    out = io.StringIO(newline="")
    rejects = RejectTable(out, "out.csv", cell)
    for item, reason in rows:
        rejects.put(item, reason)
    text = out.getvalue()
    assert text.endswith("\r\n")
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_row_says_file_line_column_value_and_reason() -> None:
    item = Incoming("in.csv, line 7", None, problem="x", file="in.csv", line=7, column="Date", value="32.1.2021")
    assert table((item, "Date: no date")) == [list(COLUMNS), ["in.csv", "7", "Date", "32.1.2021", "Date: no date"]]


@pytest.mark.parametrize(
    ("reason", "fault"),
    [
        ("received: '7' is no date", ("received", "7")),
        ("targets: '@' names no account", ("targets", "@")),
        ("issued: an order needs one", ("", "")),
        ("something else", ("", "")),
        ("note: x", ("note", "")),
    ],
)
def test_where_the_rules_refuse_an_entry_the_member_is_named(reason: str, fault: tuple[str, str]) -> None:
    item = Incoming(
        "in.jsonl, line 1", {"kind": "order", "received": "7", "targets": ["@"], "note": None}, file="in.jsonl", line=1
    )
    assert at_fault(item, reason) == fault


def test_a_field_of_a_table_is_named_by_the_column_that_made_it() -> None:
    out = io.StringIO(newline="")
    rejects = RejectTable(out, "out.csv", cell, lambda item: {"received": "Date"} if item.file == "in.csv" else {})
    for file in ("in.csv", "in.jsonl"):
        record = {"kind": "order", "received": "2999-01-01", "note": "x"}
        rejects.put(Incoming(f"{file}, line 2", record, file=file, line=2), "received: is to come")
    rejects.put(Incoming("in.csv, line 3", {"note": "x"}, file="in.csv", line=3), "note: is long")
    found = [row[2:4] for row in csv.reader(io.StringIO(out.getvalue(), newline=""))]
    assert found[1:] == [["Date", "2999-01-01"], ["received", "2999-01-01"], ["note", "x"]]


def test_the_reason_names_the_notice_or_document_where_a_line_holds_several() -> None:
    record = {"received": "2999-01-01"}
    item = Incoming("in.json, line 1, column 9, notice 3", record, file="in.json", line=1, part="notice 3")
    said = table((item, "received: is to come"))[1]
    assert said == ["in.json", "1", "received", "2999-01-01", "notice 3: received: is to come"]


def test_a_file_that_is_at_fault_as_a_whole_has_no_line() -> None:
    assert table((Incoming("in.toml", None, problem="x"), "not TOML"))[1] == ["in.toml", "", "", "", "not TOML"]


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS, TEXTS), max_size=4))
def test_any_text_is_read_back_as_it_is_shown(rows: list[tuple[str, str, str, str]]) -> None:
    found = table(
        *((Incoming("w", None, file=file or "f", column=column, value=value), why) for file, column, value, why in rows)
    )
    assert found[1:] == [
        [str(cell(file or "f")), "", str(cell(column)), str(cell(value)), str(cell(why))]
        for file, column, value, why in rows
    ]
    for row in found[1:]:
        for text in row:
            assert plain(text) == text
            assert not text.startswith(("=", "+", "-", "@"))


def test_a_value_of_any_length_is_cut() -> None:
    assert len(table((Incoming("w", None, value="x" * 100_000), "long"))[1][3]) == 1_000


def test_what_begins_anew_forgets_what_was_written() -> None:
    out = io.StringIO(newline="")
    rejects = RejectTable(out, "out.csv", cell)
    rejects.put(Incoming("w", None), "first")
    rejects.restart()
    rejects.put(Incoming("w", None), "second")
    assert [row[4] for row in csv.reader(io.StringIO(out.getvalue(), newline=""))] == ["reason", "second"]


def test_a_disk_that_is_full_is_said() -> None:
    class Full(io.StringIO):
        def write(self, _: str, /) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(WriteFailed, match=r"out\.csv: cannot be written \(No space left on device\)"):
        RejectTable(Full(), "out.csv", cell)


def test_a_list_is_shown_as_its_items() -> None:
    record = {"kind": "order", "requires": ["blok", "remove"]}
    assert at_fault(Incoming("t.csv, line 2", record), "requires: 'blok' is none of block") == (
        "requires",
        "blok; remove",
    )
