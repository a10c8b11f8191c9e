"""What an event word is."""

from typing import NamedTuple


class EventWord(NamedTuple):
    """One event word.

    comes_from: what on the wire or in the engine causes it. in_flow, in_stage: where a handler of it may stand.
    instant_only: its handler may hold instant steps only. carries: the names that can be read in its handler.
    """

    word: str
    form: str
    summary: str
    comes_from: str
    in_flow: bool = True
    in_stage: bool = True
    instant_only: bool = False
    carries: tuple[str, ...] = ()
