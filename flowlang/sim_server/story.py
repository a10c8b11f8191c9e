"""What happened in each call, in lines: requests, notifications and how they were answered, what people did.

Legs that were made for a call are told with it.
"""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from flowlang.sim_server.people import Placed
from flowlang.simulator.errors import message_of
from flowlang.simulator.values import CallView, Json

MOST_LINES: Final = 500
MOST_CALLS: Final = 20_000
Kind = Literal["request", "notification", "person"]
Word = Literal[
    "transferred", "rejected", "redirected", "hung up", "caller hung up", "not answered", "not taken", "lost", "ended"
]
NOT_DONE: Final = ("not answered", "not taken", "lost")
"""The application did not do its part."""
_TRANSFERRED: Final = 7015
_BY_RESULT: Final[dict[tuple[int, int], tuple[Word, str]]] = {
    (408, 8587): ("not answered", "the application did not answer it in time"),
    (408, 8586): ("not taken", "the webhook did not take the notification of it"),
    (408, 8537): ("lost", "the application sent no keepAlive"),
}
_BY_ACT: Final[dict[str, tuple[Word, str]]] = {
    "transfer": ("transferred", "the caller was handed over"),
    "reject": ("rejected", "the application rejected it"),
    "redirect": ("redirected", "the application redirected it"),
    "delete": ("hung up", "the application hung up"),
    "hang up": ("caller hung up", "the caller hung up"),
}
ENDING_ACTS: Final = tuple(_BY_ACT)


class Line(NamedTuple):
    """number: from 1, for the whole family of calls. at_ms: milliseconds since 1970 (UTC). status: HTTP, 0 where there
    is none. trouble: why it is nothing that should be; empty where all is well. body: of a request."""

    at_ms: int
    call_id: str
    kind: Kind
    text: str
    status: int = 0
    trouble: str = ""
    number: int = 0
    body: bytes = b""


class Ending(NamedTuple):
    """How a call ended. code, subcode: of its resultInfo, 0 where it had none."""

    word: Word
    text: str
    code: int = 0
    subcode: int = 0


class Family:
    """A call, and the legs that were made for it. root: the call that came in, or the one that was made first.

    last_act: by call, the last thing that somebody did to end it. heard_end: calls whose last notification went out.
    """

    def __init__(self, root: str, placed: Placed | None = None, caller: str = "", called: str = "") -> None:
        self.root, self.placed, self.caller, self.called = root, placed, caller, called
        self.legs: list[str] = [root]
        self.last_act: dict[str, str] = {}
        self.heard_end: set[str] = set()
        self.lines: list[Line] = []
        self.count = 0
        self.chain_id = ""

    def add(self, line: Line) -> None:
        """One line; its number is given here."""
        self.count += 1
        self.lines.append(line._replace(number=self.count))
        if len(self.lines) > MOST_LINES:
            del self.lines[: MOST_LINES // 5]

    def after(self, number: int) -> list[Line]:
        """Lines after that one."""
        return [line for line in self.lines if line.number > number]


class Stories:
    """The families of calls, the latest last; the oldest are forgotten."""

    def __init__(self) -> None:
        self._families: OrderedDict[str, Family] = OrderedDict()
        self._root: dict[str, str] = {}
        self._root_of_chain: dict[str, str] = {}

    def begin(self, family: Family, chain_id: str) -> Family:
        """A call is known from now on. chain_id: requests that say so are about it."""
        self._families[family.root] = family
        self._root[family.root] = family.root
        self._root_of_chain[chain_id.lower()] = family.root
        family.chain_id = chain_id.lower()
        if len(self._families) > MOST_CALLS:
            _, old = self._families.popitem(last=False)
            self._root_of_chain.pop(old.chain_id, None)
            for leg in old.legs:
                self._root.pop(leg, None)
        return family

    def join(self, call_id: str, family: Family) -> None:
        """A leg was made for a call."""
        family.legs.append(call_id)
        self._root[call_id] = family.root

    def of_chain(self, chain_id: str) -> Family | None:
        return self._families.get(self._root_of_chain.get(chain_id.lower(), ""))

    def latest(self) -> Iterator[Family]:
        """The latest first."""
        return reversed(self._families.values())

    def of(self, call_id: str) -> Family | None:
        return self._families.get(self._root.get(call_id, ""))


def told(items: list[Json]) -> str:
    """A notification in a few words, whatever its spelling: `established`, `playPrompt completed`, `tone1`."""
    return ", ".join([_item(item) for item in items])


def _item(item: Json) -> str:
    place = str(item.get("resourceUrl") or item.get("resource") or "").strip("/").split("/")
    data = item.get("resourceData")
    if place[-1] == "participants":
        return f"roster of {len(data) if isinstance(data, list) else 0}"
    if not isinstance(data, dict):
        return str(item.get("changeType", "news"))
    result = _result(data.get("resultInfo"))
    if "operations" in place:
        kind = str(data.get("@odata.type", "operation")).rpartition(".")[2].removesuffix("Operation")
        return f"{kind} {str(data.get('status', '')).lower()}{result}"
    tone = data.get("toneInfo")
    if isinstance(tone, dict):
        return str(tone.get("tone", "tone"))
    state = str(data.get("state", "gone"))
    sound = data.get("mediaState")
    if isinstance(sound, dict):
        return f"sound {str(sound.get('audio', '')).lower()}"
    reason = data.get("terminationReason")
    return f"{state[:1].lower()}{state[1:]}{result}{f' {reason}' if reason else ''}"


def _result(info: object) -> str:
    if not isinstance(info, dict):
        return ""
    return f" {info.get('code', 0)}/{info.get('subcode', info.get('subCode', 0))}"


def ending(view: CallView, last_act: str) -> Ending | None:
    """How a call ended; None while it is up."""
    if view.state != "ended":
        return None
    code, subcode = view.result or (0, 0)
    if subcode == _TRANSFERRED:
        return Ending(*_BY_ACT["transfer"], code, subcode)
    if (code, subcode) in _BY_RESULT:
        return Ending(*_BY_RESULT[code, subcode], code, subcode)
    is_told = view.result is None or code < 400 or last_act == "hang up"
    if last_act in _BY_ACT and is_told and (last_act != "transfer" or view.result is None):
        return Ending(*_BY_ACT[last_act], code, subcode)
    return Ending("ended", message_of(code, subcode), code, subcode)
