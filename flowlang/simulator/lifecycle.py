"""Create, answer, reject, redirect, delete, get, keepAlive; calls that come in; people who hang up."""

from typing import Literal

from flowlang.simulator import fields
from flowlang.simulator.calls import Call, Participant, identity_of
from flowlang.simulator.core import ANSWER_WINDOW_MS, Ask, Core, Reply
from flowlang.simulator.errors import message_of, refused
from flowlang.simulator.gate import INITIATE, INITIATE_GROUP, JOIN, check_roles
from flowlang.simulator.values import Json

Kind = Literal["peer", "group"]
MOST_TARGETS, MOST_REDIRECT_TARGETS = 5, 25
LONGEST_RING_SECONDS = 115
MEETINGS = {
    "organizerMeetingInfo": "organizer", "tokenMeetingInfo": "token", "joinMeetingIdMeetingInfo": "joinMeetingId",
}  # fmt: skip
NO_ANSWER = (487, 10004)


def create(core: Core, ask: Ask) -> Reply:
    """POST /communications/calls: one target is p2p, several are a group call, meetingInfo joins a meeting."""
    body, token = ask.body, ask.token
    callback_uri = fields.callback(body, is_required=True)
    has_service_media = fields.has_service_media(body)
    fields.modalities(body, "requestedModalities")
    is_meeting = body.get("meetingInfo") is not None
    tenant_id = str(body.get("tenantId") or "")
    if tenant_id and token.tenant_id and tenant_id.lower() != token.tenant_id:
        raise refused(7505)
    source = body.get("source")
    source_set = source.get("identity") if isinstance(source, dict) else None
    is_from_instance = isinstance(source_set, dict) and identity_of(source_set)[0] == "applicationInstance"
    targets: list[Json] = []
    if is_meeting:
        _meeting(body)
        if not tenant_id and core.profile == "live":
            raise refused(7505)  # the pages' examples 9 and 10 leave the tenant out; the service does not let one
        check_roles(((*JOIN, "Calls.JoinGroupCalls.Chat"),), token)
    else:
        targets = fields.invitations(
            body.get("targets"), tenant_id or token.tenant_id, MOST_TARGETS, is_from_instance=is_from_instance
        )
        check_roles((((INITIATE,) if len(targets) == 1 else (INITIATE_GROUP,)),), token)
    ring_seconds = fields.whole(body, "ringingTimeoutInSeconds", 0, 0, LONGEST_RING_SECONDS)
    if ask.version != "beta":
        ring_seconds = 0  # an open type takes what it does not know, and does nothing with it
    call = _outgoing(core, ask, targets, is_group=is_meeting or len(targets) > 1)
    call.callback_uri, call.has_service_media, call.is_from_instance = callback_uri, has_service_media, is_from_instance
    call.tenant_id = tenant_id or token.tenant_id
    application = {"application": {"@odata.type": "#microsoft.graph.identity", "id": token.app_id}}
    call.extra = {
        "source": source or {"@odata.type": "#microsoft.graph.participantInfo", "identity": application},
        "targets": targets,
        "requestedModalities": body["requestedModalities"],
        "mediaConfig": body["mediaConfig"],
        **({"meetingInfo": body["meetingInfo"]} if is_meeting else {}),
    }
    _ring(core, ask, call, ring_seconds * 1000 or core.knobs.ring_ms)
    location = f"{core.url}/{ask.version}/communications/calls/{call.id}"
    return Reply(201, call.as_json(ask.version), (("Location", location),))


def _meeting(body: Json) -> None:
    info = body["meetingInfo"]
    kind = str(info.get("@odata.type", "")).rpartition(".")[2] if isinstance(info, dict) else ""
    if kind not in MEETINGS or not info.get(MEETINGS[kind]):
        raise refused(8523, "meetingInfo is of no known type, or lacks its one member.")
    if kind == "organizerMeetingInfo" and not body.get("chatInfo"):
        raise refused(8523, "chatInfo is required with organizerMeetingInfo.")


