"""`flowlang run --witness FILE`: the call that shows a finding, played again and drawn."""

import sys

from flowlang.analysis.load import load as load_flow
from flowlang.codec import digest
from flowlang.compiler.flow import TooLargeError, compile_flow
from flowlang.compiler.names import Names
from flowlang.diagnostics import Severity
from flowlang.explorer.canonical import Canonical
from flowlang.explorer.relevance import relevance_of
from flowlang.plan import Plan
from flowlang.scenario.replay import Replayed, replay, timed
from flowlang.scenario.world import World
from flowlang.tools.files import read, read_flow
from flowlang.tools.options import Given, UsageError
from flowlang.tools.run_show import show_call
from flowlang.tools.run_world import contacts_of, names_of
from flowlang.tools.sentences import how_long
from flowlang.tools.terminal import write_utf8
from flowlang.tools.witness import Witness, load

WITH_IT = ("witness", "format")
BEGIN_MS = 1_795_428_000_000  # a Monday morning; hours are open or closed as the facts say


def main(given: Given) -> int:
    """Play it and show it. Always 1 for a call that leaves a caller alone; 0 when the flow does not do that any
    more."""
    others = [name for name in given.values if name not in WITH_IT]
    if others or given.arguments:
        much = f"--{others[0]}" if others else given.arguments[0]
        raise UsageError(f"--witness plays the call that is in the file: leave out {much}")
    witness = load(given.one("witness"))
    source = read_flow(witness.flow)
    model = load_flow(source, read)
    if any(one.severity is Severity.ERROR for one in model.diagnostics):
        raise UsageError(f"{witness.flow} has mistakes now: flowlang check {witness.flow}")
    try:
        plan = compile_flow(model)
    except TooLargeError as error:
        raise UsageError(f"{witness.flow}: {error}") from None
    played = _played(plan, witness)
    world = World(at_ms=BEGIN_MS, kind="start" if plan.has_start and not plan.has_incoming else "peer")
    names = names_of(contacts_of(Names(model)))
    said = _sentences(plan, witness, played)
    if given.one("format") == "json":
        from flowlang.tools.run_json import run_json

        write_utf8(run_json(plan, witness.flow, 0, world, played.outcome, names))
    else:
        show_call(plan, model, witness.flow, 0, world, played.outcome, said, names)
    sys.stdout.flush()
    return 1 if _fits(played) else 0


def _played(plan: Plan, witness: Witness) -> Replayed:
    """Played at plausible times, as long as that comes to the same state; else as it was found."""
    world = World(at_ms=BEGIN_MS)
    key = Canonical(plan, relevance_of(plan)).key
    found = replay(plan, witness.facts, world)
    better = replay(plan, timed(plan, witness.facts, BEGIN_MS), world)
    return better if key(better.outcome.session) == key(found.outcome.session) else found


def _fits(played: Replayed) -> bool:
    return not played.ignored


def _sentences(plan: Plan, witness: Witness, played: Replayed) -> list[str]:
    said = []
    is_changed = bool(witness.digest) and digest(plan) != witness.digest
    if not _fits(played):
        changed = " The flow has changed since." if is_changed else ""
        said.append(f"This call does not come about any more: {played.ignored} of its events change nothing.{changed}")
        return said
    if is_changed:
        said.append("The flow has changed since this was found, and the call comes about all the same.")
    when = how_long(played.outcome.ending.at_ms)
    said.append(f"After {when}: {witness.message} ({witness.code}, {witness.flow}:{witness.line}).")
    return said
