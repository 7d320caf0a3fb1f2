from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.exchange.published.layout import Column, TableMap
from ledger.exchange.published.totals import read_published
from ledger.model.moments import day_text
from ledger.model.statuses import STATUSES
from ledger.reports.reconciling.adding_up import additions
from ledger.reports.reconciling.bounds import (
    CANNOT_TELL,
    CONSISTENT,
    DIFFERS,
    EQUAL,
    NOT_COMPARED,
    WITHIN,
    Bounds,
    Judgement,
    bounds_of,
    exactly,
    judge,
    together,
)
from ledger.reports.reconciling.claims import Published, Sum
from ledger.reports.reconciling.named_measures import BASES, PLURALS, measure_named, near_measure
from ledger.reports.reconciling.reconciled import reconciled
from ledger.reports.sums import quantity

QUALIFIERS = ("exact", "about", "at-least", "under", "unknown")
Row = Mapping[str, Any]


def q(n: int, qualifier: str = "exact") -> dict[str, Any]:
    return {"n": n, "qualifier": qualifier}


def block(orders: int = 0, specified: Row | None = None, **more: Any) -> dict[str, Any]:
    """Return a block of a report; `more` are statuses, or `key`."""
    status = {name: q(0) for name in STATUSES} | {name: held for name, held in more.items() if name in STATUSES}
    return {
        "orders": orders,
        "specified": specified or q(0),
        "named": 0,
        "status": status,
        "restricted": q(0),
        "not_restricted": q(0),
    } | {name: held for name, held in more.items() if name not in STATUSES}


class Reports:
    """Reports of a ledger whose orders are given by year, each with its keys; it keeps what it was asked for."""

    def __init__(self, **orders: list[dict[str, Any]]) -> None:
        self.held = {name.removeprefix("of"): rows for name, rows in orders.items()}
        self.asked: list[tuple[str, str | None, str]] = []

    def __call__(self, begin: int, end: int, by: str | None, kind: str, times: bool) -> dict[str, Any]:
        assert not times
        first, last = day_text(begin), day_text(end - 1)
        self.asked.append((first, by, kind))
        rows = [row for year, rows in self.held.items() for row in rows if first <= f"{year}-06-15" <= last]
        groups: dict[str, list[Row]] = {}
        for row in rows:
            groups.setdefault(row[by] if by else "", []).append(row)
        return {
            "totals": self._block(rows) | {"distinct": {"targets": 3, "effective": dict.fromkeys(STATUSES, 1)}},
            "groups": [self._block(held) | {"key": key} for key, held in groups.items()] if by else [],
            "periods": [],
            "information": {"orders": 0},
        }

    def _block(self, rows: list[Any]) -> dict[str, Any]:
        marks = {row.get("qualifier", "exact") for row in rows}
        return block(sum(row["orders"] for row in rows), q(sum(row["n"] for row in rows), max(marks, default="exact")))

    def orders(self) -> list[dict[str, Any]]:
        return [row for rows in self.held.values() for row in rows]


def order(number: int, jurisdiction: str, n: int, **more: Any) -> dict[str, Any]:
    return {"order": f"O-{number}", "jurisdiction": jurisdiction, "authority": "Board", "basis": None, "platform": "x", "n": n,
            "orders": 1} | more  # fmt: skip


LEDGER: Callable[[], Reports] = lambda: Reports(  # noqa: E731
    of2020=[order(1, "IN", 3)],
    of2021=[order(2, "IN", 10), order(3, "IN", 5, authority="Court"), order(4, "FR", 1)],
)


def published(text: str, layout: TableMap | None = None) -> Published:
    return read_published("t.csv", io.BytesIO(text.encode()), layout, "account")


def found(text: str, reports: Reports | None = None, layout: TableMap | None = None) -> dict[str, Any]:
    held = reports or LEDGER()
    return reconciled(published(text, layout), held, held.orders, kind="account", timezone="UTC")


