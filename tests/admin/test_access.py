"""Who gets in: tokens, roles, loopback; and what a page in somebody's browser may not do."""

import hmac
from typing import Any

import anyio
import pytest

from flowlang.admin.access import NOBODY, Access, Person, token_of
from tests.admin.rig import Rig

READER = token_of("wall board", "reader", "reader-token-0123456789")
OPERATOR = token_of("eve", "operator", "operator-token-0123456789")
LOOKS = ["/v1/calls", "/v1/calls/call-one", "/v1/calls/call-one/journal", "/v1/calls/call-one/ladder", "/v1/figures",
         "/v1/flows", "/v1/hours"]  # fmt: skip
ACTS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/v1/calls/call-one/hangup", {}),
    ("POST", "/v1/calls/call-one/transfer", {"id": "+15550123"}),
    ("POST", "/v1/calls/call-one/facts", {"fact": ["Ignored", 0, "x"]}),
    ("POST", "/v1/calls/call-one/retry", {}),
    ("GET", "/v1/calls/call-one/recording", {}),
    ("POST", "/v1/flows/read", {}),
    ("POST", "/v1/flows/queue/start", {"values": {}}),
    ("POST", "/v1/flows/queue/activate", {"digest": "ab"}),
    ("POST", "/v1/flows/queue/rollback", {}),
    ("PUT", "/v1/flows/queue/share", {"digest": "ab", "percent": 5}),
    ("PUT", "/v1/hours/office", {"is_open": True}),
    ("DELETE", "/v1/hours/office", {}),
    ("POST", "/v1/people/export", {"who": "+15550100"}),
    ("POST", "/v1/people/erase", {"who": "+15550100"}),
]


def test_others_than_this_machine_need_tokens() -> None:
    with pytest.raises(ValueError, match="needs a token"):
        Access()
    with pytest.raises(ValueError, match="shorter"):
        token_of("eve", "operator", "secret")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Bearer operator-token-0123456789", Person("eve", "operator")),
        ("bearer  reader-token-0123456789 ", Person("wall board", "reader")),
        ("Basic operator-token-0123456789", None),
        ("operator-token-0123456789", None),
        ("Bearer operator-token-012345678", None),
        ("Bearer ", None),
        ("Bearer \udcff\u00e9", None),
        (None, None),
    ],
)
def test_whose_token_it_is(header: str | None, expected: Person | None) -> None:
    assert Access([READER, OPERATOR]).person(header) == expected


