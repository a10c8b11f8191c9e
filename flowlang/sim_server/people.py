"""The people on simulated calls: who is meant by a name, who picks up, who presses keys, and when somebody hangs up.

A caller has groups of keys. The application asks for one when it listens for keys, its prompts are over, and it does
nothing more for a second: that is a menu, or digits to type. A group with a time of its own is pressed then. People who
are called press theirs whenever they are asked.
"""

import re
from collections.abc import Callable, Mapping
from heapq import heappop, heappush
from itertools import count
from typing import Final, NamedTuple
from uuid import NAMESPACE_DNS, uuid5

from flowlang.call.spelling import kept_as, plain
from flowlang.simulator.calls import identity_of
from flowlang.simulator.values import Json, Outcome, Rings, Script, Success

AFTER_ASKED_MS: Final = 1_000
BETWEEN_KEYS_MS: Final = 400
NOBODY: Final = "nobody"
RINGING: Final = ("create", "invite")
SOUNDS: Final = ("playPrompt", "recordResponse")
ASKS_NOTHING_OF_ANYBODY: Final = ("keepAlive", "get", "getOperation", "listParticipants", "getParticipant")
NUMBER = re.compile(r"\+[1-9]\d{6,14}")
GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

Known = Callable[[], Mapping[str, Json]]
"""Identity sets of people that can be called by a name."""


class Group(NamedTuple):
    """Keys that are pressed one after the other. in_ms: after the call began; -1: when the application asks."""

    keys: tuple[str, ...]
    in_ms: int = -1


class Wish(NamedTuple):
    """What is to happen in a call that comes in.

    outcomes: by Graph operation, in order. picks_up: names; of those who are called only these pick up; None: all do.
    callee_keys: what people press who are called and asked. hang_up_in_ms: after the call began; -1: the caller stays.
    """

    outcomes: tuple[tuple[str, Outcome], ...] = ()
    picks_up: tuple[str, ...] | None = None
    groups: tuple[Group, ...] = ()
    callee_keys: tuple[str, ...] = ("1",)
    hang_up_in_ms: int = -1


class Placed:
    """A call that somebody placed, and what is left of the wish. root: its id."""

    def __init__(self, root: str, wish: Wish) -> None:
        self.root, self.wish = root, wish
        self.script = Script(*wish.outcomes)
        self.groups = [group for group in wish.groups if group.in_ms < 0]
        self.listening: set[str] = set()
        self.sounds: dict[str, set[str]] = {}
        self.asked: dict[str, int] = {}

    def outcome(self, operation: str, body: Json, known: Mapping[str, Json]) -> Outcome | None:
        """How a request is to turn out."""
        scripted = self.script.take(operation)
        if scripted is not None or self.wish.picks_up is None or operation not in RINGING:
            return scripted
        rung = body.get("targets" if operation == "create" else "participants") or []
        identities = [
            one["identity"] for one in rung if isinstance(one, dict) and isinstance(one.get("identity"), dict)
        ]
        is_there = any(is_meant(name, one, known) for name in self.wish.picks_up for one in identities)
        return Success() if is_there else Rings()


def identity(name: str, known: Mapping[str, Json], tenant_id: str, kind: str = "user") -> Json:
    """The identity set of a name, a number, a GUID, or `anonymous`. kind: what Graph calls somebody unknown."""
    if name in known:
        return known[name]
    if name == "anonymous":
        return {"encrypted": {"id": str(uuid5(NAMESPACE_DNS, name)), "tenantId": tenant_id}}
    number = kept_as(name)
    if NUMBER.fullmatch(number):
        return {"phone": {"id": number}}
    if GUID.fullmatch(name):
        return {kind: {"id": name.lower(), "tenantId": tenant_id}}
    return {kind: {"id": str(uuid5(NAMESPACE_DNS, name)), "tenantId": tenant_id, "displayName": name}}


