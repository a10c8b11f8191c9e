"""Kills services again and again, for as long as it is given, and tells what came of it.

    python -m tests.serve.kill_many --kills 10000 --seconds 2400 --processes 2 --into FILE

Each batch has its own simulated Graph and stores; its kills are drawn from its number, so that a batch which finds
something can be played again: `--from N --batches 1`. What is written into the file is not done again: the same command
goes on where it was stopped. Exit codes: 0 nothing found, 1 something found, 2 wrong use.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import anyio

from tests.serve.batches import any_moment, kill_all, named
from tests.serve.lines import Line

KILLS_IN_BATCH: Final = 160
AT_LINES: Final = 0.4  # of all kills; the others come at any moment
KINDS: Final = ("lost", "doubled", "stranded", "safety net", "made up", "broken")
LOOKS_SECONDS: Final = 10.0


class Asked(NamedTuple):
    """What is to be done. `first`: number of the first batch. `batches`: most of them; 0: as many as it takes."""

    kills: int
    seconds: float
    processes: int
    into: Path
    first: int
    batches: int


def kills_of(number: int) -> list[Line | float]:
    """The kills of a batch, the same each time."""
    random = Random(f"batch {number}")
    lines = named()
    return [random.choice(lines) if random.random() < AT_LINES else any_moment(random) for _ in range(KILLS_IN_BATCH)]


def play(number: int) -> dict[str, Any]:
    """One batch. Its folder is kept where something was found. `broken`: the batch came to no end."""
    folder = Path(tempfile.mkdtemp(prefix=f"kills-{number}-"))
    began = time.monotonic()
    try:
        batch = anyio.run(kill_all, number, folder, kills_of(number), False)
    except BaseException as error:  # noqa: BLE001 - it is told, and the other batches go on
        (folder / "broken.txt").write_text(traceback.format_exc(), encoding="utf-8")
        return {"number": number, "kills": 0, "calls": 0, "seconds": round(time.monotonic() - began, 1),
                "broken": 1, "words": {}, "texts": [f"{folder}/broken.txt: {first_of(error)}"]}  # fmt: skip
    if not batch.troubles:
        shutil.rmtree(folder)
    return {
        "number": number, "kills": batch.kills, "calls": batch.calls, "seconds": round(time.monotonic() - began, 1),
        **Counter([one.kind for one in batch.troubles]), "words": dict(batch.words),
        "texts": [f"{folder}: {one.kind}: {one.text}" for one in batch.troubles],
    }  # fmt: skip


def first_of(error: BaseException) -> str:
    """The first line of what broke a batch."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}".partition("\n")[0]


def done_before(into: Path) -> list[dict[str, Any]]:
    """The batches that the file knows. A line that was cut off counts as not done."""
    done = []
    for line in into.read_text(encoding="utf-8").splitlines() if into.exists() else []:
        try:
            done.append(json.loads(line))
        except ValueError:
            continue
    return done


def total(done: list[dict[str, Any]], name: str) -> int:
    return sum(int(one.get(name, 0)) for one in done)


def told(done: list[dict[str, Any]], seconds: float) -> str:
    """What all batches came to, in one line."""
    kinds = ", ".join([f"{name} {total(done, name)}" for name in KINDS])
    rate = f", {total(done, 'kills') / seconds:.1f} kills a second" if seconds else ""
    return f"{total(done, 'kills')} kills, {total(done, 'calls')} calls: {kinds} ({len(done)} batches{rate})"


def write(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def kill_many(asked: Asked) -> list[dict[str, Any]]:
    """All batches, those of earlier runs among them."""
    done = done_before(asked.into)
    numbers = {one["number"] for one in done}
    following = iter(n for n in range(asked.first, 1 << 30) if n not in numbers)
    began, fresh, begun = time.monotonic(), list[dict[str, Any]](), 0
    under_way: set[Future[dict[str, Any]]] = set()
    with (
        ProcessPoolExecutor(asked.processes, mp_context=get_context("spawn")) as pool,
        asked.into.open("a", encoding="utf-8") as into,
    ):
        while True:
            wanted = asked.kills - total(done, "kills") - len(under_way) * KILLS_IN_BATCH
            has_time = time.monotonic() - began < asked.seconds and (not asked.batches or begun < asked.batches)
            if has_time and wanted > 0 and len(under_way) < asked.processes:
                under_way.add(pool.submit(play, next(following)))
                begun += 1
                continue
            if not under_way:
                return done
            ready, under_way = wait(under_way, LOOKS_SECONDS, FIRST_COMPLETED)
            for one in ready:
                found = one.result()
                fresh.append(found)
                done.append(found)
                into.write(json.dumps(found) + "\n")
                into.flush()
                write("\n".join([told(done, 0), *found["texts"]]))
            if not ready:
                passed = time.monotonic() - began
                write(f"{passed:.0f} s: this run {told(fresh, passed)}; {len(under_way)} batches under way")


def main() -> int:
    parser = argparse.ArgumentParser(description="kill -9 of flowlang serve, again and again")
    parser.add_argument("--kills", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=2_400.0, help="no batch is begun after so long")
    parser.add_argument("--processes", type=int, default=2, help="batches at once, each with 8 services")
    into = Path(tempfile.gettempdir()) / "kills.jsonl"
    parser.add_argument("--into", type=Path, default=into, help=f"what was found, a batch a line; usually {into}")
    parser.add_argument("--from", dest="first", type=int, default=1, help="the first batch")
    parser.add_argument("--batches", type=int, default=0, help="at most so many; 0: as many as it takes")
    began = time.monotonic()
    done = kill_many(Asked(**vars(parser.parse_args())))
    write(f"after {time.monotonic() - began:.0f} s: {told(done, 0)}")
    words = Counter[str]()
    for one in done:
        words.update(one["words"])
    write(f"endings of calls in which nothing was to fail: {dict(words)}")
    return 1 if any(total(done, name) for name in KINDS) else 0


if __name__ == "__main__":
    sys.exit(main())
