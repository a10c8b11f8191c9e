"""A comparison of two things that can never be compared.

A text is never greater than a number, so the answer is always no and the branch never runs. Digits that a caller
typed are a text, since they may begin with zeros.

```flow wrong
contact desk = +12345678901
contact vip  = +12025550123

on answered:
    when caller.name > 3:
        transfer to vip
    else:
        transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901
contact vip  = +12025550123

on answered:
    when caller.name is "Heidi Steen":
        transfer to vip
    else:
        transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.rules.declarations import TYPE_WORDS, Type, type_of
from flowlang.rules.flow import Owner
from flowlang.rules.logic import text_of
from flowlang.source import Source
from flowlang.syntax import ast

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for owner in flow.owners:
        if owner.handler and owner.handler.condition is not None:
            yield from _condition(flow, owner, owner.handler.condition)
    for at in flow.whens:
        for branch in at.when.branches:
            if branch.condition is not None:
                yield from _condition(flow, at.owner, branch.condition)


def _condition(flow: Flow, owner: Owner, condition: ast.Condition) -> Iterator[Finding]:
    source = owner.unit.source
    match condition:
        case ast.And(left, right) | ast.Or(left, right):
            yield from _condition(flow, owner, left)
            yield from _condition(flow, owner, right)
        case ast.Not(inner):
            yield from _condition(flow, owner, inner)
        case ast.Compare():
            yield from _compare(flow, owner, source, condition)
        case ast.Path():
            found = type_of(flow, condition, owner)
            if found not in ("truth", None):
                name = text_of(condition)
                yield Finding(
                    source,
                    condition.span,
                    f"`{name}` is {TYPE_WORDS[found]}, not yes or no",
                    f"compare it: `{name} is …`, or ask `{name} exists`",
                )
        case ast.InGroup(value, group):
            found = type_of(flow, value, owner)
            if found not in ("contact", "text", None):
                yield Finding(
                    source,
                    condition.span,
                    f"{_name(value, found)} is never in the group `{group.text}`",
                    "a group holds contacts",
                )
        case ast.During() | ast.Exists() | ast.Truth():
            pass


def _compare(flow: Flow, owner: Owner, source: Source, compare: ast.Compare) -> Iterator[Finding]:
    left, right = type_of(flow, compare.left, owner), type_of(flow, compare.right, owner)
    if left is None or right is None:
        return
    operator = compare.operator
    if operator in ("is", "is not"):
        if left == right or {left, right} == {"text", "contact"}:
            return
    elif operator in ("starts with", "contains"):
        if left == right == "text":
            return
    elif left == right and left in ("number", "duration"):
        return
    elif left == right:
        yield Finding(
            source,
            compare.span,
            f"`{operator}` compares numbers and lengths of time, not {TYPE_WORDS[left]}",
            "use `is`",
        )
        return
    cure = ""
    if {left, right} == {"text", "number"}:
        number = compare.right if right == "number" else compare.left
        digits = f'"{number.value}"' if isinstance(number, ast.Number) else "a text"
        cure = (
            f"write it as a text: {digits}"
            if operator in ("is", "is not", "starts with", "contains")
            else "digits are a text; use `is`"
        )
    yield Finding(
        source,
        compare.span,
        f"{_name(compare.left, left)} cannot be compared with {_name(compare.right, right)} by `{operator}`",
        cure,
    )


def _name(value: ast.Value, kind: Type) -> str:
    return f"`{text_of(value)}` ({TYPE_WORDS[kind]})"
