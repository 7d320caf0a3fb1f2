"""The columns of exported tables: their names, types and what they mean, in the order in which rows hold them.

Types and constraints are those of Table Schema (https://specs.frictionlessdata.io/table-schema/).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, get_args

from ledger.model.quantities import Qualifier
from ledger.model.statuses import SPEAKERS, STATUSES


class Column(NamedTuple):
    """A column: its name, its type, what it holds, what its values are held against."""

    name: str
    type: str
    description: str
    constraints: Mapping[str, Any] = {}


class Table(NamedTuple):
    """A sort of export: its name, what one row is, its columns, and those that together tell a row from all others.

    `varies` is the place of the column in which the rows that are given together differ, None where each is given alone.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    varies: int | None


_NEEDED: Final = {"required": True}
_AMOUNT: Final = {"required": True, "minimum": 0}
_QUALIFIER: Final = {"required": True, "enum": list(get_args(Qualifier))}
_STATUS: Final = {"enum": list(STATUSES)}
_SPEAKER: Final = {"enum": list(SPEAKERS)}
_ASKS: Final = {"required": True, "enum": ["act", "information"]}
# A day, or an instant with its offset.
_MOMENT: Final = {"pattern": "[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2}))?"}
_AT_KIND: Final = {"enum": ["occurred", "observed-by"]}

_ORDER: Final = Column("order", "string", "The id of the order.", _NEEDED)
_FRAME: Final = (
    Column("authority", "string", "Who ordered it, as recorded.", _NEEDED),
    Column(
        "jurisdiction", "string", "ISO 3166-1 alpha-2 code of where it was ordered, or EU, or XK for Kosovo.", _NEEDED
    ),
    Column("platform", "string", "The platform's one name; `twitter` stands for X too.", _NEEDED),
    Column("basis", "string", "The legal basis."),
    Column("asks", "string", "`act`, or `information` alone; the two are never added up.", _ASKS),
    Column("confidential", "boolean", "Whether the order is confidential.", _NEEDED),
)
_TARGET: Final = (
    Column("kind", "string", "The kind of target that reports count it under; `any` where the order counts any.", _NEEDED),
    Column("target_kind", "string", "The kind of the target that is named; empty where none is."),
    Column(
        "target",
        "string",
        "The target's canonical name, without @ or #; empty for targets that nobody named. Together with platform and "
        "target_kind it says which target it is.",
    ),
)  # fmt: skip
_PLACE: Final = (
    Column("countries", "string", "Where the status holds: country codes, or `worldwide`; empty where it is not stated."),
    Column("lifted_in", "string", "Countries in which a worldwide restriction was lifted."),
)  # fmt: skip

POSTINGS: Final = Table(
    "postings",
    "Quantities of targets that moved from one status to another, a row for each named target",
    (
        _ORDER,
        Column("posting", "integer", "The number of the posting under its order, by time.", {"required": True, "minimum": 1}),
        Column("seq", "integer", "The number of the entry in the ledger that says so.", {"required": True, "minimum": 1}),
        Column("day", "date", "The day that it counts on, in the ledger's reporting zone.", _NEEDED),
        Column("at", "string", "The day or instant as recorded.", _NEEDED | _MOMENT),
        Column("at_kind", "string", "Whether it happened then, or was observed by then.", _NEEDED | _AT_KIND),
        *_TARGET,
        Column("from", "string", "The status before; empty where the order puts targets into the ledger.", _STATUS),
        Column("to", "string", "The status after.", _NEEDED | _STATUS),
        Column("n", "integer", "How many moved to another status; 0 where they were only named, or countries changed.", _AMOUNT),
        Column("qualifier", "string", "How exact the number is of the posting that the row is a part of.", _QUALIFIER),
        Column("units", "integer", "How many targets the row is about, whether they moved or not.", _AMOUNT),
        Column("units_qualifier", "string", "How exact that number is.", _QUALIFIER),
        Column("countries_before", "string", "Where the status before held."),
        Column("lifted_in_before", "string", "Where a worldwide restriction was lifted before."),
        *_PLACE,
        Column("stated_by", "string", "Who states it.", _NEEDED | _SPEAKER),
        Column("received_in_period", "boolean", "Whether the order was received in the period of the export.", _NEEDED),
        *_FRAME,
    ),
    ("order", "posting", "target_kind", "target"),
    8,
)  # fmt: skip

