"""What surrounds a simulated call: who calls, when, which keys are pressed, how steps turn out, what is answered."""

from typing import Literal, NamedTuple

from flowlang.call.facts import Value
from flowlang.call.party import Party
from flowlang.hours import Override
from flowlang.scenario.outcomes import Wanted
from flowlang.simulator.values import Knobs as GraphKnobs

CALLER = Party("phone", "+4930123456", name="Robin Doe")
CALLED = Party("resource account", "0d0f5b1c-3c52-4d8b-9d6e-5a7e1f2b3c4d", name="Front desk")
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
HALF_AN_HOUR_MS = 30 * 60_000


class Keys(NamedTuple):
    """Keys pressed one after the other, as the language writes them. `at_ms`: after the call began; -1: when asked."""

    keys: tuple[str, ...]
    at_ms: int = -1


class Pause(NamedTuple):
    """For so long the service does nothing, and all else goes on. `at_ms`: after the call began. `is_killed`: what it
    had in memory is gone, and so are answers to what had left."""

    at_ms: int
    ms: int
    is_killed: bool = False


class World(NamedTuple):
    """Everything outside the flow. `at_ms`: when the call begins, in milliseconds since 1970 (UTC).

    kind `start`: the flow is started, nobody calls; `values` are given to it. participants: of a group call.
    hang_up_after_ms: after the call began; -1: the caller stays. wanted: outcomes of steps, in order.
    answers: what services answer, by service and member; a service without any answers an empty object.
    flows: names of flows that can be started; None: any.
    """

    at_ms: int
    caller: Party = CALLER
    called: Party = CALLED
    kind: Literal["peer", "group", "start"] = "peer"
    participants: tuple[Party, ...] = ()
    values: tuple[tuple[str, Value], ...] = ()
    keys: tuple[Keys, ...] = ()
    hang_up_after_ms: int = -1
    wanted: tuple[Wanted, ...] = ()
    answers: tuple[tuple[str, str, Value], ...] = ()
    flows: tuple[str, ...] | None = None
    calendars: tuple[tuple[str, str], ...] = ()
    overrides: tuple[Override, ...] = ()
    tenant_id: str = TENANT
    pauses: tuple[Pause, ...] = ()


class Knobs(NamedTuple):
    """How Graph behaves. profile: what its pages say (`docs`) or what was seen live (`live`). nasty: repeats, delays,
    disorder, lost answers. limit_ms: the call is left alone after so long. graph: the simulator's own knobs, where a
    test wants others than `nasty` chooses."""

    profile: Literal["docs", "live"] = "live"
    nasty: bool = False
    limit_ms: int = HALF_AN_HOUR_MS
    graph: GraphKnobs | None = None
