"""Waiting with a bound."""

import anyio
import pytest

from flowlang.runtime.patience import within


def test_what_is_there_is_given_at_once() -> None:
    async def there() -> str:
        return "it"

    waiting = within(0, there())
    with pytest.raises(StopIteration) as given:
        waiting.send(None)
    assert given.value.value == "it"


def test_what_comes_in_time_is_given() -> None:
    async def main() -> None:
        async def comes() -> str:
            for _ in range(3):
                await anyio.sleep(0.001)
            return "it"

        assert await within(10, comes()) == "it"
        ready = anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(within, 10, ready.wait())
            await anyio.wait_all_tasks_blocked()
            ready.set()

    anyio.run(main)


def test_what_does_not_come_is_told_so() -> None:
    said: list[str] = []

    async def never(is_at_once: bool) -> None:
        try:
            if not is_at_once:
                await anyio.sleep(0.001)
            await anyio.sleep_forever()
        finally:
            said.append("tidied up")

    async def main() -> None:
        for is_at_once in (True, False):
            with pytest.raises(TimeoutError):
                await within(0.02, never(is_at_once))

    anyio.run(main)
    assert said == ["tidied up"] * 2


def test_an_error_comes_through() -> None:
    async def main() -> None:
        async def breaks(later: bool) -> None:
            if later:
                await anyio.sleep(0.001)
            raise KeyError("x")

        for later in (False, True):
            with pytest.raises(KeyError):
                await within(10, breaks(later))
        with anyio.move_on_after(0.02) as bound:  # somebody else's bound is none of ours
            await within(10, anyio.sleep_forever())
        assert bound.cancelled_caught

    anyio.run(main)
