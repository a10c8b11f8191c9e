"""`flowlang check PATH…`: mistakes in flow files, without running anything. Imports as little as it can: it has to be
quick."""

import sys
from collections.abc import Callable

from flowlang.diagnostics import Diagnostic, Severity
from flowlang.tools.durations import duration_ms
from flowlang.tools.files import flow_files, read, read_flow
from flowlang.tools.kept_results import Results
from flowlang.tools.options import Command, Given, Option

USUAL_FOLDER = "flows"
USUAL_BUDGET = "20s"
MOST_STATES = 300_000  # about 2 GB

COMMAND = Command(
    "check", "[PATH…]", "Looks for mistakes in flow files and folders. Without PATH it looks at the folder flows/.",
    (
        Option("format", "text|json", "for people (the usual) or for programs", choices=("text", "json")),
        Option("strict", "", "warnings count as errors, and every call that can happen is played"),
        Option("budget", "60s", f"how long --strict may play calls of one flow, usually {USUAL_BUDGET}"),
        Option("no-cache", "", "looks at every file anew, also at those that have not changed"),
        Option("help", "", "this text"),
    ),
    """Examples:
  flowlang check flows/
  flowlang check flows/consult.flow --strict
  flowlang check flows/ --format json

Exit codes: 0 nothing wrong (or only warnings, without --strict), 1 something is wrong,
2 a file that cannot be read or an option that does not exist, 3 a bug of flowlang itself.""",
)  # fmt: skip


def main(given: Given) -> int:
    """Check and report; the answer is the exit code."""
    files = flow_files(given.arguments or (USUAL_FOLDER,))
    budget_ms = duration_ms(given.one("budget", USUAL_BUDGET), "--budget")
    results = None
    if not given.has("no-cache"):
        results = Results(files, f"strict={given.has('strict')} budget={budget_ms}", read)
    found = results.recall(read_flow) if results is not None else None
    if found is None:
        found = _find(files, given.has("strict"), budget_ms, results)
    if given.one("format") == "json":
        import json

        from flowlang.tools.render import render_json
        from flowlang.tools.terminal import write_utf8

        write_utf8(json.dumps(render_json(found), ensure_ascii=False, indent=2) + "\n")
    else:
        from flowlang.tools.check_text import check_text

        sys.stdout.write(check_text(found, len(files), sys.stdout))
    return 1 if any(one.severity is Severity.ERROR for one in found) else 0


def _find(files: list[str], is_strict: bool, budget_ms: int, results: Results | None) -> list[Diagnostic]:
    """What is wrong, found anew and kept for the next time."""
    from flowlang.analysis.check import Options, check_files

    sources = [read_flow(file) for file in files]  # what cannot be read is said before anything else
    options = Options(is_strict=is_strict, explores=is_strict, budget=_budget(budget_ms))
    found = check_files(sources, results.read if results is not None else read, options)
    if results is not None:
        results.keep(sources, found)
    return found


def _budget(budget_ms: int) -> Callable[[], Callable[[int], bool]]:
    """A new measure for each flow: whether so many states, or that much time, are enough."""
    from time import monotonic

    def begin() -> Callable[[int], bool]:
        ends = monotonic() + budget_ms / 1000
        return lambda states: states >= MOST_STATES or monotonic() >= ends

    return begin
