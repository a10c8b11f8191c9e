"""Names that are written in another way than the others.

`night_desk`, `night-desk` and `nightDesk` are three names. Whoever mixes the ways will not remember which name is
written in which.

```flow wrong
contact night_desk = +12345678901
contact day_desk   = +12025550123
contact help-desk  = +12025550147

hours office = mon-fri 08:00-18:00 in Europe/Berlin

on answered during office: transfer to day_desk
on answered from +12025550199: transfer to help-desk
on answered: transfer to night_desk
on failed: hang up
```

```flow right
contact night_desk = +12345678901
contact day_desk   = +12025550123
contact help_desk  = +12025550147

hours office = mon-fri 08:00-18:00 in Europe/Berlin

on answered during office: transfer to day_desk
on answered from +12025550199: transfer to help_desk
on answered: transfer to night_desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Note, Severity
from flowlang.rules.flow import Declared

SEVERITY = Severity.INFO


def check(flow: Flow) -> Iterator[Finding]:
    ways: dict[str, list[Declared]] = {}
    for one in flow.declared:
        way = _way(one.name.text)
        if way:
            ways.setdefault(way, []).append(one)
    if len(ways) < 2:
        return
    usual = max(ways, key=lambda way: len(ways[way]))  # of equally frequent ones the first
    example = ways[usual][0]
    for way, found in ways.items():
        for one in found if way != usual else ():
            if not one.unit.number:
                yield Finding(
                    one.unit.source,
                    one.name.span,
                    f"the other names are written like `{example.name.text}`",
                    f"write `{_as(one.name.text, usual)}`",
                    (Note(example.unit.source, example.name.span, "such as this one"),),
                )


def _way(name: str) -> str:
    """How a name of several words joins them; empty for one word."""
    if "_" in name:
        return "_"
    if "-" in name:
        return "-"
    return "camel" if any(name[i - 1].islower() and name[i].isupper() for i in range(1, len(name))) else ""


def _as(name: str, way: str) -> str:
    words = "".join(f" {c}" if c.isupper() and i and name[i - 1].islower() else c for i, c in enumerate(name))
    parts = words.replace("_", " ").replace("-", " ").split()
    if way == "camel":
        return parts[0].lower() + "".join(part[:1].upper() + part[1:] for part in parts[1:])
    return way.join(part.lower() for part in parts)
