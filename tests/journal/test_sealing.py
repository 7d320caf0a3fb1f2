from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.journal.sealing import Sealed, digest_of, digests_in, disclose, read_disclosure, seal, unseal
from ledger.model.targets import parse_target

ALL = frozenset({"targets", "note", "sources"})
SALTS = [bytes([number]) * 16 for number in range(256)]
TEXTS = st.sampled_from(
    [
        "@alpha",
        "@ALPHA",
        "https://x.com/alpha",
        "#tag",
        "hashtag:Tag",
        "https://page.example/1",
        "post:17",
        "domain:a.example",
    ]
)
RECORDS = st.fixed_dictionaries(
    {"kind": st.just("order"), "authority": st.text()},
    optional={
        "note": st.text(),
        "sources": st.lists(st.text(), max_size=3),
        "targets": st.lists(TEXTS, max_size=6),
        "set": st.fixed_dictionaries({}, optional={"note": st.text(), "targets": st.lists(TEXTS, max_size=3)}),
    },
)


def sealed(record: Mapping[str, Any], private: frozenset[str] = ALL, known: Mapping[str, str] | None = None) -> Sealed:
    salts = iter(SALTS)
    held = dict(known or {})

    def find(texts: Iterable[str]) -> dict[str, str]:
        return {text: held[text] for text in texts if text in held}

    return seal(record, "twitter", private, find, lambda size: next(salts)[:size])


def shown(found: Sealed, but: Iterable[str] = ()) -> dict[str, Any]:
    said = {item.digest: (item.name, item.value) for item in found.disclosures if item.digest not in set(but)}
    return unseal(found.record, lambda digests: {digest: said[digest] for digest in digests if digest in said})


def test_the_published_example_of_a_disclosure_has_its_published_digest() -> None:
    # RFC 9901, section 4.2.1 and 4.2.3: the salt, name and value of its first example.
    text = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    assert digest_of(text) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    found = read_disclosure(text)
    assert (found.name, found.value) == ("family_name", "Möbius")


def test_a_disclosure_is_the_salt_the_name_and_the_value_and_a_digest_is_its_hash() -> None:
    found = disclose(SALTS[7], "note", "said")
    salt, name, value = json.loads(urlsafe_b64decode(found.text + "=="))
    assert (urlsafe_b64decode(salt + "=="), name, value) == (SALTS[7], "note", "said")
    assert urlsafe_b64decode(found.digest + "=") == sha256(found.text.encode()).digest()


@given(RECORDS)
def test_what_is_sealed_and_disclosed_is_what_it_was(record: dict[str, Any]) -> None:
    found = shown(sealed(record))
    assert found == record


@given(RECORDS)
def test_nothing_private_stands_in_a_sealed_record(record: dict[str, Any]) -> None:
    found = sealed(record).record
    for members, line in ((record, found), (record.get("set", {}), found.get("set", {}))):
        assert {name for name in ("note", "sources") if members.get(name)}.isdisjoint(line)
        assert not set(members.get("targets", [])) & set(line.get("targets", []))


@given(st.lists(TEXTS, min_size=1))
def test_targets_of_one_key_have_one_digest_and_keep_their_kind(texts: list[str]) -> None:
    found = sealed({"targets": texts}).record["targets"]
    keys = [parse_target(text, "twitter") for text in texts]
    assert [text.partition(":")[0] for text in found] == [key.kind for key in keys]
    names = [parse_target(text, "twitter").key for text in found]
    assert len(set(names)) == len({key.key for key in keys})
    assert len(set(zip(names, [key.key for key in keys], strict=True))) == len(set(names))


def test_a_target_that_is_known_keeps_its_digest() -> None:
    first = sealed({"targets": ["@alpha"]})
    digest = first.disclosures[0].digest
    again = sealed({"targets": ["@alpha", "@ALPHA"]}, known={"@alpha": digest})
    assert again.record["targets"][0] == f"account:~{digest}"
    assert again.record["targets"][1].startswith(f"account:~{digest}~")
    assert [item.value for item in again.disclosures] == ["@ALPHA"]


