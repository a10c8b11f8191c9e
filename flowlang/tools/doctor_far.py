"""What a doctor can see of the way to Microsoft and back: token, roles, clock, keys, and the public address.

A secret is used for one request and never shown; of a token only its roles are read.
"""

import base64
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import httpx

from flowlang.loopback import is_near
from flowlang.runtime.challenge import NONCE, PATH, answer_of
from flowlang.tools.doctor_here import SPEECH
from flowlang.tools.doctor_lines import Line, ok, skipped, wrong
from flowlang.tools.permissions import Group

SECONDS: Final = 8.0
MOST_SKEW_SECONDS: Final = 60.0  # tokens count five minutes early or late; a minute is a sign of a clock left alone
MOST_PROMPTS: Final = 10
RIFF: Final = b"RIFF"
CODES: Final = {
    "AADSTS7000215": "the secret is wrong: put its value into the settings, not its id",
    "AADSTS7000222": "the secret has expired: make a new one",
    "AADSTS700016": "there is no such application in that tenant: correct the id, or consent to it there",
    "AADSTS90002": "there is no such tenant: correct its id",
    "AADSTS900023": "the tenant's id is not well formed",
    "AADSTS7000229": "the application has no service principal in that tenant: az ad sp create --id APP-ID",
}


class Identity(NamedTuple):
    """Who we are. `login_url`, `graph_url`, `keys_url`: other clouds, and the simulated Graph, have their own."""

    tenant_id: str
    application_id: str
    secret: str
    login_url: str = "https://login.microsoftonline.com"
    graph_url: str = "https://graph.microsoft.com"
    keys_url: str = "https://api.aps.skype.com/v1/keys"


def token_and_roles(who: Identity, groups: Sequence[Group], now: Callable[[], float] = time.time) -> list[Line]:
    """Token, its roles, and the clock by the same answer."""
    if not who.secret:
        cure = "set where it is: an environment variable or a file"
        return [wrong("token", "no secret is set", cure), skipped("roles", "they stand in the token")]
    form = {
        "grant_type": "client_credentials", "client_id": who.application_id, "client_secret": who.secret,
        "scope": f"{who.graph_url.rstrip('/')}/.default",
    }  # fmt: skip
    url = f"{who.login_url.rstrip('/')}/{who.tenant_id}/oauth2/v2.0/token"
    try:
        answer = httpx.post(url, data=form, timeout=SECONDS, trust_env=not is_near(url))
    except httpx.HTTPError as error:
        cure = "let this machine reach it over HTTPS; a proxy is taken from HTTPS_PROXY"
        text = f"{urlsplit(url).netloc} cannot be reached: {_said(error)}"
        return [wrong("token", text, cure), skipped("roles", "they stand in the token")]
    clock = clock_by(answer, now())
    token = _member(answer, "access_token")
    if answer.status_code != 200 or not token:
        return [_refused(answer), skipped("roles", "they stand in the token"), *clock]
    return [ok("token", f"given for application {who.application_id}"), *roles(token, groups), *clock]


def _refused(answer: httpx.Response) -> Line:
    said = _member(answer, "error_description") or _member(answer, "error") or f"HTTP {answer.status_code}"
    cure = next((text for code, text in CODES.items() if code in said), "look at application, tenant and secret")
    return wrong("token", f"it is refused: {said.splitlines()[0][:200]}", cure)


def _member(answer: httpx.Response, name: str) -> str:
    try:
        document = answer.json()
    except ValueError:
        return ""
    return str(document.get(name, "")) if isinstance(document, dict) else ""


def roles(token: str, groups: Sequence[Group]) -> list[Line]:
    """Whether the token has the roles that the flows need."""
    has = _roles_in(token)
    needed = [group for group in groups if group.kind == "role" and not group.is_covered]
    missing = [group for group in needed if not has.intersection(group.any_of)]
    if missing:
        text = "; ".join(f"{' or '.join(group.any_of)} is missing, for {group.needs[0].why}" for group in missing)
        return [wrong("roles", text, "flowlang azure manifest prints how to add it; consent is needed as well")]
    if not has:
        cure = "add one and consent to it, see flowlang azure manifest"
        return [wrong("roles", "the token has none, so numbers of callers stay hidden", cure)]
    return [ok("roles", ", ".join(sorted(has)))]


