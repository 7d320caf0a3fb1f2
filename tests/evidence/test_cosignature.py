"""Cosignatures: what is signed, how it is written, and what is none."""

from __future__ import annotations

import binascii

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.evidence.signing import ed25519
from ledger.evidence.signing.cosignature import (
    LATEST,
    Cosignature,
    cosign,
    cosigned_at,
    format_cosignature,
    message,
    parse_cosignature,
)
from ledger.evidence.signing.note import parse_note

CALM = settings(deadline=None)

# C2SP tlog-cosignature, the example. Its key is not published, so its form and its time alone can be checked.
EXAMPLE = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""
SEED = bytes(range(32))
TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


def test_the_published_example_has_the_published_time() -> None:
    found = parse_note(EXAMPLE.encode()).signatures[1]
    assert found.name == "witness.example.com/w1"
    assert parse_cosignature(found.blob).time == 1679315147


def test_the_signed_message_is_as_published() -> None:
    assert message(TEXT, 1679315147) == (b"cosignature/v1\ntime 1679315147\n" + TEXT.encode())


@CALM
@given(st.integers(0, LATEST), st.binary(min_size=64, max_size=64))
def test_what_is_written_is_read_as_the_same(time: int, signature: bytes) -> None:
    cosignature = Cosignature(time, signature)
    assert parse_cosignature(format_cosignature(cosignature)) == cosignature


@CALM
@given(st.binary(max_size=80))
def test_what_is_read_is_written_as_the_same_or_refused(blob: bytes) -> None:
    try:
        found = parse_cosignature(blob)
    except Refused:
        assert len(blob) != 72 or blob[0] >= 0x80
        return
    assert format_cosignature(found) == blob


@pytest.mark.parametrize(
    "cosignature", [Cosignature(-1, bytes(64)), Cosignature(2**63, bytes(64)), Cosignature(0, b"")]
)
def test_a_cosignature_that_cannot_be_is_not_written(cosignature: Cosignature) -> None:
    with pytest.raises(Refused):
        format_cosignature(cosignature)


def test_a_time_beyond_what_can_be_is_refused() -> None:
    with pytest.raises(Refused, match="time"):
        parse_cosignature(binascii.unhexlify("8000000000000000") + bytes(64))


def test_every_byte_of_a_cosignature_matters() -> None:
    public = ed25519.public_of(SEED)
    blob = cosign(SEED, TEXT, 1679315147)
    assert cosigned_at(public, blob, TEXT) == 1679315147
    for at in range(len(blob)):
        for bit in range(8):
            changed = blob[:at] + bytes([blob[at] ^ 1 << bit]) + blob[at + 1 :]
            assert cosigned_at(public, changed, TEXT) is None
    assert cosigned_at(public, blob[:-1], TEXT) is None
    assert cosigned_at(public, blob + b"\0", TEXT) is None


def test_every_character_of_the_cosigned_text_matters() -> None:
    public = ed25519.public_of(SEED)
    blob = cosign(SEED, TEXT, 0)
    for at in range(len(TEXT)):
        assert cosigned_at(public, blob, TEXT[:at] + chr(ord(TEXT[at]) ^ 1) + TEXT[at + 1 :]) is None


def test_the_time_cannot_be_moved_into_the_text() -> None:
    """What follows the time's line is the text: no other time and text give the same message."""
    blob = cosign(SEED, "a\n", 1)
    public = ed25519.public_of(SEED)
    assert cosigned_at(public, blob, "time 1\na\n") is None
    assert message("a\n", 1) != message("1\na\n", 0)
