"""How long until half were done, when not all are: the cumulative incidence with competing outcomes.

Of those at risk just before a time t, some are done at t, others come to another end, others are still open (censored).
With n(t) at risk, d(t) done, and S(t−) the share that had come to no end at all before t (Kaplan and Meier, over every
end together), the share done by t is

    F(t) = Σ S(s−) · d(s) / n(s)   over all times s ≤ t

the estimator of Aalen and Johansen (Scandinavian Journal of Statistics 5, 1978, p. 141). Ends come before what is open at
the same time. The median is the smallest t with F(t) ≥ ½; there is none where F stays below. Where nothing is open F(t)
is simply the share that was done by t, and where nothing came to another end either, the median is the ordinary one: of
an even number, the lower of the two in the middle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import gcd
from typing import Final

# How it ended; what is still open comes last among those of one time.
DONE: Final = 0
OTHER: Final = 1
OPEN: Final = 2

# How many came to which end after which time: whole numbers of any unit.
Ends = Mapping[tuple[int, int], int]


def median(ends: Ends) -> int | None:
    """Return the time by which half were done; None where fewer were, or there are none."""
    return next((time for time, part, whole in _steps(ends) if 2 * part >= whole), None)


def is_half_done(ends: Ends, by: int) -> bool:
    """Tell whether half were done by a time."""
    found = median(ends)
    return found is not None and found <= by


def curve(ends: Ends) -> list[tuple[int, Fraction]]:
    """Return F at each time at which any were done."""
    return [(time, Fraction(part, whole)) for time, part, whole in _steps(ends)]


def _steps(ends: Ends) -> Iterator[tuple[int, int, int]]:
    """Give each time at which any were done with F as two whole numbers, so that a half is exactly a half.

    Everyone at risk carries the same share of what is left, and it grows only when others leave as open.
    """
    risk = sum(ends.values())
    share, part, whole = 1, 0, risk
    # How many were at risk when the share was last worked out, less those who came to an end since.
    sharing = risk
    at, done = 0, False
    for time, end in sorted(ends):
        n = ends[time, end]
        if done and time != at:
            yield at, part, whole
            done = False
        at = time
        if end != OPEN:
            if sharing != risk:
                common = gcd(sharing, risk)
                share *= sharing // common
                part *= risk // common
                whole *= risk // common
                sharing = risk
            if end == DONE and n:
                part += share * n
                done = True
            sharing -= n
        risk -= n
    if done:
        yield at, part, whole
