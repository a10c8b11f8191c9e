"""Words that only say where to go on: `when`, `goto`, `stop`. The engine moves; nothing is asked of Graph."""

from flowlang import plan
from flowlang.steps.base import StepWord

WHEN = StepWord(
    word="when",
    kind=plan.When,
    summary="Goes on with the first branch whose condition holds.",
    form="when CONDITION: … else when CONDITION: … else: …",
    succeeds="always",
    is_instant=True,
    after_end=True,
)
GOTO = StepWord(
    word="goto",
    kind=plan.Goto,
    summary="Leaves the stage and begins another.",
    form="goto STAGE",
    succeeds="always",
)
STOP = StepWord(
    word="stop",
    kind=plan.Stop,
    summary="Ends the handler; the call stays as it is.",
    form="stop",
    succeeds="always",
    is_instant=True,
    after_end=True,
)
