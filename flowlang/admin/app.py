"""The admin API as an application: doors, errors and pages. What it may do is the `Desk`; see `docs/reference`.

Every error is `{"error": {"code": …, "message": …}}`. The pages `/docs` and `/openapi.json` need no token: they say
what the API is, and nothing about this service.
"""

from collections.abc import Mapping
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from flowlang import __version__
from flowlang.admin import acts, looking, running
from flowlang.admin.access import Access
from flowlang.admin.audit import Audit
from flowlang.admin.desk import AwayError, Desk, DeskError, ForbiddenError, NotFoundError, RefusedError, WrongError
from flowlang.admin.doors import NEEDS_ONE, House
from flowlang.admin.page import POLICY, api_page
from flowlang.admin.shapes import ErrorView, Problem
from flowlang.runtime.patience import within

MOST_BYTES: Final = 100_000
PATIENCE_SECONDS: Final = 15.0  # for a whole body, as at the webhook
OPEN: Final = ("/", "/health/live", "/health/ready", "/docs", "/openapi.json")
"""What everybody may see who reaches the port."""
PROXIED: Final = (
    "a proxy passed this on ({name}), so it may come from anybody; set admin_tokens in the settings of the service, or "
    "ask it on its own machine without the proxy"
)
DESCRIPTION: Final = """Looks at calls and acts on them.

Roles: a *reader* looks, with phone numbers masked; an *operator* acts too. Send the token as `Authorization: Bearer …`;
where the port is bound to loopback and no tokens are set, everybody on the machine is an operator.

An act is answered with `202` when it is on the disk. What came of it is in the call's journal and in the event stream.
Every act is written to the audit log before it is done; to the standard error where that log cannot be written."""

STATUS: Final[Mapping[type[DeskError], int]] = {
    NotFoundError: 404, RefusedError: 409, ForbiddenError: 403, WrongError: 422, AwayError: 503,
}  # fmt: skip

CODES: Final = {
    400: "wrong", 401: "no_token", 403: "forbidden", 404: "not_found", 405: "no_such_method", 408: "too_slow",
    413: "too_long", 422: "wrong",
}  # fmt: skip


def admin_app(desk: Desk, access: Access, audit: Audit) -> FastAPI:
    """The application. It starts nothing and holds nothing but what it is given."""
    app = FastAPI(
        title="flowlang admin API",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_tags=[
            {"name": "calls", "description": "Looking at calls, and acting on them."},
            {"name": "flows", "description": "What answers, in which version, and when it is open."},
            {"name": "people", "description": "What is kept about a person."},
            {"name": "service", "description": "Health, figures and events."},
        ],
    )
    app.state.house = House(desk, access, audit)
    for router in (looking.router, acts.router, running.router):
        app.include_router(router)
    app.add_exception_handler(DeskError, _desk_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _wrong)
    app.add_exception_handler(OSError, _not_written)
    app.add_middleware(Gate, access=access)

    async def docs(_request: Request) -> Response:
        return HTMLResponse(api_page(app.openapi()), headers={"Content-Security-Policy": POLICY})

    async def first(_request: Request) -> Response:
        return RedirectResponse("docs")

    app.add_route("/", first, include_in_schema=False)
    app.add_route("/docs", docs, include_in_schema=False)
    return app


def problem(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that says what was wrong."""
    body = Problem(error=ErrorView(code=code, message=message)).model_dump(mode="json")
    return JSONResponse(body, status, dict(headers or {}))


async def _desk_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, DeskError)
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 409)
    return problem(status, error.code, str(error), {"Retry-After": "1"} if status == 503 else None)


async def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, CODES.get(error.status_code, "refused"), str(error.detail), error.headers)


async def _wrong(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    told = [
        f"{'.'.join(str(part) for part in one['loc'][1:]) or one['loc'][0]}: {one['msg']}" for one in error.errors()
    ]
    return problem(422, "wrong", "; ".join(told[:5]) or "the request makes no sense")


async def _not_written(_request: Request, error: Exception) -> Response:
    """The audit log cannot be written: nothing is done that nobody would know of."""
    return problem(503, "away", f"nothing was done: the audit log cannot be written ({type(error).__name__})")


class Gate:
    """In front of everything, also of what others add to the application: pages of others are turned away, nobody gets
    in without a token, and no body is longer than an order can be."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        head = request.headers
        if self._access.is_foreign(head.get("host", ""), head.get("origin", ""), head.get("sec-fetch-site", "")):
            refused = problem(403, "foreign", "only this machine is heard here, under a name of its own")
            await refused(scope, receive, send)
            return
        if name := self._access.proxy_header(head.keys()):
            await problem(403, "proxied", PROXIED.format(name=name))(scope, receive, send)
            return
        if scope["path"] not in OPEN and self._access.person(head.get("authorization")) is None:
            await problem(401, CODES[401], NEEDS_ONE, {"WWW-Authenticate": "Bearer"})(scope, receive, send)
            return
        try:
            body = await within(PATIENCE_SECONDS, _bounded(request))
        except TimeoutError:
            told = f"the request did not come to its end in {PATIENCE_SECONDS:g} s"
            await problem(408, "too_slow", told, {"Connection": "close"})(scope, receive, send)
            return
        except ClientDisconnect:  # nobody waits for an answer
            return
        if body is None:
            await problem(413, "too_long", f"more than {MOST_BYTES} bytes")(scope, receive, send)
            return
        is_given = False

        async def again() -> dict[str, object]:
            nonlocal is_given
            if is_given:
                return dict(await receive())
            is_given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)


async def _bounded(request: Request) -> bytes | None:
    """The whole body, or None when it is too long."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)
