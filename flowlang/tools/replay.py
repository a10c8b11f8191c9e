"""`flowlang replay ID`: a call again, through the engine of this release or through another flow."""

import os
import sys
from collections.abc import Sequence
from typing import Final, NamedTuple

from flowlang.plan import Plan
from flowlang.replay.compare import Compared, with_other_plan, with_what_was
from flowlang.replay.recording import NotARecordingError, Recording, read, recording_of, written
from flowlang.source import Source
from flowlang.store.base import Store
from flowlang.tools import replay_show as show
from flowlang.tools.calls_http import USUAL_URL, AwayError, RefusedError, call_path, service_of
from flowlang.tools.options import Command, Given, Option, UsageError
from flowlang.tools.terminal import look_of, write, write_utf8

AWAY: Final = 4
SHORTEST_BEGINNING: Final = 4

COMMAND = Command(
    "replay", "ID",
    "Plays a call again that a service had: tells the engine what it was told then, and looks whether it asks Graph "
    "for the same. Nothing is called. ID is a call's id or the beginning of it, or a file that --save made.",
    (
        Option("flow", "FILE", "through this flow instead of the one that answered: shows the first difference"),
        Option("config", "FILE", "the settings that the flow of --flow gets, as serve has them"),
        Option("ladder", "", "draw the call as it is now"),
        Option("save", "FILE", "keep the call in a file; it holds the numbers of people"),
        Option("store", "FILE", "take the call out of this database instead of asking a service"),
        Option("url", "URL", f"where the service listens; usually {USUAL_URL}, or FLOWLANG_URL"),
        Option("token", "TOKEN", "better set FLOWLANG_TOKEN: what is on a command line others can see"),
        Option("format", "text|json", "for people (the usual) or for programs", choices=("text", "json")),
        Option("help", "", "this text"),
    ),
    """Examples:
  flowlang replay 2d5c1f0a
  flowlang replay 2d5c1f0a --flow reception.flow --ladder
  flowlang replay 2d5c1f0a --store calls.db --save wrong-call.json
  flowlang replay wrong-call.json

Exit codes: 0 the call is the same, 1 it is another, 2 wrong use, or the service says no,
3 a bug of flowlang itself, 4 no service is there.""",
)  # fmt: skip


class Other(NamedTuple):
    """The flow that a call is sent through instead of its own, with what its files say."""

    plan: Plan
    sources: tuple[Source, ...]


def main(given: Given) -> int:
    """Play a call again; the answer is the exit code."""
    if len(given.arguments) != 1:
        instead = f", not {len(given.arguments)}" if given.arguments else ""
        raise UsageError(f"replay wants one call{instead}: flowlang replay 2d5c1f0a")
    if given.has("config") and not given.has("flow"):
        raise UsageError("--config is for the flow of --flow: what a call went through before has its settings in it")
    other = _other(given.one("flow"), given.one("config")) if given.has("flow") else None
    try:
        recording = _recording(given.arguments[0], given)
    except AwayError as error:
        sys.stderr.write(f"flowlang: {error}\n")
        return AWAY
    except RefusedError as error:
        raise UsageError(str(error)) from None
    if given.has("save"):
        _save(recording, given.one("save"))
    compared = with_what_was(recording) if other is None else with_other_plan(recording, other.plan)
    _show(recording, other, compared, given)
    return 0 if compared.difference is None else 1


def _show(recording: Recording, other: Other | None, compared: Compared, given: Given) -> None:
    name = os.path.basename(given.one("flow")).removesuffix(".flow") if other is not None else ""
    if given.one("format") == "json":
        write_utf8(show.as_json(recording, compared, name))
        return
    if given.has("ladder"):
        plan, sources = other if other is not None else (recording.plan, _lines_of(recording.plan))
        write(show.ladder(recording, plan, compared, look_of(), sources) + "\n\n")
    write(show.as_text(recording, compared, name))
    if given.has("save"):
        write(f"The call is in {given.one('save')}. It holds the numbers of people: keep it as you keep those.\n")


