"""Who catches a failure: the arms and `if that fails` around it, a handler, in the end the safety net.

A failure inside an arm goes outwards, never to its neighbours (A6). Each failure handler runs at most once for
one original failure (A9).
"""

from flowlang.call.results import Result, matches
from flowlang.call.session import NONE, Kept
from flowlang.engine import activity, events
from flowlang.engine.index import Index
from flowlang.plan import Arm
from flowlang.steps.evaluate import holds, is_among
from flowlang.steps.machine import Machine


def catch(m: Machine, index: Index, result: Result) -> None:
    """The step at `m.place` failed."""
    word = index.words[m.place].word
    m.say("failed", NONE, word, result.code, result.subcode, result.name or result.message)
    m.result = result
    scope = m.plan.places[m.place].scope
    while scope >= 0:
        arms, outer = m.plan.scopes[scope]
        for arm in arms:
            if _takes(m, arm, result):
                m.say("arm")
                activity.enter(m, arm.place)
                return
        scope = outer
    _uncaught(m, index, word, result)


def _takes(m: Machine, arm: Arm, result: Result) -> bool:
    if arm.patterns and not any(matches(pattern, result) for pattern in arm.patterns):
        return False
    if arm.times == NONE:
        return True
    used = next((times for counter, times in m.counters if counter == arm.counter), 0)
    if used >= arm.times:
        return False
    m.counters = (*[pair for pair in m.counters if pair[0] != arm.counter], (arm.counter, used + 1))
    m.attempt = used + 1
    return True


def _uncaught(m: Machine, index: Index, word: str, result: Result) -> None:
    """No arm fits: the failure handlers in reach, each once, then the safety net."""
    for number in index.handlers[m.stage + 1].get("failed", ()):
        handler = m.plan.handlers[number]
        if number in m.tried or (handler.event == "step failed" and handler.step != word) or m.in_net:
            continue
        if handler.patterns and not any(matches(pattern, result) for pattern in handler.patterns):
            continue
        if handler.condition is not None and not holds(m, handler.condition):
            continue
        if handler.source and not is_among(m, m.caller, handler.source):
            continue
        if handler.called and not is_among(m, m.called, handler.called):
            continue
        tried = (*m.tried, number)
        if handler.is_instant:
            activity.run_instant(m, index, number, Kept("failed", NONE, "", m.visit, result=result))
            activity.over(m)
        elif m.end > 0:
            break
        else:
            m.stop_music()
            activity.start(m, number, handler.place)
            m.tried = tried
        return
    m.say("uncaught", NONE, result.code, result.subcode, result.name or result.message)
    if m.place == m.plan.by_hand and _begins_anew(m, index):
        return
    to_safety_net(m, index, result)


def _begins_anew(m: Machine, index: Index) -> bool:
    """The flow did not choose a transfer by hand, so nobody is hung up because it failed: the stage begins anew, or
    what runs when the call is answered. False: the flow has no such steps."""
    event = Kept("enter" if m.stage != NONE else "answered", m.primary, "", m.visit)
    numbers = index.handlers[m.stage + 1].get(event.event, ())
    number = events.find(m, index, event, numbers)
    if m.end > 0 or number == NONE or m.plan.handlers[number].is_instant:
        return False
    m.kept = ()
    m.tried = ()
    if m.stage != NONE:
        events.change_stage(m, index, m.stage)
    else:
        activity.start(m, number, m.plan.handlers[number].place)
    return True


def to_safety_net(m: Machine, index: Index, result: Result) -> None:
    """Nobody is left in silence: a prompt if the operator set one, then hang up."""
    leg = m.primary_leg()
    if m.end > 0 or leg is None or leg.is_over:
        activity.over(m)  # nobody is there who could be left in silence (B24)
        return
    if m.in_net:
        activity.cancel(m, index)
        m.release(leg)
        return
    m.say("safety-net", m.primary, result.code, result.subcode, result.name or result.message)
    m.kept = ()
    m.stop_music()
    activity.enter(m, m.plan.net)
    m.in_net = True
