"""A test bed for the engine: a flow as text, a script of what arrives, and beside each line the commands it causes.

    incoming                 -> answer
    established              ->
    audio                    -> playPrompt
    tone 1                   -> cancelMediaProcessing, transfer

The left side is one fact, in the words of `fact_of`; the right side the commands in order, by Graph's names, with
`/N` for a leg other than the caller's. `*` on the right: whatever comes. Extra lines: `idle`, `runs WORD`,
`trace CODE`, `no trace CODE`, `no timer KIND`, `finished`, `value NAME = TEXT` look at the session and the trace so
far.
"""

from collections.abc import Iterator
from typing import Literal

from flowlang.call import commands, facts
from flowlang.call.commands import Command
from flowlang.call.facts import Fact, Value
from flowlang.call.party import Participant, Party
from flowlang.call.results import Result
from flowlang.call.session import Pending, Session, next_due
from flowlang.call.trace import Trace
from flowlang.engine.index import ready
from flowlang.engine.step import is_finished, new_session, step
from flowlang.plan import Plan
from flowlang.steps import BY_KIND
from flowlang.steps.evaluate import written
from tests.flowtext import plan_of

ALICE = Party("user", "a11ce000-0000-4000-8000-000000000001", "72f988bf-86f1-41af-91ab-2d7cd011db47", "Alice")
BOB = Party("user", "b0b00000-0000-4000-8000-000000000002", "72f988bf-86f1-41af-91ab-2d7cd011db47", "Bob")
CALLER = Party("phone", "+4989123456")
CALLED = Party("resource account", "c0000000-0000-4000-8000-000000000003", ALICE.tenant_id)
PEOPLE = {"alice": Participant("p-alice", ALICE), "bob": Participant("p-bob", BOB), "me": Participant("me", CALLED)}
NAMES: dict[type, str] = {
    commands.Answer: "answer", commands.Reject: "reject", commands.Redirect: "redirect", commands.CreateCall: "create",
    commands.JoinMeeting: "create", commands.Transfer: "transfer", commands.HangUp: "delete", commands.GetCall: "get",
    commands.KeepAlive: "keepAlive", commands.Play: "playPrompt", commands.RecordResponse: "recordResponse",
    commands.SubscribeToTone: "subscribeToTone", commands.CancelMedia: "cancelMediaProcessing", commands.Mute: "mute",
    commands.Unmute: "unmute", commands.Invite: "invite", commands.RemoveParticipant: "remove",
    commands.HoldParticipant: "startHoldMusic", commands.ResumeParticipant: "stopHoldMusic",
    commands.ListParticipants: "participants", commands.GetOperation: "getOperation", commands.AskService: "ask",
    commands.Notify: "notify", commands.StartFlow: "start", commands.FetchRecording: "fetch",
}  # fmt: skip
STATES = {"accepted": "transferAccepted"}


