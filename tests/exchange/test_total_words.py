"""Words for totals: marked or worded they are totals still, and what may be a name is not guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.exchange.tables.mapping import TOTALS
from ledger.exchange.tables.total_words import TOTAL, UNSURE, TotalWords, bare

KIND = TotalWords(TOTALS, ["Total Energies"]).kind
MARKS = st.sampled_from(["*", "†", "‡", "¹", "²", " [1]", " (a)", ".", ":", " :", " -", "—", " **"])
YEARS = st.sampled_from(["", " (2021)", " 2021-H1", " for 2021"])


@pytest.mark.parametrize(
    "cell",
    [
        "TOTAL*", "Grand Total*", "Total¹", "Totals [1]", "Total.", "- Total -", "TOTAL (2021)", "Total for 2021", "Year total:",
        "ＴＯＴＡＬ", "2021 Total", "Total (a)", "Grand  total ", "Sub\u2011total", "合計", "कुल", "Total 2020/21", "(Total)",
    ],
)  # fmt: skip
def test_a_marked_word_is_a_total(cell: str) -> None:
    assert KIND(cell) == TOTAL


@pytest.mark.parametrize(
    "cell",
    [
        "India total",
        "Total for India",
        "Total requests",
        "All authorities",
        "TOTAL (all countries)",
        "インド合計",
        "Total1",
    ],
)
def test_what_begins_or_ends_with_such_a_word_is_not_guessed(cell: str) -> None:
    assert KIND(cell) == UNSURE


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "-",
        "Summer",
        "@total",
        "#sum",
        "Totality",
        "All India Radio",
        "Total Energies",
        "total energies*",
        "कुलदीप",
        "2021",
        "12*",
    ],
)
def test_other_words_are_none(cell: str) -> None:
    assert KIND(cell) == ""


@given(st.sampled_from(TOTALS), YEARS, st.lists(MARKS, max_size=3), st.sampled_from(["", "- ", "* ", "("]))
def test_marks_around_a_word_change_nothing(word: str, year: str, marks: list[str], before: str) -> None:
    assert KIND(before + word.upper() + year + "".join(marks)) == TOTAL


@given(st.text(max_size=100))
def test_any_text_has_bare_words_without_white_space_at_their_ends(text: str) -> None:
    assert bare(text) == bare(text).strip()


def test_without_words_nothing_is_a_total() -> None:
    assert [TotalWords([]).kind(cell) for cell in ("TOTAL", "All authorities", "India total")] == ["", "", ""]
