"""Prompts are fetched and played only as Graph plays them; recordings lie behind a token."""

from urllib.parse import urlsplit

import anyio
import httpx
import pytest

from flowlang.sim_server import files
from flowlang.simulator.media import BAD_FILE, NO_FILE
from flowlang.simulator.values import Fetch, Knobs, Recording
from flowlang.wav import read_wav, unplayable
from tests.prompts.making import wav
from tests.sim_server.town import Town, run
from tests.simulator.rig import PLAY

GOOD = wav([1, 2] * 8_000)  # one second
URI = "https://bot.example.com/{}.wav"


def web(request: httpx.Request) -> httpx.Response:
    """A web that holds good files and others."""
    name = request.url.path.strip("/").removesuffix(".wav")
    match name:
        case "good":
            return httpx.Response(200, content=GOOD)
        case "stereo":
            return httpx.Response(200, content=wav(channels=2))
        case "text":
            return httpx.Response(200, content=b"<html>")
        case "big":
            return httpx.Response(200, content=b"x" * 2_000)
        case "moved":
            return httpx.Response(302, headers={"Location": URI.format("good")})
        case "away":
            raise httpx.ConnectError("connection refused")
        case _:
            return httpx.Response(404)


def fetched(*names: str) -> files.Got:
    found: list[files.Got] = []

    async def main() -> None:
        uris = tuple([name if ":" in name else URI.format(name) for name in names])
        async with httpx.AsyncClient(transport=httpx.MockTransport(web)) as client:
            found.append(await files.fetched(client, Fetch("c", "o", uris)))

    run(main)
    return found[0]


def test_good_prompts_play_as_long_as_they_are() -> None:
    assert fetched("good", "good") == files.Got((1_000, 1_000))
    assert fetched() == files.Got(())


@pytest.mark.parametrize(
    ("name", "failure", "trouble"),
    [
        ("gone", NO_FILE, "https://bot.example.com/gone.wav: HTTP 404"),
        ("moved", NO_FILE, "https://bot.example.com/moved.wav: HTTP 302"),
        ("away", NO_FILE, "https://bot.example.com/away.wav: connection refused"),
        ("text", BAD_FILE, "https://bot.example.com/text.wav is no WAV file"),
        ("stereo", BAD_FILE, "https://bot.example.com/stereo.wav is in stereo, which the platform does not play"),
    ],
)  # fmt: skip
def test_prompts_that_cannot_be_played(name: str, failure: tuple[int, int], trouble: str) -> None:
    assert fetched("good", name) == files.Got(failure=failure, trouble=trouble)


def test_addresses_that_are_none() -> None:
    for uri in ("nowhere:x", "http://[::1", "file:///etc/passwd"):
        got = fetched(uri)
        assert got.failure == NO_FILE
        assert got.trouble.startswith(f"{uri}: ")


def test_a_prompt_that_has_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 1_000)
    got = fetched("big")
    assert (got.failure, got.trouble) == (NO_FILE, "https://bot.example.com/big.wav: more than 1000 bytes")


def test_a_prompt_that_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FETCH_SECONDS", 0.02)
    got: list[files.Got] = []

    async def never(_request: httpx.Request) -> httpx.Response:
        await anyio.sleep_forever()
        raise AssertionError

    async def main() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(never)) as client:
            got.append(await files.fetched(client, Fetch("c", "o", (URI.format("good"),))))

    run(main)
    assert got[0] == files.Got(failure=NO_FILE, trouble="https://bot.example.com/good.wav: no answer within 0.02 s")


def test_a_prompt_waits_until_it_is_fetched_and_lasts_as_long_as_it_is() -> None:
    town = Town(Knobs(prompt_ms=-1), fetches_prompts=True)
    call_id = town.answered()
    town.plays(call_id)
    town.wait(30_000)
    assert "playPrompt completed 200/0" not in town.told(call_id), "nobody has fetched it"
    (fetch,) = town.server.graph.fetches()
    assert fetch.uris == (PLAY["prompts"][0]["mediaInfo"]["uri"],)  # type: ignore[index]
    town.server.graph.fetched(fetch, town.now_ms, (4_000,))
    town.wait(3_900)
    assert "playPrompt completed 200/0" not in town.told(call_id)
    town.wait(600)
    assert "playPrompt completed 200/0" in town.told(call_id)


def test_a_prompt_that_cannot_be_played_is_told_to_the_application() -> None:
    town = Town(fetches_prompts=True)
    call_id = town.answered()
    town.plays(call_id)
    (fetch,) = town.server.graph.fetches()
    town.server.graph.fetched(fetch, town.now_ms, (), BAD_FILE)
    town.wait(1_000)
    assert "playPrompt failed 400/8535" in town.told(call_id)


# ---------------------------------------------------------------- recordings


def test_a_recording_is_as_long_as_somebody_spoke_and_has_the_form_of_graph() -> None:
    for length_ms in (0, 1, 1_500, 3_000):
        found = read_wav(files.spoken(Recording("c", "t", length_ms)))
        assert found is not None
        assert found.length_ms == length_ms
        assert unplayable(found) == ""
    longest = read_wav(files.spoken(Recording("c", "t", 3_600_000)))
    assert longest is not None
    assert longest.length_ms == files.LONGEST_RECORDING_SECONDS * 1000


def test_whoever_shows_the_token_gets_the_recording() -> None:
    town = Town()
    call_id = town.answered()
    body = {"bargeInAllowed": True, "clientContext": "c", "maxRecordDurationInSeconds": 10, "playBeep": True,
            "prompts": [], "initialSilenceTimeoutInSeconds": 5, "maxSilenceTimeoutInSeconds": 2,
            "stopTones": []}  # fmt: skip
    asked = town.send("POST", f"/{call_id}/recordResponse", body)
    assert asked.status_code == 200
    town.wait(15_000)
    done = town.send("GET", f"/{call_id}/operations/{asked.json()['id']}").json()
    path, token = urlsplit(done["recordingLocation"]).path, done["recordingAccessToken"]
    assert town.ask("GET", path).status_code == 401
    assert town.ask("GET", path, headers={"Authorization": "Bearer x"}).status_code == 401
    answer = town.ask("GET", path, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    assert read_wav(answer.content) is not None
    assert town.ask("GET", "/recordings/none").status_code == 404
    town.post("/sim/reset")
    assert town.ask("GET", path, headers={"Authorization": f"Bearer {token}"}).status_code == 404
