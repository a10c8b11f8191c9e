"""A program or a service speaks: bounded in time and bytes, without a shell, without our secrets."""

import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from flowlang.prompts.voice import CommandVoice, VoiceError, environment, sayable
from flowlang.prompts.voice_http import HttpVoice
from tests.prompts.making import program, run, wav

SPEAKS_TO_FILE = """
import sys
file, text = sys.argv[1:]
open(file, "wb").write(b"said " + text.encode())
"""
SPEAKS_TO_PIPE = """
import sys
sys.stdout.buffer.write(b"said " + sys.stdin.buffer.read())
sys.stderr.write("x" * 500_000)
"""


def said(voice: CommandVoice, text: str) -> bytes:
    found: list[bytes] = []

    async def work() -> None:
        found.append(await voice.speak(text))

    run(work)
    return found[0]


def why_not(voice: CommandVoice, text: str = "hello") -> str:
    with pytest.raises(VoiceError) as error:
        said(voice, text)
    assert text not in str(error.value)
    return str(error.value)


def test_a_program_that_writes_a_file(tmp_path: Path) -> None:
    voice = CommandVoice([*program(tmp_path, SPEAKS_TO_FILE), "{file}", "{text}"])
    assert said(voice, "Grüß Gott; $(id) `id` {file} %s") == "said Grüß Gott; $(id) `id` {file} %s".encode()


def test_a_program_that_reads_and_writes_pipes(tmp_path: Path) -> None:
    voice = CommandVoice(program(tmp_path, SPEAKS_TO_PIPE))
    assert said(voice, "Grüß Gott " * 20_000) == b"said " + ("Grüß Gott " * 20_000).encode()


def test_a_text_is_never_an_option(tmp_path: Path) -> None:
    voice = CommandVoice([*program(tmp_path, SPEAKS_TO_FILE), "{file}", "{text}"])
    assert said(voice, "--file=/etc/passwd") == b"said  --file=/etc/passwd"


def test_the_language_is_filled_in(tmp_path: Path) -> None:
    words = program(tmp_path, "import sys; sys.stdout.write(sys.argv[1])")
    assert said(CommandVoice([*words, "-v{language}"], language="de"), "x") == b"-vde"
    assert CommandVoice(words, language="de").mark != CommandVoice(words, language="en").mark
    assert CommandVoice([*words, "-v"], language="de").mark != CommandVoice(words, language="de").mark


def test_a_program_that_does_not_listen(tmp_path: Path) -> None:
    voice = CommandVoice(program(tmp_path, "import sys; sys.stdin.close(); print('done', end='')"))
    assert said(voice, "x" * 1_000_000) == b"done"


def test_what_goes_wrong_is_said_without_the_text(tmp_path: Path) -> None:
    fails = program(tmp_path, "import sys; sys.exit(7)")
    assert why_not(CommandVoice(fails)).endswith(" ended with code 7")
    assert why_not(CommandVoice(program(tmp_path, ""))).endswith(" gave nothing")
    assert why_not(CommandVoice([*program(tmp_path, ""), "{file}"])).endswith(" gave nothing")
    assert "no-such-program cannot be started" in why_not(CommandVoice(["no-such-program"]))
    assert "cannot be started" in why_not(CommandVoice([str(tmp_path)]))


