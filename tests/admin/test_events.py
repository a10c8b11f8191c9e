"""The stream of events: what is told, to whom it is told again, and what a listener who was away hears."""

import json
import threading
from typing import Any

import anyio
import pytest

from flowlang.admin.access import token_of
from flowlang.admin.events import EventLog
from flowlang.admin.looking import _lines
from flowlang.admin.shapes import EventView
from flowlang.store.base import Arrival
from tests.admin.rig import Rig

SCRIPT = "incoming -> *\nestablished -> *\naudio -> *\ntone 1 -> *\nanswers transfer 202 -> *\ntransferring -> *"


async def heard(log: EventLog, count: int, after: int = -1, still_here_seconds: float = 5.0) -> list[EventView | None]:
    found: list[EventView | None] = []
    with anyio.fail_after(5):
        async for one in log.listen(after, still_here_seconds):
            found.append(one)
            if len(found) == count:
                break
    return found


def texts(rig: Rig) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in rig.log.latest()]


def test_a_whole_call_is_told() -> None:
    rig = Rig()
    rig.call(f"{SCRIPT}\nover 200/7015 -> *")
    assert texts(rig) == [
        ("call began", "test"),
        ("call changed", "plays hold.wav"),
        ("call changed", "transfers to Bob"),
        ("call changed", "transfers to Bob"),
        ("call ended", "over: transferred"),
    ]
    first, *_, last = rig.log.latest()
    assert first.details["caller"] == "+4989123456"
    assert (first.call_id, last.number - first.number) == ("call-one", 4)


def test_who_calls_whom_is_told_by_name_where_there_is_one() -> None:
    rig = Rig()
    rig.call("incoming alice -> *", name="known")
    rig.call("incoming -> *", name="unknown")
    known, unknown = [one.details for one in rig.log.latest() if one.kind == "call began"]
    assert known["caller_name"] == "Alice"
    assert known["caller"] != "Alice"
    assert "caller_name" not in unknown


def test_a_call_that_is_parked_is_told() -> None:
    rig = Rig()
    rig.call()
    rig.store.arrive([Arrival("call-one", "nonsense", b"?", rig.now_ms)])
    rig.work()
    kind, text = texts(rig)[-1]
    assert kind == "call parked"
    assert "unknown kind" in text


def test_an_order_that_comes_to_nothing_is_told() -> None:
    rig = Rig()
    bed = rig.call(SCRIPT)
    bed.run("operator hangs up -> *")
    bed.run("operator hangs up -> *")
    bed.run("over 200/7015 -> *")
    assert texts(rig)[-1] == (
        "call ended",
        "over: transferred; the order to hang up comes to nothing: the call is over",
    )
    bed = rig.call(SCRIPT, name="other")
    bed.run("operator hangs up -> *")
    bed.run("failed 500/7700 -> *")
    assert "comes to nothing" not in texts(rig)[-1][1]


def test_news_that_changes_nothing_is_not_told() -> None:
    rig = Rig()
    bed = rig.call("incoming -> *\nestablished -> *\naudio -> *")
    count = len(texts(rig))
    bed.run("established -> *\nroster alice -> *\ntone 9 -> *")
    assert len(texts(rig)) == count


def test_listeners_hear_what_comes_each_at_their_own_pace() -> None:
    async def main() -> None:
        rig = Rig()
        found: dict[str, list[EventView | None]] = {}

        async def listens(name: str, count: int, task_status: Any) -> None:
            task_status.started()
            found[name] = await heard(rig.log, count)

        async with anyio.create_task_group() as tasks:
            await tasks.start(listens, "one", 2)
            await tasks.start(listens, "two", 1)
            await anyio.lowlevel.checkpoint()
            rig.log.tell("flow deployed", text="first")
            await anyio.lowlevel.checkpoint()
            rig.log.tell("flow deployed", text="second")
        assert [one.text for one in found["one"] if one] == ["first", "second"]
        assert [one.text for one in found["two"] if one] == ["first"]
        assert rig.log._listeners == {}

    anyio.run(main)


