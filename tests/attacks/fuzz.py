"""Sends changed requests to running services for some time, and says what broke: `python -m tests.attacks.fuzz --help`.

Real payloads, orders and settings are taken and changed, as JSON and as bytes; then the requests around them. The same
seed sends the same, as far as the services' own ids and the time let it.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple, TextIO

from flowlang.tools.options import UsageError
from flowlang.tools.serve_settings import read_settings
from tests.attacks.service import SETTINGS, Attacked, Loop, attacked, good_token
from tests.attacks.table import TABLE, news, notification

PAYLOADS: Final = Path(__file__).parents[1] / "wire" / "payloads"
WAITS_SECONDS: Final = 0.25  # for an answer: what is no whole request gets none
LOOKS_EVERY: Final = 25  # requests between two looks at the service
SETTINGS_SECONDS: Final = 2.0  # to read a settings file
NASTY: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 2**31, 2**63, 2**64, 10**300, 1.5, 1e308, -0.0, "", " ", "a" * 300, "a" * 20_000, "\x00",
    "\r\nX: y", "\ud800", "\u202e", "\x1b[31m", "../..", "%2e%2e", "+15550100", "57dab8b1-894c-409a-b240-bd8beae78896",
    [], {}, [[]],
    {"value": []}, {"@odata.type": "#microsoft.graph.call"}, "#microsoft.graph.call", "terminated", "deleted",
    "secret=" * 50, "a@" * 500, "1" * 4_999, float("inf"), float("nan"),
)  # fmt: skip
BYTES: Final = (
    b"\x00",
    b"\xff",
    b"\r\n",
    b"\r\n\r\n",
    b'"',
    b"[" * 500,
    b"{",
    b"%",
    b" " * 100,
    b"\xe2\x80\xae",
    b"9" * 400,
    b":",
)
METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "X")
LINES: Final = (
    b"Transfer-Encoding: chunked", b"Content-Length: 5", b"Expect: 100-continue", b"Connection: keep-alive",
    b"Upgrade: h2c",
    b"X-Forwarded-For: 10.0.0.1", b"Host: evil.example", b"Accept: text/event-stream", b"Range: bytes=0-9999999999999",
    b"Content-Encoding: gzip", b"Content-Type: text/plain", b"X-Microsoft-Skype-Message-ID: 1", b"A: " + b"b" * 9_000,
)  # fmt: skip
MORE_OF_ADMIN: Final = (("GET", "/metrics"), ("GET", "/docs"), ("GET", "/openapi.json"), ("GET", "/"))
GRAPH: Final = "/v1.0/communications/calls"
OF_SIM: Final = (
    ("GET", "/sim"), ("GET", "/sim/calls"), ("POST", "/sim/calls"), ("GET", "/sim/calls/{id}"),
    ("GET", "/sim/requests"),
    *[("POST", f"/sim/calls/{{id}}/{act}") for act in ("hangup", "press", "join", "leave", "sound")],
    ("GET", "/sim/complaints"), ("GET", "/sim/outcomes"), ("POST", "/sim/outcomes"), ("DELETE", "/sim/outcomes"),
    ("POST", "/sim/reset"), ("POST", "/sim/tokens"), ("GET", "/v1/keys"), ("POST", "/t/oauth2/v2.0/token"),
    ("POST", GRAPH), ("GET", f"{GRAPH}/{{id}}"), ("DELETE", f"{GRAPH}/{{id}}"), ("GET", f"{GRAPH}/{{id}}/participants"),
    *[("POST", f"{GRAPH}/{{id}}/{act}") for act in (
        "answer", "reject", "redirect", "transfer", "playPrompt", "recordResponse", "subscribeToTone",
        "participants/invite", "cancelMediaProcessing",
    )],
)  # fmt: skip
ORDERS: Final[tuple[Any, ...]] = (
    {"id": "+15550123", "kind": "phone"}, {"values": {"a": 1}}, {"to": "desk", "from": "+15550100"}, {"key": "1"},
    {"is_open": True, "until": "2030-01-01T00:00:00Z"}, ["Started", 1, [], ""], {"outcomes": {"transfer": "500/7700"}},
)  # fmt: skip
IDS: Final = (
    "57dab8b1-894c-409a-b240-bd8beae78896",
    "..",
    "%2e%2e",
    "a" * 900,
    "%00",
    "%ff",
    "1",
    "é",
    "a%2Fb",
    "{id}",
)


class Bounds(NamedTuple):
    """`stall_seconds` of the loop's own work. `growth_mb`: of one service's memory."""

    stall_seconds: float = 0.1
    growth_mb: float = 300.0


class Outcome(NamedTuple):
    """`sent`: requests by kind and status. `broken`: what must not be. Longest stalls in seconds, memory in MB."""

    sent: Counter[str]
    broken: list[str]
    busy_seconds: float
    late_seconds: float
    memory_mb: list[tuple[float, float]]


# ---------------------------------------------------------------- what is sent


def changed(random: Random, value: Any, left: int = 3) -> Any:
    """The same JSON with something in it that is another."""
    if left == 0 or random.random() < 0.1:
        return random.choice(NASTY)
    if isinstance(value, dict) and value:
        name = random.choice(list(value))
        match random.randrange(8):
            case 0:
                return {one: inner for one, inner in value.items() if one != name}
            case 1:
                return {**value, str(random.choice(NASTY))[:50]: value[name]}
            case _:
                return {**value, name: changed(random, value[name], left if random.random() < 0.8 else left - 1)}
    if isinstance(value, list) and value:
        at = random.randrange(len(value))
        if random.random() < 0.15:
            return value * random.choice((2, 10, 300))
        return [*value[:at], changed(random, value[at], left), *value[at + 1 :]]
    return random.choice(NASTY)


def torn(random: Random, data: bytes) -> bytes:
    """The same bytes with a few that are others."""
    for _ in range(random.randrange(1, 4)):
        at, upto = sorted((random.randrange(len(data) + 1), random.randrange(len(data) + 1)))
        match random.randrange(5):
            case 0:
                data = data[:at] + random.choice(BYTES) + data[at:]
            case 1:
                data = data[:at] + data[upto:]
            case 2:
                data = data[:upto] + data[at:upto] + data[upto:]
            case 3:
                data = data[:at] + bytes([random.randrange(256)]) + data[at + 1 :]
            case _:
                data = data[:upto]
    return data


def documents() -> list[Any]:
    """Payloads of Graph, and notifications of our own making."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(PAYLOADS.rglob("*notification*.json"))]
    return [
        *found,
        json.loads(news(notification())),
        json.loads(news(notification(), notification(state="terminated"))),
    ]


