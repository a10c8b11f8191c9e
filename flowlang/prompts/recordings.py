"""What callers recorded, downloaded into the operator's folder as soon as Graph says where it is.

Graph discards a recording soon after its call (Graph, call: recordResponse), so nobody waits for the flow: fetching
begins when the notification comes in, and `FetchRecording`, the flow's own command, waits for what is under way. So a
recording that comes after its flow has gone on is kept too.
"""

import os
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final, Literal, NamedTuple

import anyio
import httpx
from anyio import to_thread
from anyio.abc import TaskGroup

from flowlang.prompts.download import Bounds, Got, download
from flowlang.prompts.files import make_folder, names_in, remove_file, write_file
from flowlang.prompts.slips import Slip, SlipBox
from flowlang.wav import read_wav
from flowlang.wire.recorded import Apart, Recorded, folded, taken_apart

AT_ONCE: Final = 4
LONGEST_MS: Final = 900_000  # after that Graph has long discarded it
MISSING_MS: Final = 60_000  # so long after its notification it may still be on its way to where it is said to be
MOST_PAUSE_SECONDS: Final = 30.0
MOST_ASKED_PAUSE_SECONDS: Final = 120.0
UNCLAIMED_SECONDS: Final = 10.0
WAIT_SECONDS: Final = 15.0  # of a command; a lease is longer
MOST_REMEMBERED: Final = 1_000
MOST_NAME: Final = 200
LONG_BYTES: Final = 16_384

Fetched = Literal["kept", "under way", "lost"]
Sleep = Callable[[float], Awaitable[None]]
Heard = Callable[[str], None]
"""Hears what an operator should know: never a token, never an address."""


class _Job:
    """One recording being fetched."""

    def __init__(self, slip: Slip) -> None:
        self.slip = slip
        self.done = anyio.Event()
        self.is_kept = False
        self.is_claimed = False
        self.is_wanted = True


class Around(NamedTuple):
    """What surrounds the recordings. `box` keeps slips over a restart."""

    client: httpx.AsyncClient
    box: SlipBox
    clock_ms: Callable[[], int]
    heard: Heard
    sleep: Sleep = anyio.sleep
    bounds: Bounds = Bounds()


