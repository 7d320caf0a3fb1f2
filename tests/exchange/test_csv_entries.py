"""Tables as entries: every row ends in one place, whatever the file looks like."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Callable
from typing import IO, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.exchange.tables.csv_entries import csv_entries
from ledger.exchange.tables.mapping import TableMapping, parse_mapping
from ledger.model.incoming import Incoming
from tests.exchange.awkward.tables import AWKWARD, FORMS, HEADER, MAPPING, PLAIN

TARGETS = """
schema = "ledger-mapping/1"
[dates]
format = "DD.MM.YYYY"
[rows]
each = "target"
group_by = ["Order"]
[[order]]
id = { column = "Order" }
authority = { column = "Authority" }
jurisdiction = "IN"
platform = "example"
received = { column = "Received" }
targets = { column = "Handle" }
[[order.response]]
action = { column = "Outcome", values = { "Complied" = "withheld", "Non-compliant" = "refused", "Open" = "none" } }
at = { column = "Done" }
"""
TARGET_HEADER = "Order,Authority,Received,Handle,Outcome,Done"


def mapped(text: str = MAPPING) -> TableMapping:
    return parse_mapping(tomllib.loads(text))


def opener(content: bytes) -> Callable[[], IO[bytes]]:
    return lambda: io.BytesIO(content)


def entries(content: bytes | str, mapping: str = MAPPING, notes: list[str] | None = None) -> list[Incoming]:
    content = content.encode() if isinstance(content, str) else content
    tell = notes.append if notes is not None else (lambda _: None)
    return list(csv_entries("t.csv", opener(content), mapped(mapping), "UTC", tell))


def records(found: list[Incoming]) -> list[dict[str, Any]]:
    return [dict(item.record) for item in found if item.record is not None]


def orders(found: list[Incoming]) -> list[dict[str, Any]]:
    return [record for record in records(found) if record["kind"] == "order"]


def table(*rows: str, header: str = TARGET_HEADER) -> str:
    return "\n".join((header, *rows, ""))


# What files look like


@pytest.mark.parametrize("form", FORMS)
def test_a_table_says_the_same_in_every_form(form: str) -> None:
    found = entries(FORMS[form])
    said = [
        (order["authority"], order["jurisdiction"], order["received"], amount(order["specified"]))
        for order in orders(found)
    ]
    assert said == [("Example Office", "IN", "2021-02-01", 1038), ("Example Böard", "GB", "2021-02-02", 12)]
    assert [record["action"] for record in records(found) if record["kind"] == "response"] == ["withheld"]
    assert sum(item.rows for item in found) == 2
    assert records(found) == records(entries(PLAIN))


def amount(value: Any) -> Any:
    return value["n"] if isinstance(value, dict) else value


@pytest.mark.parametrize("name", AWKWARD)
def test_every_row_of_an_awkward_table_ends_in_one_place(name: str) -> None:
    case = AWKWARD[name]
    found = entries(case.content)
    refused = [item for item in found if item.record is None and not item.total]
    assert [(item.line, item.column) for item in refused] == [(line, column) for line, column, _ in case.refused]
    for item, (line, _, word) in zip(refused, case.refused, strict=True):
        assert word in item.problem
        assert (item.where, item.file) == (f"t.csv, line {line}", "t.csv")
    assert sum(item.rows for item in found if item.record is not None) == case.entries
    assert sum(item.rows for item in found if item.total) == case.totals
    assert sum(item.rows for item in refused) == len({line for line, _, _ in case.refused})


def test_amounts_keep_what_stands_beside_them_and_are_never_more_exact_than_the_cell() -> None:
    found = [order.get("specified") for order in orders(entries(AWKWARD["amounts with something beside them"].content))]
    assert found == [
        {"n": 107, "qualifier": "exact", "words": "107 (75)"},
        {"n": 1200, "qualifier": "about", "words": "≈1,200"},
        {"n": 12, "qualifier": "exact", "words": "12*"},
        None,
        None,
        None,
        0,
    ]


def test_what_was_done_to_all_of_nothing_is_no_response() -> None:
    assert [record["kind"] for record in records(entries(f"{HEADER}\nA,IN,2021-01-01,0,Complied\n"))] == ["order"]


def test_a_missing_column_is_refused_with_the_nearest_header() -> None:
    (item,) = entries(PLAIN.replace("Accounts", "Acounts "))
    assert (item.record, item.rows) == (None, 0)
    assert item.problem == "column 'Accounts': is not in the header: did you mean 'Acounts'?"


def test_a_column_that_stands_twice_is_refused() -> None:
    (item,) = entries(PLAIN.replace("Outcome", " country"))
    assert "stands twice in the header (columns 2 and 5)" in item.problem


def test_columns_that_nothing_is_made_of_are_named_unless_that_is_meant() -> None:
    wide = "\n".join(f"{line},x,y" for line in PLAIN.splitlines()).replace(",x,y", ",Link,Remark", 1)
    notes: list[str] = []
    assert len(orders(entries(wide, notes=notes))) == 2
    assert notes == ["t.csv: not taken: 'Link'; name them under ignore in the mapping if that is meant"]
    notes.clear()
    entries(wide, MAPPING.replace('["Remark"]', '["remark ", "LINK"]'), notes)
    assert notes == []


def test_how_the_bytes_were_read_is_said() -> None:
    notes: list[str] = []
    entries(PLAIN.encode("latin-1"), notes=notes)
    assert notes == ["t.csv: is no UTF-8 (line 3), and is read as Windows-1252: say the encoding if it is another"]


def test_rows_that_a_rule_leaves_out_are_counted_and_say_why() -> None:
    rule = '[rows]\nleave_out = [{ column = "Outcome", begins_with = "dra", because = "not sent yet" }]\n[dates]'
    found = entries(f"{HEADER}\nA,IN,2021-01-01,1,Draft 2\nA,IN,2021-01-01,1,Open\n", MAPPING.replace("[dates]", rule))
    assert [(item.total, item.problem, item.value) for item in found] == [
        (True, "left out: not sent yet", "Draft 2"),
        (False, "", ""),
    ]


def test_the_words_for_totals_can_be_others() -> None:
    changed = MAPPING.replace("[table]", '[table]\ntotals = ["Alles"]')
    found = entries(f"{HEADER}\nTotal,IN,2021-01-01,1,Open\nalles: ,IN,2021-01-01,1,Open\n", changed)
    assert [item.total for item in found] == [False, True]


@pytest.mark.parametrize("mapping", [MAPPING, TARGETS])
def test_a_cell_that_may_be_a_total_or_a_name_is_refused_unless_the_mapping_decides(mapping: str) -> None:
    header = HEADER if mapping is MAPPING else TARGET_HEADER
    rest = ",IN,2021-01-01,1,Open" if mapping is MAPPING else ",01.02.2021,@x,Open,"
    rows = [
        f"{'' if mapping is MAPPING else f'O-{n},'}{name}{rest}" for n, name in enumerate(("Office", "Total Office"))
    ]
    text = table(*rows, header=header)
    (refused,) = [item for item in entries(text, mapping) if item.record is None]
    assert (refused.line, refused.column, refused.value, refused.total) == (3, "Authority", "Total Office", False)
    assert "may say that the row sums others, or be a name" in refused.problem
    named = mapping.replace("[[order]]", '[table]\nnot_totals = ["total office"]\n[[order]]').replace(
        '[table]\nignore = ["Remark"]', ""
    )
    assert len(orders(entries(text, named))) == 2
    rule = 'leave_out = [{ column = "Authority", is = ["Total Office"], because = "sums others" }]'
    left = (
        mapping.replace("[rows]", f"[rows]\n{rule}")
        if mapping is TARGETS
        else mapping.replace("[dates]", f"[rows]\n{rule}\n[dates]")
    )
    assert [item.total for item in entries(text, left) if item.record is None] == [True]


def test_notes_targets_and_cells_that_the_mapping_knows_are_no_labels() -> None:
    mapping = MAPPING.replace("specified =", 'note = { column = "Note" }\nspecified =').replace(
        '"Open"', '"Total ban" = "blocked", "Open"'
    )
    found = entries(f"{HEADER},Note\nA,IN,2021-01-01,1,Total ban,3 in total\n", mapping)
    assert [record["kind"] for record in records(found)] == ["order", "response"]


def test_a_target_that_is_called_like_a_total_is_a_target() -> None:
    rows = [f"O-1,Office,01.02.2021,{name},Complied,02.02.2021" for name in ("alice", "soma", "TOTAL", "bob", "sum")]
    (order, *_) = orders(entries(table(*rows), TARGETS))
    assert order["targets"] == ["alice", "soma", "TOTAL", "bob", "sum"]
    found = entries(table(*rows[:1], "O-1,Office,01.02.2021,soma,Open,", "O-1,,,soma,Open,", "O-1,,,TOTAL,,"), TARGETS)
    assert [item.line for item in found if item.total] == [4, 5]
    assert orders(found)[0]["targets"] == ["alice", "soma"]
    single = TARGETS.replace('each = "target"\ngroup_by = ["Order"]', "")
    assert [item.total for item in entries(table(rows[1], ",,,soma,Complied,"), single)] == [False, False, True]


@pytest.mark.parametrize("mapping", [MAPPING, TARGETS])
@pytest.mark.parametrize("char", ["\x00", "\x0b", "\x1b", "\x7f", "\x85"])
def test_a_control_character_in_a_cell_is_refused_with_line_and_column(mapping: str, char: str) -> None:
    good, bad = ("A,IN,2021-01-01,1,Open", f"A{char}B,IN,2021-01-01,1,Open")
    if mapping is TARGETS:
        good, bad = ("O-1,A,01.02.2021,@x,Open,", f"O-1,A{char}B,01.02.2021,@y,Open,")
    content = table(good, bad, header=HEADER if mapping is MAPPING else TARGET_HEADER)
    for encoded in (content.encode(), content.encode("utf-16")):
        found = [item for item in entries(encoded, mapping) if item.column]
        assert [(item.record, item.line, item.column) for item in found] == [(None, 3, "Authority")]
        assert f"control character (U+{ord(char):04X})" in found[0].problem


@pytest.mark.parametrize(
    ("content", "column", "said"),
    [
        (PLAIN.replace("Accounts", "Acounts").encode(), "Accounts", "is not in the header"),
        (PLAIN.replace("Outcome", "country").encode(), "Country", "stands twice"),
        (b"", "", "holds no table"),
        (PLAIN.encode("utf-32"), "", "is UTF-32"),
        (PLAIN.replace("Auth", "Auth\x00").encode(), "", "the name of column 1 holds a control character (U+0000)"),
    ],
)
def test_what_is_wrong_with_a_header_says_its_line_and_column(content: bytes, column: str, said: str) -> None:
    (item,) = entries(content)
    assert (item.where, item.line, item.column, item.rows) == ("t.csv, line 1", 1, column, 0)
    assert said in item.problem
    assert not item.problem.startswith("line")


def test_bad_rows_leave_nothing_behind() -> None:
    import gc

    def left_after(count: int) -> int:
        rows = (f"A,Indai,2021-01-{n % 9 + 32},lots,Compiled" for n in range(count))
        gc.collect()
        gc.disable()
        try:
            before = len(gc.get_objects())
            for item in csv_entries("t.csv", opener(table(*rows, header=HEADER).encode()), mapped(), "UTC"):
                assert item.record is None
            return len(gc.get_objects()) - before
        finally:
            gc.enable()

    left_after(10)
    assert abs(left_after(4_000) - left_after(2_000)) < 200


def test_a_share_is_an_amount_only_of_something_and_never_exact() -> None:
    of = MAPPING.replace(
        "[[order.response]]",
        '[[order.response]]\ncount = { column = "Complied %", share_of = "Accounts" }',
    ).replace("all = true\n", "")
    content = f'{HEADER},Complied %\nA,IN,2021-01-01,"1,038",Complied,38%*\nA,IN,2021-01-02,~12,Complied,38%\n'
    found = entries(content, of)
    assert records(found)[1]["count"] == {"n": 394, "qualifier": "about", "words": "38%* of 1,038"}
    assert [item.line for item in found if item.record is None] == [3]


def test_the_figure_in_brackets_can_be_an_amount_of_its_own() -> None:
    of = MAPPING.replace("all = true", 'count = { column = "Accounts", part = "brackets" }')
    found = records(entries(f"{HEADER}\nA,IN,2021-01-01,107 (75),Complied\nA,IN,2021-01-02,107,Complied\n", of))
    assert [amount(record["count"]) for record in found if record["kind"] == "response"] == [75]


ANY_CELL = st.sampled_from(
    ["", "-", "TOTAL", "Complied", "Open", "IN", "UK", "2021-02-01", "1,038", "38%", "x", " ", "a\nb", '"', "\x00", "é"]
)


@settings(max_examples=150)
@given(
    st.lists(st.lists(ANY_CELL, max_size=6), max_size=12),
    st.sampled_from([MAPPING, TARGETS]),
    st.sampled_from(["\n", "\r", "\r\n"]),
)
def test_the_rows_read_are_those_added_refused_and_left_out(rows: list[list[str]], mapping: str, end: str) -> None:
    import csv

    header = HEADER if mapping is MAPPING else TARGET_HEADER
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator=end).writerows([header.split(","), *rows])
    found = entries(written.getvalue().encode("utf-8"), mapping)
    assert sum(item.rows for item in found) == sum(any(cell.strip() for cell in row) for row in rows)
    assert all(item.problem and item.line for item in found if item.record is None and not item.total)


@given(st.binary(max_size=60))
def test_any_bytes_are_entries_or_refused(content: bytes) -> None:
    for before in (b"", HEADER.encode() + b"\n"):
        for item in entries(before + content):
            assert item.record is not None or item.problem or item.total


# Ids


ROWS = st.lists(
    st.tuples(st.sampled_from(["A", "B"]), st.sampled_from(["IN", "FR"]), st.integers(0, 3)), min_size=1, max_size=8
)


def csv_of(rows: list[tuple[str, str, int]], places: list[int]) -> str:
    lines = [HEADER.split(","), *([name, code, "2021-01-01", str(n), "Open"] for name, code, n in rows)]
    return "\n".join(",".join(line[place] for place in places) for line in lines)


@settings(max_examples=40)
@given(ROWS, st.permutations(range(5)), st.randoms())
def test_made_ids_stay_when_rows_and_columns_change_places_or_rows_are_added(
    rows: list[tuple[str, str, int]], places: list[int], random: Any
) -> None:
    before = [order["id"] for order in orders(entries(csv_of(rows, [0, 1, 2, 3, 4])))]
    assert len(set(before)) == len(before)
    more = [*rows, ("C", "IN", 9)]
    random.shuffle(more)
    after = {order["id"]: order for order in orders(entries(csv_of(more, list(places))))}
    assert set(before) < set(after)
    for name, row in zip(before, rows, strict=True):
        order = after[name]
        assert (order["authority"], order["jurisdiction"], order["specified"]) == row


def test_what_followed_does_not_change_a_made_id() -> None:
    before = orders(entries(PLAIN))
    assert orders(entries(PLAIN.replace("Open", "Complied"))) == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A,GB,2021-02-01,1038,Open", 'A,UK,01.02.2021,"1,038",Open'),
        ("A,GB,2021-02-01,<10,Open", " A ,United Kingdom,2021-02-01,under 10,Open"),
    ],
)
def test_a_made_id_is_of_what_cells_mean_and_not_of_how_they_are_written(before: str, after: str) -> None:
    mapping = MAPPING.replace('"YYYY-MM-DD"', '["YYYY-MM-DD", "DD.MM.YYYY"]')
    ids = {order["id"] for row in (before, after) for order in orders(entries(table(row, header=HEADER), mapping))}
    assert len(ids) == 1
    other = table(before.replace("1038", "1039").replace("<10", "10"), header=HEADER)
    assert orders(entries(other, mapping))[0]["id"] not in ids


def test_a_made_id_of_grouped_rows_is_of_the_columns_that_group_them() -> None:
    mapping = TARGETS.replace('id = { column = "Order" }', "").replace('["Order"]', '["Order", "Received"]')
    mapping = mapping.replace('"DD.MM.YYYY"', '["DD.MM.YYYY", "YYYY-MM-DD"]')
    rows = ("7,Office,01.02.2021,@x,Open,", "7,Office,2021-02-01,@y,Open,", "8,Office,01.02.2021,@x,Open,")
    first, second, third = (orders(entries(table(row), mapping))[0]["id"] for row in rows)
    assert first == second != third


def test_tables_that_differ_in_a_constant_alone_have_other_ids() -> None:
    other = MAPPING.replace('platform = "example"', 'platform = "sample"')
    ids = {order["id"] for mapping in (MAPPING, other) for order in orders(entries(PLAIN, mapping))}
    assert len(ids) == 4


@pytest.mark.parametrize("source", ['{ column = "No" }', '{ template = "x-{No}" }'])
def test_an_id_that_a_row_does_not_give_is_not_made_up(source: str) -> None:
    mapping = MAPPING.replace("[[order]]", f"[[order]]\nid = {source}")
    found = entries(f"{HEADER},No\nA,IN,2021-01-01,1,Open,N/A\nA,IN,2021-01-01,1,Open,a7\n", mapping)
    assert [(item.line, item.column, item.record is None) for item in found] == [(2, "No", True), (3, "", False)]


# Several entries of a row


SEVERAL = """
schema = "ledger-mapping/1"
[dates]
format = "YYYY"
[[order]]
id = { template = "x-{Year}-{Code}" }
authority = { template = "Government of {Code}" }
jurisdiction = { column = "Code" }
platform = "example"
received = { column = "Year" }
at_kind = "observed-by"
stands_for = { column = "Orders" }
specified = { column = "Accounts" }
specified_of = "account"
[[order]]
specified = { column = "Repos" }
specified_of = "repo"
"""


def test_other_amounts_of_the_same_orders_count_none_again() -> None:
    first, second = entries("Year,Code,Orders,Accounts,Repos\n2021,EL,17,16,21\n", SEVERAL)
    assert first.record == {
        "kind": "order",
        "id": "x-2021-GR",
        "authority": "Government of EL",
        "jurisdiction": "GR",
        "platform": "example",
        "received": "2021-12-31",
        "at_kind": "observed-by",
        "stands_for": 17,
        "specified": 16,
        "specified_of": "account",
    }
    changes = {"id": "x-2021-GR-repo", "relates_to": "x-2021-GR", "relation": "follow-up", "stands_for": 0}
    assert second.record == dict(first.record) | changes | {"specified": 21, "specified_of": "repo"}
    assert (first.rows, second.rows) == (1, 0)
    assert first.bundle == second.bundle != ""


def test_a_row_of_no_orders_is_an_entry_and_one_of_an_unknown_number_is_not() -> None:
    found = entries("Year,Code,Orders,Accounts,Repos\n2021,RU,0,0,0\n2022,RU,-,0,0\n2023,RU,~5,0,0\n", SEVERAL)
    assert [order["stands_for"] for order in orders(found)] == [0, 0]
    assert [(item.line, item.column) for item in found if item.record is None] == [(3, "Orders"), (4, "Orders")]


def test_responses_alone_are_about_orders_that_the_ledger_holds() -> None:
    mapping = """
    schema = "ledger-mapping/1"
    [[response]]
    order = { template = "order-{No}" }
    action = { column = "Outcome", values = { "Complied" = "withheld", "" = "none" } }
    count = { column = "Accounts" }
    at = { column = "Day", format = "ISO" }
    """
    found = entries("No,Outcome,Accounts,Day\n7,Complied,500+,2021-02-01T21:40+05:30\n8,,,\n", mapping)
    assert records(found) == [
        {
            "kind": "response",
            "order": "order-7",
            "action": "withheld",
            "count": {"n": 500, "qualifier": "at-least", "words": "500+"},
            "at": "2021-02-01T21:40+05:30",
        }
    ]
    assert [(item.rows, item.total, item.problem) for item in found[1:]] == [(1, True, "makes no entry")]


# One row a target


def test_rows_of_an_order_become_one_order_and_a_response_for_each_outcome() -> None:
    found = entries(
        table(
            "O-1,Office,01.02.2021,@one,Complied,02.02.2021",
            "O-1,Office,01.02.2021,@two ,Complied,02.02.2021",
            "O-1,Office,01.02.2021,@three,Non-compliant,03.02.2021",
            "O-1,Office,01.02.2021,@four,Open,",
        ),
        TARGETS,
    )
    assert [item.rows for item in found] == [4, 0, 0]
    assert len({item.bundle for item in found}) == 1
    order, complied, refused = records(found)
    assert (order["id"], order["targets"]) == ("O-1", ["@one", "@two", "@three", "@four"])
    assert (complied["action"], complied["at"], complied["targets"]) == ("withheld", "2021-02-02", ["@one", "@two"])
    assert (refused["action"], refused["order"], refused["targets"]) == ("refused", "O-1", ["@three"])


LINES = [f"O-{n // 3},Office,01.02.2021,@n{n},{'Complied' if n % 2 else 'Open'},02.02.2021" for n in range(12)]


@settings(max_examples=25)
@given(st.permutations(LINES))
def test_rows_of_an_order_need_not_be_adjacent(lines: list[str]) -> None:
    found = entries(table(*lines), TARGETS)
    assert sum(item.rows for item in found) == 12
    assert [order["id"] for order in orders(found)] == list(dict.fromkeys(line[:3] for line in lines))
    for order in orders(found):
        named = [line.split(",")[3] for line in lines if line.startswith(order["id"])]
        assert order["targets"] == named
        complied = [record for record in records(found) if record.get("order") == order["id"]]
        assert [record["targets"] for record in complied] == [[name for name in named if int(name[2:]) % 2]]


def test_an_order_of_which_a_row_is_refused_is_left_out_whole() -> None:
    found = entries(
        table(
            "O-1,Office,01.02.2021,@one,Open,",
            "O-2,Office,01.02.2021,@two,Open,",
            "O-1,Other,01.02.2021,@three,Open,",
            "O-1,Office,01.02.2021,@four,Open,",
            "O-2,Office,01.02.2021,@five,Open,",
            "O-3,Office,01.02.2021,,Open,",
            "O-3,Office,01.02.2021,@six,Open,",
            "O-4,Office,01.02.2021,@seven,Complied,",
            "O-4,Office,01.02.2021,@eight,Complied,2021",
            ",Office,01.02.2021,@nine,Open,",
            "TOTAL,,,,,",
        ),
        TARGETS,
    )
    assert [(order["id"], order["targets"]) for order in orders(found)] == [("O-2", ["@two", "@five"])]
    said = [(item.line, item.column, item.rows) for item in found if item.record is None and not item.total]
    assert said == [
        (7, "Handle", 1),
        (11, "Order", 1),
        (4, "Authority", 1),
        (2, "", 2),
        (8, "", 1),
        (10, "Done", 1),
        (9, "", 1),
    ]
    assert sum(item.rows for item in found) == 11
    assert "line 4, which is refused" in next(item.problem for item in found if item.line == 2)


def test_totals_among_the_rows_of_an_order_are_seen_wherever_they_stand() -> None:
    for total in (
        "Total,Office,01.02.2021,@x,Open,",
        "O-1,Office,01.02.2021, TOTAL ,Open,",
        "O-1,Office,01.02.2021,@x,Sum,",
    ):
        found = entries(table("O-1,Office,01.02.2021,@one,Open,", total, "O-1,Office,01.02.2021,@two,Open,"), TARGETS)
        assert [item.line for item in found if item.total] == [3]
        assert orders(found)[0]["targets"] == ["@one", "@two"]
    wide = table(
        "O-1,Office,01.02.2021,@one,Open,,", "O-1,Office,01.02.2021,@two,Open,,Total", header=f"{TARGET_HEADER},Note"
    )
    assert [item.total for item in entries(wide, TARGETS)] == [True, False]


@pytest.mark.parametrize("ragged", ["O-1,Office,01.02.2021,@two,Open,,x", "O-1,Office,01.02.2021", "O-1,Office"])
def test_a_row_of_another_width_takes_its_order_with_it(ragged: str) -> None:
    rows = ["O-1,Office,01.02.2021,@one,Open,", ragged, "O-2,Office,01.02.2021,@three,Open,"]
    for content in (rows, [*rows, "O-1,Office,01.02.2021,@four,Open,"]):
        found = entries(table(*content, header=TARGET_HEADER), TARGETS)
        assert [record["id"] for record in orders(found)] == ["O-2"]
        assert [item.line for item in found if item.problem] == [3, 2]
        assert [item.problem for item in found if item.line == 2] == [
            "stands in one order with line 3, which is refused"
        ]
        assert sum(item.rows for item in found) == len(content)


def test_a_row_too_short_to_say_its_order_is_of_the_one_above_it() -> None:
    header = "Authority,Received,Handle,Outcome,Done,Order"
    rows = ["Office,01.02.2021,@one,Open,,O-1", "Office,01.02.2021,@two", "Office,01.02.2021,@three,Open,,O-2"]
    found = entries(table(*rows, header=header), TARGETS)
    assert [record["id"] for record in orders(found)] == ["O-2"]
    assert sum(item.rows for item in found) == 3


def test_a_table_that_breaks_off_gives_none_of_its_orders() -> None:
    found = entries(table(*LINES[:4], '"O-9,Office,01.02.2021,@x,Open,'), TARGETS)
    assert records(found) == []
    assert found[-1].line == 6
    assert "nothing of this table is taken" in found[-1].problem
    # The row that broke it off is one of them.
    assert sum(item.rows for item in found) == 5


def test_a_target_can_be_made_of_several_columns_and_a_cell_can_name_several() -> None:
    changed = TARGETS.replace('targets = { column = "Handle" }', 'targets = { template = "{Outcome}:{Handle}" }')
    found = entries(table("O-1,Office,01.02.2021,one,Open,", "O-1,Office,01.02.2021,two,Open,"), changed)
    assert orders(found)[0]["targets"] == ["Open:one", "Open:two"]
    changed = TARGETS.replace('targets = { column = "Handle" }', 'targets = { column = "Handle", split = ";" }')
    found = entries(table("O-1,Office,01.02.2021,@a; @b;,Open,", "O-1,Office,01.02.2021,@c,Open,"), changed)
    assert (orders(found)[0]["targets"], found[0].rows) == (["@a", "@b", "@c"], 2)
