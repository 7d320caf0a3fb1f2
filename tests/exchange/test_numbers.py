"""Amounts, dates and countries as tables write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.exchange.tables.countries import country_code
from ledger.exchange.tables.dates import date_form, read_date
from ledger.exchange.tables.numbers import Amount, check_marks, read_amount
from ledger.model.countries import CODES
from ledger.model.moments import read_moment
from ledger.model.quantities import LARGEST

# Amounts


@given(st.integers(0, LARGEST), st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("\u202f", ",")]))
def test_a_number_with_its_marks_is_that_number(n: int, marks: tuple[str, str]) -> None:
    thousands, decimal = marks
    text = f"{n:,}".replace(",", thousands)
    assert read_amount(text, thousands=thousands, decimal=decimal) == Amount(n, value=Decimal(n))


@pytest.mark.parametrize(
    ("text", "n", "qualifier"),
    [
        ("1,038", 1038, "exact"),
        ("1,00,000", 100_000, "exact"),
        (" 257 ", 257, "exact"),
        ("12.0", 12, "exact"),
        ("≈1,200", 1200, "about"),
        ("~1,200", 1200, "about"),
        ("nearly 1,200", 1200, "about"),
        ("<10", 10, "under"),
        ("500+", 500, "at-least"),
        (">500", 500, "at-least"),
        ("some", 0, "unknown"),
        ("0", 0, "exact"),
    ],
)
def test_signs_and_words_say_how_exact_an_amount_is(text: str, n: int, qualifier: str) -> None:
    amount = read_amount(text)
    assert (amount.n, amount.qualifier, amount.stated) == (n, qualifier, True)


@pytest.mark.parametrize("text", ["", " ", "-", "–", "—", "N/A", "n/a", "NA", "k.A.", "..", "-*", "N/A [1]", ":"])
def test_what_is_not_stated_is_not_nought(text: str) -> None:
    amount = read_amount(text)
    assert (amount.n, amount.value, amount.stated) == (None, None, False)


@pytest.mark.parametrize(
    ("text", "marks", "brackets"),
    [
        ("38*", "*", ""),
        ("38 **", "**", ""),
        ("38¹", "¹", ""),
        ("38 [2]", "[2]", ""),
        ("38†‡", "†‡", ""),
        ("38 (75)*", "*", "75"),
    ],
)
def test_marks_and_brackets_are_told_from_the_figure(text: str, marks: str, brackets: str) -> None:
    amount = read_amount(text)
    assert (amount.n, amount.marks, amount.brackets) == (38, marks, brackets)


@pytest.mark.parametrize(
    ("text", "value"), [("38%", "38"), ("38%*", "38"), ("38.5 %", "38.5"), ("<1%", "1"), ("0%", "0")]
)
def test_a_share_is_no_amount(text: str, value: str) -> None:
    amount = read_amount(text)
    assert (amount.n, amount.share, amount.value) == (None, True, Decimal(value))


@pytest.mark.parametrize("text", ["1.5", "1.038", "0.5"])
def test_a_part_of_one_is_no_whole_amount(text: str) -> None:
    assert read_amount(text).n is None


def test_three_noughts_behind_the_decimal_mark_are_not_taken_for_decimals() -> None:
    assert read_amount("2.000").n is None
    assert read_amount("2.000", thousands=".", decimal=",").n == 2000


@pytest.mark.parametrize(
    "text",
    [
        "1,03",
        "10,38",
        "1038,",
        "1,0380",
        "-5",
        "(5)",
        "38-40",
        "3e4",
        "1 038",
        "0,015",
        "00,123",
        "１２",
        "٣",
        "abc",
        "5 (",
        "%",
        "+5",
        "1..2",
        "10" * 200,
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_amount(text)


@given(st.text(max_size=12))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    try:
        amount = read_amount(text)
    except Refused:
        return
    assert amount.n is None or amount.n >= 0


@pytest.mark.parametrize(("thousands", "decimal"), [(",", ","), (",", ""), ("ab", "."), ("1", "."), ("%", ".")])
def test_marks_that_would_mix_are_refused(thousands: str, decimal: str) -> None:
    with pytest.raises(Refused):
        check_marks(thousands, decimal)


# Dates


def day(cell: str, *forms: str, zone: str | None = None, published: str | None = None) -> str:
    return read_date(cell, tuple(map(date_form, forms)), zone, published)


@given(
    st.dates(),
    st.sampled_from(["DD.MM.YYYY", "MM/DD/YYYY", "YYYYMMDD", "D MMMM YYYY", "MMM D, YYYY", "D-M-YYYY", "ISO"]),
)
def test_a_day_in_a_form_is_that_day(date: object, form: str) -> None:
    import datetime as dt

    assert isinstance(date, dt.date)
    if date.year < 1000:
        return
    parts = {
        "YYYY": str(date.year), "MMMM": f"{date:%B}", "MMM": f"{date:%b}", "MM": f"{date.month:02}", "DD": f"{date.day:02}",
    }  # fmt: skip
    text = date.isoformat() if form == "ISO" else form
    for token, said in parts.items():
        text = text.replace(token, said)
    if form in ("D MMMM YYYY", "MMM D, YYYY"):
        text = f"{date.day} {date:%B} {date.year}" if form[0] == "D" else f"{date:%b} {date.day}, {date.year}"
    if form == "D-M-YYYY":
        text = f"{date.day}-{date.month}-{date.year}"
    assert day(text, form) == date.isoformat()


@pytest.mark.parametrize(
    ("cell", "form", "zone", "said"),
    [
        ("2021", "YYYY", None, "2021-12-31"),
        ("2024-02", "YYYY-MM", None, "2024-02-29"),
        ("Feb. 2021", "MMM YYYY", None, "2021-02-28"),
        ("01.02.2021 21:40", "DD.MM.YYYY hh:mm", "Asia/Kolkata", "2021-02-01T21:40+05:30"),
        ("2/1/2021 9:40 pm", "M/D/YYYY h:mm AM", "UTC", "2021-02-01T21:40Z"),
        ("12:05 a.m. 2/1/2021", "h:mm AM M/D/YYYY", "UTC", "2021-02-01T00:05Z"),
        ("2021-02-01 21:40:05 +0530", "YYYY-MM-DD hh:mm:ss Z", None, "2021-02-01T21:40:05+05:30"),
        ("2021-02-01T21:40+05:30", "ISO", None, "2021-02-01T21:40+05:30"),
    ],
)
def test_a_date_is_what_its_form_says(cell: str, form: str, zone: str | None, said: str) -> None:
    assert day(cell, form, zone=zone) == said
    assert read_moment(said, "UTC").text == said


@pytest.mark.parametrize(
    ("cell", "forms", "says"),
    [
        ("03/04/2021", ("DD/MM/YYYY", "MM/DD/YYYY"), "which of the two is meant"),
        ("1.2.2021", ("DD.MM.YYYY",), "no date like DD.MM.YYYY"),
        ("30.02.2021", ("DD.MM.YYYY",), "calendar"),
        ("Foo 2021", ("MMM YYYY",), "no date like"),
        ("28.03.2021 02:30", ("DD.MM.YYYY hh:mm",), "not one instant in Europe/Berlin"),
        ("31.10.2021 02:30", ("DD.MM.YYYY hh:mm",), "not one instant in Europe/Berlin"),
        ("01.02.2021 25:00", ("DD.MM.YYYY hh:mm",), "calendar"),
        ("2021-02-01T21:40", ("ISO",), "no date like ISO"),
    ],
)
def test_a_date_that_is_none_or_two_is_refused(cell: str, forms: tuple[str, ...], says: str) -> None:
    with pytest.raises(Refused, match=says):
        day(cell, *forms, zone="Europe/Berlin")


def test_of_two_forms_the_one_that_is_a_date_is_taken() -> None:
    assert day("13/04/2021", "DD/MM/YYYY", "MM/DD/YYYY") == "2021-04-13"


def test_a_period_that_goes_on_was_seen_on_the_day_of_publication() -> None:
    assert day("2026", "YYYY", published="2026-06-30") == "2026-06-30"
    assert day("2025", "YYYY", published="2026-06-30") == "2025-12-31"
    assert day("2026-12-31", "ISO", published="2026-06-30") == "2026-12-31"
    assert day("06/2026", "MM/YYYY", published="2026-06-15") == "2026-06-15"
    for cell, form in (("2027", "YYYY"), ("07/2026", "MM/YYYY")):
        with pytest.raises(Refused, match="begins after 2026-06-30"):
            day(cell, form, published="2026-06-30")


@pytest.mark.parametrize(
    "form", ["DD.MM.YY", "DD.MM", "DD.YYYY", "YYYY hh:mm", "hh:mm", "DD.MM.YYYY mm", "YYYY YYYY", "MM MMM YYYY", ""]
)
def test_a_form_that_leaves_something_open_is_refused(form: str) -> None:
    with pytest.raises(Refused):
        date_form(form)


# Countries


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("UK", "GB"), ("gb", "GB"), ("EL", "GR"), ("GR", "GR"), ("United Kingdom", "GB"), ("South Korea", "KR"),
        ("Korea, Republic of", "KR"), ("the Netherlands", "NL"), ("Türkiye", "TR"), ("Turkey", "TR"), ("Cote d’Ivoire", "CI"),
        ("St. Lucia", "LC"), ("Trinidad & Tobago", "TT"), ("Russia", "RU"), ("GBR", "GB"), (" Hong  Kong ", "HK"), ("NA", "NA"),
        ("European Union", "EU"), ("Czech Republic", "CZ"), ("Viet Nam", "VN"), ("U.S.A.", "US"), ("Niger", "NE"), ("Nigeria", "NG"), ("Kosovo", "XK"),
    ],
)  # fmt: skip
def test_countries_are_known_by_their_codes_and_names(text: str, code: str) -> None:
    assert country_code(text) == code


def test_every_code_is_known_by_a_name_of_its_own() -> None:
    from ledger.exchange.tables.countries import _codes, _usual

    assert set(_usual()) == CODES
    assert all(country_code(name) == code for code, name in _usual().items())
    assert set(_codes().values()) == CODES


@pytest.mark.parametrize(
    ("text", "says"),
    [("Untied States", "US .United States"), ("Indai", "IN .India"), ("XX", "use a code"), ("", "use a code")],
)
def test_what_is_no_country_is_refused_with_the_nearest(text: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        country_code(text)
