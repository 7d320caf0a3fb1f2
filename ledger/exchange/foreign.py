"""JSON from elsewhere, read strictly: what a canonical line cannot carry is refused on the way in (DESIGN, section 3)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from ledger.errors import Refused

if TYPE_CHECKING:
    import json


@cache
def strict_decoder() -> json.JSONDecoder:
    """Return what reads JSON and raises `Refused` for what a canonical line cannot carry."""
    import json

    return json.JSONDecoder(object_pairs_hook=unique_members, parse_float=_no_number, parse_constant=_no_number)


def parse_json(text: bytes) -> Any:
    """Read foreign JSON strictly; raises `Refused` for what a canonical line cannot carry."""
    from json import JSONDecodeError

    try:
        return strict_decoder().decode(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Refused(f"not UTF-8 at byte {error.start + 1}") from error
    except RecursionError:
        raise Refused("nested too deep") from None
    except JSONDecodeError as error:
        raise Refused(f"not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from error
    except ValueError:
        raise Refused("a number has too many digits: write it as text") from None


def unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of an object; raises `Refused` where one stands twice."""
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused(f"{twice!r}: stands twice in one object")
    return members


def _no_number(text: str) -> Any:
    raise Refused(f"{text} is not a whole number: write it as text")
