"""What all operations share: calls, virtual time, the outbox, chance."""

from collections.abc import Callable
from heapq import heappop, heappush, heapreplace
from itertools import count
from random import Random
from typing import NamedTuple

from flowlang.simulator.calls import AFTER_TRANSFER, ENDED, Call
from flowlang.simulator.notices import Notice, Notices, result_info
from flowlang.simulator.outbox import Outbox
from flowlang.simulator.token import Token
from flowlang.simulator.values import (
    Failed,
    Fetch,
    Headers,
    Json,
    Knobs,
    Outcome,
    Profile,
    Recording,
    Rings,
    Silent,
    Success,
)

KEEP_ALIVE_MS = 45 * 60_000
ANSWER_WINDOW_MS = 15_000


class Reply(NamedTuple):
    status: int
    body: Json | None = None
    headers: Headers = ()


class Ask(NamedTuple):
    """A request that passed the checks that all share. outcome: never a refusal, those are answered before."""

    now_ms: int
    version: str
    operation: str
    part: str
    token: Token
    body: Json
    outcome: Outcome

    def final_ms(self, usual_ms: int) -> int:
        """When the final word comes."""
        wanted = self.outcome.after_ms if isinstance(self.outcome, Success | Failed) else -1
        return self.now_ms + (wanted if wanted >= 0 else usual_ms)

    @property
    def failure(self) -> tuple[int, int, str] | None:
        match self.outcome:
            case Failed():
                return self.outcome.code, self.outcome.subcode, self.outcome.message
            case _:
                return None

    @property
    def is_silent(self) -> bool:
        return isinstance(self.outcome, Silent)

    @property
    def rings(self) -> bool:
        return isinstance(self.outcome, Rings)


