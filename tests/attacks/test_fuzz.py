"""Changed requests for a short time; `python -m tests.attacks.fuzz --seconds 3600` does so for long."""

from random import Random

from tests.attacks.fuzz import Bounds, Fuzzer, changed, documents, fuzz, torn
from tests.attacks.service import stall_bound


def test_nothing_breaks_within_some_seconds() -> None:
    done = fuzz(6, 7, Bounds(stall_bound()), lambda _text: None)
    assert done.broken == []
    kinds = {kind.partition(":")[0] for kind in done.sent}
    assert {"real webhook", "real admin", "simulated sim", "settings"} <= kinds


def test_the_same_seed_sends_the_same() -> None:
    def some(seed: int) -> list[object]:
        random = Random(seed)
        return [changed(random, one) for one in documents()] + [torn(random, b"abcdef" * 50) for _ in range(50)]

    assert repr(some(3)) == repr(some(3))
    assert repr(some(3)) != repr(some(4))


def test_most_of_what_is_sent_is_nearly_right() -> None:
    fuzzer = Fuzzer(Random(1), [("GET", "/v1/calls")], "token")
    sent = [fuzzer.request("webhook", b"x") for _ in range(200)]
    assert sum(one.startswith((b"POST /callback", b"POST /api/calls")) for one in sent) > 120
    assert len(set(sent)) > 190
