"""Flows as the service takes them: checked, compiled, each by the name of its file.

A flow with errors is not served; what is wrong with it is told, and what it was before goes on.
"""

import os
from collections.abc import Mapping
from typing import NamedTuple

from flowlang.analysis.check import check_file
from flowlang.analysis.load import load
from flowlang.call.party import Party
from flowlang.compiler.flow import TooLargeError, compile_flow
from flowlang.compiler.names import Names
from flowlang.diagnostics import Severity
from flowlang.plan import Defaults, Plan
from flowlang.prompts.finding import digests, files_of, lengths_ms, prompts_of
from flowlang.source import Source
from flowlang.syntax import ast
from flowlang.tools.files import flow_files, read, read_flow
from flowlang.tools.options import UsageError, near
from flowlang.tools.reading import calendar_text
from flowlang.tools.run_world import contacts_of
from flowlang.tools.values import value_like


class Loaded(NamedTuple):
    """One flow file. `plan` None: `trouble` says why it is not served. `calendars`: texts by the name in the plan.

    `folder`: where its prompts are looked for first. `warnings`: how many `check` gives. `sources`: of the file itself
    and of those that it uses.
    """

    name: str
    path: str
    plan: Plan | None
    trouble: str = ""
    calendars: tuple[tuple[str, str], ...] = ()
    warnings: int = 0
    sources: tuple[Source, ...] = ()

    @property
    def folder(self) -> str:
        return os.path.dirname(self.path) or "."


class Site(NamedTuple):
    """What the settings say about flows: bounds of steps, values of settings by flow and name, where prompts are that
    are not beside their flow, and at which line of the settings a value stands."""

    defaults: Defaults = Defaults()
    values: Mapping[str, Mapping[str, str]] = {}
    prompts: str = ""
    places: Mapping[tuple[str, str], str] = {}


USUAL = Site()


def load_flows(paths: tuple[str, ...], site: Site = USUAL) -> list[Loaded]:
    """Every flow of these files and folders; files with routines only are none. Raises `UsageError` for paths that are
    not there, and for two flows of one name."""
    found: dict[str, Loaded] = {}
    for path in flow_files(paths):
        one = load_flow(path, site)
        if one is None:
            continue
        if one.name in found:
            raise UsageError(f"{path} and {found[one.name].path} are both called {one.name}; rename one")
        found[one.name] = one
    return list(found.values())


def load_flow(path: str, site: Site = USUAL) -> Loaded | None:
    """One file; None: there is nothing in it that could run."""
    name = os.path.splitext(os.path.basename(path))[0]
    try:
        source = read_flow(path)
        find = files_of(read, os.path.dirname(path), site.prompts)
        found = check_file(source, find)
    except UsageError as error:
        return Loaded(name, path, None, str(error))
    model = load(source, find)
    errors = [one for one in found if one.severity is Severity.ERROR]
    if errors:
        first = errors[0]
        where = f"{first.source.path}:{first.source.position(first.span.start).line}"
        more = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
        return Loaded(name, path, None, f"{where}: {first.message}{more}")
    if not any(isinstance(item, ast.Handler | ast.Stage) for item in model.units[0].file.items):
        return None
    try:
        prompts = prompts_of(read, os.path.dirname(path), site.prompts)
        plan = compile_flow(model, site.defaults, lengths_ms(prompts), digests(prompts))
        plan = with_values(plan, site, contacts_of(Names(model)), name)
        calendars = tuple([(one.calendar, calendar_text(one.calendar, path)) for one in plan.hours if one.calendar])
    except (TooLargeError, UsageError) as error:
        return Loaded(name, path, None, str(error))
    warnings = sum(one.severity is Severity.WARNING for one in found)
    return Loaded(name, path, plan, "", calendars, warnings, tuple([unit.source for unit in model.units]))


def with_values(plan: Plan, site: Site, contacts: dict[str, Party], flow: str) -> Plan:
    """The plan with the settings of this site. Raises `UsageError`."""
    variables = list(plan.variables)
    for name, text in site.values.get(flow, {}).items():
        place = site.places.get((flow, name), "")
        what = f"{place}: flows.{flow}.set.{name}" if place else f"flows.{flow}.set.{name}"
        at = next((n for n, one in enumerate(variables) if (one.name, one.kind) == (name, "setting")), -1)
        if at < 0:
            known = tuple([one.name for one in variables if one.kind == "setting"])
            raise UsageError(f"{what}: the flow has no such setting{near(name, known)}")
        variables[at] = variables[at]._replace(first=value_like(text, variables[at].first, contacts, what))
    return plan._replace(variables=tuple(variables))
