"""What may come next in a session: the rows of the environment model that fit it, as facts.

Answers to requests come before anything else, one leg after the other: what overtakes an answer is the engine's
matter (it is tested with thousands of disordered histories) and leads a flow nowhere else. The same holds for the
first sound of a leg and for the end of a leg that we hang up. All else may come in any order.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from flowlang import plan as p
from flowlang.call import facts
from flowlang.call import state as states
from flowlang.call.facts import Fact
from flowlang.call.party import Participant
from flowlang.call.results import Result
from flowlang.call.session import Leg, Pending, Session
from flowlang.engine.index import Index
from flowlang.explorer.environment import RARE_COST, Environment, Row, about, result
from flowlang.explorer.phases import is_leaving, is_transferring, phase_of, told_states
from flowlang.explorer.relevance import Relevance, told_apart
from flowlang.explorer.values import OTHER_USER, answers_of
from flowlang.steps.ask import StateAsk
from flowlang.steps.gather import AS_TYPED
from flowlang.steps.hang_up import StateHangUp
from flowlang.steps.listening import StateListening
from flowlang.steps.start import StateStart
from flowlang.steps.transfer import MOVING

By = Literal["graph", "service", "time", "far side", "person", "caller"]
"""`caller`: hangs up. `person`: somebody presses a key, comes, or goes: it may never happen. `far side`: a phone that
rings is answered or not; like all the rest it happens sooner or later."""

RARE_TIMERS = frozenset(("bound", "silent", "longest", "again", "limbo", "create", "recording"))
NOW_MS = 0  # time stands still: only the order of what is armed counts
TRANSFERRED = Result(200, 7015, "transfer completed")
OUR_OWN_STATUS = 400  # what an answer has whose failure is our own side's
MOST_GUESTS = 3
MOST_KEPT = 1  # people who come and go while a step is under way that cannot be taken back: more of it is the same


class Move(NamedTuple):
    """A fact that may come, the row that allows it (None: a timer), who is behind it, the handler whose `after` timer
    it is, or -1, and how ordinary it is: 1 what happens every day, more for what is rare."""

    fact: Fact
    row: Row | None
    by: By
    after: int = -1
    cost: int = 1


class Moves:
    """What may come, for one plan. `after(session)` is the only question."""

    def __init__(self, plan: p.Plan, index: Index, relevance: Relevance, model: Environment) -> None:
        self.plan, self.index, self.relevance, self.model = plan, index, relevance, model
        self.legs = {phase: tuple([row for row in rows if not row.same]) for phase, rows in model.legs.items()}
        self.answers = {word: tuple([row for row in rows if not row.same]) for word, rows in model.answers.items()}
        self.operations = {
            word: tuple([row for row in rows if not row.same]) for word, rows in model.operations.items()
        }
        self.timers = frozenset(kind for kind, same in model.timers.items() if not same)
        self.results: dict[Row, tuple[Result, ...]] = {}
        named = relevance.parties[:MOST_GUESTS]
        self.guests = tuple([Participant(f"p{at}", party) for at, party in enumerate((*named, OTHER_USER), 1)])
        self.hears_moving = relevance.hears_states or any(
            handler.event in ("transferring", "transfer accepted") for handler in plan.handlers
        )

    def after(self, session: Session) -> list[Move]:
        """Every move that may come next."""
        first = self._first(session)
        if first:
            return first
        found: list[Move] = []
        for leg in session.legs:
            if not leg.is_over and leg.call_id:
                found += self._leg(session, leg)
        if session.run:
            found += self._operations(session)
            found += self._others(session)
        found += self._timers(session)
        return found

    def _told_apart(self, row: Row) -> tuple[Result, ...]:
        found = self.results.get(row)
        if found is None:
            texts = (*row.results, *self.relevance.failures) if row.has_any else row.results
            found = self.results[row] = told_apart(self.relevance, texts)
        return found

    # ------------------------------------------------------------ what comes before all else

    def _first(self, session: Session) -> list[Move]:
        for pending in session.pending:
            if not pending.is_answered:
                return list(self._answered(session, pending))
        for leg in session.legs:
            if leg.is_over:
                continue
            if not leg.call_id:
                if leg.is_unwanted:
                    return [move for move in self._timers(session) if self._is_of(session, move, "create", leg.number)]
                continue
            if is_leaving(session, leg):
                return self._rows(session, leg, "leaving")
            if leg.is_up and not leg.is_audible and self.index.wants_media and leg.state not in MOVING:
                sound = facts.CallUpdated(NOW_MS, leg.number, leg.call_id, leg.state, audio="active")
                return [Move(sound, row, "graph") for row in self.legs["up"] if row.move == "audio"]
        return []

    def _is_of(self, session: Session, move: Move, kind: str, ref: int) -> bool:
        fact = move.fact
        return isinstance(fact, facts.TimerFired) and any(
            t.number == fact.timer and t.kind == kind and t.ref == ref for t in session.timers
        )

    def _answered(self, session: Session, pending: Pending) -> Iterator[Move]:
        number = pending.number
        matters = pending.run > 0 and pending.run == session.run
        if pending.word == "subscribeToTone":
            matters = session.run > 0 and isinstance(
                self.plan.places[session.place].step, p.Menu | p.Gather | p.Consult
            )
        for row in self.answers[about(pending.word)]:
            if row.move == "taken" and pending.word == "participants":
                for present in self._present(session):
                    yield Move(facts.RequestAnswered(NOW_MS, number, 200, participants=present), row, "graph")
            elif row.move == "taken":
                status = row.operation if not row.results else "failed"
                yield Move(
                    facts.RequestAnswered(
                        NOW_MS, number, row.status, result(row.results[0]) if row.results else None,
                        call_id=f"c{pending.leg}" if row.state else "", state=row.state,
                        operation_id=f"o{number}" if row.operation == "running" else "", operation_status=status,
                    ), row, "graph",
                )  # fmt: skip
            elif row.move == "told":
                for state in told_states(self.plan, session, session.legs[pending.leg]):
                    yield Move(facts.RequestAnswered(NOW_MS, number, 200, state=state), row, "graph")
            elif not matters or (row.needs == "say" and not isinstance(self.plan.places[session.place].step, p.Say)):
                continue
            elif row.move in ("refused", "gone"):
                for one in self._told_apart(row):
                    yield Move(facts.RequestAnswered(NOW_MS, number, one.code or OUR_OWN_STATUS, one), row, "graph")
            else:
                yield Move(facts.RequestAnswered(NOW_MS, number, 0), row, "graph")

    def _present(self, session: Session) -> tuple[tuple[Participant, ...], ...]:
        """Who may be in the call when Graph is asked: nobody, each alone, all."""
        if session.roster is not None:
            return (session.roster,)
        return ((), *[(one,) for one in self.guests], self.guests)

    # ------------------------------------------------------------ legs

    def _leg(self, session: Session, leg: Leg) -> list[Move]:
        return self._rows(session, leg, phase_of(self.plan, session, leg))

    def _rows(self, session: Session, leg: Leg, phase: str) -> list[Move]:
        return [move for row in self.legs[phase] for move in self._row(session, leg, row)]

    def _row(self, session: Session, leg: Leg, row: Row) -> Iterator[Move]:
        is_primary = leg.number == session.primary
        by: By = "graph" if not row.who else "caller" if is_primary else "person" if leg.is_up else "far side"
        number, call_id = leg.number, leg.call_id
        match row.move:
            case "over":
                for one in self._told_apart(row):
                    yield Move(
                        facts.CallUpdated(NOW_MS, number, call_id, states.TERMINATED, one, is_over=True), row, by
                    )
            case "established" | "establishing" | "ringing" | "hold":
                yield Move(facts.CallUpdated(NOW_MS, number, call_id, row.move), row, "far side")
            case "tone":
                for key in self._keys(session, leg):
                    yield Move(facts.CallUpdated(NOW_MS, number, call_id, leg.state, tone=key), row, "person")
            case "roster":
                yield from self._rosters(session, leg, row)
            case "transferring" | "transferAccepted":
                if leg.state != row.move and leg.state != states.TRANSFER_ACCEPTED and self._is_news(leg, row.move):
                    yield Move(facts.CallUpdated(NOW_MS, number, call_id, row.move), row, "graph")
            case "transferred":
                if session.kind != "group":
                    over = facts.CallUpdated(NOW_MS, number, call_id, states.TERMINATED, TRANSFERRED, is_over=True)
                    yield Move(over, row, "graph")
            case "back":
                if leg.state in MOVING:
                    for one in self._told_apart(row):
                        yield Move(facts.CallUpdated(NOW_MS, number, call_id, states.ESTABLISHED, one), row, "graph")
            case _:
                return

    def _is_news(self, leg: Leg, state: str) -> bool:
        """Whether anybody can tell it from the state before: `transferring` is always news, acceptance only where a
        handler hears of it."""
        return (leg.state not in MOVING and state == states.TRANSFERRING) or self.hears_moving

    # ------------------------------------------------------------ people

    def _keys(self, session: Session, leg: Leg) -> tuple[str, ...]:
        if leg.keys < 2:
            return ()
        step = self.plan.places[session.place].step if session.run else None
        state = session.waiting
        if isinstance(step, p.Menu) and isinstance(state, StateListening) and state.leg == leg.number:
            return self.relevance.keys
        if isinstance(step, p.Gather) and isinstance(state, StateListening) and state.leg == leg.number:
            return self._typed(step, state.typed)
        if isinstance(step, p.Consult) and step.accepting and leg.holder == session.run:
            return self.relevance.keys
        if leg.number != session.primary:
            return ()
        numbers = self.index.handlers[session.stage + 1].get("tone", ())
        if is_transferring(self.plan, session, leg):  # then a key is dropped, unless it is heard on the spot
            numbers = tuple([number for number in numbers if self.plan.handlers[number].is_instant])
        return tuple([key for key in self.relevance.keys if any(self._heard(number, key) for number in numbers)])

    def _heard(self, number: int, key: str) -> bool:
        keys = self.plan.handlers[number].keys
        return not keys or key in keys or "any" in keys

    def _typed(self, step: p.Gather, typed: str) -> tuple[str, ...]:
        """Keys that go on towards what the flow compares with, one that does not, and the key that ends."""
        wanted = [value for value in self.relevance.constants[step.variable] or () if isinstance(value, str)]
        towards = [value[len(typed)] for value in wanted if value.startswith(typed) and len(value) > len(typed)]
        keys = [key for key in dict.fromkeys(towards) if key.isdecimal()]
        keys += [key for key in "9876543210" if key not in keys and AS_TYPED.get(key, key) not in towards][:1]
        return (*keys, step.ending) if step.ending else tuple(keys)

    def _rosters(self, session: Session, leg: Leg, row: Row) -> Iterator[Move]:
        """Somebody comes, or goes; nobody else matters to the flow."""
        if session.kind != "group" or leg.number != session.primary or len(session.kept) >= MOST_KEPT:
            return
        here = session.roster or ()
        for guest in self.guests:
            changed = tuple([one for one in here if one.id != guest.id])
            if len(changed) == len(here):
                changed = (*here, guest)
            yield Move(facts.RosterUpdated(NOW_MS, leg.number, leg.call_id, changed), row, "person")

    # ------------------------------------------------------------ operations, services, time

    def _operations(self, session: Session) -> Iterator[Move]:
        for pending in session.pending:
            if not pending.is_answered or pending.run != session.run or not pending.operation_id:
                continue
            call_id = session.legs[pending.leg].call_id
            for row in self.operations.get(about(pending.word), ()):
                for one in self._told_apart(row) if row.results else (None,):
                    yield Move(
                        facts.OperationUpdated(
                            NOW_MS, pending.leg, call_id, pending.operation_id, str(pending.number), row.move, one
                        ), row, "graph",
                    )  # fmt: skip

    def _others(self, session: Session) -> Iterator[Move]:
        state = session.waiting
        if isinstance(state, StateAsk):
            step = self.plan.places[session.place].step
            assert isinstance(step, p.Ask)
            for row in self.model.services:
                if row.move == "answered":
                    for members in answers_of(self.relevance, step):
                        yield Move(facts.ServiceAnswered(NOW_MS, state.number, True, members), row, "service")
                elif not row.same:
                    yield Move(facts.ServiceAnswered(NOW_MS, state.number, False), row, "service")
        elif isinstance(state, StateStart):
            for row in self.model.flows:
                yield Move(facts.FlowStarted(NOW_MS, state.number, row.move == "started"), row, "service")

    def _timers(self, session: Session) -> list[Move]:
        """Timers may fire in any order; of the `after` timers of one stage the one that is due first, and `hang up` is
        sent again some times before its own time is over."""
        found: list[Move] = []
        firsts: dict[int, int] = {}
        for timer in session.timers:
            if timer.kind == "after":
                stage = self.plan.handlers[timer.ref].stage
                firsts[stage] = min(firsts.get(stage, timer.due_ms), timer.due_ms)
        is_sent_again = isinstance(session.waiting, StateHangUp) and any(one.kind == "again" for one in session.timers)
        for timer in session.timers:
            if timer.kind not in self.timers:
                continue
            if timer.kind == "after" and timer.due_ms > firsts[self.plan.handlers[timer.ref].stage]:
                continue
            if timer.kind == "bound" and is_sent_again and timer.ref == session.run:
                continue
            handler = timer.ref if timer.kind == "after" else -1
            cost = RARE_COST if timer.kind in RARE_TIMERS else 1
            found.append(Move(facts.TimerFired(NOW_MS, timer.number), None, "time", handler, cost))
        return found
