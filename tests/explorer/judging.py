"""Whether a mutant behaves worse than the flow that it was made from, in hostile simulated calls, and whether a strict
check says anything about it."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from flowlang.analysis.check import Options, check_file
from flowlang.analysis.load import load
from flowlang.compiler import compile_flow
from flowlang.diagnostics import Diagnostic, Severity
from flowlang.plan import WORDS, Plan
from flowlang.scenario.loop import Outcome
from flowlang.scenario.simulate import simulate
from flowlang.scenario.world import Knobs
from flowlang.source import Source
from tests.explorer.small_flows import SMALL, text_of
from tests.explorer.test_agreement import OURS
from tests.properties.test_histories import world_of
from tests.rules.cases import EXPLORED, FOLDER
from tests.rules.examples import EXAMPLES, read

ROOT = Path(__file__).parents[2]
CALLS = 24
SILENCE_MS = 120_000
ORDINARY = frozenset(("consult", "transfer", "call", "join", "invite", "ask", "menu", "gather", "record"))
"""Steps that fail in ordinary life: the safety net is no place for their failures."""
Read = Callable[[str], bytes | None]


class Good(NamedTuple):
    """A flow in which a strict check finds nothing."""

    name: str
    path: str
    text: str
    read: Read


def _of_disk(path: str) -> bytes | None:
    file = ROOT / path
    return file.read_bytes() if file.is_file() else None


@cache
def good_flows() -> tuple[Good, ...]:
    """Shipped flows, small ones, the right examples of the rules, golden flows that are fine: as they are meant."""
    found = [Good(f"small {name}", "small.flow", text_of(name), read) for name in SMALL]
    for file in sorted((ROOT / "flows").glob("*.flow")):
        found.append(Good(file.name, f"flows/{file.name}", file.read_text(encoding="utf-8"), _of_disk))
    for example in EXAMPLES:
        if not example.is_wrong and example.graph == "beta":
            found.append(Good(f"example {example.code}", "test.flow", example.text, read))
    for file in sorted([*FOLDER.glob("*fine*.flow"), *EXPLORED.glob("fine*.flow")]):
        found.append(Good(file.stem, file.name, file.read_text(encoding="utf-8"), read))
    return tuple(found)


@cache
def usual(good: Good) -> frozenset[str] | None:
    """What goes wrong in a good flow's own hostile calls; None: it is not good, or there is no call to play."""
    if findings(good, good.text):
        return None
    found = symptoms(good, good.text)
    return None if found is not None and "stranded" in found else found


def findings(good: Good, text: str) -> list[Diagnostic]:
    """What a strict check says, but for mere hints."""
    options = Options(is_strict=True, explores=True, budget=lambda: lambda states: states >= 6_000)
    found = check_file(Source(good.path, text), good.read, options)
    return [one for one in found if one.severity is not Severity.INFO]


def plan_or_none(good: Good, text: str) -> Plan | None:
    """None: it cannot be read, or cannot be compiled."""
    model = load(Source(good.path, text), good.read)
    if model.diagnostics:
        return None
    try:
        return compile_flow(model)
    except Exception:  # noqa: BLE001 - only flows without errors are promised to compile
        return None


def symptoms(good: Good, text: str) -> frozenset[str] | None:
    """What goes wrong in hostile calls; None: there is no flow to play."""
    plan = plan_or_none(good, text)
    if plan is None or not plan.handlers:
        return None
    return frozenset([symptom for seed in range(CALLS) for symptom in _of_call(plan, seed)])


def _of_call(plan: Plan, seed: int) -> list[str]:
    random = Random(f"mutant {seed}")
    world = world_of(plan, random)._replace(answers=(("crm", "vip", random.random() < 0.5),) if seed % 4 else ())
    if seed % 2:
        world = world._replace(hang_up_after_ms=-1)
    simulation = simulate(plan, world, seed, Knobs(profile=("docs", "live")[seed % 2], nasty=seed % 3 == 0))
    outcome = simulation.outcome
    found = [f"refused {one.operation} {one.code}" for one in simulation.graph.taken if one.code in OURS]
    if outcome.session.kind != "group":  # there nobody is alone
        if outcome.ending.word in ("stranded", "running") and outcome.session.direction:
            found.append(outcome.ending.word)
        elif outcome.session.direction and simulation.graph.legs_up():
            found.append("a leg is left up")
    return [*found, *_nets(plan, outcome), *_silences(outcome)]


def _nets(plan: Plan, outcome: Outcome) -> list[str]:
    """Ordinary failures that nothing catches."""
    words = [WORDS[type(plan.places[trace.place].step)] for _, trace in outcome.entries if trace.code == "uncaught"]
    return [f"safety net {word}" for word in words if word in ORDINARY]


def _silences(outcome: Outcome) -> list[str]:
    """Minutes in which nothing runs while a caller is alone on the line."""
    if outcome.session.kind == "group":
        return []
    idle_ms, is_up = -1, False
    for at_ms, trace in outcome.entries:
        if trace.code == "state" and trace.leg == outcome.session.primary:
            is_up = trace.facts[0] == "established" or is_up
        elif trace.code in ("handler", "leg-over", "finished"):
            if is_up and idle_ms >= 0 and at_ms - idle_ms >= SILENCE_MS:
                return ["silence"]
            idle_ms = -1
        elif trace.code == "idle":
            idle_ms = at_ms
    return []
