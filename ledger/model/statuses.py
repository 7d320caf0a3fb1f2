"""The statuses a target can stand in, and which action takes from which (DESIGN, sections 2 and 3)."""

from __future__ import annotations

from typing import Final

OPEN: Final = ("pending", "not-enough-info")
RESTRICTED: Final = ("withheld", "blocked", "removed", "demoted")
OWN_RULES: Final = ("suspended", "policy-removed")
LIFTED: Final = ("unblocked",)
CLOSED: Final = ("refused", "not-found", "already-removed", "withdrawn")
INFORMATION: Final = ("provided",)

STATUSES: Final = OPEN + RESTRICTED + OWN_RULES + LIFTED + CLOSED + INFORMATION

# Strongest first: what a target's status is over several orders (rule 8).
STRENGTH: Final = (
    "suspended",
    "policy-removed",
    "removed",
    "blocked",
    "withheld",
    "demoted",
    "pending",
    "not-enough-info",
    "unblocked",
    "refused",
    "not-found",
    "already-removed",
    "withdrawn",
    "provided",
)

# Actions of a platform that move nothing.
STATEMENTS: Final = (
    "acknowledged",
    "challenged",
    "user-notified",
    "effect-reported",
    "clarification-asked",
    "statement",
)

# `pending` is where an order puts its targets; no act of a platform moves them there.
MOVES: Final = STATUSES[1:]
ACTIONS: Final = MOVES + STATEMENTS

ENDING_EVENTS: Final = ("revoked", "withdrawn", "set-aside", "invalid", "expired")
RESTORING_EVENTS: Final = ("reinstated", "stay-vacated")
COURT_EVENTS: Final = ("stayed", "stay-vacated", "upheld", "set-aside")
EVENTS: Final = (
    "revoked",
    "withdrawn",
    "invalid",
    "unblock-requested",
    "non-compliance-notice",
    "stayed",
    "stay-vacated",
    "upheld",
    "set-aside",
    "reinstated",
    "confirmed",
    "expired",
    "clarified",
    "deadline-extended",
)

SPEAKERS: Final = ("platform", "authority", "court", "user", "press")
RELATIONS: Final = ("follow-up", "amends", "confirms", "supersedes", "duplicate")
# Orders that repeat another one: they post nothing (rule 9).
REPEATS: Final = ("confirms", "duplicate")
DUTIES: Final = ("block", "suspend", "withhold", "remove", "demote", "information")


def draws(action: str) -> tuple[str, ...]:
    """Return the statuses that unnamed units are drawn from, in this order (rule 3); a convention."""
    if action in RESTRICTED:
        others = tuple(status for status in RESTRICTED if status != action)
        return (*OPEN, "unblocked", "refused", *others)
    if action == "unblocked":
        return RESTRICTED
    if action == "not-enough-info":
        return ("pending",)
    if action in OWN_RULES:
        return ()
    return OPEN


def admits(action: str, status: str) -> bool:
    """Tell whether a target that is named may move to `action` from `status`."""
    if status in draws(action):
        return True
    if action in RESTRICTED:
        # A suspended account that came back, a post that was found after all.
        return status in OWN_RULES or status in ("not-found", "already-removed")
    if action in OWN_RULES:
        return status != "provided"
    if action == "unblocked":
        return status in OWN_RULES
    if action in ("refused", "not-found", "already-removed", "provided"):
        return status in ("refused", "not-found", "already-removed")
    return False
