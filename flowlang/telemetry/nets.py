"""Whether a safety net that ran had a caller to save: an alarm that is no alarm is soon read by nobody.

The net begins when nothing in a flow catches a failure. Where the caller has gone by then and Graph's word of it was
lost, Graph answers 404, and the call is simply over.
"""

from collections import OrderedDict
from typing import Final

from flowlang.call.trace import Trace
from flowlang.runtime.watch import Played

MOST_REMEMBERED: Final = 10_000
NOT_FOUND: Final = 404
ASKS: Final = frozenset(("playPrompt", "reject", "delete"))
"""What a safety net asks of Graph."""


class SafetyNets:
    """`proved(played)` gives the nets that are known, by this fact, to have ended a call in which somebody was."""

    def __init__(self) -> None:
        self._begun: OrderedDict[str, Trace] = OrderedDict()

    def proved(self, one: Played) -> list[Trace]:
        """Entries `safety-net` of the trace, now or from before."""
        call_id, primary = one.session.id, one.session.primary
        found: list[Trace] = []
        for entry in one.trace:
            if entry.code == "safety-net":
                self._begun[call_id] = entry
                while len(self._begun) > MOST_REMEMBERED:
                    self._begun.popitem(last=False)
            begun = self._begun.get(call_id)
            if begun is None or entry.leg != primary:
                continue
            if entry.code == "leg-over":  # not for a 404: then nothing is remembered any more
                found.append(self._begun.pop(call_id))
            elif entry.code == "answered" and entry.facts[2] in ASKS:
                if entry.facts[1] != NOT_FOUND:
                    found.append(begun)
                del self._begun[call_id]
        return found