def admin_requests(service: Attacked) -> list[tuple[str, str]]:
    """What the page of the admin API says that there is."""
    paths = json.loads(service.page("/openapi.json"))["paths"]
    return [
        *MORE_OF_ADMIN,
        *[(method.upper(), path) for path in paths for method in paths[path] if path != "/v1/events"],
    ]


def sim_token(service: Attacked) -> str:
    form = b"grant_type=client_credentials&client_id=11111111-2222-4333-8444-555555555555&client_secret=x"
    head = b"POST /t/oauth2/v2.0/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    kind = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(form)
    answer = service.exchange("sim", head + kind + form)
    return str(json.loads(answer.rpartition(b"\r\n\r\n")[2]).get("access_token", ""))


class Fuzzer:
    """Makes requests. `admin`: methods and paths of that port. `sim_token`: one that the simulated Graph takes."""

    def __init__(self, random: Random, admin: Sequence[tuple[str, str]], sim_token: str) -> None:
        self._random, self._admin, self._sim_token = random, admin, sim_token
        self._tokens = [good_token(jti=str(number)) for number in range(3)]
        self._documents = documents()

    def request(self, port: str, host: bytes) -> bytes:
        random = self._random
        if port == "webhook":
            method, path = (
                "POST",
                random.choice(("/callback", "/api/calls", "/callback/{id}/0", "/callback/{id}/9", "/prompts/{id}")),
            )
            document, token = random.choice(self._documents), random.choice(self._tokens)
            if random.random() < 0.1:
                token = str(torn(random, token.encode()), "latin-1")
        else:
            method, path = random.choice(self._admin if port == "admin" else OF_SIM)
            document, token = random.choice(ORDERS), f"Bearer {self._sim_token}"
        if random.random() < 0.85:
            document = changed(random, document)
        body = json.dumps(document).encode("utf-8", "surrogatepass")
        if random.random() < 0.2:
            body = torn(random, body)
        path = re.sub(r"\{[^}]*\}", lambda _found: random.choice(IDS), path)
        if random.random() < 0.2:
            path += "?" + "&".join(
                [f"{one}={random.choice(IDS)}" for one in ("limit", "after", "wait_ms", "before", "who")]
            )
        if random.random() < 0.05:
            method = random.choice(METHODS)
        lines = [b"Host: " + host, b"Connection: close", b"Content-Type: application/json",
                 b"Content-Length: %d" % len(body),
                 b"Authorization: " + token.encode("latin-1", "replace")]  # fmt: skip
        if random.random() < 0.1:
            lines.insert(random.randrange(len(lines)), random.choice(LINES))
        head = b"\r\n".join([method.encode() + b" " + path.encode("utf-8") + b" HTTP/1.1", *lines])
        if random.random() < 0.05:
            head = torn(random, head)
        return head + b"\r\n\r\n" + body

    def settings(self, folder: Path) -> str:
        text = SETTINGS.format(
            listen=8080, admin=8081, folder=folder, near="http://127.0.0.1:9", application="1" * 8, tenant="x"
        )
        return str(torn(self._random, text.encode()), "utf-8", "replace")


# ---------------------------------------------------------------- what came of it


