"""Orders as notices for the Lumen database: JSON Lines, each line the body of one `POST /notices` to its API.

    {"notice": {"type": "GovernmentRequest", "title": …, "date_received": …, "jurisdiction_list": "IN",
     "action_taken": "Partial", "works_attributes": [{"description": …, "infringing_urls_attributes": [{"url": …}]}],
     "entity_notice_roles_attributes": [{"name": "sender", "entity_attributes": {"name": …, "kind": "organization"}}]}}

Members and their values are those that Lumen's API takes (https://github.com/berkmancenter/lumendatabase/wiki). Whoever
sends them adds the token; the submitter is whose token it is. Lumen knows targets by their URLs: one that has none, or
whose URL would read back as another target, stands in the description (`lumen_works`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from ledger.errors import Refused
from ledger.exchange.notices.lumen_works import format_works
from ledger.model.entries import Order
from ledger.model.postings import Fold
from ledger.model.statuses import INFORMATION, LIFTED, OPEN, OWN_RULES, RESTRICTED
from ledger.model.targets import parse_target, parse_targets

_TYPES: Final = {"court": "CourtOrder", "police": "LawEnforcementRequest"}
_OTHERWISE: Final = "GovernmentRequest"
# Where a platform's accounts, posts and hashtags stand.
_ADDRESSES: Final = {
    ("twitter", "account"): "https://twitter.com/{}",
    ("twitter", "post"): "https://twitter.com/i/web/status/{}",
    ("twitter", "hashtag"): "https://twitter.com/hashtag/{}",
    ("instagram", "account"): "https://www.instagram.com/{}/",
    ("instagram", "post"): "https://www.instagram.com/p/{}/",
    ("youtube", "account"): "https://www.youtube.com/@{}",
    ("youtube", "channel"): "https://www.youtube.com/channel/{}",
    ("youtube", "post"): "https://www.youtube.com/watch?v={}",
    ("tiktok", "account"): "https://www.tiktok.com/@{}",
}
# Where Lumen lets a subject end.
_LONGEST_SUBJECT: Final = 255


def notice_line(fold: Fold, order_id: str) -> str:
    """Return the notice of one order as a line of JSON in ASCII, with its end."""
    return json.dumps({"notice": notice(fold, order_id)}, ensure_ascii=True, separators=(",", ":")) + "\n"


def notice(fold: Fold, order_id: str) -> dict[str, Any]:
    """Return the notice of one order as it stood when its fold ends; what the order does not state is left out."""
    order = fold.order
    name = order.reference or order_id
    subject = "; ".join(order.grounds)
    found: dict[str, Any] = {
        "type": _TYPES.get(order.authority_type or "", _OTHERWISE),
        "title": f"{order.authority}: {name}",
        "subject": subject if len(subject) <= _LONGEST_SUBJECT else subject[: _LONGEST_SUBJECT - 1] + "…",
        "body": subject if len(subject) > _LONGEST_SUBJECT else None,
        "date_sent": order.issued,
        "date_received": order.received,
        "source": order.transmitted_via,
        "language": order.language,
        "jurisdiction_list": order.jurisdiction,
        "regulation_list": ", ".join(dict.fromkeys(text for text in (order.basis, order.provision) if text)),
        "tag_list": ", ".join(order.requires),
        "action_taken": action_taken(fold),
        "works_attributes": [_work(fold)],
        "entity_notice_roles_attributes": list(_roles(order)),
    }
    return {member: value for member, value in found.items() if value}


def _roles(order: Order) -> list[Mapping[str, Any]]:
    said = {
        "sender": order.authority,
        "principal": order.requested_by,
        "recipient": order.addressed_to or order.platform,
        "issuing_court": order.court if order.authority_type == "court" else None,
    }
    return [
        {"name": role, "entity_attributes": {"name": name, "kind": "organization"}}
        for role, name in said.items()
        if name
    ]


def _work(fold: Fold) -> dict[str, Any]:
    """Return what the order is about: URLs of the targets it names, and in words what has none."""
    urls, others = [], []
    for target in parse_targets(fold.order.targets, fold.platform):
        url = address(target.key)
        if url is not None:
            urls.append({"url": url})
        else:
            others.append(target.key)
    work: dict[str, Any] = {"description": format_works(fold.order.specified, fold.balance.kind, others)}
    return work | {"infringing_urls_attributes": urls} if urls else work


def address(key: str) -> str | None:
    """Return the URL of a target that reads back as the same target; None where there is none."""
    platform, kind, name = key.split(" ", 2)
    if "://" in name:
        url = name
    elif (platform, kind) in _ADDRESSES:
        url = _ADDRESSES[platform, kind].format(quote(name, safe=""))
    else:
        return None
    try:
        found = parse_target(url, platform)
    except Refused:
        return None
    return url if url.startswith(("https://", "http://")) and found.key == key else None


def action_taken(fold: Fold) -> str:
    """Return how far the order is followed, in Lumen's words.

    `Yes` where all that was ordered is exactly restricted, acted on under the platform's own rules or provided; `Partial`
    where that holds of some; `No` where it holds of none, none is open any more, and none was lifted. `Unspecified` is
    all else: nothing recorded, an inexact number, a restriction that was lifted again.
    """
    balance = fold.balance
    if any(balance.marks.values()):
        return "Unspecified"
    held = dict(balance.tally)
    for name in balance.beside if balance.kind != "any" else ():
        status = balance.named[name].status
        held[status] = held.get(status, 0) + 1
    total = sum(held.values())
    acted, lifted, waiting = (
        sum(held.get(status, 0) for status in statuses)
        for statuses in ((*RESTRICTED, *OWN_RULES, *INFORMATION), LIFTED, OPEN)
    )
    if acted:
        return "Yes" if acted == total else "Partial"
    return "No" if total and not lifted and not waiting else "Unspecified"
