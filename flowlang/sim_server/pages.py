"""The control pages under `/sim`: JSON in, JSON out. Whoever reaches the port may use them; web pages may not.

The first line of each page's docstring is what `GET /sim` says about it.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Final

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flowlang.sim_server.keys import Signing, new_private
from flowlang.sim_server.people import identity
from flowlang.sim_server.stage import NoCallError, Stage
from flowlang.sim_server.story import Line
from flowlang.sim_server.wishes import Asked, WrongError, access_of, claims_of, coming, scripted
from flowlang.simulator.values import CallView, Outcome, Profile, Script

MOST_BYTES: Final = 100_000
MOST_ROWS: Final = 200
LONGEST_WAIT_MS: Final = 30_000
PROFILES: Final[dict[str, Profile]] = {"live": "live", "docs": "docs"}

METHODS: Final = ["GET", "POST", "DELETE", "PUT", "PATCH"]

_Page = Callable[[Request], Awaitable[object]]


class Pages:
    """`routes()` for an application. version: of flowlang."""

    def __init__(self, stage: Stage, signing: Signing, application_id: str, version: str) -> None:
        self._stage, self._signing = stage, signing
        self._application_id, self._version = application_id, version

    def _table(self) -> list[tuple[str, str, _Page]]:
        return [
            ("GET", "/sim", self.index),
            ("GET", "/sim/calls", self.calls),
            ("POST", "/sim/calls", self.place),
            ("GET", "/sim/calls/{call}", self.call),
            ("POST", "/sim/calls/{call}/hangup", self.hang_up),
            ("POST", "/sim/calls/{call}/press", self.press),
            ("POST", "/sim/calls/{call}/join", self.join),
            ("POST", "/sim/calls/{call}/leave", self.leave),
            ("POST", "/sim/calls/{call}/sound", self.sound),
            ("GET", "/sim/requests", self.requests),
            ("GET", "/sim/complaints", self.complaints),
            ("GET", "/sim/outcomes", self.outcomes),
            ("POST", "/sim/outcomes", self.add_outcomes),
            ("DELETE", "/sim/outcomes", self.no_outcomes),
            ("POST", "/sim/reset", self.reset),
            ("POST", "/sim/rotate-keys", self.rotate_keys),
            ("POST", "/sim/tokens", self.tokens),
            ("POST", "/sim/access", self.access),
        ]

    def routes(self) -> list[Route]:
        """Every page, and an answer for those that are not there."""
        found = [Route(path, _guarded(page), methods=[method]) for method, path, page in self._table()]
        return [
            *found,
            Route("/sim/{path:path}", _guarded(_nowhere), methods=METHODS),
        ]

    # ------------------------------------------------------------ what there is

    async def index(self, _request: Request) -> object:
        """These pages, and how the simulated Graph is set."""
        stage = self._stage
        pages = [
            {"method": method, "path": path, "about": (page.__doc__ or "").partition("\n")[0]}
            for method, path, page in self._table()
        ]
        return {
            "flowlang": self._version,
            "application_id": self._application_id,
            "tenant_id": stage.tenant_id,
            "webhook": stage.graph.webhook,
            "seed": stage.graph.seed,
            "profile": stage.graph.profile,
            "calls_up": len(stage.graph.legs_up()),
            "pages": pages,
        }

    async def calls(self, request: Request) -> object:
        """Calls, the latest first; `?state=up` or `over` leaves the others out."""
        state = request.query_params.get("state", "all")
        if state not in ("all", "up", "over"):
            raise WrongError(f"state is up, over or all, not {state!r}")
        found = [
            view for view in reversed(self._stage.graph.calls())
            if state == "all" or (view.state == "ended") == (state == "over")
        ]  # fmt: skip
        return {"calls": [self._about(view) for view in found[:MOST_ROWS]]}

    async def call(self, request: Request) -> object:
        """One call and what happened in it. `?after=N` leaves out lines up to N; `?wait_ms=N` waits for more.

        Lines of requests have the `body` that Graph was sent, as it came.
        """
        stage = self._stage
        view = self._view(request)
        after, wait_ms = _number(request, "after"), _number(request, "wait_ms", LONGEST_WAIT_MS)
        family = stage.family(view)
        with anyio.move_on_after(wait_ms / 1000):
            while not (family.after(after) or self._is_told(view.id) or stage.is_over):
                await stage.news()
        lines = family.after(after)
        view = stage.find(view.id)
        return {
            "call": self._about(view),
            "lines": [_line(one) for one in lines],
            "next": lines[-1].number if lines else after,
            "is_told": stage.is_told(view),
        }

    def _is_told(self, call_id: str) -> bool:
        view = self._stage.graph.call(call_id)
        return view is None or self._stage.is_told(view)

    def _about(self, view: CallView) -> dict[str, object]:
        family, ending = self._stage.family(view), self._stage.ending(view)
        is_root = family.root == view.id
        return {
            "id": view.id,
            "state": view.state,
            "direction": view.direction,
            "kind": view.kind,
            "from": family.caller if is_root and view.direction == "incoming" else "",
            "to": family.called if is_root else view.peer,
            "tenant_id": view.tenant_id,
            "callback_uri": view.callback_uri,
            "sound": view.audio,
            "participants": list(view.participants),
            "began_ms": view.began_ms,
            "part_of": "" if is_root else family.root,
            "legs": [leg for leg in family.legs if leg != view.id] if is_root else [],
            "ending": ending._asdict() if ending is not None else None,
        }

    def _view(self, request: Request) -> CallView:
        return self._stage.find(str(request.path_params["call"]))

    def _up(self, request: Request) -> CallView:
        return self._stage.find_up(str(request.path_params["call"]))

    # ------------------------------------------------------------ people

    async def place(self, request: Request) -> object:
        """A call comes in: `to`, and perhaps `from`, `group`, `answer`, `outcomes`, `tones`, `hang_up_in_ms`.

        `answer`: of those who are called only these pick up; `["nobody"]`: nobody does. `tones`: a list of `keys` and
        `in_ms`. `callee_keys`: what people press who are called. `tenant_id`: of the call.
        """
        wanted = coming(await _body(request))
        call_id = self._stage.place(wanted)
        return JSONResponse({"call": self._about(self._stage.find(call_id))}, status_code=201)

    async def hang_up(self, request: Request) -> object:
        """The person on that call hangs up."""
        view = self._up(request)
        self._stage.hang_up(view.id, self._stage.clock_ms())
        return {"call": self._about(self._stage.find(view.id))}

    async def press(self, request: Request) -> object:
        """The person on that call presses `keys`, one after the other."""
        asked = Asked(await _body(request))
        keys = asked.keys("keys")
        asked.done()
        if not keys:
            raise WrongError('keys is a list such as ["1", "#"]')
        view = self._up(request)
        self._stage.agenda.press(view.id, keys, self._stage.clock_ms())
        self._stage.graph.stirred()
        return {"call": self._about(view)}

    async def join(self, request: Request) -> object:
        """Somebody, `who`, comes into a group call."""
        who, view = await self._who(request)
        stage = self._stage
        if view.kind != "group":
            raise WrongError(f"the call {view.id} is no group call")
        found = identity(who, stage.known(), stage.tenant_id)
        return {"participant_id": stage.graph.join(view.id, found, stage.clock_ms())}

    async def leave(self, request: Request) -> object:
        """Somebody, `who` (a participant's id), leaves a group call."""
        who, view = await self._who(request)
        if who not in view.participants:
            raise WrongError(f"the call {view.id} has no participant {who}")
        self._stage.graph.leave(view.id, who, self._stage.clock_ms())
        return {"call": self._about(self._stage.find(view.id))}

    async def _who(self, request: Request) -> tuple[str, CallView]:
        asked = Asked(await _body(request))
        who = asked.text("who")
        asked.done()
        if not who:
            raise WrongError("who says who it is")
        return who, self._up(request)

    async def sound(self, request: Request) -> object:
        """The other side puts the call on hold (`is_active` false), or takes it back."""
        asked = Asked(await _body(request))
        is_active = asked.truth("is_active", True)
        asked.done()
        view = self._up(request)
        self._stage.graph.set_audio(view.id, self._stage.clock_ms(), is_active=is_active)
        return {"call": self._about(self._stage.find(view.id))}

    # ------------------------------------------------------------ Graph

    async def requests(self, request: Request) -> object:
        """Requests that Graph saw, in order; `?after=N` leaves out the first N, `?call=ID` those about others."""
        after, call_id = _number(request, "after"), request.query_params.get("call", "").lower()
        rows = [
            {"number": number, **taken._asdict()}
            for number, taken in enumerate(self._stage.graph.taken, 1)
            if number > after and (not call_id or taken.call_id.lower() == call_id)
        ]
        return {"requests": rows[:MOST_ROWS], "next": rows[:MOST_ROWS][-1]["number"] if rows else after}

    async def complaints(self, _request: Request) -> object:
        """Notifications that were not answered by 202, or not soon; the latest thousand."""
        return {"complaints": [one._asdict() for one in self._stage.complaints]}

    async def outcomes(self, _request: Request) -> object:
        """How the next requests turn out, whichever call they are about."""
        return {"outcomes": [_outcome(one) for one in self._stage.graph.script.unused()]}

    async def add_outcomes(self, request: Request) -> object:
        """Adds `outcomes` such as `transfer=500/7700`, each for one request, in order."""
        asked = Asked(await _body(request))
        more = [scripted(text) for text in asked.texts("outcomes")]
        asked.done()
        graph = self._stage.graph
        graph.script = Script(*graph.script.unused(), *more)
        return await self.outcomes(request)

    async def no_outcomes(self, request: Request) -> object:
        """From now on all goes well."""
        self._stage.graph.script = Script()
        return await self.outcomes(request)

    async def reset(self, request: Request) -> object:
        """All calls are gone, and everything begins anew, perhaps with another `seed`, `profile` or `nasty`."""
        asked = Asked(await _body(request))
        old = self._stage.graph
        seed = asked.whole("seed", old.seed, 0, 1 << 62)
        profile = PROFILES[asked.one_of("profile", tuple(PROFILES), old.profile)]
        nasty = asked.truth("nasty", False) if asked.has("nasty") else None
        asked.done()
        self._stage.renew(seed, profile, nasty)
        return await self.index(request)

    # ------------------------------------------------------------ tokens

    async def rotate_keys(self, request: Request) -> object:
        """Notifications are signed with a new key from now on. With `forget` the old ones leave the page of keys."""
        asked = Asked(await _body(request))
        forget = asked.truth("forget", False)
        asked.done()
        private = await anyio.to_thread.run_sync(new_private)
        return {"key": self._signing.rotate(private, forget=forget)}

    async def tokens(self, request: Request) -> object:
        """What the tokens of notifications say from now on instead of what is right; `{}` makes them right again.

        `audience`, `issuer`, `tenant_id`: another text, or an empty one for none. `starts_in_seconds`, `lasts_seconds`.
        `algorithm`: RS256, HS256 or none. `with_key`: ours, unknown (on no page), or stolen (under the name of ours).
        """
        self._signing.claims = claims_of(await _body(request))
        return self._signing.claims._asdict()

    async def access(self, request: Request) -> object:
        """What tokens for requests say from now on: `roles`, a list, and `lasts_seconds`; `{}` gives all roles again.

        Tokens that were given out before stay as they are.
        """
        self._stage.access = access_of(await _body(request))
        return self._stage.access._asdict()


async def _nowhere(request: Request) -> object:
    return _error(404, "no_page", f"there is no {request.method} {request.url.path}; GET /sim lists what there is")


def _guarded(page: _Page) -> Callable[[Request], Awaitable[Response]]:
    """A page that answers in JSON whatever happens, and is not for pages of the web."""

    async def guarded(request: Request) -> Response:
        if "origin" in request.headers:
            return _error(403, "web_page", "these pages are for programs, not for pages of the web")
        try:
            found = await page(request)
        except WrongError as error:
            return _error(400, "wrong", str(error))
        except NoCallError as error:
            return _error(404, "no_call", str(error))
        return found if isinstance(found, Response) else JSONResponse(found)

    return guarded


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)


async def _body(request: Request) -> object:
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > MOST_BYTES:
            raise WrongError(f"the body is longer than {MOST_BYTES} bytes")
    if not data:
        return {}
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise WrongError("the body is wanted as application/json")
    try:
        found: object = json.loads(data)
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # half of a pair of surrogates is no text
    except (ValueError, RecursionError):
        raise WrongError("the body is no JSON") from None
    return found


def _number(request: Request, name: str, most: int = 1 << 53) -> int:
    text = request.query_params.get(name, "0")
    if not text.isdecimal() or len(text) > 16 or int(text) > most:
        raise WrongError(f"{name} is a whole number from 0 to {most}")
    return int(text)


def _line(line: Line) -> dict[str, object]:
    return {**line._asdict(), "body": line.body.decode("utf-8", "replace")}


def _outcome(one: tuple[str, Outcome]) -> dict[str, object]:
    operation, outcome = one
    return {"operation": operation, "kind": type(outcome).__name__.lower(), **outcome._asdict()}
