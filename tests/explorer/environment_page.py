"""The page docs/reference/environment.md, made from the environment model."""

from flowlang.explorer.environment import Row, environment

HEAD = """<!-- Generated from flowlang/explorer/environment.json by `python -m tests.tidy.generated`. -->
# What may come from outside

The model of the platform and of people that `flowlang check --strict` plays through, and that the simulated
Graph keeps to. What it proves, it proves about this: [What a strict check
proves](../explanation/what-check-proves.md).

Each row may come at any moment in the state that its table speaks of. Where a result is named, every failure
that a flow's own arms and handlers name may come as well, if the row says "any failure". A row that is not
explored is allowed all the same: another one leads the flow the same way, for the reason given.
"""

TITLES = {
    "answers": "Answers to requests",
    "operations": "Ends of operations",
    "legs": "News of a call",
    "services": "Services",
    "flows": "Other flows",
}
ABOUT = {
    "operation": "`mute`, `unmute`, `hold`, `resume`, `remove`",
    "incoming": "an incoming call that nobody has answered",
    "refusing": "while `reject` or `redirect` is under way",
    "answering": "after `answer`",
    "creating": "a call that is about to be placed",
    "ringing": "a phone that rings",
    "up": "a call that is up",
    "transferring": "a call that is being transferred",
    "leaving": "a call that we hung up",
}


def environment_page() -> str:
    """The whole page."""
    model = environment()
    parts = [HEAD]
    groups: dict[str, dict[str, list[Row]]] = {}
    for row in model.rows():
        groups.setdefault(row.table, {}).setdefault(row.subject, []).append(row)
    for table, subjects in groups.items():
        parts.append(f"\n## {TITLES[table]}\n")
        for subject, rows in subjects.items():
            parts.append(f"\n### {ABOUT.get(subject, f'`{subject}`')}\n\n")
            parts.append("| what comes | results | explored |\n|---|---|---|\n")
            parts += [_line(row) for row in rows]
    parts.append("\n## Time\n\nTimers fire in any order; of the `after` times of one stage the shortest first.\n\n")
    parts.append("| timer | explored |\n|---|---|\n")
    parts += [f"| `{kind}` | {f'no: {same}' if same else 'yes'} |\n" for kind, same in model.timers.items()]
    return "".join(parts)


def _line(row: Row) -> str:
    results = ", ".join(f"`{one}`" for one in row.results) + (", any failure" if row.has_any else "")
    who = f", by the {row.who}" if row.who else ""
    return f"| {row.move}{who} | {results} | {f'no: {row.same}' if row.same else 'yes'} |\n"
