"""The entries of the ledger: their fields, how they are stored, how they are read (DESIGN, section 2; names fixed)."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Annotated, Any, Final, get_args

import msgspec

from ledger.errors import Refused
from ledger.model.countries import WORLDWIDE, check_country
from ledger.model.quantities import Qualifier, Quantity, parse_quantity
from ledger.model.statuses import COURT_EVENTS

Words = Annotated[str, msgspec.Meta(min_length=1)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]

# The version of the format, in the first line of every ledger.
FORMAT: Final = 1
# What the program adds to an entry when it is written.
ENVELOPE: Final = ("seq", "prev", "recorded_at", "~")
# The fields that a ledger can keep private: no figure depends on what they say, beside which targets are the same.
# fmt: off
PRIVATE: Final = (
    "targets", "note", "sources", "documents", "reason", "grounds", "recorded_by", "requested_by", "addressed_to",
    "court", "case_number", "contact", "transmitted_via", "redress", "provision", "confidential_basis",
)
# fmt: on
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
    private: list[str] = []


class Withheld(msgspec.Struct, tag_field="kind", tag="withheld", kw_only=True):
    """A line that a published copy does not show: its number, the leaf hash of what stands there, how it counts."""

    seq: int
    leaf: Sha256
    record: dict[str, Any] | None = None


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
    stands_for: int = 1

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


class Alias(_Entry, tag="alias", kw_only=True):
    """That two names are one target: a rename, a slip of the pen, the number of an account and its name."""

    targets: list[str]
    platform: Words
    reason: Words

    @property
    def speaker(self) -> str:
        """Who states it: whoever keeps the ledger, unless it says otherwise."""
        return self.stated_by or ""


class Erasure(msgspec.Struct, tag_field="kind", tag="erasure", kw_only=True):
    """That what disclosed some private values was deleted: the digests of those values, and in which fields they stand.

    `of` is the entry that was named; the values of a target are gone wherever it stands.
    """

    of: int
    reason: Words
    erased: list[str]
    fields: list[str] = []
    recorded_by: str | None = None


Entry = Order | Response | FollowUp | Correction | Alias
Line = Genesis | Entry | Erasure | Withheld

_TYPES: Final[dict[str, type[Entry]]] = {
    "order": Order,
    "response": Response,
    "follow-up": FollowUp,
    "correction": Correction,
    "alias": Alias,
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
    "alias": (),
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


_NEEDED: Final = {
    "str": "a text",
    "bool": "true or false",
    "int": "a whole number",
    "array": "a list",
    "object": "a record",
    "null": "nothing",
}


def _plainly(message: str) -> str:
    """Say a validation error in the record's own words."""
    text, _, path = message.partition(" - at `$")
    field = path.strip("`").lstrip(".")
    if text.startswith("Object missing required field"):
        name = text.split("`")[1]
        return f"{field}.{name}: is missing" if field else f"{name}: is missing"
    if "enum value" in text:
        text = f"{text.split()[-1]} is none of {', '.join(get_args(Qualifier))}"
    elif "regex" in text:
        text = "64 lower-case hex digits are needed"
    elif "length >=" in text:
        text = "a text that is not empty is needed"
    else:
        found = re.match(r"Expected `([a-z]+)[^`]*`, got `([a-z]+)`", text)
        text = f"{_NEEDED.get(found[1], found[1])} is needed, not {_NEEDED.get(found[2], found[2])}" if found else text
    return f"{field}: {text}" if field else text


def amended(raw: Mapping[str, Any], corrections: list[Correction]) -> dict[str, Any]:
    """Return a record as its live corrections leave it, unknown fields too; a field set to null is taken away."""
    fields = dict(raw)
    for correction in corrections:
        fields.update(correction.set)
    return normalise(fields)