class Recordings:
    """`run()` fetches until it is cancelled, first what an earlier process heard of. `folder`: where recordings go.
    Raises `OSError` when it cannot be used."""

    def __init__(self, folder: str, around: Around) -> None:
        self._folder, self._around = folder, around
        make_folder(folder)
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._new: list[_Job] = []
        self._come = anyio.Event()
        self._limit: anyio.CapacityLimiter | None = None
        slips, self._unread = around.box.read()
        for slip in slips:
            job = self._jobs[slip.operation_id] = _Job(slip)
            self._begin(job)

    # ------------------------------------------------------------ what comes in

    async def withhold(self, call_id: str, body: bytes) -> bytes:
        """Take the tokens out of what Graph sent, and fetch what they are for. `call_id`: the session's, where it is
        known. Whatever happens to the disk, the body comes back without tokens."""
        apart = await apart_beside(body)
        for one in apart.found:
            await self._learn(call_id or one.call_id, one)
        return apart.body

    async def _learn(self, call_id: str, one: Recorded) -> None:
        if one.operation_id in self._jobs:
            return  # a repeat
        slip = Slip(
            one.operation_id, name_of(call_id, one.context or one.operation_id), one.location, one.token,
            self._around.clock_ms(),
        )  # fmt: skip
        job = self._jobs[slip.operation_id] = _Job(slip)
        try:
            await to_thread.run_sync(self._around.box.keep, slip)
        except OSError as error:
            self._around.heard(f"a recording may be lost when the service ends now: {error.strerror or error}")
        finally:
            self._begin(job)  # not sooner: a slip that is dropped before it is kept would stay

    def _begin(self, job: _Job) -> None:
        self._new.append(job)
        self._come.set()
        while len(self._jobs) > MOST_REMEMBERED and next(iter(self._jobs.values())).done.is_set():
            self._jobs.popitem(last=False)

    # ------------------------------------------------------------ what the flow asks for

    async def fetch(self, operation_id: str, name: str) -> Fetched | None:
        """What became of a recording, whose name the flow knows; None: Graph never said where it is."""
        job = self._jobs.get(folded(operation_id))
        if job is None:
            is_there = await to_thread.run_sync(os.path.exists, self.path(name))
            return "kept" if is_there else None
        job.is_claimed = True
        old, job.slip = job.slip.name, job.slip._replace(name=safe(name))
        with anyio.move_on_after(WAIT_SECONDS):
            await job.done.wait()
        if not job.done.is_set():
            return "under way"
        if old != job.slip.name:  # Graph did not say our context, so it was kept by another name
            with suppress(FileNotFoundError):
                await to_thread.run_sync(os.replace, self.path(old), self.path(name))
        return "kept" if job.is_kept else "lost"

    def path(self, name: str) -> str:
        """Where a recording lies, by the name that the flow's variable holds."""
        return os.path.join(self._folder, safe(name))

    def names_of(self, call_ids: Iterable[str]) -> list[str]:
        """The recordings of some calls. Works on the disk. Raises `OSError`."""
        beginnings = tuple([safe(f"{one}-") for one in call_ids])
        return sorted([name for name in names_in(self._folder) if beginnings and name.startswith(beginnings)])

    def remove(self, call_ids: Iterable[str]) -> int:
        """Remove all recordings of some calls, and fetch no more of them. How many there were. Works on the disk.
        Raises `OSError`."""
        call_ids = list(call_ids)
        beginnings = tuple([safe(f"{one}-") for one in call_ids])
        for job in list(self._jobs.values()):
            if job.slip.name.startswith(beginnings):
                job.is_wanted = False
        found = self.names_of(call_ids)
        for name in found:
            remove_file(self._folder, name)
        return len(found)

    # ------------------------------------------------------------ what is old

    def old(self, before_ms: int) -> list[str]:
        """Names of recordings that were written before that time. Works on the disk. Raises `OSError`."""
        found: list[str] = []
        for name in names_in(self._folder):
            with suppress(FileNotFoundError):
                if os.path.getmtime(self.path(name)) * 1000 < before_ms:
                    found.append(name)
        return found

    def calls_in(self, name: str) -> list[str]:
        """Whose a recording may be: a name begins with the id of its call, in which there may be dashes too."""
        parts = name.split("-")
        return ["-".join(parts[:at]) for at in range(1, len(parts))]

    def drop(self, names: Iterable[str]) -> None:
        """Remove them. Works on the disk. Raises `OSError`."""
        for name in names:
            remove_file(self._folder, name)

    # ------------------------------------------------------------ fetching

    async def run(self) -> None:
        """Fetch what an earlier process heard of, then what comes."""
        if self._unread:
            why = "their slips were sealed with another secret"
            self._around.heard(f"{self._unread} recordings cannot be fetched: {why}")
        async with anyio.create_task_group() as tasks:
            while True:
                self._come = anyio.Event()
                jobs, self._new = self._new, []
                for job in jobs:
                    self._start(tasks, job)
                await self._come.wait()

    def _start(self, tasks: TaskGroup, job: _Job) -> None:
        tasks.start_soon(self._work, job)

    async def _work(self, job: _Job) -> None:
        self._limit = self._limit or anyio.CapacityLimiter(AT_ONCE)
        pause, tries = 0.0, 0
        while pause >= 0:
            if pause:
                await self._around.sleep(pause)
            async with self._limit:
                pause = await self._tried(job, tries)
            tries += 1
        with suppress(OSError):
            await to_thread.run_sync(self._around.box.drop, job.slip.operation_id)
        job.done.set()
        if job.is_kept and not job.is_claimed:
            await self._around.sleep(UNCLAIMED_SECONDS)
            if not job.is_claimed:
                self._around.heard(f"a recording came after its flow had gone on; it is kept as {job.slip.name}")

    async def _tried(self, job: _Job, tries: int) -> float:
        """One try. Seconds until the next one; less than nothing: it is over."""
        slip = job.slip
        if not job.is_wanted:
            return -1
        if tries == 0 and await to_thread.run_sync(os.path.exists, self.path(slip.name)):
            job.is_kept = job.is_claimed = True  # it was fetched before this process began
            return -1
        got = await download(self._around.client, slip.location, slip.token, self._around.bounds)
        if got.data:
            return await self._kept(job, got.data, tries)
        return self._again(slip, got, tries)

    async def _kept(self, job: _Job, data: bytes, tries: int) -> float:
        if not job.is_wanted:
            return -1
        try:
            await to_thread.run_sync(write_file, self._folder, job.slip.name, data)
        except OSError as error:
            self._around.heard(f"a recording cannot be kept: {error.strerror or error}")
            return self._again(job.slip, Got(b"", f"the disk: {error.strerror or error}", is_final=False), tries)
        job.is_kept = True
        if read_wav(data) is None:
            self._around.heard(f"the recording {job.slip.name} is no WAV; it is kept as it came")
        return -1

    def _again(self, slip: Slip, got: Got, tries: int) -> float:
        pause = got.after_seconds if got.after_seconds > 0 else min(2.0**tries / 2, MOST_PAUSE_SECONDS)
        pause = min(pause, MOST_ASKED_PAUSE_SECONDS)
        age_ms = self._around.clock_ms() - slip.at_ms + int(pause * 1000)
        if got.is_final or age_ms > (MISSING_MS if got.is_missing else LONGEST_MS):
            self._around.heard(f"the recording {slip.name} is lost: {got.why}")
            return -1
        return pause


def name_of(call_id: str, context: str) -> str:
    """The name of a recording, as `record` gives it to its variable: by the call and the request that asked for it."""
    return safe(f"{call_id}-{context}.wav")


def safe(name: str) -> str:
    """A name as the name of a file, whatever is in it. Names of usual calls stay as they are."""
    return re.sub(r"[^A-Za-z0-9._=@+-]", "_", name).lstrip(".")[-MOST_NAME:] or "_"


async def apart_beside(body: bytes) -> Apart:
    """`taken_apart`, in a thread where it takes long: others are not to wait for it."""
    return taken_apart(body) if len(body) <= LONG_BYTES else await to_thread.run_sync(taken_apart, body)
