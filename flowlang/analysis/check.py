"""From the text of flows to what is wrong with them: syntax, rules, what the author allows, in order, each once."""

from collections.abc import Iterator, Sequence

from flowlang.analysis.load import load
from flowlang.analysis.model import Model, Read
from flowlang.diagnostics import Diagnostic, Severity, in_order
from flowlang.rules import GROUPS, PROVED, proved_rules, rule_of, rules_for, transfer_in_a_circle
from flowlang.rules.allowing import NO_REASON, UNUSED, Allowed, allowed_in, without_allowed
from flowlang.rules.collect import collect
from flowlang.rules.common import Finding, Rule, code_of
from flowlang.rules.flow import Flow, Options
from flowlang.source import Source, Span

__all__ = ["Options", "check_file", "check_files"]

ALONE = "unknown-language-version"
"""Where the version is unknown nothing else can be said."""

STYLE = frozenset({UNUSED, *[code for title, codes in GROUPS if title == "Style" for code in codes]})
"""Warnings that stay warnings under `--strict`."""


def check_file(main: Source, read: Read, options: Options | None = None) -> list[Diagnostic]:
    """What is wrong with one flow and the files that it uses. `read` gives the bytes of files that the flow names."""
    return check_files([main], read, options)


def check_files(mains: Sequence[Source], read: Read, options: Options | None = None) -> list[Diagnostic]:
    """What is wrong with some flows, each by itself and all together."""
    options = options or Options()
    found: list[Diagnostic] = []
    allowed: dict[tuple[str, int, str], Allowed] = {}
    flows: list[Flow] = []
    is_whole = True
    for main in mains:
        model = load(main, read)
        if any(one.code == ALONE and one.source is main for one in model.diagnostics):
            found += [one for one in model.diagnostics if one.code == ALONE and one.source is main]
            continue
        flow = collect(model, read, options)
        flows.append(flow)
        found += model.diagnostics
        here = [*model.diagnostics, *_of_rules(flow, model)]
        found += here[len(model.diagnostics) :]
        if options.explores and not flow.is_library and not any(one.severity is Severity.ERROR for one in here):
            found += _of_paths(flow, model, options)
        is_whole = is_whole and not model.diagnostics
        for unit in model.units:
            allows, wrong = allowed_in(unit.source, unit.file, not unit.number and not flow.is_library)
            found += wrong
            for one in allows:
                key = (one.source.path, one.span.start, one.name)
                if key not in allowed or one.is_in_main:
                    allowed[key] = one
    if len(flows) > 1:
        found += [_diagnostic(transfer_in_a_circle, one) for one in transfer_in_a_circle.between(flows)]
    left = without_allowed(found, list(allowed.values()), _known(), _fixed() if allowed else frozenset())
    if not is_whole:
        left = [one for one in left if one.code != UNUSED]  # perhaps what it allows could not be found
    return [_strictly(one) for one in in_order(left)] if options.is_strict else in_order(left)


def _of_paths(flow: Flow, model: Model, options: Options) -> Iterator[Diagnostic]:
    """What every call that can happen brings to light, each with the shortest call that shows it.

    A flow has to be compiled for that, so only one without errors is explored.
    """
    from flowlang.compiler.flow import TooLargeError, compile_flow
    from flowlang.explorer.explored import explore

    try:
        plan = compile_flow(model)
    except TooLargeError as error:
        whole = Span(0, 1)
        yield Diagnostic("budget-exceeded", Severity.WARNING, model.main.source, whole, f"not explored: {error}")
        return
    flow.explored = explore(plan, options.budget() if options.budget is not None else None)
    for rule in proved_rules():
        for finding in list(rule.check(flow)):
            yield _diagnostic(rule, finding)._replace(flow=model.main.source.path)


def _of_rules(flow: Flow, model: Model) -> Iterator[Diagnostic]:
    """The findings of all rules, but those that only follow from what could not be read: on its line, and what reasons
    about paths through its handler."""
    lines = {(one.source.path, one.source.position(one.span.start).line) for one in model.diagnostics}
    broken = _broken(model)
    for rule in rules_for(unit.source.text for unit in model.units):
        flow.asked_for_paths = False
        for finding in list(rule.check(flow)):
            path, start = finding.source.path, finding.span.start
            if lines and (path, finding.source.position(start).line) in lines:
                continue
            if flow.asked_for_paths and any(path == where and a <= start < b for where, a, b in broken):
                continue
            yield _diagnostic(rule, finding)


def _broken(model: Model) -> list[tuple[str, int, int]]:
    """Handlers, routines and stages in which something could not be read: what runs there is not sure. Each reaches to
    the next one, since a repaired tree has no sure ends."""
    found: list[tuple[str, int, int]] = []
    for unit in model.units:
        wrong = [one.span.start for one in model.diagnostics if one.source.path == unit.source.path]
        starts = [item.span.start for item in unit.file.items] if wrong else []
        for start, end in zip(starts, [*starts[1:], len(unit.source.text) + 1], strict=False):
            if any(start <= place < end for place in wrong):
                found.append((unit.source.path, start, end))
    return found


def _diagnostic(rule: Rule, finding: Finding) -> Diagnostic:
    return Diagnostic(code_of(rule), rule.SEVERITY, *finding)


def _known() -> frozenset[str]:
    return frozenset({code for _, codes in GROUPS for code in codes} | {NO_REASON, *PROVED})


def _fixed() -> frozenset[str]:
    """Codes of errors without whose cure a flow cannot be understood."""
    return frozenset(code for _, codes in GROUPS[:2] for code in codes if rule_of(code).SEVERITY is Severity.ERROR)


def _strictly(one: Diagnostic) -> Diagnostic:
    if one.severity is Severity.WARNING and one.code not in STYLE:
        return one._replace(severity=Severity.ERROR)
    return one
