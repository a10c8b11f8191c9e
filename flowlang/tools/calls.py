"""`flowlang calls …`: look at calls of a service that runs, and act on them. Speaks to its admin API."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from flowlang.printable import all_printable, printable, printable_lines
from flowlang.tools import calls_show as show
from flowlang.tools.calls_http import USUAL_URL, AwayError, Event, RefusedError, Service, call_path, service_of
from flowlang.tools.check_text import counted
from flowlang.tools.options import Command, Given, Option, UsageError, near
from flowlang.tools.terminal import look_of, write, write_json

AWAY: Final = 4
ERASES_SECONDS: Final = 600.0  # a large database is overwritten piece by piece, so that calls go on
MOST_TRIES, AGAIN_SECONDS = 30, 1.0  # for the stream of a service that is started anew
MOST_PAGES: Final = 20  # a list that is filtered may need several

_WHERE = (
    Option("url", "URL", f"where the service listens; usually {USUAL_URL}, or FLOWLANG_URL"),
    Option("token", "TOKEN", "better set FLOWLANG_TOKEN: what is on a command line others can see"),
)
_FORMAT = Option("format", "text|json", "for people (the usual) or for programs", choices=("text", "json"))
_HELP = Option("help", "", "this text")
_EXIT = "Exit codes: 0 done, 2 wrong use, or the service says no, 4 no service is there."


def _command(name: str, takes: str, summary: str, options: Sequence[Option], examples: str) -> Command:
    text = f"Examples:\n{examples}\n\n{_EXIT}"
    return Command(f"calls {name}".strip(), takes, summary, (*options, *_WHERE, _HELP), text)


COMMANDS: Final = {
    "ls": _command(
        "ls", "", "Lists calls, the latest first: those in flight, unless others are asked for.",
        (
            Option("state", "S", "live (the usual), over, parked, or all", choices=("live", "over", "parked", "all")),
            Option("flow", "NAME", "only calls that this flow answers"),
            Option("who", "NUMBER", "only calls of this number"),
            Option("most", "N", "so many; usually 50"),
            _FORMAT,
        ),
        "  flowlang calls ls\n  flowlang calls ls --state over --who +15550100",
    ),
    "show": _command(
        "show", "ID", "Shows one call: where it stands, its ladder, its facts. The beginning of an id is enough.",
        (Option("facts", "", "every fact, instead of the ladder"), _FORMAT),
        "  flowlang calls show 2d5c1f0a\n  flowlang calls show 2d5c1f0a --facts",
    ),
    "tail": _command(
        "tail", "[ID]", "Shows what happens as it happens, until Ctrl-C. With ID only what happens in that call.",
        (_FORMAT,), "  flowlang calls tail\n  flowlang calls tail 2d5c1f0a",
    ),
    "hangup": _command(
        "hangup", "ID", "Ends a call. A transfer that is under way is waited for first.", (),
        "  flowlang calls hangup 2d5c1f0a",
    ),
    "transfer": _command(
        "transfer", "ID TARGET", "Hands the caller over, blind. TARGET is a phone number, or with --as an identifier.",
        (
            Option("as", "KIND", "what TARGET is: phone (the usual), user, bot, or resource account",
                   choices=("phone", "user", "bot", "resource account")),
            Option("tenant", "ID", "the tenant of TARGET; usually that of the call"),
        ),
        "  flowlang calls transfer 2d5c1f0a +15550123\n"
        "  flowlang calls transfer 2d5c 550fae72-d251-43ec-868c-373732c2704f --as user",
    ),
    "retry": _command("retry", "ID", "Lets a parked call go on.", (), "  flowlang calls retry 2d5c1f0a"),
    "export": _command(
        "export", "WHO", "Writes out, as JSON, every call in which a number or an identifier occurs.", (),
        "  flowlang calls export +15550100 > person.json",
    ),
    "erase": _command(
        "erase", "WHO", "Erases every call in which a number or an identifier occurs, except those in flight.",
        (Option("yes", "", "do not ask"),), "  flowlang calls erase +15550100 --yes",
    ),
}  # fmt: skip

SUMMARIES: Final = {
    "ls": "list calls", "show ID": "one call with its ladder", "tail [ID]": "what happens, as it happens",
    "hangup ID": "end a call", "transfer ID TARGET": "hand the caller over", "retry ID": "let a parked call go on",
    "export WHO": "what is kept about a person", "erase WHO": "erase what is kept about a person",
}  # fmt: skip

COMMAND = Command(
    "calls", "ls|show|tail|hangup|transfer|retry|export|erase",
    "Looks at the calls of a service that runs, and acts on them.", (*_WHERE, _HELP),
    "Commands:\n" + "\n".join(f"  {name.ljust(20)}{text}" for name, text in SUMMARIES.items()) + "\n\n" + _EXIT,
)  # fmt: skip


def chosen(words: list[str]) -> tuple[Command, Callable[[Given], int], list[str]]:
    """Which of the commands is meant, and the words that are left for it. Raises `UsageError`."""
    at = next((at for at, word in enumerate(words) if not word.startswith("-")), -1)
    if at != 0:
        if any(word in ("--help", "-h") for word in words):
            return COMMAND, _nothing, words
        raise UsageError(f"calls needs one of {', '.join(COMMANDS)}; see flowlang calls --help")
    name = words[0]
    if name not in COMMANDS:
        raise UsageError(f"calls has no {name}{near(name, tuple(COMMANDS)) or '; see flowlang calls --help'}")
    return COMMANDS[name], lambda given: _run(name, given), words[1:]


def _nothing(_given: Given) -> int:
    return 0


def _run(name: str, given: Given) -> int:
    least, most = {"ls": (0, 0), "tail": (0, 1), "transfer": (2, 2)}.get(name, (1, 1))
    if not least <= len(given.arguments) <= most:
        command = COMMANDS[name]
        raise UsageError(f"{command.name} takes {command.takes or 'no arguments'}; see flowlang {command.name} --help")
    try:
        return _MAINS[name](service_of(given.one("url"), given.one("token")), given)
    except AwayError as error:
        sys.stderr.write(f"flowlang: {error}\n")
        return AWAY
    except RefusedError as error:
        raise UsageError(str(error)) from None


# ---------------------------------------------------------------- looking


def _ls(service: Service, given: Given) -> int:
    state = given.one("state", "live")
    wanted = given.one("most", "50")
    if not wanted.isdecimal() or not 1 <= int(wanted) <= 10_000:
        raise UsageError(f"--most is a number from 1 to 10000, not {wanted}")
    found: list[dict[str, Any]] = []
    before = ""
    for _ in range(MOST_PAGES):
        page = service.get(
            "/v1/calls", state="" if state == "all" else state, flow=given.one("flow"), who=given.one("who"),
            limit=str(min(int(wanted) - len(found), 200)), before=before,
        )  # fmt: skip
        found += page["calls"]
        before = page["next"]
        if not before or len(found) >= int(wanted):
            break
    if given.one("format") == "json":
        write_json({"calls": found, "next": before})
    elif not found:
        write(f"no calls{'' if state == 'all' else f' are {state}'}\n")
    else:
        write(show.table(found, show.here(), look_of()))
        if before:
            sys.stderr.write("there are more; see --most\n")
    return 0


def _show(service: Service, given: Given) -> int:
    found = service.get(call_path(given.arguments[0]))
    path = found["call"]["id"]
    is_json = given.one("format") == "json"
    ladder = ""
    try:
        ladder = service.text(call_path(path, "/ladder"))
    except RefusedError as error:
        if error.code != "no_ladder":
            raise
    entries = _entries(service, path) if is_json or given.has("facts") or not ladder else []
    if is_json:
        write_json({**found, "ladder": ladder, "journal": entries})
        return 0
    write(show.detail(found, show.here()) + "\n")
    write(show.journal(entries) if entries else printable_lines(ladder))
    return 0


def _entries(service: Service, call_id: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    after = 0
    while True:
        page = service.get(call_path(call_id, "/journal"), after=str(after) if after else "", limit="1000")
        entries += page["entries"]
        after = page["next"]
        if not after:
            return entries


def _tail(service: Service, given: Given) -> int:
    """Follows until it is interrupted; a service that is started anew is followed on."""
    only = service.get(call_path(given.arguments[0]))["call"]["id"] if given.arguments else ""
    after, tries = "", 0
    while True:
        for event in _events(service, after, tries):
            after, tries = event.number, 0
            if only and event.data["call_id"] != only:
                continue
            is_json = given.one("format") == "json"
            if is_json:
                write_json(event.data, indent=None)
            else:
                write(show.event_line(event.kind, event.data, show.here()))
            sys.stdout.flush()
            if only and event.kind == "call ended":
                return 0
        tries += 1
        if tries == 1:
            sys.stderr.write("the stream ended; listening again\n")


def _events(service: Service, after: str, tries: int) -> Iterator[Event]:
    """The stream. Once it was there, a service that is away is waited for a while."""
    try:
        yield from service.events(after)
    except AwayError:
        if not 0 < tries < MOST_TRIES:
            raise
    if tries:
        time.sleep(AGAIN_SECONDS)


# ---------------------------------------------------------------- acting


def _whole(service: Service, beginning: str) -> str:
    """The whole id of a call that the user named by its beginning."""
    return str(service.get(call_path(beginning))["call"]["id"])


def _hangup(service: Service, given: Given) -> int:
    taken = service.post(call_path(_whole(service, given.arguments[0]), "/hangup"))
    return _taken(taken, "was hung up" if taken["is_direct"] else "will be hung up")


def _transfer(service: Service, given: Given) -> int:
    beginning, target = given.arguments
    order = {"kind": given.one("as", "phone"), "id": target, "tenant_id": given.one("tenant")}
    return _taken(service.post(call_path(_whole(service, beginning), "/transfer"), order), f"will go to {target}")


def _retry(service: Service, given: Given) -> int:
    return _taken(service.post(call_path(_whole(service, given.arguments[0]), "/retry")), "goes on")


def _taken(taken: dict[str, str], what: str) -> int:
    write(f"call {printable(show.short(taken['call_id']))} {printable(what)}\n")
    if taken["note"]:
        write(f"{printable(taken['note'])}\n")
    return 0


def _export(service: Service, given: Given) -> int:
    write_json(service.post("/v1/people/export", {"who": given.arguments[0]}))
    return 0


def _erase(service: Service, given: Given) -> int:
    who = given.arguments[0]
    if not given.has("yes"):
        if not sys.stdin.isatty():
            raise UsageError("erasing cannot be undone; say --yes")
        sys.stderr.write(f"Erase every call of {who}? It cannot be undone. Type yes: ")
        sys.stderr.flush()
        if sys.stdin.readline().strip() != "yes":
            write("nothing was erased\n")
            return 0
    done = all_printable(service.post("/v1/people/erase", {"who": who}, timeout_seconds=ERASES_SECONDS))
    erased = done["erased"]
    write(f"{counted(erased, 'call')} {'was' if erased == 1 else 'were'} erased\n")
    if done["copies"]:
        write(f"removed, since they were in it: {', '.join(done['copies'])}\n")
    if done["live"]:
        names = ", ".join(show.short(one) for one in done["live"])
        left = "is still going on and was" if len(done["live"]) == 1 else "are still going on and were"
        write(f"{len(done['live'])} {left} left alone: {names}\n")
    return 0


_MAINS: Final[dict[str, Callable[[Service, Given], int]]] = {
    "ls": _ls, "show": _show, "tail": _tail, "hangup": _hangup, "transfer": _transfer, "retry": _retry,
    "export": _export, "erase": _erase,
}  # fmt: skip
