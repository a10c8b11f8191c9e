"""What a store has to do, and the values that go in and out.

A call goes round like this: what arrives is put into the inbox in one commit (`arrive`), before anybody is told that it
was taken. A worker takes calls that have something to do (`take`), steps them, and writes everything back in one
transaction (`commit`): sessions, journal, new requests as intents, and the marks of what was worked through. A sender
leases intents (`lease`), sends them, and writes down what came back (`answered`), which is work for the worker again.

Times are milliseconds since 1970 (UTC) and come from outside: a store has no clock. A call is known by the id of its
session. All methods block; each is one transaction that is durable when it returns, or raises and has done nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Final, NamedTuple, Protocol

LATEST: Final = 2**62
LAST: Final = 1 << 40  # from here on requests are numbered that end a parked call; no session counts so far
LOOKED_AT: Final = 20_000  # calls, in one go


class StoreError(Exception):
    """The store cannot do it now: disk full, locked, read-only, away. Nothing was changed."""


class ConflictError(StoreError):
    """Somebody else has stepped that call meanwhile: its version is not the one that was taken."""


class NewerSchemaError(StoreError):
    """The database was written by a newer release; this one leaves it alone."""


class Arrival(NamedTuple):
    """Something that came in for a call. `key`: what a repeat is known by, empty where nothing tells.

    `leg`: our number of the leg, by the path that it came to; -1: not known. `begins`: it may begin a call.
    `from_ms`: it is to be worked through only then; -1: at once. `tenant_id`: for whose calls its sender may speak;
    empty: for all of them.
    """

    call_id: str
    kind: str
    body: bytes
    at_ms: int
    key: str = ""
    leg: int = -1
    begins: bool = False
    from_ms: int = -1
    tenant_id: str = ""


class Received(NamedTuple):
    """An arrival with its number in the inbox; numbers grow in the order of arriving."""

    number: int
    arrival: Arrival


class Answer(NamedTuple):
    """What came back for a request; `status` 0: nobody knows whether it was taken."""

    call_id: str
    number: int
    status: int
    body: bytes
    at_ms: int


class Postponed(NamedTuple):
    """A request that was surely not taken: it is to be sent again, not before that time, as if it never was."""

    call_id: str
    number: int
    attempt: int
    from_ms: int


class Intent(NamedTuple):
    """A request that is to be sent: `number` counts in its call, `leg` is the lane that it has to keep order in."""

    call_id: str
    number: int
    leg: int
    request: bytes


class Leased(NamedTuple):
    """An intent for one sender until `until_ms`. `attempt` 1: it was never sent; more: somebody may have sent it."""

    intent: Intent
    attempt: int
    until_ms: int


class Waiting(NamedTuple):
    """A session as it is stored. `version` 0: there is none yet. `due_ms`: its earliest timer, -1 for none."""

    call_id: str
    version: int
    plan: str
    state: bytes
    due_ms: int = -1


class Work(NamedTuple):
    """One call that has something to do: what arrived and what was answered, in order. A timer may be due as well.

    `touched_ms`: time of the last fact that it was stepped with; -1: none yet.
    """

    session: Waiting
    received: tuple[Received, ...]
    answers: tuple[Answer, ...]
    touched_ms: int = -1


class Entry(NamedTuple):
    """One fact in the journal of a call, as it was stepped. Numbers grow; those of one commit follow each other. A fact
    has no line end in it."""

    number: int
    at_ms: int
    fact: bytes


class Done(NamedTuple):
    """What came of one `Work`: the new session (its version is the one that was taken), the facts for the journal, the
    requests to be sent. `is_over`: the session is finished and only kept for looking at. `person`: number or identifier
    of whom the call is with, so that their calls are found."""

    session: Waiting
    facts: tuple[Entry, ...]
    intents: tuple[Intent, ...]
    is_over: bool
    work: Work
    person: str = ""


class Parked(NamedTuple):
    """A call whose last work broke the engine. It rests, with everything kept, until somebody looks at it."""

    call_id: str
    at_ms: int
    reason: str


class Deployed(NamedTuple):
    """One act of putting a version of a flow to work, the latest last. `share`: of a hundred new calls so many take it,
    the others what was deployed before with all of them. `by`: `file` when its file changed, else who did it."""

    flow: str
    number: int
    digest: str
    at_ms: int
    share: int = 100
    by: str = "file"


class Switched(NamedTuple):
    """Somebody opened or closed hours by hand until a time; -1: until it is taken back."""

    hours: str
    is_open: bool
    until_ms: int = -1
    by: str = ""


class Which(NamedTuple):
    """Which calls are looked for. None and empty: all. `people`: spellings of one person. `before`: only those that
    began before the call of that number."""

    is_over: bool | None = None
    people: tuple[str, ...] = ()
    plans: tuple[str, ...] | None = None
    before: int = LATEST


class Listed(NamedTuple):
    """A call as a list tells of it. `begun` counts calls as they begin; `over_ms` -1: it goes on. `parked`: why it
    rests, empty: it does not. `to_send`: its requests without an answer."""

    session: Waiting
    begun: int
    began_ms: int
    over_ms: int
    parked: str = ""
    to_send: int = 0


class Looked(NamedTuple):
    """What was found. `before` leads on from there; 0: that was all. There may be more although little was found: a
    store looks at so many calls at a time, so that nobody else waits for long."""

    found: tuple[Listed, ...]
    before: int


class Counts(NamedTuple):
    live: int
    over: int
    parked: int
    inbox: int
    to_send: int


class Store(Protocol):
    """See the module.

    A store for many machines fits behind the same methods. It holds shards of the calls, claimed and given up inside
    it: `take`, `lease`, `next_due_ms` and `unheard` tell only of calls in shards that it holds, and `end_leases` ends
    those of owners that are gone. What keeps two workers apart is not the shard but the version of a session, and the
    owner and attempt of a request. Times that come in are compared with each other only where one machine made both:
    leases are lengths from now.
    """

    def close(self) -> None: ...

    def tidy_up(self) -> None:
        """What is good for it now and then, and holds up nobody: it may be called while another thread works with the
        store."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """What is done inside is one transaction: all of it is there after it, or, when it raises, nothing."""
        ...

    def put_plan(self, digest: str, plan: bytes) -> None:
        """Keep a plan for as long as calls need it. The same digest again changes nothing."""
        ...

    def plan(self, digest: str) -> bytes | None: ...

    def plans(self) -> set[str]:
        """The digests of all plans that are kept."""
        ...

    def deploy(self, flow: str, digest: str, at_ms: int, share: int = 100, by: str = "file") -> Deployed:
        """Write down that new calls of a flow take this plan from now on; its number counts from 1 in the flow."""
        ...

    def deployed(self) -> list[Deployed]:
        """All that was deployed, by flow and number."""
        ...

    def switch(self, one: Switched) -> None:
        """Open or close hours by hand; what was said of them before is forgotten."""
        ...

    def switch_back(self, hours: str) -> bool:
        """Let the plan count again. False: nobody had said anything."""
        ...

    def switched(self) -> list[Switched]: ...

    def arrive(self, arrivals: Sequence[Arrival]) -> list[bool]:
        """Take in what came, in one commit. False: a repeat, or for a call that is not there and that it does not
        begin."""
        ...

    def inbox(self, call_id: str, limit: int) -> list[Arrival]:
        """The first of what came for a call and is not worked through yet."""
        ...

    def take(self, now_ms: int, limit: int) -> list[Work]:
        """Calls with something to do: arrivals, answers, a timer that is due. Parked ones rest. Taking changes nothing:
        until it is committed the same work is taken again."""
        ...

    def next_due_ms(self) -> int | None:
        """When the next timer of any call is due, or what was put off is to be worked through or sent."""
        ...

    def commit(self, done: Sequence[Done]) -> None:
        """Write what came of some work, all or nothing. Raises `ConflictError` if one session was stepped elsewhere."""
        ...

    def park(self, parked: Parked, intents: Sequence[Intent] = ()) -> None:
        """Let a call rest. `intents` still leave: they end the call at Graph, so that nobody is left in silence."""
        ...

    def unpark(self, call_id: str) -> bool: ...

    def parked(self) -> list[Parked]: ...

    def lease(self, now_ms: int, until_ms: int, owner: str, limit: int) -> list[Leased]:
        """Intents to be sent now: for each leg of a call the first that has no answer, unless another sender holds
        it."""
        ...

    def end_leases(self, but_owner: str) -> int:
        """Take every lease away from owners that are gone: on one machine, where one process works at a time, from
        anybody but this one. How many there were."""
        ...

    def postpone(self, owner: str, one: Postponed) -> bool:
        """Give a lease back. False: it has gone to somebody else meanwhile."""
        ...

    def answered(self, owner: str, attempt: int, answer: Answer) -> bool:
        """Write down what came back. False: the lease has gone to somebody else meanwhile, or it was answered
        already."""
        ...

    def session(self, call_id: str) -> Waiting | None: ...

    def touched_ms(self, call_id: str) -> int:
        """Time of the last fact that a live call was stepped with; -1: there is none, or the call is over."""
        ...

    def unsent(self, call_id: str) -> tuple[int, ...]:
        """Numbers of the requests of a call that were never sent, of those that were asked for before this
        transaction."""
        ...

    def calls(self, limit: int, *, over: bool = False) -> list[Waiting]:
        """The latest calls, those in flight or those that are over."""
        ...

    def find(self, which: Which, limit: int) -> Looked:
        """The latest calls that fit."""
        ...

    def listed(self, call_id: str) -> Listed | None:
        """One call; also one whose first work was parked, with version 0."""
        ...

    def beginning_with(self, text: str, limit: int) -> list[str]:
        """Ids of calls that begin with a text."""
        ...

    def mentioning(self, holds: Callable[[bytes], bool], before: int, limit: int) -> Looked:
        """Of the next so many calls those of which something is kept that `holds` is true of: session, journal,
        requests, inbox, why it rests. Calls that were parked before they began come last."""
        ...

    def journal(self, call_id: str) -> list[Entry]: ...

    def requests(self, call_id: str) -> list[Intent]:
        """All that a call asked for, by number, answered or not."""
        ...

    def unheard(self, since_ms: int, limit: int) -> list[str]:
        """Live calls of which nothing was stepped since then, those that are silent longest first. Parked ones rest."""
        ...

    def counts(self) -> Counts: ...

    def probe(self) -> None:
        """A durable write that changes nothing, with as much room as a usual commit takes. Raises `StoreError`."""
        ...

    def forget(self, over_before_ms: int, limit: int) -> int:
        """Remove so many of the calls that were over before that time, the oldest first, with all that belongs to them.
        How many they were: fewer than `limit` were all."""
        ...

    def erase(self, call_ids: Iterable[str]) -> int:
        """Remove these calls whatever their state: somebody asked for it. What is left of them goes with `wipe`."""
        ...

    def wipe(self, at: int = 0) -> int:
        """Overwrite what may be left of calls that were removed, a piece of the store at a time: from 0 on, then from
        what it gives back, until that is 0 again. Raises `StoreError` when it cannot be done now, as while another
        program reads."""
        ...

    def remove_copies(self, holds: Callable[[bytes], bool], call_ids: Iterable[str]) -> list[str]:
        """Remove the copies that an update left beside it, if one of these calls or what `holds` is true of is in
        them. Their names. Works on the disk, not on the store: any thread may call it. Raises `OSError`."""
        ...