def long(*rows: str, key: str = "country") -> str:
    return "\n".join([f"period,{key},measure,value", *rows]) + "\n"


def results(text: str, **more: Any) -> list[str]:
    return [row["result"] for row in found(text, **more)["comparisons"]]


# --- Two figures


@given(st.integers(0, 50), st.integers(0, 50))
def test_two_exact_numbers_are_equal_or_differ_by_their_difference(one: int, other: int) -> None:
    judged = judge(exactly(one), exactly(other))
    assert judged == (Judgement(EQUAL) if one == other else Judgement(DIFFERS, Fraction(one - other)))


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from(QUALIFIERS), st.sampled_from(QUALIFIERS))
def test_only_two_exact_numbers_are_ever_equal(one: int, other: int, first: str, second: str) -> None:
    judged = judge(bounds_of(q(one, first)), bounds_of(q(other, second)))
    if judged.result in (EQUAL, WITHIN):
        assert second == "exact"
    if judged.result == EQUAL:
        assert (first, one) == ("exact", other)


bounds = st.builds(
    lambda low, size, about: Bounds(Fraction(low), None if size is None else Fraction(low + size), about=about),
    st.integers(0, 20),
    st.none() | st.integers(0, 20),
    st.just(False),
)


@given(bounds, bounds, st.data())
def test_what_differs_has_no_number_in_common_and_is_at_least_that_far_apart(
    one: Bounds, other: Bounds, data: st.DataObject
) -> None:
    judged = judge(one, other)
    first, second = (
        data.draw(
            st.integers(int(side.low), int(side.low if side.high is None else side.high) + (side.high is None) * 9)
        )
        for side in (one, other)
    )
    if judged.result == DIFFERS:
        assert judged.difference is not None
        assert abs(first - second) >= abs(judged.difference) > 0
        assert (first > second) == (judged.difference > 0)
    elif judged.result != CANNOT_TELL:
        common = max(one.low, other.low)
        assert one.contains(common)
        assert other.contains(common)


@given(st.lists(bounds, max_size=4), st.data())
def test_a_sum_holds_the_sum_of_any_numbers_in_its_parts(parts: list[Bounds], data: st.DataObject) -> None:
    numbers = [
        data.draw(st.integers(int(part.low), int(part.low if part.high is None else part.high))) for part in parts
    ]
    added = together(parts)
    assert added.contains(Fraction(sum(numbers)))
    assert added.exact == all(part.exact for part in parts)


@pytest.mark.parametrize(
    ("cell", "counted", "result", "difference"),
    [
        ("0-99", q(40), WITHIN, None),
        ("0-99", q(100), DIFFERS, -1),
        ("<100", q(100), DIFFERS, -1),
        ("up to 100", q(100), WITHIN, None),
        ("120", q(100, "at-least"), CONSISTENT, None),
        ("80", q(100, "at-least"), DIFFERS, -20),
        ("50", q(40, "under"), DIFFERS, 10),
        ("30", q(40, "under"), CONSISTENT, None),
        ("250", q(250, "about"), CONSISTENT, None),
        ("251", q(250, "about"), CANNOT_TELL, None),
        ("about 250", q(250), CONSISTENT, None),
        ("about 250", q(257), CANNOT_TELL, None),
        ("12", q(0, "unknown"), CANNOT_TELL, None),
        ("some", q(12), CANNOT_TELL, None),
    ],
)  # fmt: skip
def test_an_inexact_figure_never_says_more_than_it_does(
    cell: str, counted: dict[str, Any], result: str, difference: int | None
) -> None:
    reports = Reports(of2021=[order(1, "IN", counted["n"], qualifier=counted["qualifier"])])
    (row,) = found(long(f'2021,IN,accounts specified,"{cell}"'), reports)["comparisons"]
    assert (row["result"], row["difference"]) == (result, difference)
    assert row["counted"] == counted


