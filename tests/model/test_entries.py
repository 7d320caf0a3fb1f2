"""What makes an entry admissible by itself, and the form in which it is kept."""

from __future__ import annotations

import re
from contextlib import nullcontext
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.model.admission import check_past
from ledger.model.entries import (
    Correction,
    FollowUp,
    Order,
    Response,
    amended,
    convert,
    fields_of,
    normalise,
)
from ledger.model.postings import fold
from ledger.model.quantities import LARGEST, Quantity
from ledger.model.statuses import ACTIONS, COURT_EVENTS, EVENTS, MOVES, OWN_RULES, RELATIONS, SPEAKERS, STATEMENTS
from tests.strategies import Record, correction, corrections, day, entry, facts, follow_up, order, orders, response

SHA = "0123456789abcdef" * 4
ALL = response("blocked", all=True)
WHOLE = {
    "order": order(),
    "response": ALL,
    "follow-up": follow_up("revoked"),
    "correction": correction(1, void=True),
}
UNKNOWN = st.dictionaries(
    st.sampled_from(("x-field", "colour", "x_2")),
    st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.none() | st.text(), max_size=2),
)
RECORDS = st.one_of(
    orders(), facts(st.just(day(5))), corrections(st.integers(1, 9)), st.sampled_from([*WHOLE.values()])
)


def refusal(record: Record) -> str:
    with pytest.raises(Refused) as refused:
        entry(record)
    return str(refused.value)


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        *(("order", field) for field in ("authority", "jurisdiction", "platform", "received")),
        *(("response", field) for field in ("order", "action", "at")),
        *(("follow-up", field) for field in ("order", "event", "at")),
        *(("correction", field) for field in ("of", "reason")),
    ],
)
def test_a_field_that_is_missing_or_null_is_named(kind: str, field: str) -> None:
    without = {name: value for name, value in WHOLE[kind].items() if name != field}
    assert refusal(without).startswith(f"{field}: ")
    assert refusal(without | {field: None}).startswith(f"{field}: ")


def test_no_other_field_is_required() -> None:
    least = {"kind": "order", "authority": "A", "jurisdiction": "IN", "platform": "x"}
    assert entry(least | {"received": "2021-02-01"})
    assert entry(least | {"issued": "2021-02-01"})
    assert entry({"kind": "response", "order": "o", "action": "acknowledged", "at": "2021-02-01"})
    assert entry({"kind": "follow-up", "order": "o", "event": "revoked", "at": "2021-02-01"})


@pytest.mark.parametrize("kind", ["genesis", "aliases", "erasure", "Order", "", None, 5, True, ["order"], {}])
def test_a_kind_that_no_entry_has_is_refused(kind: object) -> None:
    assert refusal(order() | {"kind": kind}).startswith("kind: ")
    assert refusal({}).startswith("kind: ")


# Dates that are none, names that are none, and what is not of the field's type.
NONE_OF_THEM: dict[str, tuple[Any, ...]] = {
    "authority": ("", " ", "\u200b", 5),
    "platform": ("", " ", "\u200b", 5),
    "jurisdiction": ("", " ", "XX", "UK", "IND", "worldwide", 5),
    "id": ("", " ", " a", "a ", "a\nb", "a\x1bb", "12", 7),
    "specified": (
        *("", "umpteen", "-5", -5, 2.5, True, [], {}),
        *({"n": -1}, {"n": 1.5}, {"n": True}, {"n": LARGEST + 1}),
        *({"n": 3, "qualifier": "unknown"}, {"n": 3, "qualifier": "roughly"}),
    ),
    "specified_of": ("Account", "a b", "-", "#", "all", 5),
    "requires": ("block", ["blok"], ["information", "block"], [5]),
    "relation": ("replaces",),
    "received": ("tomorrow", "2021-02-30"),
    "issued": ("yesterday",),
    "due": ("2021-02-30", "2021-02-01T10:00", "01.02.2021", 20210201),
    "reply_by": ("soon",),
    "valid_until": ("never",),
    "preserve_until": ("2021-13-01",),
    "targets": ("@a", [5], ["@a", ""], ["a b"], ["any:x"]),
    "sources": ([""], "a"),
    "grounds": ([""],),
    "documents": (
        ["a.pdf"],
        [{"name": "a.pdf"}],
        [{"name": "", "sha256": SHA}],
        [{"name": "a.pdf", "sha256": SHA.upper()}],
    ),
    "stated_by": ("me", "Platform", ""),
    "at_kind": ("guessed",),
    "confidential": ("yes",),
    "territorial_scope": (5,),
    "note": (5,),
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field in NONE_OF_THEM for value in NONE_OF_THEM[field]]
)
def test_an_order_with_a_value_that_is_none_is_refused_by_the_name_of_its_field(field: str, value: Any) -> None:
    assert re.split(r"[:.\[]", refusal(order() | {field: value}))[0] == field


