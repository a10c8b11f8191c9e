"""`flowlang sim …`: a simulated Graph of its own, and the people in it. Speaks to its control pages."""

import os
import sys
from collections.abc import Callable
from typing import Final

from flowlang.tools.calls_http import AwayError, RefusedError, Service, as_segment
from flowlang.tools.options import Command, Given, Option, UsageError, near
from flowlang.tools.terminal import write

AWAY: Final = 4
USUAL_PORT: Final = "8060"
USUAL_URL: Final = f"http://127.0.0.1:{USUAL_PORT}"
OUR_CODES: Final = ("wrong", "no_call", "no_page", "web_page")
"""What the control pages call their refusals."""
USUAL_WEBHOOK: Final = "http://127.0.0.1:8080/callback"
URL_NAME: Final = "FLOWLANG_SIM_URL"

_URL = Option("url", "URL", f"where the simulated Graph is; usually {USUAL_URL}, or {URL_NAME}")
_HELP = Option("help", "", "this text")
_EXIT = "Exit codes: 0 done, 2 wrong use, or there is no such call, 4 no simulated Graph is there."

COMMANDS: Final = {
    "serve": Command(
        "sim serve", "",
        "Serves a simulated Graph: its calls API, tokens, keys, and notifications that are signed and posted. Any "
        "program that talks to Graph can be pointed at it. It runs until it is stopped (Ctrl-C, SIGTERM).",
        (
            Option("port", "N", f"where it is served on this machine, usually {USUAL_PORT}; 0: any that is free"),
            Option("webhook", "URL", f"where calls come in, usually {USUAL_WEBHOOK}"),
            Option("seed", "N", "the same seed and the same requests give the same; usually drawn, and told then"),
            Option("nasty", "", "late, repeated and lost notifications, lost answers, odd spellings"),
            Option("profile", "live|docs", "Graph as it was seen to behave (the usual), or as its pages say",
                   choices=("live", "docs")),
            Option("application", "ID", "for whom notifications are signed"),
            Option("tenant", "ID", "whose calls come in"),
            Option("cloud", "NAME", "who signs notifications: public (the usual), gcc-high or us",
                   choices=("public", "gcc-high", "us")),
            Option("roles", "A,B", "which roles tokens for requests have, usually all of Calls.*; or none"),
            Option("people", "PATH", "flows whose contacts can be called by their names", is_many=True),
            Option("fetch-prompts", "", "fetches prompts, and plays only what Graph plays, for as long as it lasts"),
            _HELP,
        ),
        """Examples:
  flowlang sim serve
  flowlang sim serve --webhook http://127.0.0.1:3978/api/calls --profile docs
  flowlang sim serve --nasty --seed 7 --fetch-prompts

Exit codes: 0 stopped as asked, 2 wrong use, 3 a bug of flowlang itself.""",
    ),
    "call": Command(
        "sim call", "",
        "Makes a call come in, says its id, and follows it until it is over.",
        (
            Option("to", "X", "who is called: a name (with flowlang serve --simulate that of a flow), a number, or an "
                   "identifier"),
            Option("from", "X", "who calls: a name, a number, an identifier, or anonymous"),
            Option("answer", "NAMES", "of those who are called only these pick up: heidi,bob; or nobody"),
            Option("fail-transfer", "RESULT", "the next transfer fails: 500/7700", is_many=True),
            Option("outcome", "STEP=RESULT", "how a request turns out: consult=busy, transfer=500/7700, play=cut "
                   "after; the first is for the first such request, and so on", is_many=True),
            Option("group", "A,B", "a group call with these participants"),
            Option("hang-up-after", "12s", "the caller hangs up then"),
            Option("tones", "1,2#", "keys that the caller presses, a group each time somebody waits for keys; 1@12s: "
                   "at that time"),
            Option("callee-tones", "KEYS", "what people press who are called and asked, usually 1"),
            Option("tenant", "ID", "the tenant of the call"),
            Option("no-wait", "", "does not follow the call"),
            Option("format", "text|json", "for people (the usual) or for programs", choices=("text", "json")),
            _URL,
            _HELP,
        ),
        """Examples:
  flowlang sim call --to reception
  flowlang sim call --to reception --from +15550100 --answer heidi --fail-transfer 500/7700
  flowlang sim call --to reception --tones 1,2 --hang-up-after 12s
  flowlang sim call --to support --group alice,bob --no-wait

Exit codes: 0 the call is over, 1 the application did not take it, did not answer it or lost it,
2 wrong use, 3 a bug of flowlang itself, 4 no simulated Graph is there.""",
    ),
    "hangup": Command(
        "sim hangup", "[CALL]", "The person on a call hangs up; without CALL on the latest.", (_URL, _HELP),
        f"Examples:\n  flowlang sim hangup\n  flowlang sim hangup 2d5c\n\n{_EXIT}",
    ),
    "press": Command(
        "sim press", "KEYS [CALL]", "The person on a call presses keys: 0 to 9, *, #; without CALL on the latest.",
        (_URL, _HELP),
        f"Examples:\n  flowlang sim press 1\n  flowlang sim press '12#' 2d5c\n\n{_EXIT}",
    ),
}  # fmt: skip

