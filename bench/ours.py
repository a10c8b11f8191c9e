"""flowlang's own figures. None: not measured yet, and the report says so.

Each function runs alone in a fresh process. `bench.measuring` has what makes a figure comparable with the peers':
`events_per_second` and `bytes_each` take a `Machines` with `build`, `fire` and `is_over`.
"""

CALLS = 10_000
"""Calls that are up at once, as many as the fastest peers get."""


def step_events_per_second() -> float | None:
    """Facts through `engine.step` in a second: the six events of `bench.chart` as facts, a flow with one transfer."""
    return None


def bytes_events_per_second() -> float | None:
    """The same six events as Graph's bytes: decoded, stepped, and the commands encoded again."""
    return None


def session_bytes() -> float | None:
    """Resident memory of one established session, by `bench.measuring.bytes_each`."""
    return None


def check_seconds() -> float | None:
    """A whole process of `flowlang check` on a flow of about 500 lines, by `bench.cold.seconds`."""
    return None


def notification_cost(waiting: int) -> float | None:
    """Seconds for one notification while `waiting` other calls are up. It should not rise with them."""
    del waiting
    return None
