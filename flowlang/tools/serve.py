"""`flowlang serve`: answers calls. With `--simulate` on a simulated Graph in the same process, over real HTTP."""

import sys

from flowlang.tools.options import Command, Given, Option, UsageError

USUAL_PORT, USUAL_ADMIN_PORT, USUAL_SIM_PORT = "8080", "8081", "8060"

COMMAND = Command(
    "serve", "[PATH…]",
    "Answers calls with the flows of these files and folders, usually flows/, until it is stopped (Ctrl-C, SIGTERM).",
    (
        Option("simulate", "", "on a simulated Graph in this process: no account needed, nobody is really called"),
        Option("config", "FILE", "the settings, usually flowlang.yaml in this folder"),
        Option("store", "FILE", "where calls are kept; usually flowlang.db, with --simulate a file that goes"),
        Option("keep-calls", "30d", "calls that have been over for so long are forgotten; usually none is"),
        Option("port", "N", f"where notifications come in, usually {USUAL_PORT}"),
        Option("admin-port", "N", f"the admin API, for flowlang calls, usually {USUAL_ADMIN_PORT}"),
        Option("sim-port", "N", f"the simulated Graph, usually {USUAL_SIM_PORT}"),
        Option("one-call", "FLOW", "with --simulate: one call comes in, its ladder is printed, and that is all"),
        Option("no-watch", "", "does not look at the flow files again when they change"),
        Option("help", "", "this text"),
    ),
    """Examples:
  flowlang serve flows/ --simulate
  flowlang serve flows/ --simulate --one-call consult
  flowlang serve flows/ --config flowlang.yaml

Exit codes: 0 stopped as asked, 1 no flow can be served or the call went wrong, 2 wrong use,
3 a bug of flowlang itself, 4 the other side cannot be reached.""",
)  # fmt: skip


def main(given: Given) -> int:
    """Serve until it is stopped; the answer is the exit code."""
    try:
        import anyio
    except ModuleNotFoundError:
        raise UsageError("serve needs more packages: pip install 'flowlang[serve]'") from None
    from flowlang.store.base import StoreError
    from flowlang.tools.serve_run import Asked, serve

    if given.has("one-call") and not given.has("simulate"):
        raise UsageError("--one-call is for --simulate: real calls come from people")
    asked = Asked(
        given.arguments or ("flows",),
        given.has("simulate"),
        given.one("config", ""),
        given.one("store", ""),
        _port(given, "port"),
        _port(given, "admin-port"),
        _port(given, "sim-port"),
        given.one("one-call", ""),
        not given.has("no-watch"),
        _kept_for(given),
    )
    try:
        return anyio.run(serve, asked, backend_options={"use_uvloop": _has_uvloop()})
    except BaseExceptionGroup as group:
        first = _first(group)
        raise (UsageError(str(first)) if isinstance(first, StoreError) else first) from None
    finally:
        sys.stdout.flush()


def _kept_for(given: Given) -> str:
    from flowlang.settings.model import kept_for

    try:
        return kept_for(given.one("keep-calls")) if given.has("keep-calls") else ""
    except ValueError as error:
        raise UsageError(f"--keep-calls: {error}") from None


def _port(given: Given, option: str) -> int | None:
    if not given.has(option):
        return None
    text = given.one(option)
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise UsageError(f"--{option} is a number from 0 to 65535, not {text}")
    return int(text)


def _has_uvloop() -> bool:
    from importlib.util import find_spec

    return find_spec("uvloop") is not None


def _first(group: BaseExceptionGroup) -> BaseException:
    """The one that says what is wrong: what a group of tasks raises is wrapped, perhaps several times."""
    one: BaseException = group
    while isinstance(one, BaseExceptionGroup):
        one = one.exceptions[0]
    return one
