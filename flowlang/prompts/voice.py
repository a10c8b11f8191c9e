"""The voice for `say`: text in, WAV out. A program of the operator's, started without a shell.

In its words `{text}`, `{file}` and `{language}` are filled in. Without `{text}` the text comes by standard input,
without `{file}` the WAV is read from standard output.
"""

import os
import signal
import tempfile
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Protocol

import anyio
from anyio import to_thread
from anyio.abc import ByteReceiveStream, Process

from flowlang.prompts.files import read_file

MOST_BYTES: Final = 50_000_000
MOST_TEXT: Final = 5_000  # characters: some six minutes
LOOKS_SECONDS: Final = 0.05
KEPT_NAMES: Final = ("PATH", "HOME", "LANG", "LANGUAGE", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "XDG_DATA_HOME")
KEPT_BEGINNINGS: Final = ("LC_", "ESPEAK", "PIPER")


class VoiceError(Exception):
    """The voice says nothing. The text is for the operator; it does not hold what was to be said."""


class Voice(Protocol):
    """`mark`: changes when what it gives for the same text would change, as with other settings."""

    mark: str

    async def speak(self, text: str) -> bytes:
        """A WAV of any form. Raises `VoiceError`, also when it takes too long."""
        ...


def sayable(text: str) -> str:
    """What can be said of a text: no control characters, no ends of lines."""
    plain = "".join([" " if unicodedata.category(one)[0] in "CZ" else one for one in text])
    return " ".join(plain.split())


class CommandVoice:
    """`words`: the program and its arguments, such as `("espeak-ng", "-w", "{file}", "{text}")`."""

    def __init__(
        self, words: Sequence[str], timeout_seconds: float = 10.0, language: str = "", most_bytes: int = MOST_BYTES
    ) -> None:
        self._words, self._seconds, self._language, self._most = tuple(words), timeout_seconds, language, most_bytes
        self._has_text = any("{text}" in word for word in words)
        self._has_file = any("{file}" in word for word in words)
        self.mark = "\0".join(["command", *words, language])

    async def speak(self, text: str) -> bytes:
        """See `Voice`."""
        folder = await to_thread.run_sync(_new_folder)
        try:
            return await self._spoken(text, folder.name)
        except OSError as error:
            raise VoiceError(f"{self._words[0]} cannot be started: {error.strerror or error}") from None
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(folder.cleanup)

    async def _spoken(self, text: str, folder: str) -> bytes:
        file = os.path.join(folder, "said.wav")
        words = [self._filled(word, text, file) for word in self._words]
        process = await anyio.open_process(words, env=environment(), cwd=folder, start_new_session=os.name == "posix")
        run = _Run(process, file if self._has_file else "", self._most)
        try:
            with anyio.move_on_after(self._seconds) as limit:
                await run.work(b"" if self._has_text else text.encode("utf-8", "replace"))
        finally:
            with anyio.CancelScope(shield=True):
                await run.end()
        name = self._words[0]
        if limit.cancelled_caught:
            raise VoiceError(f"{name} took more than {self._seconds:g} seconds")
        if run.is_too_long or run.file_bytes() > self._most:
            raise VoiceError(f"{name} gave more than {self._most} bytes")
        if process.returncode:
            raise VoiceError(f"{name} ended with code {process.returncode}")
        made = await to_thread.run_sync(read_file, file) if self._has_file else bytes(run.out)
        if not made:
            raise VoiceError(f"{name} gave nothing")
        return made

    def _filled(self, word: str, text: str, file: str) -> str:
        """A word with what stands for the names in it. A text is never taken for an option."""
        if word.startswith("{text}") and text.startswith("-"):
            text = " " + text
        parts = {"{text}": text, "{file}": file, "{language}": self._language}
        filled, rest = "", word
        while rest:
            name = next((one for one in parts if rest.startswith(one)), "")
            filled += parts[name] if name else rest[0]
            rest = rest[len(name) or 1 :]
        return filled


def environment() -> dict[str, str]:
    """What a program needs of our environment, which holds secrets of ours as well."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.upper() in KEPT_NAMES or name.startswith(KEPT_BEGINNINGS)
    }


def _new_folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="flowlang-voice-", ignore_cleanup_errors=True)


class _Run:
    """One run of the program: what it gives is never more than there is room for."""

    def __init__(self, process: Process, file: str, most_bytes: int) -> None:
        self.process, self.file, self.most = process, file, most_bytes
        self.out = bytearray()
        self.is_too_long = self.is_through = False

    async def work(self, given: bytes) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._give, given)
            tasks.start_soon(self._drain)
            if self.file:
                tasks.start_soon(self._watch_file, tasks.cancel_scope)
            assert self.process.stdout is not None
            await self._read(self.process.stdout, tasks.cancel_scope)
            await self.process.wait()
            self.is_through = True
            tasks.cancel_scope.cancel()

    async def _give(self, given: bytes) -> None:
        assert self.process.stdin is not None
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):  # it need not read at all
            if given:
                await self.process.stdin.send(given)
            await self.process.stdin.aclose()

    async def _drain(self) -> None:
        """What it complains is not wanted: it may hold the text."""
        assert self.process.stderr is not None
        async for _ in self.process.stderr:
            pass

    async def _read(self, stream: ByteReceiveStream, scope: anyio.CancelScope) -> None:
        async for part in stream:
            if len(self.out) + len(part) > self.most:
                self.is_too_long = True
                scope.cancel()
            self.out += part[: self.most - len(self.out)]

    async def _watch_file(self, scope: anyio.CancelScope) -> None:
        while self.file_bytes() <= self.most:  # noqa: ASYNC110 - another process writes it
            await anyio.sleep(LOOKS_SECONDS)
        self.is_too_long = True
        scope.cancel()

    def file_bytes(self) -> int:
        try:
            return os.path.getsize(self.file) if self.file else 0
        except OSError:
            return 0

    async def end(self) -> None:
        """Nothing of it runs any more, nor of what it started, and its pipes are closed."""
        if not self.is_through:
            with suppress(ProcessLookupError):
                if os.name == "posix":
                    os.killpg(self.process.pid, signal.SIGKILL)
                else:
                    self.process.kill()
            await self.process.wait()
        await self.process.aclose()