# --- Measures


def test_every_measure_is_found_by_its_name_with_and_without_a_kind() -> None:
    for name, base in BASES.items():
        plain = measure_named(name, "post")
        assert plain is not None
        assert plain.base is base
        assert measure_named(plain.name, "url") == plain
        assert measure_named(name.upper().replace(" ", "_"), "post") == plain
        if base.of_kind:
            assert {measure_named(f"{plural} {name}", "any") for plural in PLURALS} == {
                plain._replace(name=f"{plural} {name}", kind=kind) for plural, kind in PLURALS.items()
            }


def test_a_kind_before_what_counts_orders_is_no_measure() -> None:
    assert measure_named("accounts orders", "account") is None
    assert measure_named("accounts", "account") is None
    assert near_measure("accounts specifed") == "accounts specified"


def test_every_measure_reads_one_figure_of_a_report_or_of_a_group() -> None:
    told = {name: q(number) for number, name in enumerate(STATUSES, 1)}
    report = {
        "periods": [{"moved": told, "balance": {}}, {"moved": told, "balance": told}],
        "totals": {"distinct": {"targets": 77, "effective": {name: held["n"] for name, held in told.items()}}},
        "information": {"orders": 88},
    }
    held = block(5, q(6), **told)
    assert BASES["orders"].read(report, held) == q(5)
    assert BASES["specified"].read(report, held) == q(6)
    assert BASES["distinct"].read(report, held) == q(77)
    assert BASES["information orders"].read(report, held) == q(88)
    for name, figure in told.items():
        assert BASES[f"{name} at end"].read(report, held) == figure
        assert BASES[f"{name} moves"].read(report, held) == q(2 * figure["n"])
        assert BASES[f"{name} balance"].read(report, held) == figure
        assert BASES[f"{name} distinct"].read(report, held) == figure


# --- A table beside the ledger


def test_each_figure_is_held_against_the_ledgers_own() -> None:
    text = long("2021,IN,orders,2", "2021,FR,orders,2", "2021,,orders,3", "2020,India,accounts specified,3")
    done = found(text)
    assert [row["result"] for row in done["comparisons"]] == [EQUAL, DIFFERS, EQUAL, EQUAL]
    assert [row["lines"] for row in done["comparisons"]] == [[2], [3], [4], [5]]
    assert done["comparisons"][1]["difference"] == 1
    # The total is the ledger's, and not the sum of the table's parts.
    assert (done["compared"], done["differences"]) == (4, 2)


def test_a_period_is_asked_for_once_for_each_way_and_kind_whatever_the_number_of_rows() -> None:
    reports = LEDGER()
    found(long("2021,IN,orders,2", "2021,FR,orders,1", "2021,,orders,3", "2021,IN,accounts specified,15"), reports)
    assert reports.asked == [("2021-01-01", "jurisdiction", "account")]


def test_what_the_ledger_has_none_of_is_0_and_names_near_it_are_said() -> None:
    rows = found(long("2021,Boards,orders,2", "2021,BOARD,orders,2", "2021,Other,orders,0", key="authority"))[
        "comparisons"
    ]
    assert [(row["result"], row["note"]) for row in rows] == [
        (DIFFERS, "the ledger has no orders of Boards in the period: did you mean Board?"),
        (EQUAL, "in the ledger: Board"),
        (EQUAL, ""),
    ]


def test_an_authority_within_a_country_is_the_sum_over_its_orders() -> None:
    text = "period,country,authority,measure,value\n2021,IN,Court,accounts specified,5\n2021,IN,Board,orders,1\n"
    assert results(text) == [EQUAL, EQUAL]
    assert results(text.replace("IN,Court", "FR,Court")) == [DIFFERS, EQUAL]


