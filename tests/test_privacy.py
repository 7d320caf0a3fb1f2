"""Private fields change no figure: not what is kept private, not what is published, not what is erased."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ledger
from ledger import Ledger
from ledger.erasing import erase
from ledger.errors import Refused
from ledger.evidence.publishing.publication import LEDGER, write_copy
from ledger.evidence.verification import verify_file
from ledger.index.comparison import compare
from ledger.journal.sealing import digests_in
from tests.strategies import Record, stories

CALM = settings(max_examples=12, deadline=None)
PRIVATE = ("targets", "note", "sources")
WAYS = (None, "order", "jurisdiction", "country", "platform", "kind")


def clock() -> datetime:
    return datetime(2022, 1, 1, tzinfo=UTC)


@contextmanager
def books() -> Iterator[tuple[Ledger, Ledger, Path]]:
    """Give a plain ledger and one with private fields, about to begin, and a folder."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with Ledger(folder / "plain.jsonl", clock=clock) as plain, Ledger(folder / "own.jsonl", clock=clock) as own:
            plain.create("example", "Asia/Kolkata")
            own.create("example", "Asia/Kolkata", PRIVATE)
            yield plain, own, folder


def bring(book: Ledger, records: list[Record]) -> list[str]:
    """Bring records to a ledger one by one; return what it said of each."""
    said = []
    for record in records:
        try:
            receipt = book.append(record | {"note": "a word in confidence", "sources": ["https://source.example/1"]})
        except Refused as error:
            said.append(str(error))
        else:
            said.append(f"{receipt.seq} {receipt.postings} {receipt.notes}")
    return said


def figures(book: Ledger) -> list[Any]:
    return [
        ledger.report(book, by=by, kind=kind, grain="day", begin=begin)
        for by in WAYS
        for kind in ("account", "all")
        for begin in (None, "2021-01-27")
    ]


def copy(book: Ledger, folder: Path, *disclose: str, confidential: bool = False) -> Ledger:
    place = folder / f"copy-{random.random()}"  # noqa: S311 - a name
    place.mkdir()
    write_copy(book.index, place, disclose, confidential=confidential)
    return Ledger(place / LEDGER, clock=clock)


@CALM
@given(stories())
def test_a_ledger_with_private_fields_takes_and_counts_what_a_plain_one_does(records: list[Record]) -> None:
    with books() as (plain, own, _):
        assert bring(own, records) == bring(plain, records)
        assert figures(own) == figures(plain)
        assert ledger.check(own) == ledger.check(plain)
        assert ledger.orders(own) == ledger.orders(plain)
        for name in ("EX-0", "EX-1", "EX-2"):
            try:
                told = ledger.order_timeline(plain, name)
            except Refused:
                continue
            assert ledger.order_timeline(own, name) == told
        assert not compare(own.file).differences
        assert not verify_file(own.file).findings


@CALM
@given(stories())
def test_a_published_copy_counts_the_same_whatever_it_discloses(records: list[Record]) -> None:
    with books() as (_, own, folder):
        bring(own, records)
        root, told = verify_file(own.file).root, figures(own)
        for disclose in ((), ("targets",), ("all",)):
            with copy(own, folder, *disclose) as public:
                assert figures(public) == told
                checked = verify_file(public.file)
                assert not checked.findings
                assert checked.root == root


@CALM
@given(stories(), st.randoms(use_true_random=False))
def test_what_is_erased_changes_no_figure_and_no_root_before_it(records: list[Record], chance: random.Random) -> None:
    with books() as (_, own, _):
        bring(own, records)
        before, lines = figures(own), own.path.read_bytes()
        for seq in range(1, lines.count(b"\n")):
            if chance.random() < 0.4:
                # A target that it shares with an entry before may be gone with that one.
                with suppress(Refused):
                    erase(own, seq, chance.choice((None, "note", "targets")), "asked for")
        assert figures(own) == before
        assert own.path.read_bytes().startswith(lines)
        assert not verify_file(own.file).findings
        assert not compare(own.file).differences


