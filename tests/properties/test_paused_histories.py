"""Whole calls of a service that rests now and then, for a second to 46 minutes, killed or suspended, wherever a call
stands: every shipped flow and random ones, by seed, on a Graph that is calm or nasty.

`FLOWLANG_PAUSED_CALLS=1000000 python -m tests.properties.paused` plays as many as you like and prints what it found.
"""

import pytest

from tests.properties import paused

CHUNK = 500


@pytest.mark.parametrize("first", range(0, paused.CALLS, CHUNK))
def test_paused_histories(first: int) -> None:
    for seed in range(first, min(first + CHUNK, paused.CALLS)):
        found = paused.harm_of(seed)
        assert not found.harm, f"seed {seed}, {found.name}: {found.harm}"


def test_that_pauses_are_met_in_every_kind_of_step() -> None:
    """Else the seeds above would prove little."""
    rested = {word for seed in range(400) for word in paused.harm_of(seed).rested_in}
    assert rested >= {"answer", "play", "menu", "gather", "record", "consult", "transfer", "wait", "call", "invite"}
