"""The tables of a plan: its title, files, variables, hours, prompts, defaults and the safety net."""

import pytest

from flowlang import plan as p
from flowlang.call.facts import Milliseconds
from flowlang.compiler import TooLargeError, compile_flow
from flowlang.compiler.builder import MOST_PLACES
from tests.compiler.several import model_of, plan_of_files
from tests.flowtext import plan_of

PEOPLE = """
language de-de
region emea
contact zoe = +4989100001 "Zoe"
group desk = zoe
hours late = mon 18:00-22:00 in Europe/Berlin
service crm for 3s
setting ring = 20s

routine hand_over(who):
    log "moved"
    transfer to who
    set moved = yes
if that fails: mute
"""


def test_the_title_is_what_is_written_else_the_files_name() -> None:
    def title(path: str, text: str) -> str:
        return compile_flow(model_of({path: text})).title

    assert title("a/b/desk.flow", 'flow 1 "Front desk"\non answered: stop') == "Front desk"
    assert title("a/b/desk.flow", "flow 1\non answered: stop") == "desk"
    assert title("a\\b\\desk.flow", "on answered: stop") == "desk"
    assert title("desk", "on answered: stop") == "desk"


def test_a_used_file_does_not_give_the_title() -> None:
    plan = plan_of_files(main='use "people.flow"\non answered: stop', people='flow 1 "People"')
    assert plan.title == "main"


def test_what_a_used_file_brings() -> None:
    plan = plan_of_files(
        main="""
            use "people.flow"
            let tries = 0
            on answered during late:
                ask crm as c
                consult desk for ring
                do hand_over(zoe)
        """,
        people=PEOPLE,
    )
    assert plan.files == ("main.flow", "people.flow")
    assert [variable.name for variable in plan.variables] == ["tries", "ring", "c", "moved"]
    assert plan.variables[1] == p.Variable("ring", "setting", Milliseconds(20_000))
    assert (plan.language, plan.region, plan.services) == ("de-de", "emea", ("crm",))
    assert [hours.name for hours in plan.hours] == ["late"]
    where = {type(place.step).__name__: (place.file, place.line) for place in plan.places if place.line}
    assert where["Ask"] == (0, 5)
    assert where["Consult"] == (0, 6)
    assert where["Transfer"] == (1, 12)
    assert where["Set"] == (1, 13)
    assert where["Mute"] == (1, 14)
    assert [place.line for place in plan.places if isinstance(place.step, p.When)] == [7]


def test_a_handler_after_a_routine_of_another_file_is_of_its_own_file() -> None:
    plan = plan_of_files(
        main='use "people.flow"\non answered: do hand_over(zoe) then unmute\non joined: unmute', people=PEOPLE
    )
    assert [(place.file, place.line) for place in plan.places if isinstance(place.step, p.Unmute)] == [(0, 2), (0, 3)]
    assert [(handler.file, handler.line) for handler in plan.handlers] == [(0, 2), (0, 3), (0, 0)]


def test_handlers_and_stages_of_a_used_file_are_not_the_flows() -> None:
    plan = plan_of_files(main='use "b.flow"\non answered: stop', b="on joined: stop\non tone 1: stop")
    assert [handler.event for handler in plan.handlers] == ["answered", "incoming"]


def test_places_know_their_lines() -> None:
    plan = plan_of_files(main="\non answered:\n    mute then unmute\n\n    when caller exists:\n        hang up")
    found = {type(place.step).__name__: place.line for place in plan.places}
    assert (found["Mute"], found["Unmute"], found["When"]) == (3, 3, 5)
    assert plan.handlers[0].line == 2


VARIABLES = {
    "on answered: gather 3 digits as a": ["a"],
    "on answered: record as a": ["a"],
    "on answered: ask crm as a": ["a"],
    "on answered: set a = 1": ["a"],
    "on answered: mute\nif that fails: set a = 1": ["a"],
    "stage one:\n    on enter: set a = 1\n    if that fails: set b = 1": ["a", "b"],
    "let x = 1\non answered: set b = 1 then set a = 1\nsetting y = 2": ["x", "y", "b", "a"],
    "routine r(a): set b = 1 then set a = 1 then set c = 1\non answered: set a = 2": ["b", "c", "a"],
    "routine r(a): set a = 1\non answered: do r(1) then do r(2)": ["r.a.1", "r.a.2"],
    "routine r(a): mute\non answered: do r(caller)": ["r.a.1"],
}


@pytest.mark.parametrize("flow", VARIABLES)
def test_variables_that_steps_make(flow: str) -> None:
    plan = plan_of(flow)
    assert [variable.name for variable in plan.variables] == VARIABLES[flow]
    assert {variable.kind for variable in plan.variables if variable.name in "abc" or "." in variable.name} == {"local"}


def test_hours_as_they_are_declared() -> None:
    plan = plan_of_files(
        main="""
            hours all = mon-fri 08:00-18:00, sat 22:00-02:00 in Europe/Berlin except holidays DE-BY except "leave.ics"
                and closed 24 dec 12:00-24:00 and open 2 jan 2027
            hours bare = sun 00:00-24:00 in UTC
            on answered: stop
        """.replace("\n                and closed", " and closed")
    )
    assert plan.hours == (
        p.Hours(
            "all",
            (p.OpenRange((0, 1, 2, 3, 4), 480, 1080), p.OpenRange((5,), 1320, 120)),
            "Europe/Berlin",
            "DE-BY",
            "leave.ics",
            (p.SpecialDay(False, 24, 12, 0, 720, 1440), p.SpecialDay(True, 2, 1, 2027, 0, 1440)),
        ),
        p.Hours("bare", (p.OpenRange((6,), 0, 1440),), "UTC"),
    )


