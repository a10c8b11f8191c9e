"""`flowlang check --fix` and `--diff` from the words of the command line to the disk."""

import sys
from collections.abc import Callable, Sequence

from flowlang.analysis.model import Read
from flowlang.diagnostics import Diagnostic
from flowlang.source import Source
from flowlang.tools.check_fix import Fixed, Fixer, diff, write
from flowlang.tools.check_jobs import Job, merged
from flowlang.tools.files import read, read_flow
from flowlang.tools.options import Given, UsageError
from flowlang.tools.terminal import write_utf8

Check = Callable[[Job, list[Source], Read], list[Diagnostic]]


def fixed(files: Sequence[str], jobs: Sequence[Job], check: Check, given: Given) -> Fixed:
    """The changes that can be made in some files, and the findings that are left of those that were asked for; nothing
    is written yet. Raises `UsageError`."""
    if not (given.has("fix") or given.has("diff")):
        raise UsageError("--unsafe goes with --fix or --diff")
    if given.has("diff") and given.one("format", "text") != "text":
        raise UsageError("--diff has a form of its own; leave out --format")
    for file in files:
        read_flow(file)  # what cannot be read is said before anything else
    job_of = {file: job for job in jobs for file in job.files}

    def check_all(sources: list[Source], get: Read) -> list[Diagnostic]:
        return merged([check(job, [one for one in sources if job_of[one.path] is job], get) for job in jobs])

    def tells(path: str, code: str) -> bool:
        selection = job_of[path].selection if path in job_of else None
        return selection is None or selection.tells(code)

    done = Fixer(files, check_all, read, tells, given.has("unsafe")).fixed()
    return done._replace(found=[one for one in done.found if tells(one.source.path, one.code)])


def show(done: Fixed, files: int) -> int:
    """What would be changed, on the standard output; how much that is, on the other one. 1 if there is anything."""
    from flowlang.tools.check_text import counted

    write_utf8(diff(done))
    if done.made:
        told = f"{counted(done.made, 'mistake')} in {counted(len(done.before), 'file')} would be corrected"
    else:
        told = f"there is nothing to correct in {counted(files, 'file')}"
    sys.stderr.write(f"{told}\n")
    return 1 if done.before else 0


def save(done: Fixed) -> int:
    """Writes the files; how many mistakes were corrected."""
    write(done)
    return done.made
