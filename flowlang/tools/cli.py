"""The door for people: `flowlang COMMAND`. A command's own code is imported when it is called, so `check` is quick.

Exit codes: 0 clean, 1 findings, 2 wrong use, 3 a bug of flowlang's own.
"""

import gc
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from flowlang import __version__
from flowlang.printable import printable_lines
from flowlang.tools.options import Command, Given, UsageError, help_of, near, read

CLEAN, FINDINGS, WRONG_USE, OUR_BUG = 0, 1, 2, 3
INTERRUPTED = 130  # as shells expect it after Ctrl-C

COMMANDS = {
    "check": "look for mistakes in flow files, without running anything",
    "run": "play one call through a flow on a simulated phone system",
    "words": "what a step or event word means",
    "codes": "what a result means, and which lines catch it",
    "permissions": "what flows need: roles, phone numbers, settings",
    "serve": "answer calls",
    "calls": "look at the calls of a service that runs, and act on them",
    "versions": "which versions of flows a service has",
    "deploy": "put a version of a flow to work, or have the files read now",
    "rollback": "go back to the version before",
    "hours": "what is open, and opening and closing by hand",
    "start": "start a flow that begins without a caller",
    "replay": "play a call of a service again, also through another flow",
    "backup": "everything that a service keeps, in one file",
    "restore": "put back what backup wrote",
    "sim": "a simulated Graph of its own, and the people in it",
    "azure": "how to set up Azure and Teams for flows",
    "doctor": "look whether everything is ready for the first call",
}

HELP = f"""flowlang COMMAND [OPTIONS]

Phone-call flows: check them, play calls through them, and answer calls with them.

Commands:
  check PATH…             {COMMANDS["check"]}
  run FLOW                {COMMANDS["run"]}
  words [WORD]            {COMMANDS["words"]}
  codes [RESULT]          {COMMANDS["codes"]}
  permissions [PATH…]     {COMMANDS["permissions"]}
  serve [PATH…]           {COMMANDS["serve"]}
  calls ls|show|tail|…    {COMMANDS["calls"]}
  versions [FLOW]         {COMMANDS["versions"]}
  deploy [FLOW VERSION]   {COMMANDS["deploy"]}
  rollback FLOW           {COMMANDS["rollback"]}
  hours ls|open|close|…   {COMMANDS["hours"]}
  start FLOW [with …]     {COMMANDS["start"]}
  replay ID               {COMMANDS["replay"]}
  backup FILE             {COMMANDS["backup"]}
  restore FILE            {COMMANDS["restore"]}
  sim serve|call|…        {COMMANDS["sim"]}
  azure manifest [PATH…]  {COMMANDS["azure"]}
  doctor [PATH…]          {COMMANDS["doctor"]}

Options:
  --help                  this text; flowlang COMMAND --help tells about a command
  --version               the version

Examples:
  flowlang check flows/
  flowlang run flows/consult.flow
  flowlang run flows/consult.flow --outcome consult=busy
"""


def main(words: list[str] | None = None) -> int:
    """Run one command; the answer is the exit code."""
    gc.disable()  # a check is over long before its memory matters
    words = sys.argv[1:] if words is None else words
    if sys.stdout is None or sys.stderr is None:  # closed by whoever started us: `>&-`
        _open_streams()
    try:
        code = _dispatch(words)
        sys.stdout.flush()
        return code
    except UsageError as error:
        print(f"flowlang: {printable_lines(str(error))}", file=sys.stderr)  # noqa: T201
        return WRONG_USE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader went away, as `head` does
        sys.stderr.close()
        return CLEAN
    except Exception as error:  # noqa: BLE001 - the last line of defence: say that it is our fault, and how to report it
        if isinstance(error, OSError) and error.filename is None:  # no file was being read, so it is the output
            return _cannot_write(error)
        from flowlang.tools.our_bug import tell

        tell(error, words)
        return OUR_BUG
    finally:
        gc.enable()


