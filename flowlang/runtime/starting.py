"""`start flow …`: another flow begins, now or later. It is written down once, however often it is asked for."""

from collections.abc import Collection
from uuid import NAMESPACE_URL, uuid5

from flowlang.call.commands import StartFlow
from flowlang.call.facts import Started
from flowlang.runtime.worker import start_of
from flowlang.store.base import Arrival

KEY = "start"
CREATED, NOT_FOUND = 201, 404


def started_by(call_id: str, command: StartFlow, at_ms: int) -> Arrival:
    """What goes into the inbox for a command. The new call's id follows from who asks, so a repeat is the same call."""
    name = str(uuid5(NAMESPACE_URL, f"flowlang:{call_id}/{command.number}"))
    fact = Started(at_ms, command.values, command.chain_id)
    return start_of(name, command.flow, fact, command.after_ms, KEY)


def answer_to(command: StartFlow, served: Collection[str]) -> int:
    """The status with which the command is answered; the flow has to be one that is served."""
    return CREATED if command.flow in served else NOT_FOUND