SUMMARIES: Final = {
    "serve": "serve a simulated Graph", "call --to NAME": "a call comes in", "hangup [CALL]": "somebody hangs up",
    "press KEYS [CALL]": "somebody presses keys",
}  # fmt: skip

COMMAND = Command(
    "sim", "serve|call|hangup|press", "A simulated Graph, and the people in it.", (_URL, _HELP),
    "Commands:\n" + "\n".join(f"  {name.ljust(20)}{text}" for name, text in SUMMARIES.items()) + "\n\n" + _EXIT,
)  # fmt: skip


class Sim(Service):
    """The control pages of a simulated Graph."""

    what = "simulated Graph"
    usual_url = USUAL_URL
    advice = (
        f"start one with `flowlang sim serve` or `flowlang serve --simulate`, or name another with --url or {URL_NAME}"
    )


def sim_of(given: Given) -> Sim:
    """The simulated Graph that options or the environment name."""
    return Sim(given.one("url") or os.environ.get(URL_NAME) or USUAL_URL, "")


def chosen(words: list[str]) -> tuple[Command, Callable[[Given], int], list[str]]:
    """Which of the commands is meant, and the words that are left for it. Raises `UsageError`."""
    if not words or words[0].startswith("-"):
        if any(word in ("--help", "-h") for word in words):
            return COMMAND, _nothing, words
        raise UsageError(f"sim needs one of {', '.join(COMMANDS)}; see flowlang sim --help")
    name = words[0]
    if name not in COMMANDS:
        raise UsageError(f"sim has no {name}{near(name, tuple(COMMANDS)) or '; see flowlang sim --help'}")
    return COMMANDS[name], lambda given: _run(name, given), words[1:]


def _nothing(_given: Given) -> int:
    return 0


def _run(name: str, given: Given) -> int:
    least, most = {"hangup": (0, 1), "press": (1, 2)}.get(name, (0, 0))
    command = COMMANDS[name]
    if not least <= len(given.arguments) <= most:
        raise UsageError(f"{command.name} takes {command.takes or 'no arguments'}; see flowlang {command.name} --help")
    if name == "serve":
        from flowlang.tools import sim_serve

        return sim_serve.main(given)
    try:
        return _MAINS[name](sim_of(given), given)
    except AwayError as error:
        sys.stderr.write(f"flowlang: {error}\n")
        return AWAY
    except RefusedError as error:
        if error.code not in OUR_CODES:
            sys.stderr.write(f"flowlang: what answers at {sim_of(given).url} is no simulated Graph; {Sim.advice}\n")
            return AWAY
        raise UsageError(str(error)) from None


def _call(sim: Sim, given: Given) -> int:
    from flowlang.tools import sim_call

    return sim_call.call(sim, given)


def _hangup(sim: Sim, given: Given) -> int:
    done = sim.post(_path(given.arguments[0] if given.arguments else "latest", "/hangup"))
    write(f"call {done['call']['id']}: hung up\n")
    return 0


def _press(sim: Sim, given: Given) -> int:
    from flowlang.tools.values import key_groups

    groups = key_groups(given.arguments[0], "press")
    if len(groups) != 1 or groups[0].at_ms >= 0:
        raise UsageError(f"press wants keys such as 12#, not {given.arguments[0]!r}")
    call = given.arguments[1] if len(given.arguments) > 1 else "latest"
    done = sim.post(_path(call, "/press"), {"keys": groups[0].keys})
    write(f"call {done['call']['id']}: pressed {given.arguments[0]}\n")
    return 0


def _path(call: str, act: str) -> str:
    return f"/sim/calls/{as_segment(call)}{act}"


_MAINS: Final[dict[str, Callable[[Sim, Given], int]]] = {"call": _call, "hangup": _hangup, "press": _press}
