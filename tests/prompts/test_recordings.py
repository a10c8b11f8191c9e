"""Recordings are fetched at once, with a token that is nowhere written down."""

import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from flowlang.prompts.download import Bounds
from flowlang.prompts.recordings import Around, Recordings, name_of, safe
from flowlang.prompts.slips import Slip, SlipBox, key_from
from tests.prompts.making import run, wav

ID = "0FE0623F-D628-42ED-B4BD-8AC290072CC5"
TOKEN = "t0p-s3cret"
KEY = key_from("the client secret")
SOUND = wav([1, 2, 3])
Answer = Callable[[Request], Response]


def body(
    operation: str = ID,
    context: str = "7",
    location: str = "https://files.example/a?sig=s1gned",
    url: str = "/calls/c1/x",
) -> bytes:
    data = {
        "@odata.type": "#microsoft.graph.recordOperation", "id": operation, "clientContext": context,
        "status": "completed", "recordingLocation": location, "recordingAccessToken": TOKEN,
    }  # fmt: skip
    return json.dumps({"value": [{"resourceUrl": url, "resourceData": data}]}).encode()


class Place:
    """Where recordings lie, and the process that fetches them. Pauses take no time; they are noted."""

    def __init__(self, path: Path, answer: Answer, key: bytes = KEY) -> None:
        self.path, self.key = path, key
        self.seen: list[tuple[str, str]] = []
        self.heard: list[str] = []
        self.pauses: list[float] = []
        self.now_ms = 1_000_000
        self.answer = answer

    async def application(self, scope: object, receive: object, send: object) -> None:
        request = Request(scope, receive)  # type: ignore[arg-type]
        self.seen.append((str(request.url), request.headers.get("authorization", "")))
        await self.answer(request)(scope, receive, send)  # type: ignore[arg-type]

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now_ms += int(seconds * 1000)
        await anyio.lowlevel.checkpoint()

    async def use(self, work: Callable[[Recordings], Awaitable[None]], *, fetches: bool = True) -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.application)) as client:
            around = Around(
                client, SlipBox(str(self.path / "slips"), self.key), lambda: self.now_ms, self.heard.append, self.sleep,
                Bounds(most_bytes=10_000),
            )  # fmt: skip
            recordings = Recordings(str(self.path / "kept"), around)
            async with anyio.create_task_group() as tasks:
                if fetches:
                    tasks.start_soon(recordings.run)
                await work(recordings)
                tasks.cancel_scope.cancel()

    def files(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in (self.path / "kept").iterdir()}

    def slips(self) -> list[Path]:
        return list((self.path / "slips").glob("*")) if (self.path / "slips").exists() else []


def gives(data: bytes = SOUND, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return lambda _request: Response(data, status, headers, "application/octet-stream")


def test_a_recording_is_fetched_with_its_token_and_kept_under_the_name_that_the_flow_knows(tmp_path: Path) -> None:
    place = Place(tmp_path, gives())

    async def work(recordings: Recordings) -> None:
        left = await recordings.withhold("call-1", body())
        assert TOKEN.encode() not in left
        assert await recordings.fetch(ID.lower(), "call-1-7.wav") == "kept"
        assert recordings.path("call-1-7.wav") == str(tmp_path / "kept" / "call-1-7.wav")

    run(lambda: place.use(work))
    assert place.seen == [("https://files.example/a?sig=s1gned", f"Bearer {TOKEN}")]
    assert place.files() == {"call-1-7.wav": SOUND}
    assert (place.slips(), place.heard) == ([], [])
    if os.name == "posix":
        assert (tmp_path / "kept" / "call-1-7.wav").stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o700


def test_a_repeat_fetches_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path, gives())

    async def work(recordings: Recordings) -> None:
        for _ in range(3):
            await recordings.withhold("call-1", body())
        await recordings.fetch(ID, "call-1-7.wav")
        await recordings.withhold("call-1", body())
        assert await recordings.fetch(ID, "call-1-7.wav") == "kept"

    run(lambda: place.use(work))
    run(lambda: place.use(work))  # Graph says it again to a new process
    assert len(place.seen) == 1
    assert place.slips() == []


def test_a_process_that_dies_before_it_is_there_leaves_a_sealed_slip(tmp_path: Path) -> None:
    place = Place(tmp_path, gives())

    async def dies(recordings: Recordings) -> None:
        await recordings.withhold("call-1", body())

    run(lambda: place.use(dies, fetches=False))
    assert place.files() == {}
    assert len(place.slips()) == 1
    written = place.slips()[0].read_bytes() + place.slips()[0].name.encode()
    for secret in (TOKEN.encode(), b"files.example", ID.lower().encode(), b"call-1"):
        assert secret not in written

    async def goes_on(recordings: Recordings) -> None:
        await anyio.wait_all_tasks_blocked()
        assert await recordings.fetch(ID, "call-1-7.wav") == "kept"

    run(lambda: place.use(goes_on))
    assert place.files() == {"call-1-7.wav": SOUND}
    assert place.slips() == []


