"""Graph away for ten minutes, Graph slow, the clock set back: a whole service in time that jumps.

docs/explanation/when-things-break.md says what happens; here it does.
"""

from collections import Counter

import anyio
import pytest

from flowlang.call.session import Session
from flowlang.codec import decode
from flowlang.engine.step import is_finished
from flowlang.runtime.transport import TIMEOUT_SECONDS
from flowlang.store.memory import MemoryStore
from tests.properties.test_histories import plan_of
from tests.runtime.virtual import Town, play

DOWN_SECONDS = 600
HOUR_MS = 3_600_000


def done_once(town: Town) -> None:
    """Nothing was done twice, nothing rests, nothing is left over."""
    for operation in ("answer", "create", "transfer"):
        assert set(Counter(town.taken(operation)).values()) <= {1}, operation
    counts = town.store.counts()
    assert (counts.live, counts.parked, counts.inbox, counts.to_send) == (0, 0, 0, 0)
    assert not town.graph.graph.legs_up()
    assert all(is_finished(decode(Session, one.state)) for one in town.store.calls(100, over=True))


def ending(town: Town, call_id: str) -> str:
    view = town.graph.graph.call(call_id)
    assert view is not None
    found = town.graph.stage.ending(view)
    return found.word if found is not None else "goes on"


def requests_of(town: Town, call_id: str, since: float, until: float) -> list[float]:
    return [at for at, path in town.to_graph.tried if call_id in path and since <= at < until]


@pytest.mark.parametrize("hears", [True, False], ids=["its notifications come", "nothing comes either"])
def test_graph_away_for_ten_minutes(hears: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls from before, one a minute meanwhile, and calls afterwards."""

    async def main() -> None:
        async with Town(plan_of("consult.flow"), MemoryStore(), monkeypatch).up() as town:
            ringing, answered = town.call(), ""
            await anyio.sleep(1.5)  # heidi's phone rings
            answered = town.call()
            await anyio.sleep(0.2)  # and this one is just answered
            away = anyio.current_time()
            town.to_graph.way = "closed"
            town.to_us.way = "open" if hears else "closed"
            meanwhile = []
            for _ in range(DOWN_SECONDS // 60):
                meanwhile.append(town.call())
                await anyio.sleep(60)
            assert not set(town.taken("transfer")) & {ringing, answered}
            back = anyio.current_time()
            town.to_graph.way = town.to_us.way = "open"
            afterwards = [town.call() for _ in range(3)]
            await anyio.sleep(60)
            assert [ending(town, one) for one in afterwards] == ["transferred"] * 3
            assert [ending(town, one) for one in meanwhile] == ["not answered" if hears else "not taken"] * 10
            await anyio.sleep(3_000)  # by then Graph itself has ended what nobody kept alive
            assert town.is_over(), town.store.counts()
            done_once(town)
            assert {ending(town, ringing), ending(town, answered)} <= {"hung up"}
            ended_at = max(at for at, path in town.to_graph.tried if ringing in path)
            assert ended_at - back < 120, "a caller does not wait for long when Graph is back"
            tries = requests_of(town, ringing, away, back)
            assert 50 < len(tries) < 400, "it is tried again and again, and with pauses"

    play(main)


def test_graph_slow_for_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answers come later than anybody waits for them; the other calls go on as ever."""

    async def main() -> None:
        async with Town(plan_of("consult.flow"), MemoryStore(), monkeypatch).up() as town:
            slow = town.call()
            town.to_graph.slow_ms = lambda path: 3 * int(TIMEOUT_SECONDS * 1000) if slow in path else 0
            others = [town.call() for _ in range(20)]
            await anyio.sleep(TIMEOUT_SECONDS)
            assert {ending(town, one) for one in others} == {"transferred"}
            assert ending(town, slow) == "goes on"
            await anyio.sleep(600)
            assert town.is_over(), town.store.counts()
            done_once(town)
            assert slow in town.taken("answer")

    play(main)


def test_graph_slow_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer takes two seconds: everything takes longer, and nothing is given up."""

    async def main() -> None:
        async with Town(plan_of("consult.flow"), MemoryStore(), monkeypatch).up() as town:
            town.to_graph.slow_ms = lambda _path: 2_000
            calls = [town.call() for _ in range(20)]
            await anyio.sleep(120)
            assert {ending(town, one) for one in calls} == {"transferred"}
            done_once(town)

    play(main)


def went_on(town: Town, calls: list[str], back_seconds: int) -> None:
    """They were handed over, timers ran on, and no time in a journal went back."""
    assert [ending(town, one) for one in calls] == ["transferred"] * len(calls)
    assert town.heard == [f"the clock was set back by {back_seconds} s; the service goes on without a jump"]
    done_once(town)
    for call_id in calls:
        times = [one.at_ms for one in town.store.journal(call_id)]
        assert times == sorted(times)
        assert times[-1] - times[0] < 30_000


def test_the_clock_set_back_by_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a call. The tokens of Graph are from a future then, and are taken all the same."""

    async def main() -> None:
        async with Town(plan_of("consult.flow"), MemoryStore(), monkeypatch).up() as town:
            calls = [town.call()]
            await anyio.sleep(1.5)
            town.set_back_ms = HOUR_MS
            calls.append(town.call())
            await anyio.sleep(30)
            went_on(town, calls, 3_600)

    play(main)


def test_a_clock_that_was_ahead_is_set_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service stays ahead at its even pace; tokens are not taken to be over for that."""

    async def main() -> None:
        town = Town(plan_of("consult.flow"), MemoryStore(), monkeypatch)
        town.set_back_ms = -5 * HOUR_MS
        async with town.up():
            await anyio.sleep(1)
            town.set_back_ms = 0
            calls = [town.call() for _ in range(2)]
            await anyio.sleep(30)
            went_on(town, calls, 18_000)

    play(main)
