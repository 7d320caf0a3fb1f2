"""Signed notes: one spelling only, and no signature that is not one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.evidence.signing import ed25519
from ledger.evidence.signing.key_file import SigningKey, new_key, sign, sign_at, with_signatures
from ledger.evidence.signing.note import (
    COSIGNATURE,
    ED25519,
    MOST_BYTES,
    MOST_SIGNATURES,
    Note,
    Signature,
    VerifierKey,
    check_signatures,
    format_note,
    format_vkey,
    is_name,
    key_id,
    key_name,
    parse_note,
    parse_vkey,
    verifier_key,
)

CALM = settings(deadline=None)

# C2SP signed-note, the example. Its key is not published, so its form alone can be checked.
POEM = """Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
"""
# The tests of Go's golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
PETERS_SEED = bytes.fromhex("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173")
QUIP = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
BY_PETER = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
BY_ENOCH = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
# The key of Go's checksum database, as the go command holds it, and the tree head that the example of C2SP
# tlog-checkpoint took over from it under another origin.
SUMDB = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
TREE_HEAD = """go.sum database tree
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— sum.golang.org Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""

FIELD = 2**255 - 19
OF_ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
SMALL = [0, 1, FIELD - 1, FIELD, FIELD + 1, OF_ORDER_8, FIELD - OF_ORDER_8]

names = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"], exclude_characters="+"), min_size=1
).filter(is_name)
texts = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=12), min_size=1, max_size=5
).map(lambda lines: "\n".join(lines) + "\n")
signatures = st.builds(Signature, names, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80))
notes = st.builds(Note, texts, st.lists(signatures, min_size=1, max_size=4).map(tuple))

KEY = new_key("example.com/log", cosigner=False)
COSIGNER = new_key("witness.example/w1", cosigner=True)
TEXT = "example.com/log\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def signed(*keys: SigningKey) -> Note:
    parts = [sign_at(key, TEXT, 7) if key.key.algorithm == COSIGNATURE else sign(key, TEXT) for key in keys]
    return with_signatures(Note(TEXT), parts)


def test_the_published_example_is_read_with_its_empty_line() -> None:
    note = parse_note(POEM.encode())
    assert note.text.endswith("sole:\n\ned è subito sera.\n")
    assert [(found.name, found.key_id.hex(), len(found.blob)) for found in note.signatures] == [
        ("quasimodo.example/salvatore", "367ba04b", 64)
    ]
    assert format_note(note) == POEM.encode()


@pytest.mark.parametrize("vkey", [PETER, ENOCH, SUMDB])
def test_published_keys_have_the_ids_that_they_state(vkey: str) -> None:
    key = parse_vkey(vkey)
    assert key.key_id.hex() == vkey.split("+")[1]
    assert key_id(key.name, key.algorithm, key.public) == key.key_id
    assert format_vkey(key) == vkey


def test_the_published_signatures_hold() -> None:
    note = parse_note((QUIP + "\n" + BY_PETER + BY_ENOCH).encode())
    checked = check_signatures(note, [parse_vkey(PETER), parse_vkey(ENOCH)])
    assert [(found.name, found.algorithm, found.time) for found in checked.signers] == [
        ("PeterNeumann", ED25519, None),
        ("EnochRoot", ED25519, None),
    ]
    assert checked.unknown == ()


def test_the_published_private_key_signs_as_published() -> None:
    key = SigningKey(parse_vkey(PETER), PETERS_SEED)
    assert ed25519.public_of(key.private) == key.key.public
    assert format_note(with_signatures(Note(QUIP), [sign(key, QUIP)])) == (QUIP + "\n" + BY_PETER).encode()


def test_a_published_tree_head_of_the_go_checksum_database_is_signed_by_its_key() -> None:
    checked = check_signatures(parse_note(TREE_HEAD.encode()), [parse_vkey(SUMDB)])
    assert [found.name for found in checked.signers] == ["sum.golang.org"]


def test_a_published_tree_head_under_another_name_or_origin_is_not() -> None:
    other = parse_note(TREE_HEAD.replace("go.sum database tree", "example.com/behind-the-sofa").encode())
    with pytest.raises(Refused, match="does not hold"):
        check_signatures(other, [parse_vkey(SUMDB)])
    renamed = parse_note(TREE_HEAD.replace("sum.golang.org", "example.com/behind-the-sofa").encode())
    assert check_signatures(renamed, [parse_vkey(SUMDB)]).signers == ()


