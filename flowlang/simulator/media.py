"""playPrompt, recordResponse, subscribeToTone, cancelMediaProcessing, tones; operations of one call go in order."""

from flowlang.simulator import fields
from flowlang.simulator.calls import Call, Operation
from flowlang.simulator.core import Ask, Core, Reply
from flowlang.simulator.errors import message_of, refused
from flowlang.simulator.notices import result_info
from flowlang.simulator.values import Fetch, Json, Recording

MOST_PROMPTS = 20
TONES = {**{str(n): f"tone{n}" for n in range(10)}, "*": "star", "#": "pound"}
LETTERS = ("a", "b", "c", "d", "flash", "star", "pound")
STOP_TONES = (*"0123456789*#ABCDabcd",)
NEVER = -1
USUAL_PROMPT_MS = 2_000
BAD_FILE, NO_FILE = (400, 8535), (400, 8536)


def _check(call: Call) -> None:
    """Media of the service, and sound that flows. During a transfer it is taken all the same."""
    if not call.has_service_media:
        raise refused(8500)
    if call.state == "established" and call.audio != "active":
        raise refused(8503)


def _new(core: Core, ask: Ask, call: Call, kind: str) -> Operation:
    context = ask.body.get("clientContext")
    operation = Operation(kind, core.new_id(), str(context) if context is not None else None)
    call.operations[operation.id] = operation
    return operation


def done_at_once(core: Core, ask: Ask, call: Call, kind: str) -> Operation:
    """An operation that its own answer finishes: no notification about it."""
    operation = _new(core, ask, call, kind)
    operation.status = "completed"
    failure = ask.failure
    if failure is not None:
        operation.status = "failed"
        operation.body["resultInfo"] = result_info(*failure, core.profile)
    return operation


def play_prompt(core: Core, ask: Ask, call: Call) -> Reply:
    _check(call)
    uris = fields.prompts(ask.body, MOST_PROMPTS, is_required=True)
    loop = ask.body.get("loop", False)
    if not isinstance(loop, bool | None):
        raise refused(8523, "loop is true or false.")
    operation = _new(core, ask, call, "playPromptOperation")
    usual_ms = _prompts_ms(core, uris) if not loop else NEVER
    _hold(core, call, operation, uris)
    _queue(core, ask, call, operation, usual_ms)
    return Reply(200, operation.as_json())


def record_response(core: Core, ask: Ask, call: Call) -> Reply:
    _check(call)
    body = ask.body
    uris = fields.prompts(body, 1, is_required=False)
    for name in ("initialSilenceTimeoutInSeconds", "maxSilenceTimeoutInSeconds"):
        fields.whole(body, name, 5, 1, 120)
    longest_seconds = fields.whole(body, "maxRecordDurationInSeconds", 5, 1, 120)
    stop_tones = body.get("stopTones") or []
    if not isinstance(stop_tones, list) or any(tone not in STOP_TONES for tone in stop_tones):
        raise refused(8523, "stopTones holds keys, such as '#'.")
    operation = _new(core, ask, call, "recordOperation")
    operation.stop_tones = tuple(stop_tones)
    if body.get("bargeInAllowed") is True:
        _cancel_all(core, call, ask.now_ms)
    _hold(core, call, operation, uris)
    _queue(core, ask, call, operation, _prompts_ms(core, uris) + longest_seconds * 1000)
    nothing = {"resultInfo": None, "recordingLocation": None}
    location = f"{core.url}/{ask.version}/communications/calls/{call.id}/operations/{operation.id}"
    return Reply(200, {**operation.as_json(), **nothing}, (("Location", location),))


def subscribe_to_tone(core: Core, ask: Ask, call: Call) -> Reply:
    _check(call)
    operation = done_at_once(core, ask, call, "subscribeToToneOperation")
    call.hears_tones = call.hears_tones or operation.status == "completed"
    return Reply(200, operation.as_json())


def cancel_media(core: Core, ask: Ask, call: Call) -> Reply:
    """Ends what plays or records, running and queued; each says so in a notification of its own."""
    if not call.has_service_media:
        raise refused(8500)
    operation = done_at_once(core, ask, call, "cancelMediaProcessingOperation")
    if operation.status == "completed":
        _cancel_all(core, call, ask.now_ms)
    return Reply(200, operation.as_json())


def _cancel_all(core: Core, call: Call, now_ms: int) -> None:
    cancelled, call.queue = call.queue, []
    for operation in cancelled:
        finish(core, call, operation, now_ms, (400, 8508, ""))


# ---------------------------------------------------------------- prompts


def _prompts_ms(core: Core, uris: tuple[str, ...]) -> int:
    usual_ms = core.knobs.prompt_ms
    return len(uris) * (usual_ms if usual_ms >= 0 else USUAL_PROMPT_MS)


def _hold(core: Core, call: Call, operation: Operation, uris: tuple[str, ...]) -> None:
    """It begins when somebody has fetched its prompts."""
    if core.knobs.fetches_prompts and uris:
        operation.is_held = True
        core.fetches.append(Fetch(call.id, operation.id, uris))


