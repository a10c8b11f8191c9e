"""How long a step may take by its own bound, and what the caller hears meanwhile."""

from flowlang.named_tuple import NamedTuple
from flowlang.rules import limits
from flowlang.rules.effects import NO_CALL, UP, bound_ms
from flowlang.rules.flow import Flow, StepAt
from flowlang.rules.group_calls import GROUP, kinds_at
from flowlang.rules.logic import text_of
from flowlang.syntax import ast
from flowlang.wav import read_wav


class Spent(NamedTuple):
    """`ms`: the longest that a step takes. `quiet_ms`: how much of it the caller hears nothing of the step's own.
    `ends_music`: what a consult plays in the background stops. `is_heard`: the caller hears or does something.
    `is_known`: no part of it had to be left out because nobody knows how long it is."""

    ms: int
    quiet_ms: int = 0
    ends_music: bool = False
    is_heard: bool = False
    is_known: bool = True


NOTHING = Spent(0)


def spent(flow: Flow, at: StepAt, env: dict[str, str]) -> Spent:
    """The time of one try of a step. `env`: what the parameters of a routine stand for."""
    state = flow.journey.state(at)
    phase = state.phase if state is not None else UP
    if phase == NO_CALL:
        return NOTHING  # nobody is on the line
    whole = _spent(flow, at, env)
    return whole if not whole.quiet_ms or can_be_silent(flow, at) else whole._replace(quiet_ms=0)


def can_be_silent(flow: Flow, at: StepAt) -> bool:
    """Whether the caller may hear nothing at all: they hear ringing before the call is answered, and each other in a
    group call."""
    state = flow.journey.state(at)
    return (state is None or bool(state.phase & UP)) and kinds_at(flow, at) != GROUP


def _spent(flow: Flow, at: StepAt, env: dict[str, str]) -> Spent:
    step = at.step
    to_other = step.to_leg is not None or step.from_leg is not None
    match at.word:
        case "play":
            ms, is_known = _prompts(flow, step.prompts)
            if step.repeating:
                ms = bound_ms(flow, step, limits.DEFAULT_REPEATING_MS)
            return _speaking(ms, to_other, is_known)
        case "say":
            return _speaking(0, to_other, False)
        case "menu":
            ms, is_known = _prompts(flow, step.prompts)
            times = step.times.value if step.times else limits.DEFAULT_MENU_TIMES
            return _speaking((ms + bound_ms(flow, step, limits.DEFAULT_MENU_MS)) * times, to_other, is_known)
        case "gather":
            ms, is_known = _prompts(flow, (step.playing,) if step.playing else ())
            return _speaking(ms + bound_ms(flow, step, limits.DEFAULT_GATHER_MS), to_other, is_known)
        case "record":
            return _speaking(bound_ms(flow, step, limits.DEFAULT_RECORD_MS), False, True)
        case "transfer":
            return Spent(bound_ms(flow, step, limits.DEFAULT_TRANSFER_MS), is_heard=True)  # music goes on afterwards
        case "redirect":
            return Spent(bound_ms(flow, step, limits.DEFAULT_REDIRECT_MS), is_heard=True)
        case "consult" | "call" | "join":
            return _ringing(flow, at, env)
        case "invite":
            return _silent(bound_ms(flow, step, limits.DEFAULT_INVITE_MS))
        case "wait":
            ms = bound_ms(flow, step, 0)
            is_for_a_key = ms <= limits.FOR_A_KEY_MS and _hears_keys(flow, at)
            return Spent(ms, is_heard=True) if is_for_a_key else _silent(ms)
        case "ask":
            service = flow.service(step.service.text) if step.service else None
            if service is None:
                return NOTHING  # a name that is not known
            return _silent(bound_ms(flow, step, service.bound.ms if service.bound else limits.DEFAULT_ASK_MS))
        case _:
            return NOTHING


def _hears_keys(flow: Flow, at: StepAt) -> bool:
    """Whether a key would do something there: then the caller was asked for one."""
    return any(owner.stage in ("", at.owner.stage) for owner in flow.handlers("tone"))


def _silent(ms: int) -> Spent:
    return Spent(ms, ms)


def _speaking(ms: int, to_other: bool, is_known: bool) -> Spent:
    """Sound for the caller, or for somebody else while the caller hears nothing."""
    return Spent(ms, ms, is_known=is_known) if to_other else Spent(ms, 0, True, True, is_known)


def _ringing(flow: Flow, at: StepAt, env: dict[str, str]) -> Spent:
    step = at.step
    bound = bound_ms(flow, step, limits.DEFAULT_RING_MS)
    if step.announcing is not None or step.accepting is not None:
        bound += limits.DEFAULT_ACCEPT_MS
    ms = bound * _in_turn(flow, step.targets, env)
    if at.word != "consult":
        return Spent(ms)  # whoever is called hears it ring
    return Spent(ms, is_heard=True) if step.playing is not None else _silent(ms)


def _in_turn(flow: Flow, targets: ast.Targets | None, env: dict[str, str]) -> int:
    """How many are rung one after the other."""
    if targets is None or targets.mode == "first":
        return 1
    count = 0
    for target in targets.items:
        name = text_of(target.who) if isinstance(target.who, ast.Path) else ""
        group = flow.group(env.get(name, name)) if name else None
        count += len(group.members) if group else 1
    return max(1, count)


def _prompts(flow: Flow, texts: tuple[ast.Text, ...]) -> tuple[int, bool]:
    """The length of sound files together in milliseconds, and whether all of them could be measured."""
    total, is_known = 0, True
    for text in texts:
        wav = read_wav(flow.sound(text.plain))
        total += wav.length_ms if wav else 0
        is_known = is_known and wav is not None
    return total, is_known
