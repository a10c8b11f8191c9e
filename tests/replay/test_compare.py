"""Where a call that is played again parts from the call that was."""

import pytest

from flowlang.call import commands, facts
from flowlang.call.commands import Request
from flowlang.call.party import Party
from flowlang.engine import step as engine
from flowlang.replay import again
from flowlang.replay.compare import Compared, with_other_plan, with_what_was
from flowlang.replay.recording import Recording, read
from tests.flowtext import plan_of
from tests.recordings.make import FOLDER

FLOW = """contact heidi = +15550111 "Heidi"
on answered:
    play "one.wav"
    play "two.wav"
    transfer to heidi
on tone 1: hang up
"""


def recorded(name: str = "consult") -> Recording:
    return read((FOLDER / "0.1.0" / f"{name}.json").read_text(encoding="utf-8"))


def call(flow: str = FLOW) -> Recording:
    """A call through a flow: answered, every sound heard to its end, transferred."""
    plan = plan_of(flow)
    mine = again.Call(plan, "call")
    asked: list[commands.Command] = []
    at_ms = 1_000

    def tell(fact: facts.Fact) -> list[commands.Command]:
        nonlocal at_ms
        at_ms += 500
        given = [one.command for one in mine.told(fact._replace(at_ms=at_ms)).asked]
        asked.extend(given)
        return given

    new = tell(facts.Incoming(0, "call", Party("phone", "+15550100"), Party("phone", "+15550199")))
    answer = new[0]
    tell(facts.RequestAnswered(0, answer.number, 202))
    new = tell(facts.CallUpdated(0, 0, "call", "established", audio="active"))
    while new:
        number, act = new[-1].number, getattr(new[-1], "act", None)
        tell(facts.RequestAnswered(0, number, 202, operation_id=f"op-{number}"))
        if not isinstance(act, commands.Play):
            break
        new = tell(facts.OperationUpdated(0, 0, "call", f"op-{number}", str(number), "completed"))
    told = tuple([one.fact for one in mine.moments])
    return Recording("0.1.0", "call", "test", plan, told, tuple(asked))


def words(compared: Compared) -> tuple[str, str]:
    found = compared.difference
    assert found is not None
    return tuple([_act(one.command) if one is not None else "" for one in (found.then, found.now)])  # type: ignore[return-value]


def _act(command: commands.Command) -> str:
    assert isinstance(command, Request)
    act = command.act
    return act.prompts[0].text if isinstance(act, commands.Play) else type(act).__name__


def test_the_call_of_these_tests_goes_through_the_whole_flow() -> None:
    assert [_act(one) for one in call().commands] == ["Answer", "SubscribeToTone", "one.wav", "two.wav", "Transfer"]
    assert with_what_was(call()).difference is None


# ---------------------------------------------------------------- the same plan


def test_a_command_that_was_another_is_found() -> None:
    recording = recorded()
    first = recording.commands[2]
    assert isinstance(first, Request)
    changed = first._replace(act=commands.HangUp())
    compared = with_what_was(recording._replace(commands=(*recording.commands[:2], changed, *recording.commands[3:])))
    assert compared.difference is not None
    assert compared.difference.then is not None
    assert (compared.difference.then.command, compared.commands) == (changed, 2)
    assert compared.difference.now is not None
    assert compared.difference.now.command == first
    assert compared.difference.after == compared.moments[-1].fact


def test_a_command_that_was_not_there_is_found() -> None:
    recording = recorded()
    compared = with_what_was(recording._replace(commands=recording.commands[:-1]))
    assert compared.difference is not None
    assert compared.difference.then is None
    assert compared.difference.now is not None
    assert compared.difference.now.command == recording.commands[-1]


def test_a_command_that_is_not_there_any_more_is_found() -> None:
    recording = recorded()
    more = Request(999, 0, "id", commands.HangUp())
    compared = with_what_was(recording._replace(commands=(*recording.commands, more)))
    assert compared.difference is not None
    assert (compared.difference.after, compared.difference.now) == (None, None)
    assert compared.difference.then is not None
    assert compared.difference.then.command == more
    assert compared.commands == len(recording.commands)


def test_the_order_of_what_is_asked_at_one_moment_does_not_count() -> None:
    recording = recorded()
    assert with_what_was(recording._replace(commands=recording.commands[::-1])).difference is None


def test_an_engine_that_breaks_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    recording = recorded()
    fifth = recording.facts[4]

    def breaking(plan: object, session: object, fact: object) -> object:
        if fact == fifth:
            raise KeyError("leg")
        return engine.step(plan, session, fact)  # type: ignore[arg-type]

    monkeypatch.setattr(again, "step", breaking)
    compared = with_what_was(recording)
    assert compared.difference is not None
    assert compared.difference.broke == "KeyError: 'leg'"
    assert compared.difference.after == fifth
    assert compared.difference.at_ms == fifth.at_ms - recording.facts[0].at_ms
    assert len(compared.moments) == 4


# ---------------------------------------------------------------- another plan


def test_the_same_flow_with_other_lines_is_no_difference() -> None:
    recording = call()
    plan = plan_of(f"# a comment\n\n{FLOW}\n# the end\n")
    compared = with_other_plan(recording, plan)
    assert compared.difference is None
    assert compared.commands == len(recording.commands)


def test_a_timer_more_shifts_the_numbers_and_is_no_difference() -> None:
    """Timers and requests are counted together, and answers name their requests: both have to be followed."""
    recording = call()
    plan = plan_of(FLOW + "after 3h: hang up\n")
    mine = list(again.again(recording._replace(plan=plan)))  # told without following, it goes another way
    assert sum(len(one.asked) for one in mine) < len(recording.commands)
    assert with_other_plan(recording, plan).difference is None


def test_another_sound_is_the_first_difference() -> None:
    compared = with_other_plan(call(), plan_of(FLOW.replace("two.wav", "three.wav")))
    assert words(compared) == ("two.wav", "three.wav")
    assert compared.commands == 3
    assert compared.difference is not None
    assert compared.difference.now is not None
    assert compared.difference.now.place == "test.flow:10"


def test_a_step_more_and_a_step_less_are_differences() -> None:
    two = '    play "two.wav"\n'
    more = with_other_plan(call(), plan_of(FLOW.replace(two, f'{two}    play "b.wav"\n')))
    assert words(more) == ("Transfer", "b.wav")
    less = with_other_plan(call(), plan_of(FLOW.replace(two, "")))
    assert words(less) == ("two.wav", "Transfer")
    none = with_other_plan(call(), plan_of(FLOW.replace("    transfer to heidi\n", "")))
    assert words(none)[0] == "Transfer"


def test_the_same_step_later_is_a_difference() -> None:
    compared = with_other_plan(call(), plan_of(FLOW.replace("    transfer", "    wait 200ms\n    transfer")))
    found = compared.difference
    assert words(compared) == ("Transfer", "Transfer")
    assert found is not None
    assert found.then is not None
    assert found.now is not None
    assert found.now.at_ms - found.then.at_ms == 200


def test_hours_of_the_other_flow_count() -> None:
    recording = call()
    flow = FLOW.replace("on answered:", 'on answered during day: play "day.wav"\non answered:')
    flow = f"hours day = mon-sun 00:00-24:00 in Europe/London\n{flow}"
    assert words(with_other_plan(recording, plan_of(flow))) == ("one.wav", "day.wav")


def test_every_recording_through_its_own_plan_is_no_difference() -> None:
    for path in sorted(FOLDER.glob("*/*.json")):
        recording = read(path.read_text(encoding="utf-8"))
        assert with_other_plan(recording, recording.plan).difference is None, path.name
