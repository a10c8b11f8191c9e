"""The store in memory, for tests and for `--simulate` without a file. Gone when the process is."""

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from flowlang.store.base import (
    Answer,
    Arrival,
    ConflictError,
    Counts,
    Deployed,
    Done,
    Entry,
    Intent,
    Leased,
    Listed,
    Looked,
    Parked,
    Postponed,
    Received,
    Switched,
    Waiting,
    Which,
    Work,
)


class _Request:
    """An intent and where it stands."""

    __slots__ = ("answer", "attempt", "intent", "is_done", "owner", "until_ms")

    def __init__(self, intent: Intent) -> None:
        self.intent = intent
        self.owner, self.attempt, self.until_ms = "", 0, -1
        self.answer: Answer | None = None
        self.is_done = False


def _copied(value: object) -> object:
    """A copy of what can change: containers, and requests in them; all else here never does."""
    match value:
        case dict():
            return {name: _copied(one) for name, one in value.items()}
        case list():
            return list(value)
        case set():
            return set(value)
        case _Request():
            return copy.copy(value)
        case _:
            return value


class MemoryStore:
    """See `base.Store`."""

    def __init__(self) -> None:
        self._plans: dict[str, bytes] = {}
        self._deployed: list[Deployed] = []
        self._switched: dict[str, Switched] = {}
        self._touched: dict[str, int] = {}
        self._sessions: dict[str, Waiting] = {}
        self._over: dict[str, int] = {}
        self._inbox: dict[str, list[Received]] = {}
        self._seen: set[tuple[str, str]] = set()
        self._requests: dict[str, dict[int, _Request]] = {}
        self._journals: dict[str, list[Entry]] = {}
        self._begun: dict[str, tuple[int, int, str]] = {}
        self._begun_count = 0
        self._parked: dict[str, Parked] = {}
        self._number = 0

    def close(self) -> None:
        """Nothing is open."""

    def tidy_up(self) -> None:
        """There is nothing to be done."""

    @contextmanager
    def together(self) -> Iterator[None]:
        before = {name: _copied(value) for name, value in self.__dict__.items()}
        try:
            yield
        except BaseException:
            self.__dict__ = before
            raise

    def put_plan(self, digest: str, plan: bytes) -> None:
        self._plans.setdefault(digest, plan)

    def plan(self, digest: str) -> bytes | None:
        return self._plans.get(digest)

    def plans(self) -> set[str]:
        return set(self._plans)

    def deploy(self, flow: str, digest: str, at_ms: int, share: int = 100, by: str = "file") -> Deployed:
        number = sum(one.flow == flow for one in self._deployed) + 1
        self._deployed.append(Deployed(flow, number, digest, at_ms, share, by))
        return self._deployed[-1]

    def deployed(self) -> list[Deployed]:
        return sorted(self._deployed)

    def switch(self, one: Switched) -> None:
        self._switched[one.hours] = one

    def switch_back(self, hours: str) -> bool:
        return self._switched.pop(hours, None) is not None

    def switched(self) -> list[Switched]:
        return sorted(self._switched.values())

    # ------------------------------------------------------------ in

    def arrive(self, arrivals: Sequence[Arrival]) -> list[bool]:
        return [self._arrive(one) for one in arrivals]

    def _arrive(self, one: Arrival) -> bool:
        if one.key and (one.call_id, one.key) in self._seen:
            return False
        is_known = one.call_id in self._sessions or one.call_id in self._inbox
        if one.call_id in self._over or not (is_known or one.begins):
            return False
        if one.key:
            self._seen.add((one.call_id, one.key))
        self._number += 1
        self._inbox.setdefault(one.call_id, []).append(Received(self._number, one))
        return True

    # ------------------------------------------------------------ work

    def take(self, now_ms: int, limit: int) -> list[Work]:
        found: list[Work] = []
        for call_id in dict.fromkeys([*self._inbox, *self._sessions]):
            if len(found) >= limit:
                break
            rests = call_id in self._parked or call_id in self._over
            work = None if rests else self._work(call_id, now_ms)
            if work is not None:
                found.append(work)
        return found

    def _work(self, call_id: str, now_ms: int) -> Work | None:
        session = self._sessions.get(call_id, Waiting(call_id, 0, "", b""))
        received = tuple([one for one in self._inbox.get(call_id, ()) if one.arrival.from_ms <= now_ms])
        requests = self._requests.get(call_id, {})
        answers = tuple([one.answer for one in requests.values() if one.answer is not None and not one.is_done])
        is_due = 0 <= session.due_ms <= now_ms
        touched_ms = self.touched_ms(call_id)
        return Work(session, received, answers, touched_ms) if received or answers or is_due else None

    def next_due_ms(self) -> int | None:
        due = [(one.call_id, one.due_ms) for one in self._sessions.values()]
        due += [(one.arrival.call_id, one.arrival.from_ms) for some in self._inbox.values() for one in some]
        due += [(one.intent.call_id, one.until_ms) for some in self._requests.values() for one in some.values()
                if one.answer is None and not one.owner]  # fmt: skip
        return min([at for call_id, at in due if at >= 0 and call_id not in self._parked], default=None)

    def commit(self, done: Sequence[Done]) -> None:
        for one in done:
            known = self._sessions.get(one.session.call_id)
            if (known.version if known is not None else 0) != one.session.version:
                raise ConflictError(one.session.call_id)
        for one in done:
            self._commit(one)

    def _commit(self, one: Done) -> None:
        call_id = one.session.call_id
        worked = {received.number for received in one.work.received}
        self._inbox[call_id] = [left for left in self._inbox.get(call_id, ()) if left.number not in worked]
        if not self._inbox[call_id]:
            del self._inbox[call_id]
        requests = self._requests.setdefault(call_id, {})
        for answer in one.work.answers:
            requests[answer.number].is_done = True
        for intent in one.intents:
            requests.setdefault(intent.number, _Request(intent))
        self._journals.setdefault(call_id, []).extend(one.facts)
        self._touched[call_id] = max([entry.at_ms for entry in one.facts], default=self._touched.get(call_id, 0))
        due_ms = -1 if one.is_over else one.session.due_ms
        self._sessions[call_id] = one.session._replace(version=one.session.version + 1, due_ms=due_ms)
        known = self._begun.get(call_id)
        began_ms = known[1] if known is not None else min([entry.at_ms for entry in one.facts], default=-1)
        self._begun_count += known is None
        self._begun[call_id] = (known[0] if known is not None else self._begun_count, began_ms, one.person)
        if one.is_over:
            self._over[call_id] = max([entry.at_ms for entry in one.facts], default=0)

    # ------------------------------------------------------------ parked

    def park(self, parked: Parked, intents: Sequence[Intent] = ()) -> None:
        self._parked[parked.call_id] = parked
        requests = self._requests.setdefault(parked.call_id, {})
        for intent in intents:
            requests.setdefault(intent.number, _Request(intent))

    def unpark(self, call_id: str) -> bool:
        return self._parked.pop(call_id, None) is not None

    def parked(self) -> list[Parked]:
        return sorted(self._parked.values(), key=lambda one: (one.at_ms, one.call_id))

    # ------------------------------------------------------------ out

    def lease(self, now_ms: int, until_ms: int, owner: str, limit: int) -> list[Leased]:
        found: list[Leased] = []
        for requests in self._requests.values():
            lanes: set[int] = set()
            for number in sorted(requests):
                one = requests[number]
                if one.answer is not None or one.intent.leg in lanes:
                    continue
                lanes.add(one.intent.leg)
                if one.until_ms > now_ms or len(found) >= limit:
                    continue
                one.owner, one.attempt, one.until_ms = owner, one.attempt + 1, until_ms
                found.append(Leased(one.intent, one.attempt, until_ms))
        return found

    def end_leases(self, but_owner: str) -> int:
        held = [one for requests in self._requests.values() for one in requests.values()
                if one.answer is None and one.until_ms >= 0 and one.owner not in (but_owner, "")]  # fmt: skip
        for one in held:
            one.until_ms = -1
        return len(held)

    def postpone(self, owner: str, one: Postponed) -> bool:
        found = self._requests.get(one.call_id, {}).get(one.number)
        if found is None or found.answer is not None or (found.owner, found.attempt) != (owner, one.attempt):
            return False
        found.owner, found.attempt, found.until_ms = "", found.attempt - 1, one.from_ms
        return True

    def answered(self, owner: str, attempt: int, answer: Answer) -> bool:
        one = self._requests.get(answer.call_id, {}).get(answer.number)
        if one is None or one.answer is not None or (one.owner, one.attempt) != (owner, attempt):
            return False
        one.answer = answer
        return True

    # ------------------------------------------------------------ looking

    def session(self, call_id: str) -> Waiting | None:
        return self._sessions.get(call_id)

    def touched_ms(self, call_id: str) -> int:
        return self._touched.get(call_id, -1) if call_id not in self._over else -1

    def unsent(self, call_id: str) -> tuple[int, ...]:
        requests = self._requests.get(call_id, {})
        return tuple(sorted(number for number, one in requests.items() if one.answer is None and not one.attempt))

    def calls(self, limit: int, *, over: bool = False) -> list[Waiting]:
        found = [one for one in self._sessions.values() if (one.call_id in self._over) == over]
        return found[::-1][:limit]

    def find(self, which: Which, limit: int) -> Looked:
        found: list[Listed] = []
        for call_id, (begun, _, person) in reversed(self._begun.items()):
            is_over, plan = call_id in self._over, self._sessions[call_id].plan
            if begun >= which.before or (which.is_over is not None and is_over != which.is_over):
                continue
            if (which.people and (not person or person not in which.people)) or (
                which.plans is not None and plan not in which.plans
            ):
                continue
            if len(found) == limit:
                return Looked(tuple(found), found[-1].begun)
            found.append(self._listed(call_id))
        return Looked(tuple(found), 0)

    def listed(self, call_id: str) -> Listed | None:
        if call_id in self._begun:
            return self._listed(call_id)
        parked = self._parked.get(call_id)
        return Listed(Waiting(call_id, 0, "", b""), 0, parked.at_ms, -1, parked.reason) if parked is not None else None

    def _listed(self, call_id: str) -> Listed:
        begun, began_ms, _ = self._begun[call_id]
        open_ones = [one for one in self._requests.get(call_id, {}).values() if one.answer is None]
        reason = self._parked[call_id].reason if call_id in self._parked else ""
        over_ms = self._over.get(call_id, -1)
        return Listed(self._sessions[call_id], begun, began_ms, over_ms, reason, len(open_ones))

    def beginning_with(self, text: str, limit: int) -> list[str]:
        return sorted(one for one in {*self._sessions, *self._parked} if one.startswith(text))[:limit]

    def mentioning(self, holds: Callable[[bytes], bool], before: int, limit: int) -> Looked:
        looked_at = [(begun, call_id) for call_id, (begun, _, _) in reversed(self._begun.items()) if begun < before]
        looked_at = looked_at[:limit]
        found = [self._listed(one) for _, one in looked_at if any(holds(kept) for kept in self._kept(one))]
        if len(looked_at) == limit:
            return Looked(tuple(found), looked_at[-1][0])
        for call_id, parked in self._parked.items():
            kept = [parked.reason.encode(), *[one.arrival.body for one in self._inbox.get(call_id, ())]]
            one = self.listed(call_id)
            if call_id not in self._begun and one is not None and any(map(holds, kept)):
                found.append(one)
        return Looked(tuple(found), 0)

    def _kept(self, call_id: str) -> Iterator[bytes]:
        """Everything that is kept of a call."""
        yield self._sessions[call_id].state
        yield from (entry.fact for entry in self._journals.get(call_id, ()))
        yield from (one.arrival.body for one in self._inbox.get(call_id, ()))
        if call_id in self._parked:
            yield self._parked[call_id].reason.encode()
        for request in self._requests.get(call_id, {}).values():
            yield request.intent.request
            if request.answer is not None:
                yield request.answer.body

    def inbox(self, call_id: str, limit: int) -> list[Arrival]:
        return [one.arrival for one in self._inbox.get(call_id, ())][:limit]

    def journal(self, call_id: str) -> list[Entry]:
        return list(self._journals.get(call_id, ()))

    def requests(self, call_id: str) -> list[Intent]:
        return [one.intent for _, one in sorted(self._requests.get(call_id, {}).items())]

    def unheard(self, since_ms: int, limit: int) -> list[str]:
        found = sorted((at_ms, call_id) for call_id, at_ms in self._touched.items() if at_ms < since_ms)
        return [one for _, one in found if one not in self._over and one not in self._parked][:limit]

    def counts(self) -> Counts:
        waiting = [one for requests in self._requests.values() for one in requests.values() if one.answer is None]
        live = len(self._sessions) - len(self._over)
        inbox = sum(len(received) for received in self._inbox.values())
        return Counts(live, len(self._over), len(self._parked), inbox, len(waiting))

    def forget(self, over_before_ms: int, limit: int) -> int:
        old = sorted((at_ms, call_id) for call_id, at_ms in self._over.items() if at_ms < over_before_ms)
        return self.erase([call_id for _, call_id in old[:limit]])

    def erase(self, call_ids: Iterable[str]) -> int:
        count = 0
        for call_id in list(call_ids):
            count += self._sessions.pop(call_id, None) is not None
            for table in (self._over, self._touched, self._begun, self._inbox, self._requests, self._journals,
                          self._parked):  # fmt: skip
                table.pop(call_id, None)
            self._seen = {pair for pair in self._seen if pair[0] != call_id}
        return count

    def probe(self) -> None:
        pass

    def wipe(self, at: int = 0) -> int:  # noqa: ARG002 - see Store
        return 0

    def remove_copies(self, holds: Callable[[bytes], bool], call_ids: Iterable[str]) -> list[str]:  # noqa: ARG002
        return []
