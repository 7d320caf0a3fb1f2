from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Refused

pytest.importorskip("rfc3161_client", reason="pip install 'compliance-ledger[timestamp]'")

from cryptography.x509 import Certificate
from cryptography.x509.oid import ExtendedKeyUsageOID

from ledger.evidence.timestamp import (
    Request,
    Statement,
    check_reply,
    make_request,
    parse_reply,
    parse_request,
    read_roots,
)
from tests.evidence.authority import (
    NOON,
    STAMPING,
    Authority,
    certify,
    response,
    signer_info,
    statement,
    token,
)

DATA = b"example.org/log\n12\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
# Its certificates ran out years ago.
AUTHORITY = Authority()
ROOTS = [AUTHORITY.root.certificate]


def problem(raw: bytes, request: Request | None = None, roots: list[Certificate] = ROOTS) -> str | None:
    return check_reply(parse_reply(raw), DATA, request, roots).problem


def stated_by(raw: bytes) -> Statement:
    stated = parse_reply(raw).statement
    assert stated is not None
    return stated


# --- Requests


def test_a_request_is_about_the_sha256_of_the_bytes_and_has_a_number_of_its_own() -> None:
    first, second = parse_request(make_request(DATA)), parse_request(make_request(DATA))
    assert (first.algorithm, first.digest) == ("sha256", hashlib.sha256(DATA).digest())
    assert (second.algorithm, second.digest) == (first.algorithm, first.digest)
    assert first.nonce != second.nonce
    assert None not in (first.nonce, second.nonce)


def test_a_request_asks_for_the_certificates() -> None:
    assert make_request(DATA).endswith(b"\x01\x01\xff")


@pytest.mark.parametrize("of", [lambda _: b"", lambda _: b"text\n", lambda raw: raw[:-1], lambda raw: raw + b"\0"],
                         ids=["empty", "text", "cut", "longer"])  # fmt: skip
def test_what_is_no_request_is_refused(of: Callable[[bytes], bytes]) -> None:
    raw = of(make_request(DATA))
    with pytest.raises(Refused, match=r"x\.tsq: is no RFC 3161 request"):
        parse_request(raw, "x.tsq")


# --- Replies that hold


def test_a_genuine_reply_holds_and_is_read_as_it_was_written() -> None:
    raw = AUTHORITY.reply(DATA, nonce=2**63, accuracy=(1, 500, 20), serial=2**159)
    assert check_reply(parse_reply(raw), DATA, None, ROOTS) == (None, "CN=Authority Root,O=Example")
    stated = stated_by(raw)
    assert stated == Statement(
        "sha256",
        hashlib.sha256(DATA).digest(),
        2**63,
        "2021-02-12T12:00:00Z",
        1_500_020,
        2**159,
        "1.2.3.4.1",
        "CN=Authority Stamps,O=Example",
    )


@given(st.tuples(*[st.none() | st.integers(1, 999)] * 3))
def test_the_accuracy_is_the_sum_of_its_parts(parts: tuple[int | None, int | None, int | None]) -> None:
    seconds, milliseconds, microseconds = (part or 0 for part in parts)
    whole = timedelta(seconds=seconds, milliseconds=milliseconds, microseconds=microseconds)
    assert stated_by(AUTHORITY.reply(DATA, accuracy=parts)).accuracy == whole // timedelta(microseconds=1)


def test_an_accuracy_that_is_not_stated_is_not_made_up() -> None:
    assert stated_by(AUTHORITY.reply(DATA)).accuracy is None


@pytest.mark.parametrize("fraction", ["", ".5", ".25", ".001", ".123456789"])
def test_a_time_keeps_its_fraction_of_a_second(fraction: str) -> None:
    raw = AUTHORITY.reply(DATA, time=f"20210212120000{fraction}Z")
    assert stated_by(raw).time == f"2021-02-12T12:00:00{fraction}Z"
    assert problem(raw) is None


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_a_reply_over_another_strong_hash_of_the_same_bytes_holds(algorithm: str) -> None:
    assert problem(AUTHORITY.reply(DATA, algorithm=algorithm)) is None


def test_certificates_in_any_order_are_read() -> None:
    stated = statement(DATA)
    certificates = [AUTHORITY.signer.raw, AUTHORITY.between.raw, AUTHORITY.root.raw]
    for order in itertools.permutations(certificates):
        raw = response(token(stated, list(order), [signer_info(AUTHORITY.signer, stated)]))
        assert problem(raw) is None


