"""The entries of the ledger, and what makes one admissible (DESIGN, section 2; field names fixed)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, MutableMapping
from typing import Annotated, Any, Final

import msgspec

from ledger.errors import Refused
from ledger.model.countries import WORLDWIDE, check_country
from ledger.model.moments import day_start, read_moment
from ledger.model.quantities import Quantity, check_quantity, parse_quantity
from ledger.model.statuses import (
    ACTIONS,
    COURT_EVENTS,
    DUTIES,
    EVENTS,
    MOVES,
    OWN_RULES,
    RELATIONS,
    SPEAKERS,
)
from ledger.model.targets import Target, parse_targets, platform_key

Words = Annotated[str, msgspec.Meta(min_length=1)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]

# Clocks differ by minutes, and days begin up to 14 hours before those of UTC; in microseconds.
_SLACK: Final = 5 * 60 * 1_000_000
_EARLIEST_ZONE: Final = 14 * 3600 * 1_000_000

# The version of the format, in the first line of every ledger.
FORMAT: Final = 1
# What the program adds to an entry when it is written.
ENVELOPE: Final = ("seq", "prev", "recorded_at", "~")
QUANTITIES: Final = ("specified", "count", "so_far")
FIXED_FIELDS: Final = frozenset({"id", "kind", "order", "of", *ENVELOPE})


class Document(msgspec.Struct, frozen=True):
    """A file that stays elsewhere, known by its name and SHA-256."""

    name: Words
    sha256: Sha256


class _Entry(msgspec.Struct, tag_field="kind", kw_only=True):
    stated_by: str | None = None
    at_kind: str | None = None
    sources: list[Words] = []
    documents: list[Document] = []
    recorded_by: str | None = None
    note: str | None = None


class Genesis(msgspec.Struct, tag_field="kind", tag="genesis", kw_only=True):
    """Line 0: the ledger's own facts."""

    version: int
    origin: str
    id: str
    created: str
    timezone: str


class Order(_Entry, tag="order", kw_only=True):
    """What an authority asked a platform to do."""

    authority: Words
    jurisdiction: Words
    platform: Words
    id: Words | None = None
    reference: Words | None = None
    basis: Words | None = None
    requires: list[str] = []
    grounds: list[Words] = []
    issued: str | None = None
    received: str | None = None
    due: str | None = None
    specified: Quantity | None = None
    specified_of: str | None = None
    targets: list[str] = []
    confidential: bool = False
    confidential_until: str | None = None
    confidential_basis: str | None = None
    emergency: bool = False
    relates_to: Words | None = None
    relation: str | None = None
    authority_type: str | None = None
    requested_by: str | None = None
    addressed_to: str | None = None
    court: str | None = None
    case_number: str | None = None
    provision: str | None = None
    service: str | None = None
    territorial_scope: str | list[str] | None = None
    language: str | None = None
    contact: str | None = None
    transmitted_via: str | None = None
    redress: str | None = None
    category: str | None = None
    keyword: str | None = None
    valid_until: str | None = None
    preserve_until: str | None = None
    reply_by: str | None = None

    @property
    def booked(self) -> str:
        """The moment it counts from: `received`, else `issued` (rule 1)."""
        return self.received or self.issued or ""

    @property
    def speaker(self) -> str:
        """Who states it; an order is the authority's word unless it says otherwise."""
        return self.stated_by or "authority"

    @property
    def informs(self) -> bool:
        """Whether it asks for information, and not for an act."""
        return self.requires == ["information"]


class Response(_Entry, tag="response", kw_only=True):
    """What the platform did, or said, about an order."""

    order: Words
    action: str
    at: str
    targets: list[str] = []
    all: bool = False
    count: Quantity | None = None
    so_far: Quantity | None = None
    countries: list[str] = []
    reason: str | None = None
    extra: bool = False
    anyway: bool = False

    @property
    def speaker(self) -> str:
        """Who states it: the platform unless it says otherwise."""
        return self.stated_by or "platform"


class FollowUp(_Entry, tag="follow-up", kw_only=True):
    """What the authority or a court did about its order afterwards."""

    order: Words
    event: str
    at: str
    targets: list[str] = []
    due: str | None = None

    @property
    def speaker(self) -> str:
        """Who states it: the court for a court's acts, else the authority."""
        return self.stated_by or ("court" if self.event in COURT_EVENTS else "authority")


class Correction(_Entry, tag="correction", kw_only=True):
    """A change to an earlier entry, which stays as it was written."""

    of: int
    reason: Words
    void: bool = False
    set: dict[str, Any] = {}


Entry = Order | Response | FollowUp | Correction
Line = Genesis | Entry