def test_a_target_given_by_its_digest_is_kept_where_the_ledger_holds_it_and_refused_elsewhere() -> None:
    digest = sealed({"targets": ["@alpha"]}).disclosures[0].digest
    assert sealed({"targets": [f"account:~{digest}"]}, known={digest: digest}).record["targets"] == [
        f"account:~{digest}"
    ]
    with pytest.raises(Refused, match="no private target of this ledger"):
        sealed({"targets": [f"account:~{digest}"]})


def test_only_fields_that_are_private_are_sealed_and_empty_ones_stay() -> None:
    record = {"note": "", "sources": ["a"], "targets": [], "reason": "why"}
    found = sealed(record, frozenset({"note", "targets", "reason"})).record
    assert found == {"note": "", "sources": ["a"], "targets": [], "_sd": found["_sd"]}
    assert len(found["_sd"]) == 1


def test_the_digests_of_fields_are_sorted_so_that_their_order_tells_nothing() -> None:
    found = sealed({"note": "a", "sources": ["b"]}).record["_sd"]
    assert found == sorted(found)
    assert len(found) == 2


def test_what_is_not_disclosed_stays_a_digest() -> None:
    found = sealed({"kind": "order", "note": "a", "targets": ["@alpha", "@beta", "@ALPHA"]})
    alpha = next(item.digest for item in found.disclosures if item.value == "@alpha")
    note = next(item.digest for item in found.disclosures if item.name == "note")
    assert shown(found, but=[alpha, note]) == {
        "kind": "order",
        "_sd": [note],
        "targets": [f"account:~{alpha}", "@beta", f"account:~{alpha}"],
    }


def test_a_disclosure_that_no_digest_is_of_changes_nothing() -> None:
    found = sealed({"kind": "order", "note": "a", "targets": ["@alpha"]})
    forged = disclose(SALTS[9], "note", "b")
    said = {forged.digest: (forged.name, forged.value)}
    assert unseal(found.record, lambda digests: {d: said[d] for d in digests if d in said}) == dict(
        sorted(found.record.items())
    )


def test_a_disclosure_of_a_field_stands_for_no_target_and_that_of_a_target_for_no_field() -> None:
    field, target = disclose(SALTS[1], "note", "x"), disclose(SALTS[2], None, "@x")
    said = {item.digest: (item.name, item.value) for item in (field, target)}
    record = {"_sd": [target.digest], "targets": [f"account:~{field.digest}"]}
    assert unseal(record, lambda digests: {d: said[d] for d in digests if d in said}) == record


def test_a_disclosed_field_never_replaces_one_that_stands_in_the_line() -> None:
    field = disclose(SALTS[1], "authority", "Another")
    record = {"_sd": [field.digest], "authority": "Example Ministry"}
    assert unseal(record, lambda _: {field.digest: (field.name, field.value)})["authority"] == "Example Ministry"


def test_a_correction_whose_reason_is_not_disclosed_is_one_all_the_same() -> None:
    found = seal(
        {"kind": "correction", "of": 1, "reason": "why"}, "twitter", frozenset({"reason"}), lambda _: {}, bytes
    )
    assert unseal(found.record, lambda _: {})["reason"] == "[not disclosed]"


def test_members_that_only_the_ledger_sets_are_refused() -> None:
    with pytest.raises(Refused, match="_sd"):
        sealed({"_sd": ["x"]})
    with pytest.raises(Refused, match="_sd"):
        sealed({"set": {"_sd": ["x"]}})


def test_the_platform_of_private_targets_cannot_be_amended() -> None:
    with pytest.raises(Refused, match="platform cannot be amended"):
        sealed({"kind": "correction", "set": {"platform": "youtube"}})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "e30",
        "W10",
        "WyJhIl0",
        "WyJhIiwxXQ",
        "WyJhIiwxLDJd",
        "WyJhIiwiYiIsMSwyXQ",
        "not base64!",
        "WyJhIiwiYiJd=",
        "ä",
    ],
)
def test_what_is_no_disclosure_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="no disclosure"):
        read_disclosure(text)


def test_every_digest_in_a_record_is_found() -> None:
    found = sealed({"note": "a", "targets": ["@alpha", "@ALPHA"], "set": {"note": "b", "targets": ["@beta"]}})
    assert sorted(set(digests_in(found.record))) == sorted(item.digest for item in found.disclosures)
