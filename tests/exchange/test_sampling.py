"""Proposed mappings: what the table says is taken, what it does not say is asked for."""

from __future__ import annotations

import io
import re
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.exchange.tables.csv_entries import csv_entries
from ledger.exchange.tables.mapping import parse_mapping
from ledger.exchange.tables.sampling import propose_mapping


def proposed(text: str | bytes) -> str:
    return propose_mapping("t.csv", io.BytesIO(text if isinstance(text, bytes) else text.encode()))


def test_a_table_of_totals_is_proposed_whole_but_for_what_it_does_not_say() -> None:
    text = "year,government,government_iso2_code,count_received\n2021,Brazil,BR,1\n2021,United Kingdom,GB,4\n"
    mapping = proposed(text)
    order = tomllib.loads(mapping)["order"][0]
    assert order == {
        "authority": {"column": "government"},
        "jurisdiction": {"column": "government_iso2_code"},
        "platform": "fill in: the platform",
        "received": {"column": "year", "format": "YYYY"},
        "at_kind": "observed-by",
        "stands_for": {"column": "count_received"},
    }
    filled = parse_mapping(tomllib.loads(mapping.replace("fill in: the platform", "example")))
    found = list(csv_entries("t.csv", lambda: io.BytesIO(text.encode()), filled, "UTC"))
    assert [item.record and item.record["stands_for"] for item in found] == [1, 4]


def test_a_table_of_targets_is_grouped_by_its_order() -> None:
    rows = "".join(f"{n // 2},Office,India,{20 + n}.02.2021,@name{n},{'Yes' if n % 2 else 'No'}\n" for n in range(6))
    mapping = tomllib.loads(proposed(f"Order No.,Authority,Country,Date received,Handle,Outcome\n{rows}"))
    assert mapping["rows"] == {"each": "target", "group_by": ["Order No."]}
    assert mapping["order"][0]["id"] == {"template": "order-{Order No.}"}
    assert mapping["order"][0]["received"] == {"column": "Date received", "format": "DD.MM.YYYY"}
    assert mapping["order"][0]["targets"] == {"column": "Handle"}
    (response,) = mapping["order"][0]["response"]
    assert set(response["action"]["values"]) == {"Yes", "No"}
    assert all(value.startswith("fill in") for value in response["action"]["values"].values())


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (["03/04/2021", "05/06/2021"], "fill in: DD/MM/YYYY or MM/DD/YYYY"),
        (["03/04/2021", "25/06/2021"], "DD/MM/YYYY"),
        (["03/04/2021", "05/26/2021"], "MM/DD/YYYY"),
        (["3/4/2021", "5/26/2021"], "M/D/YYYY"),
        (["2021-02-01", "-"], "ISO"),
        (["2021-02", "2021-03"], "YYYY-MM"),
        (["1 Feb 2021"], "D MMM YYYY"),
    ],
)
def test_a_form_of_dates_is_proposed_only_where_the_cells_leave_no_other(cells: list[str], form: str) -> None:
    rows = "".join(f"Office,{cell}\n" for cell in cells)
    mapping = tomllib.loads(proposed(f"Authority,Received\n{rows}"))
    assert mapping["order"][0]["received"]["format"] == form


def test_marks_of_numbers_that_could_be_decimals_are_asked_for() -> None:
    mapping = tomllib.loads(proposed("Country;Year;Requests\nIndia;2021;1.038\n"))
    assert mapping["numbers"]["thousands"].startswith("fill in")
    mapping = tomllib.loads(proposed('Country,Year,Requests\nIndia,2021,"1,038"\n'))
    assert mapping["numbers"] == {"thousands": ",", "decimal": "."}


def test_columns_that_are_not_taken_totals_and_encodings_are_said() -> None:
    text = proposed("Behörde,Year,Country,Requests\nA,2021,India,1\nTotal,,,1\n".encode("latin-1"))
    assert '# ignore = ["Behörde"]' in text
    assert "here: 3." in text
    assert 'encoding = "windows-1252"' in text


CELLS = st.text(st.characters(codec="utf-8"), max_size=8)


@given(st.lists(CELLS, min_size=1, max_size=5), st.lists(CELLS, max_size=5))
def test_a_proposal_can_always_be_read_if_only_to_say_what_is_to_be_filled_in(
    header: list[str], row: list[str]
) -> None:
    import csv

    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([["Country", *header], ["India", *row], ["France", *row]])
    try:
        text = proposed(written.getvalue())
    except Refused:
        return
    with pytest.raises(Refused, match=re.escape("fill in")):
        parse_mapping(tomllib.loads(text))
    assert all(char.isprintable() or char == "\n" for char in text)
