"""What is kept about a person: found wherever it stands, written out, erased."""

from collections.abc import Collection, Sequence
from typing import Any

import anyio
import pytest

from flowlang.admin import people
from flowlang.admin.store_desk import SoundsOf
from flowlang.store.base import Answer, Parked
from tests.admin.rig import Rig

OVER = "incoming -> *\nestablished -> *\nover 200/4521 -> *"


async def asked(rig: Rig, what: str, who: str, status: int = 200) -> Any:
    async with rig.client() as client:
        answer = await client.post(f"/v1/people/{what}", json={"who": who})
    assert answer.status_code == status, answer.text
    return answer.json()


def test_everything_about_a_number_is_written_out() -> None:
    rig = Rig()
    rig.call(OVER, name="theirs")
    rig.call("incoming alice -> *", name="of-alice")
    found = anyio.run(asked, rig, "export", "+4989123456")
    assert found["who"] == "+4989123456"
    (one,) = found["calls"]
    assert one["call"]["id"] == "theirs"
    assert one["session"][0] == "S"
    assert [entry["kind"] for entry in one["journal"]] == ["Incoming", "CallUpdated", "CallUpdated"]


def test_somebody_of_the_directory_is_found_by_identifier() -> None:
    rig = Rig()
    rig.call("incoming alice -> *", name="of-alice")
    rig.call("incoming -> *", name="other")
    found = anyio.run(asked, rig, "export", "A11CE000-0000-4000-8000-000000000001")
    assert [one["call"]["id"] for one in found["calls"]] == ["of-alice"]


def test_the_middle_of_a_longer_number_is_somebody_else() -> None:
    rig = Rig()
    rig.call(OVER)
    for who in ("+498912345", "+989123456"):
        assert anyio.run(asked, rig, "export", who)["calls"] == []
    assert anyio.run(asked, rig, "erase", "+498912345")["erased"] == 0


def test_a_search_takes_the_store_a_little_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "AT_ONCE", 2)
    rig = Rig()
    for at in range(5):
        rig.call(OVER, name=f"call-{at}")
    looks = 0
    mentioning = rig.store.mentioning

    def counted(holds: Any, before: int, limit: int) -> Any:
        nonlocal looks
        looks += 1
        return mentioning(holds, before, limit)

    rig.store.mentioning = counted  # type: ignore[method-assign]
    assert len(anyio.run(asked, rig, "export", "+4989123456")["calls"]) == 5
    assert looks == 3


def test_what_is_over_is_erased_and_what_goes_on_is_named() -> None:
    rig = Rig()
    rig.call(OVER, name="over")
    rig.call(name="live")
    rig.call(name="resting")
    rig.call("incoming alice -> *", name="of-alice")
    rig.store.park(Parked("resting", 1, "why"))
    assert anyio.run(asked, rig, "erase", "+4989123456") == {"erased": 1, "live": ["resting", "live"], "copies": []}
    assert rig.store.listed("over") is None
    assert rig.store.journal("over") == []
    assert rig.store.listed("live") is not None
    assert rig.audited[-1] == (
        "this machine", "erase", "", {"who": "+49****56", "outcome": "taken"}
    )  # fmt: skip


def test_a_parked_call_is_erased_once_its_legs_are_hung_up() -> None:
    rig = Rig()
    rig.call(name="resting")
    rig.store.park(Parked("resting", 1, "why"))
    while rig.store.counts().to_send:
        (leased,) = rig.store.lease(1, 100, "s", 1)
        rig.store.answered("s", leased.attempt, Answer("resting", leased.intent.number, 204, b"", 5))
    assert anyio.run(asked, rig, "erase", "+4989123456") == {"erased": 1, "live": [], "copies": []}
    assert rig.store.parked() == []


@pytest.mark.parametrize("who", ["heidi", "49891", "49 89 123456", "%", "_____", "00000000-0000", "+0000000"])
def test_what_names_nobody_is_told(who: str) -> None:
    for what in ("export", "erase"):
        assert anyio.run(asked, Rig(), what, who, 422)["error"]["code"] == "wrong"


def test_the_sound_of_what_only_they_were_told_goes_too() -> None:
    told: list[set[str]] = []
    removed: list[str] = []

    async def unsay(texts: Collection[str]) -> None:
        told.append(set(texts))

    def remove(call_ids: Sequence[str]) -> int:
        removed.extend(call_ids)
        return len(removed)

    rig = Rig({"queue": 'on answered: say "Hello {caller}" then hang up\non failed: hang up'})
    sounds = SoundsOf(lambda ids: [f"{one}-1.wav" for one in ids], remove, unsay)
    rig.desk._around = rig.desk._around._replace(sounds_of=sounds)
    up = "incoming -> *\nanswers answer 202 -> *\nestablished -> *\naudio -> *"
    rig.call(f"{up}\nover 200/4521 -> *", name="theirs")
    (one,) = anyio.run(asked, rig, "export", "+4989123456")["calls"]
    assert one["recordings"] == ["theirs-1.wav"]
    assert anyio.run(asked, rig, "erase", "+4989123456")["erased"] == 1
    assert (told, removed) == ([{"Hello +4989123456"}], ["theirs"])
    rig.call(f"{up}\nover 200/4521 -> *", name="over")
    rig.call(up, name="live")
    assert anyio.run(asked, rig, "erase", "+4989123456") == {"erased": 1, "live": ["live"], "copies": []}
    assert told[1] == set(), "a call in flight may be hearing it"
