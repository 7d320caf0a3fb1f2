from __future__ import annotations

from collections import Counter
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ledger.reports.timing.incidence import DONE, OPEN, OTHER, curve, median

Individuals = list[tuple[int, int]]
HALF = Fraction(1, 2)
individuals = st.lists(st.tuples(st.integers(0, 12), st.sampled_from((DONE, DONE, OTHER, OPEN))), max_size=25)
without_open = st.lists(st.tuples(st.integers(0, 12), st.sampled_from((DONE, DONE, OTHER))), min_size=1, max_size=25)


def defined(found: Individuals, cause: int = DONE) -> dict[int, Fraction]:
    """Work out F by its definition, person by person: the hazard of each time times who had come to no end before."""
    free, part, shares = Fraction(1), Fraction(0), {}
    for at in sorted({time for time, _ in found}):
        risk = sum(1 for time, _ in found if time >= at)
        ends = sum(1 for time, end in found if time == at and end != OPEN)
        mine = sum(1 for time, end in found if time == at and end == cause)
        part += free * Fraction(mine, risk)
        free *= 1 - Fraction(ends, risk)
        shares[at] = part
    return shares


def redistributed(found: Individuals) -> dict[int, Fraction]:
    """Work out F by handing the weight of everyone who is censored to all who are left (Efron's construction)."""
    # Ends come before what is open at the same time.
    row = sorted(found, key=lambda each: (each[0], each[1] == OPEN))
    weights = [Fraction(1, len(row)) for _ in row]
    part, shares = Fraction(0), {}
    for place, (time, end) in enumerate(row):
        if end == OPEN:
            for other in range(place + 1, len(row)):
                weights[other] += weights[place] / (len(row) - place - 1)
        elif end == DONE:
            part += weights[place]
            shares[time] = part
    return shares


@given(individuals)
def test_the_curve_is_that_of_the_definition(found: Individuals) -> None:
    shares = defined(found)
    done = sorted({time for time, end in found if end == DONE})
    assert curve(Counter(found)) == [(time, shares[time]) for time in done]


@given(individuals)
def test_it_is_what_comes_of_handing_on_the_weight_of_the_censored(found: Individuals) -> None:
    assert dict(curve(Counter(found))) == redistributed(found)


@given(individuals)
def test_the_median_is_the_first_time_by_which_a_half_is_reached(found: Individuals) -> None:
    reached = [time for time, share in defined(found).items() if share >= HALF]
    assert median(Counter(found)) == min(reached, default=None)


@given(without_open)
def test_with_nothing_open_it_is_the_share_that_was_done(found: Individuals) -> None:
    for time, share in curve(Counter(found)):
        assert share == Fraction(sum(1 for at, end in found if end == DONE and at <= time), len(found))


@given(st.lists(st.integers(0, 12), min_size=1, max_size=25))
def test_where_all_are_done_the_median_is_the_ordinary_one_and_the_lower_of_two(times: list[int]) -> None:
    assert median(Counter((time, DONE) for time in times)) == sorted(times)[(len(times) - 1) // 2]


@given(individuals)
def test_what_is_done_and_what_ended_otherwise_are_all_that_ended(found: Individuals) -> None:
    swapped = [(time, {DONE: OTHER, OTHER: DONE, OPEN: OPEN}[end]) for time, end in found]
    together = [(time, OPEN if end == OPEN else DONE) for time, end in found]
    parts = [curve(Counter(each)) for each in (found, swapped, together)]
    ends = [each[-1][1] if each else Fraction(0) for each in parts]
    assert ends[0] + ends[1] == ends[2]


@given(individuals, st.integers(2, 10**6))
def test_a_thousand_alike_count_as_one_of_weight_a_thousand(found: Individuals, weight: int) -> None:
    assert curve(Counter({key: n * weight for key, n in Counter(found).items()})) == curve(Counter(found))


def test_half_is_exactly_half_with_many_censored_between() -> None:
    ends = {(2 * time, OPEN): 1 for time in range(3_000)} | {(10_001, DONE): 3_000, (10_002, OTHER): 3_000}
    assert median(ends) == 10_001
    assert median(ends | {(10_002, OTHER): 3_001}) is None


def test_what_comes_to_an_end_when_another_is_still_open_was_at_risk_with_it() -> None:
    assert curve({(5, DONE): 1, (5, OPEN): 1}) == [(5, HALF)]


def test_of_nothing_and_of_open_ones_alone_there_is_no_median() -> None:
    assert median({}) is None
    assert median({(3, OPEN): 4}) is None
    assert curve({(3, OPEN): 4, (4, OTHER): 1}) == []


def test_the_example_of_satagopan_and_others_comes_out() -> None:
    """Br J Cancer 91 (2004), table 2: 305 patients, of whom these ended first; the survival is printed in per cent."""
    first = {(7, OPEN): 1, (10, DONE): 1, (14, OPEN): 1, (16, DONE): 1, (18, OTHER): 1, (23, DONE): 1}
    ends = first | {(24, OPEN): 1, (26, OTHER): 1, (27, DONE): 1, (99, OPEN): 296}
    # Each step there is 0.3, rounded, and they add up the rounded steps.
    steps = [float(100 * share) for _, share in curve(ends)]
    assert [round(later - before, 1) for before, later in zip([0.0, *steps], steps, strict=False)] == [0.3] * 4
    both = {(time, OPEN if end == OPEN else DONE): n for (time, end), n in ends.items()}
    survival = [round(float(100 * (1 - share)), 1) for _, share in curve(both)]
    assert survival == [99.7, 99.3, 99.0, 98.7, 98.3, 98.0]
