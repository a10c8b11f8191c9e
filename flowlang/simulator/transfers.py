"""call: transfer. Blind, consultative in both directions, to a number, of one participant of a group call."""

from flowlang.simulator import fields
from flowlang.simulator.calls import AFTER_TRANSFER, Call, identity_of
from flowlang.simulator.core import Ask, Core, Reply
from flowlang.simulator.errors import refused
from flowlang.simulator.values import Failed, Json

TARGET_RINGS_MS = 60_000
BLIND_MS, CONSULTATIVE_MS = 2_500, 800


def transfer(core: Core, ask: Ask, call: Call) -> Reply:
    """202, then transferring, transferAccepted, and the end of the call or `established` with a result."""
    target = fields.invitation(ask.body.get("transferTarget"), call.tenant_id, is_from_instance=call.is_from_instance)
    replaced = replaced_call(core, ask, call, target)
    if call.kind == "group":
        _transferee(ask.body.get("transferee"), call)
    call.state = "transferring"
    call.transfer += 1
    call.replaces = replaced.id if replaced is not None else ""
    if replaced is not None:
        core.replacing.setdefault(replaced.id, []).append(call)
    call.peer_of_replaced = target["identity"] if replaced is not None else {}
    number = call.transfer
    core.later(
        ask.now_ms + 40,
        lambda at_ms: core.send(core.notices.call(call, "transferring"), at_ms),
        lambda: _is_running(call, number),
    )
    final_ms = ask.final_ms((CONSULTATIVE_MS if replaced is not None else BLIND_MS) + core.random.randrange(300))
    if ask.rings:
        final_ms = ask.now_ms + TARGET_RINGS_MS
    if not isinstance(ask.outcome, Failed) or ask.outcome.is_accepted:
        accepted_ms = min(ask.now_ms + 200, max(ask.now_ms + 41, final_ms - 1))
        core.later(accepted_ms, lambda at_ms: _accepted(core, call, at_ms), lambda: _is_running(call, number))
    failure = ask.failure
    if ask.rings:
        failure = (500, 7000 if replaced is None else 7700, "")
    if not ask.is_silent:
        final_ms = max(final_ms, ask.now_ms + 50)
        core.later(final_ms, lambda at_ms: _final(core, call, failure, at_ms), lambda: _is_running(call, number))
    return Reply(202)


def replaced_call(core: Core, ask: Ask, call: Call, info: Json) -> Call | None:
    """The leg that `replacesCallId` names: a live p2p call of this application with that very party."""
    replaces = info.get("replacesCallId")
    if replaces is None or replaces == "":
        return None
    other = core.calls.get(str(replaces).lower())
    is_ours = other is not None and other is not call and other.app_id == ask.token.app_id
    if other is None or not is_ours or other.kind != "peer" or other.state != "established":
        raise refused(10202)
    if identity_of(other.peer) != identity_of(info["identity"]):
        raise refused(10202)
    return other


def _transferee(value: object, call: Call) -> None:
    """A group call moves one of its participants."""
    if not isinstance(value, dict) or not isinstance(value.get("identity"), dict):
        raise refused(8523, "transferee is required for a group call.")
    wanted, participant_id = identity_of(value["identity"]), str(value.get("participantId") or "").lower()
    for one in call.participants:
        is_same_id = not participant_id or one.id.lower() == participant_id
        if is_same_id and identity_of(one.info.get("identity", {})) == wanted:
            return
    raise refused(8558)


def _is_running(call: Call, number: int) -> bool:
    return call.transfer == number and call.state in AFTER_TRANSFER


def _accepted(core: Core, call: Call, now_ms: int) -> None:
    """The pages: transferAccepted comes before or after the sound goes."""
    is_sound_first = core.profile == "live" and core.random.randrange(2) == 0
    if is_sound_first:
        core.audio(call, now_ms, is_active=False)
    call.state = "transferAccepted"
    core.send(core.notices.call(call, "transferAccepted"), now_ms)
    core.audio(call, now_ms, is_active=False)


def _final(core: Core, call: Call, failure: tuple[int, int, str] | None, now_ms: int) -> None:
    if failure is not None:
        core.transfer_failed(call, now_ms, *failure)
        return
    replaced = core.calls.get(call.replaces.lower()) if call.replaces else None
    if replaced is None:
        code = 0 if core.profile == "docs" else 200
        core.close(call, now_ms, core.notices.terminated(call, code, 7015, "GracefulTransferCompleted"), (code, 7015))
        return
    core.close(call, now_ms, core.notices.app_transferred(call), None)
    core.end(replaced, now_ms, *core.knobs.ends_replaced_with)
