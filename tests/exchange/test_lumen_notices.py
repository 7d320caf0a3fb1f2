"""Lumen's notices: what can honestly be booked is booked, the rest is quoted, and what is no order is refused."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from ledger.exchange.notices.authorities import Naming, read_naming
from ledger.exchange.notices.lumen_fields import UNNAMED_COURT
from ledger.exchange.notices.lumen_notices import lumen_entries
from ledger.model.entries import convert, normalise
from ledger.model.incoming import Incoming

KNOWN = read_naming()


def notice(**members: Any) -> dict[str, Any]:
    """Return a notice as the API gives it."""
    return {
        "id": 11, "type": "GovernmentRequest", "title": "Request about two pages", "body": None,
        "date_sent": "2021-02-01T00:00:00.000Z", "date_received": "2021-02-02T00:00:00.000Z", "topics": ["Government Requests"],
        "sender_name": "Example Ministry", "principal_name": None, "recipient_name": "Example Host", "tags": [],
        "works": [{"description": "pages", "infringing_urls": [{"url": "https://host.example/a"}], "copyrighted_urls": []}],
        "jurisdictions": ["IN"], "action_taken": "Unspecified", "language": "en",
    } | members  # fmt: skip


def read(value: Any, naming: Naming = KNOWN) -> list[Incoming]:
    text = value if isinstance(value, str) else json.dumps(value)
    return list(lumen_entries("in.json", io.BytesIO(text.encode("utf-8", "surrogatepass")), naming))


def records(value: Any, naming: Naming = KNOWN) -> list[dict[str, Any]]:
    found = read(value, naming)
    assert [item.problem for item in found if item.record is None] == []
    return [normalise(item.record) for item in found if item.record is not None]


def order(naming: Naming = KNOWN, **members: Any) -> dict[str, Any]:
    first = records(notice(**members), naming)[0]
    convert(first)
    return first


def problem(**members: Any) -> Incoming:
    (item,) = read(notice(**members))
    assert item.record is None
    return item


def urls(*texts: Any, key: str = "infringing_urls") -> list[dict[str, Any]]:
    return [{"description": "pages", key: [{"url": text} for text in texts]}]


# In which form


@pytest.mark.parametrize(
    "value",
    [
        {"notice": notice()},
        {"notices": [notice()], "meta": {"current_page": 1, "score": 1.5}},
        {"government_request": {name: value for name, value in notice().items() if name != "type"}},
        [{"notice": notice()}],
        [notice()],
        notice(score=0.125),
    ],
)
def test_a_notice_is_read_in_each_form_in_which_it_is_published(value: Any) -> None:
    (found,) = records(value)
    assert (found["id"], found["authority"], found["jurisdiction"], found["platform"]) == (
        "lumen-11", "Example Ministry", "IN", "Example Host",
    )  # fmt: skip
    assert (found["issued"], found["received"]) == ("2021-02-01", "2021-02-02")
    assert (found["targets"], found["sources"]) == (
        ["https://host.example/a"],
        ["https://lumendatabase.org/notices/11"],
    )


def test_notices_that_stand_one_after_the_other_are_all_read() -> None:
    text = "\n".join(json.dumps({"notice": notice(id=number)}) for number in (1, 2, 3))
    assert [record["id"] for record in records(text)] == ["lumen-1", "lumen-2", "lumen-3"]
    assert [item.line for item in read(text)] == [1, 2, 3]


def test_a_notice_in_the_form_of_those_handed_in_is_the_same_each_time() -> None:
    handed = {
        "type": "CourtOrder", "title": "x", "date_received": "2021-02-02", "jurisdiction_list": "IN",
        "regulation_list": "Act 1, Act 2", "action_taken": "No",
        "works_attributes": [{"description": "d", "infringing_urls_attributes": [{"url": "https://host.example/a"}]}],
        "entity_notice_roles_attributes": [
            {"name": "issuing_court", "entity_attributes": {"name": "Example High Court", "kind": "organization"}},
            {"name": "sender", "entity_attributes": {"name": "Example & Partners", "kind": "organization"}},
            {"name": "recipient", "entity_attributes": {"name": "Example Host", "kind": "organization"}},
        ],
    }  # fmt: skip
    found, said = records({"notice": handed})
    assert (found["authority"], found["requested_by"], found["authority_type"], found["basis"]) == (
        "Example High Court", "Example & Partners", "court", "Act 1; Act 2",
    )  # fmt: skip
    assert found["id"].startswith("lumen-")
    assert said["order"] == found["id"]
    assert records({"notice": handed}) == [found, said]


# What is no order


@pytest.mark.parametrize("kind", ["DMCA", "Defamation", "Trademark", "DataProtection", "Other", "Placeholder"])
def test_notices_of_private_people_are_refused_by_their_number(kind: str) -> None:
    item = problem(type=kind)
    assert item.part == "notice 11"
    assert item.where.endswith(", notice 11")
    assert "no order of a government" in item.problem
    assert (item.column, item.value, item.line, item.rows) == ("type", kind, 1, 1)


def test_a_notice_under_a_key_that_says_another_type_is_refused() -> None:
    (item,) = read({"dmca": {name: value for name, value in notice().items() if name != "type"}})
    assert "DMCA is no order" in item.problem


def test_what_is_refused_does_not_hide_the_others() -> None:
    found = read(
        {
            "notices": [
                notice(id=1),
                notice(id=2, type="DMCA"),
                notice(id=3, works=[{"infringing_urls": 7}]),
                notice(id=4),
            ]
        }
    )
    assert [item.record["id"] if item.record else item.column for item in found] == [
        "lumen-1", "type", "works[0].infringing_urls", "lumen-4",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("members", "column"),
    [
        ({"date_received": "02/01/2021"}, "date_received"),
        ({"date_received": 7}, "date_received"),
        ({"date_received": None, "date_sent": None}, "date_received"),
        ({"id": "../x"}, "id"),
        ({"id": True}, "id"),
        ({"sender_name": None}, "sender_name"),
        ({"sender_name": "[REDACTED]"}, "sender_name"),
        ({"recipient_name": ""}, "recipient_name"),
        ({"jurisdictions": []}, "jurisdictions"),
        ({"jurisdictions": ["IN", "US"]}, "jurisdictions"),
        ({"jurisdictions": ["Atlantis"]}, "jurisdictions"),
        ({"jurisdictions": [1]}, "jurisdictions"),
        ({"action_taken": "Perhaps"}, "action_taken"),
        ({"works": {}}, "works"),
        ({"works": [7]}, "works[0]"),
        ({"works": urls("host.example/a")}, "works[0].infringing_urls[0].url"),
        ({"works": urls(7)}, "works[0].infringing_urls[0].url"),
        ({"works": urls("https://host.example/a b")}, "works"),
        ({"title": ["x"]}, "title"),
        ({"entity_notice_roles_attributes": [7]}, "entity_notice_roles_attributes[0]"),
    ],
)
def test_a_member_that_cannot_be_booked_is_named(members: dict[str, Any], column: str) -> None:
    item = problem(**members)
    assert item.column == column
    assert f"{column}: " in item.problem


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "[",
        '{"notices": [',
        "x",
        "[1]",
        "[[]]",
        '{"notice": 7}',
        "null",
        '{"notices": [{"id": 1, "id": 2}]}',
        "[" * 99_999,
    ],
)
def test_what_is_no_such_file_is_one_problem(text: str) -> None:
    (item,) = read(text)
    assert item.record is None
    assert item.problem
    assert "\n" not in item.problem


# What is booked


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("GovernmentRequest", "infringing_urls"),
        ("CourtOrder", "targetted_urls"),
        ("LawEnforcementRequest", "urls_in_request"),
    ],
)
def test_each_type_names_its_urls_in_its_own_way(kind: str, key: str) -> None:
    assert order(type=kind, works=urls("https://host.example/a", key=key))["targets"] == ["https://host.example/a"]


def test_urls_that_are_not_shown_are_an_amount_and_no_names() -> None:
    works = urls(
        "https://host.example/a",
        "https://host.example/a",
        "host.example - 3 URLs",
        "other.example - 1 URL",
        "third.example",
    )
    found = order(works=[*works, {"infringing_urls": [{"domain": "fourth.example", "count": 2}]}])
    assert found["targets"] == ["https://host.example/a"]
    assert (found["specified"]["n"], found["specified"]["qualifier"], found["specified_of"]) == (8, "exact", "url")
    assert "host.example (3), other.example (1), third.example (1), fourth.example (2)" in found["note"]


def test_accounts_come_on_top_of_urls_that_are_not_shown() -> None:
    found = order(recipient_name="Twitter, Inc.", works=urls("https://twitter.com/example_one", "twitter.com - 2 URLs"))
    assert (found["platform"], found["specified"]["n"], found["specified_of"]) == ("twitter", 2, "url")


def test_without_urls_some_are_ordered() -> None:
    found = order(works=urls("No URL submitted"))
    assert "targets" not in found
    assert (found["specified"]["qualifier"], found["specified_of"]) == ("unknown", "url")


@pytest.mark.parametrize(
    ("text", "booked"),
    [
        ("2021-02-02T00:00:00Z", "2021-02-02"),
        ("2021-02-02T05:00:00.000Z", "2021-02-02"),
        ("2021-07-02T04:00:00Z", "2021-07-02"),
        ("2021-02-02T04:00:00Z", "2021-02-02T04:00:00Z"),
        ("2021-02-02T10:20:30Z", "2021-02-02T10:20:30Z"),
        ("2021-02-02", "2021-02-02"),
    ],
)
def test_midnight_is_a_day_and_all_other_times_are_instants(text: str, booked: str) -> None:
    assert order(date_received=text)["received"] == booked


def test_a_court_that_is_not_named_is_not_replaced_by_a_party() -> None:
    found = order(type="CourtOrder", sender_name="Example & Partners")
    assert (found["authority"], found["requested_by"]) == (UNNAMED_COURT, "Example & Partners")


def test_authorities_stand_under_their_usual_name_and_give_the_country_that_is_not_stated() -> None:
    found = order(sender_name="roscomnadzor", jurisdictions=[])
    assert (found["authority"], found["jurisdiction"]) == ("Roskomnadzor", "RU")


def test_a_file_says_what_notices_leave_out() -> None:
    naming = KNOWN._replace(jurisdiction="SE", authority="Example Office", platform="example")
    found = order(naming, jurisdictions=None, sender_name=None, recipient_name=None)
    assert (found["authority"], found["jurisdiction"], found["platform"]) == ("Example Office", "SE", "example")


def test_a_demand_for_data_is_one_for_information() -> None:
    assert order(type="LawEnforcementRequest", request_type="Subpoena")["requires"] == ["information"]


# What the platform did


def answers(said: str, observed: str | None = None, **members: Any) -> list[dict[str, Any]]:
    return records(notice(action_taken=said, **members), KNOWN._replace(observed=observed))[1:]


@pytest.mark.parametrize("said", ["Yes", "No", "Partial"])
def test_what_was_done_is_quoted_and_moves_nothing_as_nobody_says_when(said: str) -> None:
    (found,) = answers(said)
    assert (found["action"], found["at"]) == ("statement", "2021-02-02")
    assert f'action_taken "{said}"' in found["note"]


@pytest.mark.parametrize(("said", "action"), [("Yes", "blocked"), ("No", "refused"), ("Partial", "statement")])
def test_what_was_done_is_booked_by_the_day_by_which_it_was_so(said: str, action: str) -> None:
    (found,) = answers(said, "2021-03-01")
    assert (found["action"], found["at"], found["at_kind"]) == (action, "2021-03-01", "observed-by")
    assert found.get("all", False) == (action != "statement")


def test_information_is_provided_and_never_blocked() -> None:
    (found,) = answers("Yes", "2021-03-01", type="LawEnforcementRequest", request_type="Warrant")
    assert found["action"] == "provided"


@pytest.mark.parametrize("said", ["Unspecified", "", None])
def test_where_nothing_is_said_nothing_is_booked(said: Any) -> None:
    assert records(notice(action_taken=said), KNOWN._replace(observed="2021-03-01"))[1:] == []


def test_an_order_and_its_answer_are_one_bundle_and_one_row() -> None:
    found = read({"notices": [notice(id=1, action_taken="Yes"), notice(id=2, action_taken="Yes")]})
    assert [item.rows for item in found] == [1, 0, 1, 0]
    first, second, third, fourth = (item.bundle for item in found)
    assert first == second != third == fourth
    assert all((first, third))
