"""What may come next: for scripts that stand somewhere in a call, the facts that the explorer tries."""

from collections import Counter

import pytest

from flowlang.call import facts
from flowlang.call.facts import Fact
from flowlang.call.session import Session
from flowlang.engine.index import index_of
from flowlang.explorer.environment import environment
from flowlang.explorer.moves import Move, Moves
from flowlang.explorer.relevance import relevance_of
from tests.engine.bed import Bed

UP = """
incoming                  -> *
answers answer 202        -> *
established               -> *
"""
HEARD = (
    UP
    + """
audio                     -> *
answers subscribeToTone completed -> *
"""
)


def moves(bed: Bed) -> list[Move]:
    return Moves(bed.plan, index_of(bed.plan), relevance_of(bed.plan), environment()).after(bed.session)


def word(session: Session, move: Move) -> str:
    """A move in short: `answers create 486/0`, `leg0 over 200/5002`, `due ring`, `tone 1`."""
    fact: Fact = move.fact
    result = getattr(fact, "result", None)
    codes = f" {result.code}/{result.subcode}" if result is not None else ""
    match fact:
        case facts.RequestAnswered():
            pending = next(one for one in session.pending if one.number == fact.request)
            told = " lost" if not fact.status else f" {fact.state}" if fact.state else ""
            return f"answers {pending.word}{told}{codes}"
        case facts.CallUpdated(tone=key) if key:
            return f"leg{fact.leg} tone {key}"
        case facts.CallUpdated(audio=audio) if audio:
            return f"leg{fact.leg} audio"
        case facts.CallUpdated():
            return f"leg{fact.leg} {'over' if fact.is_over else fact.state}{codes}"
        case facts.RosterUpdated():
            return f"roster {' '.join(one.party.name for one in fact.participants)}".strip()
        case facts.OperationUpdated():
            return f"operation {fact.status}{codes}"
        case facts.TimerFired():
            return f"due {next(one.kind for one in session.timers if one.number == fact.timer)}"
        case facts.ServiceAnswered():
            return f"service {'ok' if fact.is_ok else 'failed'}"
        case facts.FlowStarted():
            return f"flow {'ok' if fact.is_ok else 'unknown'}"
    raise AssertionError(fact)


def words(flow: str, script: str) -> list[str]:
    bed = Bed(flow).run(script)
    return sorted(word(bed.session, move) for move in moves(bed))


