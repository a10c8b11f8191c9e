"""What the checker that proves costs: how fast it explores, beside a bare search with a toy step; whole processes."""

import sys
import tempfile
import time
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from statistics import median

from bench import cold
from bench.ours import check_words, plan_of
from flowlang.explorer.explored import explore

FLOWS = Path(__file__).parents[1] / "flows"
ROUNDS = 3
PROCESSES, STATES = 5, 10
LONG_STAGES = 30


def explore_per_second() -> float:
    """Transitions a second through the real `step`, on a flow of about 500 lines and 45 stages; the best of some."""
    with tempfile.TemporaryDirectory() as folder:
        text = Path(check_words(Path(folder))[-1]).read_text(encoding="utf-8")
    plan = plan_of(text)
    best = 0.0
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        explored = explore(plan)
        best = max(best, explored.space.transitions / (time.perf_counter() - begun))
    return best


def toy_per_second() -> float:
    """The same for a bare breadth-first search: five machines of ten states side by side, states are flat tuples."""
    best = 0.0
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        count = _search((0,) * PROCESSES, _followers)
        best = max(best, count / (time.perf_counter() - begun))
    return best


def _followers(state: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [(*state[:at], (state[at] + 1) % STATES, *state[at + 1 :]) for at in range(len(state))]


def _search(start: tuple[int, ...], followers: Callable[[tuple[int, ...]], Iterable[tuple[int, ...]]]) -> int:
    seen: set[Hashable] = {start}
    left, transitions = [start], 0
    while left:
        found = []
        for state in left:
            for one in followers(state):
                transitions += 1
                if one not in seen:
                    seen.add(one)
                    found.append(one)
        left = found
    return transitions


def shipped_flows() -> list[str]:
    """The flows that calls come to, as `check` is given them."""
    return [str(path) for path in sorted(FLOWS.glob("*.flow")) if path.name != "people.flow"]


def strict_seconds(flow: str) -> float:
    """`check --strict` on one flow, whole process, without what was kept from the last time."""
    return cold.seconds([sys.executable, "-m", "flowlang", "check", "--strict", "--no-cache", flow], runs=3)


def shipped_seconds() -> list[float]:
    """The median and the longest of all shipped flows."""
    each = [strict_seconds(flow) for flow in shipped_flows()]
    return [median(each), max(each)]


def long_flow_seconds() -> float:
    """`check --strict` on a flow of about 1,000 lines and 30 stages."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "long.flow"
        file.write_text(long_flow(), encoding="utf-8")
        return cold.seconds([sys.executable, "-m", "flowlang", "check", "--strict", "--no-cache", str(file)], runs=1)


def kept_seconds() -> float:
    """`check --strict` on a flow that has not changed since the last time."""
    return cold.seconds([sys.executable, "-m", "flowlang", "check", "--strict", str(FLOWS / "front_desk.flow")])


def long_flow() -> str:
    """A flow with 30 stages of about 33 lines, each with a menu, two consults, transfers and time limits."""
    lines = ['flow 1 "Long"', 'contact desk = +12025550123 "Desk"', 'contact night = +12025550147 "Night"', ""]
    lines += ["on answered: goto s0", "on failed: hang up", "after 1h: hang up", ""]
    for at in range(LONG_STAGES):
        to = f"s{(at + 1) % LONG_STAGES}"
        lines += [f"stage s{at}:", "    on enter:"]
        lines += ['        menu "https://bot.example/menu.wav" for 5s up to 2 times:']
        for key, who in (("1", "desk"), ("2", "night")):
            lines += [
                f"            press {key}:",
                f'                consult {who} for 20s playing "https://bot.example/hold.wav":',
                '                    on busy: play "https://bot.example/busy.wav" then hang up',
                '                    on no answer: play "https://bot.example/later.wav" then hang up',
                f"                    otherwise: goto {to}",
                "                transfer replacing consult:",
                "                    on 500/7700: retry up to 2 times after 3s",
                "                    on busy, no answer: hang up",
                '                    otherwise: play "https://bot.example/sorry.wav" then hang up',
            ]
        lines += [
            f"            press 3: goto {to}",
            "            press star: hang up",
            '            on timeout: play "https://bot.example/bye.wav" then hang up',
            "            otherwise: hang up",
            "    if that fails:",
            '        play "https://bot.example/sorry.wav"',
            "        hang up",
            "    on tone 9:",
            '        play "https://bot.example/back.wav"',
            f"        goto {to}",
            "    after 5m: hang up",
            "",
        ]
    return "\n".join(lines)
