"""What `check` is asked to do, by the command line and by `flowlang.yaml`. Flows with one such file go together."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flowlang.diagnostics import Diagnostic, in_order
from flowlang.named_tuple import NamedTuple
from flowlang.tools.check_settings import Found, GraphVersion, Settings
from flowlang.tools.options import Given

if TYPE_CHECKING:
    from flowlang.tools.check_select import Selection


class Job(NamedTuple):
    """Flows that are checked in one way. `selection`: None tells everything. `roles`, `resource_account`: see
    `Settings`."""

    files: list[str]
    is_strict: bool
    explores: bool
    graph: GraphVersion
    selection: "Selection | None"
    roles: frozenset[str] | None = None
    resource_account: bool | None = None

    def told(self, found: list[Diagnostic]) -> list[Diagnostic]:
        """The findings that were asked for."""
        return found if self.selection is None else self.selection.among(found)


def jobs_of(files: Iterable[str], given: Given) -> list[Job]:
    """`--select` takes the place of what the file selects, `--ignore` is added to what it ignores. Raises
    `UsageError`."""
    select, ignore = _codes(given, "select"), _codes(given, "ignore")
    found = Found()
    jobs: dict[str, Job] = {}
    for file in files:
        settings = found.of(file)
        if settings.path not in jobs:
            jobs[settings.path] = _job(settings, select, ignore, given.has("strict"))
        jobs[settings.path].files.append(file)
    return list(jobs.values())


def _job(settings: Settings, select: frozenset[str] | None, ignore: frozenset[str] | None, is_strict: bool) -> Job:
    chosen = settings.select if select is None else select
    left_out = settings.ignore | (ignore or frozenset())
    is_strict = is_strict or settings.is_strict
    if not chosen and not left_out:
        return Job([], is_strict, is_strict, settings.graph, None, settings.roles, settings.resource_account)
    from flowlang.tools.check_select import Selection

    selection = Selection(chosen, left_out)
    explores = is_strict or selection.wants_proofs
    return Job([], is_strict, explores, settings.graph, selection, settings.roles, settings.resource_account)


def _codes(given: Given, name: str) -> frozenset[str] | None:
    """The codes that an option names; None where it is not given."""
    if not given.has(name):
        return None
    from flowlang.tools.check_select import codes_of, words_in
    from flowlang.tools.options import UsageError

    words = words_in(given.many(name))
    if not words:
        raise UsageError(f"--{name} needs the name of a check or of a group; see flowlang check --explain")
    return codes_of(words, f"--{name}")


def merged(parts: list[list[Diagnostic]]) -> list[Diagnostic]:
    """The findings of several jobs, in order."""
    return parts[0] if len(parts) == 1 else in_order([one for part in parts for one in part])
