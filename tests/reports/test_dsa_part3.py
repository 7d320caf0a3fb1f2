"""What one order counts as in the table of Member States' orders, and that totals hold whatever the orders are."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from statistics import median as middle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.exchange.dsa_part3 import format_part3, format_period
from ledger.model.categories import CATEGORIES, NOT_SPECIFIED, OTHER, check_category, check_keyword
from ledger.model.countries import CODES
from ledger.model.member_states import MEMBER_STATES, eurostat_code
from ledger.reports.dsa.order_times import Taken
from ledger.reports.dsa.orders import Counted, Lack, judged
from ledger.reports.dsa.part3 import median, table
from tests.reports.part3_reader import blocks, differences
from tests.strategies import Record, folded, follow_up, order, response

TEMPLATE = Path(__file__).parent.parent / "exchange" / "part_3_member_states_orders.csv"
HOUR = 3_600_000_000
NOON = "2021-02-01T12:00Z"
SPEECH = "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"


def dsa(**fields: Any) -> Record:
    """Return an order of a Member State that lacks nothing."""
    given = {"jurisdiction": "DE", "basis": "EU-DSA-9", "category": SPEECH, "received": NOON, "targets": ["@a", "@b"]}
    return order(**(given | fields))


def counted(*records: Record) -> Counted:
    found = judged(folded(*records))
    assert isinstance(found, Counted), found
    return found


def lacks(*records: Record, hides: bool = False) -> str:
    found = judged(folded(*records), hides=hides)
    assert isinstance(found, Lack), found
    return "; ".join(found.what)


# --- Codes


def test_there_are_27_member_states_and_only_greece_has_a_code_of_its_own() -> None:
    assert len(MEMBER_STATES) == 27
    assert MEMBER_STATES <= CODES
    assert {code: eurostat_code(code) for code in MEMBER_STATES if eurostat_code(code) != code} == {"GR": "EL"}


def test_every_category_but_the_one_without_a_ground_ends_in_other() -> None:
    ends = {category: keywords[-1] if keywords else "" for category, keywords in CATEGORIES.items()}
    assert ends == dict.fromkeys(CATEGORIES, OTHER) | {NOT_SPECIFIED: ""}


def test_every_code_stands_for_itself_and_is_read_without_prefix_too() -> None:
    for category, keywords in CATEGORIES.items():
        assert (
            check_category(category) == check_category(category.removeprefix("STATEMENT_CATEGORY_").lower()) == category
        )
        for keyword in keywords:
            short = keyword.removeprefix("KEYWORD_").lower().replace("_", "-")
            assert check_keyword(keyword, category) == check_keyword(short, category) == keyword


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("STATEMENT_CATEGORY_ANIMAL_WELFAR", "did you mean STATEMENT_CATEGORY_ANIMAL_WELFARE?"),
        ("zebra", "it is one of"),
    ],
)
def test_a_category_that_is_none_is_refused_with_the_nearest(code: str, hint: str) -> None:
    with pytest.raises(Refused, match="is no category of the template") as refused:
        check_category(code)
    assert hint in str(refused.value)


@pytest.mark.parametrize(
    ("keyword", "category", "hint"),
    [
        ("KEYWORD_HATE_SPEACH", SPEECH, "did you mean KEYWORD_HATE_SPEECH?"),
        ("KEYWORD_PHISHING", SPEECH, "is a keyword of STATEMENT_CATEGORY_SCAMS_AND_FRAUD, not of"),
        ("KEYWORD_OTHER", NOT_SPECIFIED, "has no keywords"),
        ("zebra", SPEECH, "it is one of KEYWORD_DEFAMATION"),
    ],
)
def test_a_keyword_that_is_none_of_its_category_is_refused(keyword: str, category: str, hint: str) -> None:
    with pytest.raises(Refused, match=r"^keyword: ") as refused:
        check_keyword(keyword, category)
    assert hint in str(refused.value)


# --- What an order counts as, and what it lacks


def test_an_order_naming_ten_items_is_one_and_ten() -> None:
    found = counted(dsa(targets=[f"https://page.example/{n}" for n in range(10)]))
    assert (found.orders, found.items) == (1, 10)


def test_items_are_the_amount_and_names_of_other_kinds_on_top_and_nothing_that_came_later() -> None:
    assert counted(dsa(specified=257, targets=["@a", "hashtag:x"])).items == 258
    later = response("blocked", targets=["@elsewhere"], extra=True)
    assert counted(dsa(), later).items == 2


@pytest.mark.parametrize("amount", ["about 250", "some", "more than 500", "up to 40"])
def test_an_inexact_amount_is_no_count(amount: str) -> None:
    assert lacks(dsa(specified=amount, targets=[])) == f"an exact number of items: it specifies {amount}"


def test_an_order_that_names_nothing_lacks_a_number_unless_it_asks_for_information() -> None:
    assert lacks(dsa(targets=[])) == "an exact number of items: it names none"
    assert counted(dsa(targets=[], requires=["information"])).items == 0


def test_an_order_that_is_issued_only_lacks_its_day_of_receipt() -> None:
    said = lacks(dsa(received=None, issued="2021-02-01"))
    assert said == "a day of receipt: it was issued 2021-02-01, and whether it came in the period is not recorded"


def test_an_order_of_the_union_lacks_its_member_state() -> None:
    assert "its jurisdiction is EU" in lacks(dsa(jurisdiction="EU"))


def test_a_category_is_lacking_only_where_a_legal_ground_is_cited() -> None:
    assert lacks(dsa(category=None)) == "a category: it cites EU-DSA-9"
    assert lacks(dsa(category=None, basis=None, provision="art. 1")) == "a category: it cites art. 1"
    assert "KEYWORD_TERRORIST_CONTENT" in lacks(dsa(category=None, basis="EU-TCO"))
    found = counted(dsa(category=None, basis=None))
    assert (found.category, found.keyword) == (NOT_SPECIFIED, "")


def test_an_order_whose_ground_is_not_disclosed_is_not_taken_for_one_without() -> None:
    assert "not disclosed in this copy" in lacks(dsa(category=None, basis=None), hides=True)


def test_not_specified_does_not_fit_an_order_that_cites_a_ground() -> None:
    assert "does not fit" in lacks(dsa(category=NOT_SPECIFIED))


def test_an_order_without_a_keyword_stands_under_other_and_says_so() -> None:
    bare, kept = counted(dsa()), counted(dsa(keyword=OTHER))
    assert (bare.keyword, bare.described) == (OTHER, False)
    assert (kept.keyword, kept.described) == (OTHER, True)


def test_all_that_an_order_lacks_is_said_at_once() -> None:
    found = judged(folded(dsa(jurisdiction="EU", category=None, specified="some", targets=[])))
    assert isinstance(found, Lack)
    assert [what.split(":")[0] for what in found.what] == ["a Member State", "a category", "an exact number of items"]


def test_an_entry_that_stands_for_many_orders_counts_them_and_has_no_times() -> None:
    found = counted(dsa(stands_for=17), response("acknowledged", "2021-02-01T13:00Z"))
    assert (found.orders, found.items, found.informed, found.effect) == (
        17,
        2,
        Taken(None, "total"),
        Taken(None, "total"),
    )


# --- Times


def ack(at: str, **fields: Any) -> Record:
    return response("acknowledged", at, **fields)


@pytest.mark.parametrize(
    ("facts", "hours"),
    [
        ([ack("2021-02-01T12:30Z")], Fraction(1, 2)),
        ([ack("2021-02-01T14:00Z"), ack("2021-02-01T13:00Z")], 1),
        ([ack("2021-02-01T13:00Z"), ack("2021-02-02")], 1),
        ([ack("2021-02-01T13:00Z"), ack("2021-02-01T15:00Z", at_kind="observed-by")], 1),
        ([], "none recorded"),
        ([ack("2021-02-02")], "no clock time"),
        ([ack("2021-02-01T13:00Z", at_kind="observed-by")], "no clock time"),
        ([ack("2021-02-01T13:00Z"), ack("2021-02-01")], "no clock time"),
        ([ack("2021-02-01T15:00Z"), ack("2021-02-01T13:00Z", at_kind="observed-by")], "no clock time"),
        ([ack("2021-02-01T11:00Z", anyway=True)], "no clock time"),
    ],
)
def test_the_receipt_is_acknowledged_at_the_first_instant_that_nothing_vaguer_may_precede(
    facts: list[Record], hours: Fraction | int | str
) -> None:
    informed = counted(dsa(), *facts).informed
    assert informed == (Taken(None, hours) if isinstance(hours, str) else Taken(int(hours * HOUR)))


def act(action: str, at: str, *targets: str, **fields: Any) -> Record:
    return response(action, at, **({"targets": list(targets)} if targets else {"all": True}), **fields)


@pytest.mark.parametrize(
    ("facts", "taken"),
    [
        ([act("blocked", "2021-02-01T13:00Z")], Taken(HOUR)),
        ([act("blocked", "2021-02-01T13:00Z", "@a"), act("blocked", "2021-02-01T15:00Z", "@b")], Taken(3 * HOUR)),
        ([act("blocked", "2021-02-01T13:00Z", "@a")], Taken(None, "open")),
        # What came under the order later was not in it.
        (
            [
                act("blocked", "2021-02-01T13:00Z"),
                act("blocked", "2021-02-03T13:00Z", "@elsewhere", "hashtag:elsewhere", extra=True),
            ],
            Taken(HOUR),
        ),
        (
            [
                act("blocked", "2021-02-01T13:00Z", "@a", "@elsewhere", extra=True),
                act("suspended", "2021-02-02T13:00Z", "@elsewhere"),
                act("blocked", "2021-02-01T14:00Z", "@b"),
            ],
            Taken(2 * HOUR),
        ),
        # What is lifted and restricted again had its effect before.
        (
            [
                act("blocked", "2021-02-01T13:00Z"),
                act("unblocked", "2021-02-01T14:00Z"),
                act("withheld", "2021-02-01T18:00Z"),
            ],
            Taken(HOUR),
        ),
        (
            [act("blocked", "2021-02-01T13:00Z", "@a"), act("refused", "2021-02-05T15:00Z", "@b")],
            Taken(HOUR, partly=True),
        ),
        (
            [act("blocked", "2021-02-01T13:00Z", "@a"), act("suspended", "2021-02-01T14:00Z", "@b")],
            Taken(2 * HOUR, own_rules=True),
        ),
        ([act("refused", "2021-02-01T13:00Z")], Taken(None, "refused")),
        ([act("already-removed", "2021-02-01T13:00Z")], Taken(None, "already-removed")),
        ([act("refused", "2021-02-02", "@a"), act("not-found", "2021-02-02", "@b")], Taken(None, "several")),
        ([follow_up("revoked")], Taken(None, "withdrawn")),
        ([act("refused", "2021-02-01T13:00Z"), act("blocked", "2021-02-01T14:00Z")], Taken(2 * HOUR)),
        ([act("blocked", "2021-02-02")], Taken(None, "no clock time")),
        ([act("blocked", "2021-02-01T13:00Z", at_kind="observed-by")], Taken(None, "no clock time")),
        (
            [act("blocked", "2021-02-02", "@a"), act("blocked", "2021-02-02T15:00Z", "@b")],
            Taken(None, "no clock time"),
        ),
        ([act("blocked", "2021-02-02", "@a"), act("blocked", "2021-02-03T12:00Z", "@b")], Taken(48 * HOUR)),
    ],
)
def test_effect_is_given_when_the_last_target_is_first_acted_on(facts: list[Record], taken: Taken) -> None:
    assert counted(dsa(), *facts).effect == taken


def test_a_day_without_a_clock_time_gives_no_hours() -> None:
    found = counted(dsa(received="2021-02-01"), ack("2021-02-01T13:00Z"), act("blocked", "2021-02-01T13:00Z"))
    assert (found.informed.why, found.effect.why) == ("no clock time", "no clock time")
    observed = counted(dsa(at_kind="observed-by"), ack("2021-02-01T13:00Z"))
    assert observed.informed.why == "no clock time"


def test_an_order_to_provide_information_has_its_effect_when_it_is_answered() -> None:
    found = counted(dsa(requires=["information"]), act("provided", "2021-02-02T12:00Z"))
    assert (found.informs, found.effect) == (True, Taken(24 * HOUR))


# --- Medians


@pytest.mark.parametrize(
    ("times", "hours"),
    [
        ([], ""),
        ([0], "0.00"),
        ([HOUR], "1.00"),
        ([HOUR, 2 * HOUR], "1.50"),
        ([5 * HOUR, HOUR, 2 * HOUR], "2.00"),
        # Half of 0.01 h is 18 seconds: to the even neighbour.
        ([18_000_000], "0.00"),
        ([54_000_000], "0.02"),
        ([18_000_001], "0.01"),
        ([1000 * HOUR], "1000.00"),
    ],
)
def test_a_median_is_hours_with_two_decimals_half_to_even(times: list[int], hours: str) -> None:
    assert median(times) == hours


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=12))
def test_a_median_is_that_of_exact_fractions(times: list[int]) -> None:
    exact = middle([Fraction(time, HOUR) for time in times])
    assert Fraction(median(times)) == Fraction(round(exact * 100), 100)


# --- The whole table

TIMES = st.builds(Taken, st.integers(0, 10**12)) | st.sampled_from(
    [Taken(None, why) for why in ("open", "no clock time", "refused", "none recorded")]
)


@st.composite
def orders(draw: st.DrawFn) -> Counted:
    """Draw an order as the table counts it."""
    category = draw(st.sampled_from(list(CATEGORIES)))
    keyword = draw(st.sampled_from(CATEGORIES[category] or ("",)))
    informs, stands = draw(st.booleans()), draw(st.sampled_from((1, 1, 1, 0, 17)))
    times = [draw(TIMES) if stands == 1 else Taken(None, "total") for _ in "ab"]
    return Counted(
        "EX",
        draw(st.sampled_from(("AT", "EL", "SE"))),
        category,
        keyword,
        draw(st.booleans()),
        informs,
        stands,
        0 if informs else draw(st.integers(0, 50)),
        stands == 1,
        times[0],
        times[1],
        draw(st.sampled_from(("", "EU-DSA-9", '=A, "B"'))),
        draw(st.booleans()),
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(orders(), max_size=12), st.booleans(), st.booleans())
def test_totals_hold_whatever_the_orders_are(found: list[Counted], zero: bool, confidential: bool) -> None:
    rows = table(found, receipts_as_zero=zero, confidential=confidential)
    raw = format_part3(rows, "Example", format_period(738_000, 738_100), str)
    assert differences(raw, TEMPLATE.read_bytes()) == []
    read = list(blocks(raw))
    assert [block.scope for block in read] == ["TOTAL", *sorted({item.state for item in found})]
    acts = [item for item in found if not item.informs]
    whole = read[0].rows["TOTAL", ""]
    assert [whole[6], whole[7], whole[10]] == [
        str(sum(item.orders for item in acts)),
        str(sum(item.items for item in acts)),
        str(sum(item.orders for item in found if item.informs)),
    ]
    # From the orders, never from medians.
    exact = [item.effect.time for item in acts if item.effect.time is not None]
    assert whole[9] == median(exact)


def test_what_a_confidential_order_cites_is_not_named_unless_asked_for() -> None:
    found = [counted(dsa(confidential=True, basis="EX-SECRET")), counted(dsa())]
    for confidential, named in ((False, "EU-DSA-9 (1), not shown (1)"), (True, "EU-DSA-9 (1), EX-SECRET (1)")):
        rows = table(found, receipts_as_zero=False, confidential=confidential)
        texts = {row.description for row in rows if row.description}
        assert texts == {f"No keyword of this category is recorded; legal basis: {named}"}
        assert rows[0].act_orders == 2


def test_only_orders_that_cite_nothing_are_said_to_state_no_basis() -> None:
    found = [
        counted(dsa()),
        counted(dsa(confidential=True, basis="EX-SECRET")),
        counted(dsa(basis=None, provision="art. 1")),
        counted(dsa(basis=None)),
    ]
    for confidential, named in (
        (False, "EU-DSA-9 (1), not stated (1), not shown (2)"),
        (True, "EU-DSA-9 (1), EX-SECRET (1), not stated (1), not shown (1)"),
    ):
        (text,) = {row.description for row in table(found, receipts_as_zero=False, confidential=confidential)} - {""}
        assert text.endswith(f"legal basis: {named}")
