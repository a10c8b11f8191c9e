"""The way to Microsoft and back, on loopback: token, roles, clock, keys, and whether the webhook is reached."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import anyio
import httpx
import pytest
from starlette.applications import Starlette

from flowlang.rules.needs import Kind, Need
from flowlang.runtime.challenge import NONCE, answer_of, challenge_routes
from flowlang.runtime.inbox import Inbox
from flowlang.runtime.webhook import Webhook
from flowlang.source import Source, Span
from flowlang.tools import doctor_far
from flowlang.tools.doctor_far import (
    Identity,
    answering,
    callback,
    graph,
    is_served,
    keys,
    prompts,
    roles,
    token_and_roles,
)
from flowlang.tools.doctor_here import prompt_addresses
from flowlang.tools.doctor_lines import Line
from flowlang.tools.permissions import Group

APPLICATION = "11111111-2222-4333-8444-555555555555"
OTHER = "99999999-2222-4333-8444-555555555555"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
SOURCE = Source("a.flow", "x")
NOBODY = "http://127.0.0.1:9"  # the port of a protocol that nobody serves any more

Answers = Callable[[str, str, str], tuple[int, object, dict[str, str]]]


def needing(*any_of: str, covered: bool = False, kind: Kind = "role") -> Group:
    return Group(kind, any_of, covered, (Need(kind, any_of, "a transfer", SOURCE, Span(0, 1)),))


@contextmanager
def served(answers: Answers) -> Iterator[str]:
    """A server on loopback; `answers(method, path, body)` gives status, JSON and headers."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, document, headers = answers(self.command, self.path, body)
            made = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(made)))
            self.end_headers()
            self.wfile.write(made)

        do_GET = do_POST = _answer  # noqa: N815 - as the library calls them

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def token_with(*names: str) -> str:
    def part(document: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part({'roles': list(names)})}.x"


def looked(
    status: int, document: object, groups: list[Group], skew_seconds: float = 0, secret: str = "s3cr3t"
) -> dict[str, Line]:
    asked: list[tuple[str, dict[str, list[str]]]] = []

    def answers(method: str, path: str, body: str) -> tuple[int, object, dict[str, str]]:
        asked.append((path, parse_qs(body)))
        return status, document, {"Date": formatdate(1_800_000_000, usegmt=True)}

    with served(answers) as url:
        who = Identity(TENANT, APPLICATION, secret, url, url, url)
        lines = token_and_roles(who, groups, lambda: 1_800_000_000 + skew_seconds)
    if secret:
        (path, form) = asked[0]
        assert path == f"/{TENANT}/oauth2/v2.0/token"
        assert form["grant_type"] == ["client_credentials"]
        assert form["scope"] == [f"{url}/.default"]
    assert "s3cr3t" not in repr(lines)
    return {line.about: line for line in lines}


def test_a_token_with_the_roles_that_are_needed() -> None:
    document = {"access_token": token_with("Calls.Initiate.All", "Calls.AccessMedia.All")}
    found = looked(200, document, [needing("Calls.Initiate.All"), needing("Calls.JoinGroupCall.All", covered=True)])
    assert {line.state for line in found.values()} == {"ok"}
    assert found["roles"].text == "Calls.AccessMedia.All, Calls.Initiate.All"
    assert document["access_token"] not in repr(found)


def test_a_role_that_is_missing() -> None:
    document = {"access_token": token_with("Calls.AccessMedia.All")}
    line = looked(200, document, [needing("Calls.Initiate.All"), needing("Calls.AccessMedia.All")])["roles"]
    assert line.state == "wrong"
    assert "Calls.Initiate.All is missing, for a transfer" in line.text
    assert "Calls.AccessMedia.All" not in line.text
    assert "azure manifest" in line.cure


def test_of_several_roles_one_is_enough() -> None:
    group = needing("Calls.JoinGroupCall.All", "Calls.JoinGroupCallAsGuest.All")
    assert roles(token_with("Calls.JoinGroupCallAsGuest.All"), [group])[0].state == "ok"