@pytest.mark.parametrize(
    "fields",
    [
        {"specified": 0},
        {"specified": {"n": 257, "qualifier": "exact", "words": "257"}},
        {"specified": {"n": 257}},
        {"specified_of": "any"},
        {"specified_of": "app"},
        {"requires": ["block", "suspend", "withhold", "remove", "demote"]},
        {"requires": ["information"]},
        {"jurisdiction": "EU"},
        {"documents": [{"name": "a.pdf", "sha256": SHA}], "sources": ["a", "a"], "grounds": ["b"]},
        {"territorial_scope": "IN"},
        {"territorial_scope": ["IN", "US"]},
        {"relates_to": "EX-0"},
        *({"relates_to": "EX-0", "relation": relation} for relation in RELATIONS),
        *({"stated_by": speaker, "at_kind": "observed-by"} for speaker in SPEAKERS),
        {"due": "2031-01-01", "received": None, "issued": "2021-02-01T10:00+05:30"},
    ],
)
def test_an_order_may_say_what_orders_say(fields: Record) -> None:
    assert isinstance(entry(order(**fields)), Order)


def test_a_relation_says_to_which_order_it_is() -> None:
    assert refusal(order(relation="amends")).startswith("relates_to: ")


def test_more_names_than_an_exact_amount_are_refused_with_both_numbers() -> None:
    said = refusal(order(specified="2", targets=["@a", "@b", "@c"]))
    assert said.startswith("specified: 2 ")
    assert "3 are named" in said
    for fine in (
        {"specified": "about 2", "targets": ["@a", "@b", "@c"]},
        {"specified": "2", "targets": ["@a", "@b", "hashtag:x"]},
        {"specified": "2", "targets": ["@a", "@b", "@A"]},
    ):
        assert entry(order(**fine))
    assert refusal(order(specified="2", specified_of="any", targets=["@a", "@b", "hashtag:x"]))


@pytest.mark.parametrize("action", MOVES)
def test_a_move_says_what_it_moves_in_one_way(action: str) -> None:
    assert refusal(response(action)).startswith("targets: ")
    assert entry(response(action, targets=["@a"]))
    own = action in OWN_RULES
    amounts: tuple[Record, ...] = ({"all": True}, {"count": 3}, {"so_far": 3}, {"count": 0}, {"so_far": "some"})
    for amount in amounts:
        if own:
            assert "own rules" in refusal(response(action, **amount))
        else:
            assert entry(response(action, **amount))
    several_ways: tuple[Record, ...] = (
        {"all": True, "count": 3},
        {"all": True, "so_far": 3},
        {"count": 3, "so_far": 4},
    )
    for several in several_ways:
        assert refusal(response(action, **several))
    assert refusal(response(action, all=True, targets=["@a"]))
    assert own or entry(response(action, count=3, targets=["@a"]))


@pytest.mark.parametrize("action", STATEMENTS)
def test_a_statement_needs_no_targets(action: str) -> None:
    assert entry(response(action))
    assert entry(response(action, targets=["@a"]))


def test_an_unknown_action_or_event_is_refused_with_the_list() -> None:
    said = refusal(response("bloked", all=True))
    assert said.startswith("action: ")
    assert all(action in said for action in ACTIONS)
    assert "where an order starts" in refusal(response("pending", all=True))
    said = refusal(follow_up("revokd"))
    assert said.startswith("event: ")
    assert all(event in said for event in EVENTS)


def test_a_deadline_that_is_extended_needs_its_new_date() -> None:
    assert refusal(follow_up("deadline-extended")).startswith("due: ")
    assert entry(follow_up("deadline-extended", due="2021-03-01"))


@pytest.mark.parametrize("event", [event for event in EVENTS if event != "deadline-extended"])
def test_a_new_date_with_any_other_event_is_refused_and_says_what_to_record(event: str) -> None:
    said = refusal(follow_up(event, due="2021-03-01"))
    assert said.startswith("due: ")
    assert "deadline-extended" in said
    assert entry(follow_up(event))
    # What an older ledger holds is folded all the same, and moves no deadline.
    old = convert(normalise(follow_up(event, due="2021-03-01")))
    found = fold([(1, entry(order(due="2021-02-10", targets=["@a"]))), (2, old)], "UTC")
    assert (found.due, found.outcomes[2].problems) == ("2021-02-10", [])


@pytest.mark.parametrize("countries", [["XX"], "IN", [5], [""], ["IN", "UK"]])
def test_a_response_names_countries_by_their_codes(countries: object) -> None:
    assert refusal(ALL | {"countries": countries}).startswith("countries")


@pytest.mark.parametrize(
    "fields",
    [{}, {"set": {}}, {"void": True, "set": {"at": "2021-02-01"}}, {"void": True, "reason": " "}, {"void": "yes"}]
    + [{"void": True, "of": of} for of in ("1", 1.0, True, None)]
    + [{"set": {field: "x"}} for field in ("id", "kind", "order", "of", "seq", "prev", "recorded_at", "~")]
    + [{"set": {"specified": "umpteen"}}, {"set": {"jurisdiction": "XX"}}, {"set": []}],
)  # fmt: skip
def test_a_correction_voids_or_sets_what_may_be_set_and_says_why(fields: Record) -> None:
    assert refusal({"kind": "correction", "of": 1, "reason": "a slip of the pen"} | fields)


