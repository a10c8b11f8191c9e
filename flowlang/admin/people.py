"""What is kept about a person: every call in which their number or identifier occurs, wherever it stands in it, and
however it is written there."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, Protocol, TypeVar

import anyio

from flowlang.admin.desk import WrongError
from flowlang.admin.shapes import PersonCall, PersonExport
from flowlang.admin.telling import entry_view
from flowlang.admin.views import call_view
from flowlang.call import commands
from flowlang.call.spelling import Sought, sought
from flowlang.plan import Plan
from flowlang.runtime.worker import command_of
from flowlang.store.base import LATEST, Entry, Listed, Looked, Store, StoreError

R = TypeVar("R")

WIPE_TRIES: Final = 20
AT_ONCE: Final = 500  # calls looked through before others may use the store again
Found = tuple[Listed, list[Entry]]


class InStore(Protocol):
    def __call__(self, do: Callable[[], R], /) -> Awaitable[R]: ...


def person_of(who: str) -> Sought:
    """Who is looked for. Raises `WrongError`."""
    found = sought(who)
    if found is None:
        raise WrongError(
            "that is neither a number with its country, such as +15550100, nor an identifier of the directory"
        )
    return found


async def find_person(store: Store, in_store: InStore, person: Sought) -> list[Found]:
    """The calls with their journals, the latest first, looked through piece by piece."""
    found: list[Found] = []
    before = LATEST
    while before:

        def look(before: int = before) -> tuple[Looked, list[Found]]:
            looked = store.mentioning(person.is_in, before, AT_ONCE)
            return looked, [(one, store.journal(one.session.call_id)) for one in looked.found]

        looked, some = await in_store(look)
        found += some
        before = looked.before
    return found


async def wipe(store: Store, in_store: InStore, *, tries: int = WIPE_TRIES, pause_seconds: float = 0.5) -> None:
    """Overwrite what is left of calls that were removed, a piece at a time. Whoever keeps it from that, such as another
    program that reads, is waited for. Raises `StoreError`."""
    at, left = 0, tries
    while True:
        try:
            at = await in_store(partial(store.wipe, at))
        except StoreError:
            left -= 1
            if not left:
                raise
            await anyio.sleep(pause_seconds)
        else:
            if not at:
                return


def said_in(store: Store, call_ids: Iterable[str]) -> set[str]:
    """The texts that were said to callers in some calls: a name or a number may be among them."""
    found: set[str] = set()
    for call_id in call_ids:
        for intent in store.requests(call_id):
            command = command_of(intent.request)
            if isinstance(command, commands.Request) and isinstance(command.act, commands.Play | commands.Answer):
                found.update([one.text for one in command.act.prompts if one.kind == "speech"])
    return found


def export_of(
    who: str, found: Sequence[Found], plans: Mapping[str, Plan], names: Mapping[str, str],
    recordings: Callable[[Sequence[str]], Sequence[str]],
) -> PersonExport:  # fmt: skip
    """All of it, as it is stored. `recordings`: names of what callers recorded, by the ids of their calls."""
    calls = [
        PersonCall(
            call=call_view(one, plans.get(one.session.plan), names),
            session=_json(one.session.state),
            journal=tuple([entry_view(entry) for entry in entries]),
            recordings=tuple(recordings([one.session.call_id])),
        )
        for one, entries in found
    ]
    return PersonExport(who=who, calls=tuple(calls))


def _json(stored: bytes) -> object:
    try:
        return json.loads(stored) if stored else None
    except ValueError:
        return stored.decode("utf-8", "replace")
