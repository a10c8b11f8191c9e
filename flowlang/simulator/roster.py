"""Participants: invite, list, get, remove, mute, hold; and the smaller operations of group calls."""

from flowlang.simulator import fields
from flowlang.simulator.calls import Call, Operation, Participant
from flowlang.simulator.core import Ask, Core, Reply
from flowlang.simulator.errors import refused
from flowlang.simulator.lifecycle import leave
from flowlang.simulator.media import done_at_once, finish
from flowlang.simulator.notices import result_info
from flowlang.simulator.transfers import replaced_call
from flowlang.simulator.values import Json

MOST_INVITED = 5
INVITED_AFTER_MS = 2_000
INVITE_RINGS_MS = 60_000


def _operation(core: Core, ask: Ask, call: Call, kind: str) -> Operation:
    context = ask.body.get("clientContext")
    operation = Operation(kind, core.new_id(), str(context) if context is not None else None)
    call.operations[operation.id] = operation
    operation.is_heard_of = not ask.is_silent
    return operation


def _find(call: Call, participant_id: str) -> Participant:
    for one in call.participants:
        if one.id.lower() == participant_id.lower():
            return one
    raise refused(8558)


def invite(core: Core, ask: Ask, call: Call) -> Reply:
    """A p2p call becomes a group call. With replacesCallId the person is pulled out of that call."""
    given = fields.invitations(
        ask.body.get("participants"), call.tenant_id, MOST_INVITED, is_from_instance=call.is_from_instance
    )
    if len(given) > 1 and any(one.get("replacesCallId") for one in given):
        if core.profile == "live":
            raise refused(8505)
        given = given[:1]  # the page: only the first participant is processed
    replaced = replaced_call(core, ask, call, given[0]) if not given[0].get("participantId") else None
    operation = _operation(core, ask, call, "inviteParticipantsOperation")
    operation.body["participants"] = given
    failure, at_ms = ask.failure, ask.final_ms(INVITED_AFTER_MS + core.random.randrange(500))
    if ask.rings:
        failure, at_ms = (487, 10004, ""), ask.now_ms + INVITE_RINGS_MS
    if not ask.is_silent:
        core.later(at_ms, lambda due_ms: _invited(core, call, operation, given, replaced, failure, due_ms))
    status = "Running" if core.profile == "docs" else "running"
    location = f"{core.url}/{ask.version}/communications/calls/{call.id}/operations/{operation.id}"
    body = {**operation.as_json(), "status": status, "resultInfo": None}
    return Reply(200, body, (("Location", location),))


def _invited(
    core: Core, call: Call, operation: Operation, given: list[Json], replaced: Call | None,
    failure: tuple[int, int, str] | None, now_ms: int,
) -> None:  # fmt: skip
    if not call.is_up or operation.status != "running":
        return
    if failure is not None:
        finish(core, call, operation, now_ms, failure)
        return
    if replaced is not None and replaced.is_over:
        finish(core, call, operation, now_ms, (404, 10202, "Call to replace not found."))
        return
    if call.kind == "peer":
        call.kind = "group"
        if not call.participants and call.peer:
            call.participants = [Participant(core.new_id(), {"identity": call.peer})]
    operation.status = "completed"
    if core.profile == "live":
        operation.body["resultInfo"] = result_info(200, 0, "", core.profile)
    core.send(core.notices.operation(call, operation), now_ms)
    if replaced is not None:
        core.end(replaced, now_ms, *core.knobs.ends_replaced_with)
    for one in given:
        call.participants.append(Participant(core.new_id(), {"identity": one["identity"], "endpointType": "default"}))
    core.send(core.notices.roster(call), now_ms)


def join(core: Core, call: Call, identity_set: Json, now_ms: int) -> str:
    """Somebody comes into a group call. The participant's id."""
    participant = Participant(core.new_id(), {"identity": identity_set})
    call.participants.append(participant)
    if call.is_up:
        core.send(core.notices.roster(call), now_ms)
    return participant.id