def test_a_total_over_the_periods_is_the_sum_of_the_periods_of_the_table() -> None:
    assert results(long("2020,IN,orders,1", "2021,IN,orders,2", "TOTAL,IN,orders,3")) == [EQUAL] * 3
    rows = found(long("2021,,accounts distinct,3", "TOTAL,,accounts distinct,3"))["comparisons"]
    assert [row["result"] for row in rows] == [EQUAL, NOT_COMPARED]
    assert "do not add up" in rows[1]["why"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("2021,IN,accounts distinct,3", "over all orders alone, not by jurisdiction"),
        ("2021,IN,orders,38%", "it is a share, and orders a number"),
        ("2021,IN,orders withheld rate ever,38", "it is a number, and orders withheld rate ever a share"),
        ("2021,IN,requests,3", "no measure of the ledger"),
        ("2021,IN,orders,-", "the table states no figure"),
    ],
)
def test_what_cannot_be_compared_says_why_and_is_no_difference(row: str, why: str) -> None:
    done = found(long(row))
    assert (done["compared"], done["differences"]) == (0, 0)
    assert why in done["comparisons"][0]["why"]


def test_a_total_over_countries_is_of_those_that_the_mapping_names() -> None:
    layout = TableMap(
        period="y", keys={"jurisdiction": "c"}, measures={"n": Column("orders", {})}, jurisdictions=("FR", "DE")
    )
    done = found("y,c,n\n2021,,1\n2021,FR,1\n", layout=layout)
    assert [row["result"] for row in done["comparisons"]] == [EQUAL, EQUAL]
    assert done["not_in_table"] == []


# --- What the table lacks


def test_what_the_ledger_has_and_the_table_lacks_is_a_difference_where_a_total_is_stated() -> None:
    lacking = found(long("2021,IN,orders,2"))
    assert [(row["key"], row["counted"]["n"], row["difference"]) for row in lacking["not_in_table"]] == [
        ({"jurisdiction": "FR"}, 1, False)
    ]
    assert lacking["differences"] == 0
    with_total = found(long("2021,IN,orders,2", "2021,,orders,3"))
    assert [row["difference"] for row in with_total["not_in_table"]] == [True]
    # The parts do not add up to the total either.
    assert with_total["differences"] == 2


def test_a_period_that_the_table_does_not_cover_lacks_nothing() -> None:
    assert found(long("2021,IN,orders,2", "2021,FR,orders,1"))["not_in_table"] == []


# --- A table beside itself


def summed(text: str, layout: TableMap | None = None) -> list[tuple[Any, ...]]:
    return [
        (one.whole.lines[0], one.over, [part.lines[0] for part in one.parts], one.judged.result, one.judged.difference)
        for one in additions(published(text, layout))
    ]


def test_parts_are_added_up_by_country_by_period_and_by_measure() -> None:
    text = long("2020,IN,orders,1", "2020,FR,orders,2", "2020,TOTAL,orders,3", "2021,IN,orders,4", "TOTAL,IN,orders,6")
    assert summed(text) == [(4, ("jurisdiction",), [2, 3], EQUAL, None), (6, ("period",), [2, 5], DIFFERS, 1)]
    by_measure = long("2020,IN,accounts specified,1", "2020,IN,posts specified,2", "2020,IN,Total,4")
    assert summed(by_measure) == [(4, ("measures",), [2, 3], DIFFERS, 1)]


def test_a_grand_total_without_totals_of_its_own_is_the_sum_of_all_rows() -> None:
    text = "period,country,measure,value\n2020,IN,orders,1\n2021,FR,orders,2\nTOTAL,TOTAL,orders,3\n"
    assert summed(text) == [(4, ("period", "jurisdiction"), [2, 3], EQUAL, None)]


AUTHORITIES = "period,country,authority,measure,value\n"


