"""A call again through the engine: what each fact comes to, with the place in the flow that asks for each command."""

from collections.abc import Iterator
from typing import NamedTuple

from flowlang.call.commands import Command
from flowlang.call.facts import Fact, TimerFired
from flowlang.call.session import Session, next_due
from flowlang.codec import digest
from flowlang.engine.index import ready
from flowlang.engine.step import new_session, step
from flowlang.plan import Plan
from flowlang.replay.recording import Recording

MOST_TIMERS = 10_000  # between two facts; a flow that waits for nothing would go on for ever


class Asked(NamedTuple):
    """A command, when it came about and where the flow asks for it: `reception.flow:7`, or empty."""

    at_ms: int
    command: Command
    place: str = ""


class Moment(NamedTuple):
    """A fact and what came of it."""

    fact: Fact
    asked: tuple[Asked, ...]


class BrokenError(Exception):
    """The engine breaks at a fact."""

    def __init__(self, fact: Fact, error: Exception) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.fact = fact


def again(recording: Recording) -> Iterator[Moment]:
    """Every fact as it was told, timers too. Raises `BrokenError`."""
    call = Call(recording.plan, recording.call_id)
    for fact in recording.facts:
        yield call.told(fact)


class Call:
    """One call through a plan, from its beginning. `moments`: what was told so far."""

    def __init__(self, plan: Plan, call_id: str) -> None:
        self._plan, self._whole = plan, ready(plan)
        self._session: Session = new_session(call_id, digest(plan), plan)
        self.moments: list[Moment] = []

    def told(self, fact: Fact) -> Moment:
        """Raises `BrokenError`."""
        try:
            stepped = step(self._plan, self._session, fact)
        except Exception as error:
            raise BrokenError(fact, error) from error
        self._session = stepped.session
        places = {int(one.facts[0]): one.place for one in stepped.trace if one.code == "request"}
        asked = [Asked(fact.at_ms, one, self._where(places.get(one.number, -1))) for one in stepped.commands]
        moment = Moment(fact, tuple(asked))
        self.moments.append(moment)
        return moment

    def timers(self, until_ms: int) -> Iterator[Moment]:
        """Its own timers, each when it is due. Raises `BrokenError`."""
        for _ in range(MOST_TIMERS):
            timer = next_due(self._session)
            if timer is None or timer.due_ms > until_ms:
                return
            yield self.told(TimerFired(timer.due_ms, timer.number))

    def _where(self, at: int) -> str:
        place = self._whole.places[at] if at >= 0 else None
        if place is None or not place.line or place.file >= len(self._plan.files):
            return ""
        name = self._plan.files[place.file].replace("\\", "/").rpartition("/")[2]
        return f"{name}:{place.line}"
