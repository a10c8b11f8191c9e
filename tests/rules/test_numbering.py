"""The quick table never lets a number pass at which the library would stop."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    PhoneNumberType,
    ValidationResult,
    is_possible_number_with_reason,
    number_type,
    parse,
)

from flowlang.numbering import is_plainly_a_number

NUMBERS = st.builds(
    lambda code, rest: f"+{code}{rest}",
    st.sampled_from(sorted(COUNTRY_CODE_TO_REGION_CODE)) | st.integers(0, 1200),
    st.from_regex(r"\A(900|118|112|800|0)?[0-9]{0,14}\Z"),
)


@given(NUMBERS)
def test_what_is_plainly_a_number_is_one(text: str) -> None:
    if is_plainly_a_number(text):
        number = parse(text, None)
        assert is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
        assert number_type(number) != PhoneNumberType.PREMIUM_RATE


@pytest.mark.parametrize("text", ["+12345678901", "+4989777777", "+441632960961", "+12025550199", "+390612345678"])
def test_ordinary_numbers_need_no_library(text: str) -> None:
    assert is_plainly_a_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "+49112",
        "+1911",
        "+15550100",
        "+19005551234",
        "+999123456789",
        "+49 89 77",
        "49897777777",
        "+४९८९७७७७७७७",
    ],
)
def test_odd_numbers_do(text: str) -> None:
    assert not is_plainly_a_number(text)
