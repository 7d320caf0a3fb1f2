"""Targets: what an order names, and the key under which it is one and the same (DESIGN, section 2, Targets)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

from ledger.errors import Refused
from ledger.model.platforms import canonical_name, read_platform_url

_PLAIN: Final = re.compile(r"@?([A-Za-z0-9_]+)\Z").match
_KIND: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]*):(?!//)(.*)\Z", re.DOTALL).match
_LONGEST: Final = 2_048


class Target(NamedTuple):
    """One target: its key (platform, kind, canonical name), its kind, and its text as given."""

    key: str
    kind: str
    text: str


def platform_key(platform: str) -> str:
    """Return the one name of a platform; raises `Refused` for none."""
    name = unicodedata.normalize("NFKC", platform).casefold().strip()
    name = "".join(char for char in name if unicodedata.category(char) != "Cf")
    if not name or any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise Refused(f"platform: {platform!r} is no name of a platform")
    name = "-".join(name.split())
    return "twitter" if name in _TWITTER else name


_TWITTER: Final = frozenset(("x", "x.com", "twitter.com", "x-twitter", "twitter/x", "x/twitter", "twitter-x", "x-(twitter)", "twitter-(x)"))


def parse_targets(texts: list[str], platform: str) -> list[Target]:
    """Read targets on a platform, in their order; the same key twice is one target. Raises `Refused`."""
    seen: dict[str, Target] = {}
    prefix = f"{platform} account "
    fold = canonical_name(platform)
    for text in texts:
        plain = _PLAIN(text)
        if plain:
            name = plain[1]
            key = prefix + (name.lower() if fold else name)
            if key not in seen:
                seen[key] = Target(key, "account", text)
        else:
            target = parse_target(text, platform)
            seen.setdefault(target.key, target)
    return list(seen.values())


def parse_target(text: str, platform: str) -> Target:
    """Read one target on a platform (a `platform_key`); raises `Refused` naming it."""
    plain = _PLAIN(text)
    if plain:
        name = plain[1]
        return Target(f"{platform} account {name.lower() if canonical_name(platform) else name}", "account", text)
    kind, name = _read(_clean(text), platform, text)
    return Target(f"{platform} {kind} {name}", kind, text)


def _clean(text: str) -> str:
    """Return a target without what cannot be seen; raises `Refused` for what cannot be one."""
    shown = text if len(text) <= 60 else text[:57] + "..."
    name = "".join(char for char in text.strip() if unicodedata.category(char) != "Cf")
    if not name:
        raise Refused(f"targets: {shown!r} is empty")
    if len(name) > _LONGEST:
        raise Refused(f"targets: {shown!r} is longer than {_LONGEST:,} characters")
    if any(char.isspace() or unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise Refused(f"targets: {shown!r} has white space or control characters in it: give each target on its own")
    return name


def _read(name: str, platform: str, text: str) -> tuple[str, str]:
    if name[0] in "@＠":
        return "account", _account(name[1:], platform, text)
    if name[0] in "#＃":
        return "hashtag", _hashtag(name[1:], text)
    match = _KIND(name)
    if match is None and "://" in name:
        return _url(name, platform, text)
    if match is None:
        return "account", _account(name, platform, text)
    kind, value = match[1].lower(), match[2]
    if kind in ("any", "all"):
        raise Refused(f"targets: {text!r}: {kind} is no kind of target")
    if not value:
        raise Refused(f"targets: {text!r} names nothing after the colon")
    if kind == "hashtag":
        return kind, _hashtag(value.lstrip("#＃"), text)
    if kind in ("account", "post") and "://" in value:
        found = _url(value, platform, text)
        if found[0] == kind:
            return found
        return kind, found[1]
    if kind == "account":
        return kind, _account(value.lstrip("@＠"), platform, text)
    if kind == "url":
        return _url(value, platform, text) if "://" in value else (kind, value)
    return kind, unicodedata.normalize("NFC", value)


def _account(name: str, platform: str, text: str) -> str:
    if not name:
        raise Refused(f"targets: {text!r} names no account")
    name = unicodedata.normalize("NFC", name)
    return name.casefold() if canonical_name(platform) else name


def _hashtag(tag: str, text: str) -> str:
    if not tag:
        raise Refused(f"targets: {text!r} names no hashtag")
    folded = unicodedata.normalize("NFC", tag).casefold()
    return unicodedata.normalize("NFC", folded)


def _url(name: str, platform: str, text: str) -> tuple[str, str]:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(name)
        host = unicodedata.normalize("NFC", (parts.hostname or "").rstrip(".")).casefold()
        port = parts.port
    except ValueError:
        raise Refused(f"targets: {text!r} is no URL") from None
    if not host or not parts.scheme:
        raise Refused(f"targets: {text!r} is no URL: it has no host")
    found = read_platform_url(platform, host, parts.path, parts.query)
    if found is not None:
        kind, value = found
        if kind == "hashtag":
            return kind, _hashtag(value, text)
        return kind, _account(value, platform, text) if kind == "account" else value
    scheme = parts.scheme.lower()
    default = {"http": 80, "https": 443}.get(scheme)
    place = f"[{host}]" if ":" in host else host
    if parts.username is not None:
        place = f"{parts.netloc.rpartition('@')[0]}@{place}"
    if port is not None and port != default:
        place += f":{port}"
    rest = re.sub("%[0-9a-fA-F]{2}", lambda escape: escape[0].upper(), parts.path or "/")
    if parts.query:
        rest += f"?{parts.query}"
    if parts.fragment:
        rest += f"#{parts.fragment}"
    return "url", f"{scheme}://{place}{rest}"


def possible_keys(text: str, platforms: list[str]) -> list[str]:
    """Return the keys that a target may have on any of these platforms; raises `Refused` if it has none."""
    keys = []
    for platform in platforms:
        target = parse_target(text, platform)
        keys.append(target.key)
    return list(dict.fromkeys(keys))


def key_text(key: str) -> str:
    """Return a key in the form in which people write it."""
    _, kind, name = key.split(" ", 2)
    if kind == "account":
        return f"@{name}"
    if kind == "hashtag":
        return f"#{name}"
    if kind == "url" or "://" in name:
        return name
    return f"{kind}:{name}"
