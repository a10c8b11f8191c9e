"""Records calls as this release plays them: `python -m tests.recordings.make`, from the project's root.

A folder for each release. What an older release recorded is never written anew: it has to be playable for ever.
"""

import contextlib
import io
from pathlib import Path
from typing import Any, Final

from flowlang import __version__
from flowlang.call.commands import Command
from flowlang.call.facts import Fact
from flowlang.call.session import Session
from flowlang.engine.step import Stepped
from flowlang.plan import Plan
from flowlang.replay.recording import Recording, written
from flowlang.scenario import loop
from flowlang.tools.cli import main

FOLDER: Final = Path(__file__).parent
CALLS: Final = {
    "consult": "run flows/consult.flow",
    "consult-refused": "run flows/consult.flow --outcome transfer=500/7700",
    "consult-busy": "run flows/consult.flow --outcome consult=busy",
    "front-desk-menu": "run flows/front_desk.flow --tones 1",
    "front-desk-at-night": "run flows/front_desk.flow --at 2026-11-23T23:30",
    "front-desk-hangs-up": "run flows/front_desk.flow --hang-up-after 12s",
    "hand-over": "run flows/hand_over.flow --group alice,bob",
    "call-back": "run flows/call_back.flow --start --set customer=+12025550199",
    "hunt-group": "run flows/hunt_group.flow",
    "menu": "run flows/ivr_menu.flow --tones 2",
    "rota": "run flows/on_call_rota.flow --at 2026-11-22T03:00",
    "very-important": "run flows/vip_lookup.flow",
    "nasty": "run flows/consult.flow --nasty --seed 7",
}


def record(words: str) -> Recording:
    """The call of a `flowlang run`."""
    facts: list[Fact] = []
    commands: list[Command] = []
    begun: list[tuple[Plan, Session]] = []
    engine: Any = vars(loop)["step"]

    def listening(plan: Plan, session: Session, fact: Fact) -> Stepped:
        stepped: Stepped = engine(plan, session, fact)
        begun.append((plan, session))
        facts.append(fact)
        commands.extend(stepped.commands)
        return stepped

    vars(loop)["step"] = listening
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            main(words.split())
    finally:
        vars(loop)["step"] = engine
    plan, session = begun[0]
    return Recording(__version__, session.id, Path(plan.files[0]).stem, plan, tuple(facts), tuple(commands))


def write_all() -> None:
    folder = FOLDER / __version__
    folder.mkdir(exist_ok=True)
    for name, words in CALLS.items():
        (folder / f"{name}.json").write_text(written(record(words)), encoding="utf-8")


if __name__ == "__main__":
    write_all()
