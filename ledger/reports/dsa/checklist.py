"""What an order must carry under article 9 of Regulation (EU) 2022/2065, held beside what is recorded of it.

Article 9(2): its legal basis, a statement of reasons, who issued it, exact locations or other identification, redress,
which authority is to be informed of the effect given, its territorial scope, a language; beside these the provision
infringed, and the electronic contact point that it goes to. An item is present or missing in the record, or it cannot be
told from it; no item says whether the order is lawful.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ledger.model.admission import counted_kind
from ledger.model.entries import PRIVATE, Order
from ledger.model.member_states import MEMBER_STATES
from ledger.model.targets import parse_targets, platform_key

SCHEMA: Final = "ledger-checklist/1"
PRESENT: Final = "present"
MISSING: Final = "missing"
CANNOT_TELL: Final = "cannot be told"
STATES: Final = (PRESENT, MISSING, CANNOT_TELL)
LAW: Final = "Regulation (EU) 2022/2065, article 9(2)"
NOTE: Final = "It tells what is recorded; it judges no order, and what is missing here may stand in the order itself."

CAUTION: Final = (
    "This order asks for information, and article 9 is about orders to act: what follows is not asked of it. Article 10 has "
    "a list of its own for orders to provide information, which is not this one."
)
# What is asked of some orders alone.
_WHERE_APPLICABLE: Final = "asked for where applicable"

# What the law asks for, the field that holds it, and what the record cannot tell of it even where it is filled.
_ITEMS: Final = (
    ("legal basis", "basis", ""),
    ("provision infringed", "provision", ""),
    ("statement of reasons", "grounds", ""),
    ("issuing authority", "authority", ""),
    ("exact locations", "targets", ""),
    ("redress", "redress", ""),
    ("authority to be informed", "contact", ""),
    ("territorial scope", "territorial_scope", "whether it is limited to what is necessary is not judged"),
    ("language", "language", "whether the service declared it is not recorded"),
    ("electronic contact point", "transmitted_via", "whether that is the service's contact point is not recorded"),
)


def checklist(order: Order, seq: int, *, hidden: bool = False) -> dict[str, Any]:
    """Return the checklist of an order as it holds now; `hidden` says that fields of it are not disclosed here.

    `caution` is a text to be read before it where the article is not about such an order at all, else None.
    """
    return {
        "schema": SCHEMA,
        "order": order.id,
        "seq": seq,
        "authority": order.authority,
        "jurisdiction": order.jurisdiction,
        "law": LAW,
        "caution": CAUTION if order.informs else None,
        "items": [_item(order, *item, hidden=hidden) for item in _ITEMS],
        "note": " ".join([NOTE, *_beside(order)]),
    }


def _beside(order: Order) -> Iterator[str]:
    """Say where the article is about other orders than this one."""
    if order.jurisdiction not in MEMBER_STATES:
        yield "No Member State is recorded as having sent it: the article is about orders of theirs."


def _item(order: Order, name: str, field: str, remark: str, *, hidden: bool) -> dict[str, Any]:
    if field == "targets":
        state, found, remark = _locations(order)
    else:
        value = getattr(order, field)
        found = [] if value is None else [value] if isinstance(value, str) else list(value)
        found = [text for text in found if text.strip()]
        state = PRESENT if found else MISSING
        if found and field == "transmitted_via":
            state = CANNOT_TELL
        if not found:
            remark = ""
    if state == MISSING and hidden and field in PRIVATE:
        state, remark = CANNOT_TELL, "some fields of the order are not disclosed in this copy"
    if field == "contact":
        remark = "; ".join(text for text in (_WHERE_APPLICABLE, remark) if text)
    return {"item": name, "field": field, "state": state, "found": found, "remark": remark}


def _locations(order: Order) -> tuple[str, list[str], str]:
    """Return whether each target is named exactly; an amount without names says that there is a list somewhere."""
    targets = parse_targets(order.targets, platform_key(order.platform))
    names = [target.text for target in targets]
    if any(target.key.split(" ", 2)[2].startswith("~") for target in targets):
        return CANNOT_TELL, names, "some names are not disclosed in this copy"
    amount = order.specified
    kind = counted_kind(order, targets)
    counted = sum(kind in ("any", target.kind) for target in targets)
    if amount is not None and not (amount.qualifier == "exact" and counted >= amount.n):
        said = amount.words or str(amount.n)
        of = f"{said} targets" if kind == "any" else f"{said} of the kind {kind}"
        return CANNOT_TELL, names, f"{counted:,} named of {of}: whether the order identifies the others is not recorded"
    vague = [target.text for target in targets if target.kind == "domain"]
    if vague:
        return CANNOT_TELL, names, f"{vague[0]} is a whole domain, not one location"
    return (PRESENT, names, "") if names else (MISSING, [], "")
