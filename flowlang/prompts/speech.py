"""What was said once is not made again: texts as sound, kept by text and voice.

    FOLDER/spoken/KEY-DIGEST     an empty file: the text of that key is the content of that digest

No text is written down: keys are made with the secret of the contents. What nobody says any more goes after a while.
"""

import os
from array import array
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import anyio
from anyio import to_thread

from flowlang import plan as p
from flowlang.prompts.contents import Contents, is_digest
from flowlang.prompts.files import make_folder, names_in, remove_file, write_file
from flowlang.prompts.sound import SoundError, playable, written
from flowlang.prompts.voice import MOST_TEXT, Voice, VoiceError, sayable
from flowlang.wav import read_wav

AT_ONCE: Final = 4  # texts that are made at the same time
SILENCE: Final = array("h", bytes(3_200))  # what is heard of a text of which nothing is left: a tenth of a second
TOUCHES_MS: Final = 86_400_000  # how often it is written down that a text is still said


class Speech:
    """Raises `OSError` when the folder cannot be used. `longest_ms`: of what is said."""

    def __init__(self, folder: str, contents: Contents, voice: Voice, longest_ms: int = 600_000) -> None:
        self._folder, self._contents, self._voice = os.path.join(folder, "spoken"), contents, voice
        self._longest_ms = longest_ms
        self._limit: anyio.CapacityLimiter | None = None
        self._under_way: dict[str, anyio.Event] = {}
        make_folder(self._folder)
        pairs = [name.partition("-")[::2] for name in names_in(self._folder)]
        self._made = {key: digest for key, digest in pairs if is_digest(key) and is_digest(digest)}
        self._touched: dict[str, int] = {}

    def made(self, text: str) -> str | None:
        """The digest of a text that was made; looks at memory only."""
        digest = self._made.get(self._key(sayable(text)))
        return digest if digest is not None and self._contents.path(digest) is not None else None

    async def make(self, text: str, now_ms: int) -> str:
        """The digest of a text, which is made if it was not. Raises `VoiceError`."""
        said = sayable(text)
        if len(said) > MOST_TEXT:
            raise VoiceError(f"the text has {len(said)} characters, and at most {MOST_TEXT} are said")
        key = self._key(said)
        while (other := self._under_way.get(key)) is not None:  # who comes second takes what the first gets
            await other.wait()
        found = self.made(text)
        if found is not None:
            await self._touch(key, found, now_ms)
            return found
        done = self._under_way[key] = anyio.Event()
        try:
            return await self._make(key, said)
        finally:
            del self._under_way[key]
            done.set()

    async def prepare(self, texts: Iterable[str], now_ms: int) -> list[str]:
        """Make texts before they are needed. What is wrong, for the operator."""
        wrong: dict[str, None] = {}

        async def one(text: str) -> None:
            try:
                await self.make(text, now_ms)
            except VoiceError as error:
                wrong[f"the voice for `say`: {error}"] = None

        async with anyio.create_task_group() as tasks:
            for text in dict.fromkeys(texts):
                tasks.start_soon(one, text)
        return list(wrong)

    def forget(self, said_before_ms: int) -> set[str]:
        """Forget what was not said since then. The digests that are left. Works on the disk. Raises `OSError`."""
        for key, digest in list(self._made.items()):
            name = f"{key}-{digest}"
            try:
                is_old = os.stat(os.path.join(self._folder, name)).st_mtime_ns // 1_000_000 < said_before_ms
            except FileNotFoundError:
                is_old = True
            if is_old:
                self._made.pop(key, None)
                remove_file(self._folder, name)
        return set(self._made.values())

    def unsay(self, texts: Iterable[str]) -> set[str]:
        """Forget the sound of some texts. The digests that no other text has. Works on the disk. Raises `OSError`."""
        gone: set[str] = set()
        for text in texts:
            key = self._key(sayable(text))
            digest = self._made.pop(key, None)
            if digest is not None:
                remove_file(self._folder, f"{key}-{digest}")
                gone.add(digest)
        return gone - set(self._made.values())

    def _key(self, said: str) -> str:
        return self._contents.keyed(f"say\0{self._voice.mark}\0{said}".encode("utf-8", "replace"))

    async def _make(self, key: str, said: str) -> str:
        self._limit = self._limit or anyio.CapacityLimiter(AT_ONCE)
        async with self._limit:
            data = await self._voice.speak(said) if said else written(SILENCE)
        try:
            wav = await to_thread.run_sync(playable, data)
            found = read_wav(wav)
            if found is None or found.length_ms > self._longest_ms:
                raise VoiceError(f"it says more than {self._longest_ms // 1000} seconds")
            digest = await to_thread.run_sync(self._contents.put, wav)
            await to_thread.run_sync(write_file, self._folder, f"{key}-{digest}", b"")
        except SoundError as error:
            raise VoiceError(f"what it gives cannot be played: {error}") from None
        except OSError as error:
            raise VoiceError(f"what it gives cannot be kept: {error.strerror or error}") from None
        self._made[key] = digest
        return digest

    async def _touch(self, key: str, digest: str, now_ms: int) -> None:
        if now_ms - self._touched.get(key, 0) < TOUCHES_MS:
            return
        self._touched[key] = now_ms
        with suppress(OSError):
            path = os.path.join(self._folder, f"{key}-{digest}")
            await to_thread.run_sync(os.utime, path, (now_ms / 1000, now_ms / 1000))


def fixed_texts(plan: p.Plan) -> list[str]:
    """What a flow says whoever calls: texts without holes."""
    texts = [_fixed(place.step.text) for place in plan.places if isinstance(place.step, p.Say)]
    return list(dict.fromkeys(text for text in texts if text))


def _fixed(text: p.Expr) -> str:
    if isinstance(text, p.Const):
        return text.value if isinstance(text.value, str) else ""
    if isinstance(text, p.Join):
        parts = [_fixed(part) for part in text.parts]
        return "".join(parts) if all(parts) else ""
    return ""
