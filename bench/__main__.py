"""`python -m bench [--calls N]`: state machines on one call, whole processes, and the cost of waiting calls."""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import cold, door, waiting
from bench.chart import EVENTS
from bench.measuring import Figures
from bench.one import NOT_INSTALLED
from bench.peers import PEERS

HERE = Path(__file__).parent
LIMIT_SECONDS = 180
WAITING = (1_000, 100_000)
ROUNDS = 5
CALLS_APART = 100_000
OURS = "flowlang"


def run(words: list[str]) -> tuple[list[str], str]:
    """The lines that a measuring process prints, and else why there are none."""
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False, cwd=HERE.parent
        )
    except subprocess.TimeoutExpired:
        return [], f"over {LIMIT_SECONDS} s"
    if done.returncode == NOT_INSTALLED:
        return [], "not installed"
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        return [], f"failed: {said[-1] if said else done.returncode}"
    return done.stdout.splitlines(), ""


def one(*words: str) -> tuple[list[str], str]:
    return run([sys.executable, "-m", "bench.one", *words])


def ours(function: str, *words: str) -> tuple[float | None, str]:
    """One of flowlang's own figures, and else why there is none."""
    lines, why = one("ours", function, *words)
    value = json.loads(lines[-1]) if lines else None
    return value, why or ("" if value is not None else "not measured yet")


def times(mine: float | None, theirs: float | None) -> str:
    """How many times theirs mine is."""
    if not mine or not theirs:
        return "-"
    ratio = mine / theirs
    return f"{ratio:,.0f}x" if ratio >= 10 else f"{ratio:.2g}x"


