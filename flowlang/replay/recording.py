"""A call as a file: the plan it went through, every fact that it was told, every command that came of them.

The file is JSON with a fact or a command on each line, so that two of them can be compared with any tool. Its form has
a number of its own; facts, commands and plans are in the form of `flowlang.codec`.
"""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

from flowlang.call.commands import Command
from flowlang.call.facts import Fact
from flowlang.codec import NotReadableError, from_json, to_json
from flowlang.plan import Plan

FORM = 1


class NotARecordingError(ValueError):
    """The text is not a recording that this release can read; it says why."""


class Recording(NamedTuple):
    """One call. `release`: the flowlang that recorded it. `flow`: the name of the flow that answered."""

    release: str
    call_id: str
    flow: str
    plan: Plan
    facts: tuple[Fact, ...]
    commands: tuple[Command, ...]


def document(recording: Recording) -> dict[str, object]:
    """The recording as JSON values: `recording` (the form, 1), `release`, `call_id`, `flow`, `plan`, `facts`,
    `commands`."""
    return {
        "recording": FORM,
        "release": recording.release,
        "call_id": recording.call_id,
        "flow": recording.flow,
        "plan": to_json(recording.plan),
        "facts": [to_json(one) for one in recording.facts],
        "commands": [to_json(one) for one in recording.commands],
    }


def written(recording: Recording) -> str:
    """The recording as the text of a file."""
    whole = document(recording)
    lists = {name: _lines(cast("list[object]", whole.pop(name))) for name in ("facts", "commands")}
    head = [f"{json.dumps(name)}: {_line(value)}" for name, value in whole.items()]
    return "{\n" + ",\n".join([*head, *[f'"{name}": {lines}' for name, lines in lists.items()]]) + "\n}\n"


def _lines(items: Iterable[object]) -> str:
    lines = ",\n".join([f"  {_line(one)}" for one in items])
    return f"[\n{lines}\n]" if lines else "[]"


def _line(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # Half a character, as a service may answer, has no UTF-8; JSON's escapes do.
    is_whole = not any("\ud800" <= letter <= "\udfff" for letter in text)
    return text if is_whole else json.dumps(value, separators=(",", ":"))


def read(text: str) -> Recording:
    """Raises `NotARecordingError`."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise NotARecordingError("it is not JSON") from None
    return recording_of(found)


def recording_of(found: object) -> Recording:
    """`document` back. Raises `NotARecordingError`."""
    if not isinstance(found, dict) or "recording" not in found:
        raise NotARecordingError("it is JSON, but no recording of a call")
    if found["recording"] != FORM:
        raise NotARecordingError(f"its form is {found['recording']}, this release of flowlang knows {FORM}")
    texts = [found.get(name) for name in ("release", "call_id", "flow")]
    facts, asked = found.get("facts"), found.get("commands")
    if not all(isinstance(one, str) for one in texts) or not isinstance(facts, list) or not isinstance(asked, list):
        raise NotARecordingError("it is JSON, but no whole recording of a call")
    release, call_id, flow = [str(one) for one in texts]
    plan = _value(found.get("plan"), "the plan")
    if not isinstance(plan, Plan):
        raise NotARecordingError("the plan is none")
    return Recording(release, call_id, flow, plan, _facts(facts), _commands(asked))


def _facts(items: list[object]) -> tuple[Fact, ...]:
    found = []
    for number, one in enumerate(items, 1):
        value = _value(one, f"fact {number}")
        if not isinstance(value, Fact):
            raise NotARecordingError(f"fact {number} is none")
        found.append(value)
    return tuple(found)


def _commands(items: list[object]) -> tuple[Command, ...]:
    found = []
    for number, one in enumerate(items, 1):
        value = _value(one, f"command {number}")
        if not isinstance(value, Command):
            raise NotARecordingError(f"command {number} is none")
        found.append(value)
    return tuple(found)


def _value(item: object, what: str) -> object:
    try:
        return from_json(item)
    except NotReadableError as error:
        raise NotARecordingError(f"{what} cannot be read by this release: {error}") from None


def from_stored(
    release: str, call_id: str, flow: str, plan: bytes, facts: Sequence[bytes], asked: Sequence[bytes]
) -> Recording:
    """From what a store keeps of a call. Raises `NotARecordingError`."""
    try:
        stored = [[json.loads(one) for one in some] for some in ((plan,), facts, asked)]
    except ValueError as error:
        raise NotARecordingError(f"what is stored of call {call_id} cannot be read: {error}") from None
    whole = {"recording": FORM, "release": release, "call_id": call_id, "flow": flow}
    return recording_of({**whole, "plan": stored[0][0], "facts": stored[1], "commands": stored[2]})
