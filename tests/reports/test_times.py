"""The clocks, deadlines and users of single orders, and what cohorts of them add up to."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.model.course import Course, course_of
from ledger.model.dated_rules import Rule, by_key
from ledger.model.postings import Fold
from ledger.model.statuses import CLOSED, LIFTED, OWN_RULES, RESTRICTED
from ledger.reports.dsa.order_times import times as part_3_times
from ledger.reports.timing.clocks import Clocks, Date, Span, clocks
from ledger.reports.timing.cohort import Cohort, JudgedOrder, OfOrder
from ledger.reports.timing.incidence import DONE, OPEN, OTHER
from ledger.reports.timing.punctuality import Verdict, punctuality
from ledger.reports.timing.rates import Amount, order_rates, standings
from ledger.reports.timing.told import told
from tests.reports import hours_by_hand
from tests.strategies import FIRST, Record, facts, folded, follow_up, moments, order, orders, response

HOUR: Final = 3_600_000_000
CALM: Final = settings(max_examples=120, deadline=None)
FAR: Final = datetime(2021, 6, 1, tzinfo=UTC)
RULE: Final = Rule("R", "", "", 24, None, None, verified=False, source="")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000


def until(day: datetime = FAR) -> Date:
    return Date(day.toordinal(), day.toordinal() - 1, int(day.timestamp()) * 1_000_000)


def shown(*records: Record, date: Date | None = None) -> Clocks:
    return clocks(course_of(folded(*records)), date or until(), "UTC")


def received(**fields: Any) -> Record:
    return order(**({"received": "2021-02-01T10:00Z"} | fields))


NAMED: Final[Record] = {"targets": ["@a", "@b"]}
ACKNOWLEDGED: Final = response("acknowledged", "2021-02-01T11:30Z")


# --- Acknowledged


def test_an_acknowledgement_counts_from_receipt() -> None:
    assert shown(received(**NAMED), ACKNOWLEDGED).acknowledged == Span(DONE, 3 * HOUR // 2, 0)


def test_of_several_acknowledgements_the_first_counts() -> None:
    later = response("acknowledged", "2021-02-03T10:00Z")
    assert shown(received(**NAMED), later, ACKNOWLEDGED).acknowledged == Span(DONE, 3 * HOUR // 2, 0)


@pytest.mark.parametrize(
    ("start", "fact", "days"),
    [
        ({"received": "2021-02-01"}, ACKNOWLEDGED, 0),
        ({"received": "2021-02-01T10:00Z"}, response("acknowledged", "2021-02-03"), 2),
        ({"received": "2021-02-01T10:00Z"}, response("acknowledged", "2021-02-03T10:00Z", at_kind="observed-by"), None),
        ({"received": "2021-02-01T10:00Z", "at_kind": "observed-by"}, ACKNOWLEDGED, None),
        ({"received": None, "issued": "2021-02-01T10:00Z"}, ACKNOWLEDGED, None),
        ({"received": "2021-02-01T12:00Z"}, ACKNOWLEDGED, None),
    ],
    ids=["day-only receipt", "day-only", "observed", "observed receipt", "receipt not stated", "before its receipt"],
)
def test_what_has_no_clock_time_gives_no_hours(start: Record, fact: Record, days: int | None) -> None:
    assert shown(order(**NAMED, **start), fact).acknowledged[:4] == (DONE, None, days, 1)


def test_an_acknowledgement_by_the_day_alone_may_have_been_before_that_of_the_same_day() -> None:
    by_day = response("acknowledged", "2021-02-01")
    assert shown(received(**NAMED), ACKNOWLEDGED, by_day).acknowledged == Span(DONE, None, 0, 1, (0, 3 * HOUR // 2))
    assert shown(received(**NAMED), ACKNOWLEDGED, by_day | {"at": "2021-02-02"}).acknowledged.clock is not None


def test_only_the_end_of_the_whole_order_ends_the_wait_for_an_acknowledgement() -> None:
    ended = follow_up("revoked", "2021-02-02T10:00Z")
    assert shown(received(**NAMED), ended).acknowledged == Span(OTHER, 24 * HOUR, 1)
    assert shown(received(**NAMED), ended | {"targets": ["@a"]}).acknowledged.end == OPEN
    assert shown(received(**NAMED), ended, follow_up("reinstated", "2021-02-03T10:00Z")).acknowledged.end == OPEN
    assert shown(received(**NAMED), ended, response("acknowledged", "2021-02-04T10:00Z")).acknowledged.end == DONE
    assert shown(received(**NAMED), response("blocked", "2021-02-02T10:00Z", all=True)).acknowledged.end == OPEN


# --- Acted on


def test_an_order_is_acted_on_when_its_last_target_is_and_its_first_effect_stands_beside() -> None:
    found = shown(
        received(**NAMED),
        response("withheld", "2021-02-01T12:00Z", targets=["@a"]),
        response("blocked", "2021-02-02T10:00Z", targets=["@b"]),
        response("unblocked", "2021-02-03T10:00Z", targets=["@a"]),
        response("blocked", "2021-02-04T10:00Z", targets=["@a"]),
    )
    assert found.first_effect == Span(DONE, 2 * HOUR, 0)
    assert found.acted == Span(DONE, 24 * HOUR, 1)
    assert found.targets["account"].spans == (Span(DONE, 2 * HOUR, 0), Span(DONE, 24 * HOUR, 1))


def test_while_anything_is_open_an_order_is_open_and_its_age_goes_on() -> None:
    found = shown(received(**NAMED), response("withheld", "2021-02-01T12:00Z", targets=["@a"]))
    assert found.acted == Span(OPEN, at("2021-06-01T00:00Z") - at("2021-02-01T10:00Z"), 119)
    assert found.first_effect.end == DONE
    assert found.settled is None


@pytest.mark.parametrize("what", ["refused", "not-found", "already-removed", "withdrawn"])
def test_an_order_that_was_closed_without_an_action_came_to_another_end(what: str) -> None:
    found = shown(received(**NAMED), response(what, "2021-02-02T10:00Z", all=True))
    assert found.acted == found.first_effect == Span(OTHER, 24 * HOUR, 1)
    assert found.targets["account"].spans == (Span(OTHER, 24 * HOUR, 1, 2),)


def test_an_action_ends_the_clock_even_after_a_refusal_and_a_refusal_counts_only_while_it_stands() -> None:
    told_no = response("refused", "2021-02-02T10:00Z", all=True)
    acted = response("blocked", "2021-02-05T10:00Z", all=True)
    assert shown(received(**NAMED), told_no, acted).acted == Span(DONE, 96 * HOUR, 4)
    assert shown(received(**NAMED), told_no, acted, date=until(datetime(2021, 2, 4, tzinfo=UTC))).acted.end == OTHER
    ended = follow_up("revoked", "2021-02-02T10:00Z")
    assert shown(received(**NAMED), ended, follow_up("reinstated", "2021-02-03")).acted.end == OPEN


def test_part_acted_on_and_the_rest_refused_later_counts_from_the_last_action() -> None:
    found = shown(
        received(**NAMED),
        response("withheld", "2021-02-01T12:00Z", targets=["@a"]),
        response("refused", "2021-02-05T10:00Z", targets=["@b"]),
    )
    assert found.acted == Span(DONE, 2 * HOUR, 0)
    assert found.settled_within == (at("2021-02-05T10:00Z"), at("2021-02-05T10:00Z"))


def test_a_last_action_by_the_day_alone_leaves_the_order_without_hours() -> None:
    found = shown(
        received(**NAMED),
        response("withheld", "2021-02-01T12:00Z", targets=["@a"]),
        response("withheld", "2021-02-02", targets=["@b"]),
    )
    assert found.acted == Span(DONE, None, 1, 1, (14 * HOUR, 38 * HOUR - 1))
    assert found.first_effect == Span(DONE, 2 * HOUR, 0)


def test_what_was_lifted_without_having_been_acted_on_was_so_at_a_time_that_nobody_states() -> None:
    found = shown(received(**NAMED), response("unblocked", "2021-02-02T10:00Z", targets=["@a", "@b"], anyway=True))
    assert found.acted == found.first_effect == Span(DONE, None, None, 1, (0, 24 * HOUR), (0, 1))
    assert found.targets["account"].spans == (Span(DONE, None, None, 2, (0, 24 * HOUR), (0, 1)),)


def test_to_provide_information_is_the_action_of_an_order_for_it() -> None:
    asked = received(requires=["information"], **NAMED)
    assert shown(asked, response("provided", "2021-02-01T12:00Z", all=True)).acted == Span(DONE, 2 * HOUR, 0)


def test_unnamed_targets_that_leave_what_was_refused_are_those_refused_first() -> None:
    found = shown(
        received(specified=4),
        response("refused", "2021-02-01T11:00Z", count=2),
        response("refused", "2021-02-01T12:00Z", count=2),
        response("blocked", "2021-02-01T13:00Z", count=3),
    )
    assert found.targets["account"].spans == (Span(DONE, 3 * HOUR, 0, 3), Span(OTHER, 2 * HOUR, 0, 1))


def test_it_is_marked_that_it_is_a_convention_which_of_the_refused_were_acted_on_after_all() -> None:
    closed = [response("refused", f"2021-02-01T{hour}:00Z", targets=[name]) for hour, name in ((11, "@a"), (12, "@b"))]
    part = response("blocked", "2021-02-01T13:00Z", targets=["@b"])
    assert shown(received(**NAMED), *closed, part).targets["account"].doubtful
    assert not shown(received(**NAMED), *closed, part | {"targets": ["@a", "@b"]}).targets["account"].doubtful
    assert not shown(received(**NAMED), closed[0] | NAMED, part).targets["account"].doubtful
    other = response("not-found", "2021-02-01T12:00Z", targets=["@b"])
    assert not shown(received(**NAMED), closed[0], other, part).targets["account"].doubtful


def test_amounts_that_are_not_exact_are_marked_and_unknown_ones_too() -> None:
    about = shown(received(specified="about 40"), response("blocked", "2021-02-02", all=True)).targets["account"]
    some = shown(received(specified="some"), response("blocked", "2021-02-02", all=True)).targets["account"]
    assert (about.inexact, about.unknown) == (True, False)
    assert (some.inexact, some.unknown, some.spans) == (True, True, ())


@pytest.mark.parametrize(
    ("fields", "later"),
    [
        (NAMED, response("not-found", "2021-02-10", targets=["@a"])),
        (NAMED, response("not-found", "2021-02-02", targets=["@a"])),
        (NAMED, response("not-found", "2021-02-10T10:00Z", targets=["@a"], at_kind="observed-by")),
        (NAMED, response("refused", "2021-02-10", targets=["@zz"], extra=True)),
        ({"specified": "about 8"}, response("refused", "2021-02-10", count=2)),
    ],
    ids=["touched again", "on the same day", "observed", "one more", "more of about so many"],
)
def test_what_is_touched_after_an_order_was_settled_leaves_the_time_at_which_it_was(
    fields: Record, later: Record
) -> None:
    found = shown(received(**fields), response("refused", "2021-02-02T10:00Z", all=True), later)
    assert found.settled_within == (at("2021-02-02T10:00Z"), at("2021-02-02T10:00Z"))
    assert found.acted == found.first_effect == Span(OTHER, 24 * HOUR, 1)


def test_what_is_touched_before_an_order_is_settled_and_was_open_no_more_leaves_its_hours() -> None:
    found = shown(
        received(**NAMED),
        response("refused", "2021-02-02T10:00Z", targets=["@a"]),
        response("not-found", "2021-02-03", targets=["@a"]),
        response("refused", "2021-02-03T10:00Z", targets=["@b"]),
    )
    assert found.settled_within == (at("2021-02-03T10:00Z"), at("2021-02-03T10:00Z"))


def test_what_was_left_open_up_to_some_hour_of_the_day_leaves_an_order_without_hours() -> None:
    by_day = response("refused", "2021-02-02", targets=["@a"])
    found = shown(received(**NAMED), by_day, response("refused", "2021-02-02T10:00Z", targets=["@b"]))
    assert found.settled_within == (at("2021-02-02T10:00Z"), at("2021-02-03T00:00Z") - 1)


class Unit:
    """One target, followed by itself."""

    def __init__(self) -> None:
        self.name = ""
        self.acted: int | None = None
        self.closed: int | None = None


def followed(found: Fold) -> Counter[tuple[int, int | None]]:
    """Follow every target of an order through its postings; return the ends they came to, and when."""
    places: dict[Any, list[Unit]] = {}
    named: dict[str, Unit] = {}
    times = {step.seq: step.moment.at for step in found.steps}
    for post in found.balance.postings:
        if post.names and not post.n:
            # A name and an unnamed unit change places: the name is that of the other unit.
            (name,) = post.names
            other = next(unit for unit in places[post.to] if not unit.name)
            named[name].name, other.name, named[name] = "", name, other
            continue
        there = places.setdefault(post.source, [])
        if post.source == post.to:
            for name in post.names:
                unit = next(unit for unit in there if not unit.name)
                unit.name, named[name] = name, unit
            continue
        if not post.source.status:
            there += [Unit() for _ in range(post.n)]
            for unit, name in zip(there, post.names, strict=False):
                unit.name, named[name] = name, unit
        chosen = [named[name] for name in post.names] or [unit for unit in there if not unit.name][: post.n]
        for unit in chosen:
            there.remove(unit)
            to, source = post.to.status, post.source.status
            if to in (*RESTRICTED, *OWN_RULES, *LIFTED, "provided") and unit.acted is None:
                unit.acted = times[post.seq]
            if to in CLOSED and source not in CLOSED:
                unit.closed = times[post.seq]
            elif to not in CLOSED:
                unit.closed = None
            places.setdefault(post.to, []).append(unit)
    ends: Counter[tuple[int, int | None]] = Counter()
    for unit in (unit for units in places.values() for unit in units):
        if unit.acted is not None:
            ends[DONE, unit.acted] += 1
        else:
            ends[(OPEN, None) if unit.closed is None else (OTHER, unit.closed)] += 1
    return ends


instants = st.builds(lambda hour: f"2021-02-{1 + hour // 24:02}T{hour % 24:02}:30Z", st.integers(0, 200))


def plainly(record: Record) -> Record:
    """Leave out what does what cannot be, and where restrictions hold."""
    return {name: value for name, value in record.items() if name not in ("anyway", "countries")}


@CALM
@given(
    orders(st.just("2021-02-01T00:00Z")),
    st.lists(facts(instants).map(plainly), max_size=7),
)
def test_every_target_has_the_end_that_it_is_seen_to_come_to_when_followed_by_itself(
    first: Record, later: list[Record]
) -> None:
    found = folded(first, *later)
    start = at("2021-02-01T00:00Z")
    mine, theirs = Counter[tuple[int, int | None]](), followed(found)
    doubtful = False
    for targets in clocks(course_of(found), until(), "UTC").targets.values():
        doubtful |= targets.doubtful
        for span in targets.spans:
            assert span.clock is not None
            mine[span.end, None if span.end == OPEN else start + span.clock] += span.n
    if not doubtful:
        assert mine == theirs
    assert sorted(end for end, _ in mine.elements()) == sorted(end for end, _ in theirs.elements())


@CALM
@given(orders(), st.lists(facts(moments(st.integers(3, 20))), max_size=7), st.integers(0, 22))
def test_as_of_a_day_an_order_shows_what_it_would_without_what_came_later(
    first: Record, later: list[Record], number: int
) -> None:
    end = FIRST.toordinal() + number
    whole = folded(first, *later)
    kept = [step.entry for step in whole.steps[1:] if step.moment.day < end]
    sooner = [record for record, seq in zip(later, range(2, 99), strict=False) if seq in seqs(whole, end)]
    assert len(kept) == len(sooner)
    date = Date(end, end - 1, at("2021-06-01T00:00Z"))
    cut, full = course_of(folded(first, *sooner)), course_of(whole)
    if cut.day < end:
        assert clocks(full, date, "UTC") == clocks(cut, date, "UTC")
        assert [move for move in full.moves if move.day < end] == list(cut.moves)


def seqs(found: Fold, end: int) -> set[int]:
    return {step.seq for step in found.steps if step.moment.day < end}


@CALM
@given(orders(), st.lists(facts(moments(st.integers(3, 20))).map(plainly), max_size=7))
def test_the_hours_of_an_order_are_those_of_the_part_3_table(first: Record, later: list[Record]) -> None:
    found = folded(first, *later)
    course = course_of(found)
    assert part_3_times(found) == hours_by_hand.times(found, course_of(hours_by_hand.named_alone(found)))
    # These are of all that came under it, though it did not name it.
    mine, theirs = clocks(course, until(), "UTC"), hours_by_hand.times(found, course)
    if course.opens or course.moves:
        assert (mine.acknowledged.clock if mine.acknowledged.end == DONE else None) == theirs.informed.time
        assert (mine.acted.clock if mine.acted.end == DONE else None) == theirs.effect.time


# --- Deadlines


def verdict(*records: Record, date: Date | None = None, rule: Rule = RULE) -> Verdict:
    course, when = course_of(folded(*records)), date or until()
    return punctuality(course, clocks(course, when, "UTC"), when, by_key([rule]), "UTC")


DUE: Final[Record] = {"due": "2021-02-03T10:00Z"} | NAMED


@pytest.mark.parametrize(
    ("settled", "what"),
    [
        ("2021-02-03T10:00Z", "met"),
        ("2021-02-03T10:00:01Z", "missed"),
        ("2021-02-02", "met"),
        ("2021-02-03", "cannot_be_told"),
        ("2021-02-04", "missed"),
    ],
)
def test_a_deadline_is_met_by_what_is_settled_up_to_it(settled: str, what: str) -> None:
    assert verdict(received(**DUE), response("withheld", settled, all=True)) == Verdict(what)


@pytest.mark.parametrize(
    ("fields", "later"),
    [
        (NAMED, response("not-found", "2021-02-10", targets=["@a"])),
        (NAMED, response("refused", "2021-02-10", targets=["@zz"], extra=True)),
        ({"targets": [], "specified": "about 8"}, response("refused", "2021-02-10", count=2)),
    ],
    ids=["touched again", "one more", "more of about so many"],
)
@pytest.mark.parametrize("settled", ["2021-02-02T10:00Z", "2021-02-02"])
@pytest.mark.parametrize("start", ["2021-02-01T10:00Z", "2021-02-01"])
def test_a_deadline_that_was_met_stays_so_whatever_is_touched_later(
    start: str, settled: str, fields: Record, later: Record
) -> None:
    ordered = order(received=start, **(DUE | fields))
    assert verdict(ordered, response("refused", settled, all=True), later).what == "met"


def test_what_was_only_observed_to_be_settled_never_counts_as_missed() -> None:
    early, late = (
        response("withheld", text, all=True, at_kind="observed-by") for text in ("2021-02-03T10:00Z", "2021-02-05")
    )
    assert verdict(received(**DUE), early).what == "met"
    assert verdict(received(**DUE), late).what == "cannot_be_told"


def test_an_open_order_has_missed_its_deadline_once_it_is_over_and_not_before() -> None:
    third, fourth = (until(datetime(2021, 2, number, tzinfo=UTC)) for number in (3, 4))
    assert verdict(received(**DUE), date=third) == Verdict("open")
    assert verdict(received(**DUE), date=fourth) == Verdict("missed")


def test_rules_that_are_not_verified_and_cautious_times_are_told_apart() -> None:
    quick = response("withheld", "2021-02-01T12:00Z", all=True)
    assert verdict(received(basis="R", **NAMED), quick) == Verdict("met", unverified=True)
    assert verdict(order(received="2021-02-01", basis="R", **NAMED), quick) == Verdict("met", True, True)
    assert verdict(received(basis="another", **NAMED), quick) == Verdict("no_deadline")


def test_a_deadline_that_was_extended_or_stood_still_when_the_order_was_settled_is_met() -> None:
    late = response("withheld", "2021-02-05T10:00Z", all=True)
    extended = follow_up("deadline-extended", "2021-02-02T10:00Z", due="2021-02-06T10:00Z")
    asked = response("clarification-asked", "2021-02-02T10:00Z")
    assert verdict(received(**DUE), late).what == "missed"
    assert verdict(received(**DUE), extended, late).what == "met"
    assert verdict(received(**DUE), asked, late).what == "met"
    assert verdict(received(**DUE), extended | {"at": "2021-02-05T11:00Z"}, late).what == "missed"


def test_the_end_of_an_order_settles_it_by_the_deadline_that_it_had() -> None:
    assert verdict(received(**DUE), follow_up("revoked", "2021-02-02T10:00Z")).what == "met"
    assert verdict(received(**DUE), follow_up("revoked", "2021-02-05T10:00Z")).what == "missed"
    assert verdict(received(**DUE), follow_up("revoked", "2021-02-02")).what == "met"


@pytest.mark.parametrize("what", ["unblock-requested", "stayed"])
def test_a_missed_deadline_stays_missed_when_the_order_demands_nothing_any_more(what: str) -> None:
    nothing = follow_up(what, "2021-02-10T10:00Z")
    refused = response("refused", "2021-02-11T10:00Z", all=True)
    assert verdict(received(**DUE), nothing).what == "missed"
    assert verdict(received(**DUE), nothing, refused).what == "missed"


@pytest.mark.parametrize("what", ["unblock-requested", "stayed"])
def test_an_order_that_demanded_nothing_before_it_was_due_is_not_due_yet_and_met_when_settled(what: str) -> None:
    nothing = follow_up(what, "2021-02-02T10:00Z")
    refused = response("refused", "2021-02-11T10:00Z", all=True)
    assert verdict(received(**DUE), nothing).what == "open"
    assert verdict(received(**DUE), nothing, refused).what == "met"
    assert verdict(received(**NAMED), nothing).what == "no_deadline"


@pytest.mark.parametrize("later", ["deadline-extended", "revoked", "unblock-requested"])
@pytest.mark.parametrize(("settled", "what"), [("2021-02-03T09:00Z", "met"), ("2021-02-03T15:00Z", "missed")])
def test_what_a_day_alone_tells_and_was_recorded_after_an_order_was_settled_that_day_changes_no_verdict(
    settled: str, what: str, later: str
) -> None:
    refused = response("refused", settled, all=True)
    fields = {"due": "2021-02-05"} if later == "deadline-extended" else {}
    assert verdict(received(**DUE), refused, follow_up(later, "2021-02-03", **fields)).what == what


def test_a_stay_that_was_vacated_on_the_day_after_the_order_was_settled_still_stood_when_it_was() -> None:
    stayed = follow_up("stayed", "2021-02-03T09:30Z")
    refused = response("refused", "2021-02-03T15:00Z", all=True)
    assert verdict(received(**DUE), stayed, refused, follow_up("stay-vacated", "2021-02-03")).what == "met"


def test_an_extension_of_the_day_that_was_recorded_before_the_order_was_settled_counts() -> None:
    extended = follow_up("deadline-extended", "2021-02-03", due="2021-02-05")
    refused = response("refused", "2021-02-03T15:00Z", all=True)
    assert verdict(received(**DUE), extended, refused).what == "met"
    assert verdict(received(**DUE), refused, extended).what == "missed"


@pytest.mark.parametrize(("clarified", "cautious"), [("2021-02-06", True), ("2021-02-06T09:00Z", False)])
def test_an_order_settled_on_the_day_on_which_its_clock_began_to_run_again_cannot_be_told(
    clarified: str, cautious: bool
) -> None:
    asked = response("clarification-asked", "2021-02-03T09:30Z")
    answered = follow_up("clarified", clarified)
    removed = response("removed", "2021-02-06", all=True)
    found = verdict(received(jurisdiction="GB", **DUE), asked, answered, removed)
    assert found == Verdict("cannot_be_told", cautious=cautious)


def test_an_order_that_had_more_than_a_day_left_when_its_clock_began_to_run_again_is_met_on_that_day() -> None:
    asked = response("clarification-asked", "2021-02-02T09:00Z")
    answered = follow_up("clarified", "2021-02-06")
    removed = response("removed", "2021-02-06", all=True)
    assert verdict(received(jurisdiction="GB", **DUE), asked, answered, removed) == Verdict("met", cautious=True)
    assert verdict(received(jurisdiction="GB", **DUE), asked, removed, answered) == Verdict("met")


def test_an_extension_of_the_day_on_which_the_order_was_settled_counts_for_all_of_it() -> None:
    extended = follow_up("deadline-extended", "2021-02-04", due="2021-02-05T10:00Z")
    removed = response("removed", "2021-02-04", all=True)
    assert verdict(received(**DUE), extended, removed).what == "met"
    assert verdict(received(**DUE), removed, extended).what == "missed"


DAYS: Final = st.integers(2, 6).map(lambda day: f"2021-02-0{day}")
INSTANTS: Final = st.tuples(DAYS, st.integers(0, 23)).map(lambda pair: f"{pair[0]}T{pair[1]:02}:30Z")


def turns(times: st.SearchStrategy[str]) -> st.SearchStrategy[Record]:
    return st.one_of(
        st.builds(response, st.just("clarification-asked"), times),
        st.builds(follow_up, st.sampled_from(["clarified", "stayed", "stay-vacated", "unblock-requested"]), times),
        st.builds(follow_up, st.just("deadline-extended"), times, due=times),
    )


TURNS: Final = turns(DAYS)
AT_INSTANTS: Final = st.lists(turns(INSTANTS), max_size=5)


@CALM
@given(st.lists(TURNS, max_size=5), st.lists(TURNS, max_size=2), DAYS, st.integers(1, 23))
def test_a_verdict_on_a_day_is_the_one_on_every_hour_of_it(
    turns: list[Record], later: list[Record], day: str, hour: int
) -> None:
    by_day, by_hour = (
        verdict(received(**DUE), *turns, response("refused", text, all=True), *later).what
        for text in (day, f"{day}T{hour:02}:00Z")
    )
    assert by_day in (by_hour, "cannot_be_told")


@CALM
@given(AT_INSTANTS, DAYS, st.integers(0, 23))
def test_a_verdict_on_a_day_on_which_other_things_happened_is_the_one_on_every_hour_of_it(
    found: list[Record], day: str, hour: int
) -> None:
    by_day, by_hour = (
        verdict(received(**DUE), *found, response("refused", text, all=True)).what
        for text in (day, f"{day}T{hour:02}:00Z")
    )
    assert by_day in (by_hour, "cannot_be_told")


@CALM
@given(AT_INSTANTS, INSTANTS, st.data())
def test_a_verdict_on_what_was_observed_is_the_one_on_whenever_it_was(
    found: list[Record], seen: str, data: st.DataObject
) -> None:
    really = data.draw(INSTANTS.filter(lambda text: text <= seen))
    observed, exact = (
        verdict(received(**DUE), *found, response("refused", text, all=True, at_kind=kind)).what
        for text, kind in ((seen, "observed-by"), (really, "occurred"))
    )
    assert observed in (exact, "cannot_be_told")


@pytest.mark.parametrize(
    ("due", "extended", "to"),
    [
        ("2021-02-03T10:00Z", "2021-02-03T15:00Z", "2021-02-05T10:00Z"),
        ("2021-02-02T20:00Z", "2021-02-03T02:40Z", "2021-02-03T17:39Z"),
    ],
    ids=["after it was missed", "before it was met"],
)
def test_an_extension_within_the_day_of_settlement_makes_no_verdict_of_two(due: str, extended: str, to: str) -> None:
    ordered, removed = received(**(DUE | {"due": due})), response("removed", "2021-02-03", all=True)
    assert verdict(ordered, removed, follow_up("deadline-extended", extended, due=to)).what == "cannot_be_told"


# --- Users


@pytest.mark.parametrize(
    ("fields", "later", "state"),
    [
        ({}, [], "to_be_told"),
        ({}, [response("user-notified", "2021-02-04")], "told"),
        ({}, [response("user-notified", "2021-02-04", targets=["@a"])], "told_in_part"),
        ({}, [response("user-notified", "2021-02-04", targets=["@a", "@b"])], "told"),
        ({"confidential": True}, [], "may_not_be_told"),
        ({"confidential": True}, [response("user-notified", "2021-02-04")], "told"),
        ({"confidential": True, "confidential_until": "2021-05-30"}, [], "to_be_told"),
        ({"confidential": True, "confidential_until": "2021-05-31"}, [], "to_be_told"),
        ({"confidential": True, "confidential_until": "2021-06-01"}, [], "may_not_be_told"),
    ],
)
def test_users_are_told_or_may_not_be_or_still_have_to_be(fields: Record, later: list[Record], state: str) -> None:
    course = course_of(folded(received(**NAMED, **fields), response("withheld", "2021-02-02", all=True), *later))
    assert told(course, until(), "UTC", Amount(2, 0)) == state


def users(*records: Record, acted: int, day: datetime = FAR) -> str:
    return told(course_of(folded(*records)), until(day), "UTC", Amount(acted, 0))


def notice(when: str = "2021-02-04", **fields: Any) -> Record:
    return response("user-notified", when, **fields)


ALL_WITHHELD: Final = response("withheld", "2021-02-02", all=True)


def test_users_who_are_told_one_after_the_other_are_told_in_the_end() -> None:
    one, other = notice(targets=["@a"]), notice("2021-02-06", targets=["@b"])
    made = (received(**NAMED), ALL_WITHHELD)
    assert users(*made, one, other, acted=2) == "told"
    assert users(*made, one, other, acted=2, day=datetime(2021, 2, 6, tzinfo=UTC)) == "told_in_part"
    assert users(*made, one, one, acted=2) == "told_in_part"


def test_a_notice_of_a_target_that_was_not_acted_on_tells_nobody() -> None:
    made = (
        received(**NAMED),
        response("withheld", "2021-02-02", targets=["@a"]),
        response("refused", "2021-02-02", targets=["@b"]),
        notice(targets=["@b"]),
    )
    assert users(*made, acted=1) == "to_be_told"
    assert users(*made, notice(targets=["@zz"], extra=True), acted=1) == "to_be_told"
    assert users(*made, response("withheld", "2021-02-05", targets=["@b"]), acted=2) == "told_in_part"
    assert users(*made, notice(targets=["@a"]), acted=1) == "told"


def test_a_user_who_is_named_in_several_spellings_is_told_once() -> None:
    spellings = notice(targets=["@a", "@A", "https://twitter.com/a"])
    assert users(received(**NAMED), ALL_WITHHELD, spellings, acted=2) == "told_in_part"


def test_a_notice_to_a_number_of_users_is_of_that_many() -> None:
    made = (received(specified=5, targets=["@a"]), response("withheld", "2021-02-02", targets=["@a"], count=2))
    assert users(*made, notice(count=1), acted=3) == "told_in_part"
    assert users(*made, notice(count=3), acted=3) == "told"
    assert users(*made, notice(count=1), notice(count=2), acted=3) == "told"
    assert users(*made, notice(so_far=1), notice(so_far=2), acted=3) == "told_in_part"
    assert users(*made, notice(targets=["@a"]), notice(so_far=3), acted=3) == "told"
    assert users(*made, notice(targets=["@a", "@new"]), acted=3) == "told_in_part"
    assert users(*made, notice(count="some"), acted=3) == "told_in_part"
    assert users(*made, notice(count=0), acted=3) == "to_be_told"
    assert users(*made, notice(all=True), acted=3) == "told"


def test_where_nothing_was_acted_on_there_is_nothing_to_tell() -> None:
    course = course_of(folded(received(confidential=True, **NAMED)))
    assert told(course, until(), "UTC", Amount(0, 0)) == "nothing_to_tell"


def test_a_notice_to_some_of_an_inexact_number_is_told_in_part() -> None:
    some = notice(targets=["@a", "@b"])
    course = course_of(folded(received(specified="about 2"), ALL_WITHHELD, some))
    assert told(course, until(), "UTC", Amount(2, 1)) == "told_in_part"


# --- Cohorts


def judged(course: Course, date: Date) -> JudgedOrder:
    stand = standings([move for move in course.moves if move.day < date.end], {})
    whole = None
    if course.stands_for == 1 and (course.opens or stand):
        found = clocks(course, date, "UTC")
        whole = OfOrder(found, order_rates(stand.values()), Verdict("met"), "told")
    return JudgedOrder(course.stands_for, date.day - course.day, stand, {}, whole)


def figures(*courses: Course, kind: str = "account") -> dict[str, Any]:
    cohort = Cohort(kind)
    for course in courses:
        cohort.add(judged(course, until()))
    return cohort.figures()


def test_open_orders_are_not_left_out_of_a_median() -> None:
    quick = course_of(folded(received(**NAMED), response("withheld", "2021-02-01T12:00Z", all=True)))
    waiting = course_of(folded(received(**NAMED)))
    found = figures(quick, waiting, waiting)["acted_in"]
    assert found["median"] == {"seconds": None, "reached": False, "of": 3, "qualifier": "exact"}
    assert found["median_answered"] == {"seconds": 7200, "reached": True, "of": 1, "qualifier": "exact"}
    assert (found["answered"], found["closed"], found["open"]) == (1, 0, 2)
    assert found["oldest_open"] == {"days": 119, "seconds": 10_332_000}
    assert figures(quick, waiting)["acted_in"]["median"]["seconds"] == 7200


def test_orders_without_a_clock_time_are_counted_beside_the_hours_and_part_of_the_days() -> None:
    quick = course_of(folded(received(**NAMED), response("withheld", "2021-02-01T12:00Z", all=True)))
    by_day = course_of(folded(order(received="2021-02-01", **NAMED), response("withheld", "2021-02-06", all=True)))
    found = figures(quick, by_day, by_day)["acted_in"]
    assert (found["answered"], found["no_clock_time"]) == (3, 2)
    assert (found["median"]["seconds"], found["median"]["of"]) == (7200, 1)
    assert (found["median_days"]["days"], found["median_days"]["of"]) == (5, 3)


def test_what_became_of_an_order_on_a_day_without_an_hour_does_not_leave_the_others_to_speak_for_it() -> None:
    quick = course_of(folded(received(**NAMED), response("withheld", "2021-02-01T15:00Z", all=True)))
    waiting = course_of(folded(received(**NAMED)))
    refused, acted = (
        course_of(folded(received(**NAMED), response(what, "2021-02-02", all=True))) for what in ("refused", "withheld")
    )
    median = figures(quick, *[refused] * 9)["acted_in"]["median"]
    assert (median["seconds"], median["reached"], median["of"]) == (None, False, 10)
    median = figures(waiting, *[acted] * 9)["acted_in"]["median"]
    assert (median["seconds"], median["reached"], median["of"]) == (None, None, 10)
    found = figures(waiting, *[quick] * 6, *[acted] * 4)["acted_in"]
    assert (found["median"]["seconds"], found["median"]["of"], found["no_clock_time"]) == (5 * 3600, 11, 4)
    by_target = figures(waiting, *[quick] * 6, *[acted] * 4)["targets_acted_in"]["median"]
    assert (by_target["seconds"], by_target["of"]) == (5 * 3600, 22)


def test_published_totals_and_repeats_have_no_times_and_are_counted_beside() -> None:
    total = course_of(folded(received(specified=16, stands_for=17)))
    part = course_of(folded(received(specified=5, stands_for=0)))
    repeat = course_of(folded(received(relates_to="EX-0", relation="duplicate", **NAMED)))
    found = figures(total, part, repeat, course_of(folded(received(**NAMED))))
    assert (found["orders"], found["repeats"], found["published_totals"]) == (1, 1, {"entries": 2, "orders": 17})
    assert found["acted_in"]["open"] == 1
    assert found["targets_acted_in"]["open"] == {"n": 2, "qualifier": "exact"}


def test_targets_of_an_unknown_number_are_in_no_median_and_of_an_inexact_one_mark_it() -> None:
    acted = response("withheld", "2021-02-01T12:00Z", all=True)
    exact = course_of(folded(received(**NAMED), acted))
    about = course_of(folded(received(specified="about 40"), acted))
    some = course_of(folded(received(specified="some"), acted))
    assert figures(exact, some)["targets_acted_in"]["amount_unknown"] == 1
    assert figures(exact, some)["targets_acted_in"]["median"]["of"] == 2
    assert figures(exact, some)["targets_acted_in"]["answered"] == {"n": 2, "qualifier": "at-least"}
    found = figures(exact, about)["targets_acted_in"]
    assert found["median"] == {"seconds": 7200, "reached": True, "of": 42, "qualifier": "about"}
    assert found["answered"] == {"n": 42, "qualifier": "about"}


@CALM
@given(st.lists(st.tuples(orders(), st.lists(facts(moments(st.integers(3, 20))), max_size=3)), max_size=4), st.data())
def test_cohorts_add_up(found: list[tuple[Record, list[Record]]], data: st.DataObject) -> None:
    courses = [course_of(folded(first, *later)) for first, later in found]
    cut = data.draw(st.integers(0, len(courses)))
    parts = Cohort("all"), Cohort("all")
    for place, course in enumerate(courses):
        parts[place >= cut].add(judged(course, until()))
    parts[0].merge(parts[1])
    assert parts[0].figures() == figures(*courses, kind="all")
