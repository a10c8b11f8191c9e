"""A process that has everything imported and starts services by forking, so that a start takes a tenth of a second.

It has one thread, so that a fork is safe. `python -m tests.serve.nursery FOLDER` takes a JSON object a line, and tells
one a line: that a child has started, at which line it killed itself, how it ended.
"""

import gc
import importlib
import json
import os
import select
import signal
import ssl
import sys
import traceback
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any, Final

import anyio._backends._asyncio
import httpcore
import uvicorn.lifespan.off
import uvicorn.protocols.http.auto

from flowlang.tools import serve_run
from flowlang.tools.cli import main as flowlang
from flowlang.tools.serve_flows import load_flows
from tests.serve.lines import Line, Lines, marked, with_leases_of

WARM: Final = (anyio._backends._asyncio, httpcore, uvicorn.lifespan.off, uvicorn.protocols.http.auto, serve_run)
BROKEN: Final = 70


class Nursery:
    def __init__(self) -> None:
        self._out = os.dup(1)  # children's own words go elsewhere
        self._children: dict[int, int] = {}

    def tell(self, **said: object) -> None:
        os.write(self._out, json.dumps(said).encode() + b"\n")  # shorter than a pipe takes at once: never torn

    def tell_line(self, number: int, name: str, nth: int) -> None:
        self.tell(number=number, killed_at=(name, nth))

    def work(self) -> None:
        """Until nobody asks any more; then what still runs is killed."""
        self.tell(is_warm=True)
        waiting = b""
        while True:
            if select.select([0], [], [], 0.005)[0]:
                got = os.read(0, 65_536)
                if not got:
                    break
                *lines, waiting = (waiting + got).split(b"\n")
                for line in lines:
                    self.ask(json.loads(line))
            self.bury()
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def ask(self, asked: dict[str, Any]) -> None:
        if "signal" in asked:
            pids = [pid for pid, number in self._children.items() if number == asked["number"]]
            for pid in pids:
                os.kill(pid, asked["signal"])
            return
        pid = os.fork()
        if pid == 0:
            self.be_born(asked)
        self._children[pid] = asked["number"]

    def bury(self) -> None:
        for pid in list(self._children):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self.tell(number=self._children.pop(pid), status=os.waitstatus_to_exitcode(status))

    def be_born(self, asked: dict[str, Any]) -> None:
        """The child: `flowlang serve`, until it is killed."""
        code = BROKEN
        try:
            log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            nothing = os.open(os.devnull, os.O_RDONLY)
            for theirs, ours in ((nothing, 0), (log, 1), (log, 2)):
                os.dup2(theirs, ours)
            kill_at = Line(*asked["kill_at"]) if asked["kill_at"] else None
            number = asked["number"]
            marked(Lines(kill_at, partial(self.tell_line, number), asked["how"]))
            if asked["lease_ms"]:
                with_leases_of(asked["lease_ms"])
            code = flowlang(["serve", asked["flows"], "--config", asked["settings"]])
        except BaseException:  # noqa: BLE001 - it is told, and this process ends
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Only so that the keyboard ends the test, and the test ends this."""


if __name__ == "__main__":
    signal.signal(signal.SIGINT, _ignore)
    load_flows((sys.argv[1],))  # rules, tables and all that they import
    with suppress(ModuleNotFoundError):
        importlib.import_module("uvloop")
    context = ssl.create_default_context()
    vars(ssl)["create_default_context"] = lambda **_given: context  # to read all authorities takes as long as the rest
    gc.collect()
    gc.freeze()
    Nursery().work()
