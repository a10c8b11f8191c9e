"""One try to download a recording: bounded in bytes and time, with its token in no error text."""

from typing import Final, NamedTuple
from urllib.parse import urlsplit

import anyio
import httpx

MOST_REDIRECTS: Final = 3
OK: Final = 200
MISSING: Final = (404, 409, 425)  # not yet where it is said to be
LATER: Final = (408, 429)


class Bounds(NamedTuple):
    """`schemes`: of addresses that a token is sent to; another one than `https` is for tests on this machine."""

    most_bytes: int = 20_000_000  # two minutes, the longest that Graph records, are under 4
    seconds: float = 60.0
    schemes: tuple[str, ...] = ("https",)


class Got(NamedTuple):
    """What came. `data` empty: nothing, and `why`. `is_final`: another try would not help. `after_seconds`: the other
    side says when to come back."""

    data: bytes
    why: str = ""
    is_final: bool = False
    is_missing: bool = False
    after_seconds: float = 0.0


class _StopError(Exception):
    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


async def download(client: httpx.AsyncClient, location: str, token: str, bounds: Bounds) -> Got:
    """Fetch a recording; nothing is raised."""
    try:
        with anyio.fail_after(bounds.seconds):
            return await _downloaded(client, location, token, bounds)
    except TimeoutError:
        return Got(b"", f"it took more than {bounds.seconds:g} seconds")
    except httpx.TransportError as error:
        return Got(b"", f"it cannot be reached: {type(error).__name__}")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return Got(b"", f"its address cannot be used: {type(error).__name__}", is_final=True)
    except _StopError as error:
        return Got(b"", error.why, is_final=True)


async def _downloaded(client: httpx.AsyncClient, location: str, token: str, bounds: Bounds) -> Got:
    request = client.build_request("GET", location, headers={"Authorization": f"Bearer {token}"})
    for _ in range(MOST_REDIRECTS + 1):
        if urlsplit(str(request.url)).scheme not in bounds.schemes:
            raise _StopError("its address is no https address")
        answer = await client.send(request, stream=True, follow_redirects=False)
        try:
            if answer.next_request is None:
                return await _read(answer, bounds)
            request = answer.next_request  # without the token where it leads to another host
        finally:
            await answer.aclose()
    raise _StopError("it leads on and on")


async def _read(answer: httpx.Response, bounds: Bounds) -> Got:
    status = answer.status_code
    if status != OK:
        is_later = status in LATER or status in MISSING or status >= 500
        after = answer.headers.get("retry-after", "")
        seconds = float(after) if after.isascii() and after.isdigit() and len(after) < 6 else 0.0
        return Got(b"", f"{status} was the answer", not is_later, status in MISSING, seconds)
    data = bytearray()
    async for part in answer.aiter_bytes():
        data += part
        if len(data) > bounds.most_bytes:
            raise _StopError(f"it has more than {bounds.most_bytes} bytes")
    return Got(bytes(data), "" if data else "it is empty", is_missing=not data)
