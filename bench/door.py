"""The webhook against a bare application: the same server, the same body, one process each; load by `wrk`.

`python -m bench.door bare|door|service PORT` serves; `compare()` starts them in turn, bare before and after, and gives
ratios. The webhook verifies a signed token, and answers 202 only when the notification is on the disk (synchronous
FULL). Each request is news of a call that is there, with a message id of its own.
"""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from bench.serving import CREATED, MARK, UP, clock_ms, name_of
from flowlang.plan import Plan
from flowlang.runtime.auth import Expected, Verifier
from flowlang.runtime.doorway import doorway
from flowlang.runtime.flows import StoredFlows
from flowlang.runtime.inbox import Inbox
from flowlang.runtime.intake import PATHS
from flowlang.runtime.memory import forget_seldom
from flowlang.runtime.service import TIDIES_SECONDS, Service
from flowlang.runtime.webhook import Webhook
from flowlang.runtime.worker import Worker
from flowlang.store.sqlite import SqliteStore

PORT = 18_099
SECONDS, CONNECTIONS, CALLS = 6, 64, 500
APPLICATION = "11111111-2222-4333-8444-555555555555"
HERE = Path(__file__).parent


async def bare(_scope: Any, receive: Any, send: Any) -> None:
    """Reads the same JSON and answers 202."""
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    _ = json.loads(b"".join(parts))["value"]
    await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def token() -> tuple[str, dict[str, Any]]:
    """A signed token, and the key set that it is verified by. Made from a fixed file, so that both processes agree."""
    path = Path(tempfile.gettempdir()) / "flowlang-bench-key.pem"
    from cryptography.hazmat.primitives import serialization

    if not path.exists():
        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        path.write_bytes(
            made.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    now = int(time.time())
    claims = {"iss": "https://graph.microsoft.com", "aud": APPLICATION, "tid": "t", "nbf": now, "exp": now + 3_900}
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": "k"}), {"keys": [{**public, "kid": "k"}]}


async def put_away(store: SqliteStore, inbox: Inbox, came: list[anyio.Event]) -> None:
    """The door alone: what arrives is written, and nobody works on it."""
    lane = anyio.CapacityLimiter(1)

    async def tidy_up() -> None:
        while True:
            await anyio.sleep(TIDIES_SECONDS)
            await anyio.to_thread.run_sync(store.tidy_up)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tidy_up)
        while True:
            await came[0].wait()
            came[0] = anyio.Event()
            while batches := inbox.following():
                arrivals = [one for batch in batches for one in batch.arrivals]
                inbox.written(batches, await anyio.to_thread.run_sync(store.arrive, arrivals, limiter=lane))


async def serve_webhook(name: str, port: int, plan: Plan) -> None:
    import uvicorn

    keys = token()[1]

    async def fetch() -> object:
        return keys

    async def carry(_session: object, _command: object) -> Any:
        from flowlang.runtime.sender import Response

        return Response(202)

    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(f"{folder}/calls.db")
        flows = StoredFlows(store, lambda _call: "flow", clock_ms)
        flows.serve({"flow": plan})
        service = Service(store, Worker(store, flows, lambda _plan, _at: frozenset()), carry, clock_ms, "bench")
        came = [anyio.Event()]
        if name == "door":
            service.inbox = Inbox(lambda: came[0].set())  # noqa: PLW0108 - there is a new event each time
        webhook = Webhook(service.inbox, Verifier(Expected((APPLICATION,)), fetch, time.time), clock_ms)
        app = doorway(webhook.around(), "https://bot.example", PATHS)
        forget_seldom()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(service.run if name == "service" else partial(put_away, store, service.inbox, came))
            await uvicorn.Server(_config(app, port)).serve()
            tasks.cancel_scope.cancel()


def _config(app: Any, port: int) -> Any:
    import uvicorn

    return uvicorn.Config(app, port=port, log_level="error", access_log=False, lifespan="off")


def measured(name: str) -> float:
    """Requests a second of one of the three, in a process of its own."""
    process = subprocess.Popen([sys.executable, "-m", "bench.door", name, str(PORT)], cwd=HERE.parent)
    with tempfile.TemporaryDirectory() as folder:
        try:
            return _loaded(name, Path(folder))
        finally:
            process.terminate()
            process.wait()


def _loaded(name: str, folder: Path) -> float:
    signed = token()[0]
    _until_up(signed)
    script = folder / "post.lua"
    body = UP.decode()
    script.write_text(
        'wrk.method="POST"\nwrk.headers["Content-Type"]="application/json"\n'
        f'wrk.headers["Authorization"]="Bearer {signed}"\nlocal n = 0\nlocal body = [==[{body}]==]\n'
        f"local ids = {{{', '.join(f'[==[{one}]==]' for one in names())}}}\n"
        'function request()\n  n = n + 1\n  wrk.headers["X-Microsoft-Skype-Message-ID"] = "m" .. n\n'
        '  return wrk.format("POST", "/callback/" .. ids[n % #ids + 1] .. "/0", nil, body)\nend\n'
    )
    url = f"http://127.0.0.1:{PORT}/callback/{MARK.decode()}/0"
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", "--latency", "-s", str(script), url]
    subprocess.run([*words, "-d1s"], capture_output=True, check=False)
    said = subprocess.run([*words, f"-d{SECONDS}s"], capture_output=True, text=True, check=False).stdout
    if "Non-2xx" in said:
        raise RuntimeError(f"{name}: {said}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found is not None, said
    return float(found[1])


def names() -> list[str]:
    """The calls that the load is about."""
    return [name_of(number) for number in range(CALLS)]


def _until_up(signed: str) -> None:
    """Posts the beginning of each call until it is taken."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {signed}"}
    for name in names():
        body = CREATED.replace(MARK, name.encode())
        for _ in range(200):
            try:
                urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{PORT}/callback", body, headers))
                break
            except (OSError, urllib.error.URLError):
                time.sleep(0.05)
        else:
            raise RuntimeError("the server did not start")


def compare() -> dict[str, float]:
    """Requests a second of the door alone, of the whole service, of the bare application, and ratios. Needs `wrk`."""
    if shutil.which("wrk") is None:
        return {}
    found = {"bare": measured("bare"), "door": measured("door"), "service": measured("service")}
    beside = (found["bare"] + measured("bare")) / 2
    ratios = {f"{name}_ratio": found[name] / beside for name in ("door", "service")}
    return {**found, "bare": beside, **ratios}


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        import uvicorn

        uvicorn.Server(_config(bare, int(sys.argv[2]))).run()
    else:
        import uvloop

        from bench.ours import plan_of
        from bench.serving import WHOLE

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve_webhook(sys.argv[1], int(sys.argv[2]), plan_of(WHOLE)))
