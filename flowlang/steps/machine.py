"""What a step can do: the session as a mutable draft while one fact is worked through, frozen once at the end.

A step never sees the engine's loop. It sends requests, sets timers, opens legs, and says `succeed` or `fail`.
"""

from typing import TypeVar

from flowlang.call import state as states
from flowlang.call.commands import Act, CancelMedia, Command, GetCall, HangUp, Play, Prompt, Request, SubscribeToTone
from flowlang.call.facts import Milliseconds, Record, Value
from flowlang.call.party import Participant, Party
from flowlang.call.results import Result
from flowlang.call.session import NONE, Kept, Leg, Pending, Session, Timer
from flowlang.call.trace import Trace
from flowlang.plan import Bound, Member, Plan

T = TypeVar("T")

# A named tuple's own constructor costs twice as much; these are made several times for every fact.
_new = tuple.__new__

MEDIA_WORDS = ("playPrompt", "recordResponse")
AUDIBLE_AFTER_MS = 2_000  # the documentation promises no word that audio is ready; two seconds after answering it is
REPEAT_AFTER_MS = 1_000
UNANSWERED_CREATE_MS = 120_000  # longer than the platform lets a phone ring
MAX_LEGS = 200  # a hunt through a group of 100, tried twice
TONES_REMEMBERED = 8


