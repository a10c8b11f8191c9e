"""`flowlang` as processes of their own on loopback, for what only a process can show: signals, kills, ports."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_DNS, uuid5

from flowlang.tools.calls_http import AwayError, Service

PATIENCE_SECONDS: Final = 60.0
APPLICATION: Final = "11111111-2222-4333-8444-555555555555"
TENANT: Final = "72f988bf-86f1-41af-91ab-2d7cd011db47"
DEFAULT: Final[Mapping[str, str]] = {"default": "consult"}
BOUNDS: Final = {"transfer": "15s", "transfer_longest": "20s"}
"""Graph tries three times to tell how a transfer ended, within two seconds; then the step has to ask."""
SETTINGS = """serve:
  listen: 127.0.0.1:{listen}
  admin: 127.0.0.1:{admin}
  public_url: http://127.0.0.1:{listen}
  store: {folder}/calls.db
  watch: no
graph:
  url: {graph}
  login_url: {graph}
  configuration_url: {graph}/v1/.well-known/OpenIdConfiguration
bots:
  desk: {{application_id: {application}, tenant_id: {tenant}, secret: {{env: TEST_BOT_SECRET}}}}
log: {{form: json, level: warning}}
"""


class Process:
    """`flowlang WORDS`. `out` and `err` grow while it runs."""

    def __init__(self, *words: str, cwd: Path) -> None:
        env = {**os.environ, "PYTHONUNBUFFERED": "1", "TEST_BOT_SECRET": "not much of a secret"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "flowlang", *words], cwd=cwd, env=env, text=True, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.out: list[str] = []
        self.err: list[str] = []
        self._threads = [
            threading.Thread(target=_read, args=(stream, lines), daemon=True)
            for stream, lines in ((self._process.stdout, self.out), (self._process.stderr, self.err))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def text(self) -> str:
        return "".join(self.out)

    def says(self, part: str) -> str:
        """The first line with that in it. Fails if the process ends without it."""
        until(lambda: any(part in line for line in self.out) or self._process.poll() is not None)
        self._threads[0].join(0.2)
        found = next((line for line in self.out if part in line), None)
        assert found is not None, (part, self.out, self.err)
        return found

    def ends(self) -> int:
        """Its exit code."""
        code = self._process.wait(PATIENCE_SECONDS)
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        return code

    def send(self, number: int) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """As the machine may do it: nothing is tidied up."""
        self._process.kill()
        self.ends()


def _read(stream: Any, lines: list[str]) -> None:
    with stream:
        lines.extend(stream)


@contextmanager
def running(*words: str, cwd: Path) -> Iterator[Process]:
    """A process while the block runs; it is killed if it is still there."""
    process = Process(*words, cwd=cwd)
    try:
        yield process
    finally:
        process.kill()


def until(is_so: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def account(name: str) -> str:
    """The identifier of an account that is called by a name on the simulated Graph."""
    return str(uuid5(NAMESPACE_DNS, name))


def address_in(line: str) -> str:
    """The first address in a line."""
    return next(word for word in line.split() if word.startswith("http://")).removesuffix("/callback")


def write_settings(folder: Path, graph_url: str, listen: int, admin: int, **more: object) -> Path:
    """What a service needs whose Graph is simulated by another process. `more`: further members of the settings."""
    path = folder / "site.yaml"
    text = SETTINGS.format(
        listen=listen, admin=admin, folder=folder, graph=graph_url, application=APPLICATION, tenant=TENANT
    )
    path.write_text(text + "".join([f"{name}: {json.dumps(value)}\n" for name, value in more.items()]))
    return path


class Town:
    """A simulated Graph in one process, and the service in another that can be killed and started again."""

    def __init__(
        self, folder: Path, graph: Process, graph_url: str, listen: int, answers: Mapping[str, str] = DEFAULT
    ) -> None:
        self.folder, self.graph, self.graph_url = folder, graph, graph_url
        self.sim, self.admin = Service(graph_url, ""), Service(f"http://127.0.0.1:{free_port()}", "")
        admin = int(self.admin.url.rpartition(":")[2])
        self.settings = write_settings(folder, graph_url, listen, admin, answers=dict(answers), defaults=BOUNDS)
        self.service: Process | None = None
        self.err: list[str] = []

    def start(self) -> Process:
        """The service, once it takes calls."""
        self.service = Process("serve", "flows", "--config", str(self.settings), cwd=self.folder)
        self.service.says("admin API")
        until(self._is_ready)
        return self.service

    def _is_ready(self) -> bool:
        try:
            return bool(self.admin.get("/health/ready")["is_ok"])
        except AwayError:
            return False

    def kill(self) -> None:
        if self.service is not None:
            self.service.kill()
            self.err += self.service.err

    def call(self, **wish: object) -> str:
        return str(self.sim.post("/sim/calls", {"to": "consult", **wish})["call"]["id"])

    def lines(self, call_id: str) -> list[dict[str, Any]]:
        """What has happened in a call by now."""
        return list(self.sim.get(f"/sim/calls/{call_id}")["lines"])

    def over(self, call_id: str) -> tuple[str, list[str]]:
        """How a call ended, and what Graph was asked for, with the answers' status."""
        view, lines = self.told(call_id)
        asked = [f"{one['text']} {one['status']}" for one in lines if one["kind"] == "request"]
        return str(view["ending"]["word"]), asked

    def told(self, call_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """A call when it is over, and all its lines."""
        lines: list[dict[str, Any]] = []
        after = 0
        ends = time.monotonic() + PATIENCE_SECONDS
        while True:
            assert time.monotonic() < ends, lines
            page = self.sim.get(f"/sim/calls/{call_id}", after=str(after), wait_ms="1000")
            after, lines = page["next"], lines + page["lines"]
            if page["is_told"]:
                return dict(page["call"]), lines


@contextmanager
def town(folder: Path, *graph_options: str, answers: Mapping[str, str] = DEFAULT) -> Iterator[Town]:
    """Graph is up; the service is not started yet."""
    listen = free_port()
    hook = f"http://127.0.0.1:{listen}/callback"
    words = ("sim", "serve", "--port", "0", "--seed", "1", "--webhook", hook, "--people", "flows")
    with running(*words, *graph_options, cwd=folder) as graph:
        url = address_in(graph.says("tokens")).partition("/TENANT")[0]
        one = Town(folder, graph, url, listen, answers)
        try:
            yield one
        finally:
            one.kill()
