"""A simulated Graph with one application, in few words: what tests of the simulator talk to."""

import json
from typing import Any

from flowlang.simulator.graph import SimulatedGraph
from flowlang.simulator.token import ALL_ROLES, bearer
from flowlang.simulator.values import Delivery, Knobs, Outcome, Profile, Script
from flowlang.wire.http import HttpRequest, HttpResponse

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
APP = "2891555a-92ff-42e6-80fa-6e1300c6b5c6"
CALLBACK = "https://bot.example.com/callback"
USER = {"user": {"id": "550fae72-d251-43ec-868c-373732c2704f", "tenantId": TENANT, "displayName": "Heidi Steen"}}
OTHER = {"user": {"id": "751f6800-3180-414d-bd94-333364659951", "tenantId": TENANT}}
THIRD = {"user": {"id": "112f7296-5fa4-42ca-bae8-6a692b15d4b8", "tenantId": TENANT}}
PHONE = {"phone": {"id": "+12345678901"}}
CALLER = {"phone": {"id": "+4930123456"}}
ACCOUNT = {"applicationInstance": {"id": "7629bdce-046c-4903-86b4-a8f718277e1a", "tenantId": TENANT}}
BOT = {"application": {"id": APP}}
SERVICE_MEDIA = {"@odata.type": "#microsoft.graph.serviceHostedMediaConfig"}
APP_MEDIA = {"@odata.type": "#microsoft.graph.appHostedMediaConfig", "blob": "x"}
ANSWER = {"callbackUri": CALLBACK, "mediaConfig": SERVICE_MEDIA, "acceptedModalities": ["audio"]}
PROMPT = {"@odata.type": "#microsoft.graph.mediaPrompt", "mediaInfo": {"uri": "https://bot.example.com/a.wav"}}
PLAY = {"prompts": [PROMPT], "clientContext": "c"}

Json = dict[str, Any]


def create_body(*targets: Json, **more: Any) -> Json:
    return {
        "callbackUri": CALLBACK,
        "targets": [{"identity": one} for one in targets],
        "requestedModalities": ["audio"],
        "mediaConfig": SERVICE_MEDIA,
        "tenantId": TENANT,
        **more,
    }


class Rig:
    """`seen`: all notification items so far, with the time. `now_ms` goes on only with `run` and `wait`."""

    def __init__(
        self, profile: Profile = "docs", knobs: Knobs | None = None, *script: tuple[str, Outcome], seed: int = 1
    ) -> None:
        self.script = Script(*script)
        self.graph = SimulatedGraph(seed, profile, knobs, self.script, CALLBACK)
        self.now_ms = 1_000_000
        self.token = bearer(TENANT, APP)
        self.seen: list[tuple[int, Json]] = []
        self.posts: list[Delivery] = []

    def roles(self, *roles: str) -> None:
        self.token = bearer(TENANT, APP, roles)

    def without_role(self, role: str) -> None:
        self.roles(*(one for one in ALL_ROLES if one != role))

    def send(
        self,
        method: str,
        tail: str,
        body: Any = None,
        outcome: Outcome | None = None,
        root: str = "/v1.0/communications/calls",
    ) -> HttpResponse | None:
        headers = [("client-request-id", "r1")] + ([("Authorization", self.token)] if self.token else [])
        content = b""
        if body is not None:
            headers.append(("Content-Type", "application/json"))
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.graph.request(HttpRequest(method, root + tail, tuple(headers), content), self.now_ms, outcome)

    def post(self, tail: str, body: Any = None, outcome: Outcome | None = None, **more: Any) -> HttpResponse:
        response = self.send("POST", tail, body, outcome, **more)
        assert response is not None
        return response

    def code(self, method: str, tail: str, body: Any = None, **more: Any) -> tuple[int, str]:
        """Status and error code; "" where there is no error."""
        response = self.send(method, tail, body, **more)
        assert response is not None
        content = json.loads(response.body) if response.body else {}
        return response.status, content.get("error", {}).get("code", "")

    def wait(self, ms: int) -> list[Json]:
        """Let time go on; the notification items that came, in order."""
        until_ms, came = self.now_ms + ms, len(self.seen)
        while (due_ms := self.graph.next_due()) is not None and due_ms <= until_ms:
            self.now_ms = max(self.now_ms, due_ms)
            for post in self.graph.deliveries(self.now_ms):
                self.posts.append(post)
                self.seen += [(self.now_ms, item) for item in json.loads(post.body)["value"]]
        self.now_ms = until_ms
        self.graph.deliveries(until_ms)
        return [item for _, item in self.seen[came:]]

    # ------------------------------------------------------------ calls at a stage

    def incoming(self, source: Json = CALLER, target: Json = ACCOUNT, **more: Any) -> str:
        call_id = self.graph.incoming_call(self.now_ms, source, target, tenant_id=TENANT, **more)
        self.wait(100)
        return call_id

    def answered(self, **more: Any) -> str:
        call_id = self.incoming(**more)
        assert self.post(f"/{call_id}/answer", ANSWER).status == 202
        self.wait(1_000)
        return call_id

    def called(self, *targets: Json, **more: Any) -> str:
        response = self.post("", create_body(*(targets or (USER,)), **more))
        assert response.status == 201, response.body
        self.wait(5_000)
        return str(json.loads(response.body)["id"])

    def at_stage(self, stage: str) -> str:
        """A call at a column of the gate table."""
        if stage == "incoming":
            return self.incoming()
        if stage == "establishing":
            call_id = self.incoming()
            self.post(f"/{call_id}/answer", ANSWER)
            return call_id
        if stage == "group":
            return self.answered(source=OTHER, participants=[THIRD])
        call_id = self.answered()
        if stage == "transferring":
            self.post(f"/{call_id}/transfer", {"transferTarget": {"identity": USER}})
            self.wait(100)
        if stage == "ended":
            self.graph.hang_up(call_id, self.now_ms)
            self.wait(1_000)
        return call_id

    def participants(self, call_id: str) -> tuple[str, ...]:
        return next(call.participants for call in self.graph.calls() if call.id == call_id)

    def state(self, call_id: str) -> str:
        return next(call.state for call in self.graph.calls() if call.id == call_id)


def states(items: list[Json]) -> list[tuple[str, str]]:
    """changeType and state of the items about calls."""
    return [
        (item["changeType"], item["resourceData"].get("state", ""))
        for item in items
        if isinstance(item["resourceData"], dict) and item["resourceData"]["@odata.type"].endswith(".call")
    ]
