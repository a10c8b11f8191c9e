"""Which plan a call goes through: new calls take what is deployed, calls in flight keep theirs.

Every version that was ever deployed stays in the store, so that going back is one row and takes effect with the next
call. Only one thread works with this: the one of the store.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol
from zlib import crc32

from flowlang.call.facts import Incoming, Started
from flowlang.codec import decode, digest, encode
from flowlang.plan import Plan
from flowlang.store.base import Deployed, Store

ALL = 100
BY_FILE = "file"
SHOWN = 8  # characters of a digest that people are told


class NoVersionError(Exception):
    """There is no such flow, or no version of it to go back to. The text is for the operator."""


class Chosen(NamedTuple):
    """The plan for a new call."""

    digest: str
    plan: Plan


class Serving(NamedTuple):
    """What new calls of a flow take: `newest`, and `others` where only a share takes it."""

    newest: Deployed
    others: Deployed | None = None


class Flows(Protocol):
    """Who decides which flow answers, and remembers the plans."""

    def begin(self, fact: Incoming | Started, flow: str) -> Chosen | None:
        """The plan for a call that begins; `flow` names it where no caller's number decides. None: nobody answers."""
        ...

    def plan(self, name: str) -> Plan | None:
        """The plan with that digest."""
        ...


Route = Callable[[Incoming], str | None]
"""The name of the flow that answers; None: none does."""


def succession(history: Sequence[Deployed]) -> list[str]:
    """The digests of versions that all new calls took one after the other, the one at work last.

    Putting an older one to work by hand takes back what came after it. A version whose file holds it again is new.
    """
    order: list[str] = []
    for one in history:
        if one.share < ALL:
            continue
        if one.digest in order:
            at = order.index(one.digest)
            order = order[:at] if one.by != BY_FILE else [*order[:at], *order[at + 1 :]]
        order.append(one.digest)
    return order


class StoredFlows:
    """Flows by name, with their versions in the store. `route` says which one answers a call."""

    def __init__(self, store: Store, route: Route, clock_ms: Callable[[], int]) -> None:
        self._store, self._route, self._clock_ms = store, route, clock_ms
        self._known: dict[str, Plan] = {}
        self._serving: dict[str, Serving] = {}
        self._served: set[str] = set()
        self._read()

    @property
    def served(self) -> Collection[str]:
        """The names of flows that take new calls. It goes with the times."""
        return self._served

    # ------------------------------------------------------------ for the worker

    def begin(self, fact: Incoming | Started, flow: str) -> Chosen | None:
        """See `Flows`. The same call always takes the same version of what is deployed."""
        name = self._route(fact) if isinstance(fact, Incoming) else flow
        serving = self._serving.get(name or "")
        if serving is None or name not in self._served:
            return None
        lot = crc32((fact.call_id if isinstance(fact, Incoming) else str(fact.at_ms)).encode()) % ALL
        one = serving.newest if serving.others is None or lot < serving.newest.share else serving.others
        plan = self.plan(one.digest)
        return Chosen(one.digest, plan) if plan is not None else None

    def plan(self, name: str) -> Plan | None:
        if name not in self._known:
            stored = self._store.plan(name)
            if stored is None:
                return None
            self._known[name] = decode(Plan, stored)
        return self._known[name]

    def unknown_values(self, name: str, given: Collection[str]) -> list[str]:
        """Those that a flow would begin with and does not have in what new calls take."""
        serving = self._serving.get(name)
        plan = self.plan(serving.newest.digest) if serving is not None else None
        known = {one.name for one in plan.variables if one.kind != "local"} if plan is not None else set(given)
        return [one for one in given if one not in known]

    # ------------------------------------------------------------ for whoever deploys

    def serve(self, plans: Mapping[str, Plan]) -> list[Deployed]:
        """Serve these flows, as at the start: what their files hold now is deployed where it is not what the files held
        last time. So what an operator took back stays back until the file changes."""
        self._served |= set(plans)
        return [one for name, plan in plans.items() if (one := self.from_file(name, plan)) is not None]

    def deploy(self, name: str, plan: Plan, share: int = ALL, by: str = BY_FILE) -> Deployed | None:
        """Put a version to work. None: it is at work already with that share."""
        if not 1 <= share <= ALL:
            raise NoVersionError("a share is between 1 and 100")
        self._served.add(name)
        mark = digest(plan)
        self._store.put_plan(mark, encode(plan))
        now = self._serving.get(name)
        if now is not None and (now.newest.digest, now.newest.share) == (mark, share):
            return None
        if now is None or (now.others or now.newest).digest == mark:
            share = ALL  # there is nothing else that the others could take
        return self._write(name, mark, share, by)

    def roll_back(self, name: str, by: str) -> Deployed:
        """Go back to what all new calls took before the version that is at work; again, and it goes back further. Where
        a share tries a version, that ends. Raises `NoVersionError`."""
        history = self.history(name)
        order = succession(history)
        if history[-1].share == ALL:
            order = order[:-1]
        if not order:
            at_work = history[-1].digest[:SHOWN]
            raise NoVersionError(f"{name} has nothing older than {at_work}; flowlang deploy puts any version to work")
        return self._write(name, order[-1], ALL, by)

    def activate(self, name: str, mark: str, share: int, by: str) -> Deployed:
        """Put a version that was deployed once to work again, by its digest or an unambiguous beginning of it. Raises
        `NoVersionError`."""
        if not 1 <= share <= ALL:
            raise NoVersionError("a share is between 1 and 100")
        marks = {one.digest for one in self.history(name) if mark and one.digest.startswith(mark)}
        if len(marks) != 1:
            more = "no version" if not marks else "more than one version"
            raise NoVersionError(f"{name} has {more} {mark}")
        whole = marks.pop()
        now = self._serving[name]
        if share < ALL and whole == (now.others or now.newest).digest:
            takes = f"{ALL - now.newest.share} of 100 calls" if now.others is not None else "all calls"
            raise NoVersionError(f"{name}: {takes} take {mark} already; the share is for a version to be tried")
        return self._write(name, whole, share, by)

    def history(self, name: str) -> list[Deployed]:
        """All that was ever put to work for a flow, the latest last. Raises `NoVersionError`."""
        found = [one for one in self._store.deployed() if one.flow == name]
        if not found:
            raise NoVersionError(f"there is no flow {name}")
        return found

    def serving(self) -> dict[str, Serving]:
        """What is at work, by the name of the flow."""
        return {name: self._serving[name] for name in sorted(self._served) if name in self._serving}

    def from_file(self, name: str, plan: Plan, share: int = ALL) -> Deployed | None:
        """What a file holds now. None: it is what it held last time, whatever an operator has put to work since. A flow
        of which there is no other version yet is taken by all calls, whatever the share."""
        self._served.add(name)
        mark = digest(plan)
        held = [one for one in self._store.deployed() if one.flow == name and one.by == BY_FILE]
        if held and held[-1].digest == mark:
            return None
        now = self._serving.get(name)
        if now is not None and now.others is None and now.newest.digest == mark:
            self._write(name, mark, ALL, BY_FILE)  # by hand it is at work already; what the file holds is remembered
            return None
        return self.deploy(name, plan, share)

    def _write(self, name: str, mark: str, share: int, by: str) -> Deployed:
        one = self._store.deploy(name, mark, self._clock_ms(), share, by)
        self._read()
        return one

    def _read(self) -> None:
        self._serving = {}
        for one in self._store.deployed():  # the latest last
            before = self._serving.get(one.flow)
            others = None
            if one.share < ALL and before is not None:
                others = before.others or before.newest
            self._serving[one.flow] = Serving(one, others)
