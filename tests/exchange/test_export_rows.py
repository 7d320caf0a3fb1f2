"""The rows of exported tables add up to the figures of the report, whatever was recorded."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.index.reading import folded
from ledger.model.entries import Order
from ledger.model.quantities import QUALIFIER_MARK
from ledger.model.statuses import STATUSES
from ledger.reports.exporting.exported import rows_of
from ledger.reports.exporting.exported_columns import FIELDS, ORDERS, POSTINGS, TABLES, TARGETS
from ledger.reports.exporting.selection import Selection, standings
from tests.exchange.exported import START, Row, holding, report, source, table
from tests.strategies import FIRST, Record, order, response, stories

DAYS = st.integers(START, START + 22)
KINDS = st.sampled_from(("account", "hashtag", "any", "all"))
CALM = settings(max_examples=15, deadline=None)


def acts(rows: list[Row]) -> list[Row]:
    """Return the rows of orders to act; a report keeps those for information apart."""
    return [row for row in rows if row["asks"] == "act"]


def summed(rows: Iterable[Row], n: str, exact: str) -> tuple[int, bool]:
    """Return the sum of a column, and whether all that it is made of is exact."""
    found = list(rows)
    return sum(int(row[n]) for row in found), all(QUALIFIER_MARK[row[exact]] == 0 for row in found)


def stated(quantity: Record) -> tuple[int, bool]:
    return quantity["n"], quantity["qualifier"] == "exact"


@CALM
@given(stories(), KINDS, st.none() | DAYS, DAYS, st.sampled_from((None, None, "platform", "press")))
def test_rows_of_targets_and_of_orders_sum_to_how_the_report_says_that_orders_stood(
    story: list[Record], kind: str, begin: int | None, end: int, speaker: str | None
) -> None:
    if begin is not None and begin >= end:
        begin, end = end, begin + 1
    with holding(story) as book:
        asked = Selection(begin, end, kind, speaker)
        totals = report(book, begin, end, kind, speaker)["totals"]
        targets, orders = acts(table(book, "targets", asked)), acts(table(book, "orders", asked))
    for status in STATUSES:
        there = [row for row in targets if row["status"] == status]
        assert summed(there, "n", "qualifier") == stated(totals["status"][status]), status
        assert summed(orders, status, f"{status}_qualifier") == stated(totals["status"][status]), status
    for name in ("specified", "restricted", "not_restricted"):
        assert summed(orders, name, f"{name}_qualifier") == stated(totals[name]), name
    assert sum(int(row["orders"]) for row in orders) == totals["orders"]
    assert sum(int(row["named"]) for row in orders) == totals["named"]


@CALM
@given(stories(), KINDS, st.none() | DAYS, DAYS)
def test_rows_of_postings_sum_to_what_the_report_says_that_moved_and_those_received_to_how_they_stood(
    story: list[Record], kind: str, begin: int | None, end: int
) -> None:
    if begin is not None and begin >= end:
        begin, end = end, begin + 1
    with holding(story) as book:
        made = report(book, begin, end, kind)
        rows = acts(table(book, "postings", Selection(begin, end, kind)))
    (period,) = made["periods"] or [{"ordered": {"n": 0, "qualifier": "exact"}, "moved": None}]
    ordered = [row for row in rows if not row["from"]]
    assert summed(ordered, "n", "qualifier") == stated(period["ordered"])
    for status in STATUSES:
        into = [row for row in rows if row["to"] == status and row["from"]]
        moved = period["moved"][status] if period["moved"] else {"n": 0, "qualifier": "exact"}
        assert summed(into, "n", "qualifier") == stated(moved), status
        received = [row for row in rows if row["received_in_period"] == "true"]
        balance = sum(int(row["n"]) for row in received if row["to"] == status)
        balance -= sum(int(row["n"]) for row in received if row["from"] == status)
        assert balance == made["totals"]["status"][status]["n"], status


@settings(CALM, max_examples=10)
@given(stories(), DAYS)
def test_an_order_as_it_stood_at_an_end_is_what_its_whole_story_says_of_that_day(story: list[Record], end: int) -> None:
    with holding(story) as book:
        for standing in standings(source(book), Selection(None, end)):
            whole, _ = folded(book.index.db, book.read_line, standing.fold.seq, book.zone)
            assert whole is not None
            before = [post for post in whole.balance.postings if post.day < end]
            assert standing.fold.balance.postings == before


@settings(CALM, max_examples=10)
@given(stories())
def test_the_key_of_a_table_tells_its_rows_apart(story: list[Record]) -> None:
    with holding(story) as book:
        for name, made in TABLES.items():
            keys = [tuple(row[part] for part in made.key) for row in table(book, name, Selection(None, START + 30))]
            assert len(set(keys)) == len(keys), name


def test_a_name_that_was_among_the_unnamed_moves_nothing_and_is_a_row_of_its_own() -> None:
    story = [order(specified=5), response("blocked", all=True), response("blocked", targets=["@a"], at="2021-02-03")]
    with holding(story) as book:
        (named,) = [row for row in table(book, "postings", Selection(None, START + 30)) if row["target"]]
        assert (named["target"], named["from"], named["to"]) == ("a", "blocked", "blocked")
        assert (named["n"], named["units"]) == ("0", "1")
        rows = table(book, "targets", Selection(None, START + 30))
    assert [(row["target"], row["n"], row["status"], row["first_status"]) for row in rows] == [
        ("a", "1", "blocked", "blocked"),
        ("", "4", "blocked", ""),
    ]


def test_countries_that_come_to_a_restriction_move_nothing() -> None:
    story = [
        order(targets=["@a"]),
        response("withheld", all=True, countries=["IN"]),
        response("withheld", all=True, countries=["worldwide"], at="2021-02-03"),
        response("unblocked", targets=["@a"], countries=["DE"], at="2021-02-04"),
    ]
    with holding(story) as book:
        rows = table(book, "postings", Selection(None, START + 30))
        (target,) = table(book, "targets", Selection(None, START + 30))
    assert [(row["n"], row["countries_before"], row["countries"], row["lifted_in"]) for row in rows[1:]] == [
        ("1", "", "IN", ""),
        ("0", "IN", "worldwide", ""),
        ("0", "worldwide", "worldwide", "DE"),
    ]
    assert (target["status"], target["since"], target["lifted_in"]) == ("withheld", "2021-02-02", "DE")


def test_an_amount_in_words_keeps_how_exact_it_is_in_every_table() -> None:
    with holding([order(specified="nearly 1,200"), response("blocked", count="some")]) as book:
        asked = Selection(None, START + 30)
        postings, targets = table(book, "postings", asked), table(book, "targets", asked)
        (only,) = table(book, "orders", asked)
    assert [(row["to"], row["n"], row["qualifier"]) for row in postings] == [
        ("pending", "1200", "about"),
        ("blocked", "0", "unknown"),
    ]
    assert ("blocked", "0", "unknown") in [(row["status"], row["n"], row["qualifier"]) for row in targets]
    assert (only["stated"], only["specified"], only["specified_qualifier"]) == ("nearly 1,200", "1200", "about")
    assert (only["blocked"], only["blocked_qualifier"]) == ("0", "unknown")


def test_an_order_that_repeats_another_names_its_targets_and_counts_none() -> None:
    story = [order(id="EX-0", targets=["@a"]), order(targets=["@a"], relates_to="EX-0", relation="confirms")]
    with holding(story) as book:
        rows = table(book, "targets", Selection(None, START + 30))
    assert [(row["order"], row["target"], row["n"], row["status"]) for row in rows] == [
        ("EX-0", "a", "1", "pending"),
        ("EX-1", "a", "0", ""),
    ]


def test_a_row_of_an_order_says_when_it_was_acknowledged_first_acted_on_and_settled() -> None:
    story = [
        order(received="2021-02-01T09:00+05:30", targets=["@a", "@b"]),
        response("acknowledged", at="2021-02-01T10:00+05:30"),
        response("blocked", at="2021-02-02", targets=["@a"], at_kind="observed-by"),
        response("refused", at="2021-02-04", targets=["@b"]),
    ]
    with holding(story) as book:
        (done,) = table(book, "orders", Selection(None, START + 30))
        (halfway,) = table(book, "orders", Selection(None, FIRST.toordinal() + 9))
    assert done["acknowledged"] == "2021-02-01T10:00+05:30"
    assert (done["first_effect"], done["first_effect_at_kind"]) == ("2021-02-02", "observed-by")
    assert (done["settled"], done["open"], done["entries"]) == ("2021-02-04", "false", "3")
    assert (halfway["settled"], halfway["open"], halfway["entries"]) == ("", "true", "2")


def test_every_field_of_an_order_is_a_column() -> None:
    columns = {column.name for column in ORDERS.columns}
    elsewhere = {"id": "order", "targets": "named", "specified": "stated", "stands_for": "orders"}
    assert {elsewhere.get(name, name) for name in Order.__struct_fields__} - columns == set()
    assert set(FIELDS) <= columns


def test_columns_have_names_of_their_own_and_each_row_one_value_for_each() -> None:
    with holding([order(specified=3, targets=["@a"]), response("blocked", count=1)]) as book:
        for name, made in TABLES.items():
            names = [column.name for column in made.columns]
            assert len(set(names)) == len(names)
            for each in standings(source(book), Selection(None, START + 30)):
                for rows in rows_of(name, each, Selection(None, START + 30)):
                    assert len(rows.shared) == len(names)
    assert [made.columns[made.varies].name for made in (POSTINGS, TARGETS) if made.varies is not None] == ["target"] * 2


def test_countries_that_come_to_an_inexact_amount_make_no_move_inexact() -> None:
    story = [
        order(specified="about 5"),
        response("withheld", all=True, countries=["IN"]),
        response("withheld", all=True, countries=["US"], at="2021-02-03"),
    ]
    with holding(story) as book:
        _, moved, widened = table(book, "postings", Selection(None, START + 30))
    assert (moved["n"], moved["qualifier"], moved["units"], moved["units_qualifier"]) == ("5", "about", "5", "about")
    assert (widened["n"], widened["qualifier"]) == ("0", "exact")
    assert (widened["units"], widened["units_qualifier"], widened["countries"]) == ("5", "about", "IN; US")


def test_according_to_one_speaker_only_what_that_one_states_is_in_any_table() -> None:
    story = [
        order(targets=["@a"]),
        response("blocked", targets=["@a"], stated_by="press"),
        response("refused", targets=["@a"], at="2021-02-03", anyway=True),
    ]
    with holding(story) as book:
        for speaker, status, entries in (
            ("platform", "refused", "1"),
            ("press", "blocked", "1"),
            ("court", "pending", "0"),
        ):
            asked = Selection(None, START + 30, speaker=speaker)
            assert [row["status"] for row in table(book, "targets", asked)] == [status]
            assert [row["to"] for row in table(book, "postings", asked)][-1] == status
            assert [row["entries"] for row in table(book, "orders", asked)] == [entries]
