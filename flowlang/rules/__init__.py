"""The rules, one file each, loaded by their codes. A new rule is a file and a line in `GROUPS`; its page is the
docstring of its file."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Final, cast

from flowlang.rules.common import Rule

GROUPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (
        "Names",
        (
            "unknown-name",
            "name-declared-twice",
            "name-never-used",
            "name-shadows-result",
            "unknown-result-name",
            "use-goes-round",
            "used-file-missing",
            "routine-calls-itself",
            "wrong-number-of-arguments",
            "handlers-in-used-file",
            "empty-file",
        ),
    ),
    (
        "Types and values",
        (
            "mixed-comparison",
            "variable-maybe-unset",
            "counter-never-started",
            "arithmetic",
            "hole-names-nothing",
            "unknown-field",
            "result-where-nothing-failed",
            "condition-never-true",
            "branch-covered-before",
            "not-a-phone-number",
            "not-a-guid",
            "impossible-hours",
            "unknown-zone-or-holidays",
            "hours-cover-everything",
            "zero-bound",
        ),
    ),
    (
        "What the platform allows",
        (
            "transfer-before-answer",
            "media-before-answer",
            "redirect-after-answer",
            "reject-after-answer",
            "answer-too-late",
            "bound-outside-platform-limit",
            "prompt-not-wav",
            "group-only-step",
            "group-transfer-without-participant",
            "participant-in-one-to-one-call",
            "transfer-after-invite",
            "hang-up-before-answer",
            "call-in-incoming-flow",
            "second-hold",
            "voicemail-of-no-user",
            "consult-a-voicemail",
            "targets-in-two-tenants",
            "keys-in-group-call",
            "resource-account-as-user",
            "needs-beta",
            "invite-into-call-between-two",
            "invite-bound-too-short",
            "resource-account-as-target",
            "pstn-without-resource-account",
            "missing-permission",
        ),
    ),
    (
        "What can never run",
        (
            "handler-never-matches",
            "arm-never-matches",
            "step-never-runs",
            "step-after-transfer",
            "stage-never-entered",
            "routine-never-used",
            "key-twice",
            "steps-after-answer-taken-over",
            "enter-outside-stage",
            "same-arm-twice",
            "timer-cuts-the-step",
            "state-never-told",
        ),
    ),
    (
        "Callers left alone",
        (
            "call-never-answered",
            "incoming-not-covered",
            "stranded-outside-hours",
            "goto-circle",
            "failure-handler-may-fail",
            "menu-without-way-out",
            "only-the-safety-net",
            "group-transfer-may-be-refused",
            "voicemail-may-be-refused",
            "platform-failure-uncaught",
            "start-flow-never-ends",
        ),
    ),
    (
        "Legs",
        (
            "replacing-leg-never-up",
            "leg-name-in-use",
            "hangs-up-the-caller",
            "play-to-leg-not-up",
            "consulted-then-blind",
            "consulted-then-invited",
            "consult-never-used",
            "consult-leg-end-unhandled",
        ),
    ),
    (
        "Transfers",
        (
            "transfer-during-transfer",
            "step-while-transferring",
            "blind-transfer-to-several",
            "retry-without-hope",
            "success-as-failure",
            "level-as-event",
            "code-of-another-transfer",
            "subcode-alone",
            "transfer-to-the-caller",
            "transfer-in-a-circle",
            "retries-for-minutes",
            "transfer-bound-too-short",
        ),
    ),
    (
        "Waiting and silence",
        (
            "silence",
            "rings-through-voicemail",
            "worst-case-wait",
        ),
    ),
    (
        "Privacy",
        (
            "digits-in-log",
            "dials-what-the-caller-typed",
            "dials-what-came-from-outside",
            "recorded-without-telling",
            "emergency-or-premium-number",
            "personal-data-in-notify",
            "caller-number-as-proof",
        ),
    ),
    (
        "Style",
        (
            "literal-target-used-twice",
            "arm-says-the-same-as-otherwise",
            "code-where-a-name-exists",
            "magic-duration",
            "nested-too-deep",
            "declaration-after-handler",
            "title-missing",
            "name-style",
            "line-too-long",
        ),
    ),
)
"""Titles and codes, in the order of the page. All but the first two groups and the last reason about paths."""

ONLY_WITH: Final[dict[str, tuple[str, ...]]] = {
    "ask": ("dials-what-came-from-outside", "caller-number-as-proof"),
    "gather": ("digits-in-log", "dials-what-the-caller-typed"),
    "hours": (
        "impossible-hours", "unknown-zone-or-holidays", "hours-cover-everything", "stranded-outside-hours",
    ),
    "invite": (
        "transfer-after-invite", "invite-into-call-between-two", "invite-bound-too-short", "consulted-then-invited",
    ),
    "menu": ("menu-without-way-out",),
    "notify": ("personal-data-in-notify",),
    "record": ("recorded-without-telling",),
    "redirect": ("redirect-after-answer",),
    "reject": ("reject-after-answer",),
    "routine": ("routine-calls-itself", "wrong-number-of-arguments", "routine-never-used"),
    "start": ("start-flow-never-ends",),
    "state": ("level-as-event", "state-never-told"),
    "use": ("use-goes-round", "used-file-missing", "handlers-in-used-file"),
    "voicemail": ("voicemail-of-no-user", "consult-a-voicemail", "voicemail-may-be-refused"),
    "when": ("branch-covered-before",),
}  # fmt: skip
"""Rules that find nothing in a flow in which a word is not written. They are loaded where it is, so that a check begins
sooner."""

PROVED: Final = (
    "stranded-caller",
    "waits-for-ever",
    "loop-without-exit",
    "timer-never-fires",
    "budget-exceeded",
)
"""Codes of the rules that ask what every call came to. They are loaded only when a flow is explored."""


def rule_of(code: str) -> Rule:
    """The rule of a code in `GROUPS`."""
    return cast("Rule", import_module(f"flowlang.rules.{code.replace('-', '_')}"))


def all_rules() -> Iterator[Rule]:
    """Every rule that reads the text, in order."""
    return (rule_of(code) for _, codes in GROUPS for code in codes)


def rules_for(texts: Iterable[str]) -> Iterator[Rule]:
    """The rules that may find something in a flow of these texts, in order."""
    written = tuple(texts)
    idle = {code for word, codes in ONLY_WITH.items() if not any(word in text for text in written) for code in codes}
    return (rule_of(code) for _, codes in GROUPS for code in codes if code not in idle)


def proved_rules() -> tuple[Rule, ...]:
    """The rules that ask what every call came to."""
    from flowlang.rules import (
        budget_exceeded,
        loop_without_exit,
        stranded_caller,
        timer_never_fires,
        waits_for_ever,
    )

    return (
        stranded_caller, waits_for_ever, loop_without_exit, timer_never_fires, budget_exceeded,
    )  # fmt: skip
