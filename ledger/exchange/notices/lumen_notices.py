"""Notices of the Lumen database as entries (https://github.com/berkmancenter/lumendatabase/wiki/Lumen-API-Documentation).

A file holds `{"notice": {…}}`, `{"notices": […]}`, or a notice under its type (`{"court_order": {…}}`); a list of these,
or several one after the other. A notice is read as the API gives it and as it takes it (`works_attributes`). Of its types
`GovernmentRequest`, `LawEnforcementRequest` and `CourtOrder` are orders; all others are refused.

| Lumen | booked as |
|---|---|
| `id` | `lumen-ID`, and the notice's address as the source |
| `date_received`, `date_sent` | `received`, `issued`; midnight in UTC or in New York is a day, for the form asks for no more |
| `sender_name`; the issuing court of a court order | `authority`; a court that is not named is not replaced by a party |
| `principal_name` | `requested_by` |
| `recipient_name` | `platform` |
| `jurisdictions` | `jurisdiction`, if they are one |
| URLs of `works` | `targets`; `example.com - 3 URLs` is an amount without names |
| a description of `works` as `lumen_works` writes it | the amount, and the targets that have no URL |
| `request_type` that demands data, or the tag `information` | `requires`: information |
| `action_taken` | a `statement`; moves targets only where a day is known by which it was so (`observed`) |
| the rest | quoted in the note |
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import IO, Any, Final

from ledger.errors import Refused
from ledger.exchange.foreign import unique_members
from ledger.exchange.json_text import JsonText, Place
from ledger.exchange.members import Unfit, text_of, texts_of
from ledger.exchange.notices.authorities import Naming
from ledger.exchange.notices.lumen_fields import (
    authority_of,
    date_of,
    jurisdiction_of,
    name_of,
    named_of,
    quotations_of,
)
from ledger.model.incoming import Incoming
from ledger.model.targets import parse_targets, platform_key

ADDRESS: Final = "https://lumendatabase.org/notices/{}"
_ORDERS: Final = {"GovernmentRequest": None, "LawEnforcementRequest": "police", "CourtOrder": "court"}
# The keys under which one notice stands, and the type that a key says.
_KEYS: Final = {
    "notice": None,
    "government_request": "GovernmentRequest",
    "law_enforcement_request": "LawEnforcementRequest",
    "court_order": "CourtOrder",
    "dmca": "DMCA",
    "counternotice": "Counternotice",
    "counterfeit": "Counterfeit",
    "trademark": "Trademark",
    "defamation": "Defamation",
    "private_information": "PrivateInformation",
    "data_protection": "DataProtection",
    "local_law": "LocalLaw",
    "other": "Other",
    "rescinded_notice": "rescinded",
}
_LAWS: Final = ("laws_referenced", "regulations", "regulation_list")
_DEMANDS: Final = ("Subpoena", "Civil Subpoena", "Warrant")
_NO_LESS: Final = ("exact", "at-least")
_ACTIONS: Final = ("Yes", "No", "Partial", "Unspecified")


def lumen_entries(name: str, stream: IO[bytes], naming: Naming) -> Iterator[Incoming]:
    """Give an order for each notice, and what its platform did as far as it is said; the rest as problems."""
    count = 0
    text = JsonText(stream, json.JSONDecoder(object_pairs_hook=unique_members, parse_float=str, parse_constant=str))
    try:
        while not text.at_end():
            for place, notice, kind, problem in _notices(text):
                count += 1
                yield from _entries(name, place, notice, kind, problem, naming)
    except Refused as error:
        yield Incoming(name, None, problem=str(error), file=name, rows=0)
        return
    if not count:
        yield Incoming(name, None, problem="holds no notices", file=name, rows=0)


def _notices(text: JsonText, *, outermost: bool = True) -> Iterator[tuple[Place, Any, str | None, str]]:
    """Give each notice of one text: its place, itself, the type that its key says, and why it cannot be read."""
    if outermost and text.opens("["):
        for _ in text.items():
            yield from _notices(text, outermost=False)
        return
    start = text.place()
    if not text.opens("{"):
        yield start, *_typed(text, None)
        return
    own: dict[str, Any] = {}
    wrapped, spoiled = False, ""
    for key, _ in text.members():
        if key in _KEYS and (text.opens("{") or key == "notice"):
            wrapped = True
            place = text.place()
            yield place, *_typed(text, _KEYS[key])
        elif key == "notices" and text.opens("["):
            wrapped = True
            for place in text.items():
                yield place, *_typed(text, None)
        else:
            twice = f"{key!r}: stands twice in one object" if key in own else ""
            own[key], problem = text.value()
            spoiled = spoiled or twice or problem
    if not wrapped:
        yield start, own, None, spoiled


def _typed(text: JsonText, kind: str | None) -> tuple[Any, str | None, str]:
    value, problem = text.value()
    return value, kind, problem


def _entries(
    name: str, place: Place, notice: Any, kind: str | None, problem: str, naming: Naming
) -> Iterator[Incoming]:
    called = _called(notice)
    where = f"{name}, {place}" + (f", {called}" if called else "")
    try:
        records = _records(notice, kind, problem, naming)
    except Unfit as error:
        column, value = error.column, "" if error.value is None else str(error.value)[:1_000]
        reason = (f"{column}: " if column else "") + error.reason
        found = Incoming(where, None, problem=reason, file=name, line=place.line, column=column, value=value)
        yield found._replace(part=called)
        return
    bundle = f"{name} {place}" if len(records) > 1 else ""
    for number, record in enumerate(records):
        found = Incoming(where, record, name, file=name, line=place.line, bundle=bundle, rows=int(number == 0))
        yield found._replace(part=called)


def _called(notice: Any) -> str:
    number = notice.get("id") if isinstance(notice, Mapping) else None
    return f"notice {number}" if isinstance(number, int | str) else ""


def _records(notice: Any, kind: str | None, problem: str, naming: Naming) -> list[dict[str, Any]]:
    if problem:
        raise Unfit("", None, problem)
    if not isinstance(notice, Mapping):
        raise Unfit("", notice, 'is no notice: {"notice": {…}} or {"notices": […]} is needed')
    order = _order(notice, kind, naming)
    return [order, *_answer(notice, order, naming)]


def _order(notice: Mapping[str, Any], kind: str | None, naming: Naming) -> dict[str, Any]:
    kind = text_of(notice, "type") or kind or ""
    if kind not in _ORDERS:
        raise Unfit("type", kind, f"{kind or 'none'} is no order of a government, of a court or of the police")
    number = notice.get("id")
    if number is None:
        # The form in which notices are handed in has none.
        # What was done changes with time, and the order is the same.
        kept = {member: value for member, value in notice.items() if member != "action_taken"}
        canonical = json.dumps(kept, sort_keys=True, ensure_ascii=True)
        number = hashlib.sha256(canonical.encode()).hexdigest()[:16]
        sources = []
    elif isinstance(number, bool) or not re.fullmatch("[0-9]{1,18}", str(number)):
        raise Unfit("id", number, "is no number of a notice")
    else:
        sources = [ADDRESS.format(number)]
    platform = name_of(notice, "recipient") or naming.platform
    if platform is None:
        raise Unfit("recipient_name", None, 'names no platform: give --map a file that says platform = "…"')
    platform = naming.platform_of(platform)
    authority, requested_by = authority_of(notice, kind, naming)
    known = naming.authority_of(authority)
    authority = known.name if known else authority
    jurisdiction, beside = jurisdiction_of(notice, known.country if known else None, naming)
    named = named_of(notice, platform)
    received, issued = (date_of(notice, member) for member in ("date_received", "date_sent"))
    if not received and not issued:
        raise Unfit("date_received", None, "neither date_received nor date_sent is stated")
    laws = [law for member in _LAWS for law in texts_of(notice, member)]
    order: dict[str, Any] = {
        "kind": "order",
        "id": f"lumen-{number}",
        "authority": authority,
        "jurisdiction": jurisdiction,
        "platform": platform,
        "authority_type": _ORDERS[kind],
        "requested_by": requested_by,
        "basis": "; ".join(dict.fromkeys(laws)) or None,
        "requires": ["information"] if _informs(notice) else None,
        "issued": issued,
        "received": received,
        "targets": named.targets or None,
        "language": text_of(notice, "language"),
        "sources": sources or None,
        "note": "\n".join([*beside, *named.remarks, *quotations_of(notice)]) or None,
    }
    if named.stated is not None and named.hidden:
        # Whether what is not shown is part of the stated amount is not known.
        least = max(named.stated.n if named.stated.qualifier in _NO_LESS else 0, named.hidden + len(named.targets))
        order |= {"specified": f"{least}+", "specified_of": "any"}
    elif named.stated is not None:
        order |= {"specified": named.stated.words, "specified_of": named.kind}
    elif named.hidden:
        # Names of other kinds (a known platform's URL is an account or a post) come on top of the amount.
        whole = sum(target.kind == "url" for target in parse_targets(named.targets, platform_key(platform)))
        order |= {"specified": named.hidden + whole, "specified_of": "url"}
    elif not named.targets and not order["requires"]:
        order |= {"specified": "some", "specified_of": "url"}
    return {member: value for member, value in order.items() if value is not None}


def _tags(notice: Mapping[str, Any]) -> list[str]:
    return [tag.casefold() for member in ("tags", "tag_list") for tag in texts_of(notice, member)]


def _informs(notice: Mapping[str, Any]) -> bool:
    """Tell whether it asks for information: its form has a word for that, and our own notices a tag."""
    return text_of(notice, "request_type") in _DEMANDS or "information" in _tags(notice)


def _answer(notice: Mapping[str, Any], order: Mapping[str, Any], naming: Naming) -> list[dict[str, Any]]:
    """Return what the platform did, or what is said of it; nothing where nothing is said."""
    said = text_of(notice, "action_taken")
    if not said or said == "Unspecified":
        return []
    if said not in _ACTIONS:
        raise Unfit("action_taken", said, f"is none of {', '.join(_ACTIONS)}")
    response = {"kind": "response", "order": order["id"], "sources": order.get("sources")}
    preserve = text_of(notice, "request_type") == "Records Preservation"
    if naming.observed and said != "Partial" and not preserve:
        action = "refused" if said == "No" else "provided" if order.get("requires") else "blocked"
        note = f'Lumen: action_taken "{said}", without a date: it was so by this day.'
        response |= {"action": action, "all": True, "at": naming.observed, "at_kind": "observed-by", "note": note}
    elif naming.observed:
        note = f'Lumen: action_taken "{said}", without a date or an amount.'
        response |= {"action": "statement", "at": naming.observed, "at_kind": "observed-by", "note": note}
    else:
        note = f'Lumen: action_taken "{said}", without a date: the one that stands here is that of the notice.'
        response |= {"action": "statement", "at": order.get("received") or order["issued"], "note": note}
    return [{member: value for member, value in response.items() if value is not None}]