SECRETS = (
    b"alpha",
    b"beta",
    b"gamma",
    b"in confidence",
    b"source.example",
    b"Example Court of Secrets",
    b"HUSH",
    b"S-99",
)


def filled(book: Ledger) -> None:
    """Bring a ledger an open order, one that shares a target, and a confidential one."""
    shared = {"kind": "order", "jurisdiction": "IN", "platform": "twitter"}
    said = {"note": "in confidence", "sources": ["https://source.example/1"]}
    book.append(
        shared
        | said
        | {
            "id": "A",
            "authority": "Example Ministry",
            "received": "2021-02-01",
            "specified": "nearly 10",
            "targets": ["@alpha", "@BETA"],
        }
    )
    book.append(
        {"kind": "response", "order": "A", "action": "blocked", "at": "2021-02-02", "targets": ["@Alpha"]} | said
    )
    book.append(
        shared | said | {"id": "B", "authority": "Example Ministry", "received": "2021-02-03", "targets": ["@alpha"]}
    )
    book.append(
        shared
        | said
        | {
            "id": "HUSH",
            "authority": "Example Court of Secrets",
            "reference": "S-99",
            "received": "2021-02-04",
            "confidential": True,
            "targets": ["@gamma"],
        }
    )
    book.append(
        {"kind": "response", "order": "HUSH", "action": "withheld", "at": "2021-02-05", "all": True, "reason": "HUSH"}
    )
    book.append(
        {"kind": "correction", "of": 4, "set": {"requires": ["withhold"], "reference": "S-99b"}, "reason": "HUSH"}
    )


def contents(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@contextmanager
def book_filled() -> Iterator[tuple[Ledger, Path]]:
    with books() as (_, own, folder):
        filled(own)
        yield own, folder


def test_nothing_that_is_private_or_confidential_stands_in_a_published_copy() -> None:
    with book_filled() as (own, folder), copy(own, folder) as public:
        assert not [secret for secret in SECRETS if secret.lower() in contents(public.path.parent).lower()]
        assert figures(public) == [
            report
            | {"groups": [hidden(group) for group in report["groups"]]}
            | {"times": report["times"] and report["times"] | {"groups": list(map(hidden, report["times"]["groups"]))}}
            for report in figures(own)
        ]


def hidden(group: Record) -> Record:
    return group | {"key": "withheld-4"} if group["key"] == "HUSH" else group


def test_a_copy_discloses_what_was_chosen_and_nothing_beside_it() -> None:
    with book_filled() as (own, folder), copy(own, folder, "sources", "@ALPHA") as public:
        there = contents(public.path.parent)
        assert ledger.timeline(public, "@alpha")["targets"][0]["orders"] == ["A", "B"]
        assert ledger.order_timeline(public, "A")["orders"][0]["sources"] == ["https://source.example/1"]
        said = {
            text
            for line in there.splitlines()
            if line.startswith(b"Wy")
            for text in json.loads(decoded(line))[1:]
            if isinstance(text, str)
        }
        assert said == {"sources", "@alpha", "@Alpha"}
        with pytest.raises(Refused, match="no order names it"):
            ledger.timeline(public, "@beta")


def decoded(line: bytes) -> bytes:
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(line + b"==")


def test_the_targets_of_a_confidential_order_stand_under_names_that_nothing_links_to_others() -> None:
    with book_filled() as (own, folder):
        own.append(
            {"kind": "order", "id": "S", "authority": "X", "jurisdiction": "IN", "platform": "twitter", "received": "2021-02-06",
             "confidential": True, "targets": ["@alpha"]}
        )  # fmt: skip
        with copy(own, folder) as public:
            lines = [json.loads(line) for line in public.path.read_bytes().splitlines()]
        open_names = {text for line in lines if line["kind"] != "withheld" for text in line.get("targets", [])}
        assert not open_names & {text for line in lines for text in line.get("record", {}).get("targets", [])}


def test_an_order_that_names_a_confidential_one_is_withheld_too() -> None:
    with book_filled() as (own, folder):
        own.append(
            {"kind": "order", "id": "C", "authority": "Example Ministry", "jurisdiction": "IN", "platform": "twitter",
             "received": "2021-02-06", "relates_to": "HUSH", "relation": "amends", "targets": ["@delta"]}
        )  # fmt: skip
        with copy(own, folder) as public:
            assert b"HUSH" not in contents(public.path.parent)
            assert figures(public)[0] == figures(own)[0]


def test_a_voided_order_that_was_confidential_is_withheld() -> None:
    with book_filled() as (own, folder):
        own.append({"kind": "correction", "of": 5, "void": True, "reason": "HUSH"})
        own.append({"kind": "correction", "of": 4, "void": True, "reason": "HUSH"})
        with copy(own, folder) as public:
            assert not [secret for secret in SECRETS if secret in contents(public.path.parent)]


def test_a_copy_with_confidential_orders_included_shows_them() -> None:
    with book_filled() as (own, folder), copy(own, folder, confidential=True) as public:
        assert ledger.order_timeline(public, "HUSH")["orders"][0]["reference"] == "S-99b"
        assert public.path.read_bytes() == own.path.read_bytes()


def test_nothing_can_be_added_to_a_copy_whose_private_part_is_elsewhere() -> None:
    with book_filled() as (own, folder), copy(own, folder) as public:
        before = public.path.read_bytes()
        with pytest.raises(ledger.Damaged, match="can only be read"):
            public.append({"kind": "response", "order": "A", "action": "blocked", "at": "2021-02-02", "all": True})
        assert public.path.read_bytes() == before


def everywhere(folder: Path, secret: bytes) -> list[str]:
    """Return the files in which a text stands, in clear or as base64url at any offset, whatever its case."""
    forms = {secret.lower(), *(encoded(b" " * pad + secret, pad) for pad in range(3))}
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file()
        for content in [path.read_bytes()]
        if any(form in content or form in content.lower() for form in forms)
    ]


