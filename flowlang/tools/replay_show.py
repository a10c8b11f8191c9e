"""What `flowlang replay` says: the same, or the first difference."""

import json
from collections.abc import Sequence

from flowlang.codec import encode, to_json
from flowlang.ladder.canvas import Look
from flowlang.ladder.fact_words import command_words, fact_words
from flowlang.plan import Plan
from flowlang.printable import printable, printable_json
from flowlang.replay.again import Asked
from flowlang.replay.compare import Compared, Difference
from flowlang.replay.recording import Recording
from flowlang.source import Source
from flowlang.store.base import Entry
from flowlang.tools.calls_show import short
from flowlang.tools.serve_ladder import stored_ladder

FORM = 1


def as_text(recording: Recording, compared: Compared, other: str) -> str:
    """A few lines. `other`: the name of the flow that the call was sent through; empty: its own."""
    of = f" of {recording.flow}" if recording.flow else ""
    head = f"Call {short(recording.call_id)}{of}: {_count(len(recording.facts), 'fact')}, "
    head += f"{_count(len(recording.commands), 'command')}"
    difference = compared.difference
    if difference is None:
        is_same = f"{other} asks for the same" if other else "this release asks for the same"
        return _lines([f"{head}.", f"No difference: {is_same}."])
    return _lines([f"{head}.", *_difference(recording, difference, compared.commands)])


def _lines(lines: Sequence[str]) -> str:
    return "".join([f"{printable(line)}\n" for line in lines])


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _difference(recording: Recording, found: Difference, same: int) -> list[str]:
    before = f" Before it {_count(same, 'command')} {'is' if same == 1 else 'are'} the same." if same else ""
    lines = [f"The first difference is at {found.at_ms / 1000:g} s, {_after(found)}.{before}"]
    if found.broke:
        return [
            *lines,
            f"  then  recorded by flowlang {recording.release}",
            f"  now   the engine breaks: {found.broke}",
        ]
    then, now = _words(found.then), _words(found.now)
    if found.then is not None and found.now is not None:
        apart = found.now.at_ms - found.then.at_ms
        if apart:
            now += f", {abs(apart) / 1000:g} s {'later' if apart > 0 else 'sooner'}"
        elif command_words(found.then.command) == command_words(found.now.command):
            then, now = f"{then}  {_stored(found.then)}", f"{now}  {_stored(found.now)}"
    return [*lines, f"  then  {then}", f"  now   {now}"]


def _after(found: Difference) -> str:
    return f"after: {fact_words(found.after)}" if found.after is not None else "at the end"


def _words(asked: Asked | None) -> str:
    if asked is None:
        return "nothing, as far as the recording goes"
    return command_words(asked.command) + (f" ({asked.place})" if asked.place else "")


def _stored(asked: Asked) -> str:
    return encode(asked.command).decode("utf-8", "replace")


def as_json(recording: Recording, compared: Compared, other: str) -> str:
    """`version`, `call_id`, `flow`, `other` (the other flow or null), `release` that recorded it, `facts`, `commands`,
    `same` (so many commands), `difference` (null; else `at_seconds`, `after`, `then`, `now`, `broke`)."""
    found = compared.difference
    document = {
        "version": FORM,
        "call_id": recording.call_id,
        "flow": recording.flow,
        "other": other or None,
        "release": recording.release,
        "facts": len(recording.facts),
        "commands": len(recording.commands),
        "same": compared.commands,
        "difference": None
        if found is None
        else {
            "at_seconds": found.at_ms / 1000,
            "after": None if found.after is None else {"words": fact_words(found.after), "fact": to_json(found.after)},
            "then": _asked(found.then),
            "now": _asked(found.now),
            "broke": found.broke or None,
        },
    }
    return printable_json(json.dumps(document, ensure_ascii=False, indent=2)) + "\n"


def _asked(asked: Asked | None) -> dict[str, object] | None:
    if asked is None:
        return None
    words, place = command_words(asked.command), asked.place or None
    return {"words": words, "place": place, "command": to_json(asked.command)}


def ladder(recording: Recording, plan: Plan, compared: Compared, look: Look, sources: Sequence[Source] = ()) -> str:
    """The call as it is now, with the lines of the flow where its files are known; where the engine breaks it ends."""
    facts = [moment.fact for moment in compared.moments] or list(recording.facts[:1])
    entries = [Entry(number, fact.at_ms, encode(fact)) for number, fact in enumerate(facts, 1)]
    return stored_ladder(plan, entries, {one.path: one for one in sources}, look)
