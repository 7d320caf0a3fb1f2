"""What a notice of the Lumen database says of an order, member by member; `Unfit` is raised for what cannot be booked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from ledger.errors import Refused
from ledger.exchange.members import Unfit, list_of, text_of, texts_of
from ledger.exchange.notices.authorities import Naming, folded
from ledger.exchange.notices.lumen_works import Works, parse_works
from ledger.exchange.tables.countries import country_code
from ledger.model.moments import read_moment, zone_info
from ledger.model.quantities import Quantity
from ledger.model.targets import parse_target, platform_key

UNNAMED_COURT: Final = "court not named in the notice"
# Types name the URLs of a work differently.
_URLS: Final = ("infringing_urls", "targetted_urls", "urls_in_request", "infringing_urls_attributes")
_QUOTED: Final = ("title", "subject", "body", "explanation", "request_type")
_LISTED: Final = ("topics", "tags", "tag_list")
_LONGEST: Final = 50_000
_HIDDEN: Final = re.compile(r"(\S+) - ([0-9]{1,9}) URLs?", re.IGNORECASE)
# Whose accounts, posts and hashtags are known by their URLs.
_PLATFORMS: Final = ("twitter", "instagram", "youtube", "tiktok")
_DOMAIN: Final = re.compile(r"[^\s/:@]+\.[^\s/:@.]+")


class Named(NamedTuple):
    """What an order is about: targets in full, how many more there are, remarks.

    `stated` is the amount that a notice of our own states, `kind` what it counts.
    """

    targets: list[str]
    hidden: int
    remarks: list[str]
    stated: Quantity | None = None
    kind: str = ""


def authority_of(notice: Mapping[str, Any], kind: str, naming: Naming) -> tuple[str, str | None]:
    """Return who ordered it, and on whose behalf."""
    sender, principal = name_of(notice, "sender"), name_of(notice, "principal")
    if kind == "CourtOrder":
        court = name_of(notice, "issuing_court")
        party = principal if principal and principal != court else sender
        if court is None and sender and naming.authority_of(sender):
            court, party = sender, principal if principal != sender else None
        return court or UNNAMED_COURT, party if party != court else None
    authority = sender or principal or naming.authority
    if authority is None:
        raise Unfit("sender_name", None, 'names no authority: give --map a file that says authority = "…"')
    return authority, principal if principal != authority else None


def jurisdiction_of(notice: Mapping[str, Any], country: str | None, naming: Naming) -> tuple[str, list[str]]:
    """Return the country, and what to say about the others that the notice names."""
    texts = [*texts_of(notice, "jurisdictions"), *texts_of(notice, "jurisdiction_list")]
    codes: dict[str, None] = {}
    for text in texts:
        try:
            codes[country_code(text)] = None
        except Refused as error:
            raise Unfit("jurisdictions", text, str(error)) from None
    if len(codes) == 1:
        return next(iter(codes)), []
    if codes and country in codes:
        return country, [f"Lumen names several jurisdictions: {', '.join(codes)}."]
    if codes:
        raise Unfit(
            "jurisdictions", ", ".join(codes),
            "an order is of one country: give --map a file that says the country of this authority",
        )  # fmt: skip
    code = country or naming.jurisdiction
    if code is None:
        raise Unfit("jurisdictions", None, 'names no country: give --map a file that says jurisdiction = "…"')
    return code, []


def named_of(notice: Mapping[str, Any], platform: str) -> Named:
    """Return what all works of a notice to a platform name; one that was exported by us says what has no URL too."""
    urls: list[str] = []
    hidden: dict[str, int] = {}
    described: list[str] = []
    for member in ("works", "works_attributes"):
        for place, work in enumerate(list_of(notice, member, member)):
            path = f"{member}[{place}]"
            if not isinstance(work, Mapping):
                raise Unfit(path, work, "is no work: an object is needed")
            described += [
                text
                for key in ("description", "subject_of_court_order", "subject_of_enforcement_request")
                if (text := text_of(work, key, path))
            ]
            for key in _URLS:
                for spot, item in enumerate(list_of(work, key, f"{path}.{key}")):
                    _take_url(item, f"{path}.{key}[{spot}]", urls, hidden)
    try:
        key = platform_key(platform)
    except Refused as error:
        raise Unfit("recipient_name", platform, str(error)) from None
    own = (parse_works(described[0]) if len(described) == 1 else None) or Works(None, "", [])
    for text in (*urls, *own.names):
        try:
            target = parse_target(text, key)
        except Refused as error:
            raise Unfit("works", text, str(error)) from None
        if own.amount is not None and target.kind == "url" != own.kind and (other := _platform_of(text, own.kind)):
            raise Unfit(
                "recipient_name", platform,
                f"the notice counts targets of the kind {own.kind}, and {text} is one on {other} alone: give --map a file "
                f"that says [platforms] {other} = [{json.dumps(platform)}]",
            )  # fmt: skip
    remarks = [f"Works: {_cut(text)}" for text in dict.fromkeys(described)]
    if hidden:
        said = ", ".join(f"{domain} ({count:,})" for domain, count in hidden.items())
        remarks.append(f"URLs that Lumen does not show: {said}.")
    return Named(list(dict.fromkeys((*urls, *own.names))), sum(hidden.values()), remarks, own.amount, own.kind)


def _platform_of(url: str, kind: str) -> str | None:
    """Return the platform on which a URL is a target of a kind."""
    for platform in _PLATFORMS:
        with suppress(Refused):
            if parse_target(url, platform).kind == kind:
                return platform
    return None


def _take_url(item: Any, path: str, urls: list[str], hidden: dict[str, int]) -> None:
    """Put what stands for one URL, or for several that are not shown, where it belongs."""
    if isinstance(item, Mapping) and isinstance(item.get("domain"), str):
        count = item.get("count")
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise Unfit(f"{path}.count", count, "is no number of URLs")
        hidden[item["domain"]] = hidden.get(item["domain"], 0) + count
        return
    text = item.get("url") if isinstance(item, Mapping) else item
    if not isinstance(text, str):
        raise Unfit(f"{path}.url", text, "is no URL: a text is needed")
    text = text.strip()
    match = _HIDDEN.fullmatch(text)
    if match:
        hidden[match[1]] = hidden.get(match[1], 0) + int(match[2])
    elif folded(text) in ("nourlsubmitted", "redacted", ""):
        if text.casefold() != "no url submitted":
            hidden["not shown"] = hidden.get("not shown", 0) + 1
    elif _DOMAIN.fullmatch(text):
        # Whoever may not see whole URLs is shown their domain.
        hidden[text] = hidden.get(text, 0) + 1
    elif "://" not in text:
        raise Unfit(f"{path}.url", text, "is no whole URL: https://… is needed")
    else:
        urls.append(text)


def quotations_of(notice: Mapping[str, Any]) -> list[str]:
    """Return what is quoted as it stands, a line each."""
    found = [
        f"{member.replace('_', ' ').capitalize()}: {_cut(text)}"
        for member in _QUOTED
        if (text := text_of(notice, member))
    ]
    found += [
        f"{member.partition('_')[0].capitalize()}: {_cut(', '.join(texts))}"
        for member in _LISTED
        if (texts := texts_of(notice, member))
    ]
    return found


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"(has {len(text):,} characters, see the source)"


def name_of(notice: Mapping[str, Any], role: str) -> str | None:
    """Return who has a role; None where nobody is named, or the name is blacked out."""
    found = text_of(notice, f"{role}_name")
    for place, item in enumerate(list_of(notice, "entity_notice_roles_attributes", "entity_notice_roles_attributes")):
        entity = item.get("entity_attributes") if isinstance(item, Mapping) else None
        if not isinstance(entity, Mapping):
            raise Unfit(f"entity_notice_roles_attributes[{place}]", item, "is no role of somebody")
        if item.get("name") == role:
            found = found or text_of(entity, "name", f"entity_notice_roles_attributes[{place}].entity_attributes")
    return None if found is None or folded(found) in ("redacted", "private", "") else found


def date_of(notice: Mapping[str, Any], member: str) -> str | None:
    """Return a date as far as it is known: the form in which notices are handed in asks for days."""
    text = text_of(notice, member)
    if text is None:
        return None
    try:
        moment = read_moment(text, "UTC")
    except Refused as error:
        raise Unfit(member, text, str(error)) from None
    if moment.at is None:
        return text
    instant = datetime.fromtimestamp(moment.at / 1_000_000, UTC)
    for zone in ("UTC", "America/New_York"):
        local = instant.astimezone(zone_info(zone))
        if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0):
            return local.date().isoformat()
    return text
