"""Flows as text, for tests: parse, check that nothing is wrong, compile."""

from functools import cache
from textwrap import dedent

from flowlang.analysis.load import load
from flowlang.compiler import compile_flow
from flowlang.plan import Plan
from flowlang.source import Source

HEAD = """
contact alice = user a11ce000-0000-4000-8000-000000000001 tenant 72f988bf-86f1-41af-91ab-2d7cd011db47 "Alice"
contact bob = user b0b00000-0000-4000-8000-000000000002 tenant 72f988bf-86f1-41af-91ab-2d7cd011db47 "Bob"
contact carol = +4989777777 "Carol"
contact mailbox = voicemail of alice
hours office = mon-fri 08:00-18:00 in Europe/Berlin
"""


@cache
def plan_of(text: str) -> Plan:
    """The plan of a flow; the contacts alice, bob, carol, mailbox and the hours office are there."""
    return whole_plan_of(HEAD + dedent(text))


@cache
def whole_plan_of(text: str) -> Plan:
    """The plan of a flow that brings all that it names."""
    source = Source("test.flow", text)
    model = load(source, lambda _name: None)
    assert not model.diagnostics, model.diagnostics
    return compile_flow(model)
