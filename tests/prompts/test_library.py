"""Prompts are kept by content, for each plan its own."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from flowlang.plan import PromptFile
from flowlang.prompts.contents import Contents, is_digest, resource_id
from flowlang.prompts.files import PART, write_file
from flowlang.prompts.finding import digest_of, digests, files_of, lengths_ms, prompts_of
from flowlang.prompts.library import RECENT_MS
from tests.prompts.making import BASE, library, wav

ONE, OTHER = wav(), wav([5, 6, 7, 8])


def reads(**files: bytes) -> Callable[[str], bytes | None]:
    return lambda name: files.get(name.removesuffix(".wav"))


def test_a_prompt_has_an_address_by_its_content_and_a_resource_id(tmp_path: Path) -> None:
    kept, contents = library(tmp_path)
    assert kept.publish("p1", [PromptFile("hello.wav")], reads(hello=ONE)) == []
    found = kept.find("p1", "c", "hello.wav")
    assert found is not None
    base, _, file = found.uri.rpartition("/")
    digest = file.removesuffix(".wav")
    assert (base, is_digest(digest)) == (BASE, True)
    assert UUID(found.resource_id).variant == "specified in RFC 4122"
    path = contents.path(digest)
    assert path is not None
    assert Path(path).read_bytes() == ONE


def test_the_same_content_has_one_address_whatever_it_is_called(tmp_path: Path) -> None:
    kept, _contents = library(tmp_path)
    kept.publish("p1", [PromptFile("a.wav"), PromptFile("sub/b.wav")], lambda _name: ONE)
    assert kept.find("p1", "c", "a.wav") == kept.find("p1", "c", "sub/b.wav")
    assert len(list((tmp_path / "contents").glob("*.wav"))) == 1


def test_a_changed_file_is_another_prompt_and_calls_in_flight_keep_theirs(tmp_path: Path) -> None:
    kept, contents = library(tmp_path)
    kept.publish("old", [PromptFile("hello.wav")], reads(hello=ONE))
    kept.publish("new", [PromptFile("hello.wav")], reads(hello=OTHER))
    old, new = kept.find("old", "c", "hello.wav"), kept.find("new", "c", "hello.wav")
    assert old is not None
    assert new is not None
    assert old.uri != new.uri
    assert old.resource_id != new.resource_id
    again, contents = library(tmp_path)  # after a restart
    assert (again.find("old", "c", "hello.wav"), again.find("new", "c", "hello.wav")) == (old, new)
    assert contents.path(old.uri.rpartition("/")[2].removesuffix(".wav")) is not None


def test_an_address_cannot_be_worked_out_from_the_content(tmp_path: Path) -> None:
    here, there = Contents(str(tmp_path / "a")), Contents(str(tmp_path / "b"))
    assert here.put(ONE) != there.put(ONE)
    assert here.put(ONE) != digest_of(ONE)
    assert Contents(str(tmp_path / "a")).put(ONE) == here.put(ONE)


@pytest.mark.parametrize(
    ("prompt", "data", "why"),
    [
        (PromptFile("x.wav"), None, "`x.wav` is neither beside the flow nor in the folder of prompts"),
        (PromptFile("x.wav"), b"ID3", "`x.wav` ends in .wav, but holds something else"),
        (PromptFile("x.wav"), wav(hertz=8_000), "`x.wav` has 8 kHz, which the platform does not play"),
        (PromptFile("x.wav"), wav(channels=2), "`x.wav` is in stereo, which the platform does not play"),
        (PromptFile("x.wav", 0, digest_of(OTHER)), ONE, "`x.wav` was changed while the flow was read"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_published(
    tmp_path: Path, prompt: PromptFile, data: bytes | None, why: str
) -> None:
    kept, _ = library(tmp_path)
    wrong = kept.publish("p1", [PromptFile("good.wav"), prompt], lambda name: ONE if name == "good.wav" else data)
    assert wrong == [why]
    assert kept.find("p1", "c", "good.wav") is None


def test_an_address_is_left_to_graph_and_is_new_for_each_call(tmp_path: Path) -> None:
    kept, _ = library(tmp_path)
    name = "https://cdn.example/hello.wav"
    assert kept.publish("p1", [PromptFile(name)], lambda _name: None) == []
    one, other = kept.find("p1", "c1", name), kept.find("p1", "c2", name)
    assert one is not None
    assert other is not None
    assert one.uri == other.uri == name
    assert one == kept.find("p1", "c1", name)
    assert one.resource_id != other.resource_id
    assert kept.find("p1", "c1", "http://cdn.example/hello.wav") is None


def test_only_the_prompts_of_the_plan_are_found(tmp_path: Path) -> None:
    kept, _ = library(tmp_path)
    kept.publish("p1", [PromptFile("a.wav")], reads(a=ONE, b=ONE))
    assert kept.find("p1", "c", "b.wav") is None
    assert kept.find("p2", "c", "a.wav") is None


def test_a_list_that_somebody_wrote_into_leads_nowhere(tmp_path: Path) -> None:
    kept, _ = library(tmp_path)
    listed = {"a.wav": "../key", "b.wav": 3, "c.wav": "A" * 64}
    (tmp_path / "plans" / "p1.json").write_text(json.dumps(listed))
    (tmp_path / "plans" / "p2.json").write_text("[")
    assert [kept.find("p1", "c", name) for name in listed] == [None] * 3
    assert kept.find("p2", "c", "a.wav") is None


def test_what_no_plan_plays_goes_and_the_rest_stays(tmp_path: Path) -> None:
    kept, contents = library(tmp_path)
    kept.publish("old", [PromptFile("a.wav"), PromptFile("b.wav")], reads(a=ONE, b=OTHER))
    kept.publish("new", [PromptFile("a.wav")], reads(a=ONE))
    said, said_no_more = contents.put(wav([9, 9])), contents.put(wav([8, 8]))
    files = [*(tmp_path / "contents").glob("*.wav"), *(tmp_path / "plans").glob("*.json")]
    assert kept.forget({"new"}, {said}, RECENT_MS) == 0  # it is all young
    for file in files:
        os.utime(file, (1, 1))
    assert kept.forget({"new"}, {said}, RECENT_MS + 10_000) == 2
    assert kept.find("old", "c", "a.wav") is None
    assert kept.find("new", "c", "a.wav") is not None
    assert contents.path(said) is not None
    assert contents.path(said_no_more) is None
    assert len(list((tmp_path / "contents").glob("*.wav"))) == 2


def test_a_prompt_is_looked_for_beside_the_flow_then_with_the_operator(tmp_path: Path) -> None:
    disk = {"/flows/a.wav": b"beside", "/ops/a.wav": b"ops a", "/ops/sub/b.wav": b"ops b", "/secret.wav": b"no"}
    read = prompts_of(disk.get, "/flows", "/ops")
    assert [read(name) for name in ("a.wav", "sub/b.wav", "sub\\b.wav", "c.wav")] == [
        b"beside",
        b"ops b",
        b"ops b",
        None,
    ]
    assert read("../secret.wav") is None or read("../secret.wav") != b"ops a"
    assert prompts_of(disk.get, "/flows", "/ops/sub")("../a.wav") is None
    assert prompts_of(disk.get, "/flows")("sub/b.wav") is None


def test_check_finds_prompts_of_the_operator_and_nothing_else_there() -> None:
    disk = {"/ops/sub/b.wav": b"ops b", "/ops/common.flow": b"flow", "/secret.wav": b"no"}
    read = files_of(disk.get, "flows", "/ops")
    assert read("flows/sub/b.wav") == b"ops b"
    assert read("flows/common.flow") is None
    assert read("secret.wav") is None


def test_length_and_digest_for_the_compiler() -> None:
    read = reads(a=wav([0] * 16_000))
    assert [lengths_ms(read)(name) for name in ("a.wav", "b.wav", "https://x.example/a.wav")] == [1_000, 0, 0]
    assert [digests(read)(name) for name in ("b.wav", "https://x.example/a.wav")] == ["", ""]
    assert digests(read)("a.wav") == digest_of(wav([0] * 16_000))


def test_files_are_for_the_service_alone_and_parts_go(tmp_path: Path) -> None:
    folder = tmp_path / "calls.db.sound" / "contents"
    digest = Contents(str(folder)).put(ONE)
    (folder / f"{PART}rest").write_bytes(b"half")
    again = Contents(str(folder))
    assert not list(folder.glob(f"{PART}*"))
    assert again.path(digest) is not None
    if os.name == "posix":
        assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file(str(tmp_path), "a", b"before")

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_file(str(tmp_path), "a", b"after")
    assert [file.name for file in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"before"


def test_a_resource_id_differs_where_the_content_does() -> None:
    assert resource_id("0" * 64) != resource_id("1" + "0" * 63)
    assert resource_id("f" * 64) == "ffffffff-ffff-5fff-bfff-ffffffffffff"