class Core:
    """Graph's state. `replacing`: by the id of a leg, the calls whose transfer is to replace it. `fetches`: prompts
    that somebody outside has to get. `url`: of Graph, and `recordings_url`: both without a slash at the end."""

    def __init__(self, seed: int, profile: Profile, knobs: Knobs) -> None:
        self.profile: Profile = profile
        self.knobs = knobs
        self.random = Random(seed)
        self.notices = Notices(profile)
        self.outbox = Outbox(self.random, knobs)
        self.calls: dict[str, Call] = {}
        self.replacing: dict[str, list[Call]] = {}
        self.fetches: list[Fetch] = []
        self.recordings: dict[str, Recording] = {}
        self.url = "https://graph.microsoft.com"
        self.recordings_url = "https://file.location"
        self._alive: list[tuple[int, int, Call]] = []
        self._timeline: list[tuple[int, int, Callable[[int], None], Callable[[], bool]]] = []
        self._order = count()

    # ------------------------------------------------------------ time

    def later(self, at_ms: int, act: Callable[[int], None], matters: Callable[[], bool] = lambda: True) -> None:
        """Do something then; it is given the time. Once it no longer matters, nothing is due."""
        heappush(self._timeline, (at_ms, next(self._order), act, matters))

    def next_ms(self) -> int | None:
        while self._timeline and not self._timeline[0][3]():
            heappop(self._timeline)
        return self._timeline[0][0] if self._timeline else None

    def advance(self, now_ms: int) -> None:
        """Do all that is due up to now, in the order of time."""
        while True:
            due_ms = self.next_ms()
            alive_ms = self.next_keep_alive_ms()
            if alive_ms is not None and alive_ms <= now_ms and (due_ms is None or alive_ms <= due_ms):
                self._expire(alive_ms)
            elif due_ms is not None and due_ms <= now_ms:
                at_ms, _, act, _ = heappop(self._timeline)
                act(at_ms)
            else:
                return

    def next_keep_alive_ms(self) -> int | None:
        """When the first call ends for want of a keepAlive."""
        while self._alive:
            at_ms, order, call = self._alive[0]
            due_ms = call.alive_ms + KEEP_ALIVE_MS
            if call.is_over:
                heappop(self._alive)
            elif due_ms != at_ms:  # it was kept alive since
                heapreplace(self._alive, (due_ms, order, call))
            else:
                return at_ms
        return None

    def _expire(self, at_ms: int) -> None:
        """The first call is due: it ends. One that nobody took yet has ended long before, by itself."""
        _, _, call = heappop(self._alive)
        if call.is_taken:
            self.end(call, at_ms, 408, 8537)

    # ------------------------------------------------------------ calls

    def begin(self, call: Call) -> None:
        """The call is known from now on."""
        self.calls[call.id.lower()] = call
        call.began_ms = call.alive_ms
        heappush(self._alive, (call.alive_ms + KEEP_ALIVE_MS, next(self._order), call))

    def new_id(self) -> str:
        """A GUID of version 4."""
        digits = f"{self.random.getrandbits(128):032x}"
        variant = "89ab"[int(digits[16], 16) % 4]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"

    def send(self, notice: Notice, now_ms: int) -> None:
        self.outbox.send(notice, now_ms)

    def end(self, call: Call, now_ms: int, code: int, subcode: int, message: str = "") -> None:
        """The call is over, and its last notification says why."""
        self.close(call, now_ms, self.notices.terminated(call, code, subcode, message), (code, subcode))

    def close(self, call: Call, now_ms: int, last: Notice, result: tuple[int, int] | None) -> None:
        """The call is over with this last notification. A transfer that was to replace it fails."""
        if call.is_over:
            return
        call.state, call.audio, call.result, call.replaces = ENDED, "inactive", result, ""
        call.queue.clear()
        self.send(last, now_ms)
        for other in self.replacing.pop(call.id, ()):
            if other.replaces == call.id and other.state in AFTER_TRANSFER:
                self.transfer_failed(other, now_ms, 500, 7700)

    def transfer_failed(self, call: Call, now_ms: int, code: int, subcode: int, message: str = "") -> None:
        """Back to established: the application still has the call."""
        with_context = bool(call.replaces) and "phone" not in call.peer_of_replaced
        call.state, call.replaces = "established", ""
        call.transfer += 1
        more: Json = {"resultInfo": result_info(code, subcode, message, self.profile, is_transfer=True)}
        if with_context and subcode == 7700:
            more["replacesContext"] = "<replacesContext>"
        self.send(self.notices.call(call, "established", more), now_ms)
        self.audio(call, now_ms, is_active=True)

    def audio(self, call: Call, now_ms: int, *, is_active: bool) -> None:
        """Sound comes or goes. Only the live profile tells."""
        wanted = "active" if is_active else "inactive"
        if call.is_over or call.audio == wanted:
            return
        call.audio = wanted
        if self.profile == "live":
            self.send(self.notices.audio(call), now_ms)

    def establish(self, call: Call, now_ms: int) -> None:
        """The call is up. Live, several more notifications say `established` again."""
        call.state = "established"
        self.send(self.notices.call(call, "established", self._direction(call)), now_ms)
        if self.profile == "docs":
            call.audio = "active"
        else:
            self.audio(call, now_ms, is_active=True)
            self.later(now_ms + 150, lambda at_ms: self._chatter(call, at_ms))
        if call.kind == "group":
            self.send(self.notices.roster(call), now_ms)

    def _direction(self, call: Call) -> Json:
        return {"direction": call.direction} if self.profile == "live" else {}

    def _chatter(self, call: Call, now_ms: int) -> None:
        """Seen live a moment after a call came up: the level again, with a chat."""
        if call.state != "established" or self.profile == "docs":
            return
        thread = f"19:{call.chain_id}@thread.v2"
        chat = {"@odata.type": "#microsoft.graph.chatInfo", "threadId": thread, "messageId": "0"}
        self.send(self.notices.call(call, "established", {"chatInfo": chat}), now_ms)
