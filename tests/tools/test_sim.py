"""`flowlang sim …` against a simulated Graph on loopback, with a small application that answers its calls."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import anyio
import anyio.from_thread
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flowlang.scenario.world import TENANT
from flowlang.sim_server.server import GraphServer
from flowlang.simulator.graph import SimulatedGraph
from flowlang.simulator.values import Knobs
from flowlang.tools.cli import main
from flowlang.tools.serve_http import address_of, listen, serving
from flowlang.tools.sim import COMMANDS
from tests.admin.serving import serving as served_elsewhere
from tests.serve.processes import address_in, running
from tests.simulator.rig import ANSWER, APP, USER

PATIENCE_SECONDS = 20
GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Said(NamedTuple):
    code: int
    out: str
    err: str


Say = Callable[..., Said]


class Application:
    """Answers what comes in, listens for keys, and transfers to Heidi when 1 is pressed. `status`: of its answers."""

    def __init__(self) -> None:
        self.status = 202
        self.url = ""
        self.tones: list[str] = []
        self.app = Starlette(routes=[Route("/callback", self.hear, methods=["POST"])])

    async def hear(self, request: Request) -> Response:
        for item in json.loads(await request.body())["value"] if self.status == 202 else ():
            data = item["resourceData"]
            call_id = item["resourceUrl"].split("/")[3]
            if not isinstance(data, dict):
                continue
            if data.get("state") == "incoming":
                await self.ask(call_id, "answer", {**ANSWER, "callbackUri": str(request.url)})
            elif data.get("mediaState", {}).get("audio") == "active" and data["state"] == "established":
                await self.ask(call_id, "subscribeToTone", {"clientContext": "keys"})
            elif "toneInfo" in data:
                self.tones.append(data["toneInfo"]["tone"])
                if self.tones[-1] == "tone1":
                    await self.ask(call_id, "transfer", {"transferTarget": {"identity": USER}})
        return Response(status_code=self.status)

    async def ask(self, call_id: str, action: str, body: dict[str, Any]) -> None:
        async with httpx.AsyncClient() as client:
            form = {"grant_type": "client_credentials", "client_id": APP, "client_secret": "x"}
            token = (await client.post(f"{self.url}/{TENANT}/oauth2/v2.0/token", data=form)).json()["access_token"]
            path = f"{self.url}/v1.0/communications/calls/{call_id}/{action}"
            await client.post(path, json=body, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
def town() -> Iterator[Application]:
    """A Graph and its application, in a loop of their own."""
    application = Application()
    ready, over = threading.Event(), threading.Event()

    async def work() -> None:
        async with anyio.create_task_group() as tasks:
            callback, on = listen("127.0.0.1", 0, "--port"), listen("127.0.0.1", 0, "--port")
            graph = SimulatedGraph(1, "live", Knobs(), webhook=f"{address_of(callback)}/callback")
            server = GraphServer(graph, APP, people=lambda: {"heidi": USER})
            async with serving(application.app, callback), serving(server.app, on):
                tasks.start_soon(server.run)
                application.url = address_of(on)
                ready.set()
                await anyio.to_thread.run_sync(over.wait)
            tasks.cancel_scope.cancel()

    thread = threading.Thread(target=anyio.run, args=(work,), daemon=True)
    thread.start()
    assert ready.wait(PATIENCE_SECONDS)
    yield application
    over.set()
    thread.join(PATIENCE_SECONDS)


@pytest.fixture(autouse=True)
def calm(town: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    town.status, town.tones = 202, []
    monkeypatch.setenv("FLOWLANG_SIM_URL", town.url)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def say(*words: str) -> Said:
        code = main(["sim", *words])
        return Said(code, *capsys.readouterr())

    return say


# ---------------------------------------------------------------- call


def test_a_call_is_followed_until_it_is_over(say: Say) -> None:
    said = say("call", "--to", "desk", "--from", "+15550100", "--tones", "1")
    assert said.code == 0, said.err
    first, *lines, last = said.out.splitlines()
    assert re.fullmatch(GUID, first)
    told = [re.sub(r"^ *\d+\.\d\d  ", "", line).strip() for line in lines]
    assert set(told[:3]) == {"+15550100 calls desk", "─▶ incoming 202", "◀─ answer 202"}
    for line in ("presses 1", "─▶ tone1 202", "◀─ transfer Heidi Steen 202", "─▶ transferAccepted 202"):
        assert line in told
    assert last == "over: the caller was handed over (200/7015)"


def test_a_transfer_that_fails_and_a_caller_who_has_had_enough(say: Say) -> None:
    said = say("call", "--to", "desk", "--tones", "1", "--fail-transfer", "403/7505", "--hang-up-after", "3s")
    assert said.code == 0
    assert "transfer Heidi Steen 403: 7505 " in said.out
    assert "transferring" not in said.out
    assert said.out.splitlines()[-1].startswith("over: the caller hung up")


def test_a_call_as_json(say: Say) -> None:
    said = say("call", "--to", "desk", "--hang-up-after", "1s", "--format", "json")
    document = json.loads(said.out)
    assert (document["call"]["to"], document["call"]["ending"]["word"]) == ("desk", "caller hung up")
    assert [line["number"] for line in document["lines"]] == list(range(1, len(document["lines"]) + 1))


def test_keys_and_hanging_up_by_hand(town: Application, say: Say) -> None:
    call_id = say("call", "--to", "desk", "--no-wait").out.strip()
    page: dict[str, Any] = {}
    with httpx.Client() as client:
        for _ in range(100):
            page = client.get(f"{town.url}/sim/calls/{call_id}", params={"wait_ms": "200"}).json()
            if any(line["text"].startswith("subscribeToTone") for line in page["lines"]):
                break
        assert say("press", "2#").out == f"call {call_id}: pressed 2#\n"
        client.get(f"{town.url}/sim/calls/{call_id}", params={"after": str(page["next"]), "wait_ms": "2000"})
        for _ in range(100):
            if len(town.tones) == 2:
                break
            client.get(f"{town.url}/sim/calls/{call_id}", params={"after": "400", "wait_ms": "50"})
    assert town.tones == ["tone2", "pound"]
    assert say("hangup", call_id[:8]).out == f"call {call_id}: hung up\n"
    again = say("hangup", call_id)
    assert (again.code, again.err) == (2, f"flowlang: the call {call_id} is over\n")


def test_an_application_that_takes_nothing_is_code_1(town: Application, say: Say) -> None:
    town.status = 500
    said = say("call", "--to", "desk")
    assert said.code == 1
    assert "the answer was 500, not 202" in said.out
    assert said.out.splitlines()[-1] == "over: the webhook did not take the notification of it (408/8586)"


def test_a_name_that_nobody_answers_is_asked_about(
    town: Application, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a call page says after fifteen seconds, without waiting for them."""
    call = {"id": "c", "began_ms": 0, "ending": {"word": "not answered", "text": "late", "code": 408, "subcode": 8587}}

    async def made(_request: Request) -> Response:
        return JSONResponse({"call": call, "lines": [], "next": 0, "is_told": True})

    routes = [Route("/sim/calls", made, methods=["POST"]), Route("/sim/calls/c", made)]
    with served_elsewhere(Starlette(routes=routes)) as url:
        monkeypatch.setenv("FLOWLANG_SIM_URL", url)
        said = say("call", "--to", "receptoin")
    assert (said.code, said.out) == (1, "c\nover: late (408/8587)\n")
    assert "did a flow answer receptoin?" in said.err


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (("call",), 2, "sim call wants --to"),
        (("call", "--to", "x", "--outcome", "dance=busy"), 2, "there is no step 'dance' that can fail"),
        (("call", "--to", "x", "--fail-transfer", "busy at once or not"), 2, "is no result"),
        (("call", "--to", "x", "--answer", ","), 2, "--answer wants names"),
        (("call", "--to", "x", "--tones", "x"), 2, "x"),
        (("call", "--to", "x", "--hang-up-after", "soon"), 2, "soon"),
        (("call", "x"), 2, "sim call takes no arguments"),
        (("press",), 2, "sim press takes KEYS [CALL]"),
        (("press", "x"), 2, "x"),
        (("hangup", "nobody"), 2, "no calls begin with nobody"),
        (("dial",), 2, "sim has no dial"),
        ((), 2, "sim needs one of serve, call, hangup, press"),
        (("hangup", "--url", "http://127.0.0.1:1"), 4, "start one with `flowlang sim serve`"),
        (("serve", "--port", "70000"), 2, "--port is a number from 0 to 65535"),
        (("serve", "--webhook", "here"), 2, "--webhook is an address"),
        (("serve", "--roles", "Calls.All"), 2, "--roles: there is no role 'Calls.All'"),
        (("serve", "--profile", "odd"), 2, "--profile"),
        (("serve", "extra"), 2, "sim serve takes no arguments"),
    ],
)
def test_what_goes_wrong_is_said_in_a_line(words: tuple[str, ...], code: int, part: str, say: Say) -> None:
    said = say(*words)
    assert said.code == code, said
    assert part in said.err
    assert said.out == ""
    assert len(said.err.splitlines()) <= 2


