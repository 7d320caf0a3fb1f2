"""A time-stamping authority for tests, which replies whatever it is told to: RFC 3161 over RFC 5652, written anew."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOON = datetime(2021, 2, 12, 12, tzinfo=UTC)
STAMPING = (ExtendedKeyUsageOID.TIME_STAMPING,)

SEQUENCE, SET, INTEGER, OCTETS, OID, NULL, TIME, TEXT = 0x30, 0x31, 2, 4, 6, 5, 0x18, 0x0C


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    length = size.to_bytes((size.bit_length() + 7) // 8 or 1)
    return bytes([tag]) + (length if size < 0x80 else bytes([0x80 | len(length)]) + length) + body


def integer(number: int) -> bytes:
    return der(INTEGER, number.to_bytes(number.bit_length() // 8 + 1))


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    body = bytes([first * 40 + second])
    for arc in rest:
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.append(arc & 0x7F | 0x80)
        body += bytes(reversed(digits))
    return der(OID, body)


HASHES = {
    "sha1": "1.3.14.3.2.26",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
SHA256 = der(SEQUENCE, oid(HASHES["sha256"]), der(NULL))
ECDSA = der(SEQUENCE, oid("1.2.840.10045.4.3.2"))
SIGNED, STATEMENT = oid("1.2.840.113549.1.7.2"), oid("1.2.840.113549.1.9.16.1.4")
CONTENT, DIGEST = oid("1.2.840.113549.1.9.3"), oid("1.2.840.113549.1.9.4")
CERTIFICATE_V2 = oid("1.2.840.113549.1.9.16.2.47")


class Holder(NamedTuple):
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def raw(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def certify(
    name: str,
    by: Holder | None,
    *,
    root: bool = False,
    purposes: tuple[x509.ObjectIdentifier, ...] | None = None,
    critical: bool = True,
    begin: datetime = NOON - timedelta(days=30),
    end: datetime = NOON + timedelta(days=30),
    serial: int | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
) -> Holder:
    """Return a certificate by another one, or by itself; those with purposes, or without `root`, certify nobody."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )
    builder = (
        x509.CertificateBuilder(
            by.certificate.subject if by else subject, subject, key.public_key(), serial or x509.random_serial_number()
        )
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=root, path_length=None), critical=True)
    )
    if purposes is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    return Holder(builder.sign(by.key if by else key, hashes.SHA256()), key)


def statement(
    data: bytes,
    *,
    nonce: int | None = None,
    time: str = "20210212120000Z",
    algorithm: str = "sha256",
    accuracy: tuple[int | None, int | None, int | None] | None = None,
    serial: int = 4711,
    digest: bytes | None = None,
) -> bytes:
    """Return a TSTInfo (RFC 3161, section 2.4.2) about the data."""
    digest = hashlib.new(algorithm, data).digest() if digest is None else digest
    parts = [
        integer(1),
        oid("1.2.3.4.1"),
        der(SEQUENCE, der(SEQUENCE, oid(HASHES[algorithm]), der(NULL)), der(OCTETS, digest)),
        integer(serial),
        der(TIME, time.encode()),
    ]
    if accuracy is not None:
        tagged = zip((INTEGER, 0x80, 0x81), accuracy, strict=True)
        parts.append(der(SEQUENCE, *(bytes([tag]) + integer(n)[1:] for tag, n in tagged if n is not None)))
    if nonce is not None:
        parts.append(integer(nonce))
    return der(SEQUENCE, *parts)


def signer_info(signer: Holder, stated: bytes) -> bytes:
    """Return the signature over a statement, with the attributes that RFC 3161 asks for."""
    attributes = sorted(
        [
            der(SEQUENCE, CONTENT, der(SET, STATEMENT)),
            der(SEQUENCE, DIGEST, der(SET, der(OCTETS, hashlib.sha256(stated).digest()))),
            der(
                SEQUENCE,
                CERTIFICATE_V2,
                der(SET, der(SEQUENCE, der(SEQUENCE, der(SEQUENCE, der(OCTETS, hashlib.sha256(signer.raw).digest()))))),
            ),
        ]
    )
    signature = signer.key.sign(der(SET, *attributes), ec.ECDSA(hashes.SHA256()))
    return der(
        SEQUENCE,
        integer(1),
        der(SEQUENCE, signer.certificate.issuer.public_bytes(), integer(signer.certificate.serial_number)),
        SHA256,
        der(0xA0, *attributes),
        ECDSA,
        der(OCTETS, signature),
    )


def token(stated: bytes, certificates: list[bytes], signers: list[bytes]) -> bytes:
    """Return a signed statement; the certificates stand in the order given."""
    return der(
        SEQUENCE,
        SIGNED,
        der(
            0xA0,
            der(
                SEQUENCE,
                integer(3),
                der(SET, SHA256),
                der(SEQUENCE, STATEMENT, der(0xA0, der(OCTETS, stated))),
                der(0xA0, *certificates) if certificates else b"",
                der(SET, *sorted(signers)),
            ),
        ),
    )


def response(token: bytes, status: int = 0, words: str = "") -> bytes:
    """Return a reply with a status, and with a token if it is not empty."""
    said = der(SEQUENCE, der(TEXT, words.encode())) if words else b""
    return der(SEQUENCE, der(SEQUENCE, integer(status), said), token)


class Authority:
    """A root, one that it certified, and a certificate for time-stamping by that one."""

    def __init__(self, name: str = "Authority", **options: Any) -> None:
        own = {option: value for option, value in options.items() if option in ("begin", "end")}
        self.root = certify(f"{name} Root", None, root=True, **own)
        self.between = certify(f"{name} Between", self.root, root=True, **own)
        self.signer = certify(f"{name} Stamps", self.between, **({"purposes": STAMPING} | options))

    def reply(self, data: bytes, **stated: Any) -> bytes:
        """Return a genuine reply about the data."""
        return self.sign(statement(data, **stated))

    def sign(self, stated: bytes) -> bytes:
        """Return a genuine reply with a statement."""
        certificates = sorted([self.signer.raw, self.between.raw])
        return response(token(stated, certificates, [signer_info(self.signer, stated)]))
