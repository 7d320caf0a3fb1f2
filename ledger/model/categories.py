"""The categories of illegal content and their keywords, by which the orders of Member States are counted.

Source: the template of part 3, Annex I of Commission Implementing Regulation (EU) 2024/2835, in its order: the union of
its two blocks, of which the Member States' lacks `KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE`. A code is stored in one
spelling only, in upper case and whole; `check_category` and `check_keyword` also take one in lower case, with spaces or
hyphens, and without the prefix, since none of that can mean another one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ledger.errors import Refused, quoted

CATEGORY_PREFIX: Final = "STATEMENT_CATEGORY_"
KEYWORD_PREFIX: Final = "KEYWORD_"
# What holds the orders for which no other keyword of their category is recorded.
OTHER: Final = "KEYWORD_OTHER"
# What holds the orders that cite no legal ground; it has no keywords.
NOT_SPECIFIED: Final = "STATEMENT_CATEGORY_NOT_SPECIFIED_ORDER"

CATEGORIES: Final[dict[str, tuple[str, ...]]] = {
    "STATEMENT_CATEGORY_ANIMAL_WELFARE": (
        "KEYWORD_ANIMAL_HARM",
        "KEYWORD_UNLAWFUL_SALE_ANIMALS",
        "KEYWORD_OTHER",
    ),
    "STATEMENT_CATEGORY_CONSUMER_INFORMATION": (
        "KEYWORD_HIDDEN_ADVERTISEMENT",
        "KEYWORD_INSUFFICIENT_INFORMATION_ON_TRADERS",
        "KEYWORD_MISLEADING_INFO_GOODS_SERVICES",
        "KEYWORD_MISLEADING_INFO_CONSUMER_RIGHTS",
        "KEYWORD_NONCOMPLIANCE_PRICING",
        "KEYWORD_OTHER",
    ),
    "STATEMENT_CATEGORY_CYBER_VIOLENCE": (
        "KEYWORD_CYBER_BULLYING_INTIMIDATION",
        "KEYWORD_CYBER_HARASSMENT",
        "KEYWORD_CYBER_INCITEMENT",
        "KEYWORD_CYBER_STALKING",
        "KEYWORD_NON_CONSENSUAL_IMAGE_SHARING",
        "KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE",
        "KEYWORD_OTHER",
    ),
    "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN": (
        "KEYWORD_BULLYING_AGAINST_GIRLS",
        "KEYWORD_CYBER_HARASSMENT_AGAINST_WOMEN",
        "KEYWORD_CYBER_STALKING_AGAINST_WOMEN",
        "KEYWORD_FEMALE_GENDERED_DISINFORMATION",
        "KEYWORD_INCITEMENT_AGAINST_WOMEN",
        "KEYWORD_NON_CONSENSUAL_IMAGE_SHARING_AGAINST_WOMEN",
        "KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE_AGAINST_WOMEN",
        "KEYWORD_OTHER",
    ),
    "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS": (
        "KEYWORD_BIOMETRIC_DATA_BREACH",
        "KEYWORD_DATA_FALSIFICATION",
        "KEYWORD_MISSING_PROCESSING_GROUND",
        "KEYWORD_RIGHT_TO_BE_FORGOTTEN",
        "KEYWORD_OTHER",
    ),
    "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH": (
        "KEYWORD_DEFAMATION",
        "KEYWORD_DISCRIMINATION",
        "KEYWORD_HATE_SPEECH",
        "KEYWORD_OTHER",
    ),
    "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS": (
        "KEYWORD_COPYRIGHT_INFRINGEMENT",
        "KEYWORD_DESIGN_INFRINGEMENT",
        "KEYWORD_GEOGRAPHIC_INDICATIONS_INFRINGEMENT",
        "KEYWORD_PATENT_INFRINGEMENT",
        "KEYWORD_TRADE_SECRET_INFRINGEMENT",
        "KEYWORD_TRADEMARK_INFRINGEMENT",
        "KEYWORD_OTHER",
    ),
    "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS": (
        "KEYWORD_MISINFORMATION_DISINFORMATION",
        "KEYWORD_VIOLATION_EU_LAW",
        "KEYWORD_VIOLATION_NATIONAL_LAW",
        "KEYWORD_OTHER",
    ),
    "STATEMENT_CATEGORY_PROTECTION_OF_MINORS": (
        "KEYWORD_AGE_SPECIFIC_RESTRICTIONS_MINORS",
        "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL",
        "KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE",
        "KEYWORD_GROOMING_SEXUAL_ENTICEMENT_MINORS",
        "KEYWORD_UNSAFE_CHALLENGES",
        "KEYWORD_OTHER",
    ),
    "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY": (
        "KEYWORD_ILLEGAL_ORGANIZATIONS",
        "KEYWORD_RISK_ENVIRONMENTAL_DAMAGE",
        "KEYWORD_RISK_PUBLIC_HEALTH",
        "KEYWORD_TERRORIST_CONTENT",
        "KEYWORD_OTHER",
    ),
    "STATEMENT_CATEGORY_SCAMS_AND_FRAUD": (
        "KEYWORD_IMPERSONATION_ACCOUNT_HIJACKING",
        "KEYWORD_INAUTHENTIC_ACCOUNTS",
        "KEYWORD_INAUTHENTIC_LISTINGS",
        "KEYWORD_INAUTHENTIC_USER_REVIEWS",
        "KEYWORD_PHISHING",
        "KEYWORD_PYRAMID_SCHEMES",
        "KEYWORD_OTHER",
    ),
    "STATEMENT_CATEGORY_SELF_HARM": (
        "KEYWORD_CONTENT_PROMOTING_EATING_DISORDERS",
        "KEYWORD_SELF_MUTILATION",
        "KEYWORD_SUICIDE",
        "KEYWORD_OTHER",
    ),
    "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS": (
        "KEYWORD_PROHIBITED_PRODUCTS",
        "KEYWORD_UNSAFE_PRODUCTS",
        "KEYWORD_OTHER",
    ),
    "STATEMENT_CATEGORY_VIOLENCE": (
        "KEYWORD_COORDINATED_HARM",
        "KEYWORD_INCITEMENT_VIOLENCE_HATRED",
        "KEYWORD_HUMAN_EXPLOITATION",
        "KEYWORD_HUMAN_TRAFFICKING",
        "KEYWORD_TRAFFICKING_WOMEN_GIRLS",
        "KEYWORD_OTHER",
    ),
    "STATEMENT_CATEGORY_NOT_SPECIFIED_ORDER": (),
}


def check_category(text: str) -> str:
    """Return the code of a category; raises `Refused` with the nearest one for what is none.

    >>> check_category("animal-welfare")
    'STATEMENT_CATEGORY_ANIMAL_WELFARE'
    """
    code = _code(text, CATEGORY_PREFIX)
    if code in CATEGORIES:
        return code
    near = _near(code, CATEGORY_PREFIX, CATEGORIES)
    hint = f"did you mean {near}?" if near else f"it is one of {', '.join(CATEGORIES)}"
    raise Refused(f"category: {quoted(text)} is no category of the template: {hint}")


def check_keyword(text: str, category: str) -> str:
    """Return the code of a keyword of a category; raises `Refused` with the nearest one for what is none.

    A keyword of another category is refused naming the category that it belongs to.
    """
    known = CATEGORIES[check_category(category)]
    code = _code(text, KEYWORD_PREFIX)
    if code in known:
        return code
    if not known:
        raise Refused(f"keyword: {NOT_SPECIFIED} has no keywords: leave the keyword out")
    homes = [name for name, keywords in CATEGORIES.items() if code in keywords]
    if homes:
        raise Refused(f"keyword: {code} is a keyword of {' and '.join(homes)}, not of {category}: mend one of the two")
    near = _near(code, KEYWORD_PREFIX, known)
    hint = f"did you mean {near}?" if near else f"it is one of {', '.join(known)}"
    raise Refused(f"keyword: {quoted(text)} is no keyword of {category}: {hint}")


def _code(text: str, prefix: str) -> str:
    code = text.strip().upper().replace("-", "_").replace(" ", "_")
    return code if code.startswith(prefix) else prefix + code


def _near(code: str, prefix: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    # Without what all have in common, by which anything is near to anything.
    short = {name.removeprefix(prefix): name for name in known}
    found = get_close_matches(code.removeprefix(prefix), short, n=1, cutoff=0.7)
    return short[found[0]] if found else ""