QUIET = "on answered: hang up\non failed: hang up"
PLAYS = 'on answered: play "a.wav" then hang up\non failed: hang up'
RINGS = "on answered:\n    consult alice for 9s\n    transfer replacing consult\nif that fails: hang up"
MOVES = "on answered: transfer to alice\non failed: hang up"
KEYS = """
on answered: play "a.wav" repeating
on tone 1: hang up
on tone 2: hang up
after 5m: hang up
on failed: hang up
"""
MENU = """
on answered:
    menu "a.wav" for 5s:
        press 1: hang up
        otherwise: hang up
on failed: hang up
"""
ASKS = """
service crm for 2s answers vip yes/no
on answered:
    ask crm about caller.number as a:
        otherwise: hang up
    when a.vip: hang up
    else: transfer to bob
on failed: hang up
"""
TIMES = """
let x = 0
on answered: goto a
stage a:
    on enter: set x = 1
    after 20s: hang up
    after 60s: hang up
on failed: hang up
"""
CASES = {
    "an answer comes first": (
        QUIET, "incoming -> *",
        ["answers answer", "answers answer 403/7504", "answers answer lost"],
    ),
    "answering": (
        QUIET, "incoming -> *\nanswers answer 202 -> *",
        ["due bound", "leg0 established", "leg0 establishing", "leg0 over 487/0"],
    ),
    "sound comes first": (PLAYS, UP, ["leg0 audio"]),
    "a prompt plays": (
        PLAYS, UP + "audio -> *\nanswers playPrompt running -> *",
        ["due bound", "leg0 over 200/5002", "operation completed", "operation failed 500/8511"],
    ),
    "a phone rings": (
        RINGS, UP + "answers create 201 -> *",
        ["due ring", "leg0 over 200/5002", "leg1 established", "leg1 over 486/0"],
    ),
    "the request for a leg": (
        RINGS, UP, ["answers create establishing", "answers create 403/7503", "answers create lost"]
    ),
    "a transfer is taken": (
        MOVES, UP + "answers transfer 202 -> *",
        ["due bound", "leg0 over 200/5002", "leg0 over 200/7015", "leg0 transferring"],
    ),
    "it is under way": (
        MOVES, UP + "answers transfer 202 -> *\ntransferring -> *",
        ["due bound", "leg0 established 500/7000", "leg0 over 200/5002", "leg0 over 200/7015"],
    ),
    "a transfer whose answer was lost": (
        MOVES, UP + "answers transfer lost -> *",
        ["answers get 404/8522", "answers get 500/0", "answers get established", "answers get transferAccepted"],
    ),
    "keys that handlers hear": (
        KEYS, HEARD + "answers playPrompt running -> *",
        ["due after", "leg0 over 200/5002", "leg0 tone 1", "leg0 tone 2", "operation completed",
         "operation failed 500/8511"],
    ),
    "keys of a menu": (
        MENU, HEARD + "answers playPrompt running -> *",
        ["due bound", "leg0 over 200/5002", "leg0 tone 0", "leg0 tone 1", "operation completed",
         "operation failed 500/8511"],
    ),
    "a leg that we hung up": (
        RINGS.replace("transfer replacing consult", "hang up consult\n    wait 9s\n    hang up"),
        UP + "answers create 201 -> *\nleg1 established -> *",
        ["answers delete"],
    ),
    "a service": (
        ASKS, UP,
        ["due bound", "leg0 over 200/5002", "service failed", "service ok", "service ok", "service ok"],
    ),
    "the earlier of two times": (
        TIMES, UP, ["due after", "leg0 over 200/5002"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("flow", "script", "expected"), CASES.values(), ids=CASES)
def test_what_may_come(flow: str, script: str, expected: list[str]) -> None:
    assert words(flow, script) == sorted(expected)


def test_people_come_and_go() -> None:
    flow = "on incoming: answer\non joined alice: hang up\nafter 5m: hang up\non failed: hang up"
    start = "incoming group -> *\nanswers answer 202 -> *\nestablished -> *"
    assert [one for one in words(flow, start) if "roster" in one] == ["roster Alice", "roster Somebody"]
    bed = Bed(flow.replace("hang up\nafter", 'log "x"\nafter')).run(start)
    bed.give(next(move.fact for move in moves(bed) if word(bed.session, move) == "roster Alice"))
    found = sorted(word(bed.session, move) for move in moves(bed))
    assert [one for one in found if "roster" in one] == ["roster", "roster Alice Somebody"]


def test_people_come_to_flows_that_name_nobody() -> None:
    flow = "on incoming: answer\non joined: hang up\nafter 5m: hang up\non failed: hang up"
    assert "roster Somebody" in words(flow, "incoming group -> *\nanswers answer 202 -> *\nestablished -> *")


def test_who_is_there_when_graph_is_asked() -> None:
    flow = "on incoming: answer\non answered: transfer alice to bob\nafter 5m: hang up\non failed: hang up"
    bed = Bed(flow).run("incoming group -> *\nanswers answer 202 -> *\nestablished -> *")
    told = [move.fact.participants for move in moves(bed) if isinstance(move.fact, facts.RequestAnswered)]
    sizes = Counter(len(one) for one in told if one is not None)
    assert sizes[0] == 1
    assert sizes[1] >= 2
    assert max(sizes) >= 2


def test_instant_handlers_hear_keys_during_a_transfer() -> None:
    flow = "let x = 0\non answered: transfer to alice\non tone 1: set x = 1\non tone 2: hang up\non failed: hang up"
    bed = Bed(flow).run(HEARD.replace("audio", "answers transfer 202 -> *\naudio"))
    found = [word(bed.session, move) for move in moves(bed)]
    assert "leg0 tone 1" in found
    assert "leg0 tone 2" not in found


def test_who_is_behind_it_and_how_ordinary_it_is() -> None:
    bed = Bed(RINGS).run(UP + "answers create 201 -> *")
    by = {word(bed.session, move): (move.by, move.row.cost if move.row else move.cost) for move in moves(bed)}
    assert by == {
        "leg0 over 200/5002": ("caller", 1), "leg1 established": ("far side", 1), "leg1 over 486/0": ("far side", 1),
        "due ring": ("time", 1),
    }  # fmt: skip
    first = Bed(RINGS).run(UP)
    costs = {word(first.session, move): move.row.cost for move in moves(first) if move.row}
    assert costs["answers create establishing"] < costs["answers create lost"]


def test_no_voice_is_a_matter_of_say_alone() -> None:
    says = PLAYS.replace('play "a.wav"', 'say "a"')
    ours = [move.fact.result.name for move in moves(Bed(says).run(UP + "audio -> *"))
            if isinstance(move.fact, facts.RequestAnswered) and move.fact.result is not None]  # fmt: skip
    plain = [move.fact.result.name for move in moves(Bed(PLAYS).run(UP + "audio -> *"))
             if isinstance(move.fact, facts.RequestAnswered) and move.fact.result is not None]  # fmt: skip
    assert "no voice" in ours
    assert "no voice" not in plain


def test_hang_up_is_sent_again_before_its_time_is_over() -> None:
    bed = Bed("on incoming: hang up").run("incoming -> *\nanswers reject 500/0 -> *")
    found = [word(bed.session, move) for move in moves(bed)]
    assert "due again" in found
    assert "due bound" not in found
