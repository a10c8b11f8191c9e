"""A call on the screen: its title, its ladder, and what is said below."""

from flowlang.analysis.model import Model
from flowlang.ladder.canvas import Row, clip
from flowlang.ladder.draw import draw
from flowlang.ladder.story import Story
from flowlang.plan import Plan
from flowlang.printable import printable
from flowlang.scenario.loop import Outcome
from flowlang.scenario.world import World
from flowlang.tools.options import wrap
from flowlang.tools.sentences import legs_of
from flowlang.tools.terminal import look_of, write


def show_call(
    plan: Plan,
    model: Model,
    path: str,
    seed: int,
    world: World,
    outcome: Outcome,
    said: list[str],
    names: dict[str, str],
) -> None:
    """Draw it as wide as the terminal is. `said`: the sentences below the ladder. `names`: of contacts by their ids."""
    look = look_of()
    story = Story(
        plan, outcome.entries, outcome.exchanges,
        legs_of(plan, outcome, world), outcome.session.primary,
        {unit.source.path: unit.source for unit in model.units}, path, seed,
        tuple([party.name or party.id for party in world.participants]), names=names,
    )  # fmt: skip
    lines = draw(story, look)
    told = [line for sentence in said for line in wrap(sentence, look.width - 1)]
    title = Row(look.width)
    title.put(1, clip(plan.title, look.width - 1), "bold")
    head = [title.text(look), ""]
    write("\n".join([*head, *lines, "", *[f" {printable(line)}" for line in told]]) + "\n")
