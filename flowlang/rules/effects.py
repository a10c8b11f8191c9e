"""What a step changes in what is known, if it succeeds and if it fails."""

from typing import Final

from flowlang.named_tuple import NamedTuple
from flowlang.rules import limits
from flowlang.rules.flow import Flow, StepAt, leg_of
from flowlang.rules.logic import text_of
from flowlang.syntax import ast

NO_CALL: Final = 1
"""A `start` flow that has not placed its call."""
RINGING: Final = 2
"""A caller is there and was not answered."""
UP: Final = 4
MOVING: Final = 8
"""A transfer is under way."""
OVER: Final = 16

MOST_MS: Final = 3_600_000  # more time than that before answering makes no difference

LegFact = tuple[str, str, str, int]
"""Name of a leg; `never`, `up`, `failed`, `lost` (its older life was hung up for a new one that failed), `hung up`,
`used` (it became part of the call), `ended` or `unknown`; whom it called; the number of the consult."""


class State(NamedTuple):
    """`phase`: bits of what the call may be. `known`: variables surely set. `legs`: what each may be. `told`,
    `typed`: the
    caller surely heard a prompt, typed digits. `meeting`: somebody may have been invited. `held`: who may be on hold.
    `spent_ms`: the longest time that may have passed before the call was answered. `ended_by`: the word that ended
    it."""

    phase: int
    known: frozenset[str]
    legs: frozenset[LegFact]
    told: bool
    typed: bool
    meeting: bool
    held: frozenset[str]
    spent_ms: int
    ended_by: str


INITIAL: Final = State(UP, frozenset(), frozenset(), False, False, False, frozenset(), 0, "")


def is_over(state: State) -> bool:
    return state.phase == OVER


def join(a: State, b: State) -> State:
    """What is known where two paths meet."""
    if a == b:
        return a
    return State(
        a.phase | b.phase,
        a.known & b.known,
        a.legs | b.legs,
        a.told and b.told,
        a.typed and b.typed,
        a.meeting or b.meeting,
        a.held | b.held,
        max(a.spent_ms, b.spent_ms),
        a.ended_by or b.ended_by,
    )


def met(a: State | None, b: State | None) -> State | None:
    """`join`, where a path may not come here at all. A call that is over on one path goes on only on the other."""
    if a is None or b is None:
        return a or b
    if is_over(a) != is_over(b):
        return b if is_over(a) else a
    return join(a, b)


def anytime(state: State) -> State:
    """What a handler knows whose event may come at any moment from `state` on: legs came and went, prompts were
    heard."""
    names = {fact[0] for fact in state.legs}
    return state._replace(
        legs=frozenset((name, "unknown", "", -1) for name in names), told=True, typed=True, spent_ms=0
    )


def statuses(state: State, leg: str) -> set[str]:
    """What a leg may be."""
    return {fact[1] for fact in state.legs if fact[0] == leg}


def effect(flow: Flow, at: StepAt, state: State, env: dict[str, str]) -> tuple[State, State | None]:
    """The state after success, and after failure (None: the step cannot fail). `env`: what parameters stand for."""
    step = at.step
    failed: State | None = state
    if state.phase & (RINGING | NO_CALL):
        state = state._replace(spent_ms=min(MOST_MS, state.spent_ms + own_time_ms(flow, step)))
        failed = state
    match step.word.text:
        case "answer":
            return state._replace(phase=UP), state._replace(phase=OVER, ended_by="answer")
        case "reject" | "redirect" as word:
            return state._replace(phase=OVER, ended_by=word), failed
        case "hang up":
            if step.leg is None:
                return state._replace(phase=OVER, ended_by="hang up"), failed
            return _leg(state, step.leg.text, "hung up", "", -1), failed
        case "call" | "join":
            return state._replace(phase=UP), failed
        case "consult":
            return _consulted(at, state, env)
        case "transfer":
            if step.participant is not None:
                return state, failed
            return state._replace(phase=OVER, ended_by="transfer"), failed
        case "invite":
            ok = state._replace(meeting=True)
            return (_leg(ok, step.replacing.text, "used", "", -1) if step.replacing else ok), failed
        case "play" | "say" | "menu":
            is_heard = step.to_leg is None and (step.word.text != "menu" or bool(step.prompts))
            return state._replace(told=state.told or is_heard), failed
        case "gather":
            ok = state._replace(typed=True, told=state.told or step.playing is not None)
            return _known(ok, step.variable), failed
        case "record" | "ask":
            return _known(state, step.variable), failed
        case "set":
            return _known(state, step.variable), None
        case "hold" | "resume":
            who = {env.get(text_of(step.participant), text_of(step.participant))} if step.participant else set()
            return state._replace(held=state.held | who if step.word.text == "hold" else state.held - who), failed
        case "log" | "notify" | "wait":
            return state, None
        case _:
            return state, failed


def _known(state: State, variable: ast.Word | None) -> State:
    return state._replace(known=state.known | {variable.text}) if variable else state


def _leg(state: State, leg: str, status: str, whom: str, consult: int) -> State:
    kept = {fact for fact in state.legs if fact[0] != leg}
    return state._replace(legs=frozenset(kept | {(leg, status, whom, consult)}))


def _consulted(at: StepAt, state: State, env: dict[str, str]) -> tuple[State, State]:
    leg = leg_of(at.step)
    up = _leg(state, leg, "up", whom(at.step.targets, env), at.number)
    kept = {fact for fact in state.legs if fact[0] != leg}
    for _, status, who, consult in (fact for fact in state.legs if fact[0] == leg):
        is_lost = status in ("up", "lost") and consult != at.number
        kept.add((leg, "lost" if is_lost else "failed", who if is_lost else "", consult if is_lost else at.number))
    return up, state._replace(legs=frozenset(kept))


def whom(targets: ast.Targets | None, env: dict[str, str]) -> str:
    """The one target as text, with parameters filled in; empty for several."""
    if targets is None or len(targets.items) != 1:
        return ""
    who = targets.items[0].who
    if isinstance(who, ast.Voicemail):
        return f"voicemail of {who.of.text}"
    return env.get(text_of(who), text_of(who))


def own_time_ms(flow: Flow, step: ast.Step) -> int:
    """The longest that a step may take by its own bound, in milliseconds, as far as the flow says."""
    match step.word.text:
        case "wait":
            return bound_ms(flow, step, 0)
        case "ask":
            service = flow.service(step.service.text) if step.service else None
            of_service = service.bound.ms if service and service.bound else limits.DEFAULT_ASK_MS
            return bound_ms(flow, step, of_service)
        case "consult" | "call":
            return bound_ms(flow, step, limits.DEFAULT_RING_MS) * ringing_in_turn(flow, step.targets)
        case _:
            return 0


def bound_ms(flow: Flow, step: ast.Step, default: int) -> int:
    """What `for` says in milliseconds, with the first value of a setting; `default` where it says nothing fixed."""
    if isinstance(step.bound, ast.Duration):
        return step.bound.ms
    if isinstance(step.bound, ast.Path) and len(step.bound.names) == 1:
        found = flow.find("names", step.bound.names[0])
        if found and isinstance(found.node, ast.Let | ast.Setting) and isinstance(found.node.value, ast.Duration):
            return found.node.value.ms
    return default


def ringing_in_turn(flow: Flow, targets: ast.Targets | None) -> int:
    """How many ring one after the other: all but with `first of`."""
    if targets is None or targets.mode == "first":
        return 1
    count = 0
    for target in targets.items:
        group = flow.group(target.who.names[0]) if isinstance(target.who, ast.Path) and target.who.names else None
        count += len(group.members) if group else 1
    return max(1, count)