def test_what_another_thread_tells_wakes_the_listener() -> None:
    async def main() -> None:
        rig = Rig()
        thread = threading.Timer(0.02, lambda: rig.log.tell("flow deployed", text="from there"))
        thread.start()
        (one,) = await heard(rig.log, 1)
        thread.join()
        assert one is not None
        assert one.text == "from there"

    anyio.run(main)


def test_a_silent_stream_says_that_it_is_there() -> None:
    assert anyio.run(heard, Rig().log, 2, -1, 0.01) == [None, None]


def test_listeners_are_sent_home_when_the_service_stops() -> None:
    async def main() -> list[str]:
        log, found = EventLog(lambda: 1_000), list[str]()

        async def listens() -> None:
            async for one in log.listen(-1):
                found.append(one.text if one is not None else "")

        with anyio.fail_after(5):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(listens)
                await anyio.wait_all_tasks_blocked()
                log.tell("flow deployed", text="last")
                log.close()
            await listens()  # who comes later is not kept waiting either
        return found

    assert anyio.run(main) == ["last"]


def told(log: EventLog, count: int) -> list[int]:
    for at in range(count):
        log.tell("flow deployed", text=str(at))
    return [one.number for one in log.latest()]


def test_who_was_away_goes_on_where_they_were() -> None:
    log = EventLog(lambda: 1_000)
    numbers = told(log, 5)
    found = anyio.run(heard, log, 2, numbers[2])
    assert [one.text for one in found if one] == ["3", "4"]


@pytest.mark.parametrize("after", [0, 999_999_999, 1_000_001])
def test_who_missed_some_is_told_of_a_gap(after: int) -> None:
    """Too long away, another process, and a number that never was."""
    log = EventLog(lambda: 1_000, kept=3)
    numbers = told(log, 5)
    found = [one for one in anyio.run(heard, log, 4, after) if one]
    assert [one.kind for one in found] == ["gap"] + ["flow deployed"] * 3
    assert [one.number for one in found[1:]] == numbers
    assert found[0].number == numbers[0] - 1


def test_a_number_of_an_earlier_process_is_a_gap_although_nothing_was_lost_since() -> None:
    log = EventLog(lambda: 1_000)
    told(log, 2)
    found = anyio.run(heard, log, 3, 999_000)
    assert [one.kind for one in found if one] == ["gap", "flow deployed", "flow deployed"]


def test_who_is_up_to_date_waits() -> None:
    log = EventLog(lambda: 1_000)
    numbers = told(log, 2)
    assert anyio.run(heard, log, 1, numbers[-1], 0.01) == [None]


# ---------------------------------------------------------------- over HTTP


def test_the_stream_is_server_sent_events() -> None:
    async def main() -> list[str]:
        rig = Rig()
        numbers = told(rig.log, 1)
        lines = []
        async for line in _lines(rig.desk, numbers[0] - 1, is_masked=False):
            lines.append(line)
            if len(lines) == 2:
                break
        return lines

    first, second = anyio.run(main)
    assert first == ": here\n\n"
    number, kind, data, *end = second.split("\n")
    assert (kind, end) == ("event: flow deployed", ["", ""])
    assert json.loads(data.removeprefix("data: "))["number"] == int(number.removeprefix("id: "))


def test_a_reader_hears_no_numbers() -> None:
    async def main() -> str:
        rig = Rig()
        before = rig.log._number
        rig.call("incoming -> *")
        async for line in _lines(rig.desk, before, is_masked=True):
            if line.startswith("id"):
                return line
        return ""

    line = anyio.run(main)
    assert "4989123456" not in line
    assert '"call_id":"call-one"' in line


def test_the_stream_needs_a_token() -> None:
    async def main() -> None:
        rig = Rig(tokens=[token_of("eve", "operator", "operator-token-0123456789")])
        async with rig.client() as client:
            assert (await client.get("/v1/events")).status_code == 401

    anyio.run(main)
