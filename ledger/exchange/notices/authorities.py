"""Who is meant: authorities and platforms as notices spell them, and what notices leave out (TOML).

    jurisdiction = "IN"              # where a notice states none
    authority = "Example Ministry"   # where a notice names none
    platform = "example"             # where a notice names none
    observed = 2021-03-01            # by this day what the notices say of the action taken was so
    source = "https://example.com/"  # what the path of a notice is put behind
    hosts = ["example.com", "*.example.com"]  # URLs of these hosts are targets

    [authorities."Example Ministry"]
    country = "IN"
    spelled = ["Exmaple Ministry", "EM"]

    [platforms]
    example = ["Example, Inc."]

Every part may be left out. What the program knows itself stands in `authorities.toml`, in the same form.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from ledger.errors import Refused
from ledger.exchange.tables.countries import country_code
from ledger.exchange.toml import read_toml

_TEXTS: Final = ("jurisdiction", "authority", "platform", "source")


class Authority(NamedTuple):
    """An authority: the name that it is booked under, and the code of its country where that is known."""

    name: str
    country: str | None


class Naming(NamedTuple):
    """What notices are read with: authorities and platforms by folded spelling, and what stands in for what is left out.

    `said` holds the names as they are spelled, longest first, to be found in a text.
    """

    authorities: dict[str, Authority]
    platforms: dict[str, str]
    jurisdiction: str | None = None
    authority: str | None = None
    platform: str | None = None
    observed: str | None = None
    source: str | None = None
    hosts: tuple[str, ...] = ()

    def authority_of(self, spelled: str) -> Authority | None:
        """Return the authority that is spelled like this; None for one that is not known."""
        return self.authorities.get(folded(spelled))

    def platform_of(self, spelled: str) -> str:
        """Return the name of a platform, or the text itself."""
        return self.platforms.get(folded(spelled), spelled)


def folded(text: str) -> str:
    """Return a name as spellings are compared: its letters and digits, without case and accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if char.isalnum())


def read_naming(path: Path | None = None) -> Naming:
    """Return what the program knows, and over it what a file says; raises `Refused` with the file and the key."""
    naming = _add(Naming({}, {}), Path(__file__).with_name("authorities.toml"))
    return naming if path is None else _add(naming, path)


def _add(naming: Naming, path: Path) -> Naming:
    tables = read_toml(path)
    authorities, platforms = dict(naming.authorities), dict(naming.platforms)
    found: dict[str, Any] = {}
    for key, value in tables.items():
        if key in _TEXTS:
            found[key] = _text(value, f"{path}: {key}")
        elif key == "observed":
            found[key] = _day(value, path)
        elif key == "hosts":
            found[key] = tuple(_texts(value, f"{path}: hosts"))
        elif key == "authorities":
            for name, said in _table(value, f"{path}: authorities").items():
                _authority(name, said, f"{path}: authorities.{name}", authorities)
        elif key == "platforms":
            for name, spelled in _table(value, f"{path}: platforms").items():
                for text in (name, *_texts(spelled, f"{path}: platforms.{name}")):
                    platforms[folded(text)] = name
        else:
            known = ", ".join((*_TEXTS, "observed", "hosts", "authorities", "platforms"))
            raise Refused(f"{path}: {key!r} means nothing here: known are {known}")
    if "jurisdiction" in found:
        found["jurisdiction"] = _country(found["jurisdiction"], f"{path}: jurisdiction")
    return naming._replace(authorities=authorities, platforms=platforms, **found)


def _authority(name: str, said: Any, where: str, authorities: dict[str, Authority]) -> None:
    fields = _table(said, where)
    for key in fields:
        if key not in ("country", "spelled"):
            raise Refused(f"{where}: {key!r} means nothing here: known are country, spelled")
    country = _country(_text(fields["country"], f"{where}.country"), where) if "country" in fields else None
    for text in (name, *_texts(fields.get("spelled", []), f"{where}.spelled")):
        if not folded(text):
            raise Refused(f"{where}: {text!r} has neither letters nor digits")
        authorities[folded(text)] = Authority(name, country)


def _country(text: str, where: str) -> str:
    try:
        return country_code(text)
    except Refused as error:
        raise Refused(f"{where}: {error}") from error


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Refused(f"{where}: a text that is not empty is needed")
    return value.strip()


def _texts(value: Any, where: str) -> list[str]:
    if not isinstance(value, list):
        raise Refused(f"{where}: a list of texts is needed")
    return [_text(item, where) for item in value]


def _table(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refused(f"{where}: a table is needed")
    return value


def _day(value: Any, path: Path) -> str:
    if isinstance(value, str):
        # Quotes about a day are easily typed. `fromisoformat` takes weeks and days without hyphens too.
        with suppress(ValueError):
            day = dt.date.fromisoformat(value)
            value = day if day.isoformat() == value else value
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise Refused(f"{path}: observed: a day is needed, such as 2021-03-01")
    return value.isoformat()
