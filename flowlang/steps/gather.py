"""`gather N digits as V …`: collects keys into a text (Graph, call: subscribeToTone, playPrompt).

A key cuts the prompt and counts. Done with N digits or the ending key. When the time is over, V holds what was typed
if anything was; else the step fails as `no input` (A16).
"""

from flowlang.call.facts import OperationUpdated, RequestAnswered
from flowlang.call.results import NO_INPUT
from flowlang.call.session import Leg, Pending
from flowlang.plan import Gather
from flowlang.steps import listening
from flowlang.steps.base import StepWord
from flowlang.steps.listening import StateListening
from flowlang.steps.machine import Machine

AS_TYPED = {"star": "*", "pound": "#"}


def _listen_ms(m: Machine) -> int:
    return m.bound_ms(m.here(Gather).bound, m.plan.defaults.gather_ms)


def _prompts(m: Machine) -> tuple[str, ...]:
    playing = m.here(Gather).playing
    return (playing,) if playing else ()


def begin(m: Machine) -> None:
    listening.begin(m, m.here(Gather).from_leg, _prompts(m), _listen_ms(m))


def answered(m: Machine, pending: Pending, fact: RequestAnswered) -> None:
    listening.answered(m, pending, fact, _listen_ms(m))


def operation(m: Machine, pending: Pending, fact: OperationUpdated) -> None:
    listening.operation(m, pending, fact, _listen_ms(m))


def leg(m: Machine, leg: Leg, news: str) -> None:
    listening.leg_news(m, leg, news, _prompts(m), _listen_ms(m))


def key(m: Machine, leg: int, key: str) -> bool:
    state, step = m.state(StateListening), m.here(Gather)
    if leg != state.leg:
        return False
    if not m.has_timer("listen", m.run):
        listening.cut(m)
        m.timer("listen", _listen_ms(m), m.run)
    m.tone = key
    if key == step.ending:
        _done(m)
        return True
    typed = m.state(StateListening).typed + AS_TYPED.get(key, key)
    m.waiting = m.state(StateListening)._replace(typed=typed, is_ready=True)
    if len(typed) >= step.digits:
        _done(m)
    return True


def timer(m: Machine, kind: str, _ref: int) -> None:
    if kind == "listen":
        _done(m)
    elif kind == "again":
        listening.again(m, _prompts(m))
    elif kind == "bound":
        listening.prompt_over(m, _listen_ms(m))


def _done(m: Machine) -> None:
    typed = m.state(StateListening).typed
    if not typed:
        m.fail(NO_INPUT)
        return
    m.set_variable(m.here(Gather).variable, typed)
    m.succeed()


WORD = StepWord(
    word="gather",
    kind=Gather,
    summary="Collects keys into a text.",
    form='gather N digits [from LEG] as NAME [playing "FILE"] [for TIME] [ending KEY]',
    graph="playPrompt",
    succeeds="N digits, or the ending key, or the time is over with something typed",
    fails="nothing typed (no input)",
    after_loss="keys come as notifications; a lost prompt is taken to be over at its bound",
    begin=begin,
    answered=answered,
    operation=operation,
    leg=leg,
    key=key,
    timer=timer,
)