@CALM
@given(notes)
def test_what_is_written_is_read_as_the_same(note: Note) -> None:
    assert parse_note(format_note(note)) == note


@CALM
@given(st.one_of(notes.map(format_note), texts.map(str.encode)), st.data())
def test_what_is_read_is_written_as_the_same_or_refused(raw: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(raw) - 1))
    changed = raw[:at] + data.draw(st.binary(max_size=2)) + raw[at + data.draw(st.integers(0, 2)) :]
    try:
        note = parse_note(changed)
    except Refused:
        return
    assert format_note(note) == changed


@CALM
@given(texts)
def test_a_text_without_signatures_is_an_unsigned_note(text: str) -> None:
    try:
        note = parse_note(text.encode())
    except Refused:
        assert any(line.startswith("— ") for line in text.split("\n"))
        return
    assert format_note(note) == text.encode()


def test_sixteen_signatures_are_taken_and_so_is_the_most() -> None:
    for many in (16, MOST_SIGNATURES):
        note = parse_note((QUIP + "\n" + BY_PETER * many).encode())
        assert len(note.signatures) == many
        assert len(check_signatures(note, [parse_vkey(PETER)]).signers) == 1


SIGNED = QUIP + "\n" + BY_PETER


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (QUIP + "\n" + BY_PETER * (MOST_SIGNATURES + 1), "101 signatures"),
        (QUIP + "\n" + BY_PETER * 10_000, "more than"),
        ("x" * MOST_BYTES + "\n", "more than"),
        ("", "line break"),
        (SIGNED[:-1], "line break"),
        (SIGNED.replace("problem,\n", "problem,\r\n"), r"U\+000D"),
        (SIGNED.replace("\n", "\r\n"), r"U\+000D"),
        ("\0" + SIGNED, r"U\+0000"),
        (SIGNED.replace("you", "y\tou", 1), r"U\+0009"),
        (SIGNED.replace("you", "\x1b[2Kyou", 1), r"U\+001B"),
        (SIGNED.encode() + b"\xff\n", "UTF-8 at byte"),
        (SIGNED.encode().replace(b"you", b"\xed\xa0\x80", 1), "UTF-8 at byte"),
        (BY_PETER, "no text"),
        ("\n" + BY_PETER, "no text"),
        (SIGNED + "Unexpected line.\n", "no signature line"),
        (SIGNED.replace("— Peter", "—  Peter"), "no signature line"),
        (SIGNED.replace("PeterNeumann", "Peter Neumann"), "no signature line"),
        (SIGNED.replace("PeterNeumann", "Peter\u00a0Neumann"), "no signature line"),
        (SIGNED.replace("PeterNeumann", "Peter\u2028Neumann"), "no signature line"),
        (SIGNED.replace("PeterNeumann", "Peter+Neumann"), "no signature line"),
        (SIGNED.replace("PeterNeumann ", ""), "no signature line"),
        (SIGNED.replace("PeterNeumann x", " x"), "no signature line"),
        (SIGNED.replace("AM=\n", "AM\n"), "no signature line"),
        (SIGNED.replace("AM=\n", "AM==\n"), "no signature line"),
        (SIGNED.replace("AM=\n", "AN=\n"), "no signature line"),
        (SIGNED.replace("AM=\n", "AM= \n"), "no signature line"),
        (SIGNED.replace("/", "_"), "no signature line"),
        (QUIP + "\n— PeterNeumann x08gow==\n", "no signature line"),
        (QUIP + "\n— PeterNeumann \n", "no signature line"),
        (QUIP + "\n— PeterNeumann\n", "no signature line"),
    ],
)
def test_a_hostile_note_is_refused_with_the_reason(raw: str | bytes, says: str) -> None:
    with pytest.raises(Refused, match=says):
        parse_note(raw.encode() if isinstance(raw, str) else raw)


