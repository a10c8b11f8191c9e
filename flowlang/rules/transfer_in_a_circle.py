"""Flows that send a caller round in a circle.

One number transfers to a second one, and the second one back to the first. Each flow is right by itself; together
they keep the caller going round until somebody hangs up. Which numbers a flow serves is told by `to` in its
handlers. All files that are checked together are looked at.

```flow wrong
contact day   = +12345678901
contact night = +12025550123

on incoming to day: redirect to night
on incoming to night: redirect to day
on incoming: reject
```

```flow right
contact day   = +12345678901
contact night = +12025550123
contact cell  = +12025550147

on incoming to day: redirect to night
on incoming to night: redirect to cell
on incoming: reject
```
"""

from collections.abc import Iterable, Iterator

from flowlang.named_tuple import NamedTuple
from flowlang.rules.common import Finding, Flow, Note, Severity, at_step
from flowlang.rules.flow import Owner, StepAt
from flowlang.syntax import ast

SEVERITY = Severity.ERROR


class Hop(NamedTuple):
    """A step that sends callers of one party to another."""

    start: str
    end: str
    at: StepAt


def check(flow: Flow) -> Iterator[Finding]:
    return between((flow,))


def between(flows: Iterable[Flow]) -> Iterator[Finding]:
    """The circles that some flows make together, each once, at its first step."""
    hops: dict[str, list[Hop]] = {}
    for flow in flows:
        for hop in _hops(flow):
            hops.setdefault(hop.start, []).append(hop)
    done: set[str] = set()
    for start in hops:
        circle = _circle(hops, start)
        if circle and not any(hop.start in done for hop in circle):
            done |= {hop.start for hop in circle}
            notes = [Note(hop.at.source, hop.at.step.span, "and this one sends them on") for hop in circle[1:]]
            way = " → ".join([hop.start.partition(" ")[2] for hop in circle] + [start.partition(" ")[2]])
            yield at_step(
                circle[0].at,
                f"callers can be sent round in a circle: {way}",
                "break the circle at one of its steps",
                notes=notes,
            )


def _circle(hops: dict[str, list[Hop]], start: str) -> list[Hop]:
    ways: list[list[Hop]] = [[hop] for hop in hops[start]]
    seen: set[str] = set()
    for way in ways:
        end = way[-1].end
        if end == start:
            return way
        if end not in seen:
            seen.add(end)
            ways += [[*way, hop] for hop in hops.get(end, ())]
    return []


def _hops(flow: Flow) -> Iterator[Hop]:
    served = {owner.number: _parties(flow, owner.handler.called) for owner in flow.handlers() if owner.handler}
    everything = {party for parties in served.values() for party in parties}
    if not everything:
        return
    for at in flow.steps_of("transfer", "redirect"):
        if at.step.participant is not None or at.step.replacing is not None:
            continue
        ends = _parties(flow, at.step.targets)
        for number in sorted(flow.journey.owners_of.get(at.number, ())):
            for start in sorted(served.get(number) or _left_over(flow, flow.owners[number], served, everything)):
                for end in sorted(ends):
                    yield Hop(start, end, at)


def _left_over(flow: Flow, owner: Owner, served: dict[int, set[str]], everything: set[str]) -> set[str]:
    """Whom a handler without `to` serves: all but those that a handler of the same event above it takes."""
    taken: set[str] = set()
    for other in flow.handlers(owner.event):
        head = other.handler
        if other.number < owner.number and head and not head.hours and head.condition is None and not head.source:
            taken |= served[other.number]
    return everything - taken


def _parties(flow: Flow, targets: ast.Targets | None) -> set[str]:
    found: set[str] = set()
    for target in targets.items if targets else ():
        who: ast.Path | ast.Party | ast.Voicemail = target.who
        if isinstance(who, ast.Path) and len(who.names) == 1:
            group = flow.group(who.names[0])
            if group:
                found |= _parties(flow, ast.Targets("plain", group.members, group.span))
            contact = flow.contact(who.names[0])
            if contact and isinstance(contact.value, ast.Party):
                who = contact.value
        if isinstance(who, ast.Party):
            found.add(f"{who.kind.replace(' ', '-')} {who.id.text.lower()}")
    return found
