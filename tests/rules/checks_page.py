"""The page docs/reference/checks.md, made from the pages of the rules."""

import re

from flowlang.diagnostics import Severity
from flowlang.rules import GROUPS, proved_rules, rule_of
from flowlang.rules.common import Rule, code_of

HEAD = """<!-- Generated from the files in flowlang/rules. Write it anew with `python -m tests.tidy.generated`. -->
# Checks

What `flowlang check` looks for, and why. Mistakes of syntax have messages of their own and are not listed here.

- An **error** keeps a flow from running.
- A **warning** points at something that will probably go wrong. With `--strict` it counts as an error, but for
  those of style.
- An **info** is worth knowing.

## Allowing a finding

A finding that you have looked at and mean to keep is allowed by a comment with a reason, at the end of its line or
alone on the line above:

```flow fragment
transfer to desk for 30s   # allow transfer-bound-too-short because the desk has no voicemail
```

A comment without a reason allows nothing (`allow-without-reason`). One that is no longer needed is reported
(`comment-disables-nothing`). What keeps a flow from being understood cannot be allowed: the errors of the first two
groups.

## All checks
"""


FENCE = re.compile(r"^```flow (right|wrong)[^\n]*\n", re.MULTILINE)
PROVED_TITLE = "What every call comes to (with `--strict`)"


def checks_page() -> str:
    """The whole page."""
    parts = [HEAD]
    read = [(title, tuple([rule_of(code) for code in codes])) for title, codes in GROUPS]
    groups = [*read, (PROVED_TITLE, proved_rules())]
    for title, rules in groups:
        parts.append(f"\n### {title}\n\n| check | | finds |\n|---|---|---|\n")
        parts += [
            f"| [`{code_of(rule)}`](#{code_of(rule)}) | {rule.SEVERITY.value} | {_title(rule)} |\n" for rule in rules
        ]
    for _, rules in groups:
        parts += [_entry(rule) for rule in rules]
    return "".join(parts)


def _title(rule: Rule) -> str:
    return (rule.__doc__ or "").partition("\n")[0]


def _entry(rule: Rule) -> str:
    title, _, body = (rule.__doc__ or "").strip().partition("\n\n")
    body = FENCE.sub(r"```flow \1\n", body)  # without the settings, of which the text speaks
    body = body.replace("```flow wrong", f"{_gives(rule)}\n\n```flow wrong")
    body = body.replace("```flow right", "Better:\n\n```flow right")
    return f"\n## {code_of(rule)}\n\n**{rule.SEVERITY.value}** · {title}\n\n{body}\n"


def _gives(rule: Rule) -> str:
    return f"This gives the {rule.SEVERITY.value}:" if rule.SEVERITY is not Severity.INFO else "This gives the note:"
