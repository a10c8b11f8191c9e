"""How notifications arrive: headers, repeats, disorder, odd spellings, answers of the callback."""

import json
from typing import Any

import pytest

from flowlang.simulator.values import Failed, Knobs, Profile
from tests.simulator.rig import ACCOUNT, CALLBACK, PLAY, TENANT, USER, Rig, create_body

ID, ORIGINAL = "X-Microsoft-Skype-Message-ID", "X-Microsoft-Skype-Original-Message-ID"


def story(seed: int, profile: Profile, knobs: Knobs) -> tuple[Any, ...]:
    """A whole call with everything that can be sent and seen, as bytes."""
    rig = Rig(profile, knobs, seed=seed)
    answers = [rig.send("POST", "", create_body(USER, source={"identity": ACCOUNT}))]
    rig.wait(20_000)
    call_id = rig.graph.calls()[0].id if rig.graph.calls() else "x"
    for tail, body in (("subscribeToTone", {}), ("playPrompt", PLAY), ("cancelMediaProcessing", {})):
        answers.append(rig.send("POST", f"/{call_id}/{tail}", body))
        rig.wait(500)
    answers.append(rig.send("POST", f"/{call_id}/transfer", {"transferTarget": {"identity": USER}}, Failed(500, 7000)))
    rig.wait(20_000)
    answers.append(rig.send("DELETE", f"/{call_id}"))
    rig.wait(60_000)
    return answers, rig.posts, rig.graph.taken, rig.graph.calls()


@pytest.mark.parametrize("profile", ["docs", "live"])
@pytest.mark.parametrize("knobs", [Knobs.calm(), Knobs.nasty()], ids=["calm", "nasty"])
def test_same_seed_same_bytes(profile: Profile, knobs: Knobs) -> None:
    assert story(7, profile, knobs) == story(7, profile, knobs)
    assert story(7, profile, knobs) != story(8, profile, knobs)


def test_headers() -> None:
    rig = Rig("docs")
    rig.answered()
    first, second = (dict(post.headers) for post in rig.posts[:2])
    assert first["Content-Type"].startswith("application/json")
    assert first[ID] == first[ORIGINAL] != second[ID]
    assert "Scenario-Id" not in first
    assert second["Scenario-Id"] == second["X-Microsoft-Skype-Chain-ID"] == first["X-Microsoft-Skype-Chain-ID"]
    assert rig.posts[0].url == CALLBACK
    for name in ("X-Microsoft-Skype-Caller-Region", "MS-Teams-Ring", "MS-Teams-Partition", "MS-Teams-Region"):
        assert first[name] == second[name] != "", name
    assert (first["Accept"], first["User-Agent"]) == ("application/json", "Microsoft-Skype/3.0,(Calling/1.0)")


def sent(knobs: Knobs, seeds: range = range(30)) -> list[tuple[dict[str, str], Any]]:
    """Headers and bodies of many calls."""
    found = []
    for seed in seeds:
        for post in story(seed, "live", knobs)[1]:
            found.append((dict(post.headers), json.loads(post.body)))
    return found


def test_repeats_share_their_original_id_and_their_body() -> None:
    posts = sent(Knobs(duplicate_of_thousand=500, delay_of_thousand=200, longest_delay_ms=2_000, batch_of_thousand=300))
    bodies: dict[str, Any] = {}
    ids = [headers[ID] for headers, _ in posts]
    assert len(ids) == len(set(ids))
    repeats = 0
    for headers, body in posts:
        repeats += headers[ORIGINAL] in bodies
        assert bodies.setdefault(headers[ORIGINAL], body) == body
    assert repeats > 50


def test_calm_is_in_order_and_nasty_is_not() -> None:
    def orders(knobs: Knobs) -> set[tuple[str, ...]]:
        return {
            tuple([item["resourceData"]["state"] for post in story(seed, "docs", knobs)[1]
                   for item in json.loads(post.body)["value"] if "state" in item["resourceData"]][:2])
            for seed in range(60)
        }  # fmt: skip

    assert orders(Knobs.calm()) == {("establishing", "established")}
    assert len(orders(Knobs(delay_of_thousand=300, longest_delay_ms=6_000))) > 1


