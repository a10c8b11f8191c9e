"""`flowlang check PATH…`: mistakes in flow files, without running anything. Imports as little as it can: it has to be
quick."""

import sys
from collections.abc import Callable

from flowlang.diagnostics import Diagnostic, Severity
from flowlang.source import Source, Unreadable
from flowlang.tools.check_jobs import Job, jobs_of, merged
from flowlang.tools.durations import duration_ms
from flowlang.tools.files import flow_files, read, read_flow
from flowlang.tools.kept_results import Results
from flowlang.tools.options import Command, Given, Option, UsageError

USUAL_FOLDER = "flows"
FORMS = ("text", "json", "sarif", "github", "junit")
USUAL_BUDGET = "20s"
MOST_STATES = 300_000  # about 2 GB

COMMAND = Command(
    "check", "[PATH…]", "Looks for mistakes in flow files and folders. Without PATH it looks at the folder flows/.",
    (
        Option("format", "FORM", "text (the usual), or for programs json, sarif, github, junit", choices=FORMS),
        Option("strict", "", "warnings count as errors, and every call that can happen is played"),
        Option("budget", "60s", f"how long --strict may play calls of one flow, usually {USUAL_BUDGET}"),
        Option("select", "CODES", "only these checks or groups, joined by commas", is_many=True),
        Option("ignore", "CODES", "all but these checks or groups, joined by commas", is_many=True),
        Option("fix", "", "corrects what can only have been meant in one way"),
        Option("unsafe", "", "with --fix or --diff: also what changes what a caller hears"),
        Option("diff", "", "shows what --fix would change, and changes nothing"),
        Option("witnesses", "FOLDER", "keeps the calls that --strict finds, to be played with flowlang run --witness"),
        Option("explain", "[CODE]", "tells about one check, or lists them all", is_optional=True),
        Option("explain-times", "", "also how long callers wait and hear nothing at the longest, for each handler"),
        Option("no-cache", "", "looks at every file anew, also at those that have not changed"),
        Option("help", "", "this text"),
    ),
    """Examples:
  flowlang check flows/
  flowlang check flows/consult.flow --strict
  flowlang check flows/ --format json
  flowlang check flows/ --select legs,unknown-name
  flowlang check flows/ --fix
  flowlang check --explain stranded-caller

The nearest file flowlang.yaml beside the flow or above it says what holds always.

Exit codes: 0 nothing wrong (or only warnings, without --strict), 1 something is wrong,
with --diff something would be changed, 2 a file that cannot be read or an option that
does not exist, 3 a bug of flowlang itself.""",
)  # fmt: skip


def main(given: Given) -> int:
    """Check and report; the answer is the exit code."""
    if given.has("explain"):
        from flowlang.tools.check_explain import show

        return show(given.one("explain"), given.arguments)
    form = given.one("format", "text")
    if given.has("explain-times") and form not in ("text", "json"):
        raise UsageError(f"--explain-times goes with --format text or json, not {form}")
    files = flow_files(given.arguments or (USUAL_FOLDER,))
    budget_ms = duration_ms(given.one("budget", USUAL_BUDGET), "--budget")
    jobs = jobs_of(files, given)
    fixed: int | None = None
    if given.has("fix") or given.has("diff") or given.has("unsafe"):
        from flowlang.tools import check_fixing

        done = check_fixing.fixed(files, jobs, lambda job, texts, get: _check(job, texts, get, budget_ms), given)
        if given.has("diff"):
            return check_fixing.show(done, len(files))
        found, fixed = done.found, check_fixing.save(done)
    else:
        is_kept = not given.has("no-cache") and not given.has("witnesses")  # what is kept holds no facts
        found = merged([job.told(_find(job, budget_ms, is_kept)) for job in jobs])
    if given.has("witnesses"):
        from flowlang.tools.witness import save

        found = save(found, given.one("witnesses"))
    if form == "text":
        from flowlang.tools.check_text import check_text

        sys.stdout.write(check_text(found, len(files), sys.stdout, fixed))
        if given.has("explain-times"):
            from flowlang.tools.check_times import times_of, times_text
            from flowlang.tools.terminal import write

            write(times_text(times_of(files)))
    else:
        from flowlang.tools.check_report import report
        from flowlang.tools.terminal import write_utf8

        write_utf8(report(form, found, files, fixed, given.has("explain-times")))
    return 1 if any(one.severity is Severity.ERROR for one in found) else 0


def _find(job: Job, budget_ms: int, is_kept: bool) -> list[Diagnostic]:
    """What is wrong: what was kept from the last time, or found anew and kept for the next time."""
    if not is_kept:
        return _check(job, [read_flow(file) for file in job.files], read, budget_ms)
    asked = f"strict={job.is_strict} explores={job.explores} graph={job.graph} budget={budget_ms}"
    asked += f" roles={sorted(job.roles or ())}{job.roles is None} account={job.resource_account}"
    results = Results(job.files, asked, read)
    found = results.recall(read_flow)
    if found is None:
        sources = [read_flow(file) for file in job.files]  # what cannot be read is said before anything else
        found = _check(job, sources, results.read, budget_ms)
        results.keep(sources, found)
    return found


def _check(
    job: Job, sources: list[Source], get: Callable[[str], bytes | Unreadable | None], budget_ms: int
) -> list[Diagnostic]:
    """What is wrong with the flows of a job. `get` reads what they use."""
    from flowlang.analysis.check import Options, check_files
    from flowlang.rules.flow import Granted

    granted = Granted(job.roles, job.resource_account)
    options = Options(job.graph, job.is_strict, job.explores, _budget(budget_ms), granted)
    return check_files(sources, get, options)


def _budget(budget_ms: int) -> Callable[[], Callable[[int], bool]]:
    """A new measure for each flow: whether so many states, or that much time, are enough."""
    from time import monotonic

    def begin() -> Callable[[int], bool]:
        ends = monotonic() + budget_ms / 1000
        return lambda states: states >= MOST_STATES or monotonic() >= ends

    return begin
