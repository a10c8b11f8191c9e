"""Plans, sessions and facts to JSON and back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlang.analysis.load import load
from flowlang.call.facts import CallUpdated, Incoming, Milliseconds, Record
from flowlang.call.party import Party
from flowlang.call.results import Result
from flowlang.call.session import Session
from flowlang.codec import _BY_TAG, _TAGS, NotReadableError, decode, digest, encode
from flowlang.compiler import compile_flow
from flowlang.plan import Answer, Const, Known, Localized, Mute, Place, Plan, Plus, StartFlow, Targets
from flowlang.session_tags import SHORT
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


FOLDERS = ["desk.flow", "./desk.flow", "flows/desk.flow", "../flows/desk.flow", "/home/ann/flows/desk.flow",
           "C:\\work\\flows\\desk.flow"]  # fmt: skip
USES = ["people.flow", "common/people.flow", "../people.flow", "../other/people.flow", "./people.flow"]


def plan_in(path: str, use: str = "people.flow") -> Plan:
    text = f'use "{use}"\non answered: transfer to zoe'
    model = load(Source(path, text), lambda _path: b"contact zoe = +4989100001")
    assert not model.diagnostics
    assert len(model.units) == 2
    return compile_flow(model)


@pytest.mark.parametrize("use", USES)
def test_a_digest_is_the_same_wherever_the_flow_lies(use: str) -> None:
    plans = [plan_in(path, use) for path in FOLDERS]
    assert len({plan.files for plan in plans}) > 1
    assert len({digest(plan) for plan in plans}) == 1


def test_a_digest_tells_the_files_names_apart() -> None:
    digests = [digest(plan_in("flows/desk.flow", use)) for use in USES[:4]]
    assert len(set(digests)) == 4
    plan = plan_in("flows/desk.flow")
    assert digest(plan) != digest(plan._replace(files=(plan.files[0], "flows/others.flow")))
    assert digest(plan) != digest(plan._replace(files=("flows/night.flow", plan.files[1])))
    assert len(digest(plan._replace(files=()))) == 32


def test_a_digest_tells_every_part_of_a_plan_apart() -> None:
    plan = plan_of("on answered: mute")
    others = [plan._replace(title="x"), plan._replace(language="de-de"), plan._replace(region="emea"),
              plan._replace(wants_keys=True), plan._replace(net=1), plan._replace(abi=2)]  # fmt: skip
    assert len({digest(one) for one in (plan, *others)}) == 7


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


VALUES: list[object] = [
    None,
    True,
    0,
    -7,
    10**30,
    "",
    "ä€😀",
    "\ud800 half a character",
    "\udfff\ud800",
    (),
    ("", "a"),
    ("#", "a"),
    ("P", "Q"),
    (((),),),
    frozenset(),
    frozenset({"b", "a", "\ud800"}),
    Const("p.Const"),
    Const(Milliseconds(3)),
    Localized(Const(Party("phone", "+49")), region="emea"),
    Record((("name", "\udc00"), ("inner", Record((("x", True),))))),
    Targets("one", (Const(1), Const(True))),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_any_value_comes_back(value: object) -> None:
    data = encode(value)
    again = decode(object, data)
    assert again == value
    if not isinstance(value, frozenset):  # whose order is of no meaning
        assert repr(again) == repr(value)  # 1 and True are equal, as are named tuples of two classes
    assert encode(again) == data


texts = st.text(st.characters(), max_size=5)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts | st.frozensets(texts, max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | inner.map(Const)
        | st.tuples(st.text(max_size=3), inner).map(lambda pair: Record((pair,)))
        | st.builds(Plus, inner, inner)
    ),
    max_leaves=12,
)


@given(values)
def test_every_value_comes_back_as_it_was(value: object) -> None:
    again = decode(object, encode(value))
    assert repr(again) == repr(value) or again == value  # a set has no order
    assert encode(again) == encode(value)


def test_texts_are_stored_as_they_are_written() -> None:
    assert encode("ä€") == '"ä€"'.encode()
    assert encode("\ud800ä") == b'"\\ud800\\u00e4"'
    assert decode(str, b'"\\ud800\\u00e4"') == "\ud800ä"


def test_a_set_is_stored_in_order() -> None:
    names = [f"name{number}" for number in range(20)]
    stored = b'["#",' + b",".join(f'"{name}"'.encode() for name in sorted(names)) + b"]"
    assert encode(frozenset(names)) == encode(frozenset(reversed(names))) == stored


def test_defaults_are_left_out_from_the_end_only() -> None:
    assert encode(Known("caller")) == b'["p.Known","caller"]'
    assert encode(Known("leg", "", "helper")) == b'["p.Known","leg","","helper"]'
    assert encode(StartFlow("back", (), False)) == b'["p.StartFlow","back",["",],false]'.replace(b",]", b"]")
    assert encode(StartFlow("back", (), 0)) == b'["p.StartFlow","back"]'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'["#",1]', "the top: a set of names holds something else"),
        (b'["#",["#"]]', "the top: a set of names holds something else"),
        (b'["",["#",null]]', "/0: a set of names holds something else"),
        (b'["",1,["nobody"]]', "/1: nothing is called 'nobody'"),
        (b'["",["",["R"]]]', "/0/0: R has 0 fields"),
        (b'["R",1,2,3,4,5,6,7]', "the top: R has 7 fields"),
        (b"{}", "the top: neither a plain value nor a tagged list"),
        (b"1.5", "the top: neither"),
        (b"NaN", "the top: neither"),
        (b'["",[]]', "/0: neither"),
        (b"nonsense", "this is no JSON"),
        (b"\xff", "this is no JSON"),
        (b"9" * 5_000, "this is no JSON"),
        (b"[" * 100_000, "this is no JSON"),
        (b'["",' * 100_000 + b"1" + b"]" * 100_000, "this is no JSON"),
        (b'"x"', "this is not the stored form of a Session"),
        (b'["R",1,2]', "this is not the stored form of a Session"),
    ],
    ids=range(17),
)
def test_what_is_wrong_is_said(data: bytes, words: str) -> None:
    with pytest.raises(NotReadableError) as caught:
        decode(Session, data)
    assert words in str(caught.value)


def test_what_is_nested_too_deep_is_refused_however_deep_it_is() -> None:
    said = set()
    for depth in range(400, 2_000, 100):  # which of the two readers gives up first differs between Pythons
        with pytest.raises(NotReadableError) as caught:
            decode(Session, b'["",' * depth + b"1" + b"]" * depth)
        said.add(str(caught.value))
    assert "this is nested deeper than anything that is stored" in said


@pytest.mark.parametrize("value", [1.5, {"a": 1}, [1], b"x", object()], ids=lambda value: type(value).__name__)
def test_what_has_no_form_is_not_stored(value: object) -> None:
    with pytest.raises(TypeError, match="cannot be stored"):
        encode(Const(value))  # type: ignore[arg-type]


def test_no_two_classes_share_a_tag() -> None:
    assert len(_TAGS) == len(_BY_TAG)
    assert set(SHORT) <= {kind.__name__ for kind in _TAGS}
    assert {tag for tag in _BY_TAG if len(tag) == 1} == set(SHORT.values())
