"""The head of a WAV file, read from its bytes, and whether the platform plays it.

Graph plays PCM, 16 kHz, 16 bit, one channel, and nothing else (Graph, call: playPrompt).
"""

from typing import Final

from flowlang.named_tuple import NamedTuple

PCM: Final = 1
FLOAT: Final = 3
EXTENSIBLE: Final = 0xFFFE
HERTZ: Final = 16_000
BITS: Final = 16
CURE: Final = "save it as WAV: PCM, 16 kHz, 16 bit, mono"


class Wav(NamedTuple):
    """What a WAV file holds. `bytes_of_sound`: the length of its data; `begins`: where that begins in the file."""

    format: int
    channels: int
    hertz: int
    bits: int
    bytes_of_sound: int
    begins: int = 0

    @property
    def length_ms(self) -> int:
        each_second = self.hertz * self.channels * self.bits // 8
        return self.bytes_of_sound * 1000 // each_second if each_second else 0


def read_wav(data: bytes) -> Wav | None:
    """The head of a RIFF WAVE file (chunks `fmt ` and `data`); None for anything else."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    at, form, sound, begins = 12, b"", -1, 0
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"fmt ":
            form = data[at + 8 : at + 8 + size]
        elif name == b"data":
            sound, begins = min(size, len(data) - at - 8), at + 8
        at += 8 + size + size % 2
    if len(form) < 16 or sound < 0:
        return None
    kind = int.from_bytes(form[0:2], "little")
    if kind == EXTENSIBLE and len(form) >= 26:
        kind = int.from_bytes(form[24:26], "little")
    return Wav(
        kind,
        int.from_bytes(form[2:4], "little"),
        int.from_bytes(form[4:8], "little"),
        int.from_bytes(form[14:16], "little"),
        sound,
        begins,
    )


def unplayable(wav: Wav | None) -> str:
    """What keeps the platform from playing it, to be said after the name of the file; empty: it plays it."""
    if wav is None:
        return "ends in .wav, but holds something else"
    found = []
    if wav.format != PCM:
        found.append("is compressed")
    if wav.hertz != HERTZ:
        found.append(f"has {wav.hertz / 1000:g} kHz")
    if wav.bits != BITS and wav.format == PCM:
        found.append(f"has {wav.bits} bit")
    if wav.channels != 1:
        found.append("is in stereo" if wav.channels == 2 else f"has {wav.channels} channels")
    return f"{' and '.join(found)}, which the platform does not play" if found else ""
