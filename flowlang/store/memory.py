"""The store in memory, for tests and for `--simulate` without a file. Gone when the process is."""

from collections.abc import Iterable, Sequence

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
    Parked,
    Received,
    Waiting,
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


class MemoryStore:
    """See `base.Store`."""

    def __init__(self) -> None:
        self._plans: dict[str, bytes] = {}
        self._deployed: list[Deployed] = []
        self._sessions: dict[str, Waiting] = {}
        self._over: dict[str, int] = {}
        self._inbox: dict[str, list[Received]] = {}
        self._seen: set[tuple[str, str]] = set()
        self._requests: dict[str, dict[int, _Request]] = {}
        self._journals: dict[str, list[Entry]] = {}
        self._parked: dict[str, Parked] = {}
        self._number = 0

    def close(self) -> None:
        """Nothing is open."""

    def put_plan(self, digest: str, plan: bytes) -> None:
        self._plans.setdefault(digest, plan)

    def plan(self, digest: str) -> bytes | None:
        return self._plans.get(digest)

    def deploy(self, flow: str, digest: str, at_ms: int, share: int = 100, by: str = "file") -> Deployed:
        number = sum(one.flow == flow for one in self._deployed) + 1
        self._deployed.append(Deployed(flow, number, digest, at_ms, share, by))
        return self._deployed[-1]

    def deployed(self) -> list[Deployed]:
        return sorted(self._deployed)

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
        return Work(session, received, answers) if received or answers or is_due else None

    def next_due_ms(self) -> int | None:
        due = [(one.call_id, one.due_ms) for one in self._sessions.values()]
        due += [(one.arrival.call_id, one.arrival.from_ms) for some in self._inbox.values() for one in some]
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
        due_ms = -1 if one.is_over else one.session.due_ms
        self._sessions[call_id] = one.session._replace(version=one.session.version + 1, due_ms=due_ms)
        if one.is_over:
            self._over[call_id] = max([entry.at_ms for entry in one.facts], default=0)

    # ------------------------------------------------------------ parked

    def park(self, parked: Parked) -> None:
        self._parked[parked.call_id] = parked

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
                if one.answer is None and one.until_ms >= 0 and one.owner != but_owner]  # fmt: skip
        for one in held:
            one.until_ms = -1
        return len(held)

    def answered(self, owner: str, attempt: int, answer: Answer) -> bool:
        one = self._requests.get(answer.call_id, {}).get(answer.number)
        if one is None or one.answer is not None or (one.owner, one.attempt) != (owner, attempt):
            return False
        one.answer = answer
        return True

    # ------------------------------------------------------------ looking

    def session(self, call_id: str) -> Waiting | None:
        return self._sessions.get(call_id)

    def calls(self, limit: int, *, over: bool = False) -> list[Waiting]:
        found = [one for one in self._sessions.values() if (one.call_id in self._over) == over]
        return found[::-1][:limit]

    def journal(self, call_id: str) -> list[Entry]:
        return list(self._journals.get(call_id, ()))

    def counts(self) -> Counts:
        waiting = [one for requests in self._requests.values() for one in requests.values() if one.answer is None]
        live = len(self._sessions) - len(self._over)
        inbox = sum(len(received) for received in self._inbox.values())
        return Counts(live, len(self._over), len(self._parked), inbox, len(waiting))

    def forget(self, over_before_ms: int) -> int:
        return self.erase([call_id for call_id, at_ms in self._over.items() if at_ms < over_before_ms])

    def erase(self, call_ids: Iterable[str]) -> int:
        count = 0
        for call_id in list(call_ids):
            count += self._sessions.pop(call_id, None) is not None
            for table in (self._over, self._inbox, self._requests, self._journals, self._parked):
                table.pop(call_id, None)
            self._seen = {pair for pair in self._seen if pair[0] != call_id}
        return count
