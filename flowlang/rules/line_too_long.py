"""A line of more than 120 characters.

Nobody sees the end of it, and two people who change one line each get into each other's way. Steps can stand one a
line, and a list of targets goes on in the next line after a comma.

```flow wrong
contact desk = +12345678901

on answered: play "prompts/welcome.wav" then play "prompts/we_are_connecting_you.wav" then log "Going to the desk now" then transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered:
    play "prompts/welcome.wav"
    play "prompts/we_are_connecting_you.wav"
    log "Going to the desk now"
    transfer to desk
on failed: hang up
```
"""  # noqa: E501 - the example is about that

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.source import Span

SEVERITY = Severity.INFO

LONGEST = 120
LONG_TEXT = 60  # a quoted text that is longer than that cannot be helped


def check(flow: Flow) -> Iterator[Finding]:
    source = flow.main.source
    start = 0
    for line in source.text.split("\n"):
        cure = _cure(line) if len(line) > LONGEST else ""
        if cure:
            beyond = Span(start + LONGEST, start + len(line))
            yield Finding(source, beyond, f"this line has {len(line)} characters", cure)
        start += len(line) + 1


def _cure(line: str) -> str:
    """How the line can be made shorter; empty where it cannot."""
    if line.lstrip().startswith("#"):
        return "go on in the next line with another #" if " " in line[LONGEST // 2 :].strip() else ""
    outside = line.split('"')[::2]
    if max((len(text) for text in line.split('"')[1::2]), default=0) > LONG_TEXT:
        return ""
    if any(" then " in f" {part} " for part in outside):
        return "write one step a line, in a block"
    if "#" in "".join(outside):
        return "put the comment on the line above"
    return "go on in the next line after a comma, deeper" if _is_list(line) else ""


def _is_list(line: str) -> bool:
    return line.split(" ", 1)[0] in ("group", "hours", "service") and "," in line
