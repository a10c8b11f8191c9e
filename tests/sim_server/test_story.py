"""What happened in a call, in lines, and how it ended, in a word."""

import json

import pytest

from flowlang.sim_server.story import MOST_LINES, Ending, Family, Line, Stories, told
from tests.sim_server.town import Town
from tests.simulator.rig import ANSWER, CALLBACK, TENANT, USER

CUT = "the connection was cut"


def test_a_call_from_its_first_line_to_its_last() -> None:
    town = Town()
    call_id = town.answered(**{"from": "+15550100"})
    town.plays(call_id)
    town.wait(5_000)
    assert town.send("DELETE", f"/{call_id}").status_code == 204
    town.wait(1_000)
    page = town.get(f"/sim/calls/{call_id}")
    assert [(line["kind"], line["text"], line["status"]) for line in page["lines"]] == [
        ("person", "+15550100 calls reception", 0),
        ("notification", "incoming", 202),
        ("request", "answer", 202),
        ("notification", "establishing", 202),
        ("notification", "established", 202),
        ("notification", "sound active", 202),
        ("notification", "established", 202),
        ("request", "playPrompt", 200),
        ("notification", "playPrompt completed 200/0", 202),
        ("request", "delete", 204),
        ("notification", "terminating", 202),
        ("notification", "terminated 200/5001", 202),
    ]
    assert page["is_told"] is True
    times = [line["at_ms"] for line in page["lines"]]
    assert times == sorted(times)


def test_requests_name_whom_they_are_about_and_why_they_were_refused() -> None:
    town = Town()
    call_id = town.answered()
    town.send("POST", f"/{call_id}/transfer", {"transferTarget": {"identity": USER}})
    town.send("POST", f"/{call_id}/answer", ANSWER)
    requests = town.told(call_id, "request")
    assert requests[1] == "transfer Heidi Steen"
    assert requests[2].startswith("answer: 85"), requests


def test_requests_are_told_with_the_body_that_was_sent() -> None:
    town = Town()
    call_id = town.answered()
    town.send("POST", f"/{call_id}/transfer", {"transferTarget": {"identity": USER}})
    town.send("POST", f"/{call_id}/playPrompt", {"clientContext": "x" * 30_000})
    town.send("DELETE", f"/{call_id}")
    lines = town.get(f"/sim/calls/{call_id}")["lines"]
    answer, transfer, too_long, nothing = [line["body"] for line in lines if line["kind"] == "request"]
    assert json.loads(answer) == ANSWER
    assert json.loads(transfer) == {"transferTarget": {"identity": USER}}
    assert (too_long, nothing) == ("", "")
    assert {line["body"] for line in lines if line["kind"] != "request"} == {""}


def test_legs_are_told_with_the_call_that_they_were_made_for() -> None:
    town = Town()
    first = town.answered()
    chain = town.server.graph.calls()[0].chain_id
    second = town.answered()
    named = town.calls(USER, scenario_id=chain.upper())
    latest = town.calls(USER)
    assert town.call(first)["legs"] == [named], "by scenario-id"
    assert town.call(second)["legs"] == [latest], "else the latest that somebody placed"
    town.wait(5_000)
    lines = town.get(f"/sim/calls/{named}")["lines"]
    assert {line["call_id"] for line in lines} == {first, named}


def test_a_leg_that_was_made_for_no_call_has_a_story_of_its_own() -> None:
    town = Town()
    leg = town.calls(USER)
    town.wait(5_000)
    assert town.call(leg)["part_of"] == ""
    assert town.told(leg)[0] == "create Heidi Steen"


# ---------------------------------------------------------------- endings


def ending(town: Town, call_id: str) -> tuple[str, int, int]:
    found = town.call(call_id)["ending"]
    return found["word"], found["code"], found["subcode"]


def test_how_a_call_ends() -> None:
    town = Town()
    handed_over, hung_up, left = town.answered(), town.answered(), town.answered()
    town.send("POST", f"/{handed_over}/transfer", {"transferTarget": {"identity": USER}})
    town.send("DELETE", f"/{hung_up}")
    town.post(f"/sim/calls/{left}/hangup")
    rejected, redirected, unanswered = town.place(), town.place(), town.place()
    assert town.send("POST", f"/{rejected}/reject", {"reason": "busy"}).status_code == 202
    body = {"targets": [{"identity": USER}], "callbackUri": CALLBACK}
    assert town.send("POST", f"/{redirected}/redirect", body).status_code == 202
    assert town.call(unanswered)["ending"] is None
    town.wait(60_000)
    assert ending(town, handed_over)[0] == "transferred"
    assert ending(town, hung_up)[0] == "hung up"
    assert ending(town, left) == ("caller hung up", 200, 5002)
    assert ending(town, rejected)[0] == "rejected"
    assert ending(town, redirected)[0] == "redirected"
    assert ending(town, unanswered) == ("not answered", 408, 8587)


