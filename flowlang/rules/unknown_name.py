"""A name that nothing declares, or that means something else than is needed here.

A call would come to this step and find nobody to call, no stage to go to, no hours to look at. Often it is a slip
of the keyboard, so the nearest name of the right kind is shown.

```flow wrong
contact desk = +12345678901

on answered: transfer to deks
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity, corrected, listed, meant
from flowlang.rules.declarations import TYPE_WORDS, type_of
from flowlang.rules.flow import BUILT_IN, Use
from flowlang.syntax import ast

SEVERITY = Severity.ERROR

NEEDED = {
    "target": "somebody who can be called",
    "participant": "somebody in the call",
    "duration": "a length of time",
    "contact": "a contact",
    "group": "a group",
    "hours": "opening hours",
    "service": "a service",
    "routine": "a routine",
    "stage": "a stage",
    "leg": "a leg",
}
DECLARE = {
    "target": "declare it: `contact {} = +12345678901`",
    "participant": "declare the contact",
    "contact": "declare the contact",
    "group": "declare it: `group {} = …`",
    "hours": "declare it: `hours {} = mon-fri 08:00-18:00 in Europe/Berlin`",
    "service": "declare it: `service {}`",
    "routine": "write it: `routine {}:` and its steps",
    "stage": "write it: `stage {}:` and its handlers",
    "value": "give it a first value: `let {} = …`",
    "duration": "declare it: `setting {} = 20s`",
}
TRUTHS = {"true": "yes", "false": "no"}
WRITE = {
    "target": "name a contact, a group or a number",
    "participant": "name a contact",
    "duration": "write a time, such as `20s`, or the name of a setting that holds one",
    "contact": "name a contact",
    "group": "name a group",
}
ARE = {
    "contact": "is a contact", "group": "is a group", "let": "is a variable", "setting": "is a setting",
    "hours": "names opening hours", "service": "is a service", "routine": "is a routine", "stage": "is a stage",
}  # fmt: skip
CALLABLE = {"text", "contact"}


def check(flow: Flow) -> Iterator[Finding]:
    said: set[tuple[str, str]] = set()
    for use in flow.uses:
        if use.want == "hole" or (use.want == "value" and use.root in flow.made):
            continue
        if (use.want == "stage" and flow.is_library) or use.root in flow.in_doubt:
            continue  # the file that uses this one has it, or a line that could not be read
        message = _wrong(flow, use)
        if not message:
            continue
        cure = "" if use.root.lower() in TRUTHS else meant(use.root, _candidates(flow, use))
        fix = corrected(use.unit.source, use.span, use.root, _candidates(flow, use)) if cure else None
        if not cure:
            if flow.missing and use.want not in ("stage", "leg"):
                continue  # the file that is not there would have brought it
            if (use.want, use.root) in said:
                continue
            said.add((use.want, use.root))
            cure = _cure(flow, use)
        yield Finding(use.unit.source, use.span, message, cure, fix=fix)


def _cure(flow: Flow, use: Use) -> str:
    if use.want == "leg":
        if flow.consults:
            return f"the legs of this flow: {listed(list(flow.consults))}"
        return "`consult` somebody first"
    if use.want == "value" and use.root.lower() in TRUTHS:
        return f"write `{TRUTHS[use.root.lower()]}`"
    if use.want == "value" and len(use.names) == 1:
        return f'write "{use.root}" in quotes if it is a text, or declare `let {use.root} = …`'
    if use.want in WRITE and (flow.kind_of(use.root, use.owner) or _other_meaning(flow, use.root)):
        return WRITE[use.want]
    return DECLARE[use.want].format(use.root)


def _wrong(flow: Flow, use: Use) -> str:
    name = use.root
    if use.want in ("hours", "service", "routine", "stage"):
        if flow.find(use.want, name):
            return ""
    elif use.want == "leg":
        if name in flow.consults:
            return ""
    elif use.want in ("contact", "group"):
        found = flow.find("names", name)
        if found and found.kind == use.want:
            return ""
    elif flow.kind_of(name, use.owner):
        return _wrong_type(flow, use)
    other = _other_meaning(flow, name)
    if other:
        return f"`{name}` {other}, not {NEEDED.get(use.want, 'a value')}"
    if use.want == "leg":
        return f"no step opens a leg called `{name}`"
    return f"nothing is called `{name}`"


def _wrong_type(flow: Flow, use: Use) -> str:
    """A name that is known, but is no target, participant or length of time."""
    name, kind = ".".join(use.names), flow.kind_of(use.root, use.owner)
    found = type_of(flow, ast.Path(use.names, use.span), use.owner)
    if use.want == "duration" and (found not in ("duration", None) or kind in ("contact", "group", "built-in", "leg")):
        what = TYPE_WORDS[found] if found else ARE.get(str(kind), "something else")
        return f"`{name}` is {what.removeprefix('is ')}, not a length of time"
    if use.want in ("target", "participant"):
        if kind == "built-in" and use.root not in ("caller", "called", "participant"):
            return f"`{name}` is nobody who can be called"
        if kind == "leg" and len(use.names) == 1:
            return f"`{name}` is a leg, not {NEEDED[use.want]}"
        if found is not None and found not in CALLABLE:
            return f"`{name}` is {TYPE_WORDS[found]}, not {NEEDED[use.want]}"
    if use.want == "participant" and kind == "group":
        return f"`{name}` is a group, not one participant"
    return ""


def _other_meaning(flow: Flow, name: str) -> str:
    for space in ("names", "hours", "service", "routine", "stage"):
        found = flow.find(space, name)
        if found:
            return ARE[found.kind]
    if name in flow.consults:
        return "is a leg"
    return "is made by a step" if name in flow.made else ""


def _candidates(flow: Flow, use: Use) -> list[str]:
    if use.want == "leg":
        return list(flow.consults)
    if use.want in ("hours", "service", "routine", "stage"):
        return [d.name.text for d in flow.declared if d.space == use.want]
    kinds = {"contact": ("contact",), "group": ("group",), "duration": ("setting", "let")}.get(
        use.want, ("contact", "group", "let", "setting")
    )
    names = [d.name.text for d in flow.declared if d.kind in kinds]
    if use.want in ("target", "participant", "value"):
        routine = use.owner.routine if use.owner else None
        names += [*flow.made, *[p.text for p in (routine.parameters if routine else ())]]
        names += BUILT_IN if use.want == "value" else ("caller", "called")
    return names
