"""A text is made once, and kept by text and voice."""

import os
from pathlib import Path

import anyio
import pytest

from flowlang.plan import Const, Expr, Join, Place, Say, Var
from flowlang.prompts.contents import Contents
from flowlang.prompts.library import Library
from flowlang.prompts.sounds import Sounds
from flowlang.prompts.speech import AT_ONCE, TOUCHES_MS, Speech, fixed_texts
from flowlang.prompts.voice import MOST_TEXT, VoiceError
from flowlang.wav import read_wav
from tests.flowtext import plan_of
from tests.prompts.making import run, sound_of, wav


class Speaks:
    """A voice that counts, and does what it is told."""

    def __init__(self, mark: str = "one", made: bytes = b"") -> None:
        self.mark, self.given = mark, made
        self.said: list[str] = []
        self.why_not = ""
        self.at_once = self.most_at_once = 0
        self.go_on: anyio.Event | None = None

    async def speak(self, text: str) -> bytes:
        self.said.append(text)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.go_on is not None:
                await self.go_on.wait()
            if self.why_not:
                raise VoiceError(self.why_not)
            return self.given or wav([len(text)] * 20)
        finally:
            self.at_once -= 1


def speech(path: Path, voice: Speaks, longest_ms: int = 600_000) -> tuple[Speech, Contents]:
    contents = Contents(str(path / "contents"))
    return Speech(str(path), contents, voice, longest_ms), contents


def test_a_text_is_made_once_and_again_after_a_restart_never(tmp_path: Path) -> None:
    async def work() -> None:
        voice = Speaks()
        said, contents = speech(tmp_path, voice)
        assert said.made("hello") is None
        digest = await said.make("hello", 0)
        assert await said.make(" hello\n", 0) == digest == said.made("hello")
        path = contents.path(digest)
        assert path is not None
        assert sound_of(await anyio.Path(path).read_bytes()) == [5] * 20
        again, _ = speech(tmp_path, voice)
        assert again.made("hello") == digest
        assert await again.make("hello", 0) == digest
        assert voice.said == ["hello"]
        assert await again.make("another", 0) != digest

    run(work)


def test_another_voice_says_it_anew(tmp_path: Path) -> None:
    async def work() -> None:
        await speech(tmp_path, Speaks("one"))[0].make("hello", 0)
        other = Speaks("two", wav([1, 2, 3]))
        said, _ = speech(tmp_path, other)
        assert said.made("hello") is None
        await said.make("hello", 0)
        assert other.said == ["hello"]

    run(work)


def test_nobody_can_read_from_the_disk_what_was_said(tmp_path: Path) -> None:
    async def work() -> None:
        await speech(tmp_path, Speaks())[0].make("Your code is 4711", 0)

    run(work)
    for file in tmp_path.rglob("*"):
        assert "4711" not in file.name
        assert file.is_dir() or b"4711" not in file.read_bytes()


def test_many_who_want_the_same_text_wait_for_one(tmp_path: Path) -> None:
    async def work() -> None:
        voice = Speaks()
        voice.go_on = anyio.Event()
        said, _ = speech(tmp_path, voice)
        found: list[str] = []

        async def want() -> None:
            found.append(await said.make("hello", 0))

        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(want)
            await anyio.wait_all_tasks_blocked()
            voice.go_on.set()
        assert voice.said == ["hello"]
        assert len(found) == 20
        assert len(set(found)) == 1

    run(work)


def test_when_who_came_first_goes_away_the_next_one_makes_it(tmp_path: Path) -> None:
    async def work() -> None:
        voice = Speaks()
        voice.go_on = anyio.Event()
        said, _ = speech(tmp_path, voice)
        found: list[str] = []

        async def want() -> None:
            found.append(await said.make("hello", 0))

        async with anyio.create_task_group() as tasks:
            first = anyio.create_task_group()
            async with first:
                first.start_soon(want)
                await anyio.wait_all_tasks_blocked()
                tasks.start_soon(want)
                await anyio.wait_all_tasks_blocked()
                first.cancel_scope.cancel()
            voice.go_on.set()
        assert voice.said == ["hello", "hello"]
        assert len(found) == 1

    run(work)


def test_only_so_many_at_once(tmp_path: Path) -> None:
    async def work() -> None:
        voice = Speaks()
        voice.go_on = anyio.Event()
        said, _ = speech(tmp_path, voice)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(said.prepare, [f"text {number}" for number in range(20)], 0)
            await anyio.wait_all_tasks_blocked()
            voice.go_on.set()
        assert voice.most_at_once == AT_ONCE
        assert len(voice.said) == 20

    run(work)


