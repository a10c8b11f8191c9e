"""A simulated Graph and the people in it, in virtual time: what tests of the control pages talk to.

The application under Graph is played by the test: it sends requests, and its answers to notifications are `answers`.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio
import httpx

from flowlang.sim_server.post import Posted
from flowlang.sim_server.server import GraphServer
from flowlang.simulator.graph import SimulatedGraph
from flowlang.simulator.token import bearer
from flowlang.simulator.values import Knobs, Profile
from tests.simulator.rig import ACCOUNT, ANSWER, APP, PLAY, TENANT, USER, create_body

HEIDI = USER
BEN = {"phone": {"id": "+12025550147"}}
PEOPLE: Mapping[str, dict[str, Any]] = {"heidi": HEIDI, "ben": BEN}
CALLS = "/v1.0/communications/calls"

Json = Any


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run something in a loop; it may not take long."""

    async def within() -> None:
        with anyio.fail_after(30):
            await work()

    anyio.run(within)


class Town:
    """`now_ms` goes on with `wait` only. `heard`: what a person was told."""

    def __init__(
        self, knobs: Knobs | None = None, people: Mapping[str, dict[str, Any]] = PEOPLE, profile: Profile = "live",
        **more: Any,
    ) -> None:  # fmt: skip
        self.now_ms = 1_000_000
        self.status = 202
        self.took_seconds = 0.01
        self.heard: list[str] = []
        self.server = GraphServer(
            SimulatedGraph(1, profile, knobs), APP, lambda: self.now_ms, people=lambda: people, tenant_id=TENANT,
            heard=self.heard.append, **more,
        )  # fmt: skip
        self.stage = self.server.stage

    # ------------------------------------------------------------ HTTP

    def ask(
        self, method: str, path: str, body: Json = None, *, content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:  # fmt: skip
        """One request to the server, whatever it is."""

        async def asking() -> httpx.Response:
            transport = httpx.ASGITransport(self.server.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://graph.example") as client:
                return await client.request(method, path, json=body, content=content, headers=headers)

        return anyio.run(asking)

    def get(self, path: str) -> Json:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Json = None) -> Json:
        answer = self.ask("POST", path, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def refused(self, method: str, path: str, body: Json = None, **more: Any) -> tuple[int, str, str]:
        """Status, code and message of a page that says no."""
        answer = self.ask(method, path, body, **more)
        error = answer.json()["error"]
        assert set(error) == {"code", "message"}
        return answer.status_code, error["code"], error["message"]

    def send(self, method: str, tail: str, body: Json = None, **headers: str) -> httpx.Response:
        """A request of the application to Graph."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask(method, CALLS + tail, body, headers={"Authorization": bearer(TENANT, APP), **named})

    # ------------------------------------------------------------ time

    def wait(self, ms: int) -> None:
        """Let time go on; notifications are answered at once by `status`."""
        until_ms = self.now_ms + ms
        while (due_ms := self.stage.next_ms()) is not None and due_ms <= until_ms:
            self.now_ms = max(self.now_ms, due_ms)
            self.stage.act(self.now_ms)
            for one in self.server.graph.deliveries(self.now_ms):
                self.stage.posted(self.server.graph, Posted(one, self.status, self.took_seconds))
        self.now_ms = until_ms

    # ------------------------------------------------------------ calls

    def place(self, **wish: Json) -> str:
        """A call comes in; its id."""
        call_id = str(self.post("/sim/calls", {"to": "reception", **wish})["call"]["id"])
        self.wait(100)
        return call_id

    def answered(self, **wish: Json) -> str:
        call_id = self.place(**wish)
        assert self.send("POST", f"/{call_id}/answer", ANSWER).status_code == 202
        self.wait(1_000)
        return call_id

    def calls(self, target: Json, **headers: str) -> str:
        """The application calls somebody; the id of the leg."""
        source = {"source": {"identity": ACCOUNT}} if "phone" in target else {}
        made = self.send("POST", "", create_body(target, **source), **headers)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def plays(self, call_id: str) -> None:
        assert self.send("POST", f"/{call_id}/playPrompt", PLAY).status_code == 200

    def listens(self, call_id: str) -> None:
        assert self.send("POST", f"/{call_id}/subscribeToTone", {"clientContext": "c"}).status_code == 200

    def call(self, call_id: str) -> Json:
        """What the page says about a call."""
        return self.get(f"/sim/calls/{call_id}")["call"]

    def told(self, call_id: str, kind: str = "") -> list[str]:
        """The lines of a call, with their trouble."""
        lines = self.get(f"/sim/calls/{call_id}")["lines"]
        wanted = [line for line in lines if not kind or line["kind"] == kind]
        return [f"{line['text']}{': ' if line['trouble'] else ''}{line['trouble']}" for line in wanted]


def items_of(body: bytes) -> list[dict[str, Any]]:
    return list(json.loads(body)["value"])
