"""Targets: what an order names, and the key under which it is one and the same (DESIGN, section 2)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache, partial
from itertools import repeat
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger.errors import Refused, quoted
from ledger.model.platforms import WITHOUT_CASE, read_platform_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PLAIN: Final = re.compile(r"@?([A-Za-z0-9_]{1,2048})\Z").match
_ALL_PLAIN: Final = re.compile(r"@?[A-Za-z0-9_]{1,2048}(?:\n@?[A-Za-z0-9_]{1,2048})*\Z").match
_KIND: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]*):(?!//)(.*)\Z", re.DOTALL).match
# The name of a private target is the digest of what discloses it; a second one is of its text as given.
_SEALED: Final = re.compile(r"(~[A-Za-z0-9_-]{43})(?:~[A-Za-z0-9_-]{43})?\Z").match
_LONGEST: Final = 2_048
# Longer lists of targets are read again rather than kept.
_REMEMBERED: Final = 1_000
# The usual kinds; any other may be given as `kind:name`.
KINDS: Final = ("account", "post", "url", "hashtag")
# fmt: off
_TWITTER: Final = frozenset((
    "x", "x.com", "twitter.com", "x-twitter", "twitter/x", "x/twitter", "twitter-x", "x-(twitter)",
    "twitter-(x)", "x-(formerly-twitter)",
))
# fmt: on


class Target(NamedTuple):
    """One target: its key (platform, kind, canonical name), its kind, and its text as given."""

    key: str
    kind: str
    text: str


# Half the time of calling Target, and this is done for every name of every order.
_make: Final = partial(tuple.__new__, Target)


@lru_cache(maxsize=1024)
def platform_key(platform: str) -> str:
    """Return the one name of a platform; raises `Refused` for none."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", platform).casefold())
    name = "".join(char for char in folded if unicodedata.category(char) != "Cf").strip()
    if not name or any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise Refused(f"platform: {quoted(platform)} is no name of a platform")
    name = "-".join(name.split())
    return "twitter" if name in _TWITTER else name


def parse_targets(texts: list[str], platform: str) -> list[Target]:
    """Read targets on a platform, in their order; the same key twice is one target. Raises `Refused`."""
    return _read_all(texts, platform) if len(texts) > _REMEMBERED else list(_read_lately(tuple(texts), platform))


@lru_cache(maxsize=4)
def _read_lately(texts: tuple[str, ...], platform: str) -> list[Target]:
    # What follows an order mostly names the targets that the order names.
    return _read_all(texts, platform)


def _read_all(texts: Sequence[str], platform: str) -> list[Target]:
    together = "\n".join(texts)
    if _ALL_PLAIN(together):
        # Nearly all lists are plain handles: as one string they cost less than one by one.
        bare = together.replace("@", "")
        names = (bare.lower() if platform in WITHOUT_CASE else bare).split("\n")
        # More names than texts: a line break stood inside one of them.
        if len(names) == len(texts):
            prefix = f"{platform} account "
            keys = [prefix + name for name in names]
            targets = map(_make, zip(keys, repeat("account"), texts))
            if len(set(keys)) == len(keys):
                return list(targets)
            return _first_of_each(targets)
    return _first_of_each(parse_target(text, platform) for text in texts)


def _first_of_each(targets: Iterable[Target]) -> list[Target]:
    seen: dict[str, Target] = {}
    for target in targets:
        seen.setdefault(target.key, target)
    return list(seen.values())


def parse_target(text: str, platform: str) -> Target:
    """Read one target on a platform (a `platform_key`); raises `Refused` naming it."""
    plain = _PLAIN(text)
    if plain:
        name = plain[1].lower() if platform in WITHOUT_CASE else plain[1]
        return _make((f"{platform} account {name}", "account", text))
    kind, name = _read(_clean(text, text), platform, text)
    return Target(f"{platform} {kind} {name}", kind, text)


def _refusal(text: str, why: str) -> Refused:
    return Refused(f"targets: {quoted(text)} {why}")


