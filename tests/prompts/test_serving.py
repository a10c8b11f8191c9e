"""`GET /prompts/DIGEST.wav`: what was published, and nothing else."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from flowlang.prompts.contents import Contents
from flowlang.prompts.serving import PromptServer
from tests.prompts.making import run, wav

SOUND = wav(list(range(1_000)))
Use = Callable[[httpx.AsyncClient, str], Awaitable[None]]


def served(path: Path, use: Use) -> None:
    contents = Contents(str(path))
    digest = contents.put(SOUND)

    async def work() -> None:
        app = Starlette(routes=[*PromptServer(contents).routes()])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
            await use(client, digest)

    run(work)


def test_get_and_head(tmp_path: Path) -> None:
    async def use(client: httpx.AsyncClient, digest: str) -> None:
        answer = await client.get(f"/prompts/{digest}.wav")
        assert (answer.status_code, answer.content) == (200, SOUND)
        assert answer.headers["content-type"] == "audio/wav"
        assert answer.headers["etag"] == f'"{digest}"'
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["accept-ranges"] == "bytes"
        assert "content-disposition" not in answer.headers
        head = await client.head(f"/prompts/{digest}.wav", headers={"Range": "bytes=0-3"})
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(SOUND))

    served(tmp_path, use)


@pytest.mark.parametrize(
    ("header", "status", "content", "said"),
    [
        ("bytes=0-3", 206, SOUND[:4], f"bytes 0-3/{len(SOUND)}"),
        ("bytes=2000-", 206, SOUND[2000:], f"bytes 2000-{len(SOUND) - 1}/{len(SOUND)}"),
        ("bytes=-10", 206, SOUND[-10:], f"bytes {len(SOUND) - 10}-{len(SOUND) - 1}/{len(SOUND)}"),
        ("bytes=0-999999", 206, SOUND, f"bytes 0-{len(SOUND) - 1}/{len(SOUND)}"),
        ("bytes=999999-", 416, None, f"bytes */{len(SOUND)}"),
        ("bytes=5-2", 200, SOUND, None),
        ("bytes=0-1,4-5", 200, SOUND, None),
        ("bytes=x-y", 200, SOUND, None),
        ("lines=1-2", 200, SOUND, None),
        ("bytes=", 200, SOUND, None),
    ],
)
def test_ranges(tmp_path: Path, header: str, status: int, content: bytes | None, said: str | None) -> None:
    async def use(client: httpx.AsyncClient, digest: str) -> None:
        answer = await client.get(f"/prompts/{digest}.wav", headers={"Range": header})
        assert answer.status_code == status
        assert answer.headers.get("content-range") == said
        assert content is None or answer.content == content

    served(tmp_path, use)


def test_each_answer_is_told_with_its_status(tmp_path: Path) -> None:
    contents = Contents(str(tmp_path))
    digest = contents.put(SOUND)
    told: list[int] = []

    async def work() -> None:
        app = Starlette(routes=[*PromptServer(contents, told.append).routes()])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
            for path, headers in (
                (f"/prompts/{digest}.wav", {}), (f"/prompts/{digest}.wav", {"Range": "bytes=0-3"}),
                (f"/prompts/{digest}.wav", {"If-None-Match": "*"}),
                (f"/prompts/{digest}.wav", {"Range": "bytes=999999-"}), ("/prompts/x.wav", {}),
            ):  # fmt: skip
                assert (await client.get(path, headers=headers)).status_code == (told or [0])[-1]

    run(work)
    assert told == [200, 206, 304, 416, 404]


def test_a_range_of_another_content_is_the_whole(tmp_path: Path) -> None:
    async def use(client: httpx.AsyncClient, digest: str) -> None:
        for tag, status in ((f'"{digest}"', 206), ('"other"', 200)):
            answer = await client.get(f"/prompts/{digest}.wav", headers={"Range": "bytes=0-3", "If-Range": tag})
            assert answer.status_code == status

    served(tmp_path, use)


@pytest.mark.parametrize(
    ("form", "status"), [('"{}"', 304), ('W/"{}"', 304), ('"x", "{}"', 304), ("*", 304), ('"x"', 200)]
)
def test_who_has_it_already_is_told_so(tmp_path: Path, form: str, status: int) -> None:
    async def use(client: httpx.AsyncClient, digest: str) -> None:
        answer = await client.get(f"/prompts/{digest}.wav", headers={"If-None-Match": form.format(digest)})
        assert answer.status_code == status
        assert answer.headers["etag"] == f'"{digest}"'
        assert answer.content == (b"" if status == 304 else SOUND)

    served(tmp_path, use)


@pytest.mark.parametrize(
    "path",
    [
        "/prompts/", "/prompts", "/prompts/key", "/prompts/{0}", "/prompts/{0}.wa", "/prompts/{0}.wav/",
        "/prompts/{0}.WAV",
        "/prompts/{1}.wav", "/prompts/{0}.wav.wav", "/prompts/../contents/key", "/prompts/..%2f..%2fetc%2fpasswd",
        "/prompts/%2e%2e/key", "/prompts/..%5ckey", "/prompts/{0}.wav%00", "/prompts/%00", "/prompts/.%2f{0}.wav",
        "/prompts//etc/passwd", "/prompts/C:%5Cwindows", "/prompts/{2}.wav", "/prompts/hello.wav", "/prompts/%ff%fe",
        "/prompts/" + "a" * 5_000, "/prompts/" + "0" * 64 + ".wav",
    ],
)  # fmt: skip
def test_nothing_else_is_there(tmp_path: Path, path: str) -> None:
    (tmp_path / "hello.wav").write_bytes(SOUND)

    async def use(client: httpx.AsyncClient, digest: str) -> None:
        answer = await client.get(path.format(digest, digest.upper(), digest[:-1] + "g"), follow_redirects=True)
        assert answer.status_code == 404
        assert SOUND not in answer.content

    served(tmp_path, use)


def test_a_file_that_somebody_put_there_while_it_runs_is_not_served(tmp_path: Path) -> None:
    async def use(client: httpx.AsyncClient, _digest: str) -> None:
        (tmp_path / ("a" * 64 + ".wav")).write_bytes(SOUND)
        assert (await client.get("/prompts/" + "a" * 64 + ".wav")).status_code == 404

    served(tmp_path, use)


def test_a_file_that_somebody_removed_is_not_there_and_nothing_breaks(tmp_path: Path) -> None:
    async def use(client: httpx.AsyncClient, digest: str) -> None:
        os.unlink(tmp_path / f"{digest}.wav")
        answer = await client.get(f"/prompts/{digest}.wav")
        assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")

    served(tmp_path, use)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_it_can_only_be_read(tmp_path: Path, method: str) -> None:
    async def use(client: httpx.AsyncClient, digest: str) -> None:
        assert (await client.request(method, f"/prompts/{digest}.wav")).status_code == 405

    served(tmp_path, use)