def test_who_states_an_entry_is_who_would_be_expected_to_unless_it_says_otherwise() -> None:
    assert speaker(order()) == "authority"
    assert speaker(ALL) == "platform"
    for event in EVENTS:
        due = "2021-03-01" if event == "deadline-extended" else None
        assert speaker(follow_up(event, due=due)) == ("court" if event in COURT_EVENTS else "authority")
    for record in (order(), ALL, follow_up("upheld")):
        assert speaker(record | {"stated_by": "press"}) == "press"


def speaker(record: Record) -> str:
    made = entry(record)
    assert isinstance(made, Order | Response | FollowUp)
    return made.speaker


@pytest.mark.parametrize("given_as", ["nearly 1,200", {"n": 1200, "qualifier": "about", "words": "nearly 1,200"}])
def test_quantities_are_kept_with_their_words_wherever_they_stand(given_as: object) -> None:
    kept = {"n": 1200, "qualifier": "about", "words": "nearly 1,200"}
    assert normalise(order(specified=given_as))["specified"] == kept
    assert normalise(response("blocked", count=given_as))["count"] == kept
    assert normalise(response("blocked", so_far=given_as))["so_far"] == kept
    assert normalise(correction(1, set={"so_far": given_as}))["set"]["so_far"] == kept
    made = entry(order(specified=given_as))
    assert isinstance(made, Order)
    assert made.specified == Quantity(1200, "about", "nearly 1,200")


def test_codes_are_kept_in_upper_case_and_nulls_of_known_fields_not_at_all() -> None:
    kept = normalise({**ALL, "countries": ["in", " us ", "WorldWide"], "reason": None, "x-reason": None})
    assert kept == {**ALL, "countries": ["IN", "US", "worldwide"], "x-reason": None}
    assert normalise(order(jurisdiction="eu"))["jurisdiction"] == "EU"
    # In a correction null says that a field is taken away.
    assert normalise(correction(1, set={"due": None}))["set"] == {"due": None}


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(RECORDS, UNKNOWN)
def test_normalising_twice_is_normalising_once_and_leaves_what_was_given_alone(record: Record, more: Record) -> None:
    before = deepcopy(record | more)
    once = normalise(before)
    assert before == record | more
    assert normalise(once) == once
    assert convert(once) == convert(normalise(record))


@given(RECORDS, UNKNOWN)
def test_unknown_fields_survive_and_change_nothing(record: Record, more: Record) -> None:
    kept = normalise(record | more)
    assert {name: kept[name] for name in more} == more
    assert not {*more} & {*fields_of(record["kind"])}
    if record["kind"] != "correction":
        change = convert(normalise(correction(1, set={"note": "amended"})))
        assert isinstance(change, Correction)
        assert amended(kept, [change]) == amended(normalise(record), [change]) | more
        assert amended(kept, [change])["note"] == "amended"


NOW = "2021-02-10T12:00:00Z"


@pytest.mark.parametrize(
    ("at", "admitted"),
    [
        ("2021-02-10T12:00Z", True),
        ("2021-02-10T12:05Z", True),
        ("2021-02-10T12:06Z", False),
        ("2021-02-10T17:30+05:30", True),
        ("2021-02-10T17:40+05:30", False),
        ("2021-02-10T08:00-05:00", False),
        ("2021-02-10", True),
        ("2021-02-11", True),
        ("2021-02-12", False),
        ("2999-01-01", False),
        ("9999-12-31", False),
    ],
)
def test_what_lies_in_the_future_is_not_recorded_as_if_it_had_happened(at: str, admitted: bool) -> None:
    happened = (order(received=at), order(issued=at), response("blocked", at, all=True), follow_up("revoked", at))
    for record, field in zip(happened, ("received", "issued", "at", "at"), strict=True):
        said = nullcontext() if admitted else pytest.raises(Refused, match=rf"{field}: .*future")
        with said:
            check_past(entry(record), NOW)
    check_past(entry(order(due="2999-01-01", valid_until="9999-12-31")), NOW)


def test_a_day_near_midnight_may_have_begun_somewhere_on_earth() -> None:
    ahead = entry(response("blocked", "2021-02-11", all=True))
    check_past(ahead, "2021-02-10T10:00:00Z")
    # In UTC it is eleven the day after.
    with pytest.raises(Refused, match="lies in the future"):
        check_past(entry(order(received="2021-02-09T23:00-12:00")), "2021-02-10T10:00:00Z")
    with pytest.raises(Refused, match="future"):
        check_past(ahead, "2021-02-10T09:59:59Z")
