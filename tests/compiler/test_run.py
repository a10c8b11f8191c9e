"""What a call does with a plan, where its script in `tests/engine/cases` cannot say it: whom it rings, for how long."""

import pytest

from flowlang.call import commands, facts
from flowlang.call.facts import Milliseconds, Value
from flowlang.call.party import Party
from tests.engine.bed import ALICE, BOB, Bed

UP = "incoming -> answer\nanswers answer 202 ->\nestablished -> *"


def rung(bed: Bed) -> list[Party | None]:
    """Whom the calls and transfers of a call went to."""
    acts = [command.act for command in bed.commands if isinstance(command, commands.Request)]
    return [act.target for act in acts if isinstance(act, commands.CreateCall | commands.Transfer)]


def answer(bed: Bed, **members: Value) -> None:
    number = next(command.number for command in bed.commands if isinstance(command, commands.AskService))
    bed.give(facts.ServiceAnswered(bed.at_ms, number, True, tuple(members.items())))


FLOW = "language en-us\nregion amer\nservice crm answers agent text, who contact\n"

NUMBER, USER = "+4989100001", "a11ce000-0000-4000-8000-000000000009"

DIALLED: dict[tuple[str, Value], Party] = {
    ("c.agent", NUMBER): Party("phone", NUMBER, language="en-us", region="amer"),
    ("c.agent", USER): Party("user", USER, ALICE.tenant_id, language="en-us", region="amer"),
    ("c.agent (language de-de)", NUMBER): Party("phone", NUMBER, language="de-de", region="amer"),
    ("c.agent (region emea)", NUMBER): Party("phone", NUMBER, language="en-us", region="emea"),
    ("c.agent (language de-de, region emea)", USER): Party(
        "user", USER, ALICE.tenant_id, language="de-de", region="emea"
    ),
    ("c.agent", BOB): BOB._replace(language="en-us", region="amer"),
    ("c.agent", BOB._replace(language="it-it")): BOB._replace(language="it-it", region="amer"),
    ("c.agent (language de-de)", BOB._replace(language="it-it")): BOB._replace(language="de-de", region="amer"),
    ("c.agent (region emea)", BOB._replace(language="it-it")): BOB._replace(language="it-it", region="emea"),
}


@pytest.mark.parametrize(("target", "value"), DIALLED)
def test_language_and_region_of_somebody_known_only_then(target: str, value: Value) -> None:
    bed = Bed(f"{FLOW}on answered: ask crm as c then transfer to {target}").run(UP)
    answer(bed, agent=value)
    assert rung(bed) == [DIALLED[target, value]]


def test_the_language_beside_a_group_is_its_members() -> None:
    flow = "group desk = alice, c.agent (language it-it)\non answered: ask crm as c then consult first of {}"
    for target, languages in {"desk": ["en-us", "it-it"], "desk (language de-de)": ["de-de", "de-de"]}.items():
        bed = Bed(FLOW + flow.format(target)).run(UP)
        answer(bed, agent=NUMBER)
        assert [party.language for party in rung(bed) if party] == languages


def test_without_a_language_of_the_flow_nothing_is_added() -> None:
    bed = Bed("on answered: ask crm as c then transfer to c.agent").run(UP)
    answer(bed, agent=NUMBER)
    assert rung(bed) == [Party("phone", NUMBER)]


def test_a_target_that_is_nobody_stays_nobody_with_a_language() -> None:
    bed = Bed(f"{FLOW}on answered: ask crm as c then transfer to c.agent (language de-de)\non failed: hang up").run(UP)
    answer(bed)
    assert rung(bed) == []
    assert bed.last


WAITS: dict[Value, int] = {Milliseconds(3_000): 3_000, "3s": 10_000, 7: 10_000, None: 10_000}


@pytest.mark.parametrize("value", WAITS)
def test_a_length_of_time_that_a_service_answers(value: Value) -> None:
    bed = Bed('service crm answers delay duration\non answered: ask crm as c then wait c.delay then log "done"').run(UP)
    answer(bed, delay=value)
    timers = [timer for timer in bed.session.timers if timer.kind == "bound"]
    assert [timer.due_ms - bed.at_ms for timer in timers] == [WAITS[value]]
    assert any(told.code == "unset" and "c" in told.facts for told in bed.trace) is (WAITS[value] != 3_000)


LENGTHS = {
    "wait 2s": 2_000,
    "wait short": 5_000,
    "do hold_on(7s)": 7_000,
    "do hold_on(short)": 5_000,
    "wait wrong": 10_000,
}


@pytest.mark.parametrize("step", LENGTHS)
def test_lengths_of_time(step: str) -> None:
    flow = 'let short = 5s\nlet wrong = "5s"\nroutine hold_on(time): wait time\non answered: '
    bed = Bed(flow + step).run(UP)
    assert [timer.due_ms - bed.at_ms for timer in bed.session.timers if timer.kind == "bound"] == [LENGTHS[step]]


def test_a_service_is_asked_for_what_is_read_and_under_the_names_that_were_written() -> None:
    flow = (
        'service crm for 3s answers tier text\non answered: ask crm about caller.number, "x", "y" as c then log "{c}"'
    )
    bed = Bed(flow).run(UP)
    asked = next(command for command in bed.commands if isinstance(command, commands.AskService))
    assert dict(asked.about) == {"caller.number": "+4989123456", "value": "x", "value2": "y"}
    assert (asked.wants, asked.timeout_ms) == (("tier",), 3_000)
