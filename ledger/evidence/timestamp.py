"""RFC 3161 timestamps of a checkpoint: the request, and what a reply to it is worth.

A request, in DER, holds the SHA-256 of the checkpoint file's bytes, a random number and the wish for the authority's
certificates. A reply, in DER, holds a status and a token: a statement that a digest was there at a time, signed by a
time-stamping authority (RFC 3161, section 2.4; RFC 5652).

What it shows: the checkpoint existed by the time stated, and so did every entry under its root. What it does not show:
that the entries are true; that no other ledger was kept beside this one; when an entry was first written, only that
it was not written later.

`rfc3161_client` checks the signature and the certificates (it leaves both to OpenSSL), as they were at the time
stated: a certificate that has run out since does no harm. No network is asked, so nothing is known of certificates
that were revoked.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.errors import Refused

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, ObjectIdentifier
    from rfc3161_client import Accuracy, TimeStampResponse

# Replies are some thousand bytes long, bundles of roots some hundred thousand.
LARGEST: Final = 1 << 20

_HASHES: Final = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
# RFC 3161, section 2.4.2.
_STATUSES: Final = {
    1: "granted with modifications",
    2: "rejected",
    3: "waiting",
    4: "a warning that it is about to be revoked",
    5: "a notice that it was revoked",
}


class Request(NamedTuple):
    """What was asked: the name of a hash function, a digest, and the random number, if there is one."""

    algorithm: str
    digest: bytes
    nonce: int | None


class Statement(NamedTuple):
    """What an authority states.

    `algorithm` and `digest` are of what it is about, `time` is RFC 3339 in UTC, `accuracy` is in microseconds either
    way, `by` is the subject of the one certificate that the signature names (RFC 4514; empty where there is none).
    """

    algorithm: str
    digest: bytes
    nonce: int | None
    time: str
    accuracy: int | None
    serial: int
    policy: str
    by: str


class Reply(NamedTuple):
    """A reply as read: its statement, or why it holds none."""

    statement: Statement | None
    refusal: str
    response: TimeStampResponse


class Checked(NamedTuple):
    """Whether a reply holds: what is wrong with it, or the subject of the root that its certificates lead to."""

    problem: str | None
    root: str | None


def make_request(data: bytes) -> bytes:
    """Return a request for a timestamp of these bytes; raises `Refused` where the library is missing."""
    with _library("there is nothing to make a request of"):
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

        builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
        return builder.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes()


def parse_request(raw: bytes, where: str = "request") -> Request:
    """Read a request; raises `Refused` for bytes that are none, or where the library is missing."""
    with _library(f"{where}: is no RFC 3161 request; give the one that `ledger timestamp` wrote"):
        # The package itself has no other name for it.
        from rfc3161_client._rust import parse_timestamp_request

        request = parse_timestamp_request(raw)
        imprint = request.message_imprint
        return Request(_hash_name(imprint.hash_algorithm), imprint.message, request.nonce)


def parse_reply(raw: bytes, where: str = "reply") -> Reply:
    """Read a reply; raises `Refused` for bytes that are none, or where the library is missing."""
    with _library(f"{where}: is no RFC 3161 reply; give the bytes that the authority sent"):
        from rfc3161_client import decode_timestamp_response

        signed = _signed_data(raw)
        response = decode_timestamp_response(_in_order(raw, signed))
        if response.status:
            words = "; ".join(response.status_string)
            status = _STATUSES.get(response.status, f"status {response.status}")
            return Reply(None, f"{status}{words and f' ({words})'}", response)
        info = response.tst_info
        statement = Statement(
            _hash_name(info.message_imprint.hash_algorithm),
            info.message_imprint.message,
            info.nonce,
            f"{info.gen_time:%Y-%m-%dT%H:%M:%S}{_fraction(raw, signed)}Z",
            _microseconds(info.accuracy),
            info.serial_number,
            info.policy.dotted_string,
            _signer(response),
        )
        return Reply(statement, "", response)


def read_roots(raw: bytes, where: str = "root") -> list[Certificate]:
    """Read certificates in PEM; raises `Refused` where there is none."""
    with _library(f"{where}: holds no certificate in PEM (-----BEGIN CERTIFICATE-----)"):
        from cryptography.x509 import load_pem_x509_certificates

        return load_pem_x509_certificates(raw)


def check_reply(reply: Reply, data: bytes, request: Request | None, roots: Sequence[Certificate]) -> Checked:
    """Check that a reply was granted, is about these bytes and this request, and is the word of one of the roots.

    Without roots all but the last is checked, and `root` is None.
    """
    stated = reply.statement
    if stated is None:
        return Checked(f"the authority did not grant it: {reply.refusal}", None)
    if not covers(stated, data):
        return Checked(f"it is about other bytes ({stated.algorithm} {stated.digest.hex()})", None)
    if request is not None and (request.algorithm, request.digest) != (stated.algorithm, stated.digest):
        return Checked("the request is about other bytes", None)
    if request is not None and request.nonce != stated.nonce:
        return Checked("it answers another request: its random number is not the one that was sent", None)
    # Were there two, the one whose purpose is looked at need not be the one whose key signed.
    if not stated.by:
        return Checked("it does not hold the one certificate that its signature names", None)
    if not roots:
        return Checked(None, None)
    problem = _unverified(reply, data, roots)
    if problem:
        return Checked(problem, None)
    root = next(root for root in roots if len(roots) == 1 or not _unverified(reply, data, [root]))
    return Checked(None, root.subject.rfc4514_string())


def covers(stated: Statement, data: bytes) -> bool:
    """Tell whether a statement is about these bytes."""
    return stated.algorithm in _HASHES.values() and hashlib.new(stated.algorithm, data).digest() == stated.digest


def _unverified(reply: Reply, data: bytes, roots: Sequence[Certificate]) -> str | None:
    from rfc3161_client import VerificationError, VerifierBuilder

    try:
        with _library("its certificates cannot be read"):
            try:
                VerifierBuilder(roots=list(dict.fromkeys(roots))).build().verify_message(reply.response, data)
            except VerificationError as error:
                return _reason(str(error))
    except Refused as error:
        return str(error)
    return None


def _reason(text: str) -> str:
    if found := re.search(r"Verify error: ([^\"\]]+)", text):
        return f"its certificates, as of the time stated, do not lead to a given root: {found[1].strip()}"
    if "EKU" in text:
        return "the certificate is not one for time-stamping (extended key usage timeStamping alone, critical)"
    if "verifying certificates" in text:
        return "its signature does not verify"
    return text


def _signer(response: TimeStampResponse) -> str:
    from cryptography.x509 import load_der_x509_certificate

    infos = list(response.signed_data.signer_infos)
    certificates = map(load_der_x509_certificate, response.signed_data.certificates)
    named = [
        certificate
        for certificate in certificates
        for info in infos
        if (certificate.issuer, certificate.serial_number) == (info.issuer, info.serial_number)
    ]
    return named[0].subject.rfc4514_string() or "a certificate without a subject" if len(named) == 1 else ""


def _hash_name(algorithm: ObjectIdentifier) -> str:
    return _HASHES.get(algorithm.dotted_string, algorithm.dotted_string)


def _microseconds(accuracy: Accuracy | None) -> int | None:
    if accuracy is None:
        return None
    return ((accuracy.seconds or 0) * 1000 + (accuracy.millis or 0)) * 1000 + (accuracy.micros or 0)


class _Part(NamedTuple):
    """One element of DER: its tag, and where it and its contents begin and end."""

    tag: int
    start: int
    inside: int
    end: int


def _parts(raw: bytes, begin: int, end: int) -> list[_Part]:
    """Return the elements that stand side by side; raises `ValueError` or `IndexError` where there are none."""
    found = []
    while begin < end:
        length, inside = raw[begin + 1], begin + 2
        if length >= 0x80:
            inside += length & 0x7F
            length = int.from_bytes(raw[begin + 2 : inside])
        if inside + length > end:
            raise ValueError("an element is cut short")
        found.append(_Part(raw[begin], begin, inside, inside + length))
        begin = inside + length
    return found


def _signed_data(raw: bytes) -> list[_Part]:
    """Return the parts of a reply's signed data (RFC 5652, section 5.1), or nothing where it has no token."""
    part = _parts(raw, 0, len(raw))[0]
    for step in (1, 1, 0):
        inner = _parts(raw, part.inside, part.end)
        if len(inner) <= step:
            return []
        part = inner[step]
    return _parts(raw, part.inside, part.end)


