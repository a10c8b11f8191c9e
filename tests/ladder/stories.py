"""Calls made up by hand, for drawing: no engine, no simulator."""

from flowlang.call import commands
from flowlang.call.party import Party
from flowlang.call.results import Result
from flowlang.call.trace import Trace
from flowlang.ladder.story import Entry, Exchange, Story, Told
from flowlang.plan import NONE, Answer, Call, Const, Consult, Handler, Place, Plan, Play, Targets, Transfer
from flowlang.source import Source
from flowlang.wire.http import HttpRequest

TEXT = """# Ask Heidi first.
flow 1 "Ask first"

contact heidi = user 550fae72-d251-43ec-868c-373732c2704f "Heidi Steen"

on answered:
    consult heidi for 18s playing "prompts/hold.wav"
    transfer replacing consult
if that fails:
    play "prompts/sorry.wav" then transfer to mailbox
"""
HEIDI = Party("user", "550fae72-d251-43ec-868c-373732c2704f", name="Heidi Steen")
BEN = Party("user", "9a4d2c81-5e37-4f68-b1a9-0c7e6d3f2b15", name="Ben Okafor")
ROBIN = Party("phone", "+4930123456", name="Robin Doe")
ONE = Targets("one", (Const(HEIDI),))
PLAN = Plan(
    "Ask first", ("flows/consult.flow",),
    (
        Place(Answer(), NONE),
        Place(Consult(ONE), 2, line=7),
        Place(Transfer(None, "consult"), NONE, line=8),
        Place(Play(("prompts/sorry.wav",)), NONE, line=10),
    ),
    (), (Handler("answered", 1, line=6),), (), (), (), (), (), ((),), NONE, wants_keys=False,
)  # fmt: skip
REQUEST = HttpRequest("POST", "/beta/communications/calls", (), b"{}")
HOLD = commands.Play((commands.Prompt("file", "prompts/hold.wav"),), "5", loop=True)


def exchange(number: int, leg: int, act: commands.Act, sent: int, status: int = 202, result: Result | None = None):
    return Exchange(number, leg, NONE, act, sent, REQUEST, status, sent + 40, result)


def story(entries: list[tuple[int, Trace]], exchanges: list[Exchange], legs: list[Told], **more) -> Story:
    sources = {"flows/consult.flow": Source("flows/consult.flow", TEXT)}
    made = Story(
        PLAN, tuple(Entry(at, trace) for at, trace in entries), tuple(exchanges), tuple(legs), 0, sources,
        "flows/consult.flow", 1,
    )  # fmt: skip
    return made._replace(**more)


BEGIN = [
    (0, Trace("incoming", NONE, 0, ("Robin Doe", "Front desk"))),
    (0, Trace("step", 0, NONE, ("answer",))),
    (0, Trace("request", 0, 0, (1, "answer"))),
    (40, Trace("answered", NONE, 0, (1, 202, "answer"))),
    (180, Trace("state", NONE, 0, ("establishing",))),
    (420, Trace("state", NONE, 0, ("established",))),
    (420, Trace("handler", NONE, NONE, ("answered", 0))),
    (420, Trace("step", 1, NONE, ("consult",))),
    (420, Trace("leg", 1, 1, ("", "Heidi Steen"))),
    (420, Trace("request", 1, 1, (2, "create"))),
    (650, Trace("request", 1, 0, (3, "playPrompt"))),
    (700, Trace("state", 1, 1, ("establishing",))),
    (900, Trace("state", 1, 1, ("ringing",))),
]
CALLS = [
    exchange(1, 0, commands.Answer(), 0),
    exchange(2, 1, commands.CreateCall(HEIDI, 18), 420, 201),
    exchange(3, 0, HOLD, 650, 200),
]
LEGS = [Told(0, "caller", ROBIN), Told(1, "consult", HEIDI)]


def handed_over() -> Story:
    """Heidi takes the call."""
    entries = [
        *BEGIN,
        (6200, Trace("state", 1, 1, ("established",))),
        (6200, Trace("leg-up", 1, 1, ("consult",))),
        (6200, Trace("step", 2, NONE, ("transfer",))),
        (6200, Trace("request", 2, 0, (4, "transfer"))),
        (6600, Trace("state", 2, 0, ("transferring",))),
        (7100, Trace("state", 2, 0, ("transferAccepted",))),
        (8000, Trace("leg-over", 2, 0, (200, 7015, "GracefulTransferCompleted"))),
        (8000, Trace("request", NONE, 1, (5, "delete"))),
        (8060, Trace("leg-over", NONE, 1, (200, 7000, "ended by the application"))),
        (8060, Trace("finished")),
    ]
    exchanges = [
        *CALLS,
        exchange(4, 0, commands.Transfer(HEIDI, "abc"), 6200),
        exchange(5, 1, commands.HangUp(), 8000, 204),
    ]
    return story(entries, exchanges, LEGS)


