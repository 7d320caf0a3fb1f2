"""Rows as CSV that other programs read, and in which nothing acts."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from ledger.render.safe import cell, plain
from ledger.render.spreadsheet import csv_text

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(('=1+1,"x"', "@a", "a\r\nb", "-7", "'a"))


@given(st.lists(st.tuples(TEXTS, st.lists(TEXTS, min_size=1, max_size=3), TEXTS), max_size=4))
def test_every_reader_finds_the_cells_that_were_written(rows: list[tuple[str, list[str], str]]) -> None:
    made = [((before, "", after), values) for before, values, after in rows]
    text = "".join(csv_text(("a", "b", "c"), made, 1))
    expected = [[cell(before), cell(value), cell(after)] for before, values, after in rows for value in values]
    assert list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:] == expected


def test_lines_end_with_carriage_return_and_line_feed_and_quotes_are_doubled() -> None:
    rows = [(("a,b", 'say "no"'), ("",)), (("c", None), ("",))]
    assert "".join(csv_text(("one", "two"), rows, None)) == 'one,two\r\n"a,b","say ""no"""\r\nc,\r\n'


def test_no_cell_is_taken_for_a_formula_not_even_the_one_that_varies() -> None:
    text = "".join(csv_text(("a", "b"), [(("=cmd()", ""), ("@SUM(1)", "+1", "plain"))], 1))
    assert text == "a,b\r\n'=cmd(),'@SUM(1)\r\n'=cmd(),'+1\r\n'=cmd(),plain\r\n"


@given(st.lists(TEXTS | st.sampled_from(("=1+1", "'=1+1", "''", "'")), min_size=2, max_size=6))
def test_texts_that_differ_are_cells_that_differ_and_lose_one_apostrophe_to_be_the_text_again(texts: list[str]) -> None:
    cells = [str(cell(text)) for text in texts]
    assert [text.removeprefix("'") for text in cells] == [plain(text) for text in texts]
    assert len(set(cells)) == len({plain(text) for text in texts})
    assert cell("=1+1") == "'=1+1" != cell("'=1+1") == "''=1+1"


def test_flags_numbers_and_lists_are_written_as_the_data_package_says() -> None:
    text = "".join(csv_text(("a", "b", "c", "d"), [((True, 0, ["x", "y"], None), ("",))], None))
    assert text == "a,b,c,d\r\ntrue,0,x; y,\r\n"


def test_long_tables_come_in_blocks_that_together_are_the_whole() -> None:
    names = [f"name_{number}" for number in range(9_000)]
    blocks = list(csv_text(("a", "b"), [((1, ""), names[:5_000]), ((2, ""), names[5_000:])], 1))
    assert len(blocks) > 1
    assert [line.split(",")[1] for line in "".join(blocks).split("\r\n")[1:-1]] == names
