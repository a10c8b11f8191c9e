"""The parts together: what `carry` does with commands that have to do with sound, and what flows need to go live."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from functools import partial
from typing import Final, NamedTuple

import anyio
from anyio import to_thread

from flowlang.call import commands
from flowlang.call.commands import Command, Prompt
from flowlang.call.results import NO_VOICE
from flowlang.call.session import Session
from flowlang.plan import Plan, Say
from flowlang.prompts.finding import Read
from flowlang.prompts.library import Library
from flowlang.prompts.recordings import Recordings, apart_beside
from flowlang.prompts.speech import Speech, fixed_texts
from flowlang.prompts.voice import VoiceError
from flowlang.runtime.own_thread import in_own_thread
from flowlang.runtime.refusals import NO_SUCH_PROMPT, refused
from flowlang.runtime.sender import Response
from flowlang.wire.encode import PromptFile

SPEAK_SECONDS: Final = 15.0  # until a caller has to hear something; a lease is longer
KEPT, UNDER_WAY, LOST = 200, 202, 404

Carry = Callable[[Session, Command], Awaitable[Response]]
Heard = Callable[[str], None]


class Prepared(NamedTuple):
    """What is wrong before a flow goes live, for the operator. `refused`: prompts that cannot be played, so it must
    not. `told`: of the voice, whose failures flows can catch."""

    refused: list[str]
    told: list[str]


class Sounds:
    """`carry` stands around the transport's; `find` is what the transport asks for prompts; `withhold` is what the
    webhook asks. `speech` None: there is no voice. `recordings` None: nothing that is recorded is kept."""

    def __init__(
        self,
        library: Library,
        clock_ms: Callable[[], int],
        heard: Heard,
        speech: Speech | None = None,
        recordings: Recordings | None = None,
    ) -> None:
        self._library, self._clock_ms, self._heard = library, clock_ms, heard
        self._speech, self._recordings = speech, recordings

    # ------------------------------------------------------------ before a flow goes live

    async def prepare(self, digest: str, plan: Plan, read: Read) -> Prepared:
        """Keep what a plan plays and make what it says. `read` takes names of prompts."""
        try:
            wrong = await in_own_thread(partial(self._library.publish, digest, plan.prompts, read))
        except TimeoutError as error:
            return Prepared([f"its prompts: {error}"], [])
        except OSError as error:
            return Prepared([f"its prompts cannot be kept: {error.strerror or error}"], [])
        if self._speech is not None:
            return Prepared(wrong, await self._speech.prepare(fixed_texts(plan), self._clock_ms()))
        says = any(isinstance(place.step, Say) for place in plan.places)
        return Prepared(wrong, ["it says something, and no voice is set"] if says else [])

    async def forget(self, plans: Collection[str], said_before_ms: int) -> int:
        """Remove what neither these plans play nor anybody was told since then. How many files went."""
        return await to_thread.run_sync(self._forget, plans, said_before_ms)

    def _forget(self, plans: Collection[str], said_before_ms: int) -> int:
        said = self._speech.forget(said_before_ms) if self._speech is not None else set()
        return self._library.forget(plans, said, self._clock_ms())

    async def unsay(self, texts: Collection[str], plans: Iterable[Plan]) -> None:
        """Remove the sound of what some callers were told, but for texts that these plans tell everybody."""
        own = set(texts).difference(*[fixed_texts(plan) for plan in plans])
        if self._speech is not None and own:
            unused = await to_thread.run_sync(self._speech.unsay, own)
            await to_thread.run_sync(self._library.drop, unused)

    # ------------------------------------------------------------ while calls run

    def find(self, session: Session, prompt: Prompt) -> PromptFile | None:
        """Where Graph fetches a prompt of a call; looks at memory, for a plan the first time at one small file."""
        if prompt.kind == "file":
            return self._library.find(session.plan, session.id, prompt.text)
        digest = self._speech.made(prompt.text) if self._speech is not None else None
        return self._library.address(digest) if digest is not None else None

    async def withhold(self, call_id: str, body: bytes) -> bytes:
        """What is written down of what Graph sent: all but tokens and locations of recordings."""
        if self._recordings is None:
            return (await apart_beside(body)).body
        return await self._recordings.withhold(call_id, body)

    def around(self, carry: Carry) -> Carry:
        """A `carry` that does what has to do with sound, and leaves the rest to another one."""

        async def carry_all(session: Session, command: Command) -> Response:
            match command:
                case commands.FetchRecording():
                    return await self._fetched(session, command, carry)
                case commands.Request(act=commands.Play() as play):
                    why_not = await self._ready(session, play.prompts)
                    return why_not if why_not is not None else await carry(session, command)
                case commands.Request(act=commands.RecordResponse() | commands.GetOperation()):
                    return await self._withheld(session, await carry(session, command))
                case _:
                    return await carry(session, command)

        return carry_all

    async def _ready(self, session: Session, prompts: tuple[Prompt, ...]) -> Response | None:
        """Make what is to be said. What is answered instead when a prompt cannot be had."""
        for prompt in prompts:
            if prompt.kind == "speech":
                try:
                    await self._said(prompt.text)
                except VoiceError as error:
                    self._heard(f"call {session.id} hears nothing: {error}")
                    return Response(*refused(NO_VOICE))
            elif self.find(session, prompt) is None:
                self._heard(f"call {session.id} hears nothing: there is no prompt {prompt.text}")
                return Response(*refused(NO_SUCH_PROMPT))
        return None

    async def _said(self, text: str) -> None:
        if self._speech is None:
            raise VoiceError("no voice is set")
        try:
            with anyio.fail_after(SPEAK_SECONDS):
                await self._speech.make(text, self._clock_ms())
        except TimeoutError:
            raise VoiceError(f"the voice took more than {SPEAK_SECONDS:g} seconds") from None

    async def _withheld(self, session: Session, response: Response) -> Response:
        return response._replace(body=await self.withhold(session.id, response.body))

    async def _fetched(self, session: Session, command: commands.FetchRecording, carry: Carry) -> Response:
        recordings = self._recordings
        if recordings is None:
            self._heard(f"the recording {command.name} is not kept: no folder for recordings is set")
            return Response(LOST)
        became = await recordings.fetch(command.operation_id, command.name)
        if became is None:  # another process heard where it is, and has died: Graph may say it again
            ask = commands.Request(command.number, command.leg, "", commands.GetOperation(command.operation_id))
            await self._withheld(session, await carry(session, ask))
            became = await recordings.fetch(command.operation_id, command.name)
        match became:
            case "kept":
                return Response(KEPT)
            case "under way":
                return Response(UNDER_WAY)
            case _:
                if became is None:
                    self._heard(f"the recording {command.name} is lost: Graph does not say any more where it is")
                return Response(LOST)
