"""Other people's state machines, and two plain tables, on the chart of `bench.chart`.

Each follows its own documentation's way to many instances. A peer that is not installed raises `ImportError`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from bench.chart import EVENTS, MOVES, STATES
from bench.measuring import Machines

Table = dict[tuple[str, str], str]


class TupleCall(NamedTuple):
    number: int
    state: str
    version: int


@dataclass(frozen=True, slots=True)
class FrozenCall:
    number: int
    state: str
    version: int


def _table() -> Table:
    return {(state, event): target for event, state, target in MOVES}


def dict_table() -> Machines[TupleCall]:
    """A look-up in a dictionary and a new named tuple: as little as a pure step in Python can do."""
    table = _table()

    def fire(calls: list[TupleCall], event: str) -> None:
        for at, call in enumerate(calls):
            calls[at] = TupleCall(call.number, table[call.state, event], call.version + 1)

    return Machines(lambda n: [TupleCall(i, "new", 0) for i in range(n)], fire, lambda call: call.state == "terminated")


def dict_table_frozen() -> Machines[FrozenCall]:
    """The same with a frozen dataclass."""
    table = _table()

    def fire(calls: list[FrozenCall], event: str) -> None:
        for at, call in enumerate(calls):
            calls[at] = FrozenCall(call.number, table[call.state, event], call.version + 1)

    return Machines(
        lambda n: [FrozenCall(i, "new", 0) for i in range(n)], fire, lambda call: call.state == "terminated"
    )


def transitions() -> Machines[Any]:
    """One `Machine` and many models, which is the library's way to many instances."""
    from transitions import Machine

    class Model:
        state: str

    def build(n: int) -> list[Any]:
        machine = Machine(model=None, states=list(STATES), initial="new", auto_transitions=False)
        for event, state, target in MOVES:
            machine.add_transition(event, state, target)
        models = [Model() for _ in range(n)]
        machine.add_model(models)
        return models

    def fire(models: list[Any], event: str) -> None:
        for model in models:
            model.trigger(event)

    return Machines(build, fire, lambda model: bool(model.state == "terminated"))


def python_statemachine() -> Machines[Any]:
    """One class, an instance a call."""
    from statemachine import State, StateMachine

    states = {name: State(initial=name == "new", final=name == "terminated") for name in STATES}
    events: dict[str, Any] = {}
    for event, state, target in MOVES:
        move = states[state].to(states[target])
        events[event] = events[event] | move if event in events else move
    # The library adds members `is_NAME` and events by name, so a state and an event may not have one name.
    members = {f"state_{name}": state for name, state in states.items()} | events
    call_machine = type(StateMachine)("CallMachine", (StateMachine,), members)

    def fire(machines: list[Any], event: str) -> None:
        for machine in machines:
            machine.send(event)

    def is_over(machine: Any) -> bool:
        return bool(machine.is_terminated)

    return Machines(lambda n: [call_machine() for _ in range(n)], fire, is_over)


def sismic() -> Machines[Any]:
    """One statechart, an interpreter a call."""
    from sismic.interpreter import Interpreter
    from sismic.io import import_from_yaml

    chart = import_from_yaml(_sismic_chart())

    def build(n: int) -> list[Any]:
        interpreters = [Interpreter(chart) for _ in range(n)]
        for interpreter in interpreters:
            interpreter.execute()
        return interpreters

    def fire(interpreters: list[Any], event: str) -> None:
        for interpreter in interpreters:
            interpreter.queue(event).execute()

    return Machines(build, fire, lambda interpreter: bool(interpreter.final))


def _sismic_chart() -> str:
    lines = ["statechart:", "  name: call", "  root state:", "    name: root", "    initial: new", "    states:"]
    for state in STATES:
        lines.append(f"      - name: {state}")
        moves = [(event, target) for event, origin, target in MOVES if origin == state]
        if state == EVENTS[-1]:
            lines.append("        type: final")
        else:
            lines.append("        transitions:")
            for event, target in moves:
                lines += [f"          - event: {event}", f"            target: {target}"]
    return "\n".join(lines)


class Peer(NamedTuple):
    """`share`: the part of the asked-for calls that it gets, so that a slow one does not hold up the rest."""

    name: str
    make: Callable[[], Machines[Any]]
    share: float = 1.0


PEERS = (
    Peer("dict table", dict_table),
    Peer("dict table, frozen dataclass", dict_table_frozen),
    Peer("transitions", transitions, 0.2),
    Peer("python-statemachine", python_statemachine, 0.1),
    Peer("sismic", sismic, 0.05),
)
