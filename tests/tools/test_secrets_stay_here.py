"""No secret leaves over plain HTTP for another host, and none follows a redirect."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import anyio
import httpx
import pytest
import requests

from flowlang.runtime.near_tokens import NearTokens
from flowlang.runtime.tokens import TokenError, Tokens
from flowlang.runtime.transport import client_for
from flowlang.settings.read import read
from flowlang.tools.calls_http import AwayError, Service, service_of
from flowlang.tools.cli import main
from flowlang.tools.doctor_far import Identity, token_and_roles, voice
from flowlang.tools.options import UsageError
from flowlang.tools.serve_run import keys_by
from flowlang.tools.serve_settings import exposed_traces

TOKEN = "operator-token-0123456789"
ELSEWHERE = (
    "http://calls.example.com", "http://localhost.evil.example", "http://127.0.0.1.evil.example", "http://127.1:8081",
    "http://10.0.0.5:8081",
)  # fmt: skip


class Seen(list[tuple[str, str, bytes]]):
    """Method and path, the Authorization header, the body of every request."""


@contextmanager
def answering(status: int = 200, location: str = "") -> Iterator[tuple[str, Seen]]:
    """A server on this machine that gives one answer to everybody."""
    seen = Seen()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen.append((f"{self.command} {self.path}", self.headers.get("Authorization", ""), body))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_words: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# ---------------------------------------------------------------- the admin token of the command line


@pytest.mark.parametrize("url", ELSEWHERE)
def test_the_admin_token_is_not_sent_readable(url: str) -> None:
    with pytest.raises(UsageError, match=r"a token is not sent to .* where it can be read on the way; use https://"):
        Service(url, TOKEN)
    assert Service(url, "").url == url


@pytest.mark.parametrize("url", ["https://calls.example.com", "http://127.0.0.1:8081", "http://localhost:8081/"])
def test_it_is_sent_where_nobody_reads_it(url: str) -> None:
    assert Service(url, TOKEN).url == url.rstrip("/")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1@evil.example", "https://a:b@calls.example", "https://c/?a", "https://c/#a"]
)
@pytest.mark.parametrize("token", [TOKEN, ""])
def test_what_only_looks_like_an_address_is_none(url: str, token: str) -> None:
    with pytest.raises(UsageError, match="is no address"):
        Service(url, token)


def test_the_command_says_it_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FLOWLANG_URL", "http://calls.example.com")
    monkeypatch.setenv("FLOWLANG_TOKEN", TOKEN)
    assert main(["calls", "ls"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("flowlang: a token is not sent to http://calls.example.com")
    assert (err.count("\n"), TOKEN in err) == (1, False)
    with pytest.raises(UsageError):
        service_of("http://elsewhere.example", "")


def test_the_admin_token_follows_no_redirect() -> None:
    with answering() as (elsewhere, stolen), answering(302, f"{elsewhere}/v1/calls") as (here, seen):
        service = Service(here, TOKEN)
        with pytest.raises(AwayError, match="HTTP 302"):
            service.get("/v1/calls")
    assert (len(seen), stolen) == (1, [])


# ---------------------------------------------------------------- what the service sends


@pytest.mark.parametrize("status", [302, 307, 308])
def test_what_the_service_sends_follows_no_redirect(status: int) -> None:
    async def post(url: str) -> int:
        async with client_for(url) as client:
            answer = await client.post(url, headers={"X-Api-Key": "secret"}, content=b"{}")
            with pytest.raises(TokenError):
                await NearTokens(client, url, "application", "secret").header("tenant")
        return answer.status_code

    with answering() as (elsewhere, stolen), answering(status, f"{elsewhere}/x") as (here, seen):
        assert anyio.run(post, here) == status
    assert (len(seen), stolen) == (2, [])


def test_the_login_follows_no_redirect(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library wants https for logins; what it sends goes out through a session of ours."""
    seen: list[tuple[str | None, str]] = []
    login = "https://login.example/tenant"
    page = {"authorization_endpoint": f"{login}/a", "token_endpoint": f"{login}/t", "issuer": f"{login}/v2.0"}

    def send(_self: requests.Session, request: requests.PreparedRequest, **_named: object) -> requests.Response:
        seen.append((request.method, str(request.url)))
        answer = requests.Response()
        answer.status_code = 200 if request.method == "GET" else 307
        answer.url, answer.request = str(request.url), request
        answer.headers["Location"] = "https://evil.example/steal"
        answer._content = json.dumps(page).encode()
        return answer

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    tokens = Tokens("application", lambda: "hunter2", "https://login.example", "https://graph.example", "tenant")
    with pytest.raises(TokenError):
        anyio.run(tokens.header, "tenant")
    assert seen[-1] == ("POST", f"{login}/t")


def test_a_proxy_of_the_environment_never_sees_what_stays_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async def post(url: str) -> int:
        async with client_for(url) as client:
            return (await client.post(url, headers={"Authorization": "Bearer x"})).status_code

    with answering(418) as (proxy, stolen), answering() as (here, seen):
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert anyio.run(post, here) == 200
        token_and_roles(Identity("tenant", "application", "hunter2", here, here), ())
        voice(here, {"X-Api-Key": "secret"}, "")
    assert stolen == []
    assert len(seen) == 3


@pytest.mark.parametrize("where", ["http://keys.example/k", "http://127.0.0.1@evil.example/k", ""])
def test_keys_that_anybody_could_change_on_the_way_are_not_fetched(where: str) -> None:
    fetched: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        fetched.append(str(request.url))
        return httpx.Response(200, json={"jwks_uri": where, "keys": []})

    async def get() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            await keys_by(client, "https://configuration.example/page")()

    with pytest.raises(ValueError, match="not https://"):
        anyio.run(get)
    assert fetched == ["https://configuration.example/page"]


# ---------------------------------------------------------------- traces


HEADERS = {"OTEL_EXPORTER_OTLP_HEADERS": "api-key=secret"}


@pytest.mark.parametrize(
    ("traces", "environment", "place"),
    [
        ("off", {**HEADERS, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"}, ""),
        ("http://collector:4318/v1/traces", {}, ""),
        ("http://127.0.0.1:4318/v1/traces", HEADERS, ""),
        ("https://collector/v1/traces", HEADERS, ""),
        ("environment", HEADERS, ""),
        ("environment", {**HEADERS, "OTEL_EXPORTER_OTLP_ENDPOINT": "https://c"}, ""),
        ("http://collector:4318/v1/traces", HEADERS, "f.yaml:1:7"),
        ("environment", {**HEADERS, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"}, "f.yaml:1:7"),
        ("environment", {"OTEL_EXPORTER_OTLP_TRACES_HEADERS": "a=b", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c"},
         "f.yaml:1:7"),
    ],
)  # fmt: skip
def test_headers_for_traces_leave_only_with_tls(traces: str, environment: dict[str, str], place: str) -> None:
    given = read(f"log: {{traces: '{traces}'}}".encode(), "f.yaml")
    found = exposed_traces(given, environment)
    assert (found.place if found else "") == place
    assert "secret" not in str(found)


def test_traces_follow_no_redirect() -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    from flowlang.telemetry.otel import exporting
    from flowlang.telemetry.spans import Span

    span = Span(1, 2, 0, "call", "internal", 1, 2, {})
    with answering() as (elsewhere, stolen), answering(307, f"{elsewhere}/x") as (here, seen):
        out = exporting(f"{here}/v1/traces", {"api-key": "secret"})
        assert out is not None
        out.finished(span)
        out.close()
    assert seen
    assert stolen == []
