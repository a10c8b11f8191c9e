"""Whether a call is one-to-one or a group call where a step stands, as far as the flow says."""

from flowlang.rules.flow import CallKind, Flow, Owner, StepAt
from flowlang.rules.logic import alternatives
from flowlang.syntax import ast

PEER: frozenset[CallKind] = frozenset({"peer"})
GROUP: frozenset[CallKind] = frozenset({"group"})
BOTH = PEER | GROUP


def kinds_at(flow: Flow, at: StepAt) -> frozenset[CallKind]:
    """What the call may be when a step runs. An incoming call is one-to-one unless the handler says otherwise (A20)."""
    said = kind_said(flow, at.guards)
    if said is not None:
        return frozenset({said})
    owners = flow.journey.owners_of.get(at.number)
    found: frozenset[CallKind] = frozenset()
    for number in owners or ():
        found |= kinds_of_owner(flow, flow.owners[number])
    return found or kinds_of_flow(flow)


def kinds_of_owner(flow: Flow, owner: Owner) -> frozenset[CallKind]:
    """What the call may be in a handler."""
    handler = owner.handler
    if handler is None:
        return BOTH
    if handler.event.word in ("joined", "left"):
        return GROUP
    said = kind_said(flow, (handler.condition,) if handler.condition is not None else ())
    if said is not None:
        return frozenset({said})
    return PEER if handler.event.word == "incoming" else kinds_of_flow(flow)


def kinds_of_flow(flow: Flow) -> frozenset[CallKind]:
    """What the primary leg of a flow may be."""
    if flow.kinds is None:
        flow.kinds = _kinds_of_flow(flow)
    return flow.kinds


def _kinds_of_flow(flow: Flow) -> frozenset[CallKind]:
    found: frozenset[CallKind] = frozenset()
    for owner in flow.handlers("incoming"):
        if _answers(flow, owner):
            found |= kinds_of_owner(flow, owner)
    if flow.steps_of("join"):
        found |= GROUP
    if flow.steps_of("call"):
        found |= PEER
    return found or PEER


def _answers(flow: Flow, owner: Owner) -> bool:
    return any(owner.number in flow.journey.owners_of.get(at.number, ()) for at in flow.steps_of("answer"))


def kind_said(flow: Flow, conditions: tuple[ast.Condition, ...]) -> CallKind | None:
    """The kind that conditions make sure of."""
    for condition in conditions:
        found = alternatives(condition, flow.world)
        for kind, other in (("group", "peer"), ("peer", "group")):
            if found and all(
                any(_says(literal.holds, literal.about, literal.says, literal.value, kind, other) for literal in one)
                for one in found
            ):
                return "group" if kind == "group" else "peer"
    return None


def _says(holds: bool, about: str, says: str, value: tuple[str, int | str] | None, kind: str, other: str) -> bool:
    if about != "call.kind" or value is None:
        return False
    word, is_equal = value[1], (says == "is") == holds
    return says in ("is", "is not") and (word == kind if is_equal else word == other)