def test_every_token_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However early one fits, the others are compared as well, and only with `compare_digest`."""
    compared: list[bytes] = []
    compare = hmac.compare_digest

    def spy(one: bytes, other: bytes) -> bool:
        compared.append(one)
        return compare(one, other)

    monkeypatch.setattr("flowlang.admin.access.hmac.compare_digest", spy)
    Access([OPERATOR, READER]).person("Bearer operator-token-0123456789")
    assert compared == [OPERATOR.digest, READER.digest]


def test_on_loopback_without_tokens_everybody_is_an_operator_and_with_tokens_nobody_is() -> None:
    assert Access(is_loopback=True).person(None) == NOBODY
    assert Access([READER], is_loopback=True).person(None) is None


@pytest.mark.parametrize("path", LOOKS)
def test_looking_needs_a_token_and_a_reader_may(path: str) -> None:
    async def main() -> None:
        rig = Rig(tokens=[READER, OPERATOR])
        rig.call()
        async with rig.client() as client:
            refused = await client.get(path)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Bearer"
            assert refused.json()["error"]["code"] == "no_token"
        async with rig.client("reader-token-0123456789") as client:
            assert (await client.get(path)).status_code == 200

    anyio.run(main)


def test_every_operation_is_looked_at_in_these_tests() -> None:
    named = {"call-one": "{call_id}", "queue": "{flow}", "office": "{name}"}
    tried = [("GET", path) for path in LOOKS] + [(method, path) for method, path, _ in ACTS]
    known = {(method, "/".join(named.get(part, part) for part in path.split("/"))) for method, path in tried}
    described = Rig().app.openapi()["paths"].items()
    there = {(method.upper(), path) for path, methods in described for method in methods}
    streams_and_open_ones = {("GET", "/v1/events"), ("GET", "/health/live"), ("GET", "/health/ready")}
    assert there - known == streams_and_open_ones
    assert known <= there


@pytest.mark.parametrize(("method", "path", "body"), ACTS, ids=[path for _, path, _ in ACTS])
def test_acting_needs_an_operator_and_who_tries_is_written_down(method: str, path: str, body: dict[str, Any]) -> None:
    async def main() -> None:
        rig = Rig(tokens=[READER, OPERATOR])
        rig.call()
        before = rig.store.counts()
        async with rig.client() as client:
            assert (await client.request(method, path, json=body)).status_code == 401
        assert rig.audited == []
        async with rig.client("reader-token-0123456789") as client:
            refused = await client.request(method, path, json=body)
        assert refused.status_code == 403
        assert refused.json()["error"]["code"] == "forbidden"
        call_id = "call-one" if "/calls/" in path else ""
        assert rig.audited == [("wall board", "denied", call_id, {"request": f"{method} {path}"})]
        assert rig.store.counts() == before

    anyio.run(main)


def test_every_route_but_health_asks_who_it_is() -> None:
    """A route that forgets to ask would be open to everybody."""

    async def main() -> None:
        rig = Rig(tokens=[READER])
        open_ones = []
        async with rig.client() as client:
            for path, methods in rig.app.openapi()["paths"].items():
                for method in methods:
                    url = path.replace("{call_id}", "call-one").replace("{flow}", "queue").replace("{name}", "office")
                    answer = await client.request(method, url, json={} if method in ("post", "put") else None)
                    if answer.status_code != 401:
                        open_ones.append(path)
        assert open_ones == ["/health/live", "/health/ready"]

    anyio.run(main)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 202),
        ({"Host": "localhost:8081"}, 202),
        ({"Host": "[::1]:8081"}, 202),
        ({"Origin": "http://127.0.0.1:8081", "Sec-Fetch-Site": "same-origin"}, 202),
        ({"Host": "rebound.example:8081"}, 403),
        ({"Host": "127.0.0.1.rebound.example"}, 403),
        ({"Host": "[::1"}, 403),
        ({"Origin": "https://page.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:3000"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_without_tokens_pages_of_others_are_turned_away(headers: dict[str, str], status: int) -> None:
    async def main() -> None:
        rig = Rig()
        rig.call()
        async with rig.client() as client:
            answer = await client.post("/v1/calls/call-one/hangup", headers=headers)
        assert answer.status_code == status, answer.text
        assert (len(rig.audited) > 0) == (status == 202)

    anyio.run(main)


PROXY_HEADERS = ("X-Forwarded-For", "x-forwarded-proto", "X-FORWARDED-HOST", "X-Forwarded-Anything", "Forwarded", "Via",
                 "X-Real-IP", "X-Original-URI")  # fmt: skip


@pytest.mark.parametrize("name", PROXY_HEADERS)
@pytest.mark.parametrize("value", ["203.0.113.5", "127.0.0.1", ""])
def test_without_tokens_nothing_is_heard_that_a_proxy_passed_on(name: str, value: str) -> None:
    async def main() -> None:
        rig = Rig()
        rig.call()
        async with rig.client() as client:
            acted = await client.post("/v1/calls/call-one/hangup", headers={name: value})
            looked = await client.get("/v1/calls", headers={name: value})
        for answer in (acted, looked):
            assert answer.status_code == 403
            assert answer.json()["error"]["code"] == "proxied"
            assert name.lower() in answer.json()["error"]["message"]
            assert "admin_tokens" in answer.json()["error"]["message"]
        assert rig.audited == []

    anyio.run(main)


def test_with_tokens_a_proxy_may_pass_on_what_has_a_token() -> None:
    async def main() -> None:
        rig = Rig(tokens=[OPERATOR])
        through = {"X-Forwarded-For": "203.0.113.5", "Via": "1.1 proxy"}
        async with rig.client("operator-token-0123456789") as client:
            assert (await client.get("/v1/calls", headers=through)).status_code == 200
        async with rig.client() as client:
            assert (await client.get("/v1/calls", headers=through)).status_code == 401

    anyio.run(main)


def test_with_tokens_any_name_will_do() -> None:
    async def main() -> None:
        rig = Rig(tokens=[OPERATOR], is_loopback=False)
        async with rig.client("operator-token-0123456789", host="calls.example") as client:
            assert (await client.get("/v1/calls")).status_code == 200

    anyio.run(main)


def test_no_token_is_in_what_goes_out() -> None:
    async def main() -> None:
        rig = Rig(tokens=[OPERATOR])
        async with rig.client("operator-token-0123456789x") as client:
            answer = await client.get("/v1/calls")
        assert "operator-token" not in answer.text + repr(answer.headers)

    anyio.run(main)