def test_a_subtotal_of_some_groups_alone_is_no_sum_of_all_of_them() -> None:
    rows = ["2021,IN,A,orders,1", "2021,IN,B,orders,1", "2021,FR,C,orders,1", "2021,TOTAL,TOTAL,orders,3"]
    whole = [("jurisdiction", "authority"), [2, 3, 4], EQUAL, None]
    assert summed(AUTHORITIES + "\n".join(rows)) == [(5, *whole)]
    assert summed(AUTHORITIES + "\n".join([*rows, "2021,IN,TOTAL,orders,2"])) == [
        (5, *whole),
        (6, ("authority",), [2, 3], EQUAL, None),
    ]
    # With a subtotal of each, these are the parts.
    each = [*rows, "2021,IN,TOTAL,orders,2", "2021,FR,TOTAL,orders,1"]
    assert summed(AUTHORITIES + "\n".join(each))[0] == (5, ("jurisdiction",), [6, 7], EQUAL, None)
    # Of one country there is a quarter, of the other only a month.
    months = long("2021-01,IN,orders,1", "2021-03,FR,orders,1", "2021-Q1,IN,orders,2", "2021-Q1,TOTAL,orders,3")
    assert summed(months) == []


def test_a_subtotal_of_some_groups_in_shorter_periods_is_no_sum_of_a_longer_one() -> None:
    months = []
    for month in (1, 2, 3):
        told = [f"2021-0{month},IN,A,orders,1", f"2021-0{month},IN,B,orders,1", f"2021-0{month},GB,C,orders,3"]
        months += [*told, f"2021-0{month},IN,TOTAL,orders,2"]
    (*subtotals, (line, over, parts, result, _)) = summed(
        AUTHORITIES + "\n".join([*months, "2021-Q1,TOTAL,TOTAL,orders,15"])
    )
    assert [row[1] for row in subtotals] == [("authority",)] * 3
    assert (line, over, len(parts), result) == (14, ("period", "jurisdiction", "authority"), 9, EQUAL)


def test_a_total_below_the_parts_that_are_known_is_wrong_whatever_else_is_a_part() -> None:
    rows = ["2021-H1,IN,orders,100", "2021-H1,DE,orders,28", "2021-H1,TOTAL,orders,{}", "2021-Q1,GB,orders,0"]
    below, above = (long(*rows).replace("{}", str(n)) for n in (56, 130))
    assert summed(below) == [(4, ("jurisdiction",), [2, 3], DIFFERS, -72)]
    assert summed(above) == []


def test_what_stands_in_longer_periods_alone_may_be_a_part_or_not() -> None:
    rows = ["2021,IN,orders,6", "2021,GB,orders,9", "2021-Q1,IN,orders,6"]
    for total, result in ((15, CANNOT_TELL), (6, EQUAL), (5, DIFFERS)):
        assert summed(long(*rows, f"2021-Q1,TOTAL,orders,{total}"))[0][3] == result
    # Where each group has its own periods, all of them are parts.
    quarters = [f"2021-Q{number},GB,orders,{n}" for number, n in ((1, 9), (2, 0), (3, 0), (4, 0))]
    whole = summed(long("2021,IN,orders,6", *quarters, "TOTAL,TOTAL,orders,15"))
    assert [row[2:4] for row in whole] == [([2, 3, 4, 5, 6], EQUAL)]


def test_parts_are_of_one_group_however_it_is_spelled() -> None:
    years = long("2020,Board,orders,1", "2021,BOARD,orders,1", "TOTAL,Board,orders,2", key="authority")
    assert summed(years) == [(4, ("period",), [2, 3], EQUAL, None)]
    platforms = (
        "period,country,platform,measure,value\n2021,IN,x,orders,1\n2021,FR,Twitter,orders,1\n2021,,X,orders,2\n"
    )
    assert summed(platforms) == [(4, ("jurisdiction",), [2, 3], EQUAL, None)]
    twice = long("2021,Board,orders,2", "2021,BOARD,orders,2", "2021,TOTAL,orders,4", key="authority")
    assert [row[3] for row in summed(twice)] == [CANNOT_TELL]