def test_a_voice_that_fails_may_speak_later(tmp_path: Path) -> None:
    async def work() -> None:
        voice = Speaks()
        voice.why_not = "it is hoarse"
        said, _ = speech(tmp_path, voice)
        with pytest.raises(VoiceError, match="hoarse"):
            await said.make("hello", 0)
        assert await said.prepare(["a", "b", "a"], 0) == ["the voice for `say`: it is hoarse"]
        voice.why_not = ""
        await said.make("hello", 0)
        assert await said.prepare(["a", "b"], 0) == []

    run(work)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (b"<html>", "what it gives cannot be played: it is no WAV"),
        (wav([]), "what it gives cannot be played: it holds no sound"),
        (wav([1] * 16_000 * 3), "it says more than 2 seconds"),
    ],
)
def test_what_cannot_be_played_is_a_voice_that_fails(tmp_path: Path, made: bytes, why: str) -> None:
    async def work() -> None:
        said, _ = speech(tmp_path, Speaks(made=made), 2_000)
        with pytest.raises(VoiceError) as error:
            await said.make("hello", 0)
        assert str(error.value) == why
        assert said.made("hello") is None

    run(work)


def test_a_disk_that_is_full_is_a_voice_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        said, _ = speech(tmp_path, Speaks())

        def full(*_given: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("flowlang.prompts.contents.write_file", full)
        with pytest.raises(VoiceError, match="cannot be kept: No space left"):
            await said.make("hello", 0)

    run(work)


def test_long_and_empty_texts(tmp_path: Path) -> None:
    async def work() -> None:
        voice = Speaks()
        said, contents = speech(tmp_path, voice)
        with pytest.raises(VoiceError, match="at most"):
            await said.make("x" * (MOST_TEXT + 1), 0)
        path = contents.path(await said.make(" \n", 0))
        assert path is not None
        wav_of_silence = read_wav(await anyio.Path(path).read_bytes())
        assert wav_of_silence is not None
        assert wav_of_silence.length_ms == 100
        assert said.made("") is not None
        assert voice.said == []

    run(work)


def test_what_nobody_says_any_more_goes(tmp_path: Path) -> None:
    async def work() -> None:
        voice = Speaks()
        said, _ = speech(tmp_path, voice)
        old, kept = await said.make("old", 0), await said.make("still said", 0)
        for file in (tmp_path / "spoken").iterdir():
            os.utime(file, (1, 1))
        await said.make("still said", 10 * TOUCHES_MS)
        assert said.forget(TOUCHES_MS) == {kept}
        assert said.made("old") is None
        assert said.made("still said") == kept
        assert old != kept
        assert len(list((tmp_path / "spoken").iterdir())) == 1

    run(work)


def test_what_somebody_was_told_is_forgotten_at_once(tmp_path: Path) -> None:
    async def work() -> None:
        said, contents = speech(tmp_path, Speaks())
        library = Library(str(tmp_path), contents, "https://bot.example/prompts")
        sounds = Sounds(library, lambda: 0, print, said)
        plan = plan_of('on answered: say "everybody" then hang up\non failed: hang up')
        for text in ("everybody", "Anna", "Otto", "Robin"):
            await said.make(text, 0)
        robin, anna = said.made("Robin"), said.made("Anna")
        assert robin is not None
        assert anna == said.made("Otto"), "this voice says them alike"
        await sounds.unsay({"everybody", "Anna", "Robin", "never said"}, [plan])
        assert [said.made(one) is None for one in ("everybody", "Anna", "Otto", "Robin")] == [False, True, False, True]
        assert contents.path(robin) is None
        assert len(list((tmp_path / "contents").glob("*.wav"))) == 2, "of everybody, and of Otto"
        again, _ = speech(tmp_path, Speaks())
        assert again.made("Robin") is None
        await said.make("Robin", 0)
        assert said.made("Robin") == robin

    run(work)


def test_fixed_texts_of_a_flow() -> None:
    plan = plan_of(
        """
        on answered:
            say "Welcome"
            say "Hello {caller.name}"
            say "Welcome"
            say "Goodbye"
        """
    )
    assert sorted(fixed_texts(plan)) == ["Goodbye", "Welcome"]


def test_a_text_of_fixed_parts_is_fixed() -> None:
    plan = plan_of('on answered: say "x"')

    def texts(expr: Expr) -> list[str]:
        return fixed_texts(plan._replace(places=(Place(Say(expr)),)))

    assert texts(Join((Const("a"), Const("b")))) == ["ab"]
    assert texts(Join((Const("a"), Var(0, "b")))) == []
    assert texts(Const(3)) == []