class Bed:
    """Runs a script against a flow and keeps all that came of it."""

    def __init__(self, flow: str | Plan) -> None:
        self.plan = flow if isinstance(flow, Plan) else plan_of(flow)
        self.session: Session = new_session("s1", "digest", self.plan)
        self.at_ms = 1_000_000
        self.commands: list[Command] = []
        self.trace: list[Trace] = []
        self.last: list[Command] = []
        self.open_hours: frozenset[str] = frozenset()

    def give(self, fact: Fact) -> list[Command]:
        """One fact; the commands that it caused."""
        stepped = step(self.plan, self.session, fact)
        self.session = stepped.session
        self.last = list(stepped.commands)
        self.commands += stepped.commands
        self.trace += stepped.trace
        return self.last

    def run(self, script: str) -> "Bed":
        """Work a script through; an AssertionError names the line that went otherwise."""
        for line in script.strip().splitlines():
            text, arrow, expected = line.partition("->")
            words = text.split("#")[0].split()
            if not words:
                continue
            if self._look(words):
                continue
            self.at_ms += 10
            caused = [self.name(c) for c in self.give(self.fact_of(words))]
            wanted = [w.strip() for w in expected.split(",") if w.strip()]
            assert arrow, f"no arrow in {line!r}"
            assert wanted == ["*"] or caused == wanted, f"{text.strip()} -> {', '.join(caused)}, not {expected.strip()}"
        return self

    def name(self, command: Command) -> str:
        if isinstance(command, commands.Request):
            word = NAMES[type(command.act)]
            return word if command.leg == max(self.session.primary, 0) else f"{word}/{command.leg}"
        return NAMES[type(command)]

    # ------------------------------------------------------------ looking

    def _look(self, words: list[str]) -> bool:
        match words:
            case ["idle"]:
                assert self.session.place < 0, f"stands at {ready(self.plan).places[self.session.place]}"
            case ["runs", *word]:
                assert self.session.place >= 0, "nothing runs"
                assert BY_KIND[type(ready(self.plan).places[self.session.place].step)].word == " ".join(word)
            case ["finished"]:
                assert is_finished(self.session), self.session
            case ["unfinished"]:
                assert not is_finished(self.session)
            case ["trace", code, *facts_]:
                wanted = f" {' '.join(facts_)} " if facts_ else " "
                found = [t for t in self.trace if t.code == code]
                said = [f" {' '.join(map(str, t.facts))} " for t in found]
                by_fact = any(all(f in map(str, t.facts) for f in facts_) for t in found)
                assert by_fact or any(wanted in text for text in said), self.codes()
            case ["no", "trace", code, *facts_]:
                assert not any(t.code == code and all(f in map(str, t.facts) for f in facts_) for t in self.trace)
            case ["value", name, "=", *text]:
                number = next(i for i, v in enumerate(self.plan.variables) if v.name == name)
                assert written(self.session.variables[number]) == " ".join(text)
            case ["next", kind]:
                timer = next_due(self.session)
                assert timer is not None
                assert timer.kind == kind, self.session.timers
            case ["next", kind, "in", seconds]:
                timer = next_due(self.session)
                assert timer is not None
                assert timer.kind == kind, self.session.timers
                left_ms = timer.due_ms - self.at_ms
                assert round(left_ms / 1000) == int(seconds.removesuffix("s")), left_ms
            case ["no", "timer", kind]:
                assert not any(t.kind == kind for t in self.session.timers), self.session.timers
            case ["open", *names]:
                self.open_hours = frozenset(names)
            case ["log", *text]:
                logs = [str(t.facts[0]) for t in self.trace if t.code == "log"]
                assert " ".join(text) in logs, logs
            case ["no", "log", *text]:
                assert " ".join(text) not in [str(t.facts[0]) for t in self.trace if t.code == "log"]
            case _:
                return False
        return True

    def codes(self) -> list[str]:
        return [" ".join([t.code, *map(str, t.facts)]) for t in self.trace]

    # ------------------------------------------------------------ facts

    def fact_of(self, words: list[str]) -> Fact:
        at, hours = self.at_ms, self.open_hours
        leg = max(self.session.primary, 0)
        if words[0].startswith("leg"):
            leg, words = int(words[0][3:]), words[1:]
        call_id = f"call-{leg}"
        match words:
            case ["incoming", *rest]:
                group: Literal["peer", "group"] = "group" if "group" in rest else "peer"
                caller = Party("anonymous", "") if "anonymous" in rest else ALICE if "alice" in rest else CALLER
                return facts.Incoming(at, "call-0", caller, CALLED, group, ALICE.tenant_id, "chain", "me", hours)
            case ["started", *pairs]:
                values = tuple((p.split("=")[0], p.split("=")[1]) for p in pairs)
                return facts.Started(at, values, "chain", hours)
            case ["unheard"]:
                return facts.Unheard(at, hours)
            case ["resumes", seconds, *unsent]:
                self.at_ms += int(seconds.removesuffix("s")) * 1_000
                paused_ms = self.at_ms - at
                numbers = tuple([self._pending(word).number for word in unsent])
                return facts.Resumed(self.at_ms, paused_ms, numbers, hours)
            case ["over"]:
                return facts.CallUpdated(at, leg, call_id, "terminated", is_over=True, open_hours=hours)
            case ["over", "transferred"]:
                return facts.CallUpdated(at, leg, call_id, "terminated", None, "AppTransferred", True, open_hours=hours)
            case ["over", codes]:
                return facts.CallUpdated(at, leg, call_id, "terminated", _result(codes), "", True, open_hours=hours)
            case ["failed", codes]:
                return facts.CallUpdated(at, leg, call_id, "established", _result(codes), open_hours=hours)
            case ["audio"]:
                return facts.CallUpdated(at, leg, call_id, "established", audio="active", open_hours=hours)
            case ["tone", key]:
                return self._tone(leg, key, 0)
            case ["tone", key, sequence]:
                return self._tone(leg, key, int(sequence))
            case ["roster", *names]:
                roster_sequence = int(names.pop(0)) if names and names[0].isdecimal() else 0
                people = tuple(PEOPLE[name] for name in names)
                return facts.RosterUpdated(at, leg, call_id, people, roster_sequence, hours)
            case ["due", kind]:
                return self._due(kind)
            case ["op", word, status, *codes]:
                return self._operation(word, status, codes)
            case ["service", "ok", *pairs]:
                return facts.ServiceAnswered(at, self._number("ask"), True, tuple(_members(pairs)), None, hours)
            case ["service", *codes]:
                result = _result(codes[0]) if codes else None
                return facts.ServiceAnswered(at, self._number("ask"), False, (), result, hours)
            case ["flow", word]:
                return facts.FlowStarted(at, self._number("start"), word == "ok", hours)
            case ["answers", word, *rest]:
                return self._answer(word, rest)
            case ["operator", "hangs", "up"]:
                return facts.OperatorHungUp(at, "Eve", hours)
            case ["operator", "transfers", who]:
                target = PEOPLE[who].party if who in PEOPLE else Party("phone", who)
                return facts.OperatorTransferred(at, target, "Eve", hours)
            case ["ignored", "after", seconds]:
                self.at_ms += int(seconds.removesuffix("s")) * 1_000
                return facts.Ignored(self.at_ms, "something late")
            case ["ignored"]:
                return facts.Ignored(at, "a content sharing session", hours)
            case [state]:
                return facts.CallUpdated(at, leg, call_id, STATES.get(state, state), open_hours=hours)
        raise AssertionError(f"no such line: {words}")

    def _tone(self, leg: int, key: str, sequence: int) -> Fact:
        return facts.CallUpdated(
            self.at_ms, leg, f"call-{leg}", "established", tone=key, tone_sequence=sequence, open_hours=self.open_hours
        )

    def _due(self, kind: str) -> Fact:
        timers = sorted((t for t in self.session.timers if t.kind == kind), key=lambda t: (t.due_ms, t.number))
        assert timers, f"no timer {kind}: {self.session.timers}"
        self.at_ms = max(self.at_ms, timers[0].due_ms)
        return facts.TimerFired(self.at_ms, timers[0].number, self.open_hours)

    def _number(self, word: str) -> int:
        return next(c.number for c in reversed(self.commands) if NAMES.get(type(c)) == word)

    def _pending(self, word: str) -> Pending:
        word, _, leg = word.partition("/")
        found = [p for p in self.session.pending if p.word == word and (not leg or p.leg == int(leg))]
        assert found, f"no {word} is pending: {self.session.pending}"
        return found[-1]

    def _operation(self, word: str, status: str, codes: list[str]) -> Fact:
        pending = self._pending(word)
        return facts.OperationUpdated(
            self.at_ms, pending.leg, f"call-{pending.leg}", f"op-{pending.number}", str(pending.number), status,
            _result(codes[0]) if codes else None, self.open_hours,
        )  # fmt: skip

    def _answer(self, word: str, rest: list[str]) -> Fact:
        pending = self._pending(word)
        at, number, hours = self.at_ms, pending.number, self.open_hours
        call_id = f"call-{pending.leg}"
        match rest:
            case ["lost"]:
                return facts.RequestAnswered(at, number, 0, open_hours=hours)
            case ["running"]:
                return facts.RequestAnswered(
                    at, number, 200, operation_id=f"op-{number}", operation_status="running", open_hours=hours
                )
            case ["completed"]:
                return facts.RequestAnswered(
                    at, number, 200, operation_id=f"op-{number}", operation_status="completed", open_hours=hours
                )
            case ["roster", *names]:
                people = tuple(PEOPLE[name] for name in names)
                return facts.RequestAnswered(at, number, 200, participants=people, open_hours=hours)
            case [status] if status.isdecimal():
                return facts.RequestAnswered(at, number, int(status), call_id=call_id, open_hours=hours)
            case [codes] if "/" in codes:
                result = _result(codes)
                return facts.RequestAnswered(at, number, result.code, result, open_hours=hours)
            case [state, *codes]:
                result_ = _result(codes[0]) if codes else None
                state = STATES.get(state, state)
                return facts.RequestAnswered(at, number, 200, result_, call_id, state, open_hours=hours)
        raise AssertionError(f"no such answer: {rest}")


def _result(codes: str) -> Result:
    code, _, subcode = codes.partition("/")
    return Result(int(code), int(subcode), "as told")


def _members(pairs: list[str]) -> Iterator[tuple[str, Value]]:
    for pair in pairs:
        name, _, text = pair.partition("=")
        value: Value = {"yes": True, "no": False}.get(text, int(text) if text.isdecimal() else text)
        yield name, ALICE if text == "alice" else value
