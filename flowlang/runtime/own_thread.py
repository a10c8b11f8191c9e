"""Work on disks that may never answer, such as those of a network: in a thread that nobody has to wait for."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

LOADING_SECONDS: Final = 25.0
MOST_THREADS: Final = 4
SLOW: Final = f"reading took more than {LOADING_SECONDS:g} s; does a disk of the network not answer?"

_lanes = threading.BoundedSemaphore(MOST_THREADS)
T = TypeVar("T")


async def in_own_thread(do: Callable[[], T], timeout_seconds: float = LOADING_SECONDS) -> T:
    """The result of `do()`. Raises `TimeoutError` after that long, and at once where too many threads still wait for a
    disk. Who is cancelled does not wait for the thread, nor does the process when it ends."""
    if not _lanes.acquire(blocking=False):
        raise TimeoutError(SLOW)
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(set_it: Callable[[], None]) -> None:
        if not done.done():  # nobody may wait any more
            set_it()

    def work() -> None:
        try:
            result = do()
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            failure = error
            set_it: Callable[[], None] = lambda: done.set_exception(failure)  # noqa: E731
        else:
            set_it = lambda: done.set_result(result)  # noqa: E731
        finally:
            _lanes.release()
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(tell, set_it)

    threading.Thread(target=work, name="reading files", daemon=True).start()
    try:
        return await asyncio.wait_for(done, timeout_seconds)
    except TimeoutError:
        raise TimeoutError(SLOW) from None