def _outgoing(core: Core, ask: Ask, targets: list[Json], *, is_group: bool) -> Call:
    call = Call(core.new_id(), "group" if is_group else "peer", "outgoing", "establishing", ask.token.app_id)
    call.chain_id, call.my_participant_id, call.alive_ms = core.new_id(), core.new_id(), ask.now_ms
    if not is_group:
        call.peer = targets[0]["identity"]
    call.participants = [Participant(core.new_id(), {"identity": one["identity"]}) for one in targets]
    core.begin(call)
    return call


def _ring(core: Core, ask: Ask, call: Call, ring_ms: int) -> None:
    """How a call that goes out comes up, or does not."""
    core.later(ask.now_ms + 60, lambda at_ms: _establishing(core, call, at_ms), lambda: not call.is_over)
    failure = ask.failure

    def matters() -> bool:
        return call.state == "establishing"

    if failure is not None:
        fails_ms = ask.final_ms(core.knobs.callee_answers_after_ms)
        core.later(fails_ms, lambda at_ms: core.end(call, at_ms, *failure), lambda: not call.is_over)
    elif ask.rings:
        core.later(ask.now_ms + ring_ms, lambda at_ms: _unanswered(core, call, at_ms), matters)
    elif not ask.is_silent:
        answers_ms = ask.final_ms(core.knobs.callee_answers_after_ms + core.random.randrange(500))
        gives_up_ms = ask.now_ms + ring_ms
        if answers_ms < gives_up_ms:
            core.later(answers_ms, lambda at_ms: core.establish(call, at_ms), matters)
        else:
            core.later(gives_up_ms, lambda at_ms: _unanswered(core, call, at_ms), matters)


def _establishing(core: Core, call: Call, now_ms: int) -> None:
    if call.state == "establishing":
        core.send(core.notices.call(call, "establishing"), now_ms)


def _unanswered(core: Core, call: Call, now_ms: int) -> None:
    core.end(call, now_ms, *NO_ANSWER)


def answer(core: Core, ask: Ask, call: Call) -> Reply:
    if call.kind == "group":
        check_roles((JOIN,), ask.token)
    has_service_media = fields.has_service_media(ask.body)
    fields.modalities(ask.body, "acceptedModalities")
    callback_uri = fields.callback(ask.body, is_required=False)
    call.has_service_media = has_service_media
    call.callback_uri = callback_uri or call.callback_uri
    call.is_taken, call.alive_ms, call.state = True, ask.now_ms, "establishing"
    call.app_id = call.app_id or ask.token.app_id
    call.extra["mediaConfig"] = ask.body["mediaConfig"]
    core.later(ask.now_ms + 60, lambda at_ms: _establishing(core, call, at_ms), lambda: not call.is_over)
    failure = ask.failure
    if failure is not None:
        core.later(ask.final_ms(1_000), lambda at_ms: core.end(call, at_ms, *failure), lambda: not call.is_over)
    elif ask.rings:
        core.later(ask.now_ms + 10_000, lambda at_ms: core.end(call, at_ms, 408, 1106), lambda: not call.is_over)
    elif not ask.is_silent:
        up_ms = ask.final_ms(200 + core.random.randrange(200))
        core.later(up_ms, lambda at_ms: core.establish(call, at_ms), lambda: call.state == "establishing")
    return Reply(202)


def reject(core: Core, ask: Ask, call: Call) -> Reply:
    reason = ask.body.get("reason")
    if not isinstance(reason, str) or reason.lower() not in ("none", "busy", "forbidden"):
        raise refused(8523, "reason is none, busy or forbidden.")
    call.callback_uri = fields.callback(ask.body, is_required=False) or call.callback_uri
    call.is_taken, call.alive_ms, call.state = True, ask.now_ms, "terminating"
    if not ask.is_silent:
        core.later(ask.final_ms(100), lambda at_ms: core.close(call, at_ms, core.notices.gone(call), None))
    return Reply(202)


