"""Plans, sessions and facts to JSON and back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlang.analysis.load import load
from flowlang.call.facts import CallUpdated, Incoming
from flowlang.call.party import Party
from flowlang.call.results import Result
from flowlang.call.session import Session
from flowlang.codec import NotReadableError, decode, digest, encode
from flowlang.compiler import compile_flow
from flowlang.plan import Answer, Mute, Place, Plan
from flowlang.source import Source
from tests.engine.bed import Bed
from tests.engine.test_cases import CASES
from tests.flowtext import plan_of

FLOWS = Path(__file__).parents[1] / "flows"
NAMES = sorted(path.name for path in FLOWS.glob("*.flow"))


def shipped(name: str) -> Plan:
    path = FLOWS / name
    model = load(Source(path.as_posix(), path.read_text(encoding="utf-8")), lambda p: Path(p).read_bytes())
    return compile_flow(model)


@pytest.mark.parametrize("name", NAMES)
def test_plans_come_back(name: str) -> None:
    plan = shipped(name)
    again = decode(Plan, encode(plan))
    assert again == plan
    assert [type(place.step) for place in again.places] == [type(place.step) for place in plan.places]
    assert encode(again) == encode(plan)
    assert digest(again) == digest(plan)


def test_steps_without_operands_stay_apart() -> None:
    assert encode(Place(Answer())) != encode(Place(Mute()))
    assert type(decode(Place, encode(Place(Mute()))).step) is Mute


def test_a_digest_tells_flows_apart() -> None:
    one = plan_of("on answered: transfer to carol")
    assert digest(one) != digest(plan_of("on answered: transfer to bob"))
    assert digest(one) == digest(plan_of("on answered: transfer to carol   # with a comment"))
    assert len(digest(one)) == 32


@pytest.mark.parametrize(("flow", "script"), [case[1:] for case in CASES[:60]], ids=[case[0] for case in CASES[:60]])
def test_sessions_come_back_at_every_moment(flow: str, script: str) -> None:
    bed = Bed(flow)
    give = bed.give

    def give_and_store(fact):
        caused = give(decode(type(fact), encode(fact)))
        again = decode(Session, encode(bed.session))
        assert again == bed.session
        assert type(again.waiting) is type(bed.session.waiting)
        bed.session = again
        return caused

    bed.give = give_and_store  # type: ignore[method-assign]
    bed.run(script)


def guid(number: int) -> str:
    return f"{number:08x}-d4bf-4224-8b19-1581168d328b"


def test_a_waiting_call_with_a_consult_leg_fits_in_a_kibibyte() -> None:
    plan = plan_of('on answered: consult alice for 20s playing "hold.wav" then transfer replacing consult')
    bed = Bed(plan)
    bed.session = bed.session._replace(id=guid(1), plan=digest(plan))
    caller = Party("user", guid(2), guid(3), "Adele Vance")
    called = Party("resource account", guid(4), guid(3))
    bed.give(Incoming(1_790_000_000_000, guid(5), caller, called, "peer", guid(3), guid(6), guid(7)))
    bed.give(CallUpdated(1_790_000_000_500, 0, guid(5), "established"))
    bed.give(CallUpdated(1_790_000_000_700, 0, guid(5), "established", audio="active"))
    bed.give(CallUpdated(1_790_000_000_900, 1, guid(8), "ringing"))
    assert bed.session.legs[1].call_id == guid(8)
    assert len(encode(bed.session)) <= 1024, encode(bed.session)


@given(st.binary() | st.text().map(str.encode))
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(NotReadableError):
        decode(Session, data)


@pytest.mark.parametrize(
    "data", [b"[]", b"[1]", b'["nobody"]', b'["S"]', b'["R",1,2,3,4,5,6]', b"[" * 100_000, b"3", b'["R",1,2]']
)
def test_broken_forms_are_refused(data: bytes) -> None:
    with pytest.raises(NotReadableError):
        decode(Session, data)


def test_a_result_without_its_defaults_is_short() -> None:
    assert encode(Result(486, 0)) == b'["R",486,0]'
