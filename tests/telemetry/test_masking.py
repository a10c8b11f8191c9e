"""Nothing that tells who called whom, and no secret, gets through; what an operator needs to read does."""

import json
import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from flowlang.call.party import Participant, Party
from flowlang.call.session import Leg, Session
from flowlang.telemetry.masking import LENGTH, Masker, hidden_of

CALL = "57dab8b1-894c-409a-b240-bd8beae78896"
MASKER = Masker(b"a key")
LONGEST_RUN = 3  # digits of a number that may stand in a line: `404` may

between = st.sampled_from(["", "", "", " ", "-", ".", "/", ") ", " (", "\u00a0", "\u2011", "%20", "%2D", "\u202c"])
digit = st.sampled_from("0123456789") | st.sampled_from("٠١٢٣٤٥٦٧٨٩") | st.sampled_from("０１２３４５６７８９")


@st.composite
def numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A number as somebody may write it, and its digits alone."""
    digits = draw(st.text("0123456789", min_size=5, max_size=15))
    styles = ["plain", "plain", "encoded", "wide"]
    style = draw(st.sampled_from(styles))
    shown = {
        "plain": lambda sign: sign,
        "encoded": lambda sign: f"%3{sign}",
        "wide": lambda sign: chr(ord("０") + int(sign)),
    }[style]
    written = "".join(shown(sign) + draw(between) for sign in digits)
    return draw(st.sampled_from(["", "+", "%2B", "tel:", "tel:+", "sip:", "00", "("])) + written, digits


around = st.text(st.characters(exclude_categories=["Nd", "Cs", "Nl", "No"]), max_size=12) | st.sampled_from(
    ["https://files.example/a/", "https://files.example/a?to=", "call ", "key=", "{'id': '", "8:", '{"phone":"', "x"]
)


def leaks(shown: str, digits: str) -> bool:
    """Whether more than a few digits of the number stand in a line, however they are written."""
    plain = re.sub(r"%3(\d)", r"\1", shown)
    kept = "".join([str(int(sign)) for sign in plain if sign.isdecimal()])
    return any(digits[at : at + LONGEST_RUN + 1] in kept for at in range(len(digits) - LONGEST_RUN))


@given(around, numbers(), around)
@example("", ("+49 (30) 1234-56", "4930123456"), "")
@example("https://x.example/", ("%2B493012345", "493012345"), "/play")
def test_no_number_leaks_from_a_text(before: str, number: tuple[str, str], after: str) -> None:
    written, digits = number
    assume(not re.fullmatch(r"\d{3}/\d{1,6}", written))  # a result, as in `500/7700`
    assert not leaks(MASKER.text(before + written + after), digits)


keys = st.sampled_from(["reason", "event", "url", "caller", "call_id", "chain_id", "plan", "exception", "about", "id"])
nested = st.recursive(
    numbers(),
    lambda inner: st.tuples(st.sampled_from(["list", "dict"]), keys, inner),
    max_leaves=3,
)


@given(keys, nested)
def test_no_number_leaks_from_a_field_however_deep(key: str, thing: object) -> None:
    found: list[str] = []

    def built(one: object) -> object:
        assert isinstance(one, tuple)
        if len(one) == 2:
            found.append(one[1])
            return one[0]
        inner = built(one[2])
        return [inner] if one[0] == "list" else {one[1]: inner}

    value = built(thing)
    assume(not (isinstance(value, str) and re.fullmatch(r"\d{3}/\d{1,6}", value)))
    assert not leaks(json.dumps(MASKER.field(key, value), ensure_ascii=False), found[0])


@given(st.integers(10_000, 10**15), keys)
def test_no_number_leaks_that_is_given_as_a_figure(number: int, key: str) -> None:
    assert not leaks(str(MASKER.field(key, number)), str(number))
    assert not leaks(str(MASKER.field(key, float(number))), str(number))


def test_figures_of_ours_stay() -> None:
    for key, value in (("waited_ms", 1_234_567), ("taken_seconds", 0.123456), ("status", 202), ("subcode", 560480)):
        assert MASKER.field(key, value) == value
    assert MASKER.field("is_over", True) is True


@pytest.mark.parametrize(
    "text",
    [
        f'POST https://127.0.0.1:8443/callback/{CALL}/0 HTTP/1.1" 202',
        f"https://graph.example:54321/v1.0/communications/calls/{CALL}/transfer",
        "500/7700",
        "2026-11-24T03:50:12.123456Z it began",
        "a notification was refused: there is no bearer token",
        "signed with a key that is not known: kid-7",
        "http://[::1]:18080/metrics",
        "step 12 of 400 took 35 ms",
    ],
)
def test_what_an_operator_needs_stays(text: str) -> None:
    assert MASKER.text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer s3cr3t",
        "Authorization: Basic s3cr3t",
        "bearer s3cr3t",
        "client_secret=s3cr3t&grant_type=client_credentials",
        "{'password': 's3cr3t', 'user': 'x'}",
        '{"access_token": "s3cr3t and more"}',
        "https://who:s3cr3t@api.example/",
        "https://api.example/hook?code=s3cr3t",
        "https://api.example/hook?a=1&sig=s3cr3t%2B",
        "x-api-key: s3cr3t",
        "token eyJs3cr3t.eyJs3cr3t.s3cr3t",
        "Cookie: s3cr3t",
    ],
)
def test_no_secret_gets_through(text: str) -> None:
    assert "s3cr3t" not in MASKER.text(text)
    assert "s3cr3t" not in Masker(b"k", is_off=True).text(text)


def test_a_long_secret_without_a_name_is_seen() -> None:
    assert MASKER.text("it said aB3~dEfGhIjKlMnOpQrStUvWxYz0123_-x4") == "it said <secret>"


@pytest.mark.parametrize("key", ["authorization", "client_secret", "access_token", "password", "api_key"])
def test_a_field_that_is_a_secret_is_none(key: str) -> None:
    assert MASKER.field(key, "anything") == "<secret>"
    assert MASKER.field("request", {key: ["anything"]}) == {key: "<secret>"}


def test_the_same_number_gets_the_same_letters_and_another_key_others() -> None:
    ways = ["+4930123456", "+49 (30) 123-456", "%2B4930123456", "tel:+4930123456", "４９３０１２３４５６"]
    assert len({MASKER.letters(way) for way in ways}) == 1
    assert MASKER.text("tel:+4930123456") == f"tel:number:{MASKER.letters('+4930123456')}"
    assert MASKER.letters("+4930123456") != MASKER.letters("+4930123457")
    assert MASKER.letters("+4930123456") != Masker(b"another").letters("+4930123456")
    assert re.fullmatch(f"[a-z]{{{LENGTH}}}", MASKER.letters("+4930123456"))


def test_people_are_masked_by_what_is_known_of_them() -> None:
    caller = Party("phone", "4711", name="Robin Doe")
    callee = Party("user", CALL, name="Heidi")
    session = Session("s", "p", caller=caller, legs=(Leg(0, "", "c", "established", callee),))
    hidden = hidden_of(session)
    shown = MASKER.text(f"robin doe (4711) reached HEIDI, not Heidiland, user {CALL} heidi@contoso.com", hidden)
    assert not re.search(r"(?i)robin|doe|4711|heidi\b|57dab8b1|contoso", shown)
    assert "Heidiland" in shown
    assert MASKER.party(caller) == f"phone number:{MASKER.letters('4711')}"
    assert MASKER.party(callee) == f"user id:{MASKER.letters(CALL)}"
    assert MASKER.party(None) == ""


def test_everybody_who_is_on_a_call_is_known() -> None:
    def person(name: str) -> Participant:
        return Participant(f"id of {name}", Party("user", f"user {name}", name=name))

    session = Session(
        "s", "p", called=Party("phone", "4712"), participant=person("Ann"), roster=(person("Bea"), person("Cy")),
        legs=(Leg(0, "", "c", "established", None),),
    )  # fmt: skip
    people = {text for name in ("Ann", "Bea", "Cy") for text in (name, f"user {name}", f"id of {name}")}
    assert hidden_of(session) == {"4712", *people}


def test_names_in_json_and_in_values_are_masked() -> None:
    shown = MASKER.text("""{"displayName": "Robin Doe"} Party(kind='user', name='Robin Doe')""")
    assert "Robin" not in shown
    assert "displayName" in shown


def test_masking_can_be_switched_off_for_people_but_not_for_secrets() -> None:
    shown = Masker(b"k", is_off=True).text("+4930123456 heidi@contoso.com token=abc", ["Robin"])
    assert shown == "+4930123456 heidi@contoso.com token=<secret>"