@pytest.mark.parametrize(
    "note",
    [
        Note("no line break", ()),
        Note("a\n\n— b AAAAAAA=\n", ()),
        Note("a\n", (Signature("b c", b"1234", b"5"),)),
        Note("a\n", (Signature("b+c", b"1234", b"5"),)),
        Note("a\n", (Signature("", b"1234", b"5"),)),
        Note("a\n", (Signature("b", b"1234", b""),)),
        Note("a\r\n", ()),
        Note("\ud800\n", ()),
        Note("", (Signature("b", b"1234", b"5"),)),
    ],
)
def test_a_note_that_could_not_be_read_again_is_not_written(note: Note) -> None:
    with pytest.raises(Refused):
        format_note(note)


def test_every_byte_of_a_signed_note_matters() -> None:
    """Each byte is exchanged for each other one in turn: never is another content taken for signed."""
    raw = format_note(signed(KEY, COSIGNER))
    keys = [KEY.key, COSIGNER.key]
    assert len(check_signatures(parse_note(raw), keys).signers) == 2
    accepted = 0
    for at in range(len(raw)):
        for value in {raw[at] ^ bit for bit in (1, 2, 4, 8, 16, 32, 64, 128)} | {0x0A, 0x20, 0x2B, 0x41}:
            changed = raw[:at] + bytes([value]) + raw[at + 1 :]
            if changed == raw:
                continue
            try:
                note = parse_note(changed)
                checked = check_signatures(note, keys)
            except Refused:
                continue
            accepted += 1
            # A signature whose name or id was changed is one of an unknown key; the other one still holds.
            assert len(checked.signers) < 2
            assert not checked.signers or note.text == TEXT
    assert accepted


@CALM
@given(st.text(max_size=60), st.text(max_size=60))
def test_a_signature_holds_for_its_text_alone(text: str, other: str) -> None:
    try:
        raw = format_note(with_signatures(Note(text + "\n"), [sign(KEY, text + "\n")]))
    except (Refused, UnicodeEncodeError):
        return
    note = parse_note(raw)
    assert [found.key for found in check_signatures(note, [KEY.key]).signers] == [KEY.key]
    if other != text:
        with pytest.raises(Refused, match="does not hold"):
            check_signatures(Note(other + "\n", note.signatures), [KEY.key])


def test_a_signature_of_an_unknown_key_is_told_and_not_taken() -> None:
    checked = check_signatures(signed(KEY, COSIGNER), [COSIGNER.key])
    assert [found.name for found in checked.signers] == [COSIGNER.key.name]
    assert [found.name for found in checked.unknown] == [KEY.key.name]


def test_a_forged_signature_among_good_ones_makes_all_refused() -> None:
    good = signed(KEY)
    forged = good.signatures[0]._replace(blob=bytes(64))
    with pytest.raises(Refused, match="does not hold"):
        check_signatures(Note(TEXT, (*good.signatures, forged)), [KEY.key])


def test_a_signature_of_the_other_kind_is_none() -> None:
    """A cosignature is no signature of the ledger, and the other way round, even by the same private key."""
    plain = verifier_key(COSIGNER.key.name, ED25519, COSIGNER.key.public)
    assert plain.key_id != COSIGNER.key.key_id
    blob = signed(COSIGNER).signatures[0].blob
    for part in (blob, blob[8:]):
        with pytest.raises(Refused, match="does not hold"):
            check_signatures(Note(TEXT, (Signature(plain.name, plain.key_id, part),)), [plain])


def test_of_several_cosignatures_the_latest_time_is_told() -> None:
    note = Note(TEXT, tuple(sign_at(COSIGNER, TEXT, time) for time in (5, 9, 7)))
    assert [found.time for found in check_signatures(note, [COSIGNER.key]).signers] == [9]


def test_two_keys_that_share_name_and_id_are_refused() -> None:
    key = KEY.key
    with pytest.raises(Refused, match="two keys"):
        check_signatures(signed(KEY), [key, key._replace(public=bytes(32))])
    assert len(check_signatures(signed(KEY), [key, key]).signers) == 1


