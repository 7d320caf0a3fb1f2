"""Mapping files: what they can say, and how what is wrong in them is said."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from ledger.errors import Refused
from ledger.exchange.tables.mapping import TOTALS, TableMapping, columns_of_fields, parse_mapping, read_mapping
from tests.examples import text_of

GOOD = """
schema = "ledger-mapping/1"
[[order]]
authority = { column = "Authority" }
jurisdiction = "IN"
platform = "example"
received = { column = "Day", format = "DD.MM.YYYY" }
"""


def parsed(text: str) -> TableMapping:
    return parse_mapping(tomllib.loads(text))


def test_the_columns_that_a_table_must_have_are_known() -> None:
    mapping = parsed(
        GOOD
        + """
        reference = { template = "{Year}/{No}" }
        specified = { column = "Share", share_of = "All" }
        [[order.response]]
        action = "acknowledged"
        at = { column = "Answered", format = "ISO" }
        [rows]
        leave_out = [{ column = "Status", is = ["Draft"], because = "not sent" }]
        """
    )
    assert mapping.columns == ("Authority", "Day", "Year", "No", "Share", "All", "Answered", "Status")


def test_settings_are_taken() -> None:
    mapping = parsed(
        GOOD
        + """
        [table]
        encoding = "windows-1252"
        delimiter = "\\t"
        header_line = 3
        totals = ["Alles"]
        not_totals = ["All in all"]
        empty = ["", "leer"]
        ignore = ["Remark "]
        [numbers]
        thousands = "."
        decimal = ","
        [dates]
        published = 2021-06-30
        """
    )
    assert (mapping.encoding, mapping.delimiter, mapping.header_line) == ("windows-1252", "\t", 3)
    assert (mapping.thousands, mapping.decimal, mapping.published) == (".", ",", "2021-06-30")
    assert (set(mapping.totals), set(mapping.empty), set(mapping.ignore)) == (
        {"alles", "alles:", "alles :"},
        {"", "leer"},
        {"remark"},
    )
    assert mapping.not_totals == {"all in all"}


def test_the_column_of_a_field_is_known_where_one_column_made_it() -> None:
    mapping = parsed(
        """
        schema = "ledger-mapping/1"
        [[order]]
        id = { template = "x-{No}" }
        authority = { template = "{A} {B}" }
        jurisdiction = { column = "Country" }
        received = "2021-02-01"
        specified = { column = "Accounts" }
        [[order]]
        specified = { column = "Repos" }
        [[order.response]]
        action = { column = "Outcome" }
        count = { column = "Share", share_of = "Accounts" }
        """
    )
    assert columns_of_fields(mapping) == {
        "order": {"id": "No", "jurisdiction": "Country"},
        "response": {"action": "Outcome"},
    }


def test_a_table_has_words_for_totals_and_marks_of_numbers_of_its_own() -> None:
    mapping = parsed(GOOD)
    assert set(TOTALS) <= mapping.totals
    assert (mapping.thousands, mapping.decimal, mapping.each) == (",", ".", "order")


def test_dates_of_toml_are_constants_as_they_are_written() -> None:
    (order,) = parsed(GOOD.replace('{ column = "Day", format = "DD.MM.YYYY" }', "2021-02-01")).orders
    field = order.field("received")
    assert field is not None
    assert (field.constant, field.columns) == ("2021-02-01", ())


def test_other_orders_of_a_row_say_only_what_is_other_than_in_the_first() -> None:
    mapping = parsed(GOOD + 'id = { column = "No" }\n[[order]]\nplatform = "sample"\nspecified = { column = "Repos" }')
    first, second = mapping.orders
    assert [field.name for field in second.fields] == ["authority", "jurisdiction", "platform", "received", "specified"]
    assert [order.fields[2].constant for order in (first, second)] == ["example", "sample"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD + "[table]\nheader_line = 2\nheader = ['a']", "either the table has one"),
        (GOOD.replace("ledger-mapping/1", "other"), 'begins with schema = "ledger-mapping/1"'),
        (GOOD.replace("[[order]]", "[[ordr]]"), "'ordr' is not known there: did you mean order"),
        (GOOD + "auhtority = 'x'", "'auhtority' is not known there: did you mean authority"),
        (GOOD + 'note = { colum = "x" }', "note: 'colum' is not known there: did you mean column"),
        (GOOD + 'note = { column = "x", template = "{x}" }', "either column or template"),
        (GOOD + "note = {}", "either column or template"),
        (GOOD + 'note = { template = "x" }', "names no column in braces"),
        (GOOD + 'note = { template = "{x" }', "names no column in braces"),
        (GOOD + "note = 1.5", "1.5 is no value of a field"),
        (GOOD + 'note = ""', "a text is needed"),
        (GOOD + 'note = { column = "x", values = {} }', "values: a table is needed"),
        (GOOD + 'note = { column = "x", format = "ISO" }', "is no date"),
        (GOOD + 'note = { column = "x", split = ";" }', "nothing to split"),
        (GOOD + 'note = { column = "x", share_of = "y" }', "share_of and part are for amounts"),
        (GOOD + 'specified = { column = "x", part = "rest" }', "part: 'rest' is not known"),
        (GOOD + 'specified = { template = "{x}" }', "no template makes it"),
        (GOOD + 'due = { column = "x" }', "due: say how its dates are written"),
        (GOOD + 'due = { column = "x", format = "MM.YYYY" }', "a year or a month alone is no day"),
        (GOOD + 'due = { column = "x", format = "DD.MM.YY" }', "due, format: .*does not say its century"),
        (GOOD + 'due = { column = "x", format = "DD.MM.YYYY hh:mm" }', "clock times have no zone"),
        (GOOD + 'due = { column = "x", format = "ISO", zone = "Mars" }', "no time zone"),
        (GOOD.replace("DD.MM.YYYY", "YYYY"), 'write at_kind = "observed-by" in [[order]]'),
        (GOOD.replace("DD.MM.YYYY", "fill in: DD/MM/YYYY or MM/DD/YYYY"), "is still to be filled in (fill in: DD/MM/YYYY or MM/DD/YYYY)"),
        (GOOD.replace('"example"', '"fill in: the platform"'), "platform: is still to be filled in"),
        (GOOD + "documents = []", "'documents' is not known there"),
        (GOOD + "[numbers]\nthousands = ','\ndecimal = ','", "must be a mark, and another one"),
        (GOOD + "[numbers]\nthousands = 'fill in: . or ,'", "still to be filled in"),
        (GOOD + "[numbers]\nthousands = 1", "a text is needed"),
        (GOOD + "[rows]\neach = 'row'", 'a row is one "order" or one "target"'),
        (GOOD + "[rows]\neach = 'target'", "name the columns that make rows one order"),
        (GOOD + "[rows]\ngroup_by = ['No']", "name the columns that make rows one order"),
        (GOOD + "[rows]\neach = 'target'\ngroup_by = ['No']", "its targets say which column names the target"),
        (GOOD + "[rows]\nleave_out = [{ column = 'x', is = ['y'] }]", "because: a text is needed"),
        (GOOD + "[rows]\nleave_out = [{ column = 'x', because = 'y' }]", "say which rows"),
        (GOOD + "[rows]\nleave_out = 'x'", "a list is needed"),
        (GOOD + "[table]\nheader_line = 0", "the number of a line is needed"),
        (GOOD + "[table]\nignore = [1]", "a list of texts is needed"),
        (GOOD + "[dates]\npublished = 'May'", "is no date"),
        (GOOD + "[[response]]\norder = 'x'", "say what a row is"),
        ('schema = "ledger-mapping/1"', "say what a row is"),
        ('schema = "ledger-mapping/1"\n[[response]]\naction = "acknowledged"', "say which order it is about"),
        (GOOD + "[[order.response]]\norder = 'x'", "leave out their order"),
        ('schema = "ledger-mapping/1"\ntable = 1', "write [table]"),
        ('schema = "ledger-mapping/1"\norder = [1]', "must be a table of fields"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_mapping_is_said_with_its_place(text: str, says: str) -> None:
    with pytest.raises(Refused) as caught:
        parsed(text)
    assert re.search(says if ".*" in says else re.escape(says), str(caught.value))


def test_the_mapping_on_the_page_of_imports_can_be_read() -> None:
    (block,) = re.findall('```toml\n(schema = "ledger-mapping/1".*?)```', text_of("import.md"), re.DOTALL)
    mapping = parsed(block)
    assert (mapping.each, mapping.group_by, mapping.header_line) == ("target", ("Order no.",), 3)


def test_what_is_wrong_in_a_file_is_said_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    for text, says in (("schema = 1", "is no mapping"), ("schema = ", "not TOML")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(Refused, match=says) as caught:
            read_mapping(path)
        assert str(caught.value).startswith(f"{path}: ")
    with pytest.raises(Refused, match="cannot be read"):
        read_mapping(tmp_path / "none.toml")