def test_the_root_that_vouches_is_named_among_others() -> None:
    others = [Authority(name).root.certificate for name in ("One", "Two")]
    checked = check_reply(parse_reply(AUTHORITY.reply(DATA)), DATA, None, [others[0], *ROOTS, *ROOTS, others[1]])
    assert checked == (None, "CN=Authority Root,O=Example")


def test_the_answer_to_a_request_holds_for_it() -> None:
    request = parse_request(make_request(DATA))
    assert problem(AUTHORITY.reply(DATA, nonce=request.nonce), request) is None


# --- The time of the certificates


def test_certificates_are_judged_at_the_time_stated_and_not_now() -> None:
    assert problem(AUTHORITY.reply(DATA, time="20210313000000Z")) is None
    assert "certificate has expired" in str(problem(AUTHORITY.reply(DATA, time="20210415120000Z")))
    assert "certificate is not yet valid" in str(problem(AUTHORITY.reply(DATA, time="20201231120000Z")))


# --- Replies that do not hold


def test_without_roots_nobody_is_named() -> None:
    assert check_reply(parse_reply(AUTHORITY.reply(DATA)), DATA, None, []) == (None, None)


def test_a_reply_about_other_bytes_does_not_hold() -> None:
    for other in (DATA[:-1], DATA + b"\n", b"x"):
        assert "is about other bytes" in str(problem(AUTHORITY.reply(other)))


def test_a_reply_over_a_weak_hash_does_not_hold() -> None:
    assert "is about other bytes (1.3.14.3.2.26" in str(problem(AUTHORITY.reply(DATA, algorithm="sha1")))


def test_a_reply_over_a_part_of_the_hash_does_not_hold() -> None:
    digest = hashlib.sha256(DATA).digest()
    for part in (b"", digest[:-1], digest[:16], digest + b"\0"):
        assert "is about other bytes" in str(problem(AUTHORITY.reply(DATA, digest=part)))


def test_a_reply_to_another_request_does_not_hold() -> None:
    request = parse_request(make_request(DATA))
    assert request.nonce is not None
    for nonce in (None, 0, request.nonce + 1):
        assert "it answers another request" in str(problem(AUTHORITY.reply(DATA, nonce=nonce), request))
    other = parse_request(make_request(b"x"))
    assert "the request is about other bytes" in str(problem(AUTHORITY.reply(DATA, nonce=other.nonce), other))


@pytest.mark.parametrize(
    ("status", "words"),
    [(1, "granted with modifications"), (2, "rejected"), (3, "waiting"), (4, "a warning"), (5, "a notice"), (9, "9")],
)
def test_a_reply_that_was_not_granted_does_not_hold(status: int, words: str) -> None:
    stated = statement(DATA)
    whole = token(stated, [AUTHORITY.signer.raw, AUTHORITY.between.raw], [signer_info(AUTHORITY.signer, stated)])
    for raw in (response(b"", status, "no such policy"), response(whole, status, "no such policy")):
        found = str(problem(raw))
        assert found.startswith("the authority did not grant it: ")
        assert words in found
        assert "(no such policy)" in found


def test_a_reply_by_another_authority_does_not_hold() -> None:
    assert "do not lead to a given root" in str(problem(Authority().reply(DATA)))


def test_a_certificate_that_is_not_a_root_vouches_for_nothing() -> None:
    raw = AUTHORITY.reply(DATA)
    for holder in (AUTHORITY.between, AUTHORITY.signer):
        assert "do not lead to a given root" in str(problem(raw, roots=[holder.certificate]))


@pytest.mark.parametrize(
    ("purposes", "critical"),
    [
        (None, True),
        (STAMPING, False),
        ((ExtendedKeyUsageOID.EMAIL_PROTECTION,), True),
        ((ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.SERVER_AUTH), True),
    ],
)
def test_a_certificate_that_is_not_for_time_stamping_does_not_hold(
    purposes: tuple[ExtendedKeyUsageOID, ...] | None, critical: bool
) -> None:
    authority = Authority(purposes=purposes, critical=critical)
    assert problem(authority.reply(DATA), roots=[authority.root.certificate]) is not None