_TYPES: Final[dict[str, type[Entry]]] = {
    "order": Order,
    "response": Response,
    "follow-up": FollowUp,
    "correction": Correction,
}
_DATES: Final = {
    "order": (
        "received",
        "issued",
        "due",
        "reply_by",
        "valid_until",
        "preserve_until",
        "confidential_until",
    ),
    "response": ("at",),
    "follow-up": ("at", "due"),
    "correction": (),
}
KINDS: Final = tuple(_TYPES)

line_decoder: Final = msgspec.json.Decoder(Line)


def struct_of(kind: str) -> type[Entry]:
    """Return the struct of a kind of entry."""
    return _TYPES[kind]


def fields_of(kind: str) -> tuple[str, ...]:
    """Return the names of the fields that a kind of entry knows."""
    return _TYPES[kind].__struct_fields__


def date_fields(kind: str) -> tuple[str, ...]:
    """Return the names of the fields that hold a day or an instant."""
    return _DATES[kind]


def type_of(field: str) -> str:
    """Return what a field holds, in a word: flag, list, record or text."""
    if field in ("targets", "sources", "requires", "grounds", "countries", "documents"):
        return "list"
    if field in ("all", "confidential", "emergency", "extra", "anyway", "void"):
        return "flag"
    return "record" if field in (*QUANTITIES, "set", "territorial_scope") else "text"


