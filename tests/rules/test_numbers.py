"""Which texts are phone numbers."""

import pytest

from flowlang.rules.numbers import emergency_in, is_premium, why_wrong


@pytest.mark.parametrize(
    "number",
    [
        "+12345678901",  # of Graph's pages
        "+49891234567",
        "+4915112345678",
        "+442079460000",
        "+12025550123",
        "+49900123456",  # in no range that was given out, but possible
        "+4930112",  # not the police: a number in Berlin
    ],
)
def test_numbers(number: str) -> None:
    assert why_wrong(number) is None
    assert emergency_in(number) == ""


@pytest.mark.parametrize(
    ("text", "message", "cure"),
    [
        ("+49 89 1234567", "spaces or signs", "+49891234567"),
        ("+49 (0)89 1234567", "spaces or signs", "+49891234567"),
        ("+1-202-555-0123", "spaces or signs", "+12025550123"),
        ("0891234567", "not a full international number", "+49891234567"),
        ("0049891234567", "not written with `+`", "+49891234567"),
        ("12345", "not a full international number", "country code"),
        ("+0891234567", "no country code", "zeros"),
        ("+999123456789", "no country", "check the digits"),
        ("+15550100", "no area code", "from abroad"),
        ("+498912345678901234", "longer", "too many"),
        ("+1", "too short", "area code"),
        ("+", "too short", "area code"),
        ("+12", "too short", "area code"),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str, cure: str) -> None:
    wrong = why_wrong(text)
    assert wrong is not None
    assert message in wrong[0]
    assert cure in wrong[1]


@pytest.mark.parametrize(
    ("number", "emergency"),
    [("+49112", "112"), ("+1911", "911"), ("+112", "112"), ("+44999", "999"), ("+49110", "110")],
)
def test_emergency_numbers(number: str, emergency: str) -> None:
    assert emergency_in(number) == emergency
    assert why_wrong(number) is None  # one finding is enough


def test_premium_numbers() -> None:
    assert is_premium("+19005551234")
    assert not is_premium("+12025550123")
    assert not is_premium("+1")
