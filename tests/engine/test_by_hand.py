"""An operator's orders at every point of every case in the table: whatever runs, there are never two transfers at one
time, and whoever is hung up is gone in the end."""

from collections.abc import Iterator

import pytest

from flowlang.analysis.load import load
from flowlang.call import commands
from flowlang.call.session import ORDERS, Session
from flowlang.codec import decode, encode
from flowlang.compiler import compile_flow
from flowlang.engine.ending import UP
from flowlang.engine.index import ready
from flowlang.plan import Answer, Defaults, HangUp, Redirect, Reject, Transfer
from flowlang.source import Source
from flowlang.steps.transfer import MOVING
from tests.engine.bed import Bed
from tests.engine.test_cases import CASES
from tests.flowtext import plan_of

LOOKS = ("idle", "runs", "finished", "unfinished", "trace", "no", "value", "log")
FINAL = (Answer, Redirect, Reject, Transfer, HangUp)


def points(flow: str, script: str) -> Iterator[Bed]:
    """A bed at each point of a script, with its session taken from its stored form."""
    lines = [line for line in script.strip().splitlines() if line.split("#")[0].split()[:1]]
    for count in range(1, len(lines)):
        if lines[count - 1].split()[0] in LOOKS:
            continue
        bed = Bed(flow)
        bed.run("\n".join(lines[:count]))
        bed.session = decode(Session, encode(bed.session))
        yield bed


def running(bed: Bed) -> object:
    """The step that waits."""
    return ready(bed.plan).places[bed.session.place].step if bed.session.run else None


def sent(bed: Bed, *kinds: type) -> bool:
    return any(isinstance(one, commands.Request) and isinstance(one.act, kinds) for one in bed.last)


def is_moving(bed: Bed) -> bool:
    """Whether a transfer is under way, or may be."""
    legs = bed.session.legs
    primary = bed.session.primary
    return isinstance(running(bed), Transfer) or (primary >= 0 and legs[primary].state in MOVING)


@pytest.mark.parametrize(("flow", "script"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_an_order_at_every_point(flow: str, script: str) -> None:
    for bed in points(flow, script):
        was_moving = is_moving(bed)
        is_there = bed.session.end == UP and bed.session.direction != ""
        bed.run("operator transfers bob -> *")
        assert not (was_moving and sent(bed, commands.Transfer))
        first = sent(bed, commands.Transfer)
        bed.run("operator transfers alice -> *")
        assert not (first and sent(bed, commands.Transfer))
        bed.run("operator hangs up -> *")
        if not is_there or bed.session.end != UP:
            continue
        if sent(bed, commands.HangUp, commands.Reject) or bed.session.primary < 0:
            continue
        waits = any(one.event in ORDERS for one in bed.session.kept)
        gone = any(one.kind in ("gone", "delete") for one in bed.session.timers)
        leg = bed.session.legs[bed.session.primary]
        assert waits or gone or leg.is_unwanted or isinstance(running(bed), HangUp), bed.codes()
        assert not waits or isinstance(running(bed), FINAL)


def test_a_plan_is_made_ready_once_and_its_own_places_stay() -> None:
    plan = plan_of("on answered: hang up")
    made = ready(plan)
    assert ready(made) is made
    assert made.places[: len(plan.places)] == plan.places
    assert isinstance(made.places[made.by_hand].step, Transfer)


def test_whom_an_operator_chose_is_in_the_transfer() -> None:
    bed = Bed('on answered: play "a.wav"\non failed: hang up')
    bed.run("incoming -> answer\nestablished ->\noperator transfers +15550123 -> transfer")
    (request,) = bed.last
    assert isinstance(request, commands.Request)
    assert isinstance(request.act, commands.Transfer)
    assert (request.act.target.kind, request.act.target.id) == ("phone", "+15550123")
    assert request.act.replaces_call_id == ""


def _with_a_prompt_in_the_net(flow: str) -> Bed:
    source = Source("test.flow", flow)
    model = load(source, lambda _name: None)
    return Bed(compile_flow(model, Defaults(safety_net_prompt="sorry.wav")))


FAILED = "incoming -> *\nestablished -> *\naudio -> *\nanswers transfer 403/7504 -> playPrompt\n"


def test_the_safety_net_is_not_taken_over_by_a_transfer_but_cut_short_by_hanging_up() -> None:
    bed = _with_a_prompt_in_the_net("on answered: transfer to +15550100")
    bed.run(f"{FAILED}operator transfers bob ->\ntrace dropped the safety net runs\nruns play")
    bed.run("operator hangs up -> cancelMediaProcessing, delete\nruns hang up")
    bed.run("answers delete 204 ->\nover 200/7000 ->\nfinished")
