"""How private values stand in a line: as salted digests of their disclosures (RFC 9901, SD-JWT).

A disclosure is the base64url of the UTF-8 JSON `[salt, name, value]` for a field, `[salt, value]` for a target; the salt
is 128 random bits in base64url. Its digest is the base64url of the SHA-256 of the disclosure's ASCII characters. No
base64url here is padded.

In a line the digests of its private fields stand in `_sd`, sorted, so that not even their names show; those of a
correction stand in the `_sd` of its `set`. RFC 9901 would put the digest of a list's element into an object whose member
name no line can carry, so a private target is the text

    account:~DIGEST

instead: its kind, and the digest of its canonical form, such as `@kisanektamorcha`. Where the text as given differs from
that, the digest of the text follows: `account:~DIGEST~DIGEST`. A target has one salt in a whole ledger, so the same
target is the same digest in every line; what a line says of it beside its name stays clear.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec

from ledger.errors import Refused
from ledger.model.entries import PRIVATE
from ledger.model.targets import key_text, parse_target

SALT: Final = 16
# What stands for the reason of a correction, an alias or an erasure that is not disclosed; without one it would be no entry.
NOT_DISCLOSED: Final = "[not disclosed]"

_encode: Final = msgspec.json.Encoder().encode
_target: Final = re.compile(r"([a-z][a-z0-9-]*):~([A-Za-z0-9_-]{43})(?:~([A-Za-z0-9_-]{43}))?").fullmatch
_text: Final = re.compile(r"[A-Za-z0-9_-]+").fullmatch


class Disclosure(NamedTuple):
    """What a digest stands for: the name of a field, or None for a target, and its value; and the text that says so."""

    digest: str
    text: str
    name: str | None
    value: Any


Look = Callable[[Iterable[str]], Mapping[str, tuple[str | None, Any]]]


def disclose(salt: bytes, name: str | None, value: Any) -> Disclosure:
    """Return the disclosure of a value under a salt of 16 random bytes."""
    said = [_base64(salt), value] if name is None else [_base64(salt), name, value]
    text = _base64(_encode(said))
    return Disclosure(digest_of(text), text, name, value)


def digest_of(text: str) -> str:
    """Return the digest of a disclosure (RFC 9901, section 4.2.3)."""
    return _base64(sha256(text.encode("ascii")).digest())


def read_disclosure(text: str) -> Disclosure:
    """Read a disclosure; raises `Refused` when it is none."""
    try:
        said = msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4))) if _text(text) else None
    except (ValueError, RecursionError) as error:
        raise Refused(f"{text[:24]}…: is no disclosure: {error}") from error
    match said:
        case [str(), value] if isinstance(value, str):
            return Disclosure(digest_of(text), text, None, value)
        case [str(), str(name), value]:
            return Disclosure(digest_of(text), text, name, value)
    raise Refused(f"{text[:24]}…: is no disclosure: a list of a salt, a name and a value is needed")


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


class Sealed(NamedTuple):
    """A record as it stands in its line, and what is new to be able to read it."""

    record: dict[str, Any]
    disclosures: list[Disclosure]


def seal(
    record: Mapping[str, Any],
    platform: str,
    private: frozenset[str],
    known: Callable[[Iterable[str]], Mapping[str, str]],
    salt: Callable[[int], bytes],
) -> Sealed:
    """Return a record with its private values as digests.

    `platform` is that of its order. `known` returns the digests of those canonical targets that have one, and of those
    digests that stand for a target; `salt` returns that many random bytes. Raises `Refused` for members that only the
    ledger sets, and for targets that are given by a digest which this ledger does not hold.
    """
    made: list[Disclosure] = []
    sealed = _sealed(record, platform, private, known, salt, made)
    if isinstance(record.get("set"), Mapping):
        if "targets" in private and "platform" in record["set"]:
            # The salts of its targets are those of its platform: the same names would count as other targets.
            raise Refused("set: platform cannot be amended where targets are private: void the order, record it anew")
        sealed["set"] = _sealed(record["set"], platform, private, known, salt, made)
    return Sealed(sealed, made)


def _sealed(
    members: Mapping[str, Any],
    platform: str,
    private: frozenset[str],
    known: Callable[[Iterable[str]], Mapping[str, str]],
    salt: Callable[[int], bytes],
    made: list[Disclosure],
) -> dict[str, Any]:
    if "_sd" in members:
        raise Refused("_sd: is set by the ledger itself; leave it out")
    found: dict[str, Any] = {}
    digests = []
    for name, value in members.items():
        if name not in private or not value:
            found[name] = value
        elif name == "targets":
            found[name] = _sealed_targets(value, platform, known, salt, made)
        else:
            made.append(disclose(salt(SALT), name, value))
            digests.append(made[-1].digest)
    return found | {"_sd": sorted(digests)} if digests else found


def _sealed_targets(
    texts: list[str],
    platform: str,
    known: Callable[[Iterable[str]], Mapping[str, str]],
    salt: Callable[[int], bytes],
    made: list[Disclosure],
) -> list[str]:
    found = []
    canonical = []
    for text in texts:
        if by_digest := _target(text):
            canonical.append(("", by_digest[2]))
            continue
        target = parse_target(text, platform)
        name = key_text(target.key)
        # A name that does not read back as itself is kept as it was given.
        canonical.append((target.kind, name if parse_target(name, platform).key == target.key else text))
    digests = dict(known([name for _, name in canonical]))
    for text, (kind, name) in zip(texts, canonical, strict=True):
        if not kind:
            if name not in digests:
                raise Refused(f"targets: {text} is no private target of this ledger: give its name")
            found.append(text)
            continue
        if name not in digests:
            made.append(disclose(salt(SALT), None, name))
            digests[name] = made[-1].digest
        sealed = f"{kind}:~{digests[name]}"
        if text != name:
            made.append(disclose(salt(SALT), None, text))
            sealed += f"~{made[-1].digest}"
        found.append(sealed)
    return found


def digests_in(record: Mapping[str, Any]) -> list[str]:
    """Return every digest that stands in a record, as often as it stands there."""
    fields = [members.get("_sd") for members in (record, record.get("set")) if isinstance(members, Mapping)]
    found = [digest for digests in fields if isinstance(digests, list) for digest in digests if isinstance(digest, str)]
    return found + [digest for _, *both in sealed_targets(record) for digest in both if digest]


def sealed_targets(record: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    """Give the kind and the digest of each private target, and the digest of its text as given if it has one."""
    for members in (record, record.get("set")):
        targets = members.get("targets") if isinstance(members, Mapping) else None
        for text in targets if isinstance(targets, list) else ():
            if isinstance(text, str) and (sealed := _target(text)):
                yield sealed[1], sealed[2], sealed[3]


def texts_of(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the digest of each target whose text as given has one of its own, with that one."""
    return ((digest, given) for _, digest, given in sealed_targets(record) if given)


