"""A voice for a simulated Graph, where nobody listens: silence, as long as the text would take."""

from array import array
from typing import Final

from flowlang.prompts.sound import written
from flowlang.wav import HERTZ

CHARACTERS_A_SECOND: Final = 15
SHORTEST_MS: Final = 200


class SimulatedVoice:
    """See `voice.Voice`."""

    mark = "simulated"

    async def speak(self, text: str) -> bytes:
        """See `voice.Voice`."""
        length_ms = max(len(text) * 1000 // CHARACTERS_A_SECOND, SHORTEST_MS)
        return written(array("h", bytes(2 * HERTZ * length_ms // 1000)))
