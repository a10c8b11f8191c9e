"""Where a call stands, in words: every step that waits has some."""

from typing import get_args

import pytest

from flowlang import plan as p
from flowlang.admin.standing import doing, place_of, standing
from flowlang.call import facts
from flowlang.call.facts import Milliseconds, Record
from flowlang.call.party import Party
from flowlang.call.results import Result
from flowlang.call.session import Session
from flowlang.engine.index import ready
from flowlang.ladder.fact_words import fact_words
from tests.engine.bed import ALICE, Bed

CASES = [
    ("on incoming: answer", "incoming -> *", "answers"),
    ("on answered: transfer to mailbox", "incoming -> *\nestablished -> *", "transfers to the voicemail of Alice"),
    ("on answered: consult alice then transfer replacing consult", "incoming -> *\nestablished -> *", "rings Alice"),
    (
        "on answered: consult first of alice, bob then transfer replacing consult",
        "incoming -> *\nestablished -> *", "rings Alice, Bob",
    ),
    (
        "on answered: consult alice then transfer replacing consult",
        "incoming -> *\nestablished -> *\nanswers create 201 -> *\nleg1 established -> *", "transfers to Alice",
    ),
    ('let who = +15550123\non answered: transfer to who', "incoming -> *\nestablished -> *", "transfers to +15550123"),
    (
        "service crm answers agent contact\non answered: ask crm as found then transfer to found.agent",
        "incoming -> *\nestablished -> *\nservice ok agent=alice -> *", "transfers to Alice",
    ),
    ("on answered: ask crm", "incoming -> *\nestablished -> *", "asks crm"),
    ("on answered: gather 4 digits as pin", "incoming -> *\nestablished -> *", "waits for 4 digits"),
    ('on answered: menu "a.wav":\n    press 1: hang up', "incoming -> *\nestablished -> *", "waits for a key"),
    ('on answered: play "a.wav", "b.wav"', "incoming -> *\nestablished -> *", "plays a.wav, b.wav"),
    ("on answered: wait 5s", "incoming -> *\nestablished -> *", "waits"),
    ('on answered: log "x"', "incoming -> *\nestablished -> *", "waits for what comes"),
    ("on answered: goto desk\nstage desk:\n    on tone 1: hang up", "incoming -> *\nestablished -> *",
     "waits in stage desk"),
    ("on answered: hang up", "incoming -> *\nestablished -> *", "hangs up"),
    ("on answered: transfer to bob", "incoming -> *\nestablished -> *\nanswers transfer 500/7000 -> *",
     "hangs up"),
    ("on answered: wait 5s", "incoming -> *\nestablished -> *\noperator transfers bob -> *", "transfers to Bob"),
    ("on answered: transfer to bob\non failed: play \"a.wav\" then hang up",
     "incoming -> *\nestablished -> *\nanswers transfer 202 -> *\ntransferring -> *\ndue bound -> *\ndue silent -> *",
     "waits for the end of a transfer"),
    ("on answered: hang up", "incoming -> *\nestablished -> *\nanswers delete 204 -> *",
     "waits for the word that it is over"),
    ("on answered: hang up", "incoming -> *\nestablished -> *\nover 200/7015 -> *", "over: transferred"),
    ("on answered: hang up", "incoming -> *\nover 487/540487 -> *", "over: hung up"),
    ("on answered: hang up", "incoming -> *\nestablished -> *\nover 200/5002 -> *", "over: hung up"),
    ("on answered: hang up", "incoming -> *\nestablished -> *\nover 404/8522 -> *", "over: 404/8522 not found"),
    ("on start: call alice", "started -> *\noperator hangs up -> *\nanswers create 404/0 -> *",
     "over: nobody was reached"),
]  # fmt: skip