@pytest.mark.parametrize("token", ["", "opaque", "a.b.c", token_with(), "a.bnVsbA.c"])
def test_a_token_without_roles(token: str) -> None:
    assert roles(token, [])[0].state == "wrong"
    assert roles(token, [needing("Calls.Initiate.All")])[0].state == "wrong"


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ("AADSTS7000215: Invalid client secret provided.", "the secret is wrong"),
        ("AADSTS7000222: The provided client secret keys are expired.", "has expired"),
        ("AADSTS700016: Application was not found in the directory.", "no such application"),
        ("AADSTS90002: Tenant not found.", "no such tenant"),
        ("AADSTS1: Something else.\r\nTrace ID: 1", "look at application, tenant and secret"),
    ],
)
def test_a_token_that_is_refused(said: str, cure: str) -> None:
    found = looked(401, {"error": "invalid_client", "error_description": said}, [])
    assert found["token"].state == "wrong"
    assert cure in found["token"].cure
    assert "Trace ID" not in found["token"].text
    assert found["roles"].state == "skipped"
    assert found["clock"].state == "ok"


@pytest.mark.parametrize("document", [b"", b"<html>", [1], {"access_token": ""}])
def test_an_answer_that_is_none(document: object) -> None:
    assert looked(200, document, [])["token"].state == "wrong"


def test_no_secret_and_nobody_there() -> None:
    assert looked(200, {}, [], secret="")["token"].text == "no secret is set"
    found = token_and_roles(Identity(TENANT, APPLICATION, "s", NOBODY), [])
    assert found[0].state == "wrong"
    assert "cannot be reached" in found[0].text


@pytest.mark.parametrize(
    ("skew", "state", "said"),
    [(5, "ok", "within 5 s"), (-400, "wrong", "400 s behind"), (90, "wrong", "90 s ahead of")],
)
def test_the_clock(skew: float, state: str, said: str) -> None:
    line = looked(200, {"access_token": token_with("Calls.Initiate.All")}, [], skew)["clock"]
    assert line.state == state
    assert said in line.text


def test_an_answer_without_a_time() -> None:
    request = httpx.Request("GET", NOBODY)
    assert doctor_far.clock_by(httpx.Response(200, request=request), 0)[0].state == "skipped"
    odd = httpx.Response(200, request=request, headers={"Date": "yesterday"})
    assert doctor_far.clock_by(odd, 0)[0].state == "skipped"


@pytest.mark.parametrize(
    ("status", "document", "state"),
    [
        (200, {"keys": [{"kid": "a"}]}, "ok"), (200, {"keys": []}, "wrong"), (200, [], "wrong"),
        (200, b"<html>", "wrong"), (500, {}, "wrong"),
    ],
)  # fmt: skip
def test_keys(status: int, document: object, state: str) -> None:
    with served(lambda _m, _p, _b: (status, document, {})) as url:
        (line,) = keys(Identity(TENANT, APPLICATION, "s", keys_url=f"{url}/v1/keys"))
    assert line.state == state
    assert keys(Identity(TENANT, APPLICATION, "s", keys_url=NOBODY))[0].state == "wrong"


def test_graph_is_there_whatever_it_says() -> None:
    with served(lambda _m, _p, _b: (401, {}, {})) as url:
        assert graph(Identity(TENANT, APPLICATION, "s", graph_url=url))[0].state == "ok"
    assert graph(Identity(TENANT, APPLICATION, "s", graph_url=NOBODY))[0].state == "wrong"


def test_prompts_at_other_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(_method: str, path: str, _body: str) -> tuple[int, object, dict[str, str]]:
        return (404, {}, {}) if "gone" in path else (200, b"ID3" if "mp3" in path else b"RIFF....WAVE", {})

    with served(answers) as url:
        assert prompts([f"{url}/a.wav", f"{url}/b.wav"])[0].state == "ok"
        found = prompts([f"{url}/a.wav", f"{url}/gone.wav", f"{url}/mp3.wav"])
        assert [line.state for line in found] == ["wrong", "wrong"]
        assert "HTTP 404" in found[0].text
        assert "no WAV" in found[1].text
        monkeypatch.setattr(doctor_far, "MOST_PROMPTS", 1)
        assert "1 more not looked at" in prompts([f"{url}/a.wav", f"{url}/b.wav"])[0].text
    assert prompts([f"{NOBODY}/a.wav"])[0].state == "wrong"
    assert prompts([])[0].state == "skipped"
    file = tmp_path / "a.flow"
    file.write_text('on answered: play "https://x.example/a.wav" then play "b.wav" then hang up\n', encoding="utf-8")
    assert prompt_addresses([str(file)]) == ["https://x.example/a.wav"]


