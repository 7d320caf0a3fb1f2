"""Amounts in words, and what may be said of their sums."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.model.quantities import (
    ABOUT,
    AT_LEAST,
    LARGEST,
    QUALIFIER_MARK,
    UNDER,
    UNKNOWN,
    Qualifier,
    Quantity,
    check_quantity,
    parse_quantity,
    qualifier,
    show,
    swapped,
)

CALM = settings(max_examples=100, deadline=None)
MARKS = st.integers(0, 15)


@pytest.mark.parametrize(
    ("words", "n", "how"),
    [
        ("257", 257, "exact"),
        ("0", 0, "exact"),
        ("1,178", 1178, "exact"),
        ("1,234,567", 1234567, "exact"),
        ("1,00,000", 100000, "exact"),
        ("12,34,56,789", 123456789, "exact"),
        ("1\u202f178", 1178, "exact"),
        ("1\u00a0178", 1178, "exact"),
        ("1\u2009178\u2009000", 1178000, "exact"),
        ("nearly 1,200", 1200, "about"),
        ("almost 1200", 1200, "about"),
        ("around 250", 250, "about"),
        ("about 250", 250, "about"),
        ("about\u00a01\u202f200", 1200, "about"),
        ("some 250", 250, "about"),
        ("approximately 250", 250, "about"),
        ("roughly 250", 250, "about"),
        ("circa 250", 250, "about"),
        ("~250", 250, "about"),
        ("≈250", 250, "about"),
        ("more than 500", 500, "at-least"),
        ("more\u00a0than 500", 500, "at-least"),
        ("over 500", 500, "at-least"),
        ("500+", 500, "at-least"),
        ("at least 500", 500, "at-least"),
        (">500", 500, "at-least"),
        (">=500", 500, "at-least"),
        (">= 500", 500, "at-least"),
        ("500 or more", 500, "at-least"),
        ("up to 40", 40, "under"),
        ("fewer than 40", 40, "under"),
        ("less than 40", 40, "under"),
        ("under 40", 40, "under"),
        ("at most 40", 40, "under"),
        ("<40", 40, "under"),
        ("no more than 40", 40, "under"),
        ("some", 0, "unknown"),
        ("several", 0, "unknown"),
        ("many", 0, "unknown"),
        ("unknown", 0, "unknown"),
        ("a few", 0, "unknown"),
        ("a number of", 0, "unknown"),
        ("an unknown number", 0, "unknown"),
        (str(LARGEST), LARGEST, "exact"),
    ],
)
def test_an_amount_is_read_in_the_words_people_use(words: str, n: int, how: Qualifier) -> None:
    assert parse_quantity(words) == Quantity(n, how, words)


@pytest.mark.parametrize("words", ["  NEARLY   1,200 ", "Nearly 1,200", "nearly\t1,200"])
def test_case_and_spaces_do_not_count_but_the_words_are_kept_as_given(words: str) -> None:
    assert parse_quantity(words) == Quantity(1200, "about", words)


def test_a_number_is_its_own_words() -> None:
    assert parse_quantity(257) == Quantity(257, "exact", "257")


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "-5",
        "1.5",
        "1.178",
        "1,17",
        "1,2",
        "12,34",
        "1,178,00",
        "1 178",
        "500 600",
        "1,178\u202f000",
        "1e3",
        "0x10",
        "two hundred",
        "nearly",
        "nearly 500+",
        "250 accounts",
        "perhaps 250",
        "٣",
        "²",
        "257\n258",
        "NaN",
        str(LARGEST + 1),
        "9" * 199,
        "9" * 5000,
        "a" + " " * 100_000 + "b",
        -1,
        LARGEST + 1,
        True,
        False,
    ],
    ids=lambda value: "long" if isinstance(value, int) or len(value) > 30 else repr(value),
)
def test_what_is_no_amount_is_refused_in_one_short_line(value: str | int) -> None:
    with pytest.raises(Refused) as caught:
        parse_quantity(value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("n", [-1, LARGEST + 1, True])
def test_a_recorded_amount_out_of_bounds_is_refused(n: int) -> None:
    with pytest.raises(Refused, match=r"^n: "):
        check_quantity(Quantity(n))


def test_a_number_too_long_to_print_is_refused_all_the_same() -> None:
    for n in (10**5000, -(10**5000)):
        with pytest.raises(Refused):
            parse_quantity(n)


def test_a_recorded_unknown_amount_has_no_number() -> None:
    with pytest.raises(Refused, match="unknown"):
        check_quantity(Quantity(3, "unknown"))
    assert check_quantity(Quantity(0, "unknown")) == Quantity(0, "unknown")


@given(words=st.text(max_size=40))
@CALM
def test_any_text_is_an_admissible_amount_or_is_refused(words: str) -> None:
    try:
        quantity = parse_quantity(words)
    except Refused:
        return
    assert check_quantity(quantity) is quantity
    assert quantity.words == words


@given(n=st.integers(0, LARGEST), how=st.sampled_from(["exact", "about", "at-least", "under"]))
@CALM
def test_an_amount_as_it_is_printed_reads_back_as_the_same_amount(n: int, how: Qualifier) -> None:
    again = parse_quantity(show(n, how))
    assert (again.n, again.qualifier) == (n, how)


@pytest.mark.parametrize(
    ("n", "how", "printed"),
    [
        (257, "exact", "257"),
        (1178, "exact", "1,178"),
        (1200, "about", "≈1,200"),
        (500, "at-least", "500+"),
        (40, "under", "<40"),
        (0, "unknown", "some"),
    ],
)
def test_an_amount_is_printed_no_more_exact_than_it_is(n: int, how: str, printed: str) -> None:
    assert show(n, how) == printed


@pytest.mark.parametrize(
    ("n", "marks", "how"),
    [
        (257, 0, "exact"),
        (0, 0, "exact"),
        (500, AT_LEAST, "at-least"),
        (0, AT_LEAST, "at-least"),
        (257, UNKNOWN, "at-least"),
        (0, UNKNOWN, "unknown"),
        (0, UNKNOWN | AT_LEAST, "at-least"),
        (500, UNKNOWN | AT_LEAST, "at-least"),
        (40, UNDER, "under"),
        (0, UNDER, "exact"),
        (250, ABOUT, "about"),
        (0, ABOUT, "about"),
        (540, UNDER | AT_LEAST, "about"),
        (40, UNDER | UNKNOWN, "about"),
        (0, UNDER | UNKNOWN, "about"),
        (290, ABOUT | UNDER, "about"),
        (290, ABOUT | AT_LEAST | UNKNOWN, "about"),
    ],
)
def test_a_sum_is_as_exact_as_its_parts_allow(n: int, marks: int, how: str) -> None:
    assert qualifier(n, marks) == how


@given(n=st.integers(0, LARGEST), marks=MARKS)
@CALM
def test_a_sum_is_exact_only_if_all_its_parts_are_or_there_can_be_fewer_than_none(n: int, marks: int) -> None:
    assert (qualifier(n, marks) == "exact") == (marks == 0 or (marks == UNDER and n == 0))
    assert qualifier(n, marks) != "unknown" or n == 0


@given(n=st.integers(0, LARGEST), how=st.sampled_from(sorted(QUALIFIER_MARK)))
@CALM
def test_one_amount_alone_is_as_exact_as_it_was_stated(n: int, how: str) -> None:
    if how == "unknown":
        n = 0
    if (n, how) != (0, "under"):
        assert qualifier(n, QUALIFIER_MARK[how]) == how


@pytest.mark.parametrize(
    ("taken", "left"), [(0, 0), (ABOUT, ABOUT), (AT_LEAST, UNDER), (UNDER, AT_LEAST), (UNKNOWN, UNDER)]
)
def test_what_is_left_is_fewer_where_more_may_have_gone(taken: int, left: int) -> None:
    assert swapped(taken) == left


@given(one=MARKS, other=MARKS)
@CALM
def test_swapping_the_marks_of_a_sum_is_swapping_those_of_its_parts(one: int, other: int) -> None:
    assert swapped(one | other) == swapped(one) | swapped(other)
    assert bool(swapped(one)) == bool(one)


@given(words=st.sampled_from(["nearly 1,200", "500+", "up to 40", "some", "257"]))
@CALM
def test_what_is_taken_twice_away_bounds_the_same_side_again(words: str) -> None:
    mark = QUALIFIER_MARK[parse_quantity(words).qualifier]
    assert swapped(swapped(mark)) == (AT_LEAST if mark == UNKNOWN else mark)