def test_without_a_key_nothing_is_written_and_the_next_process_does_not_know(tmp_path: Path) -> None:
    place = Place(tmp_path, gives(), key=b"")

    async def dies(recordings: Recordings) -> None:
        await recordings.withhold("call-1", body())

    async def goes_on(recordings: Recordings) -> None:
        await anyio.wait_all_tasks_blocked()
        assert await recordings.fetch(ID, "call-1-7.wav") is None

    run(lambda: place.use(dies, fetches=False))
    assert place.slips() == []
    run(lambda: place.use(goes_on))
    assert place.seen == []


def test_a_slip_that_was_sealed_with_another_secret_is_told_and_removed(tmp_path: Path) -> None:
    place = Place(tmp_path, gives())

    async def dies(recordings: Recordings) -> None:
        await recordings.withhold("call-1", body())

    async def nothing(_recordings: Recordings) -> None:
        await anyio.wait_all_tasks_blocked()
        with anyio.move_on_after(5):
            while place.slips():  # noqa: ASYNC110 - files and lists of others
                await anyio.sleep(0.01)

    run(lambda: place.use(dies, fetches=False))
    place.key = key_from("a new client secret")
    run(lambda: place.use(nothing))
    assert place.heard == ["1 recordings cannot be fetched: their slips were sealed with another secret"]
    assert place.slips() == []


def later(*answers: Answer) -> Answer:
    """One answer after the other; the last one for ever."""
    left = list(answers)

    def answer(request: Request) -> Response:
        return (left.pop(0) if len(left) > 1 else left[0])(request)

    return answer


@pytest.mark.parametrize("first", [gives(b"", 404), gives(b"", 503), gives(b"", 500), gives(b"", 429), gives(b"", 200)])
def test_what_is_not_there_yet_is_asked_for_again(tmp_path: Path, first: Answer) -> None:
    place = Place(tmp_path, later(first, first, gives()))

    async def work(recordings: Recordings) -> None:
        await recordings.withhold("call-1", body())
        assert await recordings.fetch(ID, "call-1-7.wav") == "kept"

    run(lambda: place.use(work))
    assert place.pauses[:2] == [0.5, 1.0]
    assert place.files() == {"call-1-7.wav": SOUND}


def test_when_to_come_back_is_obeyed(tmp_path: Path) -> None:
    place = Place(tmp_path, later(gives(b"", 429, {"Retry-After": "17"}), gives()))

    async def work(recordings: Recordings) -> None:
        await recordings.withhold("call-1", body())
        assert await recordings.fetch(ID, "call-1-7.wav") == "kept"

    run(lambda: place.use(work))
    assert place.pauses[0] == 17


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (gives(b"", 401), "401 was the answer"),
        (gives(b"", 403), "403 was the answer"),
        (gives(b"", 410), "410 was the answer"),
        (gives(b"", 404), "404 was the answer"),
        (gives(b"", 502), "502 was the answer"),
        (gives(b""), "it is empty"),
        (gives(bytes(10_001)), "it has more than 10000 bytes"),
        (gives(b"", 302, {"Location": "http://files.example/plain"}), "its address is no https address"),
        (gives(b"", 302, {"Location": "https://files.example/a"}), "it leads on and on"),
    ],
)
def test_what_cannot_be_had_is_told_without_token_and_address(tmp_path: Path, answer: Answer, why: str) -> None:
    place = Place(tmp_path, answer)

    async def work(recordings: Recordings) -> None:
        await recordings.withhold("call-1", body())
        assert await recordings.fetch(ID, "call-1-7.wav") == "lost"

    run(lambda: place.use(work))
    assert place.heard == [f"the recording call-1-7.wav is lost: {why}"]
    assert (place.files(), place.slips()) == ({}, [])
    assert len(place.seen) < 60


@pytest.mark.parametrize("location", ["http://files.example/a", "file:///etc/passwd", "nonsense", "https://", "//x/y"])
def test_a_token_goes_to_https_only(tmp_path: Path, location: str) -> None:
    place = Place(tmp_path, gives())

    async def work(recordings: Recordings) -> None:
        await recordings.withhold("call-1", body(location=location))
        assert await recordings.fetch(ID, "call-1-7.wav") == "lost"

    run(lambda: place.use(work))
    assert place.files() == {}
    assert all(address == "https://" for address, _ in place.seen)


def test_another_host_is_followed_without_the_token(tmp_path: Path) -> None:
    def answer(request: Request) -> Response:
        if request.url.hostname == "files.example":
            return Response(b"", 302, {"Location": "https://elsewhere.example/b"})
        return Response(SOUND)

    place = Place(tmp_path, answer)

    async def work(recordings: Recordings) -> None:
        await recordings.withhold("call-1", body())
        assert await recordings.fetch(ID, "call-1-7.wav") == "kept"

    run(lambda: place.use(work))
    assert [authorization for _, authorization in place.seen] == [f"Bearer {TOKEN}", ""]


