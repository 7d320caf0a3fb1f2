"""A target's effective status: the strongest over all orders (DESIGN, section 2, rule 8)."""

from __future__ import annotations

from ledger.model.statuses import STRENGTH


def effective(histories: list[list[tuple[int, str]]]) -> list[tuple[int, str]]:
    """Return the strongest status over several histories, by the days on which it changes (rule 8)."""
    moves = [(day, place, status) for place, history in enumerate(histories) for day, status in history]
    # Of several changes on one day the last counts: their order stays.
    moves.sort(key=lambda move: move[0])
    current: dict[int, str] = {}
    changes: list[tuple[int, str]] = []
    for at, (day, place, status) in enumerate(moves):
        current[place] = status
        if at + 1 < len(moves) and moves[at + 1][0] == day:
            continue
        strongest = min(current.values(), key=STRENGTH.index)
        if not changes or changes[-1][1] != strongest:
            changes.append((day, strongest))
    return changes
