"""The control pages under `/sim`: what they show, what they do, and what they refuse, word for word."""

import re
from typing import Any

import anyio
import httpx
import pytest

from flowlang import __version__
from tests.sim_server.town import Town, run
from tests.simulator.rig import ANSWER, APP, OTHER, TENANT, USER

WHO_SAYS = "who says who it is"


def test_the_first_page_lists_the_others_and_how_it_is_set() -> None:
    town = Town()
    town.place()
    page = town.get("/sim")
    pages = page.pop("pages")
    assert page == {
        "flowlang": __version__, "application_id": APP, "tenant_id": TENANT, "seed": 1, "profile": "live",
        "webhook": "https://bot.example.com/callback", "calls_up": 1,
    }  # fmt: skip
    assert len(pages) == 18
    for one in pages:
        assert re.fullmatch(r"[A-Z].*\.", one["about"]), one
        answer = town.ask(
            one["method"], one["path"].replace("{call}", "latest"), {} if one["method"] == "POST" else None
        )
        assert answer.status_code in (200, 400, 404), one
        assert answer.json().get("error", {}).get("code") != "no_page", one


def test_pages_that_are_not_there() -> None:
    expected = (404, "no_page", "there is no POST /sim/call; GET /sim lists what there is")
    assert Town().refused("POST", "/sim/call", {}) == expected
    assert Town().refused("PUT", "/sim/calls")[1] == "no_page"


def test_pages_of_the_web_are_kept_out() -> None:
    town = Town()
    headers = {"Origin": "https://elsewhere.example"}
    expected = (403, "web_page", "these pages are for programs, not for pages of the web")
    assert town.refused("POST", "/sim/calls", {"to": "x"}, headers=headers) == expected
    assert town.refused("GET", "/sim/calls", headers=headers) == expected
    assert town.get("/sim/calls") == {"calls": []}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "to says who is called: a name, a number, or an identifier"),
        ([], "a JSON object is wanted"),
        ({"to": 7}, "to is a text"),
        ({"to": "x", "form": "y", "ansver": []}, "there is no ansver, form here"),
        ({"to": "x", "answer": "heidi"}, "answer is a list of texts"),
        ({"to": "x", "answer": [""]}, "answer is a list of texts"),
        ({"to": "x", "tones": [{"keys": ["1"], "at": 5}]}, "there is no at here"),
        ({"to": "x", "tones": "1"}, "tones is a list of objects"),
        ({"to": "x", "tones": ["1"]}, "a JSON object is wanted"),
        ({"to": "x", "hang_up_in_ms": "soon"}, "hang_up_in_ms is a whole number from -1 to 86400000"),
        ({"to": "x", "hang_up_in_ms": True}, "hang_up_in_ms is a whole number from -1 to 86400000"),
        ({"to": "x", "hang_up_in_ms": 86_400_001}, "hang_up_in_ms is a whole number from -1 to 86400000"),
        ({"to": "x", "outcomes": ["consult"]}, "'consult' is no outcome: write STEP=RESULT, such as consult=busy"),
        ({"to": "x", "outcomes": ["play=cut"]},
         "'play=cut': write play=cut before, or play=cut after: when the request was taken"),
        ({"to": "x", "outcomes": ["transfer=99"]},
         "'99' is no failure; for a step that goes well write transfer=success"),
    ],
)  # fmt: skip
def test_calls_that_cannot_be_placed(body: Any, message: str) -> None:
    town = Town()
    assert town.refused("POST", "/sim/calls", body) == (400, "wrong", message)
    assert town.server.graph.calls() == (), "nothing was done"


@pytest.mark.parametrize("keys", [["x"], ["12"], ["1", "??"]])
def test_keys_that_no_telephone_has(keys: list[str]) -> None:
    town = Town()
    call_id = town.answered()
    for path, body in (
        (f"/sim/calls/{call_id}/press", {"keys": keys}),
        ("/sim/calls", {"to": "x", "callee_keys": keys}),
    ):
        status, code, message = town.refused("POST", path, body)
        assert (status, code) == (400, "wrong")
        assert re.match(r"(callee_)?keys: .*'", message), message


def test_bodies_that_are_none() -> None:
    town = Town()
    json_type = {"Content-Type": "application/json"}
    post = ("POST", "/sim/calls")
    assert town.refused(*post, content=b"{", headers=json_type)[2] == "the body is no JSON"
    assert town.refused(*post, content=b"[" * 90_000, headers=json_type)[2] == "the body is no JSON"
    assert town.refused(*post, content=b"\xff", headers=json_type)[2] == "the body is no JSON"
    assert town.refused(*post, content=b"to=x")[2] == "the body is wanted as application/json"
    assert town.refused(*post, content=b" " * 100_001, headers=json_type)[2] == "the body is longer than 100000 bytes"
    assert town.refused(*post)[2] == "to says who is called: a name, a number, or an identifier"