def test_a_flood_is_not_read_to_its_end(tmp_path: Path) -> None:
    sent = 0

    async def flood() -> object:
        nonlocal sent
        while sent < 10_000_000:
            sent += 1_000
            yield bytes(1_000)

    place = Place(tmp_path, lambda _request: StreamingResponse(flood()))  # type: ignore[arg-type]

    async def work(recordings: Recordings) -> None:
        await recordings.withhold("call-1", body())
        assert await recordings.fetch(ID, "call-1-7.wav") == "lost"

    run(lambda: place.use(work))
    assert place.files() == {}


def test_a_recording_that_nobody_asks_for_any_more_is_kept_and_told(tmp_path: Path) -> None:
    place = Place(tmp_path, gives())

    async def work(recordings: Recordings) -> None:
        await recordings.withhold("call-1", body())
        with anyio.fail_after(10):
            while not place.heard:  # noqa: ASYNC110 - files and lists of others
                await anyio.sleep(0.01)

    run(lambda: place.use(work))
    assert place.files() == {"call-1-7.wav": SOUND}
    assert place.heard == ["a recording came after its flow had gone on; it is kept as call-1-7.wav"]
    assert place.slips() == []


@pytest.mark.parametrize("waits", [True, False])
def test_without_our_context_it_gets_its_name_when_the_flow_asks(tmp_path: Path, waits: bool) -> None:
    place = Place(tmp_path, gives())

    async def work(recordings: Recordings) -> None:
        await recordings.withhold("", body(context=""))
        if waits:
            with anyio.fail_after(10):
                while not place.files():  # noqa: ASYNC110 - files and lists of others
                    await anyio.sleep(0.01)
            assert list(place.files()) == [f"c1-{ID.replace('-', '').lower()}.wav"]
        assert await recordings.fetch(ID, "call-1-7.wav") == "kept"

    run(lambda: place.use(work))
    assert place.files() == {"call-1-7.wav": SOUND}


def test_what_is_no_wav_is_kept_and_told(tmp_path: Path) -> None:
    place = Place(tmp_path, gives(b"something else"))

    async def work(recordings: Recordings) -> None:
        await recordings.withhold("call-1", body())
        assert await recordings.fetch(ID, "call-1-7.wav") == "kept"

    run(lambda: place.use(work))
    assert place.heard == ["the recording call-1-7.wav is no WAV; it is kept as it came"]


def test_a_full_disk_is_told_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path, gives())
    from flowlang.prompts.files import write_file

    left = [OSError(28, "No space left on device")] * 2

    def write(folder: str, name: str, data: bytes) -> None:
        if left and name.endswith(".wav"):
            raise left.pop()
        write_file(folder, name, data)

    monkeypatch.setattr("flowlang.prompts.recordings.write_file", write)

    async def work(recordings: Recordings) -> None:
        await recordings.withhold("call-1", body())
        assert await recordings.fetch(ID, "call-1-7.wav") == "kept"

    run(lambda: place.use(work))
    assert place.heard == ["a recording cannot be kept: No space left on device"] * 2
    assert place.files() == {"call-1-7.wav": SOUND}


def test_a_slip_that_cannot_be_written_does_not_keep_the_notification_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, gives())

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("flowlang.prompts.slips.write_file", full)

    async def work(recordings: Recordings) -> None:
        assert TOKEN.encode() not in await recordings.withhold("call-1", body())
        assert await recordings.fetch(ID, "call-1-7.wav") == "kept"

    run(lambda: place.use(work))
    assert place.heard == ["a recording may be lost when the service ends now: No space left on device"]


def test_the_recordings_of_a_call_can_be_removed(tmp_path: Path) -> None:
    place = Place(tmp_path, gives())

    async def work(recordings: Recordings) -> None:
        for name in ("call-1-7.wav", "call-1-9.wav", "call-10-7.wav", "note.txt"):
            (tmp_path / "kept" / name).write_bytes(b"x")
        assert recordings.remove(["call-1", "nobody"]) == 2
        assert recordings.remove([]) == 0

    run(lambda: place.use(work))
    assert sorted(place.files()) == ["call-10-7.wav", "note.txt"]


@pytest.mark.parametrize(
    ("call_id", "name"),
    [
        ("57dab8b1-894c", "57dab8b1-894c-7.wav"),
        ("../../etc/x", "_.._etc_x-7.wav"),
        ("..", "-7.wav"),
        ("a\\b\0c\nd", "a_b_c_d-7.wav"),
        ("x" * 300, "x" * 194 + "-7.wav"),
    ],
)
def test_a_name_is_never_a_path(call_id: str, name: str) -> None:
    assert name_of(call_id, "7") == name
    assert safe(name) == name


def test_a_slip_is_opened_with_its_key_only(tmp_path: Path) -> None:
    slip = Slip("id", "a.wav", "https://x", TOKEN, 5)
    SlipBox(str(tmp_path), KEY).keep(slip)
    assert SlipBox(str(tmp_path), KEY).read() == ([slip], 0)
    assert key_from("") == b""
    assert SlipBox(str(tmp_path), b"").read() == ([], 0)
    file = next(tmp_path.iterdir())
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert SlipBox(str(tmp_path), KEY).read() == ([], 1)
    assert list(tmp_path.iterdir()) == []
    SlipBox(str(tmp_path), KEY).drop("nothing")
