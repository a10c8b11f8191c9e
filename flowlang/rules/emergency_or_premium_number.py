"""An emergency number, or one that costs extra.

Emergency calls need to know where the caller is, which a flow does not. Calls to premium numbers are paid by you.

```flow wrong
contact help = +49112

on answered: transfer to help
on failed: hang up
```

```flow right
contact help = +49891234567

on answered: transfer to help
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.rules.numbers import emergency_in, is_premium, numbers_of, why_wrong

SEVERITY = Severity.WARNING


def check(flow: Flow) -> Iterator[Finding]:
    for unit, word in numbers_of(flow):
        if not word.text.startswith("+") or not word.text[1:].isdecimal() or why_wrong(word.text) is not None:
            continue
        emergency = emergency_in(word.text)
        if emergency:
            yield Finding(
                unit.source,
                word.span,
                f"{emergency} is an emergency number, and a flow cannot say where the caller is",
                "tell callers to dial it themselves",
            )
        elif is_premium(word.text):
            yield Finding(
                unit.source,
                word.span,
                f"calls to `{word.text}` cost extra, and you pay for them",
                "use an ordinary number",
            )