def is_meant(name: str, identity_set: Json, known: Mapping[str, Json]) -> bool:
    """Whether a name means somebody: a known name, an identifier, a number, a display name or one word of it."""
    if name in known and identity_of(known[name]) == identity_of(identity_set):
        return True
    kind, id_ = identity_of(identity_set)
    wanted = name.casefold()
    if not kind or plain(name) == plain(id_):
        return bool(kind)
    shown = str(identity_set[kind].get("displayName") or "").casefold()
    return wanted == shown or wanted in shown.split()


def is_anybody(name: str, known: Mapping[str, Json]) -> bool:
    """Whether a name may mean somebody: numbers and identifiers may mean anybody."""
    is_open = NUMBER.fullmatch(kept_as(name)) is not None or GUID.fullmatch(name) is not None
    return is_open or any(is_meant(name, one, known) for one in known.values())


class Act(NamedTuple):
    """What somebody does: presses a key, or hangs up where key is empty."""

    call_id: str
    key: str = ""


class Agenda:
    """What people are going to do, by time."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Act | tuple[Placed, str]]] = []
        self._order = count()

    def next_ms(self) -> int | None:
        return self._heap[0][0] if self._heap else None

    def _later(self, at_ms: int, what: Act | tuple[Placed, str]) -> None:
        heappush(self._heap, (at_ms, next(self._order), what))

    def placed(self, placed: Placed, now_ms: int) -> None:
        """The call has come in: what has a time of its own."""
        wish = placed.wish
        for group in wish.groups:
            if group.in_ms >= 0:
                self.press(placed.root, group.keys, now_ms + group.in_ms)
        if wish.hang_up_in_ms >= 0:
            self._later(now_ms + wish.hang_up_in_ms, Act(placed.root))

    def press(self, call_id: str, keys: tuple[str, ...], at_ms: int) -> None:
        """Keys, one after the other."""
        for number, key in enumerate(keys):
            self._later(at_ms + number * BETWEEN_KEYS_MS, Act(call_id, key))

    def taken(self, placed: Placed, call_id: str, operation: str, operation_id: str, now_ms: int) -> None:
        """Graph took a request about a call of the family."""
        if operation in ASKS_NOTHING_OF_ANYBODY:
            return
        placed.asked.pop(placed.root if operation == "create" else call_id, None)  # it goes on: it waits for no key
        if operation == "subscribeToTone":
            placed.listening.add(call_id)
            self._asks(placed, call_id, now_ms)
        elif operation in SOUNDS:
            placed.sounds.setdefault(call_id, set()).add(operation_id)

    def sound_over(self, placed: Placed, call_id: str, operation_id: str, now_ms: int) -> None:
        """The application was told that a prompt, or a recording, is over."""
        sounds = placed.sounds.get(call_id, set())
        if operation_id in sounds:
            sounds.discard(operation_id)
            self._asks(placed, call_id, now_ms)

    def _asks(self, placed: Placed, call_id: str, now_ms: int) -> None:
        if call_id in placed.listening and not placed.sounds.get(call_id):
            placed.asked[call_id] = now_ms + AFTER_ASKED_MS
            self._later(now_ms + AFTER_ASKED_MS, (placed, call_id))

    def due(self, now_ms: int) -> list[Act]:
        """What is done up to now."""
        acts: list[Act] = []
        while self._heap and self._heap[0][0] <= now_ms:
            at_ms, _, what = heappop(self._heap)
            if isinstance(what, Act):
                acts.append(what)
                continue
            placed, call_id = what
            if placed.asked.get(call_id) == at_ms:  # else it went on, or was asked again
                del placed.asked[call_id]
                self.press(call_id, self._keys(placed, call_id), at_ms)
        return acts

    def _keys(self, placed: Placed, call_id: str) -> tuple[str, ...]:
        if call_id != placed.root:
            return placed.wish.callee_keys
        return placed.groups.pop(0).keys if placed.groups else ()