TARGETS: Final = Table(
    "targets",
    "Targets under each order as they stood at the end of the period; those without a name in one row for each place",
    (
        _ORDER,
        *_TARGET,
        Column(
            "one_with", "string", "The first of the names that are said to be one target with it; empty where none are."
        ),
        Column("n", "integer", "How many: 1 for a named target; 0 where an order only repeats another.", _AMOUNT),
        Column("qualifier", "string", "How exact that is.", _QUALIFIER),
        Column("first_status", "string", "The status in which it was first named.", _STATUS),
        Column("first_day", "date", "The day on which it was first named."),
        Column("status", "string", "The status at the end; empty where an order only repeats another.", _STATUS),
        Column("since", "date", "The day since which it stands in that status; empty for those without a name."),
        *_PLACE,
        Column("seq", "integer", "The entry that says so last.", {"minimum": 1}),
        Column("stated_by", "string", "Who states it.", _SPEAKER),
        Column("demanded", "boolean", "Whether the order still asks for it.", _NEEDED),
        *_FRAME,
    ),
    ("order", "kind", "target_kind", "target", "status", "countries", "lifted_in"),
    3,
)

# Fields of an order that are exported as they are, with what they hold.
_FIELDS: Final = {
    "reference": "The authority's own reference.",
    "authority_type": "Executive, court, police or regulator.",
    "provision": "The provision cited.",
    "requires": "What it demands; several are joined by semicolons.",
    "grounds": "The authority's allegation, not a finding.",
    "relation": "How it relates to another order.",
    "relates_to": "The order that it relates to.",
    "issued": "When it was issued.",
    "received": "When it was received.",
    "due": "Its own deadline, as first set.",
    "reply_by": "When a reply was due.",
    "valid_until": "Until when it holds.",
    "preserve_until": "Until when data are to be kept.",
    "requested_by": "Who asked the authority for it.",
    "addressed_to": "Whom it addresses.",
    "court": "The court.",
    "case_number": "The court's number of the case.",
    "service": "The service that it is about.",
    "territorial_scope": "Where it says that it holds.",
    "language": "The language that it is written in.",
    "contact": "Whom to contact.",
    "transmitted_via": "How it reached the platform.",
    "redress": "The redress that it names.",
    "category": "Category of the DSA templates.",
    "keyword": "Keyword of the DSA templates.",
    "confidential_until": "Until when it is confidential.",
    "confidential_basis": "The rule that makes it confidential.",
    "specified_of": "The kind of target that its amount is said to count.",
    "stated_by": "Who states the order.",
    "at_kind": "Whether it happened then, or was observed by then.",
    "recorded_by": "Who recorded it.",
    "note": "Free text.",
}
FIELDS: Final = tuple(_FIELDS)
_MOMENTS: Final = frozenset(
    ("issued", "received", "due", "reply_by", "valid_until", "preserve_until", "confidential_until")
)
# When something first happened under an order, as `Times` of `exported` gives it.
TIMES: Final = {
    "acknowledged": "When its receipt was first acknowledged",
    "first_effect": "When a target was first acted on",
    "settled": "When its last open target was settled; empty while any is open",
}


def _field(name: str) -> Column:
    return Column(name, "string", _FIELDS[name], _MOMENT if name in _MOMENTS else {})


def _quantity(name: str, description: str) -> tuple[Column, Column]:
    return (
        Column(name, "integer", description, {"required": True}),
        Column(f"{name}_qualifier", "string", f"How exact `{name}` is.", _QUALIFIER),
    )


ORDERS: Final = Table(
    "orders",
    "Orders as they stood at the end of the period",
    (
        _ORDER,
        Column("seq", "integer", "The number of its entry in the ledger.", {"required": True, "minimum": 1}),
        Column("day", "date", "The day that it counts from, in the ledger's reporting zone.", _NEEDED),
        *_FRAME,
        Column("emergency", "boolean", "Whether it is said to be urgent.", _NEEDED),
        *map(_field, FIELDS),
        Column("sources", "string", "Where it is published; several are joined by semicolons."),
        Column("documents", "string", "Names and SHA-256 of files that bear it out."),
        Column("counts", "string", "The kind of target that its amount counts.", _NEEDED),
        Column("stated", "string", "Its amount in the words used; empty where it states none."),
        Column("orders", "integer", "How many orders it stands for.", _AMOUNT),
        *_quantity("specified", "Targets that were ordered, of the kind that is exported."),
        Column("named", "integer", "How many of them are named.", _AMOUNT),
        *(column for status in STATUSES for column in _quantity(status, f"How many stood {status} at the end.")),
        *_quantity("restricted", "How many stood withheld, blocked, removed or demoted at the end."),
        *_quantity("not_restricted", "Specified less restricted."),
        Column("open", "boolean", "Whether anything was still open at the end.", _NEEDED),
        Column("demanded", "boolean", "Whether the order still held at the end.", _NEEDED),
        Column("due_at_end", "string", "Its own deadline as extended until the end.", _MOMENT),
        *(
            column
            for name, description in TIMES.items()
            for column in (
                Column(name, "string", f"{description}.", _MOMENT),
                Column(f"{name}_at_kind", "string", "Whether that happened then, or was observed by then.", _AT_KIND),
            )
        ),
        Column("entries", "integer", "How many entries until the end say what became of it.", _AMOUNT),
    ),
    ("order",),
    None,
)  # fmt: skip

TABLES: Final = {table.name: table for table in (POSTINGS, TARGETS, ORDERS)}
