"""How `flowlang calls` talks to the admin API: the standard library's client, so that no extra has to be installed."""

import json
import os
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from typing import Any, Final, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import BaseHandler, HTTPRedirectHandler, ProxyHandler, Request, build_opener

from flowlang.loopback import is_near, keeps_secrets
from flowlang.printable import printable
from flowlang.tools.options import UsageError

USUAL_URL: Final = "http://127.0.0.1:8081"
URL_NAME, TOKEN_NAME = "FLOWLANG_URL", "FLOWLANG_TOKEN"
SAFE: Final = f"https://, or a tunnel to that machine: ssh -L 8081:127.0.0.1:8081 HOST, and {USUAL_URL}"
TIMEOUT_SECONDS: Final = 30.0
SILENT_SECONDS: Final = 60.0  # the stream says every 15 seconds that it is still there

Json = Any


class AwayError(Exception):
    """No service is there, or it cannot do it now. Exit code 4."""


class RefusedError(Exception):
    """The service says no; `code` is its word for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Event(NamedTuple):
    """One event of the stream. `number` is what a listener goes on after."""

    number: str
    kind: str
    data: Mapping[str, Json]


class _NoRedirect(HTTPRedirectHandler):
    """The token goes to the address that was named and to no other."""

    def redirect_request(self, *_given: object) -> None:
        return None


class Service:
    """The admin API at an address. `what` answers there, and `advice` is for when nothing does."""

    what = "service"
    usual_url = USUAL_URL
    advice = f"start one with `flowlang serve`, or name another with --url or {URL_NAME}"

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        parts = urlsplit(self.url)
        is_address = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
        if not is_address or parts.query or parts.fragment:
            raise UsageError(f"{url} is no address; write it as {self.usual_url}")
        if token and not keeps_secrets(self.url):
            raise UsageError(f"a token is not sent to {self.url}, where it can be read on the way; use {SAFE}")
        self._headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        handlers: list[BaseHandler] = [_NoRedirect(), *([ProxyHandler({})] if is_near(self.url) else [])]
        self._opener = build_opener(*handlers)

    def get(self, path: str, **query: str) -> Json:
        """What a GET gives. Raises `AwayError`, `RefusedError`, `UsageError`."""
        return json.loads(self._read("GET", path + _query(query)))

    def text(self, path: str) -> str:
        return self._read("GET", path).decode("utf-8", "replace")

    def post(self, path: str, body: Mapping[str, Json] | None = None, timeout_seconds: float = TIMEOUT_SECONDS) -> Json:
        return json.loads(self._read("POST", path, body if body is not None else {}, timeout_seconds))

    def put(self, path: str, body: Mapping[str, Json]) -> Json:
        return json.loads(self._read("PUT", path, body))

    def delete(self, path: str) -> Json:
        return json.loads(self._read("DELETE", path))

    def events(self, after: str = "") -> Iterator[Event]:
        """The stream, until it ends or breaks. Raises `AwayError` when it cannot be had."""
        headers = {**self._headers, "Accept": "text/event-stream", **({"Last-Event-ID": after} if after else {})}
        with self._open(Request(self.url + "/v1/events", headers=headers), SILENT_SECONDS) as stream:  # noqa: S310 - checked above
            fields: dict[str, str] = {}
            try:
                for raw in stream:
                    line = raw.decode("utf-8", "replace").rstrip("\r\n")
                    if not line and "data" in fields:
                        data = json.loads(fields["data"])
                        yield Event(fields.get("id", ""), fields.get("event", ""), data)
                    if not line:
                        fields = {}
                    elif not line.startswith(":"):
                        name, _, value = line.partition(":")
                        fields[name] = value.removeprefix(" ")
            except (OSError, HTTPException):  # the service was stopped, or the network is gone
                return

    def _read(
        self, method: str, path: str, body: Mapping[str, Json] | None = None, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> bytes:
        data = json.dumps(body).encode() if body is not None else None
        headers = {**self._headers, **({"Content-Type": "application/json"} if data is not None else {})}
        request = Request(self.url + path, data=data, headers=headers, method=method)  # noqa: S310 - checked above
        with self._open(request, timeout_seconds) as response:
            try:
                return bytes(response.read())
            except (OSError, HTTPException) as error:
                raise AwayError(f"the {self.what} at {self.url} broke off: {error}") from None

    def _open(self, request: Request, timeout_seconds: float) -> Any:
        try:
            return self._opener.open(request, timeout=timeout_seconds)
        except HTTPError as error:
            raise self._told(error) from None
        except (URLError, OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise AwayError(f"no {self.what} answers at {self.url} ({_plain(reason)}); {self.advice}") from None
        except ValueError as error:  # such as a line end in a token
            raise UsageError(str(error)) from None

    def _told(self, error: HTTPError) -> Exception:
        try:
            found = json.loads(error.read())["error"]
            code, message = str(found["code"]), printable(str(found["message"]))
            is_ours = "innerError" not in found  # that is how Graph answers, a simulated one too
        except (ValueError, KeyError, TypeError, OSError):
            is_ours, code, message = False, "", ""
        if not is_ours:
            return AwayError(f"what answers at {self.url} is no flowlang {self.what}: HTTP {error.code}")
        if error.code == 401 and "Authorization" in self._headers:
            return RefusedError(code, f"the service does not know that token: set {TOKEN_NAME}, or give --token")
        if error.code == 401:
            return RefusedError(code, f"the service wants a token: set {TOKEN_NAME}, or give --token")
        if error.code >= 500:
            return AwayError(message)
        return RefusedError(code, message)


def service_of(url: str, token: str) -> Service:
    """The service that options or the environment name."""
    return Service(url or os.environ.get(URL_NAME) or USUAL_URL, token or os.environ.get(TOKEN_NAME, ""))


def call_path(call_id: str, act: str = "") -> str:
    """The path of a call, and of something about it."""
    return f"/v1/calls/{as_segment(call_id)}{act}"


def as_segment(text: str) -> str:
    """What somebody typed as one part of a path. Raises `UsageError` for what would name another path."""
    if text in ("", ".", ".."):
        raise UsageError(f"{text!r} names nothing")
    return quote(text, safe="", errors="replace")


def _query(query: Mapping[str, str]) -> str:
    given = {name: value for name, value in query.items() if value}
    return f"?{urlencode(given)}" if given else ""


def _plain(reason: object) -> str:
    return str(getattr(reason, "strerror", None) or reason).lower()
