"""Short tags of the values that a stored session holds many of. A tag once given is never used for anything else."""

SHORT = {
    "Session": "S",
    "Leg": "L",
    "Timer": "T",
    "Pending": "Q",
    "Kept": "K",
    "Party": "P",
    "Participant": "O",
    "Result": "R",
    "Milliseconds": "M",
    "StateRinging": "r",
    "StateTransfer": "t",
}
