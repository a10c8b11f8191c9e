"""`menu "f.wav" …`: asks for a key and goes on with the arm for it (Graph, call: subscribeToTone, playPrompt).

Asks again after silence or a wrong key until the tries are used up; then `on timeout` (the last try was silence) or
`otherwise`; with neither it fails as `menu failed` (A15).
"""

from flowlang.call.facts import OperationUpdated, RequestAnswered
from flowlang.call.results import MENU_FAILED
from flowlang.call.session import Leg, Pending
from flowlang.plan import NONE, Menu
from flowlang.steps import listening
from flowlang.steps.base import StepWord
from flowlang.steps.listening import StateListening
from flowlang.steps.machine import Machine


def _listen_ms(m: Machine) -> int:
    return m.bound_ms(m.here(Menu).bound, m.plan.defaults.menu_ms)


def begin(m: Machine) -> None:
    step = m.here(Menu)
    listening.begin(m, step.to_leg, step.prompts, _listen_ms(m))


def answered(m: Machine, pending: Pending, fact: RequestAnswered) -> None:
    listening.answered(m, pending, fact, _listen_ms(m))


def operation(m: Machine, pending: Pending, fact: OperationUpdated) -> None:
    listening.operation(m, pending, fact, _listen_ms(m))


def leg(m: Machine, leg: Leg, news: str) -> None:
    listening.leg_news(m, leg, news, m.here(Menu).prompts, _listen_ms(m))


def key(m: Machine, leg: int, key: str) -> bool:
    state = m.state(StateListening)
    if leg != state.leg or not state.is_ready:
        return leg == state.leg
    listening.cut(m)
    m.tone = key
    place = next((place for keys, place in m.here(Menu).arms if key in keys or "any" in keys), NONE)
    if place != NONE:
        m.jump = place
        m.succeed()
    else:
        _wrong(m, silent=False)
    return True


def timer(m: Machine, kind: str, _ref: int) -> None:
    if kind == "listen":
        _wrong(m, silent=True)
    elif kind == "again":
        listening.again(m, m.here(Menu).prompts)
    elif kind == "bound":
        listening.prompt_over(m, _listen_ms(m))


def _wrong(m: Machine, *, silent: bool) -> None:
    """One try is used: ask again, or go the way out."""
    step, state = m.here(Menu), m.state(StateListening)
    m.drop_timers("listen", m.run)
    if state.turn < step.times:
        m.waiting = state._replace(turn=state.turn + 1)
        listening.start(m, step.prompts, _listen_ms(m))
        return
    place = step.on_timeout if silent and step.on_timeout != NONE else step.otherwise
    if place != NONE:
        m.jump = place
        m.succeed()
    else:
        m.fail(MENU_FAILED)


WORD = StepWord(
    word="menu",
    kind=Menu,
    summary="Asks for a key and goes on with the arm for it.",
    form='menu "FILE" [to LEG] [for TIME] [up to N times]: press KEYS: … on timeout: … otherwise: …',
    graph="playPrompt",
    succeeds="an arm ran",
    fails="the tries are used up (menu failed); keys or prompt failed",
    after_loss="keys come as notifications; a lost prompt is taken to be over at its bound",
    begin=begin,
    answered=answered,
    operation=operation,
    leg=leg,
    key=key,
    timer=timer,
)
