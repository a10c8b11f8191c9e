"""A call that shows a finding, in a few lines: who did what to whom. The whole of it is what `run --witness` draws."""

from collections.abc import Sequence
from typing import NamedTuple

from flowlang import plan as p
from flowlang.call.party import Party
from flowlang.call.trace import Trace
from flowlang.diagnostics import Told
from flowlang.engine.step import Stepped
from flowlang.ladder.words import result_words
from flowlang.plan import Plan

CALLER, FLOW = "caller", "flow"
CALLS = Told(CALLER, FLOW, "calls")
MOST_LINES = 14

_SAYS: dict[type, str] = {
    p.Menu: "asks for a key", p.Gather: "asks for keys", p.RecordStep: "records", p.Consult: "rings", p.Call: "rings",
    p.JoinMeeting: "joins the meeting", p.Transfer: "transfers the caller", p.Invite: "invites", p.Say: "speaks",
    p.HangUp: "hangs up", p.Ask: "asks", p.Redirect: "redirects the call", p.Reject: "rejects the call",
    p.StartFlow: "begins another flow", p.Retry: "tries again", p.Wait: "waits",
}  # fmt: skip
_TO_CALLER = (p.Menu, p.Gather, p.RecordStep, p.Say, p.Play, p.HangUp)


class _Line(NamedTuple):
    told: Told
    place: int


def tell(plan: Plan, steps: list[Stepped], ending: str, hours: Sequence[dict[str, bool]] = ()) -> tuple[Told, ...]:
    """The call as lines; `ending` is the last one. Long calls are told from their beginning and their end. `hours`:
    for each fact which were looked at, and whether they were open."""
    teller = _Teller(plan)
    for at, stepped in enumerate(steps):
        for name, is_open in hours[at].items() if at < len(hours) else ():
            teller.clock(name, is_open)
        for trace in stepped.trace:
            teller.hear(trace, stepped)
    told = [line.told for line in teller.lines]
    if len(told) > MOST_LINES:
        half = MOST_LINES // 2
        told = [*told[:half], Told("", "", f"({len(told) - 2 * half} more)"), *told[-half:]]
    return (*told, Told(FLOW, "", ending)) if ending else tuple(told)


class _Teller:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.lines: list[_Line] = []
        self.is_answered = False
        self.names: dict[int, str] = {}
        self.hours: dict[str, bool] = {}

    def say(self, actor: str, other: str, text: str, place: int = -1) -> None:
        self.lines.append(_Line(Told(actor, other, text), place))

    def clock(self, hours: str, is_open: bool) -> None:
        """The flow looked whether hours are open: told when that is news."""
        if self.hours.get(hours) != is_open:
            self.hours[hours] = is_open
            self.say("", "", f"it is {'during' if is_open else 'outside'} {hours}")

    def add(self, place: int, text: str) -> None:
        """More about the step that was told last at that place."""
        for at in range(len(self.lines) - 1, -1, -1):
            told, where = self.lines[at]
            if where == place:
                self.lines[at] = _Line(told._replace(text=f"{told.text} … {text}"), -2)
                return

    def hear(self, trace: Trace, stepped: Stepped) -> None:
        code, place, leg, facts = trace
        match code:
            case "incoming":
                self.say(*CALLS[:3])
            case "started":
                self.say(FLOW, "", "is started")
            case "state":
                self._state(leg, str(facts[0]), stepped)
            case "tone":
                key = {"star": "*", "pound": "#"}.get(str(facts[0]), str(facts[0]))
                self.say(self._name(leg, stepped), FLOW, f"presses {key}")
            case "joined" | "left":
                self.say(str(facts[0]), FLOW, "joins" if code == "joined" else "leaves")
            case "handler" | "instant":
                self._handler(str(facts[0]), int(facts[1]))
            case "step":
                self._step(place)
            case "leg":
                self.names[leg] = str(facts[1])
                self._rings(place, str(facts[1]))
            case "done":
                self._done(place)
            case "failed":
                self.add(place, result_words(facts))
            case "cancelled":
                self.add(place, "cut short")
            case "leg-over":
                session = stepped.session
                if leg != session.primary and leg < len(session.legs) and session.legs[leg].name and not session.end:
                    self.say(self._name(leg, stepped), FLOW, "is not on the line any more")
            case "safety-net":
                self.say(FLOW, "", "nothing catches it: the safety net runs")
            case _:
                return

    def _name(self, leg: int, stepped: Stepped) -> str:
        return CALLER if leg == stepped.session.primary else self.names.get(leg, "the other side")

    def _state(self, leg: int, state: str, stepped: Stepped) -> None:
        session = stepped.session
        if state == "established" and leg == session.primary and session.direction == "incoming":
            at = next((at for at, line in enumerate(self.lines) if line.told == CALLS), -1)
            if not self.is_answered and at >= 0:
                self.lines[at] = _Line(CALLS._replace(text=f"{CALLS.text}, is answered"), -1)
            self.is_answered = True

    def _handler(self, event: str, number: int) -> None:
        if event == "after":
            delay = self.plan.handlers[number].delay_ms
            self.say("", "", f"{seconds(delay)} pass" if isinstance(delay, int) else "the time is over")

    def _step(self, place: int) -> None:
        step = self.plan.places[place].step
        if isinstance(step, p.Answer):
            return
        other = CALLER if isinstance(step, _TO_CALLER) else ""
        text = _SAYS.get(type(step), p.WORDS[type(step)])
        if isinstance(step, p.Play):
            names = [name.replace("\\", "/").rpartition("/")[2] for name in step.prompts]
            text = f"plays {', '.join(names)}"
            other = step.to_leg or CALLER
        elif isinstance(step, p.Transfer):
            other = step.replacing or (_named(step.target.items[0]) if step.target and step.target.items else "")
        elif isinstance(step, p.Ask):
            other = step.service
        elif isinstance(step, p.HangUp):
            other = step.leg or CALLER
        elif isinstance(step, p.Wait) and isinstance(step.bound, int):
            text = f"waits {seconds(step.bound)}"
        self.say(FLOW, other, text, place)

    def _rings(self, place: int, who: str) -> None:
        for at in range(len(self.lines) - 1, -1, -1):
            told, where = self.lines[at]
            if where == place:
                if told.other:
                    self.say(FLOW, who, told.text.partition(" … ")[0], place)
                else:
                    self.lines[at] = _Line(told._replace(other=who), where)
                return

    def _done(self, place: int) -> None:
        if isinstance(self.plan.places[place].step, p.Consult | p.Call):
            self.add(place, "answered")
        elif isinstance(self.plan.places[place].step, p.Transfer | p.Invite | p.JoinMeeting):
            self.add(place, "done")


def _named(expr: p.Expr) -> str:
    if isinstance(expr, p.Const) and isinstance(expr.value, Party):
        return expr.value.name or expr.value.id
    return expr.name if isinstance(expr, p.Var | p.Member) else ""


def seconds(ms: int) -> str:
    """`20s`, `5m`, `500ms`."""
    if ms % 1000:
        return f"{ms}ms"
    return f"{ms // 60_000}m" if ms and ms % 60_000 == 0 else f"{ms // 1000}s"
