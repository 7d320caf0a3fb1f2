"""Categories and keywords of orders: what is a code must be one, and any other text is remarked upon."""

from __future__ import annotations

import pytest

from ledger.errors import Refused
from ledger.model.admission import remarks
from ledger.model.entries import Order
from tests.strategies import entry, order


def made(**fields: str) -> Order:
    found = entry(order(**fields))
    assert isinstance(found, Order)
    return found


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"category": "STATEMENT_CATEGORY_VIOLENC"}, "did you mean STATEMENT_CATEGORY_VIOLENCE"),
        ({"keyword": "KEYWORD_ANIMAL_HAM"}, "did you mean KEYWORD_ANIMAL_HARM"),
        ({"category": "STATEMENT_CATEGORY_VIOLENCE", "keyword": "KEYWORD_ANIMAL_HARM"}, "ANIMAL_WELFARE"),
    ],
)
def test_a_code_that_is_none_or_belongs_elsewhere_is_refused(fields: dict[str, str], said: str) -> None:
    with pytest.raises(Refused, match=said):
        made(**fields)


def test_codes_that_belong_together_are_taken_without_a_word() -> None:
    assert remarks(made(category="STATEMENT_CATEGORY_VIOLENCE", keyword="KEYWORD_COORDINATED_HARM")) == []
    assert remarks(made(keyword="KEYWORD_OTHER")) == []
    assert remarks(made()) == []


def test_a_text_that_is_no_code_is_taken_and_remarked_upon() -> None:
    assert "is no category of the template" in remarks(made(category="banana"))[0]
