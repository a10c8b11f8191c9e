"""The session as the explorer sees it: two sessions that will behave alike have one and the same key.

Numbers of legs, requests and runs are left out, ended legs are dropped, legs that ring side by side are put in one
order, and of times only "armed" is left. Of values only what the flow can tell apart counts. Otherwise every lap of
a loop would be a new state.
"""

from collections.abc import Hashable

from flowlang.call.facts import Record, Value
from flowlang.call.session import Kept, Leg, Pending, Session, Timer
from flowlang.explorer.live import PEOPLE, RESULT, live_of
from flowlang.explorer.relevance import Relevance
from flowlang.plan import Gather, Plan

Key = tuple[Hashable, ...]

_NUMBERS = frozenset(("number",))  # of a request: only whether there is one
_LEGS = frozenset(("leg",))
_LEFT_OUT = frozenset(("began_ms",))
_OF_NO_LEG = frozenset(("after", "keepAlive"))
_LARGEST = 1_000_000


class Canonical:
    """`key(session)` for the sessions of one plan."""

    def __init__(self, plan: Plan, relevance: Relevance) -> None:
        self.plan = plan
        self.relevance = relevance
        roots = {root for root, _ in relevance.roots}
        self.reads_party = "leg" in roots
        self.reads_tone = "tone" in roots
        self.reads_attempt = "attempt" in roots
        self.reads_participant = "participant" in roots
        self.reads_roots = self.reads_tone or self.reads_attempt or self.reads_participant
        self.live = live_of(plan)
        self.most = {number: _most(one) for number, one in enumerate(relevance.constants) if one is not None}
        self.plain: dict[type, tuple[tuple[int, int], ...]] = {}

    def key(self, session: Session) -> Key:
        """A hashable key; equal keys mean equal behaviour, up to numbers and times."""
        run, waiting, place = session.run, session.waiting, session.place
        live = [leg for leg in session.legs if not leg.is_over]
        if len(live) == 1:
            new = {live[0].number: 0}
            legs: tuple[Key, ...] = (self._leg(session, live[0], session.timers, session.pending),)
        else:
            keyed = [(self._one_of(session, leg), leg.number) for leg in live]
            if len(keyed) > 1:
                keyed.sort(key=_by_hash)
            new = {number: at for at, (_, number) in enumerate(keyed)}
            legs = tuple([one for one, _ in keyed])
        music = session.music
        return (
            session.kind, session.direction, new.get(session.primary, -1), legs,
            session.stage, session.handler, place, run > 0,
            self._waiting(session, new) if waiting else None,
            session.result if place >= 0 and RESULT in self.live.values[place] else None,
            self._counters(session) if session.counters else None, session.tried, self._values(session),
            tuple(sorted([timer.ref for timer in session.timers if timer.kind == "after"])),
            tuple([self._kept(kept, session) for kept in session.kept]) if session.kept else None,
            frozenset([one.id for one in session.roster]) if session.roster is not None else None,
            music[0], (music[1] > 0) - (music[1] < 0), session.end, session.in_net,
            self._roots(session) if self.reads_roots else None,
        )  # fmt: skip

    def _one_of(self, session: Session, leg: Leg) -> Key:
        """One of several legs: with the timers and requests that are its own, and those of the running step."""
        number, run = leg.number, session.run
        timers = tuple([timer for timer in session.timers if timer.ref in (number, run)])
        return self._leg(session, leg, timers, tuple([one for one in session.pending if one.leg == number]))

    def _leg(self, session: Session, leg: Leg, timers: tuple[Timer, ...], pending: tuple[Pending, ...]) -> Key:
        """A leg, with what is armed (but `after` and `keepAlive`) and the requests whose end somebody waits for."""
        run = session.run
        armed = [timer.kind for timer in timers if timer.kind not in _OF_NO_LEG]
        if len(armed) > 1:
            armed.sort()
        waits = tuple([
            (one.word, one.run > 0 and one.run == run, one.is_answered)
            for one in pending
            if not one.is_answered or (one.run > 0 and one.run == run)
        ])  # fmt: skip
        holder = leg.holder
        return (
            leg.name, leg.number == session.primary, leg.call_id != "", leg.state, leg.is_up, leg.is_audible,
            leg.is_unwanted, holder > 0 and holder == run, leg.keys,
            _phase(session, leg.number) if holder else -1, tuple(armed), waits,
            leg.party if self.reads_party else None,
        )  # fmt: skip

    def _counters(self, session: Session) -> Key:
        live = self.live.counters[session.place] if session.place >= 0 else ()
        return tuple(sorted([pair for pair in session.counters if pair[0] in live]))

    def _values(self, session: Session) -> Key:
        """The variables that something may still read."""
        live = self.live.reach[session.stage + 1]
        if session.place >= 0:
            live = live | self.live.values[session.place]
        if not live:
            return ()
        found: list[Hashable] = [
            (number, self._value(number, session.variables[number])) for number in live if number in self.most
        ]
        return (*found, session.caller, session.called) if PEOPLE in live else tuple(found)

    def _roots(self, session: Session) -> Key:
        found: list[Hashable] = []
        if self.reads_tone:
            found.append(session.tone)
        if self.reads_attempt:
            found.append(session.attempt)
        if self.reads_participant:
            found.append(session.participant.id if session.participant is not None else None)
        return tuple(found)

    def _waiting(self, session: Session, new: dict[int, int]) -> Key:
        waiting = session.waiting
        kind = type(waiting)
        plain = self.plain.get(kind)
        if plain is None:
            plain = self.plain[kind] = _plan_of(kind)
        found: list[Hashable] = [kind]
        for at, how in plain:
            value = waiting[at]
            if how == 0:
                found.append(value)
            elif how == 1:
                found.append(value != 0)
            elif how == 2:
                assert isinstance(value, int)
                found.append(new.get(value, -1))
            elif how == 3:
                assert isinstance(value, str)
                found.append(self._typed(session, value))
        if not session.legs or all(leg.is_over for leg in session.legs):
            found.append(tuple(sorted([timer.kind for timer in session.timers])))
        return tuple(found)

    def _typed(self, session: Session, typed: str) -> Hashable:
        """Keys so far: their text while it goes on towards what the flow compares with, else how many."""
        step = self.plan.places[session.place].step
        constants = self.relevance.constants[step.variable] if isinstance(step, Gather) else None
        is_on_the_way = any(isinstance(one, str) and one.startswith(typed) for one in constants or ())
        return typed if is_on_the_way else len(typed)

    def _value(self, number: int, value: Value) -> Hashable:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return min(value, self.most[number])
        if isinstance(value, Record):
            known = self.relevance.members[number]
            return tuple([pair for pair in value.members if pair[0] in known])
        constants = self.relevance.constants[number] or ()
        if isinstance(value, str):
            is_dialled = (number, "") in self.relevance.dialled
            return value if value in constants or is_dialled else "something else"
        return value

    def _kept(self, kept: Kept, session: Session) -> Key:
        return (
            kept.event, kept.key, kept.visit == session.visit, kept.handler, kept.result,
            kept.participant.id if kept.participant is not None else None,
        )  # fmt: skip


def _by_hash(pair: tuple[Key, int]) -> int:
    """Any order will do, as long as it is the same one in this run."""
    return hash(pair[0])


def _phase(session: Session, leg: int) -> int:
    """How far a leg is that rings for the running step (`consult`, `call`)."""
    waiting = session.waiting
    legs = getattr(waiting, "legs", None) if waiting else None
    if legs:
        for number, phase in legs:
            if number == leg:
                return int(phase)
    return -1


def _plan_of(kind: type) -> tuple[tuple[int, int], ...]:
    """Which fields of a step's state count, and how: as they are, as yes or no, as a leg, as keys typed."""
    fields: tuple[str, ...] = getattr(kind, "_fields", ())
    found: list[tuple[int, int]] = []
    for at, field in enumerate(fields):
        if field in _LEFT_OUT or field == "legs":
            continue
        found.append((at, 1 if field in _NUMBERS else 2 if field in _LEGS else 3 if field == "typed" else 0))
    return tuple(found)


def _most(constants: tuple[Value, ...]) -> int:
    """A number above which the flow tells none from another."""
    numbers = [value for value in constants if isinstance(value, int)]
    return max(numbers) if numbers else _LARGEST  # the constants hold one that is greater than all in the flow