# ---------------------------------------------------------------- looking


def test_a_call_is_found_by_its_id_its_beginning_or_as_the_latest() -> None:
    town = Town()
    assert town.refused("GET", "/sim/calls/latest") == (404, "no_call", "there was no call yet")
    first, second = town.answered(), town.answered()
    leg = town.calls(USER)
    for name, found in ((first, first), (first.upper(), first), (first[:8], first), ("latest", second), (leg, leg)):
        assert town.call(name)["id"] == found
    town.send("DELETE", f"/{second}")
    town.wait(1_000)
    assert town.call("latest")["id"] == first, "the latest that is up"
    town.send("DELETE", f"/{first}")
    town.wait(1_000)
    assert town.call("latest")["id"] == second, "else the latest that was"
    assert town.refused("GET", "/sim/calls/zzz") == (404, "no_call", "no calls begin with zzz")


def test_the_beginning_of_several_calls_is_nobody_s() -> None:
    town = Town()
    for _ in range(20):
        town.place()
    digits = [view.id[0] for view in town.server.graph.calls()]
    often = max(digits, key=digits.count)
    message = f"{digits.count(often)} calls begin with {often}"
    assert town.refused("GET", f"/sim/calls/{often}") == (404, "no_call", message)


def test_what_a_call_shows() -> None:
    town = Town()
    call_id = town.answered(**{"from": "+15550100"})
    found = town.call(call_id)
    assert len(found.pop("participants")) == 1
    assert found == {
        "id": call_id, "state": "established", "direction": "incoming", "kind": "peer", "from": "+15550100",
        "to": "reception", "tenant_id": TENANT, "callback_uri": "https://bot.example.com/callback",
        "sound": "active", "began_ms": 1_000_000, "part_of": "", "legs": [], "ending": None,
    }  # fmt: skip


def test_calls_that_are_up_and_those_that_are_over() -> None:
    town = Town()
    over, up = town.answered(), town.answered()
    town.send("DELETE", f"/{over}")
    town.wait(1_000)

    def ids(query: str) -> list[str]:
        return [one["id"] for one in town.get(f"/sim/calls{query}")["calls"]]

    assert ids("") == ids("?state=all") == [up, over]
    assert ids("?state=up") == [up]
    assert ids("?state=over") == [over]
    assert town.refused("GET", "/sim/calls?state=gone")[2] == "state is up, over or all, not 'gone'"


