"""A stage that no `goto` leads to.

Its handlers never run.

```flow wrong
contact desk = +12345678901

on answered: transfer to desk

stage message:
    on enter: play "sorry.wav" then hang up

on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: transfer to desk
if that fails: goto message

stage message:
    on enter: play "sorry.wav" then hang up

on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    if flow.has_syntax_errors or any(use.want == "stage" and not flow.find("stage", use.root) for use in flow.uses):
        return
    ways: dict[str, set[str]] = {}
    for use in flow.uses:
        if use.want == "stage":
            ways.setdefault(use.owner.stage if use.owner else "", set()).add(use.root)
    reached: set[str] = {""}
    new = [""]
    while new:
        for name in ways.get(new.pop(), set()) - reached:
            reached.add(name)
            new.append(name)
    for stage in flow.stages():
        if stage.name.text not in reached:
            yield Finding(
                flow.main.source,
                stage.name.span,
                f"no `goto` leads into the stage `{stage.name.text}`",
                "go there, or take it out",
            )
