"""Flow files that change while the service runs: new calls take what is good at once, what is broken is said. Whatever
happens here, what was served before goes on."""

import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import anyio

from flowlang.runtime.own_thread import in_own_thread
from flowlang.store.base import StoreError
from flowlang.tools.options import UsageError
from flowlang.tools.serve_flows import Loaded, Site, load_flows

WATCHED = (".flow", ".wav", ".ics")
SWAPPED = "..data"  # Kubernetes changes all files of a mounted folder at once, by this link
GOES_ON = "; what was served before goes on"
SETTLES_MS = 300  # a file that is written in parts is looked at when the rest is there

Deploy = Callable[[Sequence[Loaded]], Awaitable[list[str]]]
Say = Callable[[str], object]


async def watch_flows(paths: tuple[str, ...], site: Site, deploy: Deploy, say: Say, warn: Say) -> None:
    """Until it is cancelled. `say` hears what was put to work, `warn` what was not."""
    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it tells of each change; we tell what came of it
    folders, beside = _folders(paths, site.prompts)
    stop = anyio.Event()

    async def again() -> None:
        try:
            loaded = await in_own_thread(partial(load_flows, paths, site))
            told = await deploy(loaded)
        except (UsageError, TimeoutError) as error:
            warn(f"the flows cannot be read: {error}{GOES_ON}")
        except StoreError as error:
            warn(f"new versions cannot be kept: {error}{GOES_ON}; flowlang deploy tries again")
        except Exception as error:  # noqa: BLE001 - a bug of ours must not end calls that have nothing to do with it
            warn(f"the flows cannot be read, by a bug of flowlang: {type(error).__name__}: {error}{GOES_ON}")
        else:
            for text in told:
                (warn if text.endswith(GOES_ON) else say)(text)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_stopping, stop)
        for some, is_recursive in ((folders, True), (beside, False)):
            if some:
                tasks.start_soon(_watch, some, is_recursive, stop, again, warn)


def _folders(paths: tuple[str, ...], prompts: str) -> tuple[set[str], set[str]]:
    """Folders that are watched as a whole, and those of single files: another file may take the name of one."""
    whole = {path for path in (*paths, prompts) if os.path.isdir(path)}
    return whole, {os.path.dirname(path) or "." for path in paths if path not in whole}


async def _stopping(stop: anyio.Event) -> None:
    """The library waits in a thread that hears of an end by this event, and else only after seconds."""
    try:
        await anyio.sleep_forever()
    finally:
        stop.set()


async def _watch(
    folders: set[str], is_recursive: bool, stop: anyio.Event, again: Callable[[], Awaitable[None]], warn: Say
) -> None:
    from watchfiles import Change, awatch

    def is_wanted(_change: Change, path: str) -> bool:
        return path.endswith(WATCHED) or os.path.basename(path) == SWAPPED

    try:
        async for _ in awatch(
            *folders, watch_filter=is_wanted, debounce=SETTLES_MS, recursive=is_recursive, stop_event=stop
        ):
            await again()
    except (OSError, RuntimeError) as error:  # too many watches, or a disk that has none
        warn(f"flow files are not looked at when they change: {error}; flowlang deploy reads them")
