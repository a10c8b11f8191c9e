"""Attacks as data: what is sent to which port, and what has to come back. None of them may stop anybody else."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import partial
from typing import Any, Final, Literal, NamedTuple

from tests.attacks.service import good_token
from tests.runtime.signing import TENANT, bearer_of, key_set

Port = Literal["webhook", "admin"]
CLOSED: Final = 0  # no answer: the connection ends, or nothing is said
CALL: Final = "57dab8b1-894c-409a-b240-bd8beae78896"
MEGABYTE: Final = 1_000_000


class Row(NamedTuple):
    """`sent(host)`: all bytes; `host` is what the admin port takes as its name. `statuses`: one of these must be the
    first answer's. `name` begins with the group."""

    name: str
    port: Port
    sent: Callable[[bytes], bytes]
    statuses: tuple[int, ...]


# ---------------------------------------------------------------- how things are written


def post(body: bytes = b"{}", token: str = "", path: bytes = b"/callback", more: bytes = b"") -> bytes:
    line = b"Authorization: " + token.encode("latin-1", "replace") + b"\r\n" if token else b""
    head = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + line + more
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def written(head: object, payload: object = None, signature: str = "AAAA") -> str:
    """A token as somebody writes it who has no key."""
    parts = [one if isinstance(one, str) else json.dumps(one) for one in (head, payload or {})]
    return "Bearer " + ".".join([*[urlsafe_b64encode(one.encode()).decode().rstrip("=") for one in parts], signature])


def hs256_with_the_public_key() -> str:
    text = written({"alg": "HS256", "kid": "k1"}).rpartition(".")[0]
    page = json.dumps(key_set("k1")["keys"][0]).encode()
    made = hmac.digest(page, text.removeprefix("Bearer ").encode(), "sha256")
    return f"{text}.{urlsafe_b64encode(made).decode().rstrip('=')}"


def notification(*, state: str = "incoming", call_id: str = CALL, name: str = "Eve", **more: Any) -> dict[str, Any]:
    url = f"/app/calls/{call_id}"
    data = {
        "@odata.type": "#microsoft.graph.call", "id": call_id, "state": state, "direction": "incoming",
        "source": {"identity": {"user": {"id": "b0b00000-0000-4000-8000-000000000002", "displayName": name}}},
        "targets": [{"identity": {"application": {"id": "11111111-2222-4333-8444-555555555555"}}}], **more,
    }  # fmt: skip
    return {"changeType": "created", "resource": url, "resourceUrl": url, "resourceData": data}


def news(*values: dict[str, Any]) -> bytes:
    return json.dumps({"value": list(values)}).encode()


def _row(name: str, port: Port, sent: bytes | Callable[[bytes], bytes], *statuses: int) -> Row:
    return Row(name, port, sent if callable(sent) else (lambda _host: sent), statuses)


def token(name: str, given: Callable[[], str], *statuses: int) -> Row:
    return _row(
        f"token: {name}",
        "webhook",
        lambda _host: post(news(notification(tenantId=TENANT)), given()),
        *(statuses or (401,)),
    )


def head(name: str, sent: bytes, *statuses: int) -> Row:
    return _row(f"head: {name}", "webhook", sent, *statuses)


def body(name: str, given: Callable[[], bytes], *statuses: int, more: bytes = b"") -> Row:
    return _row(f"body: {name}", "webhook", lambda _host: post(given(), good_token(), more=more), *(statuses or (202,)))


def admin(name: str, line: bytes, *statuses: int, more: bytes = b"", content: bytes = b"") -> Row:
    def sent(host: bytes) -> bytes:
        length = b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(content) if content else b""
        return line + b" HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n" + more + length + b"\r\n" + content

    return _row(f"admin: {name}", "admin", sent, *statuses)


# ---------------------------------------------------------------- the table


def exp(text: str) -> Callable[[], str]:
    return lambda: bearer_of('{"iss":"https://graph.microsoft.com","aud":"11111111-2222-4333-8444-555555555555",'
                             f'"tid":"72f988bf-86f1-41af-91ab-2d7cd011db47","nbf":0,"exp":{text}}}')  # fmt: skip


