"""Orders as notices for Lumen: nothing more certain in them than in the ledger."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.exchange.notices.lumen_export import action_taken, address, notice, notice_line
from ledger.model.targets import parse_target
from tests.strategies import ID, Record, folded, follow_up, order, response


def made(*records: Record) -> dict[str, Any]:
    return notice(folded(*records), ID)


@pytest.mark.parametrize(
    ("story", "taken"),
    [
        ([order(targets=["@a", "@b"]), response("blocked", all=True)], "Yes"),
        ([order(targets=["@a", "@b"]), response("suspended", targets=["@a", "@b"])], "Yes"),
        ([order(targets=["@a", "@b"]), response("blocked", targets=["@a"])], "Partial"),
        ([order(targets=["@a", "hashtag:x"]), response("blocked", targets=["@a"])], "Partial"),
        ([order(targets=["@a", "@b"]), response("refused", all=True)], "No"),
        ([order(targets=["@a"]), response("not-found", all=True)], "No"),
        ([order(targets=["@a"]), follow_up("revoked")], "No"),
        ([order(targets=["@a", "@b"])], "Unspecified"),
        ([order(targets=["@a", "@b"]), response("refused", targets=["@a"])], "Unspecified"),
        ([order(targets=["@a"]), response("blocked", all=True), response("unblocked", at="2021-02-03", all=True)],
         "Unspecified"),
        ([order(specified="about 250"), response("blocked", all=True)], "Unspecified"),
        ([order(specified=257), response("blocked", so_far="about 250")], "Unspecified"),
        ([order()], "Unspecified"),
        ([order(requires=["information"], targets=["@a"]), response("provided", all=True)], "Yes"),
        ([order(requires=["information"], targets=["@a"]), response("refused", all=True)], "No"),
    ],
)  # fmt: skip
def test_an_action_is_stated_only_where_the_ledger_is_sure_of_it(story: list[Record], taken: str) -> None:
    assert action_taken(folded(*story)) == taken


@pytest.mark.parametrize(
    ("authority_type", "kind"),
    [
        ("court", "CourtOrder"),
        ("police", "LawEnforcementRequest"),
        ("executive", "GovernmentRequest"),
        (None, "GovernmentRequest"),
    ],
)
def test_a_notice_is_of_the_type_of_its_authority(authority_type: str | None, kind: str) -> None:
    assert made(order(authority_type=authority_type))["type"] == kind


def test_a_notice_says_who_ordered_what_of_whom_and_when() -> None:
    said = made(
        order(
            reference="J-7",
            authority_type="court",
            court="Example High Court",
            requested_by="Example Office",
            addressed_to="Example Ltd",
            basis="IN-69A",
            grounds=["forged tickets"],
            issued="2021-01-30",
            received="2021-02-01T09:00+05:30",
            specified="nearly 1,200",
            requires=["block"],
            language="en",
            note="for ourselves alone",
            recorded_by="clerk",
        )
    )
    roles = {role["name"]: role["entity_attributes"]["name"] for role in said["entity_notice_roles_attributes"]}
    assert roles == {
        "sender": "Example Ministry",
        "principal": "Example Office",
        "recipient": "Example Ltd",
        "issuing_court": "Example High Court",
    }
    assert said["title"] == "Example Ministry: J-7"
    assert (said["date_sent"], said["date_received"]) == ("2021-01-30", "2021-02-01T09:00+05:30")
    assert (said["jurisdiction_list"], said["regulation_list"], said["tag_list"]) == ("IN", "IN-69A", "block")
    assert said["works_attributes"] == [{"description": "nearly 1,200 specified (account)"}]
    assert "for ourselves" not in str(said)
    assert "clerk" not in str(said)


def test_targets_stand_by_their_urls_and_in_words_where_they_have_none() -> None:
    (work,) = made(order(targets=["@Some_One", "hashtag:naïve", "app:com.example", "https://page.example/1"]))[
        "works_attributes"
    ]
    assert [item["url"] for item in work["infringing_urls_attributes"]] == [
        "https://twitter.com/some_one",
        "https://twitter.com/hashtag/na%C3%AFve",
        "https://page.example/1",
    ]
    assert work["description"] == "named without a URL: app:com.example"


@given(
    st.sampled_from(("twitter", "instagram", "youtube", "tiktok", "brunnen.example")),
    st.sampled_from(("@", "hashtag:", "post:", "channel:", "account:", "url:https://page.example/", "")),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs", "Z"]), min_size=1, max_size=12)
    | st.sampled_from(("i", "home", "p", "a.b", "a/b", "7")),
)
def test_a_url_reads_back_as_the_target_that_it_stands_for(platform: str, sign: str, name: str) -> None:
    try:
        target = parse_target(sign + name, platform)
    except Exception:  # noqa: BLE001 - what is no target has no URL
        return
    url = address(target.key)
    if url is not None:
        assert parse_target(url, platform).key == target.key


def test_what_would_read_back_as_another_target_has_no_url() -> None:
    assert address(parse_target("@home", "twitter").key) is None
    assert address(parse_target("@somebody", "brunnen.example").key) is None


def test_a_notice_is_one_line_of_ascii() -> None:
    line = notice_line(folded(order(authority="Minist\u00e8re\u202e\n", targets=["@a"])), ID)
    assert line.isascii()
    assert line.count("\n") == 1
    assert json.loads(line)["notice"]["title"].startswith("Minist\u00e8re")
