"""`redirect to T [, T…] [for D]`: sends the incoming call on before answering (Graph, call: redirect).

Several targets ring at once. Succeeds with 202; Graph says no more than that the call is over for us.
"""

from flowlang.call import commands
from flowlang.call.results import NO_TARGET
from flowlang.plan import Redirect
from flowlang.steps import refusing
from flowlang.steps.base import StepWord
from flowlang.steps.evaluate import party_of
from flowlang.steps.machine import Machine


def begin(m: Machine) -> None:
    step = m.here(Redirect)
    targets = tuple([party for party in (party_of(m, item) for item in step.targets.items) if party is not None])
    if not targets:
        m.fail(NO_TARGET)
        return
    seconds = m.bound_ms(step.bound, m.plan.defaults.redirect_ms) // 1000
    refusing.send(m, commands.Redirect(targets, seconds), "redirect")


WORD = StepWord(
    word="redirect",
    kind=Redirect,
    summary="Sends the incoming call on to somebody else, before answering.",
    form="redirect to TARGET, … [for TIME]",
    graph="redirect",
    succeeds="202",
    fails="HTTP error",
    after_loss="Graph is asked for the call; still incoming: sent once more",
    is_final=True,
    ends_call=True,
    begin=begin,
    answered=refusing.answered,
    leg=refusing.leg,
    timer=refusing.timer,
)