def normalise(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record as it is stored: quantities as records, no nulls in known fields, codes in upper case.

    Raises `Refused` where a quantity or a country is none.
    """
    kind = raw.get("kind")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise Refused(f"kind: {kind!r} is none of {', '.join(_TYPES)}")
    known = fields_of(kind)
    entry = {name: value for name, value in raw.items() if value is not None or name not in known}
    _store(entry)
    if isinstance(entry.get("set"), dict):
        entry["set"] = dict(entry["set"])
        _store(entry["set"])
    return entry


def _store(entry: MutableMapping[str, Any]) -> None:
    """Put the words for quantities and countries into the form in which they are kept."""
    for name in QUANTITIES:
        value = entry.get(name)
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            try:
                quantity = parse_quantity(value)
            except Refused as error:
                raise Refused(f"{name}: {error}") from error
            entry[name] = {"n": quantity.n, "qualifier": quantity.qualifier, "words": quantity.words}
    if isinstance(entry.get("jurisdiction"), str):
        entry["jurisdiction"] = check_country(entry["jurisdiction"], "jurisdiction")
    countries = entry.get("countries")
    if isinstance(countries, list) and all(isinstance(code, str) for code in countries):
        entry["countries"] = [
            WORLDWIDE if code.strip().lower() == WORLDWIDE else check_country(code, "countries") for code in countries
        ]


def convert(raw: Mapping[str, Any]) -> Entry:
    """Read a normalised record into its struct; unknown fields are passed over.

    Raises `Refused` with the path of the field that does not fit.
    """
    try:
        entry: Entry = msgspec.convert(raw, _TYPES[raw["kind"]])
    except (msgspec.ValidationError, RecursionError) as error:
        raise Refused(_plainly(str(error))) from error
    return entry


def _plainly(message: str) -> str:
    """Say a validation error in the record's own words."""
    text, _, path = message.partition(" - at `$")
    names = {"Expected `str`": "a text is needed", "Expected `bool`": "true or false is needed"}
    field = path.strip("`").lstrip(".")
    if text.startswith("Object missing required field"):
        name = text.split("`")[1]
        return f"{field}.{name}: is missing" if field else f"{name}: is missing"
    for theirs, ours in names.items():
        text = text.replace(theirs, ours)
    text = text.replace("Expected `array`", "a list is needed").replace(
        "`str` of length >= 1", "a text that is not empty"
    )
    return f"{field}: {text}" if field else text


def check(entry: Entry, zone: str) -> list[Target]:
    """Hold one entry against the rules that need no other entry; return its targets.

    Raises `Refused` naming the field.
    """
    kind = entry.__struct_config__.tag
    for field in _DATES[str(kind)]:
        value = getattr(entry, field)
        if value is not None:
            try:
                read_moment(value, zone)
            except Refused as error:
                raise Refused(f"{field}: {error}") from error
    _one_of("stated_by", entry.stated_by, SPEAKERS)
    _one_of("at_kind", entry.at_kind, ("occurred", "observed-by"))
    if isinstance(entry, Order):
        return _check_order(entry)
    if isinstance(entry, Response):
        _check_response(entry)
    elif isinstance(entry, FollowUp):
        _one_of("event", entry.event, EVENTS)
        if entry.event == "deadline-extended" and not entry.due:
            raise Refused("due: a deadline that is extended needs its new date")
    else:
        _check_correction(entry)
    return []


def check_past(entry: Entry, now: str) -> None:
    """Refuse what is said to have happened after `now` (an instant in UTC); a day may be today's anywhere on Earth."""
    if isinstance(entry, Order):
        said = {"received": entry.received, "issued": entry.issued}
    else:
        said = {"at": getattr(entry, "at", None)}
    for field, text in said.items():
        if text is None or text[:10] < now[:10]:
            continue
        moment = read_moment(text, "UTC")
        limit = read_moment(now, "UTC")
        latest = (limit.at or 0) + (_SLACK if moment.at is not None else _EARLIEST_ZONE)
        begins = moment.at if moment.at is not None else day_start(moment.day, "UTC")
        if begins > latest:
            raise Refused(f"{field}: {text} lies in the future (it is {now}): record what has happened, when it has")


def _one_of(field: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise Refused(f"{field}: {value!r} is none of {', '.join(known)}")


def _check_said(field: str, value: str) -> None:
    """Refuse a text in which nothing can be seen."""
    if not any(unicodedata.category(char) not in ("Cc", "Cf", "Zs", "Zl", "Zp") for char in value):
        raise Refused(f"{field}: is empty: say what it is")


def _check_amount(field: str, quantity: Quantity) -> None:
    try:
        check_quantity(quantity)
    except Refused as error:
        raise Refused(f"{field}: {error}") from error


def _check_order(order: Order) -> list[Target]:
    _check_said("authority", order.authority)
    if not order.booked:
        raise Refused("received: an order needs the day it was received, or issued")
    if order.id is not None and (order.id != order.id.strip() or not order.id.isprintable()):
        raise Refused(f"id: {order.id!r} must be printable and without white space at its ends")
    if order.id is not None and order.id.isdecimal():
        raise Refused(f"id: {order.id!r} would read as the number of an entry: add a letter")
    check_country(order.jurisdiction, "jurisdiction")
    for duty in order.requires:
        _one_of("requires", duty, DUTIES)
    if "information" in order.requires and not order.informs:
        raise Refused("requires: information stands alone: record the demand for information as an order of its own")
    _one_of("relation", order.relation, RELATIONS)
    if order.relation and not order.relates_to:
        raise Refused("relates_to: a relation needs the id of the order that it relates to")
    targets = parse_targets(order.targets, platform_key(order.platform))
    of = counted_kind(order, targets)
    if not of.replace("-", "").isalnum() or of != of.lower() or of == "all":
        raise Refused(f"specified_of: {of!r} is not a kind of target, such as account, post, url, hashtag or any")
    if order.specified is not None:
        _check_amount("specified", order.specified)
        kinds = [target.kind for target in targets]
        names = len(kinds) if of == "any" else kinds.count(of)
        if order.specified.qualifier == "exact" and names > order.specified.n:
            raise Refused(
                f"specified: {order.specified.words or order.specified.n} {of}s are specified but {names} are named: "
                "mend the amount or the list"
            )
    return targets


def counted_kind(order: Order, targets: list[Target]) -> str:
    """Return the kind of target that the order's amount counts (rule 1)."""
    if order.specified_of:
        return order.specified_of
    kinds = {target.kind for target in targets}
    return kinds.pop() if len(kinds) == 1 else "account"


def _check_response(response: Response) -> None:
    if response.action == "pending":
        raise Refused("action: pending is where an order starts; no response moves a target there")
    _one_of("action", response.action, ACTIONS)
    amounts = [name for name in ("all", "count", "so_far") if getattr(response, name)]
    if len(amounts) > 1:
        raise Refused(f"{amounts[0]}: say either all, a count or a level so far, not {' and '.join(amounts)}")
    for name in ("count", "so_far"):
        if getattr(response, name) is not None:
            _check_amount(name, getattr(response, name))
    if response.action in MOVES:
        if response.all and response.targets:
            raise Refused("targets: all are meant already: name targets, or say all")
        if not amounts and not response.targets:
            raise Refused("targets: say which: name targets, or give --all, --count or --so-far")
        if response.action in OWN_RULES and amounts:
            raise Refused(f"{amounts[0]}: {response.action} is the platform's own rules and moves only by name")


def _check_correction(correction: Correction) -> None:
    _check_said("reason", correction.reason)
    if correction.void == bool(correction.set):
        raise Refused("set: a correction either voids an entry or sets some of its fields")
    for field in correction.set:
        if field in FIXED_FIELDS:
            raise Refused(f"set: {field} cannot be amended: void the entry and record it anew")


def amended(raw: Mapping[str, Any], corrections: list[Correction]) -> dict[str, Any]:
    """Return a record as its live corrections leave it, unknown fields too; a field set to null is taken away."""
    fields = dict(raw)
    for correction in corrections:
        fields.update(correction.set)
    return normalise(fields)
