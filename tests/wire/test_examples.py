"""The five examples of Graph's call: transfer page: the flow's request is the page's, its notifications have the
right effect."""

import json
from pathlib import Path
from typing import Any

import pytest

from flowlang.analysis.load import load
from flowlang.call.commands import Request, Transfer
from flowlang.call.facts import CallUpdated, Fact, Incoming, RequestAnswered, RosterUpdated
from flowlang.call.party import Participant, Party
from flowlang.call.session import Session
from flowlang.call.trace import Trace
from flowlang.compiler import compile_flow
from flowlang.engine.step import is_finished, new_session, step
from flowlang.plan import Plan
from flowlang.source import Source
from flowlang.wire.decode import decode_notification
from flowlang.wire.encode import Site, encode

ROOT = Path(__file__).parents[2]
PAGE = Path(__file__).parent / "payloads" / "transfer"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
PRIMARY, CONSULT = "341a0500-d4bf-4224-8b19-1581168d328b", "e5d39592-99bd-4db8-bca8-30fb894ec51d"
SITE = Site("https://bot.example/callback", "s1", resource_account_id="6b1d2d22-0000-4000-8000-000000000001")
MOVED = Participant(
    "909c6581-5130-43e9-88f3-fcb3582cde37", Party("user", "751f6800-3180-414d-bd94-333364659951", TENANT)
)
EXAMPLES = {
    "1-blind": "transfer_blind_user.flow",
    "2-consultative": "transfer_consultative_user.flow",
    "3-pstn": "transfer_blind_phone.flow",
    "4-consultative-pstn": "transfer_consultative_phone.flow",
    "5-group": "transfer_group_participant.flow",
}


def without_types(value: Any) -> Any:
    """Without `@odata.type`, which the page writes in some examples and leaves out in others."""
    if isinstance(value, dict):
        return {name: without_types(inner) for name, inner in value.items() if name != "@odata.type"}
    return [without_types(inner) for inner in value] if isinstance(value, list) else value


class Play:
    """Plays an example up to its transfer; then notifications are given as the page's bytes."""

    def __init__(self, example: str) -> None:
        path = ROOT / "flows" / EXAMPLES[example]
        model = load(Source(path.as_posix(), path.read_text(encoding="utf-8")), lambda p: Path(p).read_bytes())
        assert not model.diagnostics
        self.plan: Plan = compile_flow(model)
        self.session: Session = new_session("s1", "d", self.plan)
        self.requests: list[Request] = []
        self.trace: list[Trace] = []
        self.example = example
        kind = "group" if example == "5-group" else "peer"
        self.give(Incoming(1, PRIMARY, MOVED.party, Party("bot", "b"), kind, TENANT))  # type: ignore[arg-type]
        self.give(CallUpdated(2, 0, PRIMARY, "established"))
        self.give(CallUpdated(3, 0, PRIMARY, "established", audio="active"))
        if kind == "group":
            self.give(RosterUpdated(4, 0, PRIMARY, (MOVED,)))
        for request in self.requests:
            if request.leg == 1:
                self.give(RequestAnswered(5, request.number, 201, call_id=CONSULT))
        if len(self.session.legs) > 1:
            self.give(CallUpdated(6, 1, CONSULT, "established"))
        self.transfers = [request for request in self.requests if isinstance(request.act, Transfer)]

    def give(self, fact: Fact) -> None:
        stepped = step(self.plan, self.session, fact)
        self.session = stepped.session
        self.requests += [command for command in stepped.commands if isinstance(command, Request)]
        self.trace += stepped.trace

    def notify(self, name: str) -> None:
        for fact in decode_notification((PAGE / f"{self.example}.{name}.json").read_bytes(), 10):
            self.give(fact)

    def said(self, code: str, *wanted: object) -> bool:
        return any(t.code == code and all(one in t.facts for one in wanted) for t in self.trace)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_request_is_the_page_s(example: str) -> None:
    (transfer,) = Play(example).transfers
    sent = encode(transfer, SITE)
    assert (sent.method, sent.path) == ("POST", f"/beta/communications/calls/{PRIMARY}/transfer")
    wanted = json.loads((PAGE / f"{example}.request.json").read_bytes())
    assert without_types(json.loads(sent.body)) == without_types(wanted)


@pytest.mark.parametrize("example", EXAMPLES)
def test_completed(example: str) -> None:
    play = Play(example)
    for name in ("transferring", "accepted", "completed"):
        play.notify(name)
    assert play.said("state", "transferring")
    assert play.said("state", "transferAccepted")
    assert play.said("done", "transfer")
    assert not play.said("failed")
    for request in play.requests:
        play.give(RequestAnswered(11, request.number, 204))
    assert is_finished(play.session)


@pytest.mark.parametrize("example", EXAMPLES)
def test_failed(example: str) -> None:
    play = Play(example)
    before = len(play.requests)
    for name in ("transferring", "accepted", "failed"):
        play.notify(name)
    subcode = 7700 if "consultative" in example else 7000
    assert play.said("failed", "transfer", 500, subcode)
    assert play.said("arm")
    assert not play.said("safety-net")
    play.give(CallUpdated(12, 0, PRIMARY, "established", audio="active"))
    assert len(play.requests) > before or play.session.place >= 0
    assert not is_finished(play.session)
