"""What a flow needs before it can go live."""

import pytest

from flowlang.analysis.load import load
from flowlang.rules.collect import collect
from flowlang.rules.flow import Granted, Options
from flowlang.rules.needs import CALL, GROUP_CALL, GUEST, JOIN, MEDIA, ROLES, Need, needs_of
from flowlang.source import Source
from flowlang.steps import WORDS
from tests.rules.examples import check, read

HEAD = """contact heidi = user 550fae72-d251-43ec-868c-373732c2704f tenant 72f988bf-86f1-41af-91ab-2d7cd011db47
contact desk  = +12345678901
contact inbox = voicemail of heidi
group all = heidi, desk
service crm for 2s
"""


def needs(flow: str) -> list[Need]:
    return needs_of(collect(load(Source("test.flow", HEAD + flow + "\n"), read), read, Options()))


def roles(flow: str) -> set[tuple[str, ...]]:
    return {need.any_of for need in needs(flow) if need.kind == "role"}


ROLE_CASES = {
    "transfer": ("on answered: transfer to heidi", {(CALL,)}),
    "redirect": ("on incoming: redirect to heidi", {(CALL,)}),
    "consult": ("on answered: consult heidi", {(CALL,)}),
    "consult with a key": ("on answered: consult heidi accepting 1", {(CALL,), (MEDIA,)}),
    "call": ("on start: call heidi", {(CALL,)}),
    "join": ('on start: join meeting "https://teams.microsoft.com/l/x"', {(JOIN, GUEST)}),
    "invite": ("on joined heidi: invite heidi", {(GROUP_CALL,)}),
    "record": ("on answered: record as message", {(MEDIA,)}),
    "play": ('on answered: play "a.wav"', {(CALL, MEDIA)}),
    "a key": ("on tone 1: log \"x\"", {(MEDIA,)}),
    "remove": ("on joined heidi: remove heidi", {(JOIN, GUEST)}),
    "answer a group call": ("on incoming when call.kind is group: answer", {(JOIN, GUEST)}),
    "answer a call between two": ("on incoming: answer", set()),
    "reject": ("on incoming: reject busy", set()),
}  # fmt: skip


@pytest.mark.parametrize("name", ROLE_CASES)
def test_the_roles_of_steps(name: str) -> None:
    flow, wanted = ROLE_CASES[name]
    assert roles(flow) == wanted


def test_every_step_is_looked_at() -> None:
    free = {
        "answer", "reject", "ask", "wait", "log", "notify", "set", "goto", "do", "stop", "start", "when", "retry",
    }  # fmt: skip
    assert {word.word for word in WORDS} - free == set(ROLES)


def numbers(flow: str) -> list[tuple[str, bool]]:
    source = Source("test.flow", HEAD + flow + "\n")
    return [(source.text[n.span.start : n.span.end], n.is_sure) for n in needs(flow) if n.kind == "number"]


NUMBER_CASES = {
    "a number": ("on answered: transfer to +12025550123", [("+12025550123", True)]),
    "a contact": ("on answered: transfer to desk", [("desk", True)]),
    "a group": ("on answered: consult all", [("all", True)]),
    "a user": ("on answered: transfer to heidi", []),
    "a variable": ("on answered: gather 9 digits as who then transfer to who", [("who", False)]),
    "a routine": (
        "on answered: do reach(desk) then do reach(heidi)\nroutine reach(x): transfer to x",
        [("desk", True)],
    ),
    "a routine in a routine": (
        "on answered: do outer(desk)\nroutine outer(y): do reach(y)\nroutine reach(x): transfer to x",
        [("desk", True)],
    ),
    "its own number": ("on incoming to +12025550123: answer", [("+12025550123", True)]),
}


@pytest.mark.parametrize("name", NUMBER_CASES)
def test_phone_numbers(name: str) -> None:
    flow, wanted = NUMBER_CASES[name]
    assert numbers(flow) == wanted


def others(flow: str) -> set[tuple[str, str]]:
    return {(need.kind, need.any_of[0]) for need in needs(flow) if need.kind not in ("role", "number")}


def test_tenants_services_and_the_rest() -> None:
    tenant = ("tenant", "the roles granted by the administrator of tenant 72f988bf-86f1-41af-91ab-2d7cd011db47")
    calling = ("operator", "calling switched on for the bot, with the address of the webhook")
    assert others("on answered: hang up") == {tenant, calling}
    assert others('on start: call heidi then say "Hello"') == {tenant, ("operator", "a voice")}
    assert ("operator", "the address of the service crm") in others("on answered: ask crm")
    assert ("tenant", "a voicemail for heidi") in others("on answered: transfer to inbox")
    assert ("graph", "Graph beta") in others("on answered: consult heidi without forwarding")
    assert any("Set-CsApplicationMeetingConfiguration" in what for _, what in others("on joined heidi: remove heidi"))


# ---------------------------------------------------------------- the rules that ask


RECORDS = 'on answered: play "a.wav" then record as message then hang up\non failed: hang up\n'


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        (Granted(), 0),
        (Granted(roles=frozenset({CALL, MEDIA})), 0),
        (Granted(roles=frozenset({CALL})), 1),
        (Granted(roles=frozenset()), 2),
    ],
)
def test_missing_roles_are_told_once_each(granted: Granted, missing: int) -> None:
    found = [one for one in check(RECORDS, granted=granted) if one.code == "missing-permission"]
    assert len(found) == missing


@pytest.mark.parametrize(
    ("flow", "has", "is_told"),
    [
        ("transfer to desk", False, True),
        ("transfer to desk", True, False),
        ("transfer to desk", None, False),
        ("transfer to heidi", False, False),
    ],
)
def test_numbers_need_a_resource_account(flow: str, has: bool | None, is_told: bool) -> None:
    found = check(f"{HEAD}on answered: {flow}\non failed: hang up\n", granted=Granted(resource_account=has))
    assert ("pstn-without-resource-account" in {one.code for one in found}) == is_told