class Machine:
    """The draft. Attributes are the session's; see `Session`. `outcome`: what the running step came to in this fact."""

    __slots__ = (
        "attempt",
        "by_hand",
        "called",
        "caller",
        "chain_id",
        "commands",
        "counters",
        "digest",
        "direction",
        "end",
        "events",
        "handler",
        "id",
        "in_net",
        "jump",
        "kept",
        "kind",
        "legs",
        "music",
        "next_number",
        "now_ms",
        "open_hours",
        "outcome",
        "participant",
        "participant_id",
        "pending",
        "place",
        "plan",
        "primary",
        "result",
        "roster",
        "roster_sequence",
        "run",
        "stage",
        "tenant_id",
        "timers",
        "tone",
        "trace",
        "tried",
        "variables",
        "version",
        "visit",
        "waiting",
    )

    def __init__(self, plan: Plan, session: Session, at_ms: int, open_hours: frozenset[str]) -> None:
        self.plan = plan
        self.now_ms = at_ms
        self.open_hours = open_hours
        self.commands: list[Command] = []
        self.trace: list[Trace] = []
        self.events: list[Kept] = []
        self.outcome: Result | bool | None = None
        self.jump = NONE  # where a menu or a retry goes on, instead of the place's own `next`
        (
            self.id,
            self.digest,
            self.version,
            self.kind,
            self.direction,
            self.caller,
            self.called,
            self.tenant_id,
            self.chain_id,
            self.participant_id,
            self.primary,
            self.legs,
            self.stage,
            self.visit,
            self.handler,
            self.place,
            self.run,
            self.waiting,
            self.result,
            self.attempt,
            self.tone,
            self.participant,
            self.counters,
            self.tried,
            self.variables,
            self.timers,
            self.pending,
            self.kept,
            self.roster,
            self.roster_sequence,
            self.music,
            self.next_number,
            self.end,
            self.in_net,
            self.by_hand,
        ) = session

    def freeze(self) -> Session:
        """The session as it now is."""
        return tuple.__new__(
            Session,
            (
                self.id,
                self.digest,
                self.version,
                self.kind,
                self.direction,
                self.caller,
                self.called,
                self.tenant_id,
                self.chain_id,
                self.participant_id,
                self.primary,
                self.legs,
                self.stage,
                self.visit,
                self.handler,
                self.place,
                self.run,
                self.waiting,
                self.result,
                self.attempt,
                self.tone,
                self.participant,
                self.counters,
                self.tried,
                self.variables,
                self.timers,
                self.pending,
                self.kept,
                self.roster,
                self.roster_sequence,
                self.music,
                self.next_number,
                self.end,
                self.in_net,
                self.by_hand,
            ),
        )

    # ------------------------------------------------------------ small things

    def say(self, code: str, leg: int = NONE, *facts: str | int) -> None:
        """One line of the trace, at the place where the activity stands."""
        self.trace.append(_new(Trace, (code, self.place, leg, facts)))

    def number(self) -> int:
        """The next number for a request, timer or run."""
        number = self.next_number
        self.next_number = number + 1
        return number

    def here(self, kind: type[T]) -> T:
        """The step that runs, which is of that kind."""
        step = self.plan.places[self.place].step
        assert isinstance(step, kind)
        return step

    def state(self, kind: type[T]) -> T:
        """What the running step keeps while it waits."""
        waiting = self.waiting
        assert isinstance(waiting, kind)
        return waiting

    def succeed(self) -> None:
        """The running step did what it says."""
        self.outcome = True

    def fail(self, result: Result) -> None:
        """The running step failed; what catches it is the engine's work."""
        self.outcome = result

    def bound_ms(self, bound: Bound, default_ms: int) -> int:
        """A step's bound in milliseconds: as written, from a setting or a service's answer, or the default."""
        if isinstance(bound, int):
            return default_ms if bound == NONE else bound
        value = self.variables[bound.number]
        for field in bound.fields if isinstance(bound, Member) else ():
            members = value.members if isinstance(value, Record) else ()
            value = next((inner for name, inner in members if name == field), None)
        if isinstance(value, Milliseconds):
            return value.ms
        self.say("unset", -1, bound.name)
        return default_ms

    # ------------------------------------------------------------ timers

    def timer(self, kind: str, in_ms: int, ref: int) -> None:
        """Set a timer. `ref` is the run, the leg or the handler that it belongs to."""
        number = self.next_number
        self.next_number = number + 1
        self.timers += (_new(Timer, (number, self.now_ms + in_ms, kind, ref)),)

    def drop_timers(self, kind: str, ref: int) -> None:
        """Cancel the timers of that kind and owner."""
        if self.timers:
            self.timers = tuple([t for t in self.timers if t.kind != kind or t.ref != ref])

    def has_timer(self, kind: str, ref: int) -> bool:
        return any(t.kind == kind and t.ref == ref for t in self.timers)

    # ------------------------------------------------------------ requests

    def request(self, leg: int, act: Act, word: str, run: int = 0, tries: int = 0) -> int:
        """Send a request about a leg; `run` says which run of a step hears the answer (0: housekeeping)."""
        number = self.next_number
        self.next_number = number + 1
        self.commands.append(_new(Request, (number, leg, self.legs[leg].call_id, act)))
        self.pending += (_new(Pending, (number, leg, word, run, "", False, tries)),)
        self.trace.append(_new(Trace, ("request", self.place, leg, (number, word))))
        return number

    def forget(self, number: int) -> None:
        """What comes of that request is of no interest any more."""
        self.pending = tuple([p for p in self.pending if p.number != number])

    def replace_pending(self, new: Pending) -> None:
        self.pending = tuple([new if p.number == new.number else p for p in self.pending])

    def ask_graph(self, leg: int, run: int, tries: int = 0) -> None:
        """Ask how a call stands, rather than guess."""
        self.say("asks", leg)
        self.request(leg, GetCall(), "get", run, tries)

    # ------------------------------------------------------------ legs

    def set_leg(self, leg: Leg) -> None:
        legs = self.legs
        if len(legs) == 1:
            self.legs = (leg,)
        else:
            number = leg.number
            self.legs = (*legs[:number], leg, *legs[number + 1 :])

    def new_leg(self, name: str, party: Party | None, holder: int) -> Leg:
        """A leg that is about to be created, held by the run of a step."""
        leg = Leg(len(self.legs), name, "", states.CREATING, party, holder=holder)
        self.legs += (leg,)
        self.say("leg", leg.number, name, (party.name or party.id) if party else "")
        return leg

    def named(self, name: str) -> Leg | None:
        """The leg of that name: the newest, or None when there never was one."""
        for leg in reversed(self.legs):
            if leg.name == name and leg.number != self.primary:
                return leg
        return None

    def usable(self, name: str) -> Leg | None:
        """The leg of that name, if it is up and nobody has hung it up."""
        leg = self.named(name)
        return leg if leg is not None and leg.is_up and not leg.is_over and not leg.is_unwanted else None

    def release(self, leg: Leg) -> None:
        """Hang up a leg; one whose call id is not known yet is hung up as soon as it is (B19)."""
        if leg.is_over or leg.is_unwanted:
            return
        self.say("leg-let-go", leg.number, leg.name)
        self.set_leg(leg._replace(is_unwanted=True, holder=0))
        if leg.call_id:
            self.request(leg.number, HangUp(), "delete")
        else:
            self.timer("create", UNANSWERED_CREATE_MS, leg.number)

    def primary_leg(self) -> Leg | None:
        return self.legs[self.primary] if self.primary >= 0 else None

    # ------------------------------------------------------------ sound

    def silence(self, leg: int) -> None:
        """Cancel what we play or record on a leg, before speaking there or when its step is cancelled (B2)."""
        if self.music[1] and leg == self.primary:
            self.music = (self.music[0], 0)
        left = tuple([p for p in self.pending if p.leg != leg or p.word not in MEDIA_WORDS])
        if len(left) != len(self.pending):
            self.pending = left
            if not self.legs[leg].is_over and self.end == 0:  # at the end every leg is hung up anyway
                self.request(leg, CancelMedia(str(self.next_number)), "cancelMediaProcessing")

    def play(self, leg: int, prompts: tuple[Prompt, ...], *, loop: bool, run: int) -> int:
        """Play on a leg; the answer and the end of the operation come to `run`."""
        return self.request(leg, Play(prompts, str(self.next_number), loop), "playPrompt", run)

    def subscribe(self, leg: Leg) -> None:
        """Ask for the keys of a leg, once."""
        if leg.keys == 0 and not leg.is_over:
            self.set_leg(leg._replace(keys=1))
            self.request(leg.number, SubscribeToTone(str(self.next_number)), "subscribeToTone")

    def start_music(self, prompt: str) -> None:
        """Music for the caller behind the steps that follow; it begins as soon as there is sound (A11)."""
        self.music = (prompt, 0)

    def stop_music(self) -> None:
        """A step speaks to the caller now: the music is over for good."""
        if self.music[0]:
            if self.music[1]:
                self.silence(self.primary)
            self.music = ("", 0)
            self.say("music-off", self.primary)

    # ------------------------------------------------------------ values

    def set_variable(self, number: int, value: Value) -> None:
        variables = self.variables
        self.variables = (*variables[:number], value, *variables[number + 1 :])

    def in_roster(self, party: Party) -> Participant | None:
        """The participant who is that party, by kind and id; by name where the flow knows only a name."""
        for one in self.roster or ():
            if one.party.is_same(party):
                return one
        return None