def test_a_second_certificate_of_the_signers_name_and_number_does_not_lend_it_its_purpose() -> None:
    authority = Authority(purposes=(ExtendedKeyUsageOID.EMAIL_PROTECTION,))
    genuine = authority.signer
    number = genuine.certificate.serial_number
    # Whoever can reply can make this one: nobody but itself vouches for it.
    forged = certify("Authority Stamps", authority.between, purposes=STAMPING, serial=number)
    forged = forged._replace(key=genuine.key)
    stated = statement(DATA)
    for certificates in ([genuine.raw, forged.raw], [forged.raw, genuine.raw]):
        raw = response(token(stated, [*certificates, authority.between.raw], [signer_info(genuine, stated)]))
        assert "the one certificate" in str(problem(raw, roots=[authority.root.certificate]))


def test_a_reply_without_the_certificate_of_its_signer_does_not_hold() -> None:
    stated = statement(DATA)
    for certificates in ([], [AUTHORITY.between.raw]):
        raw = response(token(stated, certificates, [signer_info(AUTHORITY.signer, stated)]))
        assert "the one certificate" in str(problem(raw))


def test_a_reply_without_a_signature_or_with_two_does_not_hold() -> None:
    stated = statement(DATA)
    for signers in ([], [AUTHORITY.signer, Authority("Other").signer], [AUTHORITY.signer, AUTHORITY.signer]):
        infos = [signer_info(signer, stated) for signer in signers]
        raw = response(token(stated, [AUTHORITY.signer.raw, AUTHORITY.between.raw], infos))
        assert problem(raw) is not None


def test_a_signature_of_one_statement_is_none_of_another() -> None:
    genuine, earlier = statement(DATA), statement(DATA, time="20210201120000Z")
    certificates = [AUTHORITY.signer.raw, AUTHORITY.between.raw]
    raw = response(token(earlier, certificates, [signer_info(AUTHORITY.signer, genuine)]))
    assert problem(raw) == "its signature does not verify"


def test_no_changed_byte_lets_a_reply_state_anything_else() -> None:
    raw = AUTHORITY.reply(DATA, nonce=7, accuracy=(1, None, None))
    genuine = stated_by(raw)
    held = []
    for position, change in itertools.product(range(len(raw)), (0x01, 0x20, 0x80, 0xFF)):
        changed = bytearray(raw)
        changed[position] ^= change
        try:
            reply = parse_reply(bytes(changed))
            checked = check_reply(reply, DATA, None, ROOTS)
        except Refused:
            continue
        if checked.problem is None:
            held.append(position)
            assert reply.statement == genuine
    # Beside the statement, the signature and the certificates stands a name of the signature's kind that nobody reads.
    assert len(set(held)) < 20


@given(st.data())
def test_no_two_changed_bytes_let_a_reply_state_anything_else(data: st.DataObject) -> None:
    changed = bytearray(GENUINE)
    for _ in range(2):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        reply = parse_reply(bytes(changed))
        checked = check_reply(reply, DATA, None, ROOTS)
    except Refused:
        return
    assert checked.problem is not None or reply.statement == stated_by(GENUINE)


GENUINE = AUTHORITY.reply(DATA, nonce=7)


# --- What is no reply


@given(st.binary(max_size=200))
def test_bytes_that_are_no_reply_are_refused(raw: bytes) -> None:
    with pytest.raises(Refused, match=r"x\.tsr: is no RFC 3161 reply"):
        parse_reply(raw, "x.tsr")


def test_a_part_of_a_reply_is_refused_and_so_is_more_than_one() -> None:
    for raw in (*(GENUINE[:length] for length in range(len(GENUINE))), GENUINE + b"\0", GENUINE * 2):
        with pytest.raises(Refused):
            parse_reply(raw)


def test_a_granted_reply_without_a_token_is_refused() -> None:
    with pytest.raises(Refused, match="is no RFC 3161 reply"):
        parse_reply(response(b""))


@pytest.mark.parametrize("raw", [b"", b"text", AUTHORITY.root.raw, AUTHORITY.root.pem[:200], AUTHORITY.root.key_pem])
def test_what_is_no_certificate_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused, match=r"root\.pem: holds no certificate in PEM"):
        read_roots(raw, "root.pem")


def test_several_roots_may_stand_in_one_file() -> None:
    other = Authority("Other").root
    assert read_roots(other.pem + AUTHORITY.root.pem) == [other.certificate, *ROOTS]


def test_the_authority_of_these_tests_certifies_for_its_days() -> None:
    assert AUTHORITY.signer.certificate.not_valid_after_utc == NOON + timedelta(days=30)
