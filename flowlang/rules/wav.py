"""The head of a WAV file, read from its bytes."""

from typing import NamedTuple

PCM = 1
EXTENSIBLE = 0xFFFE


class Wav(NamedTuple):
    """What a WAV file holds. `bytes_of_sound`: the length of its data."""

    format: int
    channels: int
    hertz: int
    bits: int
    bytes_of_sound: int

    @property
    def length_ms(self) -> int:
        each_second = self.hertz * self.channels * self.bits // 8
        return self.bytes_of_sound * 1000 // each_second if each_second else 0


def read_wav(data: bytes) -> Wav | None:
    """The head of a RIFF WAVE file (chunks `fmt ` and `data`); None for anything else."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    at, form, sound = 12, b"", -1
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"fmt ":
            form = data[at + 8 : at + 8 + size]
        elif name == b"data":
            sound = min(size, len(data) - at - 8)
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
    )