def test_a_call_whose_notification_nobody_took() -> None:
    town = Town()
    town.status = 500
    call_id = town.place()
    town.wait(120_000)
    assert ending(town, call_id)[0] in ("not taken", "not answered")
    assert town.call(call_id)["ending"]["text"] in (
        "the webhook did not take the notification of it", "the application did not answer it in time",
    )  # fmt: skip


def test_a_call_that_nobody_keeps_alive_is_lost() -> None:
    town = Town()
    call_id = town.answered()
    town.wait(60 * 60 * 1000)
    assert ending(town, call_id) == ("lost", 408, 8537)


def test_an_act_that_did_not_end_the_call_is_no_ending() -> None:
    town = Town()
    call_id = town.answered(outcomes=["transfer=500/7000"])
    town.send("POST", f"/{call_id}/transfer", {"transferTarget": {"identity": USER}})
    town.wait(30_000)
    assert town.call(call_id)["ending"] is None
    town.post(f"/sim/calls/{call_id}/hangup")
    assert ending(town, call_id)[0] == "caller hung up"


def test_a_call_is_told_when_its_last_notification_went_out_or_never_will() -> None:
    town = Town()
    call_id = town.answered()
    town.post(f"/sim/calls/{call_id}/hangup")
    assert town.get(f"/sim/calls/{call_id}")["is_told"] is False, "nobody was told yet"
    town.now_ms += 3_001
    assert town.get(f"/sim/calls/{call_id}")["is_told"] is True, "whether or not it went out"


# ---------------------------------------------------------------- the pieces


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"changeType": "updated", "resourceUrl": "/app/calls/1", "resourceData": {"state": "Established"}},
         "established"),
        ({"resource": "/app/calls/1", "resourceData": {"state": "terminated", "resultInfo": {"code": 200,
          "subCode": 7015}, "terminationReason": "AppTransferred"}}, "terminated 200/7015 AppTransferred"),
        ({"resourceUrl": "/app/calls/1/participants", "resourceData": [1, 2]}, "roster of 2"),
        ({"resourceUrl": "/app/calls/1/participants", "resourceData": None}, "roster of 0"),
        ({"resourceUrl": "/app/calls/1/operations/2", "resourceData": {"@odata.type":
          "#microsoft.graph.playPromptOperation", "status": "Completed", "resultInfo": {"code": 200, "subcode": 0}}},
         "playPrompt completed 200/0"),
        ({"resourceUrl": "/app/calls/1", "resourceData": {"toneInfo": {"tone": "tone5"}}}, "tone5"),
        ({"resourceUrl": "/app/calls/1", "resourceData": {"mediaState": {"audio": "Inactive"}}}, "sound inactive"),
        ({"changeType": "deleted", "resourceUrl": "/app/calls/1"}, "deleted"),
        ({"resourceData": "x"}, "news"),
        ({"resourceUrl": "/app/calls/1", "resourceData": {}}, "gone"),
    ],
)  # fmt: skip
def test_a_notification_in_a_few_words(item: dict[str, object], text: str) -> None:
    assert told([item]) == text
    assert told([item, item]) == f"{text}, {text}"


def test_the_oldest_lines_go_and_numbers_go_on() -> None:
    family = Family("c")
    for number in range(1, MOST_LINES + 2):
        family.add(Line(number, "c", "person", str(number)))
    assert len(family.lines) <= MOST_LINES
    assert family.lines[-1].number == MOST_LINES + 1
    assert family.lines[0].text == str(family.lines[0].number)
    assert [line.text for line in family.after(MOST_LINES)] == [str(MOST_LINES + 1)]


def test_the_oldest_calls_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowlang.sim_server.story.MOST_CALLS", 2)
    stories = Stories()
    families = [stories.begin(Family(str(number)), f"Chain{number}") for number in range(3)]
    stories.join("leg", families[2])
    assert stories.of("0") is None
    assert stories.of_chain("chain0") is None
    assert stories.of("leg") is stories.of_chain("CHAIN2") is families[2]
    assert list(stories.latest()) == [families[2], families[1]]


def test_a_cut_connection_is_told_and_what_came_of_it() -> None:
    town = Town()
    call_id = town.answered(outcomes=["play=cut after", "transfer=cut before"])
    town.send("POST", f"/{call_id}/playPrompt", {"prompts": [], "clientContext": "c"})
    before = town.told(call_id, "request")
    assert all(CUT not in text for text in before), "what is refused uses up no outcome"
    assert Ending("hung up", "x").code == 0
    assert town.call(call_id)["tenant_id"] == TENANT
