"""Requests as they leave, and what is said of what comes back: in this process, and over HTTP/2 with TLS."""

import datetime as dt
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import anyio
import h2.config
import h2.connection
import h2.events
import httpx
import pytest
from anyio.abc import SocketAttribute
from anyio.streams.tls import TLSListener, TLSStream
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from flowlang.call import commands
from flowlang.call.commands import Command
from flowlang.call.facts import Milliseconds
from flowlang.call.party import Party
from flowlang.call.session import Leg, Session
from flowlang.runtime import transport as transports
from flowlang.runtime.carrying import Carrier
from flowlang.runtime.limits import Limits
from flowlang.runtime.outgoing import Place
from flowlang.runtime.sender import LOST, Response
from flowlang.runtime.tokens import TokenError
from flowlang.runtime.transport import NOT_SENT_RESPONSE, Around, Service, Transport, client_for
from flowlang.store.base import Arrival
from tests.runtime.signing import TENANT, key

CALL = "57dab8b1-894c-409a-b240-bd8beae78896"
GRAPH = "https://graph.example"
SESSION = Session(CALL, "", tenant_id=TENANT, chain_id="chain", legs=(Leg(0, "caller", CALL, "established", None),))
ASK = commands.Request(7, 0, CALL, commands.GetCall())
CREATE = commands.Request(8, 1, "", commands.CreateCall(Party("user", "u1"), 30))

Handler = Callable[[httpx.Request], Awaitable[httpx.Response]]


class Tokens:
    """A `TokenSource` that counts."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.forgotten: list[str] = []
        self.fails = False

    async def header(self, tenant_id: str) -> str:
        self.asked.append(tenant_id)
        if self.fails:
            raise TokenError("logins are away")
        return f"Bearer {len(self.asked)}"

    async def forget(self, tenant_id: str) -> None:
        self.forgotten.append(tenant_id)


class Rig:
    """A transport to a Graph that `handler` plays."""

    def __init__(self, handler: Handler, services: dict[str, Service] | None = None) -> None:
        self.seen: list[httpx.Request] = []
        self.said: list[str] = []
        self.tokens, self.now = Tokens(), 50.0
        self.handler, self.services = handler, services or {}

    async def carry(self, *given: Command, session: Session = SESSION) -> list[Response]:
        async def handle(request: httpx.Request) -> httpx.Response:
            self.seen.append(request)
            return await self.handler(request)

        place = Place("https://flowlang.example/callback", lambda _session, _prompt: None, "app")
        around = Around(Limits(lambda: self.now), lambda: 1_795_420_800_000, self.said.append)
        async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as client:
            made = Transport(client, GRAPH, place, self.tokens, self.services, around)
            return [await made.carry(session, one) for one in given]

    def one(self, command: Command = ASK, session: Session = SESSION) -> Response:
        async def main() -> Response:
            (response,) = await self.carry(command, session=session)
            return response

        return anyio.run(main)


def answering(*answers: httpx.Response) -> Handler:
    left = list(answers)

    async def handle(_request: httpx.Request) -> httpx.Response:
        return left.pop(0) if len(left) > 1 else left[0]

    return handle


def test_each_request_says_who_we_are_and_which_call_it_belongs_to() -> None:
    rig = Rig(answering(httpx.Response(200, json={"state": "established"})))
    assert rig.one() == Response(200, b'{"state":"established"}')
    (request,) = rig.seen
    assert str(request.url) == f"{GRAPH}/beta/communications/calls/{CALL}"
    said = {name: request.headers[name] for name in ("Authorization", "client-request-id", "scenario-id")}
    assert said == {"Authorization": "Bearer 1", "client-request-id": f"{CALL}-7", "scenario-id": "chain"}
    assert request.headers["X-Microsoft-Tenant"] == TENANT
    assert rig.tokens.asked == [TENANT]  # the token is the call's tenant's


def test_a_flow_that_was_started_is_one_scenario_too() -> None:
    rig = Rig(answering(httpx.Response(201)))
    rig.one(CREATE, SESSION._replace(chain_id=""))
    assert rig.seen[0].headers["scenario-id"] == CALL


@pytest.mark.parametrize("text", ["é", "a\r\nX-Evil: 1", "a\x00", "😀"])
def test_an_id_that_no_header_takes_leaves_all_the_same(text: str) -> None:
    rig = Rig(answering(httpx.Response(200)))
    odd = SESSION._replace(id=text, chain_id=text, tenant_id=text)
    assert rig.one(session=odd).status == 200
    assert "X-Evil" not in rig.seen[0].headers


# ---------------------------------------------------------------- what comes back


def test_a_token_that_is_refused_is_fetched_anew_once() -> None:
    rig = Rig(answering(httpx.Response(401), httpx.Response(202)))
    assert rig.one(CREATE).status == 202
    assert (len(rig.seen), rig.tokens.forgotten, rig.tokens.asked) == (2, [TENANT], [TENANT] * 2)
    again = Rig(answering(httpx.Response(401)))
    assert again.one(CREATE).status == 401
    assert len(again.seen) == 2


def test_without_a_token_nothing_leaves() -> None:
    rig = Rig(answering(httpx.Response(202)))
    rig.tokens.fails = True
    assert rig.one(CREATE) == NOT_SENT_RESPONSE
    assert (rig.seen, rig.said) == ([], ["logins are away"])


@pytest.mark.parametrize(
    ("error", "is_sent"),
    [
        (httpx.ConnectError("refused"), False),
        (httpx.ConnectTimeout("slow"), False),
        (httpx.PoolTimeout("full"), False),
        (httpx.ReadError("cut"), True),
        (httpx.ReadTimeout("slow"), True),
        (httpx.WriteError("cut"), True),
        (httpx.WriteTimeout("slow"), True),
        (httpx.RemoteProtocolError("closed"), True),
        (httpx.LocalProtocolError("closed"), True),  # HTTP/2 says that of what came back, too
    ],
)
def test_what_surely_never_left_is_told_from_what_nobody_knows(error: Exception, is_sent: bool) -> None:
    async def handle(_request: httpx.Request) -> httpx.Response:
        raise error

    assert Rig(handle).one(CREATE) == Response(0, is_sent=is_sent)


class Drip(httpx.AsyncByteStream):
    """A body that comes byte by byte and has no end: each byte in time, the whole never."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await anyio.sleep(0.01)