@pytest.mark.parametrize(
    ("knob", "sign"),
    [
        ("batch_of_thousand", lambda body: len(body["value"]) > 1),
        ("capitals_of_thousand", lambda body: body["value"][0]["changeType"] in ("Updated", "Deleted")),
        ("string_codes_of_thousand", lambda body: '"code": "' in json.dumps(body)),
        ("untyped_of_thousand", lambda body: "@odata.type" not in body["value"][0]),
        ("resource_only_of_thousand", lambda body: "resourceUrl" not in body["value"][0]),
        ("extras_of_thousand", lambda body: "sequenceHint" in body["value"][0]),
    ],
)  # fmt: skip
def test_each_knob_shows(knob: str, sign: Any) -> None:
    chances: dict[str, Any] = {knob: 700}
    assert any(sign(body) for _, body in sent(Knobs(**chances), range(3)))
    assert not any(sign(body) for _, body in sent(Knobs(), range(3)))


def test_drops_and_stale_words() -> None:
    calm = len(sent(Knobs(), range(5)))
    assert sent(Knobs(drop_of_thousand=1000), range(5)) == []
    assert len(sent(Knobs(stale_of_thousand=1000), range(5))) > calm - 1
    stale = Rig("docs", Knobs(stale_of_thousand=1000))
    stale.called()
    stale.wait(20_000)
    last = [item["resourceData"]["state"] for _, item in stale.seen]
    assert last == ["establishing", "established", "established"]


def test_states_that_nobody_knows() -> None:
    rig = Rig("docs", Knobs(unknown_state_of_thousand=1000))
    rig.called()
    assert [item["resourceData"]["state"] for _, item in rig.seen] == [
        "establishing", "established", "unknownFutureValue",
    ]  # fmt: skip


def test_busy_servers_and_cut_lines() -> None:
    busy = Rig("docs", Knobs(unavailable_of_thousand=1000))
    response = busy.post("", create_body(USER))
    assert response.status in (429, 503)
    assert int(dict(response.headers)["Retry-After"]) in (1, 2, 3)
    assert Rig("docs", Knobs(cut_of_thousand=1000)).send("POST", "", create_body(USER)) is None


def test_what_the_callback_refuses_comes_again_and_then_no_more() -> None:
    rig = Rig("docs")
    call_id = rig.graph.incoming_call(rig.now_ms, USER, ACCOUNT, tenant_id=TENANT)
    ids = []
    for _ in range(3):
        rig.now_ms = rig.graph.next_due() or 0
        (post,) = rig.graph.deliveries(rig.now_ms)
        ids.append((dict(post.headers)[ID], dict(post.headers)[ORIGINAL]))
        rig.graph.acknowledge(post, 500, rig.now_ms)
    assert len({one for one, _ in ids}) == 3
    assert len({original for _, original in ids}) == 1
    assert rig.graph.calls()[0].result == (408, 8586)
    assert call_id not in rig.graph.legs_up()
    assert [status for _, status, _ in rig.graph.complaints] == [500] * 3


def test_a_taken_notification_comes_once() -> None:
    rig = Rig("docs")
    rig.graph.incoming_call(rig.now_ms, USER, ACCOUNT, tenant_id=TENANT)
    rig.now_ms += 100
    (post,) = rig.graph.deliveries(rig.now_ms)
    rig.graph.acknowledge(post, 202, rig.now_ms)
    assert rig.wait(10_000) == []
    assert rig.graph.complaints == ()


def test_odd_spellings_stay_on_the_wire() -> None:
    rig = Rig("docs", Knobs(string_codes_of_thousand=1000, untyped_of_thousand=1000))
    call_id = rig.called()
    id_ = json.loads(rig.post(f"/{call_id}/playPrompt", PLAY).body)["id"]
    (item,) = rig.wait(10_000)
    assert item["resourceData"]["resultInfo"]["code"] == "200"
    response = rig.send("GET", f"/{call_id}/operations/{id_}")
    assert response is not None
    info = json.loads(response.body)["resultInfo"]
    assert (info["code"], info["@odata.type"]) == (200, "#microsoft.graph.resultInfo")
