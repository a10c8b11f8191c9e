"""`flowlang permissions PATH…`: what has to be there before flows go live, and which lines need it."""

import sys
from typing import Final, NamedTuple

from flowlang.rules.needs import Kind, Need
from flowlang.source import Source
from flowlang.tools.options import Command, Given, Option
from flowlang.tools.terminal import write, write_utf8

USUAL_FOLDER = "flows"
MOST_PLACES = 3

COMMAND = Command(
    "permissions", "[PATH…]",
    "Lists the roles, phone numbers and settings that flows need, each with the lines that need it. "
    "Without PATH it looks at the folder flows/.",
    (
        Option("format", "text|json", "for people (the usual) or for programs", choices=("text", "json")),
        Option("help", "", "this text"),
    ),
    """Examples:
  flowlang permissions flows/
  flowlang permissions flows/consult.flow --format json

Exit codes: 0 all could be read, 1 a flow has mistakes of syntax, so something may be
missing in the list, 2 a file that cannot be read or an option that does not exist.""",
)  # fmt: skip

TITLES: Final[dict[Kind, str]] = {
    "role": "Application roles of Microsoft Graph, each with an administrator's consent",
    "number": "Phone numbers",
    "tenant": "In the tenant",
    "graph": "Version of Graph",
    "operator": "On the operator's side",
}


class Group(NamedTuple):
    """One thing that is needed and all places that need it. `is_covered`: another role of the list is enough."""

    kind: Kind
    any_of: tuple[str, ...]
    is_covered: bool
    needs: tuple[Need, ...]


def main(given: Given) -> int:
    """Print; the answer is the exit code."""
    from flowlang.tools.files import flow_files, read_flow

    files = flow_files(given.arguments or (USUAL_FOLDER,))
    groups, broken = grouped([read_flow(file) for file in files])
    if given.one("format") == "json":
        import json

        write_utf8(json.dumps(_json(files, groups, broken), ensure_ascii=False, indent=2) + "\n")
    else:
        write(_text(groups, len(files)))
        for path in broken:
            sys.stderr.write(f"flowlang: {path} has mistakes, so something may be missing here; see flowlang check\n")
    return 1 if broken else 0


def grouped(sources: list[Source]) -> tuple[list[Group], list[str]]:
    """What some flows need together, each place once, and the paths of files that could not be read as a whole."""
    from flowlang.analysis.load import load
    from flowlang.diagnostics import Severity
    from flowlang.rules.collect import collect
    from flowlang.rules.flow import Options
    from flowlang.rules.needs import needs_of
    from flowlang.tools.files import read

    found: dict[tuple[Kind, tuple[str, ...]], dict[tuple[str, int, str], Need]] = {}
    broken: list[str] = []
    for source in sources:
        model = load(source, read)
        broken += [one.source.path for one in model.diagnostics if one.severity is Severity.ERROR]
        for need in needs_of(collect(model, read, Options())):
            place = (need.source.path, need.span.start, need.why)
            found.setdefault((need.kind, need.any_of), {}).setdefault(place, need)
    alone = {any_of[0] for kind, any_of in found if kind == "role" and len(any_of) == 1}
    groups = [
        Group(kind, any_of, len(any_of) > 1 and bool(alone.intersection(any_of)), tuple(needs.values()))
        for (kind, any_of), needs in found.items()
    ]
    order = list(TITLES)
    return sorted(groups, key=lambda one: (order.index(one.kind), one.any_of)), list(dict.fromkeys(broken))


def _text(groups: list[Group], files: int) -> str:
    shown = [group for group in groups if not group.is_covered]
    if not shown:
        return f"nothing is needed by {files} {'file' if files == 1 else 'files'}\n"
    lines: list[str] = []
    for kind, title in TITLES.items():
        of_kind = [group for group in shown if group.kind == kind]
        if of_kind:
            lines += ["", title] if lines else [title]
        for group in of_kind:
            lines.append(f"  {' or '.join(group.any_of)}")
            lines += _reasons(group)
    return "\n".join(lines) + "\n"


def _reasons(group: Group) -> list[str]:
    """Why, and where: a line for each reason."""
    places: dict[str, list[str]] = {}
    for need in group.needs:
        places.setdefault(need.why, []).append(_place(need))
    wide = max(len(why) for why in places)
    lines = []
    for why, where in places.items():
        more = f" and {len(where) - MOST_PLACES} more" if len(where) > MOST_PLACES else ""
        lines.append(f"    {why:<{wide}}  {', '.join(where[:MOST_PLACES])}{more}")
    return lines


def _place(need: Need) -> str:
    return f"{need.source.path}:{need.source.position(need.span.start).line}"


def _json(files: list[str], groups: list[Group], broken: list[str]) -> object:
    return {
        "version": 1,
        "flows": files,
        "incomplete": broken,
        "needs": [
            {
                "kind": group.kind,
                "any_of": list(group.any_of),
                "covered": group.is_covered,
                "needed_by": [_json_place(need) for need in group.needs],
            }
            for group in groups
        ],
    }


def _json_place(need: Need) -> dict[str, object]:
    start = need.source.position(need.span.start)
    return {
        "file": need.source.path, "line": start.line, "column": start.column, "why": need.why, "sure": need.is_sure,
    }  # fmt: skip