def test_one_that_answers_byte_by_byte_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "TIMEOUT_SECONDS", 0.1)

    async def handle(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Drip())

    assert Rig(handle).one(CREATE) == LOST


def test_a_service_that_is_slow_is_given_up_at_the_steps_bound() -> None:
    async def handle(_request: httpx.Request) -> httpx.Response:
        await anyio.sleep(30)
        return httpx.Response(200)

    rig = Rig(handle, {"crm": Service("https://crm.example/ask", longest_ms=50)})
    assert rig.one(commands.AskService(1, "crm", (), ("tier",), 60_000)) == LOST


def test_no_more_of_an_answer_is_held_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "MOST_BYTES", 1_000)
    assert len(Rig(answering(httpx.Response(200, content=b"x" * 5_000))).one().body) == 1_000


def test_a_token_that_takes_too_long_leaves_nothing_to_send_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "TIMEOUT_SECONDS", -1.0)
    rig = Rig(answering(httpx.Response(202)))
    assert rig.one(CREATE) == NOT_SENT_RESPONSE
    assert rig.seen == []


# ---------------------------------------------------------------- Retry-After


def test_what_graph_wants_to_rest_rests_for_all_calls_of_the_tenant() -> None:
    """The next request of that kind does not even leave; it is told what Graph would say, and how long to wait."""
    rig = Rig(answering(httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(202)))

    async def main() -> None:
        first, second, other = await rig.carry(CREATE, CREATE, ASK)
        assert (first.status, first.wait_ms) == (429, 7_000)
        assert (second.status, second.wait_ms) == (429, 7_000)
        assert other.status == 202
        assert len(rig.seen) == 2

    anyio.run(main)


def test_a_date_in_retry_after_counts_from_the_answers_own_date() -> None:
    headers = {"Retry-After": "Mon, 23 Nov 2026 08:00:09 GMT", "Date": "Mon, 23 Nov 2026 08:00:00 GMT"}
    assert Rig(answering(httpx.Response(503, headers=headers))).one().wait_ms == 9_000


# ---------------------------------------------------------------- services and the rest


def test_a_service_gets_its_own_headers_and_no_token_of_graph() -> None:
    rig = Rig(
        answering(httpx.Response(200, json={"tier": "gold"})),
        {"crm": Service("https://crm.example/ask", {"X-Key": "k"})},
    )
    about = (("caller", Party("phone", "+15550100")), ("since", Milliseconds(2_500)), ("vip", True))
    response = rig.one(commands.AskService(1, "crm", about, ("tier",), 3_000))
    assert (response.status, response.body) == (200, b'{"tier":"gold"}')
    (request,) = rig.seen
    assert request.headers["X-Key"] == "k"
    assert "Authorization" not in request.headers
    assert httpx.Response(200, content=request.content).json() == {
        "about": {"caller": {"kind": "phone", "id": "+15550100", "name": ""}, "since": 2.5, "vip": True},
        "call": CALL,
    }