def busy() -> Story:
    """Heidi is busy; a second leg uses the lane again, and its request is refused."""
    entries = [
        *BEGIN,
        (1300, Trace("leg-over", 1, 1, (486, 0, "busy"))),
        (1300, Trace("failed", 1, NONE, ("consult", 486, 0, "the party is in another call"))),
        (1300, Trace("leg", 1, 2, ("", "Ben Okafor"))),
        (1300, Trace("request", 1, 2, (4, "create"))),
        (1350, Trace("leg-over", 1, 2, (403, 7505, "tenant mismatch"))),
        (1350, Trace("uncaught", 1, NONE, (403, 7505, "tenant mismatch"))),
        (1350, Trace("step", 3, NONE, ("play",))),
        (1350, Trace("log", 3, NONE, ("Größe: nobody 日本 is there",))),
        (1900, Trace("tone", NONE, 0, ("star",))),
        (2000, Trace("request", 3, 0, (5, "transfer"))),
        (2100, Trace("lost", 3, 0, (5, "transfer"))),
        (9000, Trace("leg-over", NONE, 0, (200, 4521, ""))),
    ]
    refused = Result(403, 7505, "tenant mismatch")
    exchanges = [
        *CALLS,
        exchange(4, 2, commands.CreateCall(BEN, 18), 1300, 403, refused),
        exchange(5, 0, commands.Transfer(HEIDI), 2000, 0),
    ]
    return story(entries, exchanges, [*LEGS, Told(2, "consult", BEN)])


def many_legs() -> Story:
    """Ten people ring at once; more than there are lanes for."""
    entries = list(BEGIN[:8])
    exchanges, legs = [CALLS[0]], [LEGS[0]]
    for number in range(1, 11):
        party = Party("user", f"00000000-0000-4000-8000-{number:012d}", name=f"Person {number}")
        entries += [
            (420, Trace("leg", 1, number, ("", party.name))),
            (420, Trace("request", 1, number, (10 + number, "create"))),
        ]
        exchanges.append(exchange(10 + number, number, commands.CreateCall(party, 18), 420, 201))
        legs.append(Told(number, "consult" if number == 9 else "", party))
    entries.append((3000, Trace("state", 1, 9, ("established",))))
    for number in [*range(1, 9), 10]:
        entries.append((3000, Trace("request", 1, number, (30 + number, "delete"))))
        exchanges.append(exchange(30 + number, number, commands.HangUp(), 3000, 204))
    for number in [*range(1, 9), 10]:
        entries.append((3040, Trace("leg-over", 1, number, (200, 7000, "ended by the application"))))
    return story(entries, exchanges, legs)


def called_twice() -> Story:
    """A flow that nobody called: the number is busy, then taken."""
    number = Party("phone", "+12025550199")
    entries = [
        (0, Trace("started", NONE, NONE, ())),
        (0, Trace("step", 1, NONE, ("call",))),
        (0, Trace("leg", 1, 0, ("", number.id))),
        (0, Trace("request", 1, 0, (1, "create"))),
        (3000, Trace("leg-over", 1, 0, (486, 0, "busy"))),
        (3000, Trace("failed", 1, NONE, ("call", 486, 0, "busy"))),
        (5000, Trace("leg", 1, 1, ("", number.id))),
        (5000, Trace("request", 1, 1, (2, "create"))),
        (8000, Trace("state", 1, 1, ("established",))),
        (9000, Trace("leg-over", NONE, 1, (200, 0, ""))),
    ]
    exchanges = [
        exchange(1, 0, commands.CreateCall(number, 18), 0, 201),
        exchange(2, 1, commands.CreateCall(number, 18), 5000, 201),
    ]
    places = (PLAN.places[0], Place(Call(Targets("one", (Const(number),))), NONE, line=7), *PLAN.places[2:])
    made = story(entries, exchanges, [Told(0, "caller", number), Told(1, "caller", number)])
    return made._replace(primary=1, plan=PLAN._replace(places=places))


def waits() -> Story:
    """A step that asks nothing of Graph; a key comes while it runs, and much later the next request leaves."""
    entries = [
        *BEGIN[:6],
        (1000, Trace("step", 3, NONE, ("wait",))),
        (2000, Trace("tone", NONE, 0, ("1",))),
        (6000, Trace("request", 3, 0, (3, "playPrompt"))),
    ]
    return story(entries, CALLS, LEGS[:1])
