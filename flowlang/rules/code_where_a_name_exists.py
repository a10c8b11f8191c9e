"""A code where a name says the same and more.

The platform and the carriers have several codes for one thing: a busy line is 486, 600 and more. The name takes all of
them, and reads better.

```flow wrong
contact desk  = +12345678901
contact night = +12025550123

on answered:
    consult desk for 18s playing "hold.wav":
        on 486/*: transfer to night
    transfer replacing consult
on failed: hang up
```

```flow right
contact desk  = +12345678901
contact night = +12025550123

on answered:
    consult desk for 18s playing "hold.wav":
        on busy: transfer to night
    transfer replacing consult
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.call.results import CATALOGUE
from flowlang.diagnostics import Edit
from flowlang.rules.common import Finding, Fix, Flow, Severity
from flowlang.rules.outcomes import cannot_end_as
from flowlang.source import Source
from flowlang.syntax import ast

SEVERITY = Severity.INFO

NAMES = {
    pattern: name
    for name, named in reversed(CATALOGUE.items())
    for pattern in named.patterns
    if len(named.patterns) > 1
}
"""The first name of the catalogue that lists a pattern; names of one code only add nothing to it."""


def check(flow: Flow) -> Iterator[Finding]:
    for at in flow.steps:
        for arm in at.step.arms:
            yield from _in(at.source, arm.patterns, at.word, at.step)
    for owner in flow.handlers():
        if owner.handler and owner.handler.event.patterns:
            event = owner.handler.event
            word = event.step.text if event.step else "do"
            yield from _in(owner.unit.source, event.patterns, word, None)


def _in(source: Source, patterns: tuple[ast.Pattern, ...], word: str, step: ast.Step | None) -> Iterator[Finding]:
    texts = [pattern.text for pattern in patterns]
    for pattern in patterns:
        name = NAMES.get(pattern.text) or NAMES.get(f"{pattern.text}/*")
        if name is None or cannot_end_as(word, step, name):
            continue
        named = [NAMES.get(text) or NAMES.get(f"{text}/*") for text in texts]
        is_alone = named.count(name) == 1 and name not in texts
        fix = Fix(f"write `{name}`", (Edit(pattern.span, name),), False) if is_alone else None
        yield Finding(
            source,
            pattern.span,
            f"`{pattern.text}` is one of the codes of `{name}`",
            f"write `{name}`, which takes {len(CATALOGUE[name].patterns)} codes that mean the same",
            fix=fix,
        )
