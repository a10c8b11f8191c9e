"""The call that every state machine here works through: six events, each to the state of its name."""

EVENTS = ("incoming", "establishing", "established", "transferring", "accepted", "terminated")
STATES = ("new", *EVENTS)
MOVES = (
    *zip(EVENTS, STATES, EVENTS, strict=False),
    *(("terminated", state, "terminated") for state in EVENTS[:4]),
)
"""Event, from, to. A call may also be over from any state in which it is up."""

LIVE = 3  # events after which a call is established: there its memory is measured