def target_digests(record: Mapping[str, Any]) -> list[str]:
    """Return the digests of the canonical forms of the targets in a record."""
    return [digest for _, digest, _ in sealed_targets(record)]


def unseal(record: Mapping[str, Any], look: Look) -> dict[str, Any]:
    """Return a record with what is disclosed in clear; what is not stays as a digest.

    `look` returns the name (None for a target) and the value of those digests that are disclosed.
    """
    digests = digests_in(record)
    said = look(digests) if digests else {}
    found = _unsealed(record, said)
    if isinstance(found.get("set"), Mapping):
        found["set"] = _unsealed(found["set"], said)
    if found.get("kind") in ("correction", "erasure", "alias") and "reason" not in found:
        found["reason"] = NOT_DISCLOSED
    return found


def _unsealed(members: Mapping[str, Any], said: Mapping[str, tuple[str | None, Any]]) -> dict[str, Any]:
    found = dict(members)
    digests = found.pop("_sd", None)
    if isinstance(digests, list):
        for digest in digests:
            name, value = said.get(digest, (None, None)) if isinstance(digest, str) else (None, None)
            # A field that stands in the line itself is not to be replaced by one that is disclosed (RFC 9901, section
            # 7.1), and no figure is to depend on what is disclosed.
            if name in PRIVATE and name != "targets" and name not in members:
                found[name] = value
        hidden = [
            digest for digest in digests if not isinstance(digest, str) or said.get(digest, (None,))[0] not in PRIVATE
        ]
        if hidden:
            found["_sd"] = hidden
    elif digests is not None:
        found["_sd"] = digests
    targets = found.get("targets")
    if isinstance(targets, list):
        found["targets"] = [_clear(text, said) if isinstance(text, str) else text for text in targets]
    return dict(sorted(found.items()))


def _clear(text: str, said: Mapping[str, tuple[str | None, Any]]) -> str:
    sealed = _target(text)
    if sealed is None:
        return text
    if sealed[2] not in said or said[sealed[2]][0] is not None:
        # The digest of the text as given tells nobody anything.
        return f"{sealed[1]}:~{sealed[2]}"
    given = said.get(sealed[3]) if sealed[3] else None
    return str(given[1] if given is not None and given[0] is None else said[sealed[2]][1])