def test_one_who_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_far, "SECONDS", 0.2)
    go_on = threading.Event()

    def answers(_method: str, _path: str, _body: str) -> tuple[int, object, dict[str, str]]:
        go_on.wait(20)
        return 200, {}, {}

    with served(answers) as url:
        began = time.monotonic()
        (line,) = graph(Identity(TENANT, APPLICATION, "s", graph_url=url))
        assert time.monotonic() - began < 10
        go_on.set()
    assert line.state == "wrong"
    assert "timed out" in line.text


# ---------------------------------------------------------------- the webhook


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_the_webhook_is_reached_while_nothing_runs() -> None:
    number = free_port()
    (line,) = callback(f"http://127.0.0.1:{number}", APPLICATION, "127.0.0.1", number)
    assert line.state == "ok", line
    assert "leads here" in line.text
    assert not is_served("127.0.0.1", number, APPLICATION)


def test_the_webhook_is_reached_while_the_service_runs() -> None:
    number = free_port()
    with answering("127.0.0.1", number, APPLICATION):
        assert is_served("127.0.0.1", number, APPLICATION)
        assert is_served("0.0.0.0", number, APPLICATION)
        assert callback(f"http://127.0.0.1:{number}", APPLICATION, "127.0.0.1", number)[0].state == "ok"


@pytest.mark.parametrize(
    ("status", "document", "said"),
    [
        (404, {}, "HTTP 404"), (200, {"answer": "x"}, "another service"), (200, b"<html>", "another service"),
        (302, {}, "HTTP 302"),
    ],
)  # fmt: skip
def test_somebody_else_answers_at_the_public_address(status: int, document: object, said: str) -> None:
    with served(lambda _m, _p, _b: (status, document, {})) as url:
        (line,) = callback(url, APPLICATION, "127.0.0.1", free_port())
    assert line.state == "wrong"
    assert said in line.text
    assert "/callback" in line.cure


def test_a_service_of_another_application_answers() -> None:
    number = free_port()
    with answering("127.0.0.1", number, OTHER):
        (line,) = callback(f"http://127.0.0.1:{number}", APPLICATION, "127.0.0.1", number)
    assert line.state == "wrong"
    assert "another application" in line.text


@pytest.mark.parametrize(
    ("url", "said"),
    [("", "no public address"), ("http://calls.example.com", "is not HTTPS"), (NOBODY, "refused")],
)
def test_an_address_that_cannot_be(url: str, said: str) -> None:
    (line,) = callback(url, APPLICATION, "127.0.0.1", free_port())
    assert line.state == "wrong"
    assert said in line.text


def test_the_service_answers_beside_its_webhook() -> None:
    """The same paths in one application: the question is answered, and a leg's notification is none."""

    async def main() -> None:
        webhook = Webhook(Inbox(lambda: None), None, lambda: 0)
        app = webhook.around(Starlette(routes=challenge_routes(APPLICATION)))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            nonce = "a" * 20
            good = await client.get(f"/callback/challenge/{nonce}")
            assert good.json() == {"answer": answer_of(APPLICATION, nonce)}
            assert good.headers["cache-control"] == "no-store"
            assert (await client.get("/callback/challenge/12345678901234567890")).status_code == 404
            assert (await client.get("/callback/challenge/short")).status_code == 404
            assert (await client.get("/callback/challenge/" + "a" * 65)).status_code == 404
            assert (await client.post("/callback/call/0", content=b"")).status_code == 202

    anyio.run(main)


def test_the_answer_is_that_of_the_application() -> None:
    assert answer_of(APPLICATION.upper(), "n" * 20) == answer_of(APPLICATION, "n" * 20) != answer_of(OTHER, "n" * 20)
    assert NONCE.fullmatch("1" * 20) is None
