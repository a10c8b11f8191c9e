"""A person is found however their number or identifier is written, and nobody else is."""

import pytest

from flowlang.call.spelling import hidden, kept_as, plain, sought, spellings

WAYS = (
    "+4930123456", "+49 30 123456", "+49 (0)30 123456", "+49 (30) 12-34.56", "004930123456", "00 49 30 123456",
    "tel:+4930123456", "tel:+49-30-123456;ext=5", "sip:+4930123456@sbc.example.com;user=phone", "%2B4930123456",
    "＋４９３０１２３４５６", "\u202a+4930123456\u202c", "+49\u00a030\u2011123456",
)  # fmt: skip
GUID = "ABCDEF12-D251-43EC-868C-373732C2704F"


@pytest.mark.parametrize("who", WAYS)
@pytest.mark.parametrize("kept", WAYS)
def test_a_number_is_found_in_every_spelling(who: str, kept: str) -> None:
    person = sought(who)
    assert person is not None
    assert plain(who) == person.text == "4930123456"
    assert person.is_in(f'["x","{kept}"]'.encode())
    escaped = "".join([f"\\u{ord(sign):04X}" if ord(sign) < 0x10000 else sign for sign in kept])
    assert person.is_in(f'["x","{escaped}"]'.encode())


@pytest.mark.parametrize(
    "kept",
    ["+49301234567", "+14930123456", "+1 4930123456", "4930123457", "930123456", "+4930 12345 7", "", "\xff\xfe", "%"],
)
def test_another_number_is_not(kept: str) -> None:
    person = sought("+4930123456")
    assert person is not None
    assert not person.is_in(kept.encode())
    assert not person.is_in(kept.encode() + "ü \\u0031".encode())


@pytest.mark.parametrize("who", [GUID, GUID.lower(), f" {GUID} "])
def test_an_identifier_is_found_in_any_case(who: str) -> None:
    person = sought(who)
    assert person is not None
    for kept in (GUID, GUID.lower(), GUID.replace("A", "\\u0041"), f"ü{GUID}ü"):
        assert person.is_in(kept.encode()), kept
    for other in (f"{GUID}0", f"0{GUID}", f"{GUID}-1", GUID[:-1]):
        assert not person.is_in(other.encode()), other


@pytest.mark.parametrize("who", ["heidi", "49891", "49 30 123456", "%", "", "00000000-0000", "+0000000", "0301234567"])
def test_what_names_nobody(who: str) -> None:
    assert sought(who) is None
    assert hidden(who) == "****"


def test_how_somebody_is_kept_and_hidden() -> None:
    assert {kept_as(way) for way in WAYS} == {"+4930123456"}
    assert kept_as(GUID) == GUID.lower()
    assert {hidden(way) for way in WAYS} == {"+49****56"}
    assert hidden(GUID) == "abcd****"
    assert {"+4930123456", "4930123456"} <= set(spellings("0049 30 123456"))
    assert spellings("Anna") == ("anna",)
