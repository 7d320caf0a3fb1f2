"""Numbers of entries, kept a bit each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ledger.model.numbers import Numbers

NUMBER = st.one_of(st.integers(0, 40), st.integers(4_090, 4_100), st.integers(0, 2**53))


@given(st.lists(st.tuples(st.sampled_from(["add", "discard"]), NUMBER), max_size=60))
def test_numbers_are_a_set_given_back_in_their_order(steps: list[tuple[str, int]]) -> None:
    numbers, expected = Numbers(), set[int]()
    for step, number in steps:
        getattr(numbers, step)(number)
        getattr(expected, step)(number)
        assert (number in numbers) == (number in expected)
    assert list(numbers) == sorted(expected)
    assert len(numbers) == len(expected)
    numbers.clear()
    assert (list(numbers), len(numbers)) == ([], 0)