def test_lines_after_a_number() -> None:
    town = Town()
    call_id = town.answered()
    page = town.get(f"/sim/calls/{call_id}")
    numbers = [line["number"] for line in page["lines"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert page["next"] == len(numbers)
    more = town.get(f"/sim/calls/{call_id}?after=2")
    assert more["lines"] == page["lines"][2:]
    none = town.get(f"/sim/calls/{call_id}?after={page['next']}")
    assert (none["lines"], none["next"], none["is_told"]) == ([], page["next"], False)


@pytest.mark.parametrize(
    ("query", "message"),
    [("after=-1", "after is a whole number from 0 to 9007199254740992"),
     ("after=x", "after is a whole number from 0 to 9007199254740992"),
     ("wait_ms=30001", "wait_ms is a whole number from 0 to 30000")],
)  # fmt: skip
def test_numbers_that_are_none(query: str, message: str) -> None:
    town = Town()
    assert town.refused("GET", f"/sim/calls/{town.place()}?{query}") == (400, "wrong", message)


def waiting(town: Town, act: Any) -> tuple[httpx.Response, float]:
    """Somebody waits for news of the latest call, `act` is done meanwhile; what they got, and after how long."""
    found: list[httpx.Response] = []
    took = [0.0]

    async def main() -> None:
        transport = httpx.ASGITransport(town.server.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://graph.example", timeout=None) as client:
            after = (await client.get("/sim/calls/latest")).json()["next"]

            async def listen() -> None:
                began = anyio.current_time()
                found.append(await client.get(f"/sim/calls/latest?after={after}&wait_ms=20000"))
                took[0] = anyio.current_time() - began

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(listen)
                while town.stage.waiting == 0:  # noqa: ASYNC110 - another task, with no event for it
                    await anyio.sleep(0.001)
                assert not found, "there was nothing to tell yet"
                await act(client)

    run(main)
    return found[0], took[0]


def test_whoever_waits_hears_what_happens_at_once() -> None:
    town = Town()
    town.answered()

    async def press(client: httpx.AsyncClient) -> None:
        await client.post("/sim/calls/latest/press", json={"keys": ["4"]})
        town.stage.act(town.now_ms)

    answer, took_seconds = waiting(town, press)
    assert [line["text"] for line in answer.json()["lines"]] == ["presses 4"]
    assert took_seconds < 5


def test_whoever_waits_goes_on_when_the_server_stops() -> None:
    town = Town()
    town.answered()

    async def stop(_client: httpx.AsyncClient) -> None:
        with anyio.move_on_after(0.05):
            await town.server.run()

    answer, took_seconds = waiting(town, stop)
    assert answer.json()["is_told"] is False
    assert took_seconds < 5


# ---------------------------------------------------------------- people


def test_somebody_hangs_up() -> None:
    town = Town()
    call_id = town.answered()
    assert town.post("/sim/calls/latest/hangup")["call"]["ending"]["word"] == "caller hung up"
    town.wait(1_000)
    assert town.told(call_id)[-1] == "terminated 200/5002"
    assert town.refused("POST", f"/sim/calls/{call_id}/hangup") == (404, "no_call", f"the call {call_id} is over")
    assert town.refused("POST", "/sim/calls/latest/hangup") == (404, "no_call", "no call is up")


def test_somebody_presses_keys() -> None:
    town = Town()
    call_id = town.answered()
    town.listens(call_id)
    town.post("/sim/calls/latest/press", {"keys": ["1", "star"]})
    town.wait(1_000)
    assert town.told(call_id)[-4:] == ["presses 1", "tone1", "presses star", "star"]
    assert town.refused("POST", "/sim/calls/latest/press", {})[2] == 'keys is a list such as ["1", "#"]'
    assert town.refused("POST", "/sim/calls/latest/press", {"keys": ["1"], "to": "x"})[2] == "there is no to here"


def test_somebody_comes_into_a_group_call_and_leaves() -> None:
    town = Town()
    call_id = town.answered(group=["robin", "heidi"])
    assert town.call(call_id)["from"] == "robin"
    before = town.call(call_id)["participants"]
    assert len(before) == 2
    came = town.post("/sim/calls/latest/join", {"who": "ben"})["participant_id"]
    town.wait(1_000)
    assert town.call(call_id)["participants"] == [*before, came]
    assert town.told(call_id)[-1] == "roster of 3"
    town.post("/sim/calls/latest/leave", {"who": came})
    town.wait(1_000)
    assert town.call(call_id)["participants"] == before
    nobody = f"the call {call_id} has no participant {came}"
    assert town.refused("POST", "/sim/calls/latest/leave", {"who": came}) == (400, "wrong", nobody)
    assert town.refused("POST", "/sim/calls/latest/join", {})[2] == WHO_SAYS


def test_nobody_comes_into_a_call_of_two() -> None:
    town = Town()
    call_id = town.answered()
    message = f"the call {call_id} is no group call"
    assert town.refused("POST", "/sim/calls/latest/join", {"who": "ben"}) == (400, "wrong", message)


def test_the_caller_who_began_a_group_is_in_it_once() -> None:
    town = Town()
    call_id = town.answered(group=["heidi", "ben"], **{"from": "heidi"})
    assert town.call(call_id)["from"] == "Heidi Steen"
    assert len(town.call(call_id)["participants"]) == 2


def test_the_other_side_holds_the_call() -> None:
    town = Town()
    call_id = town.answered()
    assert town.post("/sim/calls/latest/sound", {"is_active": False})["call"]["sound"] == "inactive"
    town.wait(500)
    assert town.told(call_id)[-1] == "sound inactive"
    assert town.post("/sim/calls/latest/sound")["call"]["sound"] == "active"
    assert town.refused("POST", "/sim/calls/latest/sound", {"is_active": 0})[2] == "is_active is true or false"


# ---------------------------------------------------------------- Graph


def test_requests_that_graph_saw() -> None:
    town = Town()
    call_id = town.answered()
    town.send("GET", f"/{OTHER['user']['id']}")
    page = town.get("/sim/requests")
    shown = [(row["number"], row["operation"], row["call_id"], row["status"], row["code"]) for row in page["requests"]]
    assert shown == [(1, "answer", call_id, 202, ""), (2, "get", OTHER["user"]["id"], 404, "8522")]
    assert page["next"] == 2
    assert [row["number"] for row in town.get("/sim/requests?after=1")["requests"]] == [2]
    assert [row["number"] for row in town.get(f"/sim/requests?call={call_id.upper()}")["requests"]] == [1]
    assert town.get("/sim/requests?after=2") == {"requests": [], "next": 2}


@pytest.mark.parametrize(
    ("status", "took_seconds", "text"),
    [(500, 0.0, "the answer was 500, not 202"), (200, 0.0, "the answer was 200, not 202"),
     (202, 5.3, "the answer took 5.3 s")],
)  # fmt: skip
def test_notifications_that_were_not_taken_well(status: int, took_seconds: float, text: str) -> None:
    town = Town()
    town.status, town.took_seconds = status, took_seconds
    call_id = town.place()
    complaint = town.get("/sim/complaints")["complaints"][0]
    assert (complaint["call_id"], complaint["status"], complaint["text"]) == (call_id, status, text)
    assert f"incoming: {text}" in town.told(call_id)
    assert town.heard[0] == f"the notification 'incoming' to https://bot.example.com/callback: {text}"


def test_outcomes_for_whichever_call_comes() -> None:
    town = Town()
    added = town.post("/sim/outcomes", {"outcomes": ["answer=throttled", "transfer=500/7000"]})["outcomes"]
    assert [one["operation"] for one in added] == ["answer", "transfer"]
    assert added[1]["kind"] == "failed"
    assert (added[1]["code"], added[1]["subcode"]) == (500, 7000)
    call_id = town.place()
    answer = town.send("POST", f"/{call_id}/answer", ANSWER)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    more = town.post("/sim/outcomes", {"outcomes": ["play=cut after"]})["outcomes"]
    assert [one["operation"] for one in more] == ["transfer", "playPrompt"]
    assert town.refused("POST", "/sim/outcomes", {"outcomes": ["x=busy"]})[0] == 400
    assert town.ask("DELETE", "/sim/outcomes").json() == {"outcomes": []}


def test_what_a_call_wishes_comes_before_what_holds_for_all() -> None:
    town = Town()
    town.post("/sim/outcomes", {"outcomes": ["transfer=500/7000"]})
    call_id = town.answered(outcomes=["transfer=500/7700"])
    body = {"transferTarget": {"identity": USER}}
    for _ in range(2):
        town.send("POST", f"/{call_id}/transfer", body)
        town.wait(20_000)
    failures = [text for text in town.told(call_id, "notification") if "500/" in text]
    assert failures == ["established 500/7700", "established 500/7000"]
    assert town.get("/sim/outcomes") == {"outcomes": []}


def test_everything_begins_anew() -> None:
    town = Town()
    old = town.answered()
    town.status = 500
    town.place(hang_up_in_ms=5_000)
    town.post("/sim/outcomes", {"outcomes": ["transfer=500/7000"]})
    page = town.post("/sim/reset", {"seed": 9, "profile": "docs", "nasty": True})
    assert (page["seed"], page["profile"], page["calls_up"]) == (9, "docs", 0)
    assert town.get("/sim/calls") == {"calls": []}
    assert town.get("/sim/outcomes") == {"outcomes": []}
    assert town.get("/sim/complaints") == {"complaints": []}
    assert town.get("/sim/requests")["requests"] == []
    assert town.server.graph.knobs.drop_of_thousand > 0
    assert town.refused("GET", f"/sim/calls/{old}")[1] == "no_call"
    town.wait(60_000)
    assert town.post("/sim/reset", {})["seed"] == 9, "what is not said stays"
    assert town.server.graph.knobs.drop_of_thousand > 0
    town.post("/sim/reset", {"nasty": False})
    assert town.server.graph.knobs.drop_of_thousand == 0


def test_the_same_seed_gives_the_same_again() -> None:
    town = Town()
    first = town.place()
    town.post("/sim/reset", {"seed": 2})
    other = town.place()
    town.post("/sim/reset", {"seed": 1})
    assert town.place() == first != other


@pytest.mark.parametrize(
    ("body", "message"),
    [({"seed": -1}, "seed is a whole number from 0 to 4611686018427387904"),
     ({"profile": "real"}, "profile is one of live, docs, not 'real'"),
     ({"nasty": "yes"}, "nasty is true or false"), ({"all": True}, "there is no all here")],
)  # fmt: skip
def test_beginnings_that_are_none(body: dict[str, Any], message: str) -> None:
    town = Town()
    call_id = town.place()
    assert town.refused("POST", "/sim/reset", body) == (400, "wrong", message)
    assert town.call(call_id)["id"] == call_id, "nothing was done"