def test_something_else_at_that_address_is_no_simulated_graph(say: Say) -> None:
    with served_elsewhere(Starlette()) as url:
        said = say("hangup", "--url", url)
    assert said.code == 4
    assert "is no flowlang simulated Graph: HTTP 404" in said.err


def test_a_simulated_graph_is_no_service(town: Application, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calls", "ls", "--url", town.url]) == 4
    assert capsys.readouterr().err == f"flowlang: what answers at {town.url} is no flowlang service: HTTP 400\n"


@pytest.mark.parametrize("name", ["", "serve", "call", "hangup", "press"])
def test_each_command_has_help(name: str, say: Say) -> None:
    said = say(*([name] if name else []), "--help")
    assert said.code == 0
    assert said.out.startswith(f"flowlang sim {name}".strip())
    assert all(len(line) <= 100 for line in said.out.splitlines())


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_has_every_option(name: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    section = page.partition("## flowlang sim\n")[2].partition("\n## ")[0]
    assert f"flowlang sim {name}" in section
    for option in COMMANDS[name].options:
        assert option.name == "help" or f"--{option.name}" in section, option.name


# ---------------------------------------------------------------- a process of its own


def test_roles_are_those_that_were_asked_for(tmp_path: Path) -> None:
    with running("sim", "serve", "--port", "0", "--roles", "Calls.AccessMedia.All", cwd=tmp_path) as graph:
        line = graph.says("tokens")
        url = address_in(line).partition("/TENANT")[0]
        form = {"grant_type": "client_credentials", "client_id": APP, "client_secret": "x"}
        token = httpx.post(f"{url}/{TENANT}/oauth2/v2.0/token", data=form).json()["access_token"]
        call = {"callbackUri": "http://127.0.0.1:1/x", "requestedModalities": ["audio"],
                "mediaConfig": {"@odata.type": "#microsoft.graph.serviceHostedMediaConfig"},
                "targets": [{"identity": USER}]}  # fmt: skip
        answer = httpx.post(f"{url}/beta/communications/calls", json=call, headers={"Authorization": f"Bearer {token}"})
    assert "roles: Calls.AccessMedia.All" in line
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "7504")
