"""Every code that `check` may give, with its group and page. Only what asks about codes loads this."""

from functools import cache
from typing import Final, NamedTuple

from flowlang.diagnostics import Severity
from flowlang.rules import GROUPS, PROVED, proved_rules, rule_of
from flowlang.rules.allowing import NO_REASON, UNUSED
from flowlang.rules.common import Rule, code_of
from flowlang.syntax.pages import PAGES
from flowlang.tools.options import UsageError, near

SYNTAX: Final = "syntax"
PROVED_GROUP: Final = "proved"
COMMENTS: Final = "comments"

_SHORT = {
    "Types and values": "values",
    "What the platform allows": "platform",
    "What can never run": "never-runs",
    "Callers left alone": "callers",
    "Waiting and silence": "waiting",
}
"""Groups of rules whose names on the command line are not just their titles in small letters."""


class Entry(NamedTuple):
    """One code. `title` is a sentence; `page` is what follows it, in Markdown."""

    code: str
    severity: Severity
    title: str
    page: str
    can_be_allowed: bool = True


class Group(NamedTuple):
    """Codes that belong together. `name` is for the command line."""

    name: str
    title: str
    entries: tuple[Entry, ...]


_COMMENT_PAGES = {
    NO_REASON: """A comment that allows a finding without saying why.

The next person has to know whether the reason still holds.

```flow wrong
contact desk = +12345678901
contact old = +12025550123   # allow name-never-used
on answered: transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901
contact old = +12025550123   # allow name-never-used because the old number comes back in May
on answered: transfer to desk
on failed: hang up
```
""",
    UNUSED: """A comment that allows something which is not there.

What it was written for has gone, or its name has a slip in it. `--fix` takes it out.

```flow wrong
contact desk = +12345678901   # allow name-never-used because the desk opens in May
on answered: transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901
on answered: transfer to desk
on failed: hang up
```
""",
}


def _entry(code: str, severity: Severity, text: str, can_be_allowed: bool) -> Entry:
    title, _, page = text.strip().partition("\n\n")
    page = page.replace(" on v1.0\n", "\n").replace(" strict\n", "\n")  # settings that the text speaks of
    return Entry(code, severity, title, page.strip() + "\n", can_be_allowed)


def _of_rule(rule: Rule, is_of_meaning: bool) -> Entry:
    can_be_allowed = not (is_of_meaning and rule.SEVERITY is Severity.ERROR)
    return _entry(code_of(rule), rule.SEVERITY, rule.__doc__ or "", can_be_allowed)


def _name_of(title: str) -> str:
    return _SHORT.get(title, title.lower().replace(" ", "-"))


@cache
def groups() -> tuple[Group, ...]:
    """All groups, those of syntax first."""
    syntax = [_entry(code, Severity.ERROR, text, False) for code, text in PAGES.items()]
    comments = [_entry(code, Severity.WARNING, text, False) for code, text in _COMMENT_PAGES.items()]
    proved = [_of_rule(rule, False) for rule in proved_rules()]
    return (
        Group(SYNTAX, "What cannot be read", tuple(syntax)),
        *[
            Group(_name_of(title), title, tuple([_of_rule(rule_of(code), n < 2) for code in of]))
            for n, (title, of) in enumerate(GROUPS)
        ],
        Group(PROVED_GROUP, "What every call comes to (with --strict)", tuple(proved)),
        Group(COMMENTS, "Comments that allow findings", tuple(comments)),
    )


@cache
def by_code() -> dict[str, tuple[Entry, Group]]:
    """Every code, with its group."""
    return {entry.code: (entry, group) for group in groups() for entry in group.entries}


def entry_of(code: str) -> tuple[Entry, Group]:
    """One code. Raises `UsageError` with the near one."""
    found = by_code().get(code)
    if found is None:
        raise UsageError(unknown(code, tuple(by_code())))
    return found


def unknown(code: str, known: tuple[str, ...]) -> str:
    """What to say about a word that is no code."""
    return f"there is no check {code}{near(code, known) or '; see flowlang check --explain'}"


@cache
def _members() -> dict[str, frozenset[str]]:
    """Codes by group, without the pages: rules that play calls stay unloaded."""
    rules = {_name_of(title): frozenset(of) for title, of in GROUPS}
    return {
        SYNTAX: frozenset(PAGES), **rules, PROVED_GROUP: frozenset(PROVED), COMMENTS: frozenset(_COMMENT_PAGES)
    }  # fmt: skip


def codes_in(word: str) -> frozenset[str] | None:
    """The codes that a word stands for: itself, or those of a group; None if it stands for nothing.

    `syntax` is both, and means the group.
    """
    if word in _members():
        return _members()[word]
    return frozenset({word}) if any(word in codes for codes in _members().values()) else None


def names() -> tuple[str, ...]:
    """Everything that may be selected: groups and codes."""
    return (*_members(), *sorted(frozenset().union(*_members().values())))


PROVED_CODES: Final = frozenset(PROVED)
