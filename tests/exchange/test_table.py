"""Tables as text: lines, cells, encodings and delimiters."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.exchange.tables.table import Row, Table, open_table


def opened(content: bytes, **options: object) -> Table:
    return open_table("t.csv", io.BytesIO(content), **options)  # type: ignore[arg-type]


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=6).filter(
    lambda cell: cell == cell.lstrip(" ")
)


@given(
    st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=5),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_what_was_written_is_read_and_each_row_knows_its_line(rows: list[list[str]], delimiter: str, end: str) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["one", "two", "three"])
    expected = []
    for row in rows:
        text = written.getvalue()
        line = text.count("\n") + text.count("\r") - text.count("\r\n") + 1
        writer.writerow(row)
        if any(cell.strip() for cell in row):
            expected.append(Row(line, row))
    table = opened(written.getvalue().encode("utf-8"))
    assert (table.header, table.header_line) == (("one", "two", "three"), 1)
    assert list(table.rows()) == expected


@given(
    st.lists(st.sampled_from(["a", "é", " ", ",", ";", "\t", '"', "\n", "\r", "\r\n", "\u2028", "\x1c"]), max_size=30),
    st.sampled_from([",", ";", "\t"]),
    st.integers(1, 12),
)
def test_rows_are_those_that_csv_reads_however_lines_are_taken_together(
    parts: list[str], delimiter: str, together: int
) -> None:
    text = "".join(parts)
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t"
    )
    expected: list[Row] = []
    whole, line = True, 1
    try:
        for cells in reader:
            while len(cells) > 2 and not cells[-1].strip():
                del cells[-1]
            if any(cell.strip() for cell in cells):
                expected.append(Row(line, cells))
            line = reader.line_num + 1
    except csv.Error:
        whole = False
    found: list[Row] = []
    said = ""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("ledger.exchange.tables.table._TOGETHER", together)
        table = opened(text.encode(), header=("one", "two"), delimiter=delimiter, ragged=True)
        try:
            found.extend(table.rows())
        except Refused as error:
            said = str(error)
    assert found == expected
    assert not said if whole else f"line {line}: " in said


def test_lines_are_counted_over_more_rows_than_are_read_together() -> None:
    content = b"a,b\n" + b"1,2\n" * 700 + b'"x\ny",2\n' + b"1,2\n" * 700 + b"1,2,3\n"
    rows = opened(content).rows()
    lines: list[int] = []
    with pytest.raises(Refused, match=r"t\.csv, line 1404: has 3 cells, the header has 2"):
        lines.extend(row.line for row in rows)
    assert lines == [*range(2, 703), *range(704, 1404)]


def test_rows_before_a_broken_one_are_still_given() -> None:
    rows = opened(b'a,b\n1,2\n3,4\n"5,6\n').rows()
    assert [next(rows).cells, next(rows).cells] == [["1", "2"], ["3", "4"]]
    with pytest.raises(Refused, match=r"line 4: has a quote that is not closed"):
        next(rows)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "holds no table"),
        (b"\n\n , \n", "holds no table"),
        (b'"a,b\n1,2\n', "line 1: the header's quotes are not closed"),
        (b"a\0,\0b\0\n\0", "line 1: holds bytes of 0"),
        (b"\xff\xfea\0,\0\n\0\x00\xd8a\0", "line 2: byte"),
        (b'a,b\n"1" x,2\n', "line 2: has something between a closing quote"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "line 2: has a cell of more than 131,072"),
        (b"a,b\n1\n", "line 2: has 1 cells"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(content: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says):
        list(opened(content).rows())


@given(st.lists(st.sampled_from(["é", "a", "\n", "\r", "\r\n"]), max_size=12))
def test_bytes_that_are_not_as_declared_are_refused_with_line_and_byte(parts: list[str]) -> None:
    before = "".join(["a,b\n", *parts, "x"]).encode()
    lines = before.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    with pytest.raises(Refused, match=f"line {len(lines)}: byte {len(lines[-1]) + 1} of it is no utf-8"):
        opened(before + b"\xe9\n", encoding="utf-8")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("cell", ["a", "Ċ", "\U00010a0a"])
def test_lines_of_wide_characters_are_counted_as_lines(cell: str, end: str) -> None:
    # The bytes of these letters are those of line ends too.
    content = f"a,b{end}{cell},1{end}{cell}x".encode("utf-16")
    wrong = len(f"{cell}x".encode("utf-16-le")) + 1
    with pytest.raises(Refused, match=f"line 3: byte {wrong} of it is no utf-16"):
        opened(content + b"!")


@pytest.mark.parametrize(
    ("encoding", "content"), [("utf-7", b"a\n1\n2+2AE-\n"), ("unicode_escape", b"a\n1\n2\\ud801\n")]
)
def test_half_a_character_is_refused_with_its_line(encoding: str, content: bytes) -> None:
    with pytest.raises(Refused, match=f"line 3: byte 2 of it is no {encoding}"):
        opened(content, encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "UTF-16LE", "utf-32-le"])
def test_an_encoding_without_a_mark_is_read_where_it_is_said(encoding: str) -> None:
    content = "a,b\nĊ,2\n".encode(encoding)
    table = opened(content, encoding=encoding)
    assert (table.header, [row.cells for row in table.rows()]) == (("a", "b"), [["Ċ", "2"]])
    with pytest.raises(Refused, match="say the encoding"):
        opened(content)


def test_a_mark_is_no_part_of_the_header_whatever_is_said() -> None:
    content = "a,b\n1,2\n".encode("utf-16")
    for encoding in (None, "utf-16", "utf-16-le", "utf-16-be"):
        assert opened(content, encoding=encoding).header == ("a", "b")
    assert opened("a,b\n".encode("utf-8-sig"), encoding="utf-8").header == ("a", "b")


def test_a_declared_encoding_is_taken() -> None:
    assert next(opened("a\nпривет\n".encode("koi8-r"), encoding="koi8-r").rows()).cells == ["привет"]


@pytest.mark.parametrize(
    "encoding", ["utf-99", "utf\0", "rot13", "hex", "base64", "zlib", "undefined", "idna", "punycode"]
)
def test_what_is_no_encoding_of_text_is_refused(encoding: str) -> None:
    with pytest.raises(Refused, match="no known encoding"):
        opened(b"a\n", encoding=encoding)


@given(st.binary(max_size=20), st.sampled_from(["utf-7", "utf-16", "utf-32", "shift_jis", "raw_unicode_escape"]))
@example(b"\xef\xbb\xbfa", "utf-16")
@example(b"\xef\xbb\xbfa", "utf-32")
@example(b"\xff\xfea\0", "utf-32")
def test_any_bytes_are_read_as_declared_or_refused(content: bytes, encoding: str) -> None:
    try:
        for row in opened(content, encoding=encoding).rows():
            "".join(row.cells).encode()
    except Refused as error:
        assert str(error).startswith("t.csv")  # noqa: PT017 - mostly there is none


def test_bytes_that_windows_1252_does_not_know_are_latin_1() -> None:
    table = opened(b"a\n\x81\xe9\n")
    assert next(table.rows()).cells == ["\x81é"]
    assert "Latin-1" in table.notes[0]


def test_a_delimiter_in_a_quoted_header_does_not_count() -> None:
    table = opened(b'"a, b, c";d\n1;2\n')
    assert table.header == ("a, b, c", "d")
    assert opened(b"a,b;c\n", delimiter=";").header == ("a,b", "c")


def test_a_header_may_stand_below_titles_or_be_given() -> None:
    table = opened(b"Report of 2021\n\nx\na,b\n1,2\n", header_line=4)
    assert (table.header, table.header_line, list(table.rows())) == (("a", "b"), 4, [Row(5, ["1", "2"])])
    assert table.notes == ("lines 1 to 3, above the header, are not read",)
    given_names = opened(b"1;2\n3;4\n", header=("a", "b"))
    assert [row.line for row in given_names.rows()] == [1, 2]
    with pytest.raises(Refused, match="no header in line 9"):
        opened(b"a\n", header_line=9)


def test_a_first_line_that_states_the_delimiter_is_no_row_wherever_the_header_is() -> None:
    content = b"sep=|\na, b, c|n\n1|x, y\n"
    for options, lines in (({}, [3]), ({"header_line": 2}, [3]), ({"header": ("one", "two")}, [2, 3])):
        table = opened(content, **options)
        assert len(table.header) == 2
        rows = list(table.rows())
        assert [row.line for row in rows] == lines
        assert rows[-1].cells == ["1", "x, y"]


def test_header_names_lose_white_space_and_line_breaks() -> None:
    table = opened(b'  a  ,"b\n c ",\n1,2,\n')
    assert (table.header, table.header_line) == (("a", "b c"), 1)
    assert list(table.rows()) == [Row(3, ["1", "2"])]


def test_what_cannot_be_read_twice_is_refused() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with pytest.raises(Refused, match="save it as a file"):
        open_table("t.csv", Pipe(b"a\n1\n"))


def test_ragged_rows_are_let_through_where_that_is_asked_for() -> None:
    rows = list(opened(b"a,b\n1\n1,2,3\n1,2,,\n", ragged=True).rows())
    assert [row.cells for row in rows] == [["1"], ["1", "2", "3"], ["1", "2"]]


@pytest.mark.parametrize("blank", ['" "," "', ' ," "', "\t,\t"])
def test_a_row_of_white_space_alone_is_no_row_even_in_quotes(blank: str) -> None:
    assert [row.line for row in opened(f"a,b\n{blank}\n1,2\n".encode()).rows()] == [3]


def test_whether_control_characters_may_stand_in_cells_is_known_beforehand() -> None:
    for content, may in (
        (b"a\n\tb\r\n", False),
        ("a\né\n".encode(), False),
        (b"a\n\x1b\n", True),
        ("a\n\x85".encode(), True),
    ):
        assert opened(content).controls is may