class Watched:
    """A service, and what was seen of it at the last look."""

    def __init__(self, service: Attacked, bounds: Bounds) -> None:
        self.service, self._bounds = service, bounds
        self.before_mb = self.memory_mb = service.memory_mb()
        self.loop = Loop({}, 0.0, 0.0)
        self._seen, self._told_seconds = 0, bounds.stall_seconds

    def look(self, last: bytes) -> list[str]:
        """What is broken since."""
        shown = repr(last[:400])
        try:
            self.loop = loop = self.service.loop()
            self.memory_mb = self.service.memory_mb()
        except OSError as error:
            told = "".join(self.service.process.err[-20:])[-3_000:]
            return [f"it does not answer any more ({error}), after {shown}: {told}"]
        found = [f"after {shown}: …{one[-1_200:]}" for one in self.service.tracebacks()[self._seen :]]
        self._seen = len(self.service.tracebacks())
        if loop.busy_seconds > self._told_seconds:
            self._told_seconds = loop.busy_seconds
            found.append(f"the loop was held for {loop.busy_seconds * 1000:.0f} ms, before or after {shown}")
        if self.memory_mb - self.before_mb > self._bounds.growth_mb:
            found.append(f"memory grew from {self.before_mb:.0f} to {self.memory_mb:.0f} MB")
        return found


def status_of(answer: bytes) -> str:
    return str(answer[9:12], "latin-1") if answer.startswith(b"HTTP/1.1 ") else "no answer"


def fuzz(seconds: float, seed: int, bounds: Bounds, tell: Callable[[str], None], most_broken: int = 5) -> Outcome:
    """Sends for so long, or until enough is broken."""
    random, sent, broken = Random(seed), Counter[str](), list[str]()
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fuzz-"))) for _ in range(3)]
        real, simulated = [stack.enter_context(attacked(folders[at], simulated=at == 1)) for at in range(2)]
        watched = {"real": Watched(real, bounds), "simulated": Watched(simulated, bounds)}
        fuzzer = Fuzzer(random, admin_requests(real), sim_token(simulated))
        ends, told = time.monotonic() + seconds, time.monotonic()
        ports = [
            ("real", "webhook"),
            ("real", "webhook"),
            ("real", "admin"),
            ("simulated", "sim"),
            ("simulated", "admin"),
        ]
        while time.monotonic() < ends and len(broken) < most_broken:
            name, port = random.choice(ports)
            one = watched[name]
            data = b""
            for _ in range(LOOKS_EVERY):
                data = random.choice(TABLE).sent(one.service.host) if random.random() < 0.02 else fuzzer.request(
                    port, b"127.0.0.1:%d" % one.service.ports[port]
                )  # fmt: skip
                status = status_of(one.service.exchange(port, data, WAITS_SECONDS))
                sent[f"{name} {port}: {status}"] += 1
                if status == "500":
                    broken.append(f"500 from {port} of {name} to {data[:2_000]!r}")
            broken += one.look(data)
            broken += _settings(fuzzer, folders[2], sent)
            if time.monotonic() - told > 60:
                told = time.monotonic()
                tell(f"{sent.total()} sent, {len(broken)} broken, {ends - told:.0f} s left")
        loops = [one.service.loop() for one in watched.values() if not broken or one.service.process.pid]
        memory = [(one.before_mb, one.service.memory_mb()) for one in watched.values()]
    return Outcome(sent, broken, max(one.busy_seconds for one in loops), max(one.late_seconds for one in loops), memory)


def _settings(fuzzer: Fuzzer, folder: Path, sent: Counter[str]) -> list[str]:
    """A settings file is read, or refused with a message."""
    text = fuzzer.settings(folder)
    path = folder / "site.yaml"
    path.write_text(text, encoding="utf-8")
    began = time.thread_time()
    try:
        read_settings(str(path))
        sent["settings: read"] += 1
    except UsageError:
        sent["settings: refused"] += 1
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        return [f"settings: {type(error).__name__}: {str(error)[:300]} for {text!r}"]
    taken = time.thread_time() - began
    return [f"settings: {taken:.1f} s for {text!r}"] if taken > SETTINGS_SECONDS else []


def main(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attacks.fuzz", description="Sends changed requests.")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stall-seconds", type=float, default=0.1, help="of the loop's own work")
    parser.add_argument("--growth-mb", type=float, default=300.0, help="of memory, for each service")
    asked = parser.parse_args(given)
    bounds = Bounds(asked.stall_seconds, asked.growth_mb)
    done = fuzz(asked.seconds, asked.seed, bounds, lambda text: _say(text, sys.stderr))
    for kind, count in sorted(done.sent.items()):
        _say(f"{count:>9}  {kind}")
    own, late = done.busy_seconds * 1000, done.late_seconds * 1000
    _say(f"longest stall: {own:.0f} ms by the loop's own work, {late:.0f} ms with that of others on the machine")
    for name, (before, after) in zip(("real", "simulated"), done.memory_mb, strict=True):
        _say(f"memory, {name}: {before:.0f} MB before, {after:.0f} MB after")
    for one in done.broken:
        _say(f"BROKEN: {one}")
    return 1 if done.broken else 0


def _say(text: str, to: TextIO = sys.stdout) -> None:
    to.write(f"{text}\n")
    to.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