def fetched(
    core: Core, fetch: Fetch, now_ms: int, lengths_ms: tuple[int, ...], failure: tuple[int, int] | None
) -> None:
    """The prompts are there, or cannot be had. lengths_ms: how long each of them is."""
    call = core.calls[fetch.call_id.lower()]
    operation = call.operations[fetch.operation_id]
    if not operation.is_held or operation not in call.queue:
        return
    operation.is_held = False
    if failure is not None and operation.failure is None:
        operation.failure, operation.duration_ms = (*failure, ""), 0
    elif core.knobs.prompt_ms < 0 and operation.failure is None and operation.duration_ms != NEVER:
        operation.duration_ms += sum(lengths_ms) - _prompts_ms(core, fetch.uris)
    if call.queue[0] is operation:
        _start(core, call, now_ms)


# ---------------------------------------------------------------- the queue


def _queue(core: Core, ask: Ask, call: Call, operation: Operation, usual_ms: int) -> None:
    """How long an operation takes once its turn comes; NEVER: until it is cancelled."""
    operation.failure, operation.is_heard_of = ask.failure, not (ask.is_silent or ask.rings)
    operation.duration_ms = usual_ms if operation.failure is None else min(300, max(usual_ms, 1))
    wanted_ms = ask.final_ms(NEVER) - ask.now_ms
    if wanted_ms >= 0:
        operation.duration_ms = wanted_ms
    call.queue.append(operation)
    if len(call.queue) == 1:
        _start(core, call, ask.now_ms)


def _start(core: Core, call: Call, now_ms: int) -> None:
    operation = call.queue[0]
    operation.started_ms = now_ms
    if operation.duration_ms != NEVER and not operation.is_held:
        core.later(
            now_ms + operation.duration_ms,
            lambda at_ms: _turn(core, call, operation, None, at_ms),
            lambda: bool(call.queue) and call.queue[0] is operation,
        )


def _turn(core: Core, call: Call, operation: Operation, result: tuple[int, int, str] | None, now_ms: int) -> None:
    """The running operation is through; the next one starts."""
    call.queue.pop(0)
    usual = (200, 8515, "") if operation.kind == "recordOperation" else (200, 0, "")
    finish(core, call, operation, now_ms, result or operation.failure or usual)
    if call.queue:
        _start(core, call, now_ms)


def finish(core: Core, call: Call, operation: Operation, now_ms: int, result: tuple[int, int, str]) -> None:
    """The operation's final word, unless it is to have none."""
    code, subcode, message = result
    operation.status = "completed" if code < 400 else "failed"
    text = message or message_of(code, subcode)
    operation.body["resultInfo"] = result_info(code, subcode, text, core.profile)
    operation.body.update(_details(core, call, operation, now_ms, code, subcode))
    if operation.is_heard_of and not call.is_over:
        core.send(core.notices.operation(call, operation), now_ms)


def _details(core: Core, call: Call, operation: Operation, now_ms: int, code: int, subcode: int) -> Json:
    if operation.kind == "recordOperation":
        is_ok = code < 400
        name, token = (core.new_id(), core.new_id()) if is_ok else ("", "")
        if is_ok:
            core.recordings[name] = Recording(call.id, token, now_ms - operation.started_ms)
        reasons = {8508: "operationCanceled", 8514: "stopToneDetected", 8515: "maxRecordDurationReached",
                   8510: "initialSilenceTimeout", 8509: "maxSilenceTimeout"}  # fmt: skip
        return {
            "recordingLocation": f"{core.recordings_url}/{name}" if is_ok else "",
            "recordingAccessToken": token,
            "completionReason": reasons.get(subcode, "unspecifiedError"),
        }
    if operation.kind == "playPromptOperation" and core.profile == "live":
        reason = "completedSuccessfully" if code < 400 else "mediaOperationCanceled" if subcode == 8508 else "unknown"
        return {"completionReason": reason}
    return {}


# ---------------------------------------------------------------- keys


def tone_of(key: str) -> str:
    """`5`, `*`, `pound`, `tone5` as Graph's word. Raises ValueError."""
    tone = key.lower()
    if tone in TONES:
        return TONES[tone]
    if tone in LETTERS or tone in TONES.values():
        return tone
    raise ValueError(f"{key!r} is no key of a phone")


def press(core: Core, call: Call, key: str, now_ms: int) -> None:
    """Somebody presses a key: a stop tone ends a recording; the application hears it when it has subscribed."""
    tone = tone_of(key)
    if not call.is_up:
        return
    if call.queue and any(TONES.get(stop.lower(), stop.lower()) == tone for stop in call.queue[0].stop_tones):
        _turn(core, call, call.queue[0], (200, 8514, ""), now_ms)
    if call.hears_tones:
        call.sequence += 1
        core.send(core.notices.tone(call, tone), now_ms)