def _roles_in(token: str) -> set[str]:
    """The `roles` claim. Nothing is verified: it is our own token, fresh from the one who made it."""
    parts = token.split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (IndexError, ValueError):
        return set()
    found = claims.get("roles") if isinstance(claims, dict) else None
    return {str(one) for one in found} if isinstance(found, list) else set()


def clock_by(answer: httpx.Response, now: float) -> list[Line]:
    """Our clock by the one of the other side."""
    try:
        theirs = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (KeyError, ValueError):
        return [skipped("clock", "the answer has no time")]
    skew = now - theirs
    text = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} {answer.url.host}"
    if abs(skew) > MOST_SKEW_SECONDS:
        return [wrong("clock", text, "let it be set by NTP; tokens are refused when it is off by five minutes")]
    return [ok("clock", f"within {max(1, round(abs(skew)))} s of {answer.url.host}")]


def keys(who: Identity) -> list[Line]:
    """Whether the keys can be fetched with which notifications are signed: at their page, or at one that names it."""
    host = urlsplit(who.keys_url).netloc
    try:
        answer = httpx.get(who.keys_url, timeout=SECONDS, follow_redirects=True)
        page = answer.json().get("jwks_uri") if answer.status_code == 200 else None
        if page is not None:
            host = urlsplit(str(page)).netloc
            answer = httpx.get(str(page), timeout=SECONDS, follow_redirects=True)
        found = answer.json().get("keys") if answer.status_code == 200 else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, AttributeError) as error:
        return [wrong("keys", f"{host} cannot be asked: {_said(error)}", "let this machine reach it over HTTPS")]
    if not isinstance(found, list) or not found:
        return [wrong("keys", f"{host} gives none (HTTP {answer.status_code})", "without them no notification counts")]
    return [ok("keys", f"{len(found)} at {host}")]


def graph(who: Identity) -> list[Line]:
    """Whether Graph can be reached at all: any answer does."""
    try:
        answer = httpx.get(f"{who.graph_url.rstrip('/')}/v1.0/", timeout=SECONDS)
    except httpx.HTTPError as error:
        host = urlsplit(who.graph_url).netloc
        return [wrong("Graph", f"{host} cannot be reached: {_said(error)}", "let this machine reach it over HTTPS")]
    return [ok("Graph", f"{answer.url.host} answers")]


def admin_outside(public_url: str) -> list[Line]:
    """Whether the admin API answers at the public address too, where only Graph's way in should. Silent where nothing
    answers there at all: another line tells."""
    url = f"{public_url.rstrip('/')}/health/live"
    try:
        answer = httpx.get(url, timeout=SECONDS)
        found = answer.json() if answer.status_code == 200 else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return []
    if not isinstance(found, dict) or set(found) != {"is_ok", "checks"}:
        return []
    cure = "let the proxy pass on to the port of `serve.listen` alone"
    return [wrong("admin", f"the admin API answers at the public address {public_url}", cure)]


def prompts(addresses: Sequence[str]) -> list[Line]:
    """Whether prompts that flows name by their address are there, and are WAV. Graph fetches them itself."""
    if not addresses:
        return [skipped("prompts", "all lie beside their flows, and are looked at with them")]
    lines = [_prompt(address) for address in addresses[:MOST_PROMPTS]]
    bad = [line for line in lines if line.state == "wrong"]
    left = f", {len(addresses) - MOST_PROMPTS} more not looked at" if len(addresses) > MOST_PROMPTS else ""
    return bad or [ok("prompts", f"{len(lines)} at other addresses are there{left}")]


