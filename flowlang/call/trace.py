"""What happened inside a step of the engine, as codes and facts; the ladder and the console word them."""

from typing import Final, NamedTuple


class Trace(NamedTuple):
    """`code` is a key of `CODES`; `place` a place of the plan or -1; `leg` a leg's number or -1; `facts` as its code
    says."""

    code: str
    place: int = -1
    leg: int = -1
    facts: tuple[str | int, ...] = ()


CODES: Final[dict[str, str]] = {
    # news
    "incoming": "a caller is there: caller, called",
    "started": "the flow was started without a caller",
    "state": "a leg changed its call state: wire name",
    "result": "news of a leg carried a result: code, subcode, message",
    "tone": "a key was pressed: key",
    "joined": "somebody joined the group call: name",
    "left": "somebody left the group call: name",
    "roster": "the roster came: number of participants",
    "leg-over": "a leg is over: code, subcode, message or name",
    "ignored": "news that changes nothing: why",
    "unknown": "news of something that is none of ours: what",
    "request": "a request leaves: number, word",
    "answered": "an answer to a request: number, HTTP status, operation",
    "lost": "no answer came to a request: number",
    "by-hand": "an operator acts: what, who, on whom",
    "resumed": "the service works again after a pause: its milliseconds",
    # handlers and activity
    "handler": "a handler begins: event, its number",
    "instant": "a handler with instant steps only runs on the spot: event, its number",
    "takes-over": "a handler takes over from what runs: event",
    "kept": "an event waits until the step under way is decided: event",
    "dropped": "an event was dropped: event, why",
    "own-event": "a handler does not interrupt itself: event",
    "unhandled": "no handler fits: event",
    "idle": "nothing runs; the flow waits for events",
    "stage": "a stage begins: name",
    # steps
    "step": "a step begins: its word, a detail",
    "done": "a step succeeded: its word",
    "failed": "a step failed: its word, code, subcode, message or name",
    "cancelled": "a step was cancelled: its word",
    "arm": "an arm catches the failure",
    "retry": "the step is tried again: which try",
    "uncaught": "nothing catches the failure: code, subcode, message or name",
    "safety-net": "the safety net runs",
    "asks": "Graph is asked how it stands",
    "over-limit": "the flow did too much at one moment: what",
    "not-now": "a step cannot run any more: its word",
    # legs
    "leg": "a leg begins: name, party",
    "leg-up": "a leg is up: name",
    "leg-let-go": "a leg that nothing uses any more is hung up: name",
    "leg-gone": "a leg that is needed is over: name",
    "music": "music for the caller begins: prompt",
    "music-off": "music for the caller ends",
    # values and timers
    "set": "a variable is set: name, value",
    "log": "the flow says: text",
    "timer": "a timer is set: milliseconds, what for",
    "due": "a timer is due: what for",
    "missing": "a service's answer lacks a member: name",
    "unset": "a value that is not there was read: name",
    "finished": "the session is over: how",
}