def test_where_the_ledger_has_several_spellings_a_table_with_one_of_them_is_not_compared() -> None:
    ledger = Reports(of2021=[order(1, "IN", 1), order(2, "IN", 1, authority="BOARD")])
    (row,) = found(long("2021,Board,orders,1", key="authority"), ledger)["comparisons"]
    assert (row["result"], "spelled alike" in row["why"]) == (NOT_COMPARED, True)
    both = long("2021,Board,orders,1", "2021,BOARD,orders,1", key="authority")
    assert results(both, reports=ledger) == [EQUAL, EQUAL]


def test_a_figure_that_stands_twice_may_be_one_part_or_two() -> None:
    for total in (3, 5):
        text = long("2021,IN,orders,2", "2021,IN,orders,2", "2021,FR,orders,1", f"2021,TOTAL,orders,{total}")
        assert [row[3] for row in summed(text)] == [CANNOT_TELL]
    quarters = [f"2021-Q{number},IN,orders,1" for number in (1, 1, 2, 3, 4)]
    assert [row[3] for row in summed(long("2021,IN,orders,4", *quarters))] == [CANNOT_TELL]
    measures = ["2020,IN,accounts specified,1", "2020,IN,accounts specified,1", "2020,IN,Total,1"]
    assert [row[3] for row in summed(long(*measures))] == [CANNOT_TELL]


def test_what_a_table_tells_only_in_parts_or_only_as_a_whole_is_not_lacking() -> None:
    divided = [
        "2021,IN,Board,orders,1",
        "2021,IN,Court,orders,1",
        "2021,IN,TOTAL,orders,2",
        "2021,TOTAL,TOTAL,orders,3",
    ]
    for row in ("2021,FR,Board,orders,1", "2021,FR,TOTAL,orders,1"):
        held = found(AUTHORITIES + "\n".join([*divided, row]))
        assert (held["not_in_table"], held["differences"]) == ([], 0)
    lacking = found(AUTHORITIES + "\n".join(divided))["not_in_table"]
    assert [(row["key"], row["difference"]) for row in lacking] == [
        ({"jurisdiction": "FR", "authority": "Board"}, True),
        ({"jurisdiction": "FR"}, True),
    ]


def test_shorter_periods_that_make_up_a_longer_one_are_added_up() -> None:
    quarters = [f"2021-Q{number},IN,orders,1" for number in range(1, 5)]
    assert summed(long("2021,IN,orders,5", *quarters)) == [(2, ("period",), [3, 4, 5, 6], DIFFERS, 1)]
    assert summed(long("2021,IN,orders,5", *quarters[1:])) == []
    # What stands somewhere at the end of a quarter may stand there at the end of the next one too.
    assert summed(long("2021,IN,orders,5", *quarters).replace("orders", "accounts blocked at end")) == []


def test_a_named_period_is_the_sum_of_shorter_ones_told_apart_by_another_column() -> None:
    months = [f"2026-0{month},{country},orders,1" for month in (1, 2, 3) for country in ("FR", "IN")]
    over = [2, 3, 4, 5, 6, 7]
    for total, result, difference in ((6, EQUAL, None), (7, DIFFERS, 1)):
        text = long(*months, f"2026-Q1,TOTAL,orders,{total}")
        assert summed(text) == [(8, ("period", "jurisdiction"), over, result, difference)]
    # A country that sent none in a month has no row there.
    assert summed(long(*months[:5], "2026-Q1,TOTAL,orders,5"))[0][3:] == (EQUAL, None)
    # What another period says is no part of it, whether longer or elsewhere.
    more = ["2025-12,IN,orders,9", "2026,IN,orders,9", "2026-Q2,FR,orders,9"]
    assert summed(long(*months, "2026-Q1,TOTAL,orders,6", *more))[0] == (
        8,
        ("period", "jurisdiction"),
        over,
        EQUAL,
        None,
    )
    # A month is lacking, or a country has its figure for the quarter alone.
    assert summed(long(*months[2:], "2026-Q1,TOTAL,orders,4")) == []
    assert summed(long(*months, "2026-Q1,DE,orders,1", "2026-Q1,TOTAL,orders,7")) == []
    # With totals of the months, these are the parts.
    totals = [f"2026-0{month},TOTAL,orders,2" for month in (1, 2, 3)]
    assert [row[:2] for row in summed(long(*months, *totals, "2026-Q1,TOTAL,orders,6"))] == [
        *((line, ("jurisdiction",)) for line in (8, 9, 10)),
        (11, ("period",)),
    ]
    # A target of two countries counts once in the whole.
    assert summed(long(*months, "2026-Q1,TOTAL,orders,6").replace("orders", "accounts distinct")) == []


