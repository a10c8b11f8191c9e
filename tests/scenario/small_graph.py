"""A small obedient Graph for tests of the loop: every step works unless the test wants otherwise. Not the simulator."""

import json
from heapq import heappop, heappush
from itertools import count
from typing import Any

from flowlang.scenario.codec import CALLBACK, MESSAGE_ID, guid_of
from flowlang.scenario.outcomes import How, Wanted
from flowlang.scenario.world import World
from flowlang.wire.http import HttpRequest, HttpResponse

STEP_MS = 300
RING_MS = 3_000
PROMPT_MS = 4_000
PARTY_KINDS = {"phone": "phone", "user": "user", "bot": "application", "resource account": "applicationInstance"}


class SmallGraph:
    """Calls by id: callback address, state. `log`: method and path of every request that arrived."""

    def __init__(self) -> None:
        self.calls: dict[str, dict[str, Any]] = {}
        self.queue: list[tuple[int, int, str, bytes, str]] = []
        self.order = count(1)
        self.log: list[tuple[str, str]] = []
        self.answers: list[HttpResponse | None] = []  # given instead of the real answer, in order
        self.copies = 1

    # ------------------------------------------------------------ what the loop calls

    def begin(self, world: World) -> str:
        call_id = self._new(f"{CALLBACK}", "incoming")
        caller = {"identity": {PARTY_KINDS.get(world.caller.kind, "phone"): {"id": world.caller.id}}}
        called = {"identity": {PARTY_KINDS[world.called.kind]: {"id": world.called.id}}}
        data = {"state": "incoming", "source": caller, "targets": [called], "tenantId": world.tenant_id, "id": call_id}
        if world.kind == "group":
            data["chatInfo"] = {}
        self._tell(call_id, world.at_ms, data, "created")
        return call_id

    def next_due_ms(self) -> int | None:
        return self.queue[0][0] if self.queue else None

    def due(self, at_ms: int) -> list[HttpRequest]:
        found = []
        while self.queue and self.queue[0][0] <= at_ms:
            _, _, address, body, message = heappop(self.queue)
            headers = ((MESSAGE_ID, message),)
            found += [HttpRequest("POST", address, headers, body)] * self.copies
        return found

    def press(self, call_id: str, key: str, at_ms: int) -> None:
        wire = f"tone{key}" if key.isdecimal() else key
        self._tell(call_id, at_ms, {"state": "established", "toneInfo": {"sequenceId": next(self.order), "tone": wire}})

    def hang_up(self, call_id: str, at_ms: int) -> None:
        self._over(call_id, at_ms + 10, {"code": 200, "subcode": 4521, "message": ""})

    def take(self, request: HttpRequest, at_ms: int, wanted: Wanted | None) -> HttpResponse | None:
        self.log.append((request.method, request.path))
        if self.answers:
            return self.answers.pop(0)
        if wanted is not None and wanted.how is How.HTTP:
            error = {"error": {"code": str(wanted.result.subcode), "message": wanted.result.message}}
            return HttpResponse(wanted.result.code, (), json.dumps(error).encode())
        parts = request.path.strip("/").split("/")
        body = json.loads(request.body) if request.body else {}
        if len(parts) == 3:
            return self._create(body, at_ms, wanted)
        call_id, action = parts[3], parts[-1] if len(parts) > 4 else request.method
        if call_id not in self.calls or self.calls[call_id]["state"] == "terminated":
            return HttpResponse(404, (), b'{"error":{"code":"8522","message":"Call not found."}}')
        return self._act(call_id, action, body, at_ms, wanted)

    # ------------------------------------------------------------ calls

    def _new(self, address: str, state: str) -> str:
        call_id = guid_of(f"call {len(self.calls)}")
        self.calls[call_id] = {"address": address, "state": state}
        return call_id

    def _create(self, body: dict[str, Any], at_ms: int, wanted: Wanted | None) -> HttpResponse:
        call_id = self._new(body["callbackUri"], "establishing")
        if wanted is None or wanted.how is How.SUCCESS:
            self._tell(call_id, at_ms + STEP_MS, {"state": "establishing"})
            self._tell(call_id, at_ms + RING_MS, {"state": "established", "mediaState": {"audio": "active"}})
        elif wanted.how is How.NEWS:
            self._over(call_id, at_ms + RING_MS, _info(wanted))
        elif wanted.how is How.RINGS:
            self._tell(call_id, at_ms + STEP_MS, {"state": "establishing"})
        return HttpResponse(201, (), json.dumps({"id": call_id, "state": "establishing"}).encode())

    def _act(self, call_id: str, action: str, body: dict[str, Any], at_ms: int, wanted: Wanted | None) -> HttpResponse:
        match action:
            case "answer":
                self.calls[call_id]["address"] = body["callbackUri"]
                self._tell(call_id, at_ms + STEP_MS, {"state": "established", "mediaState": {"audio": "active"}})
            case "reject":
                self.calls[call_id]["state"] = "terminated"
                self._tell(call_id, at_ms + STEP_MS, {}, "deleted")
            case "transfer":
                self._transfer(call_id, at_ms, wanted)
            case "DELETE":
                self._over(call_id, at_ms + STEP_MS, {"code": 200, "subcode": 5001, "message": ""})
                return HttpResponse(204, (), b"")
            case "GET":
                return HttpResponse(
                    200, (), json.dumps({"id": call_id, "state": self.calls[call_id]["state"]}).encode()
                )
            case "playPrompt" | "recordResponse":
                return self._operation(call_id, body, at_ms, wanted)
            case _:
                done = {"id": guid_of(str(next(self.order))), "status": "completed", **body}
                return HttpResponse(200, (), json.dumps(done).encode())
        return HttpResponse(202, (), b"")

    def _transfer(self, call_id: str, at_ms: int, wanted: Wanted | None) -> None:
        if wanted is not None and wanted.how is How.SILENCE:
            return
        self._tell(call_id, at_ms + STEP_MS, {"state": "transferring"})
        if wanted is None or wanted.how is How.SUCCESS:
            self._over(
                call_id, at_ms + 2 * STEP_MS, {"code": 0, "subcode": 7015, "message": "GracefulTransferCompleted"}
            )
        else:
            self._tell(call_id, at_ms + 2 * STEP_MS, {"state": "established", "resultInfo": _info(wanted)})

    def _operation(self, call_id: str, body: dict[str, Any], at_ms: int, wanted: Wanted | None) -> HttpResponse:
        operation = {"id": guid_of(str(next(self.order))), "status": "running", "clientContext": body["clientContext"]}
        failed = wanted is not None and wanted.how is How.NEWS
        if not body.get("loop") and (wanted is None or wanted.how in (How.SUCCESS, How.NEWS, How.NO_KEYS)):
            info = _info(wanted) if failed and wanted is not None else {"code": 200, "subcode": 0}
            data = {**operation, "status": "failed" if failed else "completed", "resultInfo": info}
            data["@odata.type"] = "#microsoft.graph.playPromptOperation"
            self._tell(call_id, at_ms + PROMPT_MS, data, "deleted", f"/operations/{operation['id']}")
        return HttpResponse(200, (), json.dumps(operation).encode())

    def _over(self, call_id: str, at_ms: int, info: dict[str, Any]) -> None:
        self.calls[call_id]["state"] = "terminated"
        self._tell(call_id, at_ms, {"state": "terminated", "resultInfo": info}, "deleted")

    def _tell(self, call_id: str, at_ms: int, data: dict[str, Any], change: str = "updated", tail: str = "") -> None:
        if "state" in data and data["state"] != "terminated":
            self.calls[call_id]["state"] = data["state"]
        data.setdefault("@odata.type", "#microsoft.graph.call")
        item = {"changeType": change, "resourceUrl": f"/communications/calls/{call_id}{tail}", "resourceData": data}
        body = json.dumps({"value": [item]}).encode()
        number = next(self.order)
        heappush(self.queue, (at_ms, number, self.calls[call_id]["address"], body, f"message-{number}"))


def _info(wanted: Wanted) -> dict[str, Any]:
    return {"code": wanted.result.code, "subcode": wanted.result.subcode, "message": wanted.result.message}
