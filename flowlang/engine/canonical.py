"""The session as the explorer sees it: two sessions that will behave alike have one and the same key.

Numbers of legs, requests and runs are counted anew in the order in which they appear, ended legs are dropped, and
of times only "armed" is left: timers may fire in any order. Otherwise every lap of a loop would be a new state.
"""

from collections.abc import Hashable

from flowlang.call.session import Kept, Leg, Session

_NUMBER_FIELDS = ("number",)  # of a request
_LEG_FIELDS = ("leg",)
_TIME_FIELDS = ("began_ms",)

Key = tuple[Hashable, ...]


class _Renumber:
    """Old numbers to new ones, by first appearance; what is not known any more becomes -1."""

    def __init__(self, session: Session) -> None:
        live = [leg for leg in session.legs if not leg.is_over]
        self.legs = {leg.number: new for new, leg in enumerate(live)}
        self.requests = {pending.number: new for new, pending in enumerate(session.pending, 1)}
        self.run = session.run

    def leg(self, number: int) -> int:
        return self.legs.get(number, -1)

    def request(self, number: int) -> int:
        return self.requests.get(number, 0 if number == 0 else -1)

    def owner(self, ref: int, kind: str) -> int:
        """Whom a timer belongs to: a handler keeps its number, a run becomes 1 or 0, a leg is renumbered."""
        if kind == "after":
            return ref
        if ref == self.run and self.run:
            return -2
        return self.leg(ref)


def _leg_key(leg: Leg, new: _Renumber) -> Key:
    return (
        leg.name, bool(leg.call_id), leg.state, leg.party, leg.is_up, leg.is_audible, leg.is_unwanted,
        bool(leg.holder) and leg.holder == new.run, leg.keys,
    )  # fmt: skip


def _waiting_key(waiting: tuple[object, ...], new: _Renumber) -> Key:
    fields: tuple[str, ...] = getattr(waiting, "_fields", ())
    key: list[Hashable] = [type(waiting).__name__]
    for field, value in zip(fields, waiting, strict=True):
        if isinstance(value, int) and field in _NUMBER_FIELDS:
            key.append(new.request(value))
        elif isinstance(value, int) and field in _LEG_FIELDS:
            key.append(new.leg(value))
        elif field in _TIME_FIELDS:
            continue
        elif field == "legs" and isinstance(value, tuple):
            key.append(tuple([(new.leg(number), phase) for number, phase in value]))
        else:
            key.append(repr(value))
    return tuple(key)


def _kept_key(kept: Kept, session: Session, new: _Renumber) -> Key:
    return (
        kept.event,
        new.leg(kept.leg),
        kept.key,
        kept.visit == session.visit,
        kept.handler,
        kept.result,
        kept.participant,
    )


def canonical(session: Session) -> Key:
    """A hashable key; equal keys mean equal behaviour, up to numbers and times."""
    new = _Renumber(session)
    return (
        session.kind, session.direction, session.caller, session.called, new.leg(session.primary),
        tuple([_leg_key(leg, new) for leg in session.legs if not leg.is_over]),
        session.stage, session.handler, session.place, session.run > 0, _waiting_key(session.waiting, new),
        session.result, session.attempt, session.tone, session.participant,
        tuple(sorted(session.counters)), session.tried, session.variables,
        tuple(sorted((timer.kind, new.owner(timer.ref, timer.kind)) for timer in session.timers)),
        tuple([(new.leg(p.leg), p.word, p.run > 0 and p.run == session.run, bool(p.operation_id), p.tries)
               for p in session.pending]),
        tuple([_kept_key(kept, session, new) for kept in session.kept]),
        session.roster, session.music[0], new.request(session.music[1]) > 0, session.end, session.in_net,
    )  # fmt: skip