def test_a_part_that_is_not_stated_leaves_room_and_parts_of_distinct_targets_may_be_more() -> None:
    assert summed(long("2021,IN,orders,2", "2021,FR,orders,-", "2021,,orders,5"))[0][3] == CONSISTENT
    assert summed(long("2021,IN,orders,6", "2021,FR,orders,-", "2021,,orders,5"))[0][3:] == (DIFFERS, -1)
    assert (
        summed(long("2021,IN,accounts distinct,3", "2021,FR,accounts distinct,3", "2021,,accounts distinct,5"))[0][3]
        == CONSISTENT
    )
    assert (
        summed(long("2021,IN,accounts distinct,1", "2021,FR,accounts distinct,3", "2021,,accounts distinct,5"))[0][3]
        == DIFFERS
    )


def test_total_columns_are_the_sum_of_the_columns_that_the_mapping_names() -> None:
    layout = TableMap(
        period="y",
        measures={"courts": Column(None, {}), "police": Column(None, {})},
        sums=(Sum("all", ("courts", "police")),),
    )
    assert summed("y,courts,police,ALL\n2020,1,2,3\n2021,1,2,4\n", layout) == [
        (2, ("columns",), [2, 2], EQUAL, None),
        (3, ("columns",), [3, 3], DIFFERS, 1),
    ]


numbers = st.lists(st.integers(0, 9), min_size=1, max_size=5)


@given(st.lists(numbers, min_size=1, max_size=4), st.data())
def test_a_table_made_of_its_parts_adds_up_and_one_with_a_cell_changed_does_not(
    figures: list[list[int]], data: st.DataObject
) -> None:
    countries = ("IN", "FR", "DE", "BR", "US")
    rows = {
        (str(2015 + place), countries[at]): n for place, row in enumerate(figures) for at, n in enumerate(row)
    }  # fmt: skip
    years = {year for year, _ in rows}
    whole = dict(rows)
    whole |= {(year, "TOTAL"): sum(n for (known, _), n in rows.items() if known == year) for year in years}
    whole |= {("TOTAL", "TOTAL"): sum(rows.values())}

    def wrong(table: dict[tuple[str, str], int]) -> int:
        text = long(*(f"{year},{country},orders,{n}" for (year, country), n in table.items()))
        return sum(one.judged.result == DIFFERS for one in additions(published(text)))

    assert wrong(whole) == 0
    assert wrong(whole | {(cell := data.draw(st.sampled_from(sorted(whole)))): whole[cell] + 1}) >= 1


