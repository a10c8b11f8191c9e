"""`flowlang run FLOW`: one call through a flow on a simulated phone system, shown as a ladder or as JSON."""

import sys

from flowlang.analysis.check import check_file
from flowlang.analysis.load import load
from flowlang.compiler.flow import TooLargeError, compile_flow
from flowlang.compiler.names import Names
from flowlang.diagnostics import Diagnostic, Severity
from flowlang.rules import GROUPS
from flowlang.scenario.simulate import simulate
from flowlang.scenario.world import Knobs
from flowlang.syntax import ast
from flowlang.tools.files import read, read_flow
from flowlang.tools.options import Command, Given, Option, UsageError
from flowlang.tools.reading import prompt_length_ms
from flowlang.tools.run_show import show_call
from flowlang.tools.run_world import contacts_of, names_of, stage
from flowlang.tools.sentences import end_sentence, more_sentences
from flowlang.tools.terminal import write, write_utf8

USUAL_SEED = 1

COMMAND = Command(
    "run", "FLOW",
    "Plays one call through a flow on a simulated phone system. Nothing is really called and no time is really waited.",
    (
        Option("outcome", "STEP=RESULT", "how a step turns out: consult=busy, transfer=500/7700; the first is for the "
               "first such step, and so on; then all goes well", is_many=True),
        Option("hang-up-after", "12s", "the caller hangs up then"),
        Option("tones", "1,2#", "keys that the caller presses, a group each time the flow asks; 1@12s: at that time"),
        Option("at", "TIME", "when the call comes in, such as 2026-11-23T07:30, on the clock of the flow's hours"),
        Option("from", "X", "who calls: a contact of the flow, a number, or anonymous"),
        Option("to", "X", "who is called"),
        Option("kind", "peer|group", "a one-to-one call or a group call", choices=("peer", "group")),
        Option("group", "A,B", "a group call with these participants"),
        Option("start", "", "starts a flow that has `on start`; nobody calls"),
        Option("set", "NAME=VALUE", "a setting of the flow; with --start also a variable", is_many=True),
        Option("answer", "S.MEMBER=VALUE", "what the service S answers", is_many=True),
        Option("profile", "live|docs", "Graph as it was seen to behave, or as its pages say", choices=("live", "docs")),
        Option("nasty", "", "late, repeated and disordered notifications, and lost answers"),
        Option("seed", "N", "other chances for --nasty; the same seed gives the same call; usually 1"),
        Option("witness", "FILE", "plays the call that flowlang check --strict --witnesses found, and nothing else"),
        Option("format", "text|json", "for people (the usual) or for programs", choices=("text", "json")),
        Option("help", "", "this text"),
    ),
    """Examples:
  flowlang run flows/consult.flow
  flowlang run flows/consult.flow --outcome transfer=500/7700
  flowlang run flows/front_desk.flow --at 2026-11-23T07:30 --tones 1
  flowlang run flows/hand_over.flow --group alice,bob

Exit codes: 0 the call went as the flow says, 1 the caller was left in silence or the
safety net ran or the flow has mistakes, 2 wrong use, 3 a bug of flowlang itself.""",
)  # fmt: skip


def main(given: Given) -> int:
    """Play a call and show it; the answer is the exit code."""
    if given.has("witness"):
        from flowlang.tools import run_witness

        return run_witness.main(given)
    if len(given.arguments) != 1:
        instead = f", not {len(given.arguments)} ({', '.join(given.arguments)})" if given.arguments else ""
        raise UsageError(f"run wants one flow file{instead}: flowlang run flows/consult.flow")
    path = given.arguments[0]
    source = read_flow(path)
    seed = _seed(given.one("seed", str(USUAL_SEED)))
    found = check_file(source, read)
    if wrong := _keeps_from_running(found):
        return _refuse(wrong)
    model = load(source, read)
    try:
        plan = compile_flow(model, prompt_length_ms=lambda name: prompt_length_ms(name, path))
    except TooLargeError as error:
        sys.stderr.write(f"flowlang: {path}: {error}\n")
        return 1
    if not any(isinstance(item, ast.Handler | ast.Stage) for item in model.units[0].file.items):
        raise UsageError(f"{path} has no handler, so there is nothing to run; name a flow with `on answered:`")
    names = Names(model)
    plan, world = stage(plan, path, given, names)
    knobs = Knobs("docs" if given.one("profile") == "docs" else "live", given.has("nasty"))
    outcome = simulate(plan, world, seed, knobs).outcome
    if given.one("format") == "json":
        from flowlang.tools.run_json import run_json

        write_utf8(run_json(plan, path, seed, world, outcome, names_of(contacts_of(names))))
    else:
        errors = sum(one.severity is Severity.ERROR for one in found)
        known = names_of(contacts_of(names))
        said = [end_sentence(plan, outcome, known), *more_sentences(plan, outcome, world)]
        if errors:
            said.append(f"The flow has mistakes: flowlang check {path} finds {errors}.")
        show_call(plan, model, path, seed, world, outcome, said, known)
    return 1 if outcome.ending.word == "stranded" or outcome.ending.used_safety_net else 0


def _seed(text: str) -> int:
    if not text.lstrip("-").isdecimal() or len(text) > 18:
        raise UsageError(f"--seed wants a whole number, not {text!r}")
    return int(text)


# ---------------------------------------------------------------- showing


def _keeps_from_running(found: list[Diagnostic]) -> list[Diagnostic]:
    """The errors without whose cure the flow cannot be understood: what cannot be read, names, types."""
    others = {code for _, codes in GROUPS[2:] for code in codes}
    return [one for one in found if one.severity is Severity.ERROR and one.code not in others]


def _refuse(found: list[Diagnostic]) -> int:
    from flowlang.tools.check_text import check_text

    write(check_text(found, 1, sys.stderr), sys.stderr)
    return 1
