"""The part 3 file of invented orders from four Member States, cell by cell, and read again by another reader.

`part_3_member_states_orders.csv` is the official template: Annex I of Commission Implementing Regulation (EU) 2024/2835.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledger.book import Ledger
from ledger.errors import Refused
from ledger.exchange.dsa_part3 import COLUMNS, contradictions, format_part3, format_period
from ledger.exchange.sources import sources
from ledger.index.reading import Source
from ledger.model.categories import CATEGORIES
from ledger.reports.dsa.orders import Cohort, cohort
from ledger.reports.dsa.part3 import Row, table
from tests.reports.part3_reader import blocks, differences

HERE = Path(__file__).parent
TEMPLATE = HERE / "part_3_member_states_orders.csv"
BEGIN, END = date(2025, 7, 1).toordinal(), date(2026, 1, 1).toordinal()

# By hand from dsa_orders/: scope, category, keyword; the seven figures: orders to act, items, hours to acknowledge, hours
# to act; orders to provide information, hours to acknowledge, hours to provide. All other rows are 0 and empty.
EXPECTED = """
TOTAL TOTAL -                                              26 45 1.00 12.00  2 0.25 48.00
TOTAL CONSUMER_INFORMATION -                                1  3 0.01 -      0 -    -
TOTAL CONSUMER_INFORMATION HIDDEN_ADVERTISEMENT             1  3 0.01 -      0 -    -
TOTAL ILLEGAL_OR_HARMFUL_SPEECH -                           3 13 1.25 18.00  0 -    -
TOTAL ILLEGAL_OR_HARMFUL_SPEECH HATE_SPEECH                 2 12 1.25 18.00  0 -    -
TOTAL ILLEGAL_OR_HARMFUL_SPEECH OTHER                       1  1 -    -      0 -    -
TOTAL INTELLECTUAL_PROPERTY_INFRINGEMENTS -                 2  9 4.00 12.00  0 -    -
TOTAL INTELLECTUAL_PROPERTY_INFRINGEMENTS COPYRIGHT_INFRINGEMENT 1 4 3.00 12.00 0 - -
TOTAL INTELLECTUAL_PROPERTY_INFRINGEMENTS OTHER             1  5 5.00 -      0 -    -
TOTAL RISK_FOR_PUBLIC_SECURITY -                            1  2 0.10 0.80   0 -    -
TOTAL RISK_FOR_PUBLIC_SECURITY TERRORIST_CONTENT            1  2 0.10 0.80   0 -    -
TOTAL SCAMS_AND_FRAUD -                                     0  0 -    -      2 0.25 48.00
TOTAL SCAMS_AND_FRAUD PHISHING                              0  0 -    -      1 0.25 48.00
TOTAL SCAMS_AND_FRAUD OTHER                                 0  0 -    -      1 -    -
TOTAL SELF_HARM -                                          17 16 -    -      0 -    -
TOTAL SELF_HARM SUICIDE                                    17 16 -    -      0 -    -
TOTAL UNSAFE_AND_PROHIBITED_PRODUCTS -                      1  1 1.00 6.00   0 -    -
TOTAL UNSAFE_AND_PROHIBITED_PRODUCTS UNSAFE_PRODUCTS        1  1 1.00 6.00   0 -    -
TOTAL NOT_SPECIFIED_ORDER -                                 1  1 -    -      0 -    -
AT TOTAL -                                                 18 18 0.10 0.80   0 -    -
AT RISK_FOR_PUBLIC_SECURITY -                               1  2 0.10 0.80   0 -    -
AT RISK_FOR_PUBLIC_SECURITY TERRORIST_CONTENT               1  2 0.10 0.80   0 -    -
AT SELF_HARM -                                             17 16 -    -      0 -    -
AT SELF_HARM SUICIDE                                       17 16 -    -      0 -    -
DE TOTAL -                                                  4 14 1.25 18.00  1 0.25 48.00
DE ILLEGAL_OR_HARMFUL_SPEECH -                              3 13 1.25 18.00  0 -    -
DE ILLEGAL_OR_HARMFUL_SPEECH HATE_SPEECH                    2 12 1.25 18.00  0 -    -
DE ILLEGAL_OR_HARMFUL_SPEECH OTHER                          1  1 -    -      0 -    -
DE SCAMS_AND_FRAUD -                                        0  0 -    -      1 0.25 48.00
DE SCAMS_AND_FRAUD PHISHING                                 0  0 -    -      1 0.25 48.00
DE NOT_SPECIFIED_ORDER -                                    1  1 -    -      0 -    -
EL TOTAL -                                                  2  9 4.00 12.00  0 -    -
EL INTELLECTUAL_PROPERTY_INFRINGEMENTS -                    2  9 4.00 12.00  0 -    -
EL INTELLECTUAL_PROPERTY_INFRINGEMENTS COPYRIGHT_INFRINGEMENT 1 4 3.00 12.00 0 -    -
EL INTELLECTUAL_PROPERTY_INFRINGEMENTS OTHER                1  5 5.00 -      0 -    -
FR TOTAL -                                                  2  4 0.50 6.00   1 -    -
FR CONSUMER_INFORMATION -                                   1  3 0.01 -      0 -    -
FR CONSUMER_INFORMATION HIDDEN_ADVERTISEMENT                1  3 0.01 -      0 -    -
FR SCAMS_AND_FRAUD -                                        0  0 -    -      1 -    -
FR SCAMS_AND_FRAUD OTHER                                    0  0 -    -      1 -    -
FR UNSAFE_AND_PROHIBITED_PRODUCTS -                         1  1 1.00 6.00   0 -    -
FR UNSAFE_AND_PROHIBITED_PRODUCTS UNSAFE_PRODUCTS           1  1 1.00 6.00   0 -    -
"""
NOTHING = ["0", "0", "", "", "0", "", ""]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """Return the orders of the second half of 2025."""
    with Ledger(tmp_path_factory.mktemp("dsa") / "ledger.jsonl") as book:
        book.import_all(sources([str(HERE / "dsa_orders")], None, "UTC"))
        return book.ask(lambda db: cohort(Source(db, book.read_line, book.zone), BEGIN, END, "Brunnen"))


def written(found: Cohort, *, receipts_as_zero: bool = False, confidential: bool = False) -> bytes:
    rows = table(found.counted, receipts_as_zero=receipts_as_zero, confidential=confidential)
    return format_part3(rows, "Brunnen", format_period(BEGIN, END), str)


def expected() -> dict[tuple[str, str, str], list[str]]:
    """Return the figures of each row that has any, by scope, category and keyword as the file writes them."""
    figures = {}
    for line in EXPECTED.strip().splitlines():
        scope, category, keyword, *cells = line.split()
        code = category if category == "TOTAL" else f"STATEMENT_CATEGORY_{category}"
        key = (scope, code, "" if keyword == "-" else f"KEYWORD_{keyword}")
        figures[key] = ["" if cell == "-" else cell for cell in cells]
    return figures


def rows_of(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode(), newline="")))


def row_of(raw: bytes, scope: str, category: str, keyword: str = "") -> dict[str, str]:
    block = next(block for block in blocks(raw) if block.scope == scope)
    return dict(zip(COLUMNS, block.rows[category, keyword], strict=True))


def test_the_columns_are_those_of_the_official_template() -> None:
    official = next(csv.reader(io.StringIO(TEMPLATE.read_text(encoding="utf-8"), newline="")))
    assert list(COLUMNS) == official


def test_the_categories_and_keywords_are_those_of_the_union_of_its_two_blocks() -> None:
    whole: list[str] = []
    by_state: list[str] = []
    for row in list(csv.reader(io.StringIO(TEMPLATE.read_text(encoding="utf-8"), newline="")))[1:]:
        (whole if row[5] == "TOTAL" else by_state).append(row[3])
    ours = ["TOTAL", *(code for category, keywords in CATEGORIES.items() for code in (category, *keywords))]
    assert ours == whole
    assert len(whole) == 91
    lacking = "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE"
    assert by_state == [code for code in whole if code != lacking]


def test_every_cell_of_orders_from_four_member_states_is_as_counted_by_hand(found: Cohort) -> None:
    figures = expected()
    read = {
        (block.scope, *key): [row[place] for place in (6, 7, 8, 9, 10, 11, 12)]
        for block in blocks(written(found))
        for key, row in block.rows.items()
    }
    assert len(read) == 5 * 91
    assert read == dict.fromkeys(read, NOTHING) | figures


def test_each_row_names_service_period_and_scope(found: Cohort) -> None:
    rows = rows_of(written(found))[1:]
    assert {tuple(row[:3]) for row in rows} == {("All", "Brunnen", "2025-07-01/2025-12-31")}
    assert list(dict.fromkeys(row[5] for row in rows)) == ["TOTAL", "AT", "DE", "EL", "FR"]


def test_the_file_read_anew_by_the_template_alone_adds_up(found: Cohort) -> None:
    for raw in (written(found), written(found, receipts_as_zero=True, confidential=True)):
        assert differences(raw, TEMPLATE.read_bytes()) == []


def test_the_other_reader_finds_each_wrong_count(found: Cohort) -> None:
    """Hold the reader itself: a figure that is one too many anywhere is found."""
    rows = rows_of(written(found))
    for number in (1, 2, 5, 92, 100, 455):
        wrong = [list(row) for row in rows]
        wrong[number][6] = str(int(wrong[number][6]) + 1)
        out = io.StringIO()
        csv.writer(out).writerows(wrong)
        assert differences(out.getvalue().encode(), TEMPLATE.read_bytes()), number


def test_receipts_acknowledged_within_the_hour_count_as_zero_when_asked_for(found: Cohort) -> None:
    raw = written(found, receipts_as_zero=True)
    medians = [column for column in COLUMNS if column.startswith("Median time to inform")]
    # 30 seconds, 6 and 30 minutes and the full hour of seven times; the next one is two hours.
    assert [row_of(raw, "TOTAL", "TOTAL")[column] for column in medians] == ["0.00", "0.00"]
    assert row_of(raw, "EL", "TOTAL")[medians[0]] == "4.00"
    said = row_of(raw, "FR", "TOTAL")[f"Contextual information on {medians[0]}"]
    assert said == "2 acknowledged within one hour of receipt and counted as 0"


def test_what_qualifies_a_figure_stands_beside_it_and_nothing_where_nothing_does(found: Cohort) -> None:
    raw = written(found)
    about = {
        (scope, column.removeprefix("Contextual information on ")): text
        for scope in ("DE", "EL", "AT", "FR")
        for column, text in row_of(raw, scope, "TOTAL").items()
        if column.startswith("Contextual") and text
    }
    inform, act = COLUMNS[8], COLUMNS[9]
    asked, provided = COLUMNS[11], COLUMNS[12]
    assert about == {
        ("DE", inform): "median of 2 of 4 orders; 1 without a recorded acknowledgement; 1 without clock times",
        ("DE", act): "median of 2 of 4 orders; 1 still open; 1 without clock times",
        ("EL", act): "median of 1 of 2 orders; 1 without clock times; 1 acted on in part, its other items closed without action",
        ("AT", COLUMNS[13].removeprefix("Contextual information on ")): "17 of these are known as totals only, not one by one",
        ("AT", COLUMNS[14].removeprefix("Contextual information on ")): "16 of these are known as totals only",
        ("AT", inform): "median of 1 of 18 orders; 17 known as totals only",
        ("AT", act): "median of 1 of 18 orders; 17 known as totals only; 1 acted on at least in part under the service's own rules",
        ("FR", act): "median of 1 of 2 orders; 1 refused",
        ("FR", asked): "no median; 1 without a recorded acknowledgement",
        ("FR", provided): "no median; 1 refused",
    }  # fmt: skip


def test_other_is_described_by_what_is_recorded_and_stays_empty_without_an_order(found: Cohort) -> None:
    described = {(row[5], row[4]) for row in rows_of(written(found))[1:] if row[4]}
    assert {text for scope, text in described if scope != "TOTAL"} == {
        "No keyword of this category is recorded; legal basis: EU-DSA-9 (1)",
        "No keyword of this category is recorded; legal basis: EU-DSA-10 (1)",
        "Recorded as none of the keywords of this category; legal basis: EX-GR-COPYRIGHT (1)",
    }


def test_orders_that_are_none_of_a_member_state_or_no_order_of_their_own_are_counted_beside(found: Cohort) -> None:
    assert (dict(found.abroad), found.repeats, found.invalid, found.void) == ({"IN": 1}, 1, 1, 0)
    assert found.lacking == []
    assert {order.id for order in found.counted}.isdisjoint({"EX-DE-5", "EX-GR-3", "EX-IN-1", "EX-FR-4"})


def test_the_file_is_rfc_4180_in_utf_8_without_a_byte_order_mark(found: Cohort) -> None:
    raw = written(found)
    assert raw.startswith(b"Applicability,Service,")
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n") == 1 + 5 * 91


def test_a_cell_with_commas_quotes_and_line_ends_is_quoted(found: Cohort) -> None:
    rows = table(found.counted, receipts_as_zero=False, confidential=True)
    raw = format_part3(rows, 'Brunnen, the "old" one\r\nof two', "p", str)
    assert {row[1] for block in blocks(raw) for row in block.rows.values()} == {'Brunnen, the "old" one\r\nof two'}


def test_rows_that_contradict_each_other_are_never_written(found: Cohort) -> None:
    rows = table(found.counted, receipts_as_zero=False, confidential=True)
    assert list(contradictions(rows)) == []
    one_more = [rows[0]._replace(act_orders=27), *rows[1:]]
    with pytest.raises(Refused, match="contradicts itself"):
        format_part3(one_more, "Brunnen", "p", str)

    def changed(place: int, **figures: Any) -> list[Row]:
        return [row._replace(**figures) if at == place else row for at, row in enumerate(rows)]

    for wrong in (
        changed(1, act_items=1),
        changed(90, info_orders=2),
        changed(92, act_orders=3),
        changed(1, act_effect="1.00"),
        changed(5, code="KEYWORD_OTHER"),
        rows[91:],
        rows[:-1],
        [],
    ):
        assert list(contradictions(wrong))
