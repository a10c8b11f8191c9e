"""Files: prompts are fetched as Graph fetches them, and recordings lie behind a token.

Graph, call: playPrompt: a GET, and only PCM of 16 kHz, 16 bit, mono is played. Graph, recordOperation: whoever has the
`recordingAccessToken` may GET the `recordingLocation`, as `application/octet-stream`.
"""

import math
from array import array
from typing import Final, NamedTuple

import anyio
import httpx

from flowlang.simulator.media import BAD_FILE, NO_FILE
from flowlang.simulator.values import Fetch, Recording
from flowlang.wav import BITS, HERTZ, read_wav, unplayable

FETCH_SECONDS: Final = 10.0
MOST_BYTES: Final = 50_000_000
LONGEST_RECORDING_SECONDS: Final = 120
BEEP_HERTZ: Final = 440
RECORDING_TYPE: Final = "application/octet-stream"


class Got(NamedTuple):
    """What came of a fetch. failure: code and subcode of the operation; `trouble` says it to a person."""

    lengths_ms: tuple[int, ...] = ()
    failure: tuple[int, int] | None = None
    trouble: str = ""


async def fetched(client: httpx.AsyncClient, fetch: Fetch) -> Got:
    """Every prompt in its turn, up to the first that cannot be played."""
    lengths: list[int] = []
    for uri in fetch.uris:
        try:
            with anyio.fail_after(FETCH_SECONDS):
                data = await _get(client, uri)
        except TimeoutError:
            return Got(failure=NO_FILE, trouble=f"{uri}: no answer within {FETCH_SECONDS:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return Got(failure=NO_FILE, trouble=f"{uri}: {str(error) or type(error).__name__}")
        wav = read_wav(data)
        why = unplayable(wav) if wav is not None else "is no WAV file"
        if wav is None or why:
            return Got(failure=BAD_FILE, trouble=f"{uri} {why}")
        lengths.append(wav.length_ms)
    return Got(tuple(lengths))


async def _get(client: httpx.AsyncClient, uri: str) -> bytes:
    """Raises ValueError for what is no file."""
    parts: list[bytes] = []
    size = 0
    async with client.stream("GET", uri) as answer:
        if answer.status_code != 200:
            raise ValueError(f"HTTP {answer.status_code}")
        async for part in answer.aiter_bytes():
            size += len(part)
            if size > MOST_BYTES:
                raise ValueError(f"more than {MOST_BYTES} bytes")
            parts.append(part)
    return b"".join(parts)


def spoken(recording: Recording) -> bytes:
    """A WAV file as long as the recording. What is heard is a tone: nobody spoke."""
    samples = min(recording.length_ms, LONGEST_RECORDING_SECONDS * 1000) * HERTZ // 1000
    one_second = array("h", [round(8_000 * math.sin(2 * math.pi * BEEP_HERTZ * n / HERTZ)) for n in range(HERTZ)])
    sound = (one_second.tobytes() * (samples // HERTZ + 1))[: samples * 2]
    each_second = HERTZ * BITS // 8
    head = [b"RIFF", _number(36 + len(sound)), b"WAVEfmt ", _number(16), _number(1, 2), _number(1, 2)]
    head += [_number(HERTZ), _number(each_second), _number(BITS // 8, 2), _number(BITS, 2)]
    return b"".join([*head, b"data", _number(len(sound)), sound])


def _number(value: int, size: int = 4) -> bytes:
    return value.to_bytes(size, "little")
