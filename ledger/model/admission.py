"""What makes an entry admissible, whatever else the ledger holds (DESIGN, section 2)."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from ledger.errors import Refused
from ledger.model.countries import check_country
from ledger.model.entries import FIXED_FIELDS, Alias, Correction, Entry, FollowUp, Order, Response, date_fields
from ledger.model.moments import day_start, read_moment
from ledger.model.quantities import LARGEST, Quantity, check_quantity
from ledger.model.statuses import ACTIONS, DUTIES, EVENTS, MOVES, OWN_RULES, RELATIONS, SPEAKERS
from ledger.model.targets import Target, parse_targets, platform_key

# How the codes of categories and keywords begin.
CATEGORY: Final = "STATEMENT_CATEGORY_"
KEYWORD: Final = "KEYWORD_"
# Clocks differ by minutes, and days begin up to 14 hours before those of UTC; in microseconds.
_SLACK: Final = 5 * 60 * 1_000_000
_EARLIEST_ZONE: Final = 14 * 3600 * 1_000_000


def check(entry: Entry, zone: str) -> list[Target]:
    """Hold one entry against the rules that need no other entry; return its targets.

    Raises `Refused` naming the field.
    """
    kind = entry.__struct_config__.tag
    for field in date_fields(str(kind)):
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
        if entry.event != "deadline-extended" and entry.due:
            raise Refused(
                f"due: {entry.event} sets no deadline: leave it out, and record deadline-extended with this date"
            )
    elif isinstance(entry, Alias):
        return _check_alias(entry)
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
        # The day of an instant may be the one before where its offset is west of UTC.
        if text is None or text[:10] < _day_before(now[:10]):
            continue
        moment = read_moment(text, "UTC")
        limit = read_moment(now, "UTC")
        latest = (limit.at or 0) + (_SLACK if moment.at is not None else _EARLIEST_ZONE)
        begins = moment.at if moment.at is not None else day_start(moment.day, "UTC")
        if begins > latest:
            raise Refused(f"{field}: {text} lies in the future (it is {now}): record what has happened, when it has")


@lru_cache(maxsize=8)
def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


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
    _check_codes(order)
    if order.relation and not order.relates_to:
        raise Refused("relates_to: a relation needs the id of the order that it relates to")
    if not 0 <= order.stands_for <= LARGEST:
        raise Refused(f"stands_for: {order.stands_for} is no number of orders: 0 or more, and at most {LARGEST:,}")
    targets = parse_targets(order.targets, platform_key(order.platform))
    of = counted_kind(order, targets)
    if order.specified_of == "" or not of.replace("-", "").isalnum() or of != of.lower() or of == "all":
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


def _check_codes(order: Order) -> None:
    """Refuse a code of Regulation (EU) 2024/2835 that is none; any other text may stand in both fields."""
    category, keyword = order.category or "", order.keyword or ""
    if category.startswith(CATEGORY) or keyword.startswith(KEYWORD):
        told = remarks(order)
        if told:
            raise Refused(told[0])


def remarks(order: Order) -> list[str]:
    """Say what the table of Member States' orders will not take of an order's category and keyword."""
    if not order.category and not order.keyword:
        return []
    # Most orders carry neither.
    from ledger.model.categories import CATEGORIES, check_category, check_keyword

    found = []
    category = order.category
    try:
        category = check_category(category) if category else None
    except Refused as error:
        found.append(str(error))
        category = None
    if order.keyword:
        homes = [name for name, words in CATEGORIES.items() if order.keyword in words]
        try:
            check_keyword(order.keyword, category or next(iter(homes), next(iter(CATEGORIES))))
        except Refused as error:
            found.append(str(error))
    return found


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


def _check_alias(alias: Alias) -> list[Target]:
    """Return the two names; an alias is of two targets of one kind."""
    _check_said("reason", alias.reason)
    targets = parse_targets(alias.targets, platform_key(alias.platform))
    if len(alias.targets) != 2 or len(targets) != 2:
        same = len(alias.targets) == 2
        raise Refused(
            "targets: " + ("these are two spellings of one name already" if same else "an alias is of two names")
        )
    one, other = targets
    if one.kind != other.kind:
        raise Refused(
            f"targets: {one.text} is of kind {one.kind}, {other.text} of kind {other.kind}: an alias is of two of one "
            "kind; write the number of an account as account:NUMBER"
        )
    return targets


def counted_kind(order: Order, targets: list[Target]) -> str:
    """Return the kind of target that the order's amount counts (rule 1)."""
    if order.specified_of:
        return order.specified_of
    kinds = {target.kind for target in targets}
    return kinds.pop() if len(kinds) == 1 else "account"
