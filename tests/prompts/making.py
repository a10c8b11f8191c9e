"""Sound for tests, and a loop to run things in."""

import math
import struct
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio

from flowlang.call.session import Session
from flowlang.prompts.contents import Contents
from flowlang.prompts.library import Library

BASE = "https://bot.example/prompts"
SESSION = Session("call-1", "plan-1")


def wav(
    samples: list[int] | None = None, hertz: int = 16_000, bits: int = 16, channels: int = 1, kind: int = 1
) -> bytes:
    """A WAV file; samples of 16 bit, of all channels in turn, are written with the width that is asked for."""
    given = [100, -100] * 80 if samples is None else samples
    if kind == 3:
        sound = b"".join(struct.pack("<f" if bits == 32 else "<d", one / 32_767) for one in given)
    elif bits == 8:
        sound = bytes((one >> 8) + 128 for one in given)
    else:
        sound = b"".join((one << (bits - 16)).to_bytes(bits // 8, "little", signed=True) for one in given)
    each = channels * bits // 8
    form = struct.pack("<HHIIHH", kind, channels, hertz, hertz * each, each, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(sound)) + sound
    return b"RIFF" + struct.pack("<I", len(body)) + body


def tone(hertz: int, pitch: float = 440.0, seconds: float = 0.25, loudness: int = 12_000) -> list[int]:
    return [round(loudness * math.sin(2 * math.pi * pitch * at / hertz)) for at in range(int(hertz * seconds))]


def sound_of(data: bytes) -> list[int]:
    """The samples of a WAV that the platform plays."""
    return list(struct.unpack(f"<{(len(data) - 44) // 2}h", data[44:]))


def library(path: Path) -> tuple[Library, Contents]:
    contents = Contents(str(path / "contents"))
    return Library(str(path), contents, BASE), contents


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run something in a loop; it may not take long."""

    async def within() -> None:
        with anyio.fail_after(30):
            await work()

    anyio.run(within)


def program(path: Path, text: str) -> list[str]:
    """A program for tests: the words to start it with."""
    file = path / "program.py"
    file.write_text(text)
    return [sys.executable, "-I", str(file)]
