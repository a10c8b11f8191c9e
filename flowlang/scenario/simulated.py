"""The simulated Graph as the loop wants it: parties as identity sets, outcomes in its words, a token on requests."""

from flowlang.call.party import Party
from flowlang.scenario.codec import CALLBACK, guid_of
from flowlang.scenario.outcomes import How, Wanted
from flowlang.scenario.world import Knobs, World
from flowlang.simulator.errors import WORDS
from flowlang.simulator.graph import SimulatedGraph
from flowlang.simulator.token import bearer
from flowlang.simulator.values import Failed, Json, Outcome, Refused, Rings, Silent
from flowlang.simulator.values import Knobs as GraphKnobs
from flowlang.wire.http import HttpRequest, HttpResponse

APPLICATION_ID = guid_of("the application of simulated calls")
_MEMBERS = {
    "user": "user", "phone": "phone", "resource account": "applicationInstance", "bot": "application",
    "anonymous": "encrypted",
}  # fmt: skip


def identity_set(party: Party, tenant_id: str) -> Json:
    """Graph's identitySet of a party. Somebody who hides the number is `encrypted`, with an id that says nothing."""
    identity: Json = {"id": party.id or guid_of("nobody")}
    if party.kind != "phone":
        identity["tenantId"] = party.tenant_id or tenant_id
    if party.name:
        identity["displayName"] = party.name
    return {_MEMBERS[party.kind]: identity}


def outcome_of(wanted: Wanted | None) -> Outcome | None:
    """The simulator's outcome for what the user wants; None: all goes well."""
    if wanted is None:
        return None
    result = wanted.result
    match wanted.how:
        case How.HTTP:
            code = str(result.subcode) if result.subcode else WORDS.get(result.code, "Error")
            return Refused(result.code, code, result.message)
        case How.NEWS:
            return Failed(result.code, result.subcode, result.message)
        case How.RINGS:
            return Rings()
        case How.SILENCE:
            return Silent()
        case How.SUCCESS | How.NO_KEYS | How.OWN:
            return None


class Simulated:
    """One call on a simulated Graph. `graph` is the simulator itself, for what must hold after the call."""

    __slots__ = ("_bearer", "graph")

    def __init__(self, world: World, seed: int, knobs: Knobs) -> None:
        chosen = knobs.graph or (GraphKnobs.nasty() if knobs.nasty else GraphKnobs.calm())
        # A group call of the real service refuses transfers; here they work unless the user wants otherwise.
        chosen = chosen._replace(takes_group_transfer=True)
        self.graph = SimulatedGraph(seed, knobs.profile, chosen, webhook=CALLBACK)
        self._bearer = bearer(world.tenant_id, APPLICATION_ID)

    def begin(self, world: World) -> str:
        tenant = world.tenant_id
        return self.graph.incoming_call(
            world.at_ms,
            identity_set(world.caller, tenant),
            identity_set(world.called, tenant),
            [identity_set(one, tenant) for one in world.participants if not one.is_same(world.caller)],
            tenant,
            is_group=world.kind == "group",
        )

    def take(self, request: HttpRequest, at_ms: int, wanted: Wanted | None) -> HttpResponse | None:
        signed = request._replace(headers=(*request.headers, ("Authorization", self._bearer)))
        return self.graph.request(signed, at_ms, outcome_of(wanted))

    def next_due_ms(self) -> int | None:
        return self.graph.next_due(with_keep_alive=False)

    def due(self, at_ms: int) -> list[HttpRequest]:
        return [HttpRequest("POST", one.url, one.headers, one.body) for one in self.graph.deliveries(at_ms)]

    def press(self, call_id: str, key: str, at_ms: int) -> None:
        self.graph.press(call_id, key, at_ms)

    def hang_up(self, call_id: str, at_ms: int) -> None:
        self.graph.hang_up(call_id, at_ms)