TOKENS: Final = (
    token("none", lambda: ""),
    token("signed by nobody", lambda: good_token(algorithm="none")),
    token("the public key as a secret", hs256_with_the_public_key),
    token("another key's name", lambda: good_token(kid="k2")),
    token("another key", lambda: good_token(name="k9", kid="k1")),
    token("a key of 20,000 letters", lambda: written({"alg": "RS256", "kid": "a" * 20_000})),
    token("a key of 45,000 letters", lambda: written({"alg": "RS256", "kid": "a" * 45_000}), 431),
    token("a key that is an address", lambda: written({"alg": "RS256", "kid": "a@" * 1_400})),
    token("a key that is a number", lambda: written('{"alg":"RS256","kid":' + "1" * 2_900 + "}")),
    token("an algorithm of 2,800 letters", lambda: written({"alg": "a" * 2_800, "kid": "k1"})),
    token("an algorithm of 20,000 letters", lambda: written({"alg": "a" * 20_000, "kid": "k1"})),
    token("a deep head", lambda: written("[" * 3_000)),
    token("a deep head, closed", lambda: written("[" * 1_500 + "]" * 1_500)),
    *[token(f"exp {text[:20]}", exp(text)) for text in (
        "NaN", "Infinity", "-Infinity", "1e400", "-1", "true", '"4102444800"', "null", "[]", "9" * 400, "9" * 5_000,
    )],
    token("without exp", lambda: good_token(exp=None)),
    token("over", lambda: good_token(exp=1_000_000)),
    token("not yet", lambda: good_token(nbf=4_000_000_000, exp=4_000_003_600)),
    token("another audience", lambda: good_token(aud="33333333-2222-4333-8444-555555555555")),
    token("audiences without end", lambda: good_token(aud=["x"] * 1_500)),
    token("another issuer", lambda: good_token(iss="https://graph.microsoft.com.example")),
    token("of no tenant", lambda: good_token(tid=None)),
    token("of another tenant", lambda: good_token(tid="99999999-86f1-41af-91ab-2d7cd011db47"), 401, 403),
    token("dots", lambda: "Bearer " + "." * 30_000),
    token("parts", lambda: "Bearer " + "a." * 8_000),
    token("no base64", lambda: "Bearer \xff\xfe.\x80.!"),
    token("spaces", lambda: "Bearer " + " " * 20_000 + "a"),
    token("megabytes", lambda: "Bearer " + "a" * 3 * MEGABYTE, 431),
    token("a secret in it", lambda: written({"alg": "RS256", "kid": 'secret="' * 300})),
)  # fmt: skip

