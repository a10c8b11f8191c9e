"""Posts notifications: those to one address of one call in their order, all others side by side.

Bounded for each host, so that one that is dead or slow holds up nobody else's.
"""

from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import anyio
import anyio.abc
import httpx

from flowlang.loopback import URL_HOSTS
from flowlang.simulator.values import Delivery

POST_SECONDS: Final = 10.0  # Graph says nowhere how long it waits
MOST_TO_ONE_HOST: Final = 64

Sign = Callable[[Delivery], str]
"""The bearer token of a delivery."""


class Posted(NamedTuple):
    """What became of a delivery. status: 0 when there was no answer, and `trouble` says why."""

    delivery: Delivery
    status: int
    took_seconds: float
    trouble: str = ""


class Postman:
    """`post` takes deliveries; `told` hears what became of each. Tasks run in the group that `post` is given."""

    def __init__(
        self, client: httpx.AsyncClient, sign: Sign, told: Callable[[Posted], None], post_seconds: float = POST_SECONDS
    ) -> None:
        self._client, self._sign, self._told, self._post_seconds = client, sign, told, post_seconds
        self._lanes: dict[tuple[str, str], deque[Delivery]] = {}
        self._hosts: dict[str, anyio.Semaphore] = {}

    def post(self, delivery: Delivery, tasks: anyio.abc.TaskGroup) -> None:
        """In its turn: behind what is on its way to the same address about the same call."""
        key = (delivery.url, delivery.call_id)
        lane = self._lanes.get(key)
        if lane is not None:
            lane.append(delivery)
            return
        self._lanes[key] = deque([delivery])
        tasks.start_soon(self._drive, key)

    async def _drive(self, key: tuple[str, str]) -> None:
        lane = self._lanes[key]
        place = _host(key[0])
        room = self._hosts.setdefault(place, anyio.Semaphore(MOST_TO_ONE_HOST))
        try:
            while lane:
                async with room:
                    posted = await self._one(lane.popleft())
                self._told(posted)
        finally:
            del self._lanes[key]

    async def _one(self, delivery: Delivery) -> Posted:
        began = anyio.current_time()
        status, trouble = 0, ""
        try:
            headers = [*delivery.headers, ("Authorization", f"Bearer {self._sign(delivery)}")]
            with anyio.fail_after(self._post_seconds):
                answer = await self._client.post(delivery.url, headers=headers, content=delivery.body)
                status = answer.status_code
        except TimeoutError:
            trouble = f"no answer within {self._post_seconds:g} s"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            trouble = str(error) or type(error).__name__
        return Posted(delivery, status, anyio.current_time() - began, trouble)


def client() -> httpx.AsyncClient:
    """A client with as many connections as may be used at once. This machine is never asked for by way of a proxy."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=MOST_TO_ONE_HOST)
    near = {f"all://{host}": None for host in URL_HOSTS}
    return httpx.AsyncClient(timeout=None, limits=limits, mounts=near)  # noqa: S113 - each request has its own bound


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return url