def _in_order(raw: bytes, signed: Sequence[_Part]) -> bytes:
    """Return a reply with its certificates sorted.

    DER sorts a set, CMS does not ask for it, OpenSSL's authorities do not do it, and the library insists on it. They
    are not under the signature.
    """
    for part in signed[3:4]:
        if part.tag == 0xA0:
            inner = sorted(raw[each.start : each.end] for each in _parts(raw, part.inside, part.end))
            return raw[: part.inside] + b"".join(inner) + raw[part.end :]
    return raw


def _fraction(raw: bytes, signed: Sequence[_Part]) -> str:
    """Return the fraction of the second in the time stated, which the library leaves out: `.25`, or nothing."""
    part = signed[2]
    for step in (1, 0, 0, 4):
        part = _parts(raw, part.inside, part.end)[step]
    return raw[part.inside : part.end].decode("ascii")[14:].removesuffix("Z")


@contextmanager
def _library(otherwise: str) -> Iterator[None]:
    """Say how to get a library that is missing, and `otherwise` where it cannot read what it is given."""
    try:
        yield
    except ImportError as error:
        raise Refused(f"{error.name} is not installed: pip install 'compliance-ledger[timestamp]'") from error
    except BaseException as error:
        # For bytes of others these libraries raise exceptions of many kinds, among them one that is no `Exception`: what
        # their own language has for what it did not expect. It has no name to catch it by.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise Refused(otherwise) from error