def test_prompts_are_listed_once_with_their_lengths() -> None:
    model = model_of(
        {
            "main.flow": """
                on answered:
                    play "one.wav", "two.wav"
                    menu "three.wav", "one.wav":
                        press 1: play "four.wav"
                    gather 3 digits as a playing "five.wav"
                    gather 3 digits as a
                    consult +4989100001 playing "six.wav" announcing "seven.wav"
                    consult +4989100001
                    say "eight.wav"
            """
        }
    )
    plan = compile_flow(model, prompt_length_ms=lambda name: len(name) * 1_000, prompt_digest=str.upper)
    assert {prompt.name for prompt in plan.prompts} == {
        "one.wav", "two.wav", "three.wav", "four.wav", "five.wav", "six.wav", "seven.wav",
    }  # fmt: skip
    assert len(plan.prompts) == 7
    assert [prompt[1:] for prompt in plan.prompts if prompt.name == "three.wav"] == [(9_000, "THREE.WAV")]
    assert {prompt[1:] for prompt in compile_flow(model).prompts} == {(0, "")}


KEYS = {
    "on tone 1: stop": True,
    "stage one:\n    on tone 1: stop": True,
    'on answered:\n    menu "a.wav":\n        press 1: stop': True,
    "on answered: gather 3 digits as a": True,
    'on answered:\n    menu "a.wav" to consult:\n        press 1: stop': False,
    "on answered: gather 3 digits as a from consult": False,
    "on answered: consult alice accepting 1": False,
    "on answered: stop": False,
}


@pytest.mark.parametrize("flow", KEYS)
def test_keys_are_wanted_where_the_callers_are_read(flow: str) -> None:
    assert plan_of(flow).wants_keys is KEYS[flow]


BEGINS = {
    "on answered: stop": (True, False),
    "on incoming: stop": (True, False),
    "on start: stop": (False, True),
    "on start: stop\non answered: stop": (True, True),
    "on start: stop\non incoming: stop": (True, True),
}


@pytest.mark.parametrize("flow", BEGINS)
def test_how_a_flow_may_begin(flow: str) -> None:
    plan = plan_of(flow)
    assert (plan.has_incoming, plan.has_start) == BEGINS[flow]


def test_the_safety_net_hangs_up() -> None:
    plan = plan_of("on answered: stop")
    assert plan.defaults == p.Defaults()
    assert plan.places[plan.net] == p.Place(p.HangUp())


def test_the_safety_net_plays_the_operators_prompt_and_hangs_up_whatever_comes_of_it() -> None:
    defaults = p.Defaults(answer_ms=1, safety_net_prompt="sorry.wav")
    plan = compile_flow(model_of({"main.flow": "on answered: stop"}), defaults)
    net = plan.places[plan.net]
    assert plan.defaults is defaults
    assert net.step == p.Play(("sorry.wav",))
    assert plan.places[net.next] == p.Place(p.HangUp())
    assert plan.scopes[net.scope] == p.Scope((p.Arm((), net.next),))
    assert [prompt.name for prompt in plan.prompts] == ["sorry.wav"]


def test_stages_have_their_numbers_and_what_is_in_reach() -> None:
    plan = plan_of("stage one:\n    on enter: goto two\nstage two:\n    on tone 1: hang up helper")
    assert plan.stages == ("one", "two")
    assert plan.reach == ((), (), ("helper",))
    assert plan.handlers[0].stage == 0
    assert plan.places[plan.handlers[0].place].step == p.Goto(1)


def test_a_flow_that_is_too_large_is_refused() -> None:
    def routines(deep: int) -> str:
        lines = ["routine r0: mute"]
        lines += [f"routine r{number}: do r{number - 1} then do r{number - 1}" for number in range(1, deep)]
        return "\n".join([*lines, f"on answered: do r{deep - 1}"])

    assert len(compile_flow(model_of({"main.flow": routines(8)})).places) < 1_000
    with pytest.raises(TooLargeError, match=str(MOST_PLACES)):
        compile_flow(model_of({"main.flow": routines(16)}))


def test_nothing_is_laid_twice() -> None:
    flow = """
    routine once: unmute
    on answered:
        menu "a.wav":
            press 1: mute
            on timeout: mute
            on busy: mute
            otherwise: mute
        transfer to carol:
            on busy: retry
            otherwise: mute
            if that fails: mute
        do once
    """
    kinds = [type(place.step).__name__ for place in plan_of(flow).places]
    # besides: the answer that the flow does not write, the net, the place of the `do`
    assert sorted(kinds) == sorted(["Menu", "Transfer", "Retry", "Unmute", "Answer", "HangUp", "When", *["Mute"] * 6])


def test_an_empty_flow_answers() -> None:
    plan = compile_flow(model_of({"main.flow": ""}))
    assert [handler.event for handler in plan.handlers] == ["incoming"]
    assert plan.title == "main"