def redirect(core: Core, ask: Ask, call: Call) -> Reply:
    """The platform calls all targets; the first to pick up has the call."""
    body = ask.body
    fields.invitations(
        body.get("targets"), call.tenant_id, MOST_REDIRECT_TARGETS, is_from_instance=call.is_from_instance
    )
    several = len(body["targets"]) > 1
    timeout_seconds = fields.whole(body, "timeout", 60 if several else 55, 15, 90)
    call.callback_uri = fields.callback(body, is_required=False) or call.callback_uri
    call.is_taken, call.alive_ms, call.state = True, ask.now_ms, "redirecting"
    result, at_ms = ask.failure, ask.final_ms(1_000 + core.random.randrange(500))
    if ask.rings:
        result, at_ms = (*NO_ANSWER, message_of(*NO_ANSWER)), ask.now_ms + timeout_seconds * 1000
    if not ask.is_silent:
        codes = result[:2] if result is not None else None
        core.later(at_ms, lambda due_ms: core.close(call, due_ms, core.notices.redirected(call, result), codes))
    return Reply(202)


def delete(core: Core, ask: Ask, call: Call) -> Reply:
    call.is_taken, call.alive_ms, call.state = True, ask.now_ms, "terminating"
    core.send(core.notices.call(call, "terminating"), ask.now_ms)
    code, subcode, message = ask.failure or (200, 5001, "")
    if not ask.is_silent:
        core.later(ask.final_ms(150), lambda at_ms: core.end(call, at_ms, code, subcode, message))
    return Reply(204)


def get(_core: Core, ask: Ask, call: Call) -> Reply:
    return Reply(200, call.as_json(ask.version))


def keep_alive(_core: Core, ask: Ask, call: Call) -> Reply:
    call.alive_ms = ask.now_ms
    return Reply(200)


# ---------------------------------------------------------------- the world


def incoming_members(call: Call, source: Json, target: Json) -> Json:
    """What the first notification of a call says beside its ids (Graph, call: answer, example 3; seen live)."""
    members: Json = {
        "source": {
            "@odata.type": "#microsoft.graph.participantInfo",
            "identity": source,
            "endpointType": "default",
            "region": "amer",
            "languageId": "en-us",
            "id": call.participants[0].id,
        },
        "targets": [
            {"@odata.type": "#microsoft.graph.invitationParticipantInfo", "identity": target, "endpointType": "default"}
        ],
        "requestedModalities": ["audio"],
        "incomingContext": {
            "@odata.type": "#microsoft.graph.incomingContext",
            "sourceParticipantId": call.participants[0].id,
        },
    }
    if call.kind == "group":
        thread = f"19:{call.chain_id}@thread.v2"
        members["chatInfo"] = {"@odata.type": "#microsoft.graph.chatInfo", "threadId": thread, "messageId": "0"}
        organizer = {"@odata.type": "#microsoft.graph.organizerMeetingInfo", "organizer": source}
        members["meetingInfo"] = organizer
    return members


def arrive(core: Core, now_ms: int, call: Call) -> None:
    """A call comes in: the application has 15 seconds."""
    core.begin(call)
    core.send(core.notices.incoming(call), now_ms)
    core.later(
        now_ms + ANSWER_WINDOW_MS, lambda at_ms: _window_closes(core, call, at_ms), lambda: call.state == "incoming"
    )


def _window_closes(core: Core, call: Call, now_ms: int) -> None:
    core.end(call, now_ms, 408, 8587)


def hang_up(core: Core, call: Call, now_ms: int) -> None:
    """The other party of a p2p call hangs up; of a group call, its first participant leaves."""
    if call.is_over or call.state in ("terminating", "redirecting"):
        return
    if call.kind == "group" and call.is_up:
        if call.participants:
            leave(core, call, call.participants[0].id, now_ms)
        return
    if not call.is_up:
        code, subcode = (487, 0) if call.direction == "incoming" else (603, 0)
    else:
        code, subcode = (200, 5002) if core.profile == "live" else (200, 4521)
    core.end(call, now_ms, code, subcode)


def leave(core: Core, call: Call, participant_id: str, now_ms: int) -> None:
    """A participant of a group call leaves; with nobody left, the call ends."""
    call.participants = [one for one in call.participants if one.id != participant_id]
    if call.is_over:
        return
    core.send(core.notices.roster(call), now_ms)
    if not call.participants:
        core.end(call, now_ms, 200, 5002)
