"""What is kept about a person: every call in which their number or identifier occurs, wherever it stands in it."""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from flowlang.admin.desk import WrongError
from flowlang.admin.shapes import GUID, NUMBER, PersonCall, PersonExport
from flowlang.admin.telling import entry_view
from flowlang.admin.views import call_view
from flowlang.call import commands
from flowlang.plan import Plan
from flowlang.runtime.worker import command_of
from flowlang.store.base import LATEST, Entry, Listed, Looked, Store

R = TypeVar("R")

AT_ONCE: Final = 500  # calls looked through before others may use the store again
Found = tuple[Listed, list[Entry]]


class InStore(Protocol):
    def __call__(self, do: Callable[[], R], /) -> Awaitable[R]: ...


def sought(who: str) -> str:
    """What is looked for: the digits of a number, since some write it without `+`. Raises `WrongError`."""
    text = who.strip()
    if re.fullmatch(NUMBER, text):
        return text[1:]
    if re.fullmatch(GUID, text):
        return text.lower()
    raise WrongError(f"{who} is neither a number such as +15550100 nor an identifier of the directory")


async def find_person(store: Store, in_store: InStore, who: str) -> list[Found]:
    """The calls with their journals, the latest first, looked through piece by piece."""
    text = sought(who)
    found: list[Found] = []
    before = LATEST
    while before:

        def look(before: int = before) -> tuple[Looked, list[Found]]:
            looked = store.mentioning(text, before, AT_ONCE)
            return looked, [(one, store.journal(one.session.call_id)) for one in looked.found]

        looked, some = await in_store(look)
        found += [pair for pair in some if _is_meant(text, *pair)]
        before = looked.before
    return found


def _is_meant(text: str, listed: Listed, entries: Sequence[Entry]) -> bool:
    """Whether it is that number and not the middle of a longer one. What stands in requests only is taken as meant."""
    kept = [one.decode("utf-8", "replace") for one in (listed.session.state, *[entry.fact for entry in entries])]
    whole = re.compile(rf"(?<!\d){re.escape(text)}(?!\d)")
    return any(whole.search(one) for one in kept) or not any(text in one for one in kept)


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
