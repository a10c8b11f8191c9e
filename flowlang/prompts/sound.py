"""From the WAV that a voice gives to the one that the platform plays: 16 kHz, 16 bit, one channel. Pure.

Channels and width are changed with the standard library. The rate is changed with soxr (extra `flowlang[voice]`), and
only where the voice has another one.
"""

import array
import sys
from typing import Final

from flowlang.wav import BITS, FLOAT, HERTZ, PCM, Wav, read_wav, unplayable

MOST_CHANNELS: Final = 8
LEAST_HERTZ: Final = 4_000
MOST_HERTZ: Final = 192_000
MOST_SAMPLES: Final = 60_000_000  # in all channels: far more than anybody says
_WIDTHS: Final = frozenset({(PCM, 8), (PCM, 16), (PCM, 24), (PCM, 32), (FLOAT, 32), (FLOAT, 64)})
_TOP: Final = 32_767


class SoundError(Exception):
    """This cannot be made into something that the platform plays. The text says why."""


def playable(data: bytes) -> bytes:
    """The WAV that the platform plays, from one of any usual form. Raises `SoundError`."""
    wav = read_wav(data)
    if wav is None:
        raise SoundError("it is no WAV")
    wav = _with_all_sound(wav, data)
    if wav.bytes_of_sound < wav.channels * wav.bits // 8 or not wav.bits:
        raise SoundError("it holds no sound")
    if unplayable(wav) == "" and (wav.begins, wav.bytes_of_sound) == (44, len(data) - 44):
        return data
    if (wav.format, wav.bits) not in _WIDTHS:
        raise SoundError(f"it has format {wav.format} with {wav.bits} bit; wanted is PCM with 16")
    if not (1 <= wav.channels <= MOST_CHANNELS and LEAST_HERTZ <= wav.hertz <= MOST_HERTZ):
        raise SoundError(f"it has {wav.channels} channels and {wav.hertz} Hz")
    if wav.bytes_of_sound * 8 // wav.bits > MOST_SAMPLES:
        raise SoundError("it is too long")
    samples = _resampled(_mono(_samples(wav, data), wav.channels), wav.hertz)
    if not samples:
        raise SoundError("it holds no sound")
    return written(samples)


def written(samples: "array.array[int]") -> bytes:
    """A WAV file of 16-bit samples at 16 kHz."""
    if sys.byteorder == "big":
        samples = array.array("h", samples)
        samples.byteswap()
    sound = samples.tobytes()
    form = b"".join(
        [_two(PCM), _two(1), _four(HERTZ), _four(HERTZ * BITS // 8), _two(BITS // 8), _two(BITS)],
    )  # fmt: skip
    body = b"WAVEfmt " + _four(len(form)) + form + b"data" + _four(len(sound)) + sound
    return b"RIFF" + _four(len(body)) + body


def _two(number: int) -> bytes:
    return number.to_bytes(2, "little")


def _four(number: int) -> bytes:
    return number.to_bytes(4, "little")


def _with_all_sound(wav: Wav, data: bytes) -> Wav:
    """A program that writes to a pipe cannot know the length when it begins, and some say 0: it is all that follows."""
    is_last = wav.bytes_of_sound == 0 and wav.begins
    return wav._replace(bytes_of_sound=len(data) - wav.begins) if is_last else wav


def _samples(wav: Wav, data: bytes) -> "array.array[int]":
    """All samples of all channels in turn, as 16 bit. What is left of a sample at the end is cut off."""
    width = wav.bits // 8
    length = wav.bytes_of_sound - wav.bytes_of_sound % (width * wav.channels)
    sound = data[wav.begins : wav.begins + length]
    if wav.format == FLOAT:
        return _from_float(sound, "f" if width == 4 else "d")
    if width == 1:
        return array.array("h", [(one - 128) << 8 for one in sound])
    high = bytearray(length // width * 2)  # the two high bytes of each sample
    high[0::2], high[1::2] = sound[width - 2 :: width], sound[width - 1 :: width]
    found = array.array("h", bytes(high))
    if sys.byteorder == "big":
        found.byteswap()
    return found


def _from_float(sound: bytes, kind: str) -> "array.array[int]":
    floats = array.array(kind, sound)
    if sys.byteorder == "big":
        floats.byteswap()
    return array.array("h", [round(max(-1.0, min(1.0, one)) * _TOP) if one == one else 0 for one in floats])


def _mono(samples: "array.array[int]", channels: int) -> "array.array[int]":
    """The mean of all channels."""
    if channels == 1:
        return samples
    sums = map(sum, zip(*[samples[at::channels] for at in range(channels)], strict=True))
    return array.array("h", [one // channels for one in sums])


def _resampled(samples: "array.array[int]", hertz: int) -> "array.array[int]":
    if hertz == HERTZ:
        return samples
    try:
        import numpy as np
        import soxr
    except ImportError:
        cure = "use a voice of 16 kHz, or install flowlang[voice]"
        raise SoundError(f"it has {hertz / 1000:g} kHz; {cure}") from None
    made = soxr.resample(np.frombuffer(samples, dtype=np.int16), hertz, HERTZ)
    found: array.array[int] = array.array("h")
    found.frombytes(made.astype(np.int16).tobytes())
    return found