@pytest.mark.skipif(os.name != "posix", reason="groups of processes")
def test_what_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    text = f"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-I", "-c", "import time; time.sleep(100)"])
open({str(tmp_path / "child")!r}, "w").write(str(child.pid))
time.sleep(100)
"""
    began = time.monotonic()
    assert "took more than 1.5 seconds" in why_not(CommandVoice(program(tmp_path, text), timeout_seconds=1.5))
    assert time.monotonic() - began < 20
    child = int((tmp_path / "child").read_text())
    for _ in range(200):
        if not _is_running(child):
            return
        time.sleep(0.01)
    raise AssertionError("what the program started runs on")


def _is_running(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    "text",
    [
        "import sys\nwhile True: sys.stdout.buffer.write(bytes(10_000))",
        "import sys\nsys.stdout.buffer.write(bytes(100_001))",
    ],
)
def test_a_flood_is_cut_off(tmp_path: Path, text: str) -> None:
    voice = CommandVoice(program(tmp_path, text), most_bytes=100_000)
    assert why_not(voice).endswith(" gave more than 100000 bytes")


@pytest.mark.parametrize("after", ["time.sleep(100)", ""])
def test_a_flood_into_a_file_is_cut_off(tmp_path: Path, after: str) -> None:
    text = f"import sys, time\nfile = open(sys.argv[1], 'wb')\nfile.write(bytes(200_000))\nfile.close()\n{after}"
    voice = CommandVoice([*program(tmp_path, text), "{file}"], most_bytes=100_000)
    assert why_not(voice).endswith(" gave more than 100000 bytes")


def test_nothing_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    said(CommandVoice([*program(tmp_path, SPEAKS_TO_FILE), "{file}", "{text}"]), "hello")
    assert list(place.iterdir()) == []


def test_the_program_does_not_learn_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWLANG_CLIENT_SECRET", "top secret")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert "FLOWLANG_CLIENT_SECRET" not in environment()
    words = [sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))"]
    learnt = json.loads(said(CommandVoice(words), "x"))
    assert "top secret" not in learnt.values()
    assert learnt["LC_ALL"] == "C.UTF-8"


@pytest.mark.parametrize(
    ("text", "what"),
    [("  a \r\n b\tc ", "a b c"), ("a\0b\x1b[2J", "a b [2J"), ("\ud800x", "x"), ("Grüße 👋", "Grüße 👋"), ("\n", "")],
)
def test_control_characters_are_not_said(text: str, what: str) -> None:
    assert sayable(text) == what


# ---------------------------------------------------------------- a service


Answer = Callable[[Request], Awaitable[Response]]


def asked(answer: Answer, voice: Callable[[httpx.AsyncClient], HttpVoice], text: str = "hello") -> bytes:
    found: list[bytes] = []

    async def work() -> None:
        app = Starlette(routes=[Route("/speak", answer, methods=["POST"])])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            found.append(await voice(client).speak(text))

    run(work)
    return found[0]


def test_a_service_gets_text_and_language_and_gives_a_wav() -> None:
    seen: list[tuple[object, str]] = []

    async def answer(request: Request) -> Response:
        seen.append((await request.json(), request.headers["x-key"]))
        return Response(wav(), media_type="audio/wav")

    made = asked(answer, lambda c: HttpVoice(c, "http://t/speak", language="de-DE", headers={"X-Key": "k"}), "Grüße")
    assert made == wav()
    asked(answer, lambda c: HttpVoice(c, "http://t/speak", headers={"X-Key": "k"}))
    assert seen == [({"text": "Grüße", "language": "de-DE"}, "k"), ({"text": "hello"}, "k")]


def test_a_service_that_does_not_do_its_work() -> None:
    async def refuses(_request: Request) -> Response:
        return Response("no", 503)

    async def leads_away(_request: Request) -> Response:
        return Response("", 307, {"Location": "http://elsewhere/"})

    async def floods(_request: Request) -> Response:
        return Response(bytes(2_000))

    async def is_silent(_request: Request) -> Response:
        return Response(b"")

    async def sleeps(_request: Request) -> Response:
        await anyio.sleep_forever()
        return Response(b"")

    for answer, why in (
        (refuses, "the voice answered 503"), (leads_away, "the voice answered 307"),
        (floods, "the voice gave more than 1000 bytes"), (is_silent, "the voice gave nothing"),
        (sleeps, "the voice took more than 0.2 seconds"),
    ):  # fmt: skip
        with pytest.raises(VoiceError, match=why):
            asked(answer, lambda c: HttpVoice(c, "http://t/speak", timeout_seconds=0.2, most_bytes=1_000))


def test_a_service_that_is_not_there() -> None:
    async def work() -> None:
        async with httpx.AsyncClient() as client:
            with pytest.raises(VoiceError, match="cannot be reached: ConnectError"):
                await HttpVoice(client, "http://127.0.0.1:1/speak").speak("x")
            with pytest.raises(VoiceError, match="cannot be reached"):
                await HttpVoice(client, "nonsense").speak("x")

    run(work)