GET: Final = b"GET /callback HTTP/1.1\r\nHost: x\r\n"
HEADS: Final = (
    head("a line of a megabyte", GET + b"X: " + b"a" * MEGABYTE + b"\r\n\r\n", 431),
    head("10,000 lines", GET + b"".join([b"x%d: y\r\n" % one for one in range(10_000)]) + b"\r\n", 431),
    head("an address of a megabyte", b"GET /" + b"a" * MEGABYTE + b" HTTP/1.1\r\n\r\n", 414),
    head("no method", b" / HTTP/1.1\r\n\r\n", 400),
    head("an unknown method", b"STEAL / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    head("another version", b"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 400, 505),
    head("the beginning of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 505),
    head("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), 400),
    head("two lengths", b"POST /callback HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    head("a length and chunks", b"POST /callback HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
         b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400),
    head("a negative length", b"POST /callback HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
    head("a length that is none", b"POST /callback HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3\r\n\r\n", 400),
    head("a length without end", b"POST /callback HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 30
         + b"\r\n\r\n", 400),
    head("chunks that are none", b"POST /callback HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
         400, 401),
    head("a chunk without end", b"POST /callback HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
         + b"f" * 40 + b"\r\n", 400, 401),
    head("whole address", b"GET http://evil.example/callback HTTP/1.1\r\nHost: x\r\n\r\n", 404, 405),
    head("CONNECT", b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400, 404, 405),
    head("an upgrade", GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 404, 405),
    head("a null byte in a line", GET + b"X: a\x00b\r\n\r\n", 400),
    head("a null byte in the address", b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    head("a line that goes on", GET + b"X: a\r\n b\r\n\r\n", 400, 404, 405),
    head("10,000 requests at once", (GET + b"\r\n") * 10_000, 404, 405),
    head("10,000 requests with tokens at once",
         post(b"{}", "Bearer a.b.c").replace(b"Connection: close\r\n", b"") * 10_000,
         401),
)  # fmt: skip


def nested(times: int) -> bytes:
    return b'{"value":' + b"[" * times + b"]" * times + b"}"


def roster(people: int) -> bytes:
    data = [
        {"@odata.type": "#microsoft.graph.participant", "id": f"p{number}", "info": {"identity": {"user": {
            "id": f"b0b00000-0000-4000-8000-{number:012}", "displayName": f"Person {number}"}}}}
        for number in range(people)
    ]  # fmt: skip
    return news({"changeType": "updated", "resourceUrl": f"/app/calls/{CALL}/participants", "resourceData": data})


BODIES: Final = (
    body("nothing", lambda: b""),
    body("a megabyte of brackets", lambda: b"[" * MEGABYTE),
    body("a megabyte of members", lambda: b'{"a":' * (MEGABYTE // 5)),
    body("deep, and closed", lambda: nested(400_000)),
    body("less deep, and closed", lambda: nested(900)),
    body("a megabyte of numbers", lambda: b'{"value":[' + b"1," * 490_000 + b"1]}", 413),
    body("a number without end", lambda: b'{"value":[' + b"1" * 900_000 + b"]}"),
    body("a megabyte in one text", lambda: news(notification(name="a" * 990_000))),
    body("a megabyte of escapes", lambda: b'{"value":["' + b"\\u0041" * 160_000 + b'"]}'),
    body("members twice", lambda: b'{"value":[],"value":[{"changeType":"created","changeType":[]}]}'),
    body("no UTF-8", lambda: b'{"value":["\xff\xfe\xc0\x80"]}'),
    body("half a pair", lambda: b'{"value":[{"changeType":"created","resourceUrl":"/app/calls/\\ud800"}]}'),
    body("numbers that are none",
         lambda: b'{"value":[NaN,Infinity,1e999,-0,{"resourceData":{"resultInfo":{"code":1e999}}}]}'),
    body("100,000 notifications of nothing", lambda: b'{"value":[' + b"{}," * 99_999 + b"{}]}", 413),
    body("100,000 notifications that change", lambda: b'{"value":[' + b'{"changeType":1},' * 55_000 + b"{}]}", 413),
    body("9,000 calls", lambda: news(*[
        {"changeType": "created", "resourceUrl": f"/app/calls/{number}", "resourceData": {"state": "incoming"}}
        for number in range(9_000)
    ]), 413),
    body("9,000 calls without a word of change", lambda: news(*[
        {"resourceUrl": f"/app/calls/{number}"} for number in range(9_000)
    ]), 413),
    body("200 calls", lambda: news(*[
        {"changeType": "created", "resourceUrl": f"/app/calls/{number}", "resourceData": {"state": "incoming"}}
        for number in range(200)
    ])),
    body("a roster of thousands", lambda: roster(5_000)),
    body("a megabyte with the token of a recording", lambda: b'{"recordingAccessToken":"a","value":[' + b"[]," * 300_000
         + b"[]]}", 413),
    body("many recordings", lambda: news(*[
        {"changeType": "updated", "resourceUrl": f"/app/calls/{CALL}/operations/{number}", "resourceData": {
            "id": str(number), "recordingAccessToken": "t", "recordingLocation": "https://x.example"}}
        for number in range(900)
    ])),
    body("too long", lambda: b" " * (MEGABYTE + 1), 413),
    body("a message's id without end", lambda: news(notification()), 202,
         more=b"X-Microsoft-Skype-Message-ID: " + b"a" * 20_000 + b"\r\n"),
    *[body(f"a call's id {what}", lambda call_id=call_id: news(notification(call_id=call_id)), 202)  # type: ignore[misc]
      for what, call_id in (("up", ".."), ("with a slash", "a%2Fb"), ("with a line", "a\r\nb"),
                            ("without end", "a" * 9_000),
                            ("with a question", "a?b=c#d"), ("with a null", "a\x00b"))],
    *[body(f"a name with {what}", lambda name=name: news(notification(name=name)), 202)  # type: ignore[misc]
      for what, name in (("lines", "Eve\r\nlevel=error"), ("colours", "\x1b[31mEve\x1b]0;x\x07"),
                         ("turned writing", "\u202eevE\u2066"), ("a null", "E\x00ve"))],
)  # fmt: skip


def _posted_to(path: bytes, _host: bytes) -> bytes:
    return post(news(notification()), good_token(), path)


PATHS: Final = tuple(
    Row(f"path: {path[:40]!r}", "webhook", partial(_posted_to, path), wanted)
    for path, wanted in (
        (b"/callback/..", (404, 202)), (b"/callback/%2e%2e/0", (202, 400, 404)), (b"/callback/%00/0", (202, 400, 404)),
        (b"/callback/../../etc/passwd", (404,)), (b"/callback/%252e%252e%252f", (404,)),
        (b"/prompts/../../etc/passwd", (404, 405)),
        (b"/prompts/%2e%2e%2f%2e%2e%2fetc%2fpasswd", (404, 405)), (b"/callback/" + b"a" * 4_000, (404,)),
        (b"/callback/a/" + b"9" * 400, (404,)), (b"/callback/a/\xd9\xa1", (400, 404)), (b"//callback", (400, 404)),
        (b"*", (400, 404)),
        (b"/callback?" + b"a" * 8_000, (202,)), (b"/callback/" + CALL.encode() + b"/0", (202,)),
    )
)  # fmt: skip

ORDER: Final = b'{"id": "+15550123", "kind": "phone"}'
ADMIN: Final = (
    *[admin(f"passed on by a proxy, {line.partition(b':')[0].decode()}", b"GET /v1/calls", 403, more=line + b"\r\n")
      for line in (b"X-Forwarded-For: 10.0.0.1", b"X-Forwarded-Host: evil.example", b"X-Forwarded-Proto: https",
                   b"Forwarded: for=10.0.0.1", b"Via: 1.1 evil")],
    admin("a page of others", b"GET /v1/calls", 403, more=b"Origin: http://evil.example\r\n"),
    admin("brackets", b"POST /v1/calls/x/transfer", 400, 404, 422, content=b"[" * 90_000),
    admin("too long", b"POST /v1/calls/x/transfer", 413, content=b"x" * 100_001),
    admin("no such call", b"POST /v1/calls/%2e%2e/transfer", 404, 409, 405, 422, content=ORDER),
    admin("a call without end", b"GET /v1/calls/" + b"a" * 7_000, 404, 422),
    admin("a null byte", b"GET /v1/calls/%00", 404, 422),
    admin("no UTF-8", b"GET /v1/calls/%ff%fe", 404, 422),
    admin("figures that are none", b"GET /v1/calls?limit=1e400&before=-99999999999999999999", 422),
    admin("a person without end", b"GET /v1/people/" + b"1" * 7_000, 404, 405, 422),
    admin("a number that is much", b"POST /v1/flows/desk/start", 400, 404, 405, 409, 422,
          content=b'{"values":{"a":' + b"9" * 5_000 + b"}}"),
    admin("a line of a megabyte", b"GET /v1/calls", 431, more=b"X: " + b"a" * MEGABYTE + b"\r\n"),
    admin("10,000 lines", b"GET /v1/calls", 431, more=b"a: b\r\n" * 10_000),
    admin("a token without end", b"GET /v1/calls", 431, more=b"Authorization: Bearer " + b"a" * 40_000 + b"\r\n"),
    admin("figures are asked for oddly", b"GET /metrics", 200, more=b"Accept: " + b"a/b;q=0.1," * 2_000 + b"\r\n"),
)  # fmt: skip

TABLE: Final = (*TOKENS, *HEADS, *BODIES, *PATHS, *ADMIN)