def count(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def row(*cells: str) -> None:
    print(f"  {cells[0]:<30}" + "".join(f"{cell:>18}" for cell in cells[1:]), flush=True)


def state_machines(calls: int) -> None:
    """Every peer, each in a process of its own, and ours beside them."""
    print(f"\nState machines: one call is {len(EVENTS)} events ({', '.join(EVENTS)}); {calls:,} calls at once.")
    print("Peers only change state. flowlang also learns legs, matches handlers, keeps timers and gives commands.\n")
    speed, why = ours("step_events_per_second")
    memory, why_memory = ours("session_bytes")
    row("", "events/s", f"{OURS} is", "bytes a call", f"{OURS} needs")
    row(OURS, count(speed) if speed else why, "", count(memory) if memory else why_memory, "")
    stored, _ = ours("stored_bytes")
    row(f"{OURS}, stored form", "", "", count(stored), "")
    through, why = ours("bytes_events_per_second")
    row(f"{OURS}, from bytes", count(through) if through else why, times(speed, through), "", "")
    for name, figures, why in [*python_peers(calls), *node_peers(calls)]:
        if figures is None:
            row(name, why)
        else:
            rate, each = figures
            row(name, count(rate), times(speed, rate), count(each), times(memory, each))


def python_peers(calls: int) -> list[tuple[str, Figures | None, str]]:
    found: list[tuple[str, Figures | None, str]] = []
    for peer in PEERS:
        lines, why = one("peer", peer.name, str(max(100, round(calls * peer.share))))
        found.append((peer.name, Figures(**json.loads(lines[-1])) if lines else None, why))
    return found


def node_peers(calls: int) -> list[tuple[str, Figures | None, str]]:
    node = cold.program("node")
    if node is None:
        return [("xstate", None, "no node here")]
    lines, why = run([node, "--expose-gc", str(HERE / "machines.mjs"), str(calls)])
    if why:
        return [("xstate", None, why)]
    said = [json.loads(line) for line in lines]
    return [(item["name"], Figures(item["events_per_second"], item["bytes_each"]), "") for item in said]


def processes() -> None:
    """Commands from start to end, on files of about 500 lines."""
    print("\nWhole processes, median of some runs; linters on a file of about 500 lines.\n")
    mine, why = ours("check_seconds")
    row("", "milliseconds", f"{OURS} takes")
    row(f"{OURS} check", f"{mine * 1000:.0f}" if mine else why)
    with tempfile.TemporaryDirectory() as folder:
        for peer in cold.PEERS:
            took = cold.peer_seconds(peer, Path(folder))
            if took is None:
                row(peer.name, "not installed")
            else:
                row(peer.name, f"{took * 1000:.0f}", times(mine, took))


def waiting_calls() -> None:
    """One notification's cost while many other calls are up."""
    print("\nOne notification while other calls wait.\n")
    first: float | None = None
    row("other calls", "microseconds", "of the first")
    for calls in WAITING:
        cost, why = ours("notification_cost", str(calls))
        first = first or cost
        row(f"{calls:,}", f"{cost * 1e6:.1f}" if cost else why, times(cost, first))


def proving() -> None:
    """The checker that proves: its search, and whole processes of `check --strict`."""
    print("\nEvery call played (`check --strict`).\n")
    rate, why = figure("explore_per_second")
    toy, _ = figure("toy_per_second")
    row("", "a second", "of the bare one")
    row("transitions by the engine", count(rate) if rate else why, times(rate, toy))
    row("a bare search, a toy step", count(toy))
    print()
    row("", "milliseconds", "of python -c pass")
    bare = cold.seconds([sys.executable, "-c", "pass"])
    shipped, why = figures("shipped_seconds")
    for name, took in zip(("shipped flows, median", "shipped flows, longest"), shipped or (None, None), strict=True):
        row(name, f"{took * 1000:.0f}" if took else why, times(took, bare))
    for name, function in (("1,000 lines, 30 stages", "long_flow_seconds"), ("nothing has changed", "kept_seconds")):
        took, why = figure(function)
        row(name, f"{took * 1000:.0f}" if took else why, times(took, bare))


def service() -> None:
    """`flowlang serve` and what it is made of."""
    print("\nThe service: every notification and request durable (SQLite, synchronous FULL).\n")
    row("", "requests/s", "of the bare one")
    at_the_door = door.compare()
    if at_the_door:
        row("bare uvicorn, parses, 202", count(at_the_door["bare"]))
        row("webhook, token, durable", count(at_the_door["door"]), times(at_the_door["door"], at_the_door["bare"]))
        row("with the calls worked on", count(at_the_door["service"]),
            times(at_the_door["service"], at_the_door["bare"]))  # fmt: skip
    else:
        row("webhook", "wrk is not there")
    print()
    floor, why_floor = served("floor")
    whole, why = served("whole_calls")
    row("", "calls/s", "of by hand", "bytes a call")
    row("by hand: no flow, no answers", count(floor) if floor else why_floor)
    if whole is None:
        row("whole calls", why)
        return
    top = whole["calls_per_second"]
    row("whole calls, 4 notifications", count(top), times(top, floor), count(whole["bytes_per_call"]))
    print()
    with tempfile.TemporaryDirectory() as folder:
        with_waiting_calls(folder, top)


def with_waiting_calls(folder: str, top: float) -> None:
    """The slowest in a hundred requests, by turns with few and many calls that wait; the middle of some rounds."""
    paths = {calls: f"{folder}/{calls}.db" for calls in WAITING}
    for calls, path in paths.items():
        waiting.fill(path, calls)
    stood = {calls: served("start_and_memory", path)[0] for calls, path in paths.items()}
    rounds = [
        {calls: served("at_half_load", path, str(top), str(at * CALLS_APART)) for calls, path in paths.items()}
        for at in range(ROUNDS)
    ]
    row("", "p99 ms, half load", "of the first", "MiB at its peak", "MiB of serve", "seconds to ready")
    first: float | None = None
    for calls in WAITING:
        found = [one[calls][0] for one in rounds if one[calls][0] is not None]
        if not found or stood[calls] is None:
            row(f"{calls:,} calls wait", rounds[0][calls][1] or "the service did not start")
            continue
        slowest = statistics.median([one["p99_ms"] for one in found])
        first = first or slowest
        row(f"{calls:,} calls wait", f"{slowest:.1f}", times(slowest, first),
            f"{max(one['mebibytes'] for one in found):.0f}", f"{stood[calls]['mebibytes']:.0f}",
            f"{stood[calls]['seconds']:.1f}")  # fmt: skip


def served(*words: str) -> tuple[Any, str]:
    lines, why = one("serving", *words)
    return (json.loads(lines[-1]) if lines else None), why


def figures(function: str) -> tuple[list[float] | None, str]:
    lines, why = one("proving", function)
    return (json.loads(lines[-1]) if lines else None), why


def figure(function: str) -> tuple[float | None, str]:
    lines, why = one("proving", function)
    return (json.loads(lines[-1]) if lines else None), why


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000, help="calls at once (default 10000)")
    parser.add_argument("--only", choices=("engine", "checker", "service"), help="a part of it")
    given = parser.parse_args()
    print("Figures move with the machine and its load; the ratios are what to read.")
    if given.only in (None, "engine"):
        state_machines(given.calls)
        waiting_calls()
    if given.only in (None, "checker"):
        processes()
        proving()
    if given.only in (None, "service"):
        service()


if __name__ == "__main__":
    main()