def entry() -> NoReturn:
    """`main` for a process of its own. A check leaves nothing behind that has to be tidied up, so its process ends at
    once: to take all its modules and trees apart would be a tenth of its time."""
    code = main()
    if sys.argv[1:2] == ["check"] and code in (CLEAN, FINDINGS):
        if not sys.stderr.closed:  # `main` has written all that goes to standard output
            sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _open_streams() -> None:
    nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - it is there until the process ends
    sys.stdout = sys.stdout or nowhere
    sys.stderr = sys.stderr or nowhere


def _cannot_write(error: OSError) -> int:
    """The disk is full, or the like. What is still in the buffer goes nowhere, else Python complains at its end."""
    print(f"flowlang: the output cannot be written: {error.strerror}", file=sys.stderr)  # noqa: T201
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return WRONG_USE


def _dispatch(words: list[str]) -> int:
    if not words:
        sys.stderr.write(HELP)
        return WRONG_USE
    if words[0] in ("--help", "-h", "help"):
        sys.stdout.write(HELP)
        return CLEAN
    if words[0] in ("--version", "-V"):
        sys.stdout.write(f"flowlang {__version__}\n")
        return CLEAN
    name, rest = words[0], words[1:]
    if name == "check":
        from flowlang.tools import check

        return _run(check.COMMAND, check.main, rest)
    if name == "run":
        gc.enable()  # a long call makes much that is soon forgotten
        from flowlang.tools import run

        return _run(run.COMMAND, run.main, rest)
    if name == "words":
        from flowlang.tools import words as words_command

        return _run(words_command.COMMAND, words_command.main, rest)
    if name == "codes":
        from flowlang.tools import codes

        return _run(codes.COMMAND, codes.main, rest)
    if name == "permissions":
        from flowlang.tools import permissions

        return _run(permissions.COMMAND, permissions.main, rest)
    if name == "azure":
        from flowlang.tools import azure

        return _run(azure.COMMAND, azure.main, rest)
    if name == "doctor":
        from flowlang.tools import doctor

        return _run(doctor.COMMAND, doctor.main, rest)
    if name == "serve":
        gc.enable()
        from flowlang.tools import serve

        return _run(serve.COMMAND, serve.main, rest)
    code = _of_a_service(name, rest)
    if code is not None:
        return code
    kind, known = ("option", ("--help", "--version")) if name.startswith("-") else ("command", tuple(COMMANDS))
    raise UsageError(f"there is no {kind} {name}{near(name, known) or '; see flowlang --help'}")


def _of_a_service(name: str, rest: list[str]) -> int | None:
    """Commands that talk to a service which runs. None: it is none of these."""
    if name == "calls":
        from flowlang.tools import calls

        return _run(*calls.chosen(rest))
    if name in ("versions", "deploy", "rollback"):
        from flowlang.tools import versions

        command, run_it = {
            "versions": (versions.VERSIONS, versions.versions),
            "deploy": (versions.DEPLOY, versions.deploy),
            "rollback": (versions.ROLLBACK, versions.rollback),
        }[name]
        return _run(command, run_it, rest)
    if name in ("backup", "restore"):
        from flowlang.tools import backup

        return _run(
            *{"backup": (backup.BACKUP, backup.backup), "restore": (backup.RESTORE, backup.restore)}[name], rest
        )
    if name == "hours":
        from flowlang.tools import hours

        return _run(*hours.chosen(rest))
    if name == "start":
        from flowlang.tools import start

        return _run(start.COMMAND, start.main, rest)
    if name == "replay":
        from flowlang.tools import replay

        return _run(replay.COMMAND, replay.main, rest)
    if name == "sim":
        gc.enable()
        from flowlang.tools import sim

        return _run(*sim.chosen(rest))
    return None


def _run(command: Command, main: Callable[[Given], int], words: list[str]) -> int:
    if any(word in ("--help", "-h") for word in words):
        sys.stdout.write(help_of(command))
        return CLEAN
    return main(read(command, words))