def list_participants(_core: Core, _ask: Ask, call: Call) -> Reply:
    return Reply(200, {"value": [one.as_json() for one in call.participants]})


def get_participant(_core: Core, ask: Ask, call: Call) -> Reply:
    return Reply(200, _find(call, ask.part).as_json())


def remove(core: Core, ask: Ask, call: Call) -> Reply:
    participant_id = _find(call, ask.part).id
    core.later(ask.now_ms + 100, lambda at_ms: leave(core, call, participant_id, at_ms))
    return Reply(204)


def mute_participant(core: Core, ask: Ask, call: Call) -> Reply:
    participant = _find(call, ask.part)
    operation = done_at_once(core, ask, call, "muteParticipantOperation")
    if operation.status == "completed":
        participant.is_muted = True
        core.later(ask.now_ms + 50, lambda at_ms: _roster(core, call, at_ms))
    return Reply(200, operation.as_json())


def _roster(core: Core, call: Call, now_ms: int) -> None:
    if not call.is_over:
        core.send(core.notices.roster(call), now_ms)


def mute(core: Core, ask: Ask, call: Call) -> Reply:
    """mute and unmute: the application itself."""
    kind = "muteParticipantOperation" if ask.operation == "mute" else "unmuteParticipantOperation"
    operation = done_at_once(core, ask, call, kind)
    if operation.status == "completed":
        core.later(ask.now_ms + 50, lambda at_ms: _roster(core, call, at_ms))
    return Reply(200, operation.as_json())


def start_hold_music(core: Core, ask: Ask, call: Call) -> Reply:
    """One participant at a time."""
    participant = _find(call, ask.part)
    if any(one.is_held for one in call.participants):
        raise refused(8519)
    operation = _operation(core, ask, call, "startHoldMusicOperation")
    failure = ask.failure
    participant.is_held = failure is None
    result = failure or (200, 0, "")
    core.later(ask.final_ms(300), lambda at_ms: finish(core, call, operation, at_ms, result))
    return Reply(202, operation.as_json())


def stop_hold_music(core: Core, ask: Ask, call: Call) -> Reply:
    participant = _find(call, ask.part)
    operation = done_at_once(core, ask, call, "stopHoldMusicOperation")
    if operation.status == "completed":
        participant.is_held = False
    return Reply(202, operation.as_json())


def update_recording_status(core: Core, ask: Ask, call: Call) -> Reply:
    if str(ask.body.get("status", "")).lower() not in ("notrecording", "recording", "failed"):
        raise refused(8523, "status is notRecording, recording or failed.")
    return Reply(200, done_at_once(core, ask, call, "updateRecordingStatusOperation").as_json())


def change_screen_sharing_role(core: Core, ask: Ask, call: Call) -> Reply:
    if ask.body.get("role") not in ("viewer", "sharer"):
        raise refused(8523, "role is viewer or sharer.")
    if call.has_service_media:
        raise refused(8500)
    core.later(ask.now_ms + 50, lambda at_ms: _roster(core, call, at_ms))
    return Reply(202)


def send_dtmf_tones(core: Core, ask: Ask, call: Call) -> Reply:
    if not isinstance(ask.body.get("tones"), list) or not ask.body["tones"]:
        raise refused(8523, "tones is required.")
    return _running(core, ask, call, "sendDtmfTonesOperation")


def add_large_gallery_view(core: Core, ask: Ask, call: Call) -> Reply:
    return _running(core, ask, call, "addLargeGalleryViewOperation")


def _running(core: Core, ask: Ask, call: Call, kind: str) -> Reply:
    operation = _operation(core, ask, call, kind)
    result = ask.failure or (200, 0, "")
    core.later(ask.final_ms(300), lambda at_ms: finish(core, call, operation, at_ms, result))
    return Reply(200, operation.as_json())


def get_operation(_core: Core, ask: Ask, call: Call) -> Reply:
    operation = call.operations.get(ask.part.lower())
    if operation is None:
        raise refused(8522, "Operation not found.")
    return Reply(200, operation.as_json())
