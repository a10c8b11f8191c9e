"""`flowlang versions`, `deploy`, `rollback`: which version of a flow takes new calls. Speaks to the admin API."""

import sys
from collections.abc import Callable
from typing import Any, Final

from flowlang.printable import all_printable, printable
from flowlang.runtime.flows import SHOWN
from flowlang.tools.calls_http import USUAL_URL, AwayError, RefusedError, Service, as_segment, service_of
from flowlang.tools.calls_show import here, moment, when
from flowlang.tools.options import Command, Given, Option, UsageError
from flowlang.tools.terminal import write, write_json

AWAY: Final = 4
GOES_ON: Final = "; what was served before goes on"

_MORE = (
    Option("url", "URL", f"where the service listens; usually {USUAL_URL}, or FLOWLANG_URL"),
    Option("token", "TOKEN", "better set FLOWLANG_TOKEN: what is on a command line others can see"),
    Option("format", "text|json", "for people (the usual) or for programs", choices=("text", "json")),
    Option("help", "", "this text"),
)
_EXIT = "Exit codes: 0 done, 1 a flow is not served, 2 wrong use, or the service says no, 4 no service is there."

VERSIONS: Final = Command(
    "versions", "[FLOW]", "Lists the versions of flows that a service has, the latest first, and who put them to work.",
    _MORE, f"Examples:\n  flowlang versions\n  flowlang versions reception\n\n{_EXIT}",
)  # fmt: skip
DEPLOY: Final = Command(
    "deploy", "[FLOW VERSION]",
    "Without arguments the service looks at its flow files now, and says what is wrong with them. With a flow and a "
    "version, or the beginning of its name, new calls take that version. Calls in flight keep theirs. --share lets a "
    "part of the calls try first what is new.",
    (Option("share", "N", "only so many of 100 new calls take what is new; the others take what they took"), *_MORE),
    f"Examples:\n  flowlang deploy\n  flowlang deploy --share 10\n  flowlang deploy reception 3fa94c21\n"
    f"  flowlang deploy reception 3fa94c21 --share 10\n\n{_EXIT}",
)  # fmt: skip
ROLLBACK: Final = Command(
    "rollback", "FLOW",
    "New calls take the version that was at work before; again, and it goes back further. It stays so until the flow's "
    "file changes, or until deploy.",
    _MORE, f"Examples:\n  flowlang rollback reception\n\n{_EXIT}",
)  # fmt: skip

View = dict[str, Any]


def versions(given: Given) -> int:
    if len(given.arguments) > 1:
        raise UsageError("versions takes one flow, or none for all of them")
    return _asking(given, lambda service: _listed(service, given))


def deploy(given: Given) -> int:
    count = len(given.arguments)
    if count not in (0, 2):
        raise UsageError("deploy takes a flow and a version (see flowlang versions), or nothing to read the files now")
    return _asking(given, lambda service: _chosen(service, given) if count else _read(service, given))


def rollback(given: Given) -> int:
    if len(given.arguments) != 1:
        raise UsageError("rollback takes one flow: flowlang rollback reception")
    flow = given.arguments[0]
    return _asking(given, lambda service: _shown(service.post(_path(flow, "rollback")), given))


def _asking(given: Given, ask: Callable[[Service], int]) -> int:
    try:
        return ask(service_of(given.one("url"), given.one("token")))
    except AwayError as error:
        sys.stderr.write(f"flowlang: {error}\n")
        return AWAY
    except RefusedError as error:
        raise UsageError(str(error)) from None


def _path(flow: str, act: str) -> str:
    return f"/v1/flows/{as_segment(flow)}/{act}"


# ---------------------------------------------------------------- what is asked


def _listed(service: Service, given: Given) -> int:
    found: list[View] = service.get("/v1/flows")
    if given.arguments:
        (name,) = given.arguments
        found = [one for one in found if one["name"] == name]
        if not found:
            raise UsageError(f"there is no flow {name}")
    if given.one("format") == "json":
        write_json(found)
    else:
        write("\n".join([_flow(one) for one in all_printable(found)]))
    return 1 if any(one["trouble"] for one in found) else 0


def _chosen(service: Service, given: Given) -> int:
    flow, version = given.arguments
    if not given.has("share"):
        return _shown(service.post(_path(flow, "activate"), {"digest": version}), given)
    order = {"digest": version, "percent": _share(given)}
    return _shown(service.put(_path(flow, "share"), order), given)


def _share(given: Given) -> int:
    share = given.one("share", "100")
    if not share.isdecimal() or not 1 <= int(share) <= 100:
        raise UsageError(f"--share is a number from 1 to 100, not {share}")
    return int(share)


def _read(service: Service, given: Given) -> int:
    """The files, now. What is wrong with one is told again, also when it was told before."""
    found = service.post("/v1/flows/read", {"percent": _share(given)})
    why_not = tuple(found["troubles"].values())
    if given.one("format") == "json":
        write_json(found)
    else:
        told = [one for one in found["said"] if not any(one.endswith(f"{why}{GOES_ON}") for why in why_not)]
        lines = told or ([] if why_not else ["nothing has changed"])
        lines += [f"{name} is not served as its file is now: {why}" for name, why in found["troubles"].items()]
        write("\n".join([printable(one) for one in lines]) + "\n")
    return 1 if found["troubles"] else 0


def _shown(view: View, given: Given) -> int:
    if given.one("format") == "json":
        write_json(view)
    else:
        write(_flow(all_printable(view)))
    return 0


# ---------------------------------------------------------------- what is said


def _flow(view: View) -> str:
    title = f"  {view['title']}" if view["title"] else ""
    answers = f"  answers {', '.join(view['answers'])}" if view["answers"] else ""
    trouble = [f"  its file is not served: {view['trouble']}"] if view["trouble"] else []
    lines = [f"{view['name']}{title}{answers}", *trouble, *[_version(one) for one in view["versions"]]]
    return "\n".join(lines) + "\n"


def _version(one: View) -> str:
    percent = one["share_percent"]
    does = "takes new calls" if percent == 100 else f"takes {percent} of 100 new calls" if percent else ""
    by = "its file" if one["by"] == "file" else one["by"]
    at = when(moment(one["since"]), here())
    return f"  {one['digest'][:SHOWN]}  {at:>6}  by {by:<12}  {does}".rstrip()
