"""Which consult legs can still be used from a place: a backward data-flow (A8, B13).

The engine hangs up a leg whose name is not in the set of the place where the activity stands, nor in reach of a
handler.
`on L ended`, `L.name` and `L.number` do not keep L, and a `consult` does not keep an older leg of its own name.
"""

from flowlang import plan as p

Legs = frozenset[str]
NOBODY: Legs = frozenset()
_NOT_IN_REACH = ("incoming", "start", "enter")  # the first two come once, before any leg; `goto` leads to the last
_NEVER_FAILS = (p.Set, p.Log, p.Notify, p.When, p.Goto, p.Stop, p.Wait)


def uses(step: p.Step) -> Legs:
    """The legs that a step itself needs."""
    match step:
        case p.Transfer(replacing=leg) | p.Invite(replacing=leg):
            pass
        case p.Play(to_leg=leg) | p.Say(to_leg=leg) | p.Menu(to_leg=leg):
            pass
        case p.Gather(from_leg=leg) | p.HangUp(leg=leg):
            pass
        case _:
            leg = ""
    return frozenset((leg,)) if leg else NOBODY


class LegsTable:
    """Works the sets out by going round until nothing changes."""

    def __init__(self, places: list[p.Place], scopes: list[p.Scope], handlers: list[p.Handler], stages: int) -> None:
        self.places, self.scopes, self.handlers = places, scopes, handlers
        self.live: list[Legs] = [NOBODY] * len(places)
        self.reach: list[Legs] = [NOBODY] * (stages + 1)
        changed = True
        while changed:
            changed = self._round()

    def _round(self) -> bool:
        changed = False
        for number in range(len(self.places)):
            new = self._at(number)
            if new != self.live[number]:
                self.live[number] = new
                changed = True
        for stage in range(len(self.reach)):
            new = self._in_reach(stage - 1)
            if new != self.reach[stage]:
                self.reach[stage] = new
                changed = True
        return changed

    def _in_reach(self, stage: int) -> Legs:
        """What events in a stage can lead to. `on enter` is no such event: only `goto` leads there."""
        found = NOBODY
        for handler in self.handlers:
            if handler.stage in (stage, p.NONE) and handler.event not in _NOT_IN_REACH:
                found |= self.live[handler.place] if handler.place >= 0 else NOBODY
        return found

    def _at_entry(self, stage: int) -> Legs:
        found = self.reach[stage + 1]
        for handler in self.handlers:
            if handler.stage == stage and handler.event == "enter" and handler.place >= 0:
                found |= self.live[handler.place]
        return found

    def _at(self, number: int) -> Legs:
        place = self.places[number]
        after = NOBODY
        for successor in self._successors(place):
            after |= self.live[successor]
        if isinstance(place.step, p.Goto):
            after |= self._at_entry(place.step.stage)
        if isinstance(place.step, p.Consult):
            after -= {place.step.leg}
        return after | uses(place.step)

    def _successors(self, place: p.Place) -> list[int]:
        step = place.step
        found = [place.next] if not isinstance(step, p.Goto | p.Stop) else []
        if isinstance(step, p.When):
            found += [target for _, target in step.branches]
        elif isinstance(step, p.Menu):
            found += [target for _, target in step.arms] + [step.on_timeout, step.otherwise]
        elif isinstance(step, p.Retry):
            found.append(step.place)
        if not isinstance(step, _NEVER_FAILS):
            scope = place.scope
            while scope >= 0:
                found += [arm.place for arm in self.scopes[scope].arms]
                scope = self.scopes[scope].outer
        return [target for target in found if target >= 0]
