"""Which requests go out again by themselves, when, and until when."""

from random import Random

import pytest

from flowlang.call import commands
from flowlang.call.commands import Act, AskService, Command, FetchRecording, Notify, Request, StartFlow
from flowlang.call.party import Party
from flowlang.call.session import CHECK, Pending, Timer
from flowlang.engine.step import new_session
from flowlang.wire import again
from flowlang.wire.again import Came, came_of, is_in_doubt, is_safe_twice, pause_ms, retry_after_ms
from flowlang.wire.http import HttpResponse
from tests.flowtext import plan_of

HEIDI = Party("phone", "+15550111")
NOW_MS = 1_700_000_000_000


def request(act: Act) -> Request:
    return Request(7, 0, "call", act)


ONCE: dict[str, Command] = {
    "answer": request(commands.Answer()),
    "reject": request(commands.Reject()),
    "redirect": request(commands.Redirect((HEIDI,), 30)),
    "create": request(commands.CreateCall(HEIDI)),
    "transfer": request(commands.Transfer(HEIDI)),
    "play": request(commands.Play((), "7")),
    "record": request(commands.RecordResponse(10, "7")),
    "invite": request(commands.Invite(HEIDI, "7")),
    "remove": request(commands.RemoveParticipant("p")),
    "notify": Notify(7, "crm", "text"),
}
TWICE: dict[str, Command] = {
    "get": request(commands.GetCall()),
    "hang up": request(commands.HangUp()),
    "keep alive": request(commands.KeepAlive()),
    "stop sound": request(commands.CancelMedia("7")),
    "hear keys": request(commands.SubscribeToTone("7")),
    "who is there": request(commands.ListParticipants()),
    "is it done": request(commands.GetOperation("o")),
    "start flow": StartFlow(7, "other", (), 0, ""),
    "fetch": FetchRecording(7, 0, "o", "n"),
}


def goes_again(command: Command, came: Came) -> bool:
    return pause_ms(command, came, 0, Random(1)) is not None


@pytest.mark.parametrize("name", ONCE)
def test_what_could_be_done_twice_goes_again_only_when_it_was_surely_not_taken(name: str) -> None:
    command = ONCE[name]
    assert not is_safe_twice(command)
    assert not goes_again(command, Came(0))
    assert not goes_again(command, Came(500))
    assert not goes_again(command, Came(502))
    assert not goes_again(command, Came(504))
    assert not goes_again(command, Came(503))
    assert not goes_again(command, Came(202))
    assert not goes_again(command, Came(403))
    assert goes_again(command, Came(0, is_sent=False))
    assert goes_again(command, Came(429))
    assert goes_again(command, Came(503, 1_000))


@pytest.mark.parametrize("name", TWICE)
def test_what_does_no_harm_twice_goes_again_when_nobody_knows(name: str) -> None:
    command = TWICE[name]
    assert is_safe_twice(command)
    assert all(goes_again(command, Came(status)) for status in (0, 429, 502, 503, 504))
    assert not any(goes_again(command, Came(status)) for status in (200, 202, 400, 403, 404, 500))


def test_a_question_to_a_service_is_never_repeated() -> None:
    ask = AskService(7, "crm", (), (), 1_000)
    assert not any(goes_again(ask, Came(status)) for status in (0, 429, 503))
    assert not goes_again(ask, Came(0, is_sent=False))


def test_graph_says_how_long_to_wait_else_chance_does() -> None:
    command = ONCE["transfer"]
    assert pause_ms(command, Came(429, 7_000), 0, Random(1)) == 7_000
    pauses = [pause_ms(command, Came(429), tries, Random(seed)) for tries in (0, 3, 40) for seed in range(50)]
    by_tries = [[one for one in pauses[at : at + 50] if one is not None] for at in (0, 50, 100)]
    assert 0 < min(by_tries[0]) <= max(by_tries[0]) <= 200
    assert 200 < max(by_tries[1]) <= 1_600
    assert 1_600 < max(by_tries[2]) <= 10_000
    assert len(set(by_tries[2])) > 40  # calls that failed together do not come back together


@pytest.mark.parametrize(
    ("headers", "wait_ms"),
    [
        ({}, None),
        ({"Retry-After": "3"}, 3_000),
        ({"retry-after": " 3 "}, 3_000),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "٣"}, None),
        ({"Retry-After": "9" * 400}, 9_999_999_999_000),
        ({"Retry-After": "Wed, 15 Nov 2023 00:00:10 GMT", "Date": "Wed, 15 Nov 2023 00:00:00 GMT"}, 10_000),
        ({"Retry-After": "Wed, 15 Nov 2023 00:00:00 GMT", "Date": "Wed, 15 Nov 2023 00:00:10 GMT"}, 0),
        ({"Retry-After": "Tue, 14 Nov 2023 22:13:25 GMT"}, 5_000),
        ({"Retry-After": "Wed, 99 Nov 2023 00:00:00 GMT"}, None),
    ],
)
def test_what_retry_after_says(headers: dict[str, str], wait_ms: int | None) -> None:
    assert retry_after_ms(HttpResponse(429, tuple(headers.items()), b""), NOW_MS) == wait_ms


def test_no_answer_and_an_answer_of_something_between_are_in_doubt() -> None:
    transfer, get = ONCE["transfer"], TWICE["get"]
    assert [status for status in (0, 200, 202, 429, 500, 502, 503, 504) if is_in_doubt(transfer, status)] == [
        0,
        502,
        504,
    ]
    assert [status for status in (0, 200, 404, 502, 504) if is_in_doubt(get, status)] == [0]
    assert came_of(None, NOW_MS) == Came(0)
    assert came_of(HttpResponse(503, (("Retry-After", "2"),), b""), NOW_MS) == Came(503, 2_000)


def test_until_when_it_goes_again() -> None:
    session = new_session("s", "d", plan_of("on answered: hang up\n"))
    minute = 60_000

    def until_ms(command: Command) -> int:
        return again.deadline_ms(session, command, NOW_MS) - NOW_MS

    assert until_ms(TWICE["hang up"]) == 45 * minute  # also over ten minutes without Graph: somebody hears silence
    assert until_ms(ONCE["notify"]) == 10 * minute
    assert until_ms(ONCE["transfer"]) == -NOW_MS  # nobody waits for it any more
    assert (
        again.again_at(session, TWICE["hang up"], NOW_MS, 5_000, NOW_MS + 10 * minute) == NOW_MS + 10 * minute + 5_000
    )
    assert again.again_at(session, TWICE["hang up"], NOW_MS, 5_000, NOW_MS + 45 * minute) is None
    assert again.again_at(session, ONCE["notify"], NOW_MS, 0, NOW_MS + 9 * minute) == NOW_MS + 9 * minute + 1


def test_a_question_after_a_pause_goes_again_though_the_bound_of_its_step_is_over() -> None:
    """Else one answer of 503 would decide about a call of which nothing is known."""
    waits = (Timer(1, NOW_MS - 20_000, "bound", 7), Timer(2, NOW_MS + 10_000, CHECK, -1))
    session = new_session("s", "d", plan_of("on answered: hang up\n"))
    session = session._replace(run=7, timers=waits, pending=(Pending(3, 0, "get", 7),))
    question = commands.Request(3, 0, "call", commands.GetCall())
    assert again.deadline_ms(session, question, NOW_MS) == NOW_MS + 10_000
    assert again.deadline_ms(session._replace(timers=waits[:1]), question, NOW_MS) == NOW_MS - 20_000
