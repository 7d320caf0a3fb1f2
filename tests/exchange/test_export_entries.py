"""Entries that are exported make the same ledger again; of a part of them stands what belongs to it."""

from __future__ import annotations

import io

from hypothesis import given, settings

import ledger
from ledger.exchange.jsonl_export import entry_line
from ledger.exchange.jsonlines import json_entries
from ledger.reports.exporting.exported_entries import recorded
from ledger.reports.exporting.selection import Selection
from tests.exchange.exported import START, holding, report, source, table
from tests.strategies import Record, day, order, response, stories

CALM = settings(max_examples=15, deadline=None)


@CALM
@given(stories())
def test_entries_that_are_exported_and_imported_again_give_the_same_report(story: list[Record]) -> None:
    with holding(story) as book, holding(()) as other:
        lines = "".join(entry_line(record) for record, _ in recorded(source(book), Selection(None, START + 400)))
        done = other.import_all(lambda: json_entries("exported", io.BytesIO(lines.encode())))
        assert done.refused == []
        for kind in ("all", "account"):
            assert ledger.report(other, by="order", kind=kind) == ledger.report(book, by="order", kind=kind)
        again = "".join(entry_line(record) for record, _ in recorded(source(other), Selection(None, START + 400)))
        assert again.splitlines()[:1] == lines.splitlines()[:1]


def test_only_orders_that_pass_every_filter_are_exported() -> None:
    story = [
        order(id="EX-0", targets=["@a"]),
        order(authority="Board", jurisdiction="NZ", targets=["@b"]),
        order(id="EX-2", authority="Board", jurisdiction="IN", targets=["@c"], received="2021-03-01"),
    ]
    with holding(story) as book:
        for only, ids in (
            ((("authority", ("Board",)),), ["EX-1", "EX-2"]),
            ((("authority", ("Board", "Example Ministry")),), ["EX-0", "EX-1", "EX-2"]),
            ((("authority", ("Board",)), ("jurisdiction", ("NZ",))), ["EX-1"]),
        ):
            rows = table(book, "orders", Selection(None, START + 100, only=only))
            assert [row["order"] for row in rows] == ids
            kept = [record for record, _ in recorded(source(book), Selection(None, START + 100, only=only))]
            assert [record["id"] for record in kept] == ids


def test_a_period_holds_orders_received_in_it_with_what_was_recorded_of_them_later() -> None:
    late = response("blocked", at="2021-03-05", all=True)
    story = [order(id="EX-0", received=day(0)), order(received="2021-02-20", targets=["@a"]), late]
    with holding(story) as book:
        asked = Selection(START + 20, START + 30)
        kept = [record for record, _ in recorded(source(book), asked)]
        rows = table(book, "targets", asked)
    assert [record["kind"] for record in kept] == ["order", "response"]
    assert [(row["order"], row["status"]) for row in rows] == [("EX-1", "pending")]


def test_names_that_are_said_to_be_one_target_count_once_and_their_alias_is_exported_with_them() -> None:
    alias = {"kind": "alias", "targets": ["@a", "@b"], "platform": "twitter", "reason": "renamed"}
    other = {"id": "EX-2", "authority": "Board", "targets": ["@c"]}
    story = [order(id="EX-0", targets=["@a"]), order(targets=["@b", "@d"]), order(**other), alias]
    with holding(story) as book:
        asked = Selection(None, START + 30)
        rows = table(book, "targets", asked)
        distinct = {(row["platform"], row["target_kind"], row["one_with"] or row["target"]) for row in rows}
        assert len(distinct) == report(book, None, START + 30, "all")["totals"]["distinct"]["targets"] == 3
        for authority, kinds in (("Example Ministry", ["order", "order", "alias"]), ("Board", ["order"])):
            chosen = asked._replace(only=(("authority", (authority,)),))
            assert [record["kind"] for record, _ in recorded(source(book), chosen)] == kinds
        lines = "".join(entry_line(record) for record, _ in recorded(source(book), asked))
        with holding(()) as second:
            assert second.import_all(lambda: json_entries("exported", io.BytesIO(lines.encode()))).refused == []
            assert ledger.report(second, by="order", kind="all") == ledger.report(book, by="order", kind="all")
