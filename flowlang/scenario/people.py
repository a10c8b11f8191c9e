"""What people do with the keys of their phones in a simulated call.

The caller has groups of keys. In a flow that asks (a menu or gather on the caller's leg) each group is pressed
one second after such a step asks; in a flow that never asks the first is pressed two seconds after answering and
each further one two seconds later. A group with a time of its own is pressed then. People who are called press
what they are asked for: the key that accepts, a menu's first key, as many digits as are wanted.
"""

from typing import NamedTuple

from flowlang.call.trace import Trace
from flowlang.plan import Consult, Gather, Menu, Plan
from flowlang.scenario.outcomes import How, Wanted
from flowlang.scenario.world import Keys

AFTER_ASKED_MS = 1_000
BETWEEN_GROUPS_MS = 2_000
BETWEEN_KEYS_MS = 400
ANY_KEY = "1"


class Press(NamedTuple):
    """A key that somebody presses. `in_ms`: from now."""

    leg: int
    key: str
    in_ms: int


class People:
    """Who has pressed what so far."""

    __slots__ = ("_asks", "_groups", "_plan")

    def __init__(self, plan: Plan, keys: tuple[Keys, ...]) -> None:
        self._plan = plan
        self._groups = [group for group in keys if group.at_ms < 0]
        self._asks = any(
            (isinstance(place.step, Menu) and not place.step.to_leg)
            or (isinstance(place.step, Gather) and not place.step.from_leg)
            for place in plan.places
        )

    def left(self) -> int:
        """How many groups of keys nobody has asked for."""
        return len(self._groups)

    def answered(self, leg: int) -> list[Press]:
        """The call is up: in a flow that never asks all keys get their times."""
        if self._asks:
            return []
        pressed = [
            press
            for at, group in enumerate(self._groups)
            for press in presses(leg, group.keys, BETWEEN_GROUPS_MS * (at + 1))
        ]
        self._groups = []
        return pressed

    def hears(self, trace: Trace, primary: int, wanted: Wanted | None) -> list[Press]:
        """One line of the trace: somebody may be asked for keys now."""
        if trace.place < 0 or (wanted is not None and wanted.how is How.NO_KEYS):
            return []
        step = self._plan.places[trace.place].step
        asks = trace.code == "request" and trace.facts[1] == "playPrompt"
        if isinstance(step, Menu) and (asks or (trace.code == "step" and not step.prompts)):
            return self._menu(step, trace.leg, primary)
        if isinstance(step, Gather) and (asks or (trace.code == "step" and not step.playing)):
            return self._gather(step, trace.leg, primary)
        hears_keys = trace.code == "answered" and trace.facts[2] == "subscribeToTone" and trace.leg != primary
        if isinstance(step, Consult) and step.accepting and hears_keys:
            return [Press(trace.leg, step.accepting, AFTER_ASKED_MS)]
        return []

    def _menu(self, step: Menu, leg: int, primary: int) -> list[Press]:
        if not step.to_leg:
            return self._next(primary)
        first = step.arms[0][0][0] if step.arms and step.arms[0][0] else ANY_KEY
        return presses(leg, (ANY_KEY if first == "any" else first,)) if leg >= 0 else []

    def _gather(self, step: Gather, leg: int, primary: int) -> list[Press]:
        if not step.from_leg:
            return self._next(primary)
        return presses(leg, (ANY_KEY,) * step.digits) if leg >= 0 else []

    def _next(self, primary: int) -> list[Press]:
        return presses(primary, self._groups.pop(0).keys) if self._groups else []


def presses(leg: int, keys: tuple[str, ...], in_ms: int = AFTER_ASKED_MS) -> list[Press]:
    """A group of keys, one after the other."""
    return [Press(leg, key, in_ms + at * BETWEEN_KEYS_MS) for at, key in enumerate(keys)]
