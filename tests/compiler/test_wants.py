"""Which members of a service's answer are kept: those that the plan reads, wherever it reads them."""

import pytest

from flowlang.plan import Ask
from tests.flowtext import plan_of

HEAD = """
service crm answers tier text, agent contact, delay duration, vip yes/no
service other
group desk = alice
"""

READ = {
    'log "{c.tier}"': ["tier"],
    'log "{c.tier} {c.agent.name} {c.tier}"': ["agent", "tier"],
    'say "{c.tier}"': ["tier"],
    'notify other "{c.tier}"': ["tier"],
    "transfer to c.agent": ["agent"],
    "transfer to alice, c.agent": ["agent"],
    "transfer to c.agent (language de-de)": ["agent"],
    "consult c.agent for c.delay": ["agent", "delay"],
    "wait c.delay": ["delay"],
    "invite c.agent": ["agent"],
    "remove c.agent": ["agent"],
    "ask other about c.tier": ["tier"],
    "start back with t = c.tier": ["tier"],
    'when c.tier is "gold" and not (c.vip): stop': ["tier", "vip"],
    "when c.vip: stop": ["vip"],
    "when c.vip exists: stop": ["vip"],
    "when c.agent in desk: stop": ["agent"],
    "when caller.number is c.tier: stop": ["tier"],
    "set d = c.tier": ["tier"],
    'set d = c.agent then log "{d.name}"': ["agent"],
    "mute": [],
    "when c exists: stop": [],
    "when c: stop": [],
    # members that the service does not declare may be read too
    'log "{c.shoe_size}"': ["shoe_size"],
    # read as a whole: all that is declared
    'log "{c}"': ["agent", "delay", "tier", "vip"],
    'log "{c} {c.shoe_size}"': ["agent", "delay", "shoe_size", "tier", "vip"],
    "ask other about c": ["agent", "delay", "tier", "vip"],
    # copies
    "set d = c": [],
    'set d = c then log "{d.tier}"': ["tier"],
    'set d = c then log "{d}"': ["agent", "delay", "tier", "vip"],
    'set d = c then set e = d then log "{e.tier}"': ["tier"],
    'log "{e.tier}" then set e = d then set d = c': ["tier"],
    'set d = c then set c = d then log "{d.tier} {c.vip}"': ["tier", "vip"],
    'set d = tries then log "{d.tier}"': [],
    # routines
    "do tell(c)": ["tier"],
    "do tell_on(c)": ["tier"],
    "do tell(c.agent)": ["agent"],
    'do change(c) then log "{c.vip}"': ["vip"],
}


def wants(flow: str) -> list[list[str]]:
    return [list(place.step.wants) for place in plan_of(flow).places if isinstance(place.step, Ask)]


@pytest.mark.parametrize("line", READ)
def test_members_that_are_read(line: str) -> None:
    flow = f"""{HEAD}
let tries = 0
routine tell(a): log "{{a.tier}}"
routine tell_on(b): do tell(b)
routine change(a): set a = 1
on answered: ask crm as c
on joined:
    {line}
"""
    assert wants(flow)[0] == READ[line]


@pytest.mark.parametrize(
    "head",
    [
        'on answered when c.tier is "gold": stop',
        "on answered from c.agent: stop",
        "on answered to c.agent: stop",
        "on joined c.agent: stop",
    ],
)
def test_heads_of_handlers_read_too(head: str) -> None:
    assert wants(f"{HEAD}\non answered: ask crm as c\n{head}") == [["tier"] if "tier" in head else ["agent"]]


def test_an_answer_that_nobody_takes_wants_nothing() -> None:
    flow = 'on answered: ask crm then ask crm as c then log "{c.tier} {d.vip}"\non joined: ask crm as d'
    assert sorted(wants(HEAD + flow)) == [[], ["tier"], ["vip"]]


def test_two_questions_into_one_name_want_the_same() -> None:
    flow = 'on answered: ask crm as c then ask other as c then log "{c.tier}"'
    assert wants(HEAD + flow) == [["tier"], ["tier"]]


def test_a_service_that_declares_nothing_gives_nothing_as_a_whole() -> None:
    assert wants(HEAD + 'on answered: ask other as c then log "{c}"') == [[]]
    assert wants('on answered: ask nowhere as c then log "{c} {c.tier}"') == [["tier"]]