@CALM
@given(
    names,
    st.sampled_from([ED25519, COSIGNATURE]),
    st.binary(min_size=32, max_size=32).filter(lambda public: not ed25519.is_weak(public)),
)
def test_keys_are_read_as_they_are_written(name: str, algorithm: int, public: bytes) -> None:
    key = verifier_key(name, algorithm, public)
    assert parse_vkey(format_vkey(key)) == key


def test_every_byte_of_a_public_key_matters() -> None:
    """Each byte is exchanged for each other one, and each part taken alone: it is refused in all cases."""
    for at in range(len(PETER)):
        for value in map(chr, range(128)):
            if value != PETER[at]:
                with pytest.raises(Refused):
                    parse_vkey(PETER[:at] + value + PETER[at + 1 :])
        for end in range(at, len(PETER) + 1):
            if (at, end) != (0, len(PETER)):
                with pytest.raises(Refused):
                    parse_vkey(PETER[at:end])


@pytest.mark.parametrize(
    ("vkey", "says"),
    [
        # Both from the tests of Go's note: a key that is too long, an algorithm that nobody knows; the ids fit.
        ("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", "public key"),
        ("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "algorithm 0x65"),
        (PETER.upper(), "public key"),
        (PETER + "\n", "public key"),
        (" " + PETER, "public key"),
        (PETER.replace("c74f20a3", "C74F20A3"), "public key"),
        (PETER.replace("c74f20a3", "c74f20a4"), "c74f20a3"),
        ("PeterNeumann", "public key"),
        ("", "public key"),
        ("+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "public key"),
        ("\ud800+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "Unicode"),
        ("PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz", "public key"),
    ],
)
def test_what_is_no_public_key_is_refused(vkey: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        parse_vkey(vkey)


def test_a_key_with_a_wrong_id_or_of_a_wrong_length_is_not_written() -> None:
    for key in (
        KEY.key._replace(key_id=b"1234"),
        verifier_key("a", ED25519, b"short"),
        verifier_key("a b", 1, bytes(32)),
    ):
        with pytest.raises(Refused):
            format_vkey(key)


def test_an_origin_becomes_a_name() -> None:
    assert key_name("Example Platform,\u00a0Trust + Safety") == "Example-Platform,-Trust---Safety"
    assert key_name("example.com/log") == "example.com/log"


@CALM
@given(st.text(min_size=1))
def test_no_origin_becomes_a_name_with_white_space_or_plus(origin: str) -> None:
    name = key_name(origin)
    assert not any(char.isspace() or char == "+" for char in name)
    assert len(name) == len(origin)


@pytest.mark.parametrize("height", SMALL)
def test_a_key_with_which_anybody_can_sign_is_refused(height: int) -> None:
    """The points of small order: libraries take signatures for them that needed no private key."""
    for public in (height.to_bytes(32, "little"), (height | 1 << 255).to_bytes(32, "little")):
        assert ed25519.is_weak(public)
        with pytest.raises(Refused, match="anybody can sign"):
            format_vkey(verifier_key("a", ED25519, public))
    assert not ed25519.is_weak(KEY.key.public)


def test_what_a_key_of_small_order_seems_to_sign_is_refused() -> None:
    assert not any(ed25519.holds(bytes(32), bytes(64), b"%d" % number) for number in range(64))


@pytest.mark.parametrize("size", [0, 31, 33, 63, 65])
def test_a_key_or_signature_of_another_length_is_none(size: int) -> None:
    message = b"x"
    signature = ed25519.sign(KEY.private, message)
    assert ed25519.holds(KEY.key.public, signature, message)
    assert not ed25519.holds(KEY.key.public, signature.ljust(65, b"\0")[:size], message)
    assert not ed25519.holds(KEY.key.public.ljust(65, b"\0")[:size], signature, message)


def test_a_signature_with_a_multiple_of_the_order_added_is_refused() -> None:
    """RFC 8032, section 5.1.7: the second half is below the order of the group, so it has one spelling."""
    order = 2**252 + 27742317777372353535851937790883648493
    signature = ed25519.sign(KEY.private, b"x")
    raised = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    assert not ed25519.holds(KEY.key.public, signature[:32] + raised, b"x")


def test_keys_of_verifiers_are_plain_values() -> None:
    assert VerifierKey("a", b"1234", 1, bytes(32)) == ("a", b"1234", 1, bytes(32))
