"""A store with many calls that wait, and the service as its users start it on one: how soon it is ready, its memory.

The waiting calls are what `bench.ours` makes: a consult leg rings, music plays, four facts in the journal, two requests
done. They are put in by the store's own means, with ids in no order.
"""

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.ours import CONSULT, guid, plan_of, waiting_session
from bench.serving import clock_ms, name_of
from flowlang.call import commands, facts
from flowlang.codec import digest, encode
from flowlang.runtime.flows import StoredFlows
from flowlang.store.base import Answer, Arrival, Done, Entry, Intent
from flowlang.store.sqlite import SqliteStore

AT_ONCE = 1_000
HOURS_MS = 3_600_000
PATIENCE_SECONDS = 60
SETTLE_SECONDS = 3.0
REQUEST = commands.Request(1, 0, guid(3), commands.Play((), "1"))
FIRST = 10_000_000  # far from the calls that are played


def fill(path: str, count: int) -> None:
    """Put so many waiting calls into a store."""
    store = SqliteStore(path)
    plan = plan_of(CONSULT)
    mark = digest(plan)
    StoredFlows(store, lambda _call: "waiting", clock_ms).serve({"waiting": plan})
    pattern = encode(waiting_session(plan, mark, 1))
    old = guid(3).encode()
    fact = encode(facts.CallUpdated(clock_ms(), 0, guid(3), "established"))
    for begin in range(FIRST, FIRST + count, AT_ONCE):
        now_ms = clock_ms()
        names = [name_of(number) for number in range(begin, min(begin + AT_ONCE, FIRST + count))]
        with store.together():
            store.arrive([Arrival(name, "notification", b"{}", now_ms, "m", 0, begins=True) for name in names])
            store.commit(
                [
                    Done(
                        work.session._replace(
                            plan=mark,
                            state=pattern.replace(guid(1).encode(), name.encode()).replace(old, name.encode()),
                            due_ms=now_ms + HOURS_MS,
                        ),
                        tuple([Entry(at, now_ms, fact) for at in range(1, 5)]),
                        tuple([Intent(name, at, at, encode(REQUEST)) for at in (1, 2)]),
                        is_over=False,
                        work=work,
                    )
                    for work in store.take(now_ms, AT_ONCE)
                    for name in [work.session.call_id]
                ]
            )
            for leased in store.lease(now_ms, now_ms + 1, "bench", 2 * AT_ONCE):
                store.answered("bench", 1, Answer(leased.intent.call_id, leased.intent.number, 200, b"{}", now_ms))
            store.commit(
                [
                    Done(work.session._replace(due_ms=now_ms + HOURS_MS), (), (), is_over=False, work=work)
                    for work in store.take(now_ms, AT_ONCE)
                ]
            )
    assert store.counts() == (count, 0, 0, 0, 0), store.counts()
    store.close()


class Started:
    """`flowlang serve --simulate` as a process. `seconds`: from its start until it says that it is ready."""

    def __init__(self, path: str) -> None:
        began = time.perf_counter()
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "flowlang", "serve", "flows", "--simulate", "--store", path, "--no-watch",
                "--port", "0", "--admin-port", "0", "--sim-port", "0",
            ],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=Path(__file__).parent.parent,
        )  # fmt: skip
        assert self._process.stdout is not None
        lines: list[str] = []
        for line in self._process.stdout:
            lines.append(line)
            found = re.search(r"admin API\s+(http://\S+)", line)
            if found is not None:
                self._until_ready(found[1], began + PATIENCE_SECONDS)
                self.seconds = time.perf_counter() - began
                return
        raise RuntimeError(f"the service did not start: {lines}")

    def _until_ready(self, url: str, ends: float) -> None:
        while time.perf_counter() < ends:
            try:
                with urllib.request.urlopen(f"{url}/health/ready") as answer:  # noqa: S310 - loopback
                    if json.load(answer)["is_ok"]:
                        return
            except urllib.error.URLError:
                pass
            time.sleep(0.01)
        raise RuntimeError("the service is not ready")

    def resident_bytes(self) -> int:
        """Memory in RAM."""
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * 4096

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextmanager
def started(path: str) -> Iterator[Started]:
    one = Started(path)
    try:
        yield one
    finally:
        one.stop()


def start_and_memory(path: str) -> dict[str, float]:
    """Seconds until ready, the best of three starts, and mebibytes some seconds later."""
    seconds: list[float] = []
    mebibytes = 0.0
    for _ in range(3):
        with started(path) as one:
            seconds.append(one.seconds)
            time.sleep(SETTLE_SECONDS)
            mebibytes = max(mebibytes, one.resident_bytes() / 2**20)
    return {"seconds": min(seconds), "mebibytes": mebibytes}
