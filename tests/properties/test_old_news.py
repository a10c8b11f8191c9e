"""Old news changes nothing: every fact of every engine case, given again at every later moment of it.

The service knows repeats by their message ids before the engine sees them; this is the second line of defence. Two
kinds of news cannot be told from new news by their content alone, and are left to the first: keys without a sequence
number, and states of an earlier transfer while another one is under way (there Graph is asked, nothing is decided).
"""

import pytest

from flowlang.call.commands import GetCall, Request
from flowlang.call.facts import CallUpdated, Fact, OperationUpdated, RequestAnswered, TimerFired
from flowlang.engine.index import ready
from flowlang.engine.step import step
from flowlang.explorer.canonical import Canonical
from flowlang.explorer.relevance import relevance_of
from flowlang.plan import Transfer
from tests.engine.bed import Bed
from tests.engine.test_cases import CASES

REPEATABLE = (CallUpdated, OperationUpdated, RequestAnswered, TimerFired)


def runs_transfer(bed: Bed) -> bool:
    return bed.session.place >= 0 and isinstance(ready(bed.plan).places[bed.session.place].step, Transfer)


def is_left_out(bed: Bed, fact: Fact) -> bool:
    """What the content alone cannot tell from new news."""
    if not isinstance(fact, CallUpdated):
        return False
    if fact.tone and not fact.tone_sequence:
        return True
    if fact.audio or "hold" in (bed.session.legs[0].state, fact.state):
        # Sound that came before a transfer says nothing about sound after it; at worst a prompt is sent two seconds
        # early, is refused (8503) and sent again. `established` ends `hold`, whichever copy it is.
        return True
    moving = fact.state in ("transferring", "transferAccepted")
    return runs_transfer(bed) and (moving or fact.result is not None)


@pytest.mark.parametrize(("flow", "script"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_old_news_changes_nothing(flow: str, script: str) -> None:
    bed = Bed(flow)
    plan = ready(bed.plan)  # an operator's transfer runs at a place of its own
    canonical = Canonical(plan, relevance_of(plan)).key
    history: list[Fact] = []
    give = bed.give

    def give_and_repeat(fact: Fact):
        caused = give(fact)
        if isinstance(fact, REPEATABLE):
            history.append(fact)
        for old in history:
            if is_left_out(bed, old):
                continue
            again = step(bed.plan, bed.session, old._replace(at_ms=bed.at_ms))
            asked = [one for one in again.commands if isinstance(one, Request) and isinstance(one.act, GetCall)]
            assert len(asked) == len(again.commands), f"{old} again: {again.commands}"
            if not asked:
                assert canonical(again.session) == canonical(bed.session), f"{old} again"
        return caused

    bed.give = give_and_repeat  # type: ignore[method-assign]
    bed.run(script)