def _clean(name: str, text: str) -> str:
    """Return a name without what cannot be seen; raises `Refused` for what cannot be one."""
    name = "".join(char for char in name if unicodedata.category(char) != "Cf").strip()
    if not name:
        raise _refusal(text, "is empty")
    if len(name) > _LONGEST:
        raise _refusal(text, f"is longer than {_LONGEST:,} characters")
    if any(char.isspace() or unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise _refusal(text, "has white space or control characters in it: give each target on its own")
    return name


def _read(name: str, platform: str, text: str) -> tuple[str, str]:
    if name[0] in "@＠":
        return "account", _account(_one(name, text), platform, text)
    if name[0] in "#＃":
        return "hashtag", _hashtag(name, text)
    match = _KIND(name)
    if match is not None:
        kind = match[1].lower()
        return _read_kind(kind, match[2], platform, text)
    if "://" in name:
        return _url(name, platform, text)
    if "/" in name:
        raise _refusal(text, "is neither an account nor a URL: write @name, or the whole URL with https://")
    return "account", _account(_one(name, text), platform, text)


def _one(name: str, text: str) -> str:
    if "," in name or ";" in name:
        raise _refusal(text, "looks like several targets: give each on its own")
    return name


def _read_kind(kind: str, value: str, platform: str, text: str) -> tuple[str, str]:
    if kind in ("any", "all"):
        raise _refusal(text, f"names no target: {kind!r} is no kind of target")
    if not value:
        raise _refusal(text, "names nothing after the colon")
    if sealed := _SEALED(value):
        return kind, sealed[1]
    if kind in ("account", "post", "hashtag", "url") and "://" in value:
        found = _url(value, platform, text)
        if found[0] != kind and "url" not in (found[0], kind):
            raise _refusal(text, f"says {kind}, but its URL is that of another kind, {found[0]}: leave out '{kind}:'")
        # On a platform that is not known an account or a post may have no other name than its URL.
        return found if kind == "url" else (kind, found[1])
    if kind == "account":
        return kind, _account(value, platform, text)
    if kind == "hashtag":
        return kind, _hashtag(value, text)
    if kind == "post" and platform == "twitter" and value.isascii() and value.isdigit():
        return kind, value.lstrip("0") or "0"
    return kind, unicodedata.normalize("NFC", value)


def _account(name: str, platform: str, text: str) -> str:
    name = unicodedata.normalize("NFC", name.lstrip("@＠"))
    if not name:
        raise _refusal(text, "names no account")
    # Folding may take a composed letter apart.
    return unicodedata.normalize("NFC", name.casefold()) if platform in WITHOUT_CASE else name


def _hashtag(tag: str, text: str) -> str:
    tag = tag.lstrip("#＃")
    if not tag:
        raise _refusal(text, "names no hashtag")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", tag).casefold())


def _url(name: str, platform: str, text: str) -> tuple[str, str]:
    from urllib.parse import unquote, urlsplit

    try:
        parts = urlsplit(name)
        host = unicodedata.normalize("NFC", (parts.hostname or "").rstrip(".")).casefold()
        port = parts.port
    except ValueError:
        raise _refusal(text, "is no URL") from None
    if not host or not parts.scheme:
        raise _refusal(text, "is no URL: write it like https://example.com/page")
    found = read_platform_url(platform, host, parts.path, parts.query)
    if found is not None:
        kind, value = found
        if kind == "hashtag":
            return kind, _hashtag(_clean(unquote(value), text), text)
        if kind == "account":
            return kind, _account(_clean(unquote(value), text), platform, text)
        return kind, _escapes(value)
    scheme = parts.scheme.lower()
    default = {"http": 80, "https": 443}.get(scheme)
    place = f"[{host}]" if ":" in host else host
    if parts.username is not None:
        place = f"{parts.netloc.rpartition('@')[0]}@{place}"
    if port is not None and port != default:
        place += f":{port}"
    rest = parts.path or "/"
    if parts.query:
        rest += f"?{parts.query}"
    if parts.fragment:
        rest += f"#{parts.fragment}"
    return "url", f"{scheme}://{place}{_escapes(rest)}"


def _escapes(path: str) -> str:
    return re.sub("%[0-9a-fA-F]{2}", lambda escape: escape[0].upper(), path)


def possible_keys(text: str, platforms: list[str]) -> list[str]:
    """Return the keys that a target may have on any of these platforms; raises `Refused` if it has none."""
    keys: dict[str, None] = {}
    refusal: Refused | None = None
    # Where a platform's addresses are not known, an account or a post may have been recorded by its URL.
    forms = (text, f"account:{text}", f"post:{text}") if "://" in text and not _KIND(text) else (text,)
    for platform in platforms:
        for form in forms:
            try:
                keys[parse_target(form, platform).key] = None
            except Refused as error:
                refusal = refusal or error
    if refusal is not None and not keys:
        raise refusal
    return list(keys)


def key_text(key: str) -> str:
    """Return a key in the form in which people write it."""
    _, kind, name = key.split(" ", 2)
    if _SEALED(name):
        return f"{kind}:{name}"
    if kind == "account" and "://" not in name:
        return f"@{name}"
    if kind == "hashtag":
        return f"#{name}"
    return name if kind == "url" else f"{kind}:{name}"
