"""Writes the prompts that the example flows play: short chimes as stand-ins for your own recordings.

Graph plays WAV files only: PCM, 16 kHz, 16 bit, one channel (call: playPrompt). The same run gives the same bytes.

    python flows/prompts/make_prompts.py            writes the files beside this script
    python flows/prompts/make_prompts.py FOLDER     writes them into FOLDER
"""

import io
import math
import sys
import wave
from pathlib import Path
from typing import NamedTuple

SAMPLES_PER_SECOND = 16_000
LOUDEST = 7_000  # of 32,767: a chime should not startle anybody
FADE_IN_MS = 12  # a tone that starts at full strength clicks


class Tone(NamedTuple):
    """One tone of a chime: its pitch, when it starts and how long it rings."""

    pitch_hz: float
    start_ms: int
    length_ms: int


G3, C4, D4, E4, F4, G4, A4, B4, C5, D5, E5, G5 = (
    196.0, 261.6, 293.7, 329.6, 349.2, 392.0, 440.0, 493.9, 523.3, 587.3, 659.3, 784.0,
)  # fmt: skip


def chime(*pitches: float, step_ms: int = 140, ring_ms: int = 340) -> tuple[Tone, ...]:
    """Tones that follow each other `step_ms` apart, each ringing `ring_ms`."""
    return tuple(Tone(pitch, place * step_ms, ring_ms) for place, pitch in enumerate(pitches))


CHIMES: dict[str, tuple[Tone, ...]] = {
    "ask": chime(G4, C5, step_ms=200),
    "closed": chime(G4, E4, C4),
    "connecting": chime(C5, E5, step_ms=160),
    "front_desk_menu": chime(C4, E4, G4),
    "goodbye": chime(E4, C4, step_ms=200),
    "hold": chime(C4, G4, E4, A4, F4, D4, G4, G3, step_ms=250, ring_ms=650),
    "main_menu": chime(D4, F4, A4),
    "not_understood": chime(D4, D4, step_ms=200),
    "offer_call_back": chime(E4, G4, B4),
    "on_call": chime(A4, E4, A4),
    "order_number": chime(F4, A4, step_ms=200),
    "order_sent": chime(C5, D5, G5),
    "sorry": chime(F4, D4, step_ms=240),
    "we_will_call": chime(G4, D5, step_ms=200),
    "welcome": chime(C4, G4, C5),
}


def samples(tones: tuple[Tone, ...]) -> list[int]:
    """The sum of the tones as 16-bit values; each swells shortly and then dies away."""
    length_ms = max(tone.start_ms + tone.length_ms for tone in tones)
    line = [0.0] * (length_ms * SAMPLES_PER_SECOND // 1000)
    for tone in tones:
        first = tone.start_ms * SAMPLES_PER_SECOND // 1000
        count = tone.length_ms * SAMPLES_PER_SECOND // 1000
        for at in range(count):
            seconds = at / SAMPLES_PER_SECOND
            strength = min(1.0, seconds * 1000 / FADE_IN_MS) * (1.0 - at / count) ** 2
            turn = 2 * math.pi * tone.pitch_hz * seconds
            line[first + at] += strength * (math.sin(turn) + 0.25 * math.sin(2 * turn))
    peak = max(abs(value) for value in line)
    return [round(value / peak * LOUDEST) for value in line]


def wav_bytes(tones: tuple[Tone, ...]) -> bytes:
    """A whole WAV file: PCM, 16 kHz, 16 bit, mono."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLES_PER_SECOND)
        writer.writeframes(b"".join(value.to_bytes(2, "little", signed=True) for value in samples(tones)))
    return file.getvalue()


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]) if arguments else Path(__file__).parent
    for name, tones in CHIMES.items():
        (folder / f"{name}.wav").write_bytes(wav_bytes(tones))


if __name__ == "__main__":
    main(sys.argv[1:])
