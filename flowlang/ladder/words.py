"""The words for everything that a trace can say, in one table. The ladder, the JSON and the plain list read it."""

from typing import Final, NamedTuple, assert_never

from flowlang.call import commands
from flowlang.call.results import CATALOGUE, Result, matches
from flowlang.call.trace import Trace


class Wording(NamedTuple):
    """`text` with the facts as `{0}`, `{1}`, … and `{result}` for the last three: code, subcode, message.

    shows: `note` beside the ladder; `bad` and `good` are notes that stand out; `arrow` is drawn by its own rule;
    `line` shows the flow's line; `hidden` is left out of the picture.
    """

    text: str
    shows: str = "hidden"


WORDS: Final[dict[str, Wording]] = {
    # news
    "incoming": Wording("{0} calls {1}", "arrow"),
    "started": Wording("the flow is started", "note"),
    "state": Wording("the call is {0}", "arrow"),
    "result": Wording("Graph says: {result}", "arrow"),
    "tone": Wording("key {0} is pressed", "arrow"),
    "joined": Wording("{0} joins", "arrow"),
    "left": Wording("{0} leaves", "arrow"),
    "roster": Wording("{0} in the call"),
    "leg-over": Wording("the call is over: {result}", "arrow"),
    "ignored": Wording("ignored: {0}"),
    "unknown": Wording("news that is none of ours: {0}"),
    "request": Wording("request {1}", "arrow"),
    "answered": Wording("answer {1} to {2}"),
    "lost": Wording("no answer came to {1}", "bad"),
    "by-hand": Wording("{1}, by hand: {0} {2}", "note"),
    "resumed": Wording("the service was away for {seconds} s", "note"),
    # handlers and activity
    "handler": Wording("on {0}", "line"),
    "instant": Wording("on {0}, on the spot", "line"),
    "takes-over": Wording("on {0} takes over", "note"),
    "kept": Wording("{0} waits for its turn", "note"),
    "dropped": Wording("{0} is dropped: {1}", "note"),
    "own-event": Wording("{0} is ignored: its handler runs", "note"),
    "unhandled": Wording("no handler for {0}"),
    "idle": Wording("waits for what comes"),
    "stage": Wording("stage {0}", "note"),
    # steps
    "step": Wording("{0}", "line"),
    "done": Wording("{0} done"),
    "failed": Wording("{0} failed: {result}", "bad"),
    "cancelled": Wording("{0} is cancelled"),
    "arm": Wording("the failure is caught"),
    "retry": Wording("tries again, try {0}", "note"),
    "uncaught": Wording("nothing catches {result}", "bad"),
    "safety-net": Wording("the safety net takes over", "bad"),
    "asks": Wording("asks Graph how the call stands"),
    "over-limit": Wording("too much at one moment: {0}", "bad"),
    "not-now": Wording("no {0}: the caller is gone or on the way", "note"),
    # legs
    "leg": Wording("a leg to {1} begins"),
    "leg-up": Wording("leg {0} is up"),
    "leg-let-go": Wording("leg {0} is let go"),
    "leg-gone": Wording("leg {0} is not there", "bad"),
    "music": Wording("music begins: {0}"),
    "music-off": Wording("music ends"),
    # values and timers
    "set": Wording("{0} = {1}", "note"),
    "log": Wording("log: {0}", "note"),
    "timer": Wording("a timer is set: {seconds} s, {1}"),
    "due": Wording("a timer is due: {0}"),
    "missing": Wording("the service did not answer {0}", "note"),
    "unset": Wording("{0} is not set", "note"),
    "finished": Wording("finished"),
}

STATES: Final[dict[str, str]] = {"transferAccepted": "accepted", "establishing": "connecting"}
"""Wire states that read better in other words; all others stand as they are."""


def sentence(trace: Trace) -> str:
    """What one line of a trace says."""
    wording = WORDS[trace.code]
    facts = trace.facts
    if trace.code == "leg-over" and not facts:
        return "the call is over"
    return wording.text.format(*facts, "", "", "", result=result_words(facts), seconds=_seconds(facts)).rstrip(": ")


def _seconds(facts: tuple[str | int, ...]) -> str:
    first = facts[0] if facts else 0
    return f"{first / 1000:g}" if isinstance(first, int) else str(first)


def result_words(facts: tuple[str | int, ...]) -> str:
    """The last three facts of a trace (code, subcode, message or name): `486/0 busy`, `no answer`."""
    if len(facts) < 3:
        return ""
    code, subcode, text = facts[-3:]
    if not isinstance(code, int) or not isinstance(subcode, int):
        return str(text)
    return of_result(Result(code, subcode, str(text), str(text) if str(text) in CATALOGUE else ""))


def of_result(result: Result) -> str:
    """A result in a few words: its name in the catalogue, else its message, behind the codes where there are any."""
    has_codes = bool(result.code or result.subcode)
    fitting = (name for name in CATALOGUE if name != "caller hung up" and has_codes and matches(name, result))
    name = result.name or next(fitting, "")
    codes = f"{result.code}/{result.subcode}" if has_codes else ""
    return f"{codes} {name or result.message}".strip()


def act_words(act: commands.Act) -> str:
    """A request in a few words."""
    match act:
        case commands.Answer():
            return "answer"
        case commands.Reject():
            return "reject" if act.reason == "none" else f"reject {act.reason}"
        case commands.Redirect():
            return f"redirect to {_party_names(act.targets)}"
        case commands.CreateCall():
            return "call"
        case commands.JoinMeeting():
            return "join meeting"
        case commands.Transfer():
            return "transfer" if act.transferee is None else f"transfer {act.transferee.party.name or 'participant'}"
        case commands.HangUp():
            return "hang up"
        case commands.GetCall():
            return "state?"
        case commands.KeepAlive():
            return "keep alive"
        case commands.Play():
            word = "say" if all(prompt.kind == "speech" for prompt in act.prompts) else "play"
            return f"{word} {', '.join(_prompt(prompt) for prompt in act.prompts)}"
        case commands.RecordResponse():
            return "record"
        case commands.SubscribeToTone():
            return "hear keys"
        case commands.CancelMedia():
            return "stop sound"
        case commands.Mute():
            return "mute"
        case commands.Unmute():
            return "unmute"
        case commands.Invite():
            return f"invite {act.target.name or act.target.id}"
        case commands.RemoveParticipant():
            return "remove"
        case commands.HoldParticipant():
            return "hold"
        case commands.ResumeParticipant():
            return "resume"
        case commands.ListParticipants():
            return "who is there?"
        case commands.GetOperation():
            return "done?"
        case _:
            assert_never(act)


def _party_names(parties: tuple[object, ...]) -> str:
    return ", ".join(str(getattr(party, "name", "") or getattr(party, "id", "")) for party in parties)


def _prompt(prompt: commands.Prompt) -> str:
    """A prompt by its file's name without folders; a spoken text in quotes."""
    if prompt.kind == "speech":
        return f'"{prompt.text}"'
    return prompt.text.replace("\\", "/").rsplit("/", 1)[-1]