# ---------------------------------------------------------------- where the call is


def _recording(wanted: str, given: Given) -> Recording:
    try:
        if given.has("store"):
            return _from_store(wanted, given.one("store"))
        if os.path.lexists(wanted) or wanted.endswith(".json"):
            return _from_file(wanted)
        service = service_of(given.one("url"), given.one("token"))
        return recording_of(service.get(call_path(wanted, "/recording")))
    except NotARecordingError as error:
        raise UsageError(f"{wanted} cannot be played again: {error}") from None


def _from_file(path: str) -> Recording:
    from flowlang.regular_file import MOST_RECORDED_CALL_BYTES
    from flowlang.tools.files import read_bytes

    try:
        text = read_bytes(path, MOST_RECORDED_CALL_BYTES).decode()
    except UnicodeDecodeError:
        raise NotARecordingError("it is not text in UTF-8") from None
    return read(text)


def _from_store(wanted: str, path: str) -> Recording:
    """A call by its id or an unambiguous beginning of it, from a database that is only read."""
    from flowlang.replay.stored import recorded
    from flowlang.store.base import StoreError
    from flowlang.store.sqlite import SqliteStore

    if not os.path.exists(path):
        raise UsageError(f"there is no database {path}")
    try:
        store = SqliteStore(path, read_only=True)
        try:
            whole_id = _whole(wanted, store, path)
            names = {one.digest: one.flow for one in store.deployed()}
            stored = store.session(whole_id)
            found = recorded(store, whole_id, names.get(stored.plan, "") if stored is not None else "")
        finally:
            store.close()
    except StoreError as error:
        raise UsageError(str(error)) from None
    if found is None:
        raise UsageError(f"call {whole_id} has not begun, so there is nothing to play again")
    return found


def _whole(wanted: str, store: Store, path: str) -> str:
    if store.listed(wanted) is not None:
        return wanted
    ids = store.beginning_with(wanted, 2) if len(wanted) >= SHORTEST_BEGINNING else []
    if not ids:
        raise UsageError(f"there is no call {wanted} in {path}")
    if len(ids) > 1:
        raise UsageError(f"several calls begin with {wanted}")
    return ids[0]


# ---------------------------------------------------------------- the other flow, and the file


def _other(path: str, config: str) -> Other:
    """The other flow as `serve` would take it. Raises `UsageError` for one that it would refuse."""
    from flowlang.tools.serve_flows import USUAL, load_flow
    from flowlang.tools.serve_settings import read_settings, site_of

    site = site_of(read_settings(config)) if config else USUAL
    loaded = load_flow(path, site)
    if loaded is None:
        raise UsageError(f"{path} has no handler, so no call can go through it")
    if loaded.plan is None:
        raise UsageError(f"{path} cannot be served: {loaded.trouble}")
    return Other(loaded.plan, loaded.sources)


def _lines_of(plan: Plan) -> Sequence[Source]:
    """The files of the call's flow, where they lie here and are what they were; else its lines are numbers only."""
    from flowlang.codec import digest
    from flowlang.tools.serve_flows import USUAL, load_flow

    path = plan.files[0] if plan.files else ""
    loaded = load_flow(path, USUAL) if os.path.isfile(path) else None
    same = loaded is not None and loaded.plan is not None and digest(loaded.plan) == digest(plan)
    return loaded.sources if loaded is not None and same else ()


def _save(recording: Recording, path: str) -> None:
    """Write the whole file or none: beside it first, readable by its owner only, then in its place."""
    beside = f"{path}.part"
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(written(recording))
        os.replace(beside, path)
    except OSError as error:
        folder = os.path.dirname(path) or "."
        why = error.strerror if os.path.isdir(folder) else f"there is no folder {folder}"
        raise UsageError(f"{path} cannot be written: {why}") from None