@pytest.mark.parametrize(("flow", "script", "expected"), CASES, ids=[case[2] for case in CASES])
def test_where_a_call_stands(flow: str, script: str, expected: str) -> None:
    bed = Bed(flow)
    bed.run(script)
    assert standing(bed.plan, bed.session) == expected


def test_the_line_of_the_flow() -> None:
    bed = Bed("on answered: wait 5s")
    assert place_of(bed.plan, bed.session) == ""
    bed.run("incoming -> *\nestablished -> *")
    assert place_of(bed.plan, bed.session).startswith("test.flow:")
    bed.run("operator transfers bob -> *")
    assert place_of(bed.plan, bed.session) == ""
    assert bed.session.place == ready(bed.plan).by_hand


def _sample(kind: type) -> p.Step:
    """A step of any kind, with something in each field."""
    values: dict[str, object] = {
        "targets": p.Targets("one", (p.Const(ALICE),)), "target": p.Const(ALICE), "participant": p.Const(ALICE),
        "url": p.Const("https://x"), "prompts": ("a.wav",), "text": p.Const("x"), "arms": (), "digits": 3,
        "variable": 0, "service": "crm", "bound": 5, "flow": "back", "stage": 0, "place": 0, "branches": (),
        "value": p.Const(1),
    }  # fmt: skip
    if kind is p.Transfer:
        return p.Transfer(p.Targets("one", (p.Const(ALICE),)))
    fields = kind._fields  # type: ignore[attr-defined]
    defaults = kind._field_defaults  # type: ignore[attr-defined]
    made: p.Step = kind(**{name: values[name] for name in fields if name not in defaults})
    return made


@pytest.mark.parametrize("kind", get_args(p.Step), ids=[kind.__name__ for kind in get_args(p.Step)])
def test_every_step_has_words(kind: type) -> None:
    said = doing(Session("s", "d", variables=("x",)), _sample(kind))
    assert said
    assert "Party(" not in said


FACTS = [
    (facts.Incoming(1, "c", ALICE, Party("anonymous", "")), "Alice calls somebody anonymous"),
    (facts.Started(1), "the flow is started"),
    (facts.CallUpdated(1, 2, "c", "ringing"), "leg 2 is ringing"),
    (facts.CallUpdated(1, -1, "c", "terminated", Result(486, 0), "", True), "a leg is over: 486/0 busy"),
    (facts.CallUpdated(1, 0, "c", "established", tone="5"), "key 5 on the caller's leg"),
    (facts.RosterUpdated(1, 0, "c", ()), "0 in the call"),
    (
        facts.OperationUpdated(1, 0, "c", "o", "7", "failed", Result(400, 8508)),
        "operation 7 failed: 400/8508 cancelled",
    ),
    (facts.RequestAnswered(1, 3, 0), "request 3 has no answer"),
    (facts.RequestAnswered(1, 3, 202), "request 3 answered 202"),
    (facts.ServiceAnswered(1, 3, True, (("agent", Record((("x", Milliseconds(5)),))),)), "the service answered"),
    (facts.ServiceAnswered(1, 3, False), "the service failed"),
    (facts.FlowStarted(1, 3, False), "the other flow could not be started"),
    (facts.TimerFired(1, 9), "timer 9 is due"),
    (facts.OperatorHungUp(1, "eve"), "eve hangs up"),
    (facts.OperatorTransferred(1, ALICE, "eve"), "eve transfers to Alice"),
    (facts.Unheard(1), "nothing was heard for long"),
    (facts.Resumed(1, 90_500), "the service was away for 90.5 s"),
    (facts.Ignored(1, "a content sharing session"), "none of ours: a content sharing session"),
]


@pytest.mark.parametrize(("fact", "expected"), FACTS, ids=[text for _, text in FACTS])
def test_facts_in_words(fact: facts.Fact, expected: str) -> None:
    assert fact_words(fact) == expected


def test_every_fact_is_among_them() -> None:
    assert {type(fact) for fact, _ in FACTS} == set(get_args(facts.Fact))
