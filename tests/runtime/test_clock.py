"""The clock of the service never goes back."""

from flowlang.runtime.clock import SteadyClock


class Machine:
    """A clock on the wall that can be set, and an even pace."""

    def __init__(self) -> None:
        self.wall, self.pace = 1_000_000, 50
        self.heard: list[str] = []
        self.clock = SteadyClock(lambda: self.wall, lambda: self.pace, self.heard.append)

    def goes_on(self, ms: int) -> int:
        self.wall += ms
        self.pace += ms
        return self.clock()


def test_it_is_the_clock_on_the_wall() -> None:
    machine = Machine()
    assert machine.clock() == 1_000_000
    assert machine.goes_on(10) == 1_000_010
    machine.wall += 60_000
    assert machine.goes_on(5) == 1_060_015, "set forward: it follows"
    assert machine.heard == []


def test_set_back_it_goes_on_at_the_same_pace_and_says_so_once() -> None:
    machine = Machine()
    machine.wall -= 3_600_000
    assert machine.goes_on(100) == 1_000_100
    assert machine.goes_on(100) == 1_000_200
    assert machine.heard == ["the clock was set back by 3600 s; the service goes on without a jump"]
    machine.wall += 3_600_000
    assert machine.goes_on(100) == 1_000_300


def test_small_corrections_are_nothing_to_speak_of() -> None:
    machine = Machine()
    machine.wall -= 20
    assert machine.goes_on(5) == 1_000_005
    assert machine.goes_on(100) == 1_000_105
    assert machine.heard == []
