"""The limits of the platform, as data: what `check` measures flows against. Each line says where it is written."""

from typing import Final

from flowlang.named_tuple import NamedTuple


class Limit(NamedTuple):
    """The least and the most that is allowed; `unit` is `ms` for lengths of time, else what is counted."""

    what: str
    least: int
    most: int
    unit: str
    source: str


RING: Final = Limit("ringing", 1, 115_000, "ms", "Graph beta, call: ringingTimeoutInSeconds")
REDIRECT: Final = Limit("a redirect", 15_000, 90_000, "ms", "Graph, call: redirect, timeout")
RECORD: Final = Limit("a recording", 1, 120_000, "ms", "Graph, call: record, maxRecordDurationInSeconds")
PROMPTS: Final = Limit("prompts of one play", 1, 20, "prompts", "Graph, call: playPrompt, prompts")
REDIRECT_TARGETS: Final = Limit("targets of one redirect", 1, 25, "targets", "Graph, call: redirect, targets")

BY_STEP: Final = {"call": RING, "consult": RING, "redirect": REDIRECT, "record": RECORD}
"""What `for` may be, by step word."""

ANSWER_WITHIN_MS: Final = 15_000  # Graph, call: answer: an incoming call is gone 15 s after its notification
OWN_TIME_BEFORE_ANSWER_MS: Final = 12_000  # what is left of it when the notification and our request have travelled
TRANSFER_LEAST_MS: Final = 60_000  # the target rings meanwhile: Graph's redirect waits 55 to 60 s by itself
RETRIES_LONGEST_MS: Final = 120_000  # nobody stays on a silent line for longer
LONG_PROMPT_MS: Final = 5_000  # long enough for the person consulted to hang up again

# What a step waits for where neither the flow nor the operator says: see "Time limits" of the language page.
DEFAULT_RING_MS: Final = 60_000
DEFAULT_ASK_MS: Final = 10_000
DEFAULT_MENU_MS: Final = 5_000
DEFAULT_MENU_TIMES: Final = 3
DEFAULT_GATHER_MS: Final = 10_000
DEFAULT_RECORD_MS: Final = 60_000
DEFAULT_INVITE_MS: Final = 90_000
DEFAULT_TRANSFER_MS: Final = 90_000
DEFAULT_REDIRECT_MS: Final = 55_000
DEFAULT_REPEATING_MS: Final = 600_000
DEFAULT_ACCEPT_MS: Final = 15_000  # to hear the announcement and press the key, beside the time of ringing

SILENCE_LONGEST_MS: Final = 3_000  # after that a caller thinks that the line is dead
FOR_A_KEY_MS: Final = 10_000  # so long a caller thinks about which key to press
WAIT_LONGEST_MS: Final = 300_000  # from here on a check speaks of it by itself
VOICEMAIL_AFTER_MS: Final = 20_000  # mailboxes of mobiles and of Teams pick up after 20 to 30 s
INVITE_LEAST_MS: Final = 60_000  # the platform tells of an invitation that nobody takes only after some 60 s