@pytest.mark.parametrize(
    "rows",
    [
        ("2021,IN,orders,2", "2021,FR,orders,1O", "2021,,orders,2"),
        ("2021,IN,orders,2", "2021,Atlantis,orders,3", "2021,,orders,5"),
        ("2021,IN,orders,2", "2021,Atlantis,orders,3", "2021,,orders,2"),
        ("2021,IN,orders,2", "2020/21,FR,orders,3", "2021,,orders,2"),
        ("2021,IN,orders,2", "2020/21,IN,orders,3", "TOTAL,IN,orders,2"),
        ("2021,IN,orders,2", "2021,FR,,3", "2021,,orders,2"),
        ("2021,IN,orders,2", "2021,Atlantis,orders,3", "TOTAL,TOTAL,orders,2"),
        ("2021,IN,orders,2", "2021,IN,,3", "2021,IN,Total,2"),
        ("2021,IN,orders,2", "2021,IN,posts specified,1O", "2021,IN,Total,2"),
        ("2021-H1,IN,orders,1", "2021-H2,IN,orders,1O", "2021,IN,orders,2"),
        ("2021,IN,accounts distinct,2", "2021,Atlantis,accounts distinct,3", "2021,,accounts distinct,2"),
    ],
)
def test_a_total_of_which_a_part_cannot_be_read_is_never_equal_to_the_others(rows: tuple[str, ...]) -> None:
    (line, _, parts, result, difference) = summed(long(*rows))[-1]
    assert (line, parts, result, difference) == (4, [2, 3], CANNOT_TELL, None)


def test_a_total_below_the_parts_that_can_be_read_is_wrong_whatever_the_others_say() -> None:
    assert summed(long("2021,IN,orders,6", "2021,Atlantis,orders,1", "2021,,orders,5"))[0][3:] == (DIFFERS, -1)


def test_a_row_that_cannot_be_read_takes_nothing_from_sums_of_which_it_is_no_part() -> None:
    rows = ("2020,IN,orders,1", "2021,IN,orders,2", "TOTAL,IN,orders,3", "2021,,orders,2", "2020,Atlantis,orders,9")
    assert summed(long(*rows)) == [(4, ("period",), [2, 3], EQUAL, None), (5, ("jurisdiction",), [3], EQUAL, None)]
    # The year has its figure of IN, so that a row of IN of an unknown period is of another one.
    assert summed(long("2021,IN,orders,2", "2021,,orders,2", "FY21,IN,orders,3"))[0][3] == EQUAL


def test_a_total_over_periods_of_which_one_cannot_be_read_is_not_held_against_the_others() -> None:
    rows = found(long("2021,IN,orders,2", "FY20,IN,orders,1", "TOTAL,IN,orders,2", "TOTAL,IN,accounts specified,15",
                      "2021,IN,accounts specified,15"))["comparisons"]  # fmt: skip
    assert [row["result"] for row in rows] == [EQUAL, NOT_COMPARED, CANNOT_TELL, EQUAL, EQUAL]
    assert rows[1]["period"] == {"label": "FY20", "first": None, "last": None}
    assert rows[2]["note"] == "it is a total over periods, of which line 3 cannot be read"


def test_what_a_row_that_cannot_be_read_may_tell_is_no_difference() -> None:
    done = found(long("2021,IN,orders,2", "2021,Frnce,orders,1", "2021,,orders,3"))
    assert [(row["key"], row["difference"], row["unread"]) for row in done["not_in_table"]] == [
        ({"jurisdiction": "FR"}, False, [3])
    ]
    assert (done["differences"], done["compared"], done["unread_rows"]) == (0, 2, 1)
    other = found(long("2021,IN,orders,2", "2020,Frnce,orders,1", "2021,,orders,3"))
    assert [(row["difference"], row["unread"]) for row in other["not_in_table"]] == [(True, [])]


def test_rows_about_the_same_are_told() -> None:
    done = found(long("2021,IN,orders,2", "2021-01-01/2021-12-31,India,Orders,2", "2020,IN,orders,1"))
    ((rows),) = [one["rows"] for one in done["duplicates"]]
    assert [row["lines"] for row in rows] == [[2], [3]]
    assert done["differences"] == 0


def test_nothing_is_the_figure_of_no_orders() -> None:
    assert quantity(0, 0) == q(0)
    assert results(long("2019,IN,orders,0", "2019,,accounts specified,0")) == [EQUAL, EQUAL]
