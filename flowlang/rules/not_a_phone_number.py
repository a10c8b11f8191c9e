"""Something that looks like a phone number and is none.

Graph takes international numbers only: `+`, the country code, and the rest without the leading 0, spaces or
brackets. The number has to belong to a country that exists and to be as long as numbers there are. Whether somebody
has it cannot be told.

```flow wrong
contact desk = +49 89 1234567

on answered: transfer to desk
on failed: hang up
```

```flow right
contact desk = +49891234567

on answered: transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.rules.common import Finding, Flow, Severity
from flowlang.rules.numbers import numbers_of, why_wrong

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    for unit, word in numbers_of(flow):
        wrong = why_wrong(word.text)
        if wrong is not None:
            yield Finding(unit.source, word.span, *wrong)