def encoded(padded: bytes, pad: int) -> bytes:
    from base64 import urlsafe_b64encode

    # Only the characters that depend on the secret alone.
    whole = urlsafe_b64encode(padded).rstrip(b"=")
    return whole[(pad * 8 + 5) // 6 : len(padded) * 8 // 6]


def test_an_erased_target_stands_in_no_byte_of_any_file() -> None:
    with book_filled() as (own, folder):
        ledger.timeline(own, "@alpha")
        own.close()
        assert {"own.jsonl.private", "own.jsonl.index"} <= {
            *everywhere(folder, b"@alpha"),
            *everywhere(folder, b"alpha"),
        }
        root = verify_file(own.file).root
        done = erase(own, 1, "@ALPHA", "asked for")
        assert done.disclosures == 2
        own.close()
        assert everywhere(folder, b"@alpha") == []
        assert everywhere(folder, b"alpha") == []
        assert verify_file(own.file, sizes=(7,)).roots[7].hex() == root
        with pytest.raises(Refused, match="no order names it"):
            ledger.timeline(own, "@alpha")


def test_an_erased_note_is_gone_from_its_entry_and_from_no_other() -> None:
    with book_filled() as (own, _):
        erase(own, 1, "note", "asked for")
        told = ledger.order_timeline(own, "A")
        assert [event["note"] for event in told["events"]] == [None, "in confidence"]
        assert told["footnotes"] == ["note of entry 1: erased by entry 7: asked for"]


def test_an_erased_target_goes_on_under_its_digest() -> None:
    with book_filled() as (own, _):
        erase(own, 1, "@beta", "asked for")
        names = ledger.order_timeline(own, "A")["events"][0]["targets"]
        assert names[0] == "@alpha"
        receipt = own.append(
            {"kind": "response", "order": "A", "action": "blocked", "at": "2021-02-06", "targets": [names[1]]}
        )
        assert receipt.postings[0].names == (f"twitter {names[1].replace(':', ' ')}",)


def test_a_name_that_is_given_again_after_its_erasure_is_another_target() -> None:
    with book_filled() as (own, _):
        erase(own, 1, "@alpha", "asked for")
        before = ledger.report(own)["totals"]["distinct"]["targets"]
        own.append({"kind": "order", "id": "D", "authority": "X", "jurisdiction": "IN", "platform": "twitter",
                    "received": "2021-02-06", "targets": ["@alpha"]})  # fmt: skip
        assert ledger.report(own)["totals"]["distinct"]["targets"] == before + 1


@pytest.mark.parametrize(
    ("seq", "what", "why"),
    [
        (1, "@nobody", "has no private @nobody"),
        (1, "reason", "has no private reason"),
        (5, "note", "has no private note"),
        (99, None, "no entry 99"),
        (0, None, "no entry 0"),
    ],
)
def test_what_an_entry_does_not_have_cannot_be_erased(seq: int, what: str | None, why: str) -> None:
    with book_filled() as (own, _):
        before = own.path.read_bytes()
        with pytest.raises(Refused, match=why):
            erase(own, seq, what, "asked for")
        assert own.path.read_bytes() == before


def test_a_ledger_without_private_fields_erases_nothing() -> None:
    with books() as (plain, _, _):
        filled(plain)
        with pytest.raises(Refused, match="has no private fields"):
            erase(plain, 1, "note", "asked for")


def test_an_erasure_that_was_stopped_after_it_was_recorded_is_finished_by_the_next_addition(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with book_filled() as (own, folder):
        with monkeypatch.context() as patched:
            patched.setattr("ledger.erasing.finish", lambda _: 0)
            erase(own, 1, "@alpha", "asked for")
        own.close()
        assert everywhere(folder, b"alpha")
        own.append({"kind": "response", "order": "B", "action": "refused", "at": "2021-02-06", "all": True})
        own.close()
        assert everywhere(folder, b"alpha") == []
        assert "finished now" in " ".join(own.warnings)


def test_an_erasure_that_was_stopped_is_finished_by_running_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with book_filled() as (own, folder):
        with monkeypatch.context() as patched:
            patched.setattr("ledger.erasing.finish", lambda _: 0)
            erase(own, 1, "@alpha", "asked for")
        lines = own.path.read_bytes()
        done = erase(own, 1, "@alpha", "asked for")
        assert (done.seq, done.disclosures) == (None, 2)
        assert own.path.read_bytes() == lines
        own.close()
        assert everywhere(folder, b"alpha") == []


def test_an_erasure_cannot_be_corrected() -> None:
    with book_filled() as (own, _):
        erase(own, 1, "@alpha", "asked for")
        with pytest.raises(Refused, match="cannot be corrected"):
            own.append({"kind": "correction", "of": 7, "void": True, "reason": "no"})


def test_an_erasure_says_where_the_name_still_stands_in_clear() -> None:
    with book_filled() as (own, _):
        own.append(
            {"kind": "response", "order": "A", "action": "statement", "at": "2021-02-06", "reason": "about alpha"}
        )
        assert erase(own, 1, "@alpha", "asked for").clear == [7]


def altered(book: Ledger, change: Callable[[list[bytes]], list[bytes]]) -> None:
    private = Path(f"{book.path}.private")
    private.write_bytes(b"".join(line + b"\n" for line in change(private.read_bytes().splitlines())))


def test_a_disclosure_that_was_changed_is_not_believed() -> None:
    with book_filled() as (own, _):
        honest = figures(own)
        own.close()
        altered(
            own,
            lambda lines: [line.replace(b"Wy", b"WZ") if number == 2 else line for number, line in enumerate(lines)],
        )
        assert "@alpha" not in ledger.order_timeline(own, "A")["events"][0]["targets"]
        assert figures(own) == honest


def test_disclosures_that_come_back_are_read_again() -> None:
    with book_filled() as (own, _):
        private = Path(f"{own.path}.private")
        kept = private.read_bytes()
        private.unlink()
        own.refresh()
        with pytest.raises(Refused, match="no order names it"):
            ledger.timeline(own, "@alpha")
        private.write_bytes(kept)
        own.refresh()
        assert ledger.timeline(own, "@alpha")["targets"]


def test_every_private_value_of_a_line_is_disclosed_in_the_private_file_before_the_line_stands() -> None:
    with book_filled() as (own, _):
        digests = {digest for line in own.path.read_bytes().splitlines() for digest in digests_in(json.loads(line))}
        from ledger.journal.sealing import digest_of

        held = {digest_of(line.decode()) for line in Path(f"{own.path}.private").read_bytes().splitlines()}
        assert digests == held


def test_the_tables_of_documents_show_private_fields_in_clear() -> None:
    from tinydb import where

    with book_filled() as (own, _):
        found = own.table("orders").search(where("note") == "in confidence")
        assert [document["targets"] for document in found] == [["@alpha", "@BETA"], ["@alpha"], ["@gamma"]]
        document = own.table("orders").get(doc_id=1)
        assert document is not None
        assert document["targets"] == ["@alpha", "@BETA"]


def test_a_copy_of_a_copy_is_the_same_and_holds() -> None:
    with book_filled() as (own, folder), copy(own, folder) as public, copy(public, folder) as again:
        assert again.path.read_bytes() == public.path.read_bytes()
        assert not verify_file(again.file).findings


def test_an_order_that_named_a_confidential_one_in_any_line_is_withheld() -> None:
    plain = {"kind": "order", "authority": "X", "jurisdiction": "IN", "platform": "twitter", "received": "2021-02-06"}
    with book_filled() as (own, folder):
        own.append(plain | {"id": "WAS", "relates_to": "HUSH", "relation": "duplicate", "targets": ["@w"]})
        own.append({"kind": "correction", "of": 7, "set": {"relates_to": None, "relation": None}, "reason": "slip"})
        own.append(plain | {"id": "LATER", "targets": ["@l"]})
        own.append({"kind": "correction", "of": 9, "set": {"relates_to": "HUSH", "relation": "amends"}, "reason": "r"})
        own.append({"kind": "correction", "of": 10, "void": True, "reason": "r"})
        with copy(own, folder) as public:
            assert b"HUSH" not in contents(public.path.parent)
            assert figures(public)[0] == figures(own)[0]


def test_an_order_that_is_called_as_a_withheld_one_would_be_keeps_its_name_to_itself() -> None:
    plain = {"kind": "order", "authority": "X", "jurisdiction": "IN", "platform": "twitter", "received": "2021-02-06"}
    with book_filled() as (own, folder):
        own.append(plain | {"id": "withheld-4", "targets": ["@w"]})
        own.append({"kind": "response", "order": "withheld-4", "action": "blocked", "at": "2021-02-07", "all": True})
        with copy(own, folder) as public:
            assert figures(public)[0] == figures(own)[0]
            assert ledger.check(public) == []


def test_an_erasure_that_would_tie_an_open_target_to_a_confidential_order_is_withheld() -> None:
    with book_filled() as (own, folder):
        own.append({"kind": "response", "order": "HUSH", "action": "withheld", "at": "2021-02-06", "anyway": True,
                    "extra": True, "targets": ["https://twitter.com/Beta"]})  # fmt: skip
        erase(own, 1, "@beta", "asked for")
        with copy(own, folder) as public:
            lines = [json.loads(line) for line in public.path.read_bytes().splitlines()]
        shown = {digest for line in lines if line["kind"] not in ("withheld", "erasure") for digest in digests_in(line)}
        assert all(set(line["erased"]) <= shown for line in lines if line["kind"] == "erasure")


def test_a_private_ledger_whose_first_entries_say_nothing_private_goes_on(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l.jsonl", clock=clock) as own:
        own.create(private=PRIVATE)
        plain = {
            "kind": "order",
            "authority": "X",
            "jurisdiction": "IN",
            "platform": "twitter",
            "received": "2021-02-06",
        }
        own.append(plain | {"id": "A", "specified": 257})
        own.append({"kind": "response", "order": "A", "action": "withheld", "at": "2021-02-07", "so_far": "about 250"})
        own.append(plain | {"id": "B", "targets": ["@x"]})
        assert ledger.report(own)["totals"]["orders"] == 2


@pytest.mark.parametrize("change", [lambda _: [], lambda lines: lines[:-1], lambda lines: lines[2:]])
def test_nothing_is_added_where_targets_are_no_longer_disclosed(change: Callable[[list[bytes]], list[bytes]]) -> None:
    with book_filled() as (own, _):
        own.append({"kind": "response", "order": "A", "action": "blocked", "at": "2021-02-06", "targets": ["@beta"]})
        before = own.path.read_bytes()
        altered(own, lambda lines: change([line for line in lines if b"targets" not in line]))
        own.refresh()
        hidden = "account:~" in str(ledger.order_timeline(own, "A")) + str(ledger.order_timeline(own, "HUSH"))
        if hidden:
            with pytest.raises(ledger.Damaged, match="restore it from a backup"):
                own.append(
                    {"kind": "response", "order": "A", "action": "refused", "at": "2021-02-07", "targets": ["@beta"]}
                )
            assert own.path.read_bytes() == before


def test_an_index_that_was_being_made_while_something_was_erased_does_not_bring_it_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with book_filled() as (own, folder):
        reader = Ledger(own.path, clock=clock)
        (folder / "own.jsonl.index").unlink()
        own.close()
        done: list[int] = []
        from ledger.index.sqlite import put_in_place

        def late(*words: Any) -> bool:
            if not done:
                done.append(1)
                with Ledger(own.path, clock=clock) as other:
                    erase(other, 1, "@alpha", "asked for")
            return put_in_place(*words)

        monkeypatch.setattr("ledger.index.database.put_in_place", late)
        ledger.report(reader)
        reader.close()
        with Ledger(own.path, clock=clock) as again, pytest.raises(Refused, match="no order names it"):
            ledger.timeline(again, "@alpha")
        assert everywhere(folder, b"alpha") == []


def test_what_was_overwritten_in_part_is_finished_by_the_same_command_and_by_the_next_addition() -> None:
    for finish in ("again", "addition"):
        with book_filled() as (own, _):
            erase(own, 1, "note", "asked for")
            own.append(
                {"kind": "response", "order": "A", "action": "statement", "at": "2021-02-06", "note": "k" * 9000}
            )
            private = Path(f"{own.path}.private")
            lines = private.read_bytes().splitlines(keepends=True)
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr("ledger.erasing.finish", lambda _: 0)
                erase(own, 8, "note", "asked for")
            lines[-1] = b" " * 4096 + lines[-1][4096:]
            private.write_bytes(b"".join(lines))
            if finish == "again":
                erase(own, 8, "note", "asked for")
            else:
                own.append({"kind": "response", "order": "A", "action": "statement", "at": "2021-02-06"})
            assert private.read_bytes().splitlines()[len(lines) - 1].strip() == b""


def test_a_target_whose_text_is_of_another_one_is_not_believed(tmp_path: Path) -> None:
    from ledger.journal.line import encode_line, leaf_hash
    from ledger.journal.sealing import disclose

    with Ledger(tmp_path / "l.jsonl", clock=clock) as own:
        own.create(private=PRIVATE)
        own.append({"kind": "order", "id": "A", "authority": "X", "jurisdiction": "IN", "platform": "twitter",
                    "received": "2021-02-01", "targets": ["@one"]})  # fmt: skip
    raw = (tmp_path / "l.jsonl").read_bytes().splitlines()
    one, other = disclose(b"1" * 16, None, "@innocent"), disclose(b"2" * 16, None, "@victim")
    line = {name: value for name, value in json.loads(raw[1]).items() if name != "~"}
    line |= {"targets": [f"account:~{one.digest}~{other.digest}"], "prev": leaf_hash(raw[0])}
    (tmp_path / "l.jsonl").write_bytes(raw[0] + b"\n" + encode_line(line) + b"\n")
    (tmp_path / "l.jsonl.private").write_text(f"{one.text}\n{other.text}\n")
    with Ledger(tmp_path / "l.jsonl", clock=clock) as crafted, pytest.raises(ledger.Damaged, match="of another one"):
        ledger.report(crafted)
