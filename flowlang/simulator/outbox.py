"""Notifications on their way to a callback address: in order and whole when calm, else as the knobs say."""

import json
from heapq import heappop, heappush
from itertools import count
from random import Random

from flowlang.simulator.calls import Call
from flowlang.simulator.notices import Notice
from flowlang.simulator.spice import spiced
from flowlang.simulator.values import Delivery, Headers, Json, Knobs

PLATFORM = (
    ("X-Microsoft-Skype-Caller-Region", "emea"), ("MS-Teams-Ring", "general"), ("MS-Teams-Partition", "simulated"),
    ("MS-Teams-Region", "emea"),
)  # fmt: skip
"""Where the platform says that it is; the names were seen, what they say is made up."""
MOST_TRIES = 3
TRY_AGAIN_MS = 1_000


class _Post:
    """A POST to come. `original`: the message id that all its repeats share."""

    __slots__ = ("call", "id", "is_alone", "is_incoming", "items", "original", "tries", "url")

    def __init__(self, id_: str, original: str, call: Call, url: str, items: list[Json]) -> None:
        self.id, self.original, self.call, self.url, self.items = id_, original, call, url, items
        self.is_alone = False
        self.is_incoming = any(item.get("changeType") == "created" for item in items)
        self.tries = 1


class Outbox:
    """Pending and sent POSTs. Times in ms."""

    def __init__(self, random: Random, knobs: Knobs) -> None:
        self._random, self._knobs = random, knobs
        self._heap: list[tuple[int, int, _Post]] = []
        self._order = count()
        self._last_ms: dict[str, int] = {}
        self._sent: dict[str, _Post] = {}
        self.complaints: list[tuple[int, int, str]] = []

    def _happens(self, of_thousand: int) -> bool:
        return of_thousand > 0 and self._random.randrange(1000) < of_thousand

    def _id(self) -> str:
        return f"{self._random.getrandbits(128):032x}"

    def send(self, notice: Notice, now_ms: int) -> None:
        """Queue a notice. The address is the call's as of now."""
        knobs, call = self._knobs, notice.call
        if self._happens(knobs.drop_of_thousand):
            return
        item = spiced(notice.item, self._random, knobs)
        if self._happens(knobs.batch_of_thousand) and self._joins(call, item):
            return
        at_ms = max(self._last_ms.get(call.id, 0), now_ms + 5 + self._random.randrange(20))
        self._last_ms[call.id] = at_ms
        if self._happens(knobs.delay_of_thousand):
            at_ms += 1 + self._random.randrange(max(knobs.longest_delay_ms, 1))
        id_ = self._id()
        post = _Post(id_, id_, call, call.callback_uri, [item])
        self._push(at_ms, post)
        if self._happens(knobs.duplicate_of_thousand):
            post.is_alone = True
            self._push(at_ms + 1 + self._random.randrange(3_000), self._repeat(post))
        if notice.is_level and self._happens(knobs.stale_of_thousand):
            stale = self._id()
            self._push(at_ms + 500 + self._random.randrange(9_500), _Post(stale, stale, call, post.url, [item]))
        if notice.is_level and self._happens(knobs.unknown_state_of_thousand):
            odd, data = self._id(), {**item["resourceData"], "state": "unknownFutureValue"}
            self._push(at_ms + 40, _Post(odd, odd, call, post.url, [{**item, "resourceData": data}]))

    def _push(self, at_ms: int, post: _Post) -> None:
        heappush(self._heap, (at_ms, next(self._order), post))

    def _repeat(self, post: _Post) -> _Post:
        again = _Post(self._id(), post.original, post.call, post.url, list(post.items))
        again.is_alone = True
        again.tries = post.tries
        return again

    def _joins(self, call: Call, item: Json) -> bool:
        """Put an item into a POST that waits already; one with repeats stays as it is, or they would differ."""
        for _, _, post in self._heap:
            if post.call is call and post.url == call.callback_uri and not post.is_alone:
                post.items.append(item)
                return True
        return False

    def next_ms(self) -> int | None:
        return self._heap[0][0] if self._heap else None

    def pop(self, now_ms: int) -> list[Delivery]:
        """The POSTs that leave up to now, in the order of their times."""
        left: list[Delivery] = []
        while self._heap and self._heap[0][0] <= now_ms:
            at_ms, _, post = heappop(self._heap)
            self._sent[post.id] = post
            body: Json = {"@odata.type": "#microsoft.graph.commsNotifications", "value": post.items}
            content = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
            left.append(Delivery(at_ms, post.url, self._headers(post), content, post.call.id))
        return left

    def _headers(self, post: _Post) -> Headers:
        return (
            ("Content-Type", "application/json; charset=utf-8"),
            ("Accept", "application/json"),
            ("User-Agent", "Microsoft-Skype/3.0,(Calling/1.0)"),
            ("X-Microsoft-Skype-Chain-ID", post.call.chain_id),
            ("X-Microsoft-Skype-Message-ID", post.id),
            ("X-Microsoft-Skype-Original-Message-ID", post.original),
            *PLATFORM,
            *(() if post.is_incoming else (("Scenario-Id", post.call.chain_id),)),
        )

    def acknowledge(self, delivery: Delivery, status: int, now_ms: int) -> Call | None:
        """What the callback answered. Other than 2xx: sent again; the call whose first word got through to nobody."""
        ids = [value for name, value in delivery.headers if name == "X-Microsoft-Skype-Message-ID"]
        post = self._sent.pop(ids[0], None) if ids else None
        if status != 202:
            self.complaints.append((now_ms, status, delivery.url))
        if post is None or 200 <= status < 300:
            return None
        if post.tries < MOST_TRIES:
            again = self._repeat(post)
            again.tries = post.tries + 1
            self._push(now_ms + TRY_AGAIN_MS, again)
            return None
        return post.call if post.is_incoming else None
