"""The rules of style: what they find, what they leave alone, and that `--strict` never makes errors of them."""

import pytest

from flowlang.analysis.check import STYLE
from flowlang.diagnostics import Diagnostic, Severity
from flowlang.rules import GROUPS
from tests.rules.examples import check, told

HEAD = """contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
contact desk  = +12345678901
"""
TAIL = "on failed: hang up\n"
STYLE_RULES = {code for title, codes in GROUPS if title == "Style" for code in codes}


def style(flow: str, is_strict: bool = False) -> list[Diagnostic]:
    return [one for one in check(HEAD + flow + TAIL, is_strict=is_strict) if one.code in STYLE_RULES]


def codes(flow: str) -> list[str]:
    return [one.code for one in style(flow)]


def mended(flow: str) -> str:
    """The flow after the fix of its one finding."""
    (one,) = style(flow)
    assert one.fix is not None
    text = one.source.text
    for edit in reversed(one.fix.edits):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text.removeprefix(HEAD).removesuffix(TAIL)


def test_style_never_becomes_an_error() -> None:
    assert STYLE_RULES <= STYLE
    assert len(STYLE_RULES) == 9
    flow = "on answered: transfer to +12345678901\ncontact other = +12025550123\non tone 1: transfer to other\n"
    assert {one.severity for one in style(flow, is_strict=True)} == {Severity.WARNING, Severity.INFO}


LONG = "a" * 70
LEFT_ALONE = {
    "a long text cannot be helped": f'on answered: log "{LONG}{LONG}" then transfer to desk then log "x"\n',
    "one long step cannot be broken": (
        "on answered: consult desk for 18s playing \"prompts/please_hold_the_line.wav\" "
        "announcing \"prompts/somebody_calls.wav\" accepting 1\n"
    ),
    "a routine may stand below": "on answered: do x\nroutine x: transfer to desk\n",
    "codes that have no other code": (
        "on answered:\n    transfer to desk:\n        on 500/7000: hang up\n"
        "        on 404/10202: log \"x\"\n        on 4xx: hang up\n"
    ),
    "a name already": "on answered:\n    transfer to desk:\n        on busy, no answer: hang up\n",
    "a code of its own": "on answered:\n    transfer to desk:\n        on 404/8522: hang up\n",
    "an arm that tries again": (
        "on answered:\n    transfer to desk:\n        on busy: retry up to 1 times\n        otherwise: hang up\n"
    ),
    "a different arm in between": (
        "on answered:\n    transfer to desk:\n        on busy: hang up\n        on 4xx: log \"x\"\n"
        "        otherwise: hang up\n"
    ),
    "silence in a menu": (
        'on answered:\n    menu "a.wav":\n        press 1: transfer to desk\n        on timeout: hang up\n'
        "        otherwise: hang up\n"
    ),
    "three choices deep": (
        "on answered:\n    when caller.number exists:\n        transfer to desk:\n            on busy:\n"
        '                log "x"\n'
    ),
    "three times the same limit": (
        "on answered from desk: consult desk for 9s\non answered from heidi: consult desk for 9s\n"
        "on answered: consult desk for 9s\n"
    ),
    "the same number in an event": "on answered from +12025550123: hang up\non answered: transfer to +12025550123\n",
    "a literal once": "on answered: transfer to +12025550123\n",
    "names of one word": "contact Anna = +12025550123\non answered: transfer to Anna\n",
    "names of one style": "contact day-desk = +12025550123\non answered: transfer to day-desk\n",
    "a short flow without a title": "on answered: transfer to desk\n",
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_it_is_left_alone(name: str) -> None:
    assert told(style(LEFT_ALONE[name])) == []


FOUND = {
    "a comment": ("line-too-long", "# " + "word " * 30 + "\non answered: hang up\n"),
    "a comment behind a line": ("line-too-long", "on answered: transfer to desk   # " + "word " * 30 + "\n"),
    "a class of a code": ("code-where-a-name-exists", "on answered:\n    transfer to desk:\n        on 486: hang up\n"),
    "the code of a handler": ("code-where-a-name-exists", "on answered: hang up\non transfer failed 603: hang up\n"),
    "two arms": (
        "arm-says-the-same-as-otherwise",
        "on answered:\n    transfer to desk:\n        on 4xx: log \"x\"\n        on busy:\n            hang up\n"
        "        otherwise: hang up\n",
    ),
    "four choices deep": (
        "nested-too-deep",
        "on answered:\n    when caller.number exists:\n        transfer to desk:\n            on busy:\n"
        "                transfer to heidi:\n                    otherwise:\n"
        "                        when caller.name exists: hang up\n",
    ),
    "a service below": ("declaration-after-handler", "on answered: notify pager \"x\" then hang up\nservice pager\n"),
    "two styles": (
        "name-style",
        "contact day_desk = +12025550123\ncontact nightDesk = +12025550147\ncontact old_desk = +12025550148\n"
        "on answered from day_desk: hang up\non answered from old_desk: hang up\non answered: transfer to nightDesk\n",
    ),
    "a named target": ("literal-target-used-twice", "on answered: transfer to +12345678901\n"),
    "letters of another case": (
        "literal-target-used-twice",
        "on answered from desk: transfer to user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03\n"
        "on answered: transfer to user 3F6E8A52-7C1D-4B90-9E24-5D8B1F7A6C03\n",
    ),
    "a long flow without a title": ("title-missing", "on answered: hang up\n" + "# a line\n" * 40),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_it_is_found(name: str) -> None:
    code, flow = FOUND[name]
    assert codes(flow) == [code], told(style(flow))


def test_a_code_becomes_a_name_only_where_that_is_asked_for() -> None:
    flow = "on answered:\n    transfer to desk:\n        on 486/*: hang up\n"
    assert mended(flow) == flow.replace("486/*", "busy")
    (one,) = style(flow)
    assert one.fix is not None
    assert not one.fix.is_safe


def test_two_codes_of_one_name_are_left_to_the_author() -> None:
    assert [one.fix for one in style("on answered:\n    transfer to desk:\n        on 486, 600: hang up\n")] == [
        None,
        None,
    ]


def test_an_arm_that_says_nothing_is_taken_out() -> None:
    flow = "on answered:\n    transfer to desk:\n        on busy: hang up\n        otherwise: hang up\n"
    assert mended(flow) == "on answered:\n    transfer to desk:\n        otherwise: hang up\n"


def test_a_number_becomes_the_name_that_it_has() -> None:
    assert mended("on answered: transfer to +12345678901\n") == "on answered: transfer to desk\n"


def test_a_contact_with_a_language_is_another_target() -> None:
    flow = "contact hotline = +12025550123 (language de-de)\non answered: transfer to +12025550123\n"
    found = [one for one in style(flow) if one.code == "literal-target-used-twice"]
    assert [one.fix is not None and not one.fix.is_safe for one in found] == [True]
