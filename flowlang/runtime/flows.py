"""Which flow a call goes through: new calls take the newest plan, calls in flight keep theirs."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from flowlang.call.facts import Incoming, Started
from flowlang.codec import decode, digest, encode
from flowlang.plan import Plan
from flowlang.store.base import Store


class Chosen(NamedTuple):
    """The plan for a new call."""

    digest: str
    plan: Plan


class Flows(Protocol):
    """Who decides which flow answers, and remembers the plans."""

    def begin(self, fact: Incoming | Started, flow: str) -> Chosen | None:
        """The plan for a call that begins; `flow` names it where no caller's number decides. None: nobody answers."""
        ...

    def plan(self, name: str) -> Plan | None:
        """The plan with that digest."""
        ...


class StoredFlows:
    """Flows by name, one of which answers every call; their plans are kept in the store."""

    def __init__(self, store: Store, plans: Mapping[str, Plan], answers: str) -> None:
        self._store = store
        self._answers = answers
        self._chosen = {name: Chosen(digest(plan), plan) for name, plan in plans.items()}
        self._known = {chosen.digest: chosen.plan for chosen in self._chosen.values()}
        for chosen in self._chosen.values():
            store.put_plan(chosen.digest, encode(chosen.plan))

    def begin(self, fact: Incoming | Started, flow: str) -> Chosen | None:
        return self._chosen.get(self._answers if isinstance(fact, Incoming) else flow)

    def plan(self, name: str) -> Plan | None:
        if name not in self._known:
            stored = self._store.plan(name)
            if stored is None:
                return None
            self._known[name] = decode(Plan, stored)
        return self._known[name]
