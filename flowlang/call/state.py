"""The states of a call by Graph's wire names (`callState`), and the few things that we decide by them.

Graph's page lists more states than its metadata, and any state may follow any other on the wire, so states are
open texts here: what is not in this table is kept by name (`on state hold`) and changes nothing else.
"""

from typing import Final

INCOMING: Final = "incoming"
ESTABLISHING: Final = "establishing"
RINGING: Final = "ringing"
ESTABLISHED: Final = "established"
HOLD: Final = "hold"
TRANSFERRING: Final = "transferring"
TRANSFER_ACCEPTED: Final = "transferAccepted"
REDIRECTING: Final = "redirecting"
TERMINATING: Final = "terminating"
TERMINATED: Final = "terminated"
CREATING: Final = "creating"  # ours: the request that makes the leg has left, Graph has not said a word

KNOWN: Final = (
    INCOMING, ESTABLISHING, RINGING, ESTABLISHED, HOLD, TRANSFERRING, TRANSFER_ACCEPTED, REDIRECTING, TERMINATING,
    TERMINATED,
)  # fmt: skip

_EARLY: Final = {CREATING: 0, INCOMING: 1, ESTABLISHING: 2, RINGING: 3}


def is_stale(old: str, new: str) -> bool:
    """Whether news of state `new` is older than what we know: nothing goes back to a state before `established`.

    "Establishing and established may arrive out of order" (Graph, call: answer, note); nothing follows `terminated`.
    """
    if old == TERMINATED:
        return True
    rank = _EARLY.get(new)
    return rank is not None and _EARLY.get(old, 9) > rank
