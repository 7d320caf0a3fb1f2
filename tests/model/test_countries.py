"""Country codes: those of the standard, and a hint where others use another."""

from __future__ import annotations

import pytest

from ledger.errors import Refused
from ledger.model.countries import check_country


@pytest.mark.parametrize(("code", "hint"), [("EL", "Greece is GR"), ("uk", "the United Kingdom is GB")])
def test_a_code_that_others_use_is_refused_with_the_one_of_the_standard(code: str, hint: str) -> None:
    with pytest.raises(Refused, match=rf"^jurisdiction: '{code}' is not a country code: .*\({hint}\)$"):
        check_country(code, "jurisdiction")


def test_other_texts_are_refused_without_a_hint() -> None:
    with pytest.raises(Refused, match=r"or EU$"):
        check_country("XX", "jurisdiction")
    assert check_country(" gr ", "jurisdiction") == "GR"