def _prompt(address: str) -> Line:
    cure = "put it there, or correct the address in the flow"
    try:
        with httpx.stream("GET", address, timeout=SECONDS / 2, follow_redirects=True) as answer:
            if answer.status_code != 200:
                return wrong("prompts", f"{address}: HTTP {answer.status_code}", cure)
            head = next(answer.iter_bytes(len(RIFF)), b"")
    except httpx.HTTPError as error:
        return wrong("prompts", f"{address}: {_said(error)}", cure)
    if not head.startswith(RIFF):
        return wrong("prompts", f"{address} is no WAV file", cure)
    return ok("prompts", address)


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def voice(url: str, headers: Mapping[str, str], language: str) -> list[Line]:
    """Whether a voice that is a service speaks. Its address and its headers are not told."""
    document = {"text": SPEECH, **({"language": language} if language else {})}
    host = urlsplit(url).netloc
    try:
        named = {"Accept": "audio/wav", **headers}
        answer = httpx.post(url, json=document, headers=named, timeout=SECONDS, trust_env=not is_near(url))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return [wrong("voice", f"{host} cannot be reached: {_said(error)}", "correct voice.url, or start the service")]
    if answer.status_code != 200:
        return [wrong("voice", f"{host} answers {answer.status_code}", "look at voice.url and voice.headers")]
    if not answer.content.startswith(RIFF):
        return [wrong("voice", f"{host} gives no WAV", "the answer has to be a WAV file")]
    return [ok("voice", f"{host} speaks")]


# ---------------------------------------------------------------- the webhook


def is_served(host: str, port: int, application_id: str, path: str = "") -> bool:
    """Whether our service answers at an address of this machine."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - these mean every address
    name = f"[{here}]" if ":" in here else here
    return not _asked(f"http://{name}:{port}{path}", application_id)


def callback(public_url: str, application_id: str, host: str, port: int, path: str = "") -> list[Line]:
    """Whether what Graph posts would arrive here. Where no service runs yet, one that answers this alone is put there
    for as long as it takes. `path`: what stands before `/callback` in both addresses."""
    parts = urlsplit(public_url)
    if not parts.netloc:
        cure = "set the address at which Graph reaches this service from the internet"
        return [wrong("callback", "no public address is set", cure)]
    if parts.scheme != "https" and not is_near(public_url):
        return [wrong("callback", f"{public_url} is not HTTPS", "Graph posts to HTTPS only: put a proxy before it")]
    public_url = f"{public_url.rstrip('/')}{path}"
    if is_served(host, port, application_id, path):
        why = _asked(public_url, application_id)
    else:
        try:
            with answering(host, port, application_id, path):
                why = _asked(public_url, application_id)
        except OSError:
            why = _asked(public_url, application_id)  # somebody else listens there; `port` tells of it
    where = f"{public_url}/callback"
    if why:
        cure = f"let the proxy or tunnel pass {path}/callback and what is below it to {host}:{port}"
        return [wrong("callback", f"{where}: {why}", cure)]
    return [ok("callback", f"{where} leads here")]


def _asked(base_url: str, application_id: str) -> str:
    """Ask the question that only our service can answer; what is wrong, or nothing."""
    nonce = "a" + secrets.token_urlsafe(24)
    try:
        answer = httpx.get(f"{base_url.rstrip('/')}{PATH}{nonce}", timeout=SECONDS)
    except httpx.HTTPError as error:
        return _said(error)
    if answer.status_code != 200:
        return f"HTTP {answer.status_code}"
    if _member(answer, "answer") != answer_of(application_id, nonce):
        return "another service answers, or one with another application"
    return ""


@contextmanager
def answering(host: str, port: int, application_id: str, path: str = "") -> Iterator[int]:
    """A server that answers the question and nothing else; gives its port. Raises `OSError` if it cannot listen."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            nonce = self.path.removeprefix(path + PATH)
            is_asked = self.path.startswith(path + PATH) and NONCE.fullmatch(nonce) is not None
            body = json.dumps({"answer": answer_of(application_id, nonce)}).encode() if is_asked else b""
            self.send_response(200 if is_asked else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Nothing: the doctor's lines tell."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
