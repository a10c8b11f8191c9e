"""A flow that was explored, as the rules ask about it: what was found, and the call that shows it."""

from collections.abc import Callable, Iterator
from functools import cached_property

from flowlang.call.facts import Fact
from flowlang.diagnostics import Told
from flowlang.engine.step import Stepped, new_session, step
from flowlang.explorer.search import Search, Watched
from flowlang.explorer.survey import Shown, Survey
from flowlang.explorer.told import tell
from flowlang.plan import Goto, Plan, Stop, When

Enough = Callable[[int], bool]
_SILENT = (Goto, Stop, When)  # leave no trace of their own


class Explored:
    """What the rules may ask. `is_whole`: every call that can happen was seen."""

    def __init__(self, plan: Plan, survey: Survey) -> None:
        self.plan, self.survey = plan, survey
        self.space = survey.space
        self.is_whole = survey.space.is_whole

    @cached_property
    def _alone(self) -> dict[str, list[Shown]]:
        found: dict[str, list[Shown]] = {}
        for kind, shown in self.survey.left_alone():
            found.setdefault(kind, []).append(shown)
        return found

    def alone(self, kind: str) -> list[Shown]:
        """The ways in which a caller is left alone: `stranded-caller`, `waits-for-ever`, `loop-without-exit`. One for
        each step after which nothing follows; of those that wait for people, one a stage."""
        firsts: dict[object, Shown] = {}
        for shown in sorted(self._alone.get(kind, []), key=lambda one: one.cost):
            shown = shown._replace(place=self._last_place(shown))
            stage = self.space.sessions[shown.state].stage
            firsts.setdefault(shown.place if kind == "stranded-caller" else stage, shown)
        found = list(firsts.values())
        # Late news after the flow has ended its work is no cause of its own where a step is known that ends so too.
        return [one for one in found if one.place >= 0] or found

    def _last_place(self, shown: Shown) -> int:
        """The last step on the way that stands in the flow: after it something is missing."""
        if shown.fact is None:
            return shown.place
        traced = step(self.plan, self.space.sessions[shown.state], shown.fact).trace
        places = [trace.place for trace in traced if trace.place >= 0 and self.plan.places[trace.place].line]
        return places[-1] if places else shown.place

    def nets(self) -> Iterator[Shown]:
        """Failures of steps of the flow that nothing catches, the shortest call for each step."""
        return (shown for place, shown in self.survey.nets.items() if place >= 0 and self.plan.places[place].line)

    def idle_handlers(self) -> list[int]:
        """Handlers that no call runs."""
        if not self.is_whole:
            return []
        return [
            number for number, one in enumerate(self.plan.handlers) if one.line and number not in self.survey.handlers
        ]

    def idle_places(self) -> list[int]:
        """Steps that no call comes to."""
        if not self.is_whole:
            return []
        return [
            number
            for number, place in enumerate(self.plan.places)
            if place.line and number not in self.survey.places and not isinstance(place.step, _SILENT)
        ]

    # ------------------------------------------------------------ the call that shows it

    def facts(self, shown: Shown) -> tuple[Fact, ...]:
        """The shortest way there, for the engine."""
        path = self.space.path(shown.state)
        return tuple([*path, shown.fact] if shown.fact is not None else path)

    def steps(self, shown: Shown) -> list[Stepped]:
        """The same, played again."""
        session = new_session("explored", "explored", self.plan)
        found: list[Stepped] = []
        for fact in self.facts(shown):
            found.append(step(self.plan, session, fact))
            session = found[-1].session
        return found

    def told(self, shown: Shown, ending: str) -> tuple[Told, ...]:
        """The same for people."""
        return tell(self.plan, self.steps(shown), ending, self._hours(shown))

    def _hours(self, shown: Shown) -> list[dict[str, bool]]:
        """For each fact which hours the engine looked at, and whether they were open."""
        session = new_session("explored", "explored", self.plan)
        found: list[dict[str, bool]] = []
        for fact in self.facts(shown):
            hours = Watched(dict.fromkeys(fact.open_hours, True))
            session = step(self.plan, session, fact._replace(open_hours=hours)).session
            found.append({name: name in fact.open_hours for name in hours.looked})
        return found

    def has_failed(self, shown: Shown) -> bool:
        """Whether it is the step in question that failed, and not one before it."""
        last = self.steps(shown)[-1:]
        return any(trace.code == "failed" and trace.place == shown.place for stepped in last for trace in stepped.trace)

    def failure_before(self, shown: Shown) -> tuple[str | int, ...]:
        """How the last step failed on that way (code, subcode, words), or nothing when it did not fail."""
        last = self.steps(shown)[-1:]
        told = [trace.facts for stepped in last for trace in stepped.trace if trace.code == "failed"]
        return told[-1][1:] if told else ()


def explore(plan: Plan, is_enough: Enough | None = None) -> Explored:
    """Play every call that can happen. `is_enough(states)` may stop it."""
    survey = Survey(plan)
    search = Search(plan, survey.watch, is_enough)
    survey.space = search.space
    search.run()
    return Explored(plan, survey)