def test_a_service_without_an_address_is_not_there() -> None:
    rig = Rig(answering(httpx.Response(200)))
    assert rig.one(commands.Notify(1, "crm", "hello")).status == 404
    assert rig.said == ["the service crm has no address in the settings"]


def test_a_bug_in_one_request_ends_no_other_call() -> None:
    said: list[str] = []

    async def breaks(_session: Session, _command: Command) -> Response:
        raise RuntimeError("planted")

    carrier = Carrier(breaks, lambda: 0, lambda: (), said.append)

    async def main() -> Response:
        return await carrier.carry(SESSION, CREATE)

    assert anyio.run(main) == LOST
    assert said == [f"call {CALL}: create call broke: RuntimeError: planted"]


# ---------------------------------------------------------------- HTTP/2


def certified(folder: Path) -> tuple[str, str]:
    """A key, and a certificate for this machine, in files."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key("tls").public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key("tls"), hashes.SHA256())
    )
    private, public = folder / "key.pem", folder / "cert.pem"
    plain, pem = serialization.NoEncryption(), serialization.Encoding.PEM
    private.write_bytes(key("tls").private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    public.write_bytes(made.public_bytes(pem))
    return str(private), str(public)


class Two:
    """A server that speaks HTTP/2 only: it answers when `wanted` requests are there at the same time."""

    def __init__(self, wanted: int) -> None:
        self.wanted, self.connections = wanted, 0
        self.waiting: list[int] = []

    async def serve(self, stream: TLSStream) -> None:
        self.connections += 1
        spoken = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        spoken.initiate_connection()
        async with stream:
            await stream.send(spoken.data_to_send())
            while True:
                try:
                    data = await stream.receive()
                except (anyio.EndOfStream, anyio.BrokenResourceError):
                    return
                self._hear(spoken, spoken.receive_data(data))
                await stream.send(spoken.data_to_send())

    def _hear(self, spoken: h2.connection.H2Connection, events: Iterable[Any]) -> None:
        self.waiting += [one.stream_id for one in events if isinstance(one, h2.events.StreamEnded)]
        if len(self.waiting) < self.wanted:
            return
        for number in self.waiting:
            spoken.send_headers(number, [(":status", "202")], end_stream=True)
        self.waiting = []


def test_requests_to_graph_share_one_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `serve` makes its client: HTTP/2 with TLS, several requests under way on one connection."""
    private, public = certified(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    context.set_alpn_protocols(["h2"])
    monkeypatch.setenv("SSL_CERT_FILE", public)
    server = Two(wanted=5)

    async def main() -> list[int]:
        (plain,) = (await anyio.create_tcp_listener(local_host="127.0.0.1")).listeners
        listener, port = TLSListener(plain, context), plain.extra(SocketAttribute.local_port)
        statuses: list[int] = []
        place = Place("https://flowlang.example/callback", lambda _session, _prompt: None, "app")
        url = f"https://localhost:{port}"
        async with listener, anyio.create_task_group() as tasks, client_for(url) as client:
            tasks.start_soon(listener.serve, server.serve)
            made = Transport(client, url, place, Tokens(), {})

            async def one() -> None:
                statuses.append((await made.carry(SESSION, CREATE)).status)

            with anyio.fail_after(10):
                async with anyio.create_task_group() as asking:
                    for _ in range(server.wanted):
                        asking.start_soon(one)
            tasks.cancel_scope.cancel()
        return statuses

    assert anyio.run(main) == [202] * 5
    assert server.connections == 1


def test_a_flow_that_has_no_such_variable_is_not_started_by_another() -> None:
    said: list[str] = []
    taken: list[Arrival] = []

    async def take(arrivals: Sequence[Arrival]) -> list[bool]:
        taken.extend(arrivals)
        return [True]

    async def unknown(start: commands.StartFlow) -> list[str]:
        return [name for name, _ in start.values if name != "customer"]

    carrier = Carrier(_nowhere, lambda: 0, lambda: ("call_back",), said.append)
    carrier.take, carrier.unknown = take, unknown
    wrong = commands.StartFlow(1, "call_back", (("custmer", "+1"), ("customer", "+1")), 0, "chain")
    assert anyio.run(carrier.carry, SESSION, wrong).status == 404
    assert said == [f"call {SESSION.id}: call_back is not started: it has no variable custmer"]
    assert taken == []
    assert anyio.run(carrier.carry, SESSION, wrong._replace(values=(("customer", "+1"),))).status == 201
    assert len(taken) == 1


async def _nowhere(_session: Session, _command: Command) -> Response:
    raise AssertionError("nothing is sent")
