"""`flowlang serve` as a process of its own, with what it needs around it: a page of keys, a Graph that has nothing."""

import json
import os
import re
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.runtime.signing import APPLICATION, TENANT, bearer, key_set
from tests.serve.processes import Process, free_port, running, until

PATIENCE_SECONDS: Final = 30.0
QUIET_SECONDS: Final = 1.0  # a connection on which nothing comes for so long has said all
FLOW: Final = "on answered:\n    hang up\non failed: hang up\n"
SETTINGS: Final = """serve:
  {{listen: "127.0.0.1:{listen}", admin: "127.0.0.1:{admin}", store: "{folder}/calls.db", watch: no,
  public_url: "http://127.0.0.1:{listen}"}}
graph: {{url: "{near}", login_url: "{near}", configuration_url: "{near}/configuration"}}
bots: {{desk: {{application_id: {application}, tenant_id: {tenant}, secret: {{env: TEST_BOT_SECRET}}}}}}
log: {{form: json, level: info}}
answers: {{default: desk}}
"""


class Near(BaseHTTPRequestHandler):
    """Keys and tokens; of calls it knows nothing."""

    def do_GET(self) -> None:
        port = self.connection.getsockname()[1]
        page: dict[str, Any] = key_set("k1") if self.path == "/keys" else {"jwks_uri": f"http://127.0.0.1:{port}/keys"}
        self._say(200, page)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", "0")))
        if "token" in self.path:
            self._say(200, {"access_token": "near", "expires_in": 3_600, "token_type": "Bearer"})
        else:
            self._say(404, {"error": {"code": "7502", "message": "there is no such call"}})

    def do_DELETE(self) -> None:
        self.do_POST()

    def _say(self, status: int, page: object) -> None:
        body = json.dumps(page).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_given: object) -> None:
        pass


def is_busy() -> bool:
    """Whether others use this machine so much that the loop does in one go what it would do in several, and slowly."""
    return os.getloadavg()[0] > (os.cpu_count() or 1) * 1.5


def stall_bound() -> float:
    """For how long the loop may be held by its own work, in seconds; one of the bounds of the metric's buckets."""
    return 0.5 if is_busy() else 0.1


class Loop(NamedTuple):
    """How late the service's event loop was since its start: how often for more than each bound by its own work, and at
    the longest, in seconds; `late_seconds` also counts when others had the processor."""

    stalls: dict[float, int]
    busy_seconds: float
    late_seconds: float


class Attacked:
    """The service, once it listens. It has one bot, one flow, and no tokens at the admin port."""

    def __init__(self, process: Process, webhook: int, admin: int) -> None:
        self.process, self.ports = process, {"webhook": webhook, "admin": admin}

    @property
    def host(self) -> bytes:
        return b"127.0.0.1:%d" % self.ports["admin"]

    def exchange(self, port: str, data: bytes, first_seconds: float = PATIENCE_SECONDS) -> bytes:
        """All that comes back; `first_seconds` until something does. It is sent beside: a server that refuses reads no
        more."""
        with socket.create_connection(("127.0.0.1", self.ports[port]), PATIENCE_SECONDS) as one:
            sender = threading.Thread(target=_sent, args=(one, data), daemon=True)
            sender.start()
            one.settimeout(first_seconds)
            parts: list[bytes] = []
            try:
                while part := one.recv(1 << 20):
                    parts.append(part)
                    one.settimeout(min(QUIET_SECONDS, first_seconds))
            except (TimeoutError, ConnectionError):
                pass
        sender.join(PATIENCE_SECONDS)
        return b"".join(parts)

    def page(self, path: str, seconds: float = PATIENCE_SECONDS) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['admin']}{path}", timeout=seconds) as answer:
            return str(answer.read(), "utf-8")

    def loop(self) -> Loop:
        page = self.page("/metrics")

        def value(name: str) -> float:
            found = re.search(rf"^{re.escape(name)} (\S+)$", page, re.MULTILINE)
            assert found is not None, name
            return float(found[1])

        name = "flowlang_loop_busy_seconds"
        count = value(f"{name}_count")
        stalls = {most: int(count - value(f'{name}_bucket{{le="{most}"}}')) for most in (0.1, 0.25, 0.5)}
        return Loop(stalls, value("flowlang_loop_longest_busy_seconds"), value("flowlang_loop_longest_lag_seconds"))

    def memory_mb(self) -> float:
        """What it holds now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024

    def tracebacks(self) -> list[str]:
        return [
            line.strip()[-3_000:]
            for line in list(self.process.err)
            if "Traceback" in line or "exception" in line.lower()
        ]


def _sent(one: socket.socket, data: bytes) -> None:
    with suppress(OSError):
        one.sendall(data)


def good_token(**changes: Any) -> str:
    """One that counts now."""
    now = int(time.time())
    return bearer(**{"iat": now - 10, "nbf": now - 10, "exp": now + 3_600, **changes})


@contextmanager
def attacked(folder: Path, simulated: bool = False) -> Iterator[Attacked]:
    """`simulated`: with a simulated Graph in the same process, at the port `sim`."""
    (folder / "flows").mkdir()
    (folder / "flows" / "desk.flow").write_text(FLOW)
    listen, admin, sim = free_port(), free_port(), free_port()
    if simulated:
        ports = ("--port", str(listen), "--admin-port", str(admin), "--sim-port", str(sim))
        with running("serve", "flows", "--simulate", *ports, cwd=folder) as process:
            yield _ready(process, listen, admin, sim)
        return
    with ThreadingHTTPServer(("127.0.0.1", 0), Near) as near:
        threading.Thread(target=near.serve_forever, daemon=True).start()
        settings = folder / "site.yaml"
        settings.write_text(
            SETTINGS.format(
                listen=listen, admin=admin, folder=folder, near=f"http://127.0.0.1:{near.server_address[1]}",
                application=APPLICATION, tenant=TENANT,
            )
        )  # fmt: skip
        try:
            with running("serve", "flows", "--config", str(settings), cwd=folder) as process:
                yield _ready(process, listen, admin, 0)
        finally:
            near.shutdown()


def _ready(process: Process, listen: int, admin: int, sim: int) -> Attacked:
    process.says("admin API")
    one = Attacked(process, listen, admin)
    one.ports["sim"] = sim
    until(lambda: "true" in one.page("/health/live"))
    return one
