"""Microsoft Graph's calls API in one process: requests and notifications as bytes, time as whole milliseconds.

Pure: no clock, no socket; chance is one generator with a seed. The same seed and the same inputs give the same bytes.
It reads Graph's pages for itself and shares nothing with the engine but the values of an HTTP exchange.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from flowlang.simulator import lifecycle, media, roster, transfers
from flowlang.simulator.calls import Call, Participant
from flowlang.simulator.core import Ask, Core, Reply
from flowlang.simulator.errors import WORDS, GraphError, known_message, refused
from flowlang.simulator.fields import read_body
from flowlang.simulator.gate import ROLES, check_gate, check_roles
from flowlang.simulator.paths import Route, route
from flowlang.simulator.token import ANYBODY, Token, read_token
from flowlang.simulator.values import (
    CallView,
    Cut,
    Delivery,
    Fetch,
    Json,
    Knobs,
    Outcome,
    Profile,
    Recording,
    Refused,
    Script,
    Success,
    Taken,
    Throttled,
)  # fmt: skip
from flowlang.wire.http import HttpRequest, HttpResponse, header

DIAGNOSTIC = '{"ServerInfo":{"DataCenter":"Simulated","Slice":"E","Ring":"1","ScaleUnit":"000","RoleInstance":"0"}}'
_OnCall = Callable[[Core, Ask, Call], Reply]
_HANDLERS: dict[str, _OnCall] = {
    "answer": lifecycle.answer, "reject": lifecycle.reject, "redirect": lifecycle.redirect,
    "delete": lifecycle.delete, "get": lifecycle.get, "keepAlive": lifecycle.keep_alive,
    "transfer": transfers.transfer,
    "playPrompt": media.play_prompt, "recordResponse": media.record_response,
    "subscribeToTone": media.subscribe_to_tone, "cancelMediaProcessing": media.cancel_media,
    "invite": roster.invite, "listParticipants": roster.list_participants, "getParticipant": roster.get_participant,
    "remove": roster.remove, "muteParticipant": roster.mute_participant, "mute": roster.mute, "unmute": roster.mute,
    "startHoldMusic": roster.start_hold_music, "stopHoldMusic": roster.stop_hold_music,
    "updateRecordingStatus": roster.update_recording_status,
    "changeScreenSharingRole": roster.change_screen_sharing_role, "sendDtmfTones": roster.send_dtmf_tones,
    "addLargeGalleryView": roster.add_large_gallery_view, "getOperation": roster.get_operation,
}  # fmt: skip


class SimulatedGraph:
    """One Graph with one application. webhook: where calls come in, the address registered with the bot channel.

    `stirred` is called whenever something may be due earlier than it was.
    """

    def __init__(
        self,
        seed: int = 1,
        profile: Profile = "live",
        knobs: Knobs | None = None,
        script: Script | None = None,
        webhook: str = "https://bot.example.com/callback",
    ) -> None:
        self.seed = seed
        self._core = Core(seed, profile, knobs or Knobs.calm())
        self.script = Script() if script is None else script
        self.webhook = webhook
        self.taken: list[Taken] = []
        self.stirred: Callable[[], None] = _nothing

    # ------------------------------------------------------------ requests

    def request(self, request: HttpRequest, now_ms: int, outcome: Outcome | None = None) -> HttpResponse | None:
        """A request arrives. None: the connection was cut. outcome: before what the script holds for the operation."""
        core = self._core
        self.stirred()
        core.advance(now_ms)
        if self._happens(core.knobs.cut_of_thousand):
            self.taken.append(Taken(now_ms, "", "", 0))
            return None
        where = Route("", "")
        try:
            where = route(request.method, request.path)
            reply = self._reply(request, where, now_ms, outcome)
        except GraphError as error:
            reply = _refusal(error.refused)
            core.new_id()  # one more is drawn here, as ever: a seed gives the same call as it always did
            self.taken.append(Taken(now_ms, where.operation, where.call_id, reply.status, error.refused.code))
        except _CutError as cut:
            self.taken.append(Taken(now_ms, where.operation, where.call_id, 0, cut.when))
            return None
        else:
            call_id = where.call_id or str((reply.body or {}).get("id", ""))
            self.taken.append(Taken(now_ms, where.operation, call_id, reply.status))
            if self._happens(core.knobs.cut_of_thousand):
                return None
        return self._response(reply, request, now_ms)

    def _reply(self, request: HttpRequest, where: Route, now_ms: int, outcome: Outcome | None) -> Reply:
        knobs = self._core.knobs
        token = read_token(header(request, "Authorization")) if knobs.needs_token else ANYBODY
        if self._happens(knobs.unavailable_of_thousand):
            raise GraphError(_throttle(self._core.random.choice((429, 503)), 1 + self._core.random.randrange(3)))
        call = self._call_of(where, token) if where.operation != "create" else None
        body = read_body(request, where.operation, where.version)
        if call is not None:
            check_gate(where.operation, call, self._core.profile, knobs)
            check_roles(ROLES.get(where.operation, ()), token)
        chosen = outcome if outcome is not None else self.script.take(where.operation)
        match chosen:
            case Refused():
                raise GraphError(chosen)
            case Throttled():
                raise GraphError(_throttle(chosen.status, chosen.retry_after_seconds))
            case Cut(when="before"):
                raise _CutError("before")
            case _:
                pass
        is_cut = isinstance(chosen, Cut)
        meant = Success() if chosen is None or isinstance(chosen, Cut) else chosen
        ask = Ask(now_ms, where.version, where.operation, where.part, token, body, meant)
        if call is None:
            reply = lifecycle.create(self._core, ask)
        else:
            reply = _HANDLERS[where.operation](self._core, ask, call)
        if is_cut:
            raise _CutError("after")
        return reply

    def _call_of(self, where: Route, token: Token) -> Call:
        call = self._core.calls.get(where.call_id.lower())
        if call is None or (call.app_id and token.app_id and call.app_id != token.app_id):
            raise refused(8522)
        has_tenants = call.stage() != "ended" and call.tenant_id and token.tenant_id
        if has_tenants and call.tenant_id.lower() != token.tenant_id:
            raise refused(7505)
        return call

    def _response(self, reply: Reply, request: HttpRequest, now_ms: int) -> HttpResponse:
        request_id = self._core.new_id()
        client_id = header(request, "client-request-id") or request_id
        headers = [
            *reply.headers, ("request-id", request_id), ("client-request-id", client_id),
            ("x-ms-ags-diagnostic", DIAGNOSTIC), ("OData-Version", "4.0"),
        ]  # fmt: skip
        if value := header(request, "scenario-id"):
            headers.append(("scenario-id", value))
        if reply.body is not None and "error" in reply.body:
            date = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
            inner = {"date": date, "request-id": request_id, "client-request-id": client_id}
            reply = reply._replace(body={"error": {**reply.body["error"], "innerError": inner}})
        content = b""
        if reply.body is not None:
            headers.append(("Content-Type", "application/json"))
            content = json.dumps(reply.body, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
        return HttpResponse(reply.status, tuple(headers), content)

    def _happens(self, of_thousand: int) -> bool:
        return of_thousand > 0 and self._core.random.randrange(1000) < of_thousand

    # ------------------------------------------------------------ notifications

    def next_due(self, *, with_keep_alive: bool = True) -> int | None:
        """When something happens next. Without keepAlive: None as soon as all is quiet, though the 45 minutes run."""
        core = self._core
        due = [core.next_ms(), core.outbox.next_ms(), core.next_keep_alive_ms() if with_keep_alive else None]
        return min((at_ms for at_ms in due if at_ms is not None), default=None)

    def deliveries(self, now_ms: int) -> list[Delivery]:
        """The POSTs that leave up to now."""
        self._core.advance(now_ms)
        return self._core.outbox.pop(now_ms)

    def acknowledge(self, delivery: Delivery, status: int, now_ms: int) -> None:
        """What the callback answered; 202 is right, 2xx will do, anything else is sent again, three times in all."""
        self.stirred()
        call = self._core.outbox.acknowledge(delivery, status, now_ms)
        if call is not None and not call.is_taken:
            self._core.end(call, now_ms, 408, 8586)

    @property
    def complaints(self) -> tuple[tuple[int, int, str], ...]:
        """Answers of the callback other than 202: time, status, address."""
        return tuple(self._core.outbox.complaints)

    # ------------------------------------------------------------ people

    def incoming_call(
        self,
        now_ms: int,
        source: Json,
        target: Json,
        participants: Sequence[Json] = (),
        tenant_id: str = "",
        *,
        is_group: bool = False,
    ) -> str:
        """Somebody calls. Parties are identity sets; participants make it a group call. The call's id."""
        core = self._core
        self.stirred()
        core.advance(now_ms)
        kind: lifecycle.Kind = "group" if participants or is_group else "peer"
        call = Call(core.new_id(), kind, "incoming", "incoming", "")
        call.chain_id, call.my_participant_id, call.tenant_id = core.new_id(), core.new_id(), tenant_id
        call.callback_uri, call.peer, call.alive_ms = self.webhook, source, now_ms
        call.is_from_instance = "applicationInstance" in target or "phone" in target
        present = [source, *participants]
        call.participants = [Participant(core.new_id(), {"identity": one}) for one in present]
        call.extra = lifecycle.incoming_members(call, source, target)
        lifecycle.arrive(core, now_ms, call)
        return call.id

    def _known(self, call_id: str, now_ms: int) -> Call:
        """Raises KeyError when there never was such a call."""
        self.stirred()
        self._core.advance(now_ms)
        return self._core.calls[call_id.lower()]

    def hang_up(self, call_id: str, now_ms: int) -> None:
        """The party of that call hangs up; in a group call, the one who called leaves."""
        lifecycle.hang_up(self._core, self._known(call_id, now_ms), now_ms)

    def press(self, call_id: str, key: str, now_ms: int) -> None:
        """A key: `0` to `9`, `*`, `#`, `star`, `pound`, `a` to `d`, `flash`. Raises ValueError for another."""
        media.press(self._core, self._known(call_id, now_ms), key, now_ms)

    def join(self, call_id: str, identity_set: Json, now_ms: int) -> str:
        """Somebody comes into a group call; the participant's id."""
        return roster.join(self._core, self._known(call_id, now_ms), identity_set, now_ms)

    def leave(self, call_id: str, participant_id: str, now_ms: int) -> None:
        """A participant leaves a group call."""
        lifecycle.leave(self._core, self._known(call_id, now_ms), participant_id, now_ms)

    def set_audio(self, call_id: str, now_ms: int, *, is_active: bool) -> None:
        """The other side puts the call on hold, or takes it back."""
        self._core.audio(self._known(call_id, now_ms), now_ms, is_active=is_active)

    # ------------------------------------------------------------ files

    def waits_for_prompts(self) -> None:
        """From now on as with the knob `fetches_prompts`."""
        self._core.knobs = self._core.knobs._replace(fetches_prompts=True)

    def fetches(self) -> tuple[Fetch, ...]:
        """Prompts to fetch, each told once; `fetched` says what came. Only with the knob `fetches_prompts`."""
        waiting, self._core.fetches = tuple(self._core.fetches), []
        return waiting

    def fetched(
        self, fetch: Fetch, now_ms: int, lengths_ms: tuple[int, ...] = (), failure: tuple[int, int] | None = None
    ) -> None:
        """The prompts are there, so long each, or the operation fails with code and subcode."""
        self._known(fetch.call_id, now_ms)
        media.fetched(self._core, fetch, now_ms, lengths_ms, failure)

    def reached_at(self, url: str) -> None:
        """Where Graph and its recordings are from now on, without a slash at the end."""
        self._core.url, self._core.recordings_url = url, f"{url}/recordings"

    def recording(self, name: str) -> Recording | None:
        """What lies at that place, the last part of a `recordingLocation`."""
        return self._core.recordings.get(name)

    # ------------------------------------------------------------ snapshots

    @property
    def profile(self) -> Profile:
        return self._core.profile

    @property
    def knobs(self) -> Knobs:
        return self._core.knobs

    def call(self, call_id: str) -> CallView | None:
        """One call; None: there never was such a call."""
        found = self._core.calls.get(call_id.lower())
        return None if found is None else found.view()

    def calls(self) -> tuple[CallView, ...]:
        """All calls that ever were, in the order of their beginnings."""
        return tuple([call.view() for call in self._core.calls.values()])

    def legs_up(self) -> tuple[str, ...]:
        """The ids of calls that are not over."""
        return tuple([call.id for call in self._core.calls.values() if not call.is_over])


def _nothing() -> None:
    """Nobody listens."""


class _CutError(Exception):
    def __init__(self, when: str) -> None:
        super().__init__(when)
        self.when = when


def _refusal(why: Refused) -> Reply:
    message = why.message or known_message(why.code) or WORDS.get(why.status, "Error")
    headers: list[tuple[str, str]] = []
    if why.retry_after_seconds >= 0:
        headers.append(("Retry-After", str(why.retry_after_seconds)))
    if why.status == 401:
        headers.append(("WWW-Authenticate", 'Bearer realm=""'))
    return Reply(why.status, {"error": {"code": why.code, "message": message}}, tuple(headers))


def _throttle(status: int, retry_after_seconds: int) -> Refused:
    return Refused(status, WORDS[status], "Too many requests." if status == 429 else "Try again.", retry_after_seconds)
