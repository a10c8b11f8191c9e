"""Flow files that change while the service runs: new calls take what is good at once, what is broken is said."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from anyio import to_thread

from flowlang.tools.options import UsageError
from flowlang.tools.serve_flows import Loaded, Site, load_flows

WATCHED = (".flow", ".wav", ".ics")


async def watch_flows(
    paths: tuple[str, ...],
    site: Site,
    deploy: Callable[[Sequence[Loaded]], Awaitable[list[str]]],
    say: Callable[[str], object],
) -> None:
    """Until it is cancelled. A file that is written in parts is looked at again when the rest is there."""
    from watchfiles import Change, awatch

    def is_wanted(_change: Change, path: str) -> bool:
        return path.endswith(WATCHED)

    async for _ in awatch(*paths, watch_filter=is_wanted, debounce=300, recursive=True):
        try:
            loaded = await to_thread.run_sync(partial(load_flows, paths, site))
        except UsageError as error:
            say(f"the flows cannot be read: {error}; what was served before goes on")
            continue
        for text in await deploy(loaded):
            say(text)
