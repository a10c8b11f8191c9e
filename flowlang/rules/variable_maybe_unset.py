"""A variable that is read on a path on which nothing has set it.

A comparison with it is then no, a text has a hole, and nobody is called. It happens after a step that failed, or in
a handler that can run before the step that sets the variable.

```flow wrong
contact desk = +12345678901
contact vip  = +12025550123
service crm for 2s answers vip yes/no

on answered:
    ask crm about caller.number as who:
        otherwise: log "The service did not answer"
    when who.vip is yes:
        transfer to vip
    else:
        transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901
contact vip  = +12025550123
service crm for 2s answers vip yes/no

on answered:
    ask crm about caller.number as who:
        otherwise: transfer to desk
    when who.vip is yes:
        transfer to vip
    else:
        transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity
from flowlang.rules.counter_never_started import never_started
from flowlang.rules.flow import BUILT_IN, Use

SEVERITY = Severity.ERROR

KNOWN_IN = {
    "participant": ("`participant` is known only in `on joined` and `on left`", "name the contact instead"),
    "attempt": ("`attempt` is known only in arms with `retry` and in menus", "count with a variable of your own"),
    "tone": ("`tone` is known only where a key was pressed", "use it in `on tone` or in an arm of a menu"),
}


def check(flow: Flow) -> Iterator[Finding]:
    said: set[tuple[int, str]] = set()
    for use in flow.uses:
        name = use.root
        if use.want not in ("target", "participant", "value", "hole", "duration"):
            continue
        kind = flow.kind_of(name, use.owner)
        if kind == "built-in" and name in KNOWN_IN and not _is_known(use) and _has_its_fields(use):
            message, cure = KNOWN_IN[name]
            yield Finding(use.unit.source, use.span, message, cure)
        elif kind == "variable" and name not in flow.in_doubt and not never_started(flow, name):
            state = flow.journey.before.get((use.unit.number, use.anchor))
            where = (use.owner.number if use.owner else -1, name)
            if state is None or name in state.known or where in said or use.is_asked:
                continue
            said.add(where)
            yield _finding(flow, use)


def _finding(flow: Flow, use: Use) -> Finding:
    makers = flow.made[use.root]
    first = makers[0]
    inside = [
        at for at in makers if use.owner and at.owner.number == use.owner.number and at.step.span.start < use.span.start
    ]
    if inside:
        first = inside[-1]
        cure = f"declare it with a first value: `let {use.root} = …`"
        if first.word != "set":
            cure = f"end the path on which `{first.word}` fails"
    else:
        cure = f"declare it with a first value: `let {use.root} = …`"
    note = Note(first.source, first.step.variable.span if first.step.variable else first.step.span, "set here")
    return Finding(use.unit.source, use.span, f"`{use.root}` is not set on every way to this place", cure, (note,))


def _has_its_fields(use: Use) -> bool:
    """`tone.name` is wrong wherever it stands, and another rule says so."""
    return len(use.names) == 1 or use.names[1] in BUILT_IN[use.root]


def _is_known(use: Use) -> bool:
    """Whether what an event or a try brings can be read there (A20, A32)."""
    event = use.owner.event if use.owner else ""
    if use.owner and use.owner.routine:
        return True  # who runs the routine decides
    if use.root == "participant":
        return event in ("joined", "left")
    if use.root == "tone":
        return event == "tone" or (use.step is not None and use.step.in_menu) or use.is_in_menu
    return use.is_in_retry or use.is_in_menu
