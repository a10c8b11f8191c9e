"""What `flowlang serve` plays and keeps: prompts of flows, the voice for `say`, recordings, put together."""

import os
from collections.abc import Callable, Mapping
from typing import NamedTuple

import httpx
from starlette.routing import Route

from flowlang.codec import digest
from flowlang.prompts.contents import Contents
from flowlang.prompts.download import Bounds
from flowlang.prompts.finding import prompts_of
from flowlang.prompts.library import Library
from flowlang.prompts.recordings import Around, Recordings
from flowlang.prompts.serving import PromptServer
from flowlang.prompts.slips import SlipBox, key_from
from flowlang.prompts.sounds import Sounds
from flowlang.prompts.speech import Speech
from flowlang.prompts.voice import CommandVoice, Voice
from flowlang.prompts.voice_http import HttpVoice
from flowlang.prompts.voice_simulated import SimulatedVoice
from flowlang.settings.model import Settings
from flowlang.tools.files import read
from flowlang.tools.options import UsageError
from flowlang.tools.serve_flows import Loaded


class SoundWish(NamedTuple):
    """Where sound comes from and goes to. `folder`: ours. `prompts`: the operator's, or empty. `recordings`: where
    recordings go. `secret`: seals what is known of recordings that are still to be fetched. `voice(client)`: who
    speaks, if anybody. `is_simulated`: Graph is one on this machine, which has recordings at http addresses."""

    folder: str
    recordings: str
    prompts: str = ""
    secret: str = ""
    voice: Callable[[httpx.AsyncClient], Voice | None] = lambda _client: None
    is_simulated: bool = False


class SoundHouse(NamedTuple):
    """The parts that the service is joined to."""

    sounds: Sounds
    recordings: Recordings
    speech: Speech | None
    routes: list[Route]
    prompts: str

    async def ready(self, one: Loaded, heard: Callable[[str], None]) -> Loaded:
        """A flow that may go live, with all that it plays; or the reason why it may not. Of a voice that fails the
        operator hears, and the flow goes live: its own handlers catch `no voice`."""
        if one.plan is None:
            return one
        mark = digest(one.plan)
        found = await self.sounds.prepare(mark, one.plan, prompts_of(read, one.folder, self.prompts))
        for text in found.told:
            heard(f"{one.name}: {text}")
        return one._replace(plan=None, trouble="; ".join(found.refused)) if found.refused else one


def sound_house(
    wish: SoundWish, base: str, client: httpx.AsyncClient, clock_ms: Callable[[], int], heard: Callable[[str], None],
    fetched: Callable[[int], None] = lambda _status: None,
) -> SoundHouse:  # fmt: skip
    """`base`: how Graph reaches us, without a slash at the end. `fetched` hears of each request for a prompt. Raises
    `UsageError` for folders that cannot be used."""
    voice = wish.voice(client)
    try:
        contents = Contents(os.path.join(wish.folder, "contents"))
        library = Library(wish.folder, contents, f"{base}/prompts")
        speech = Speech(wish.folder, contents, voice) if voice is not None else None
        box = SlipBox(os.path.join(wish.folder, "slips"), key_from(wish.secret))
        bounds = Bounds(schemes=("https", "http")) if wish.is_simulated else Bounds()
        recordings = Recordings(wish.recordings, Around(client, box, clock_ms, heard, bounds=bounds))
    except OSError as error:
        where = error.filename or wish.folder
        raise UsageError(f"the folder {where} cannot be used: {error.strerror or error}") from None
    sounds = Sounds(library, clock_ms, heard, speech, recordings)
    return SoundHouse(sounds, recordings, speech, PromptServer(contents, fetched).routes(), wish.prompts)


def voice_of(
    settings: Settings, client: httpx.AsyncClient, headers: Mapping[str, str], *, is_simulated: bool
) -> Voice | None:
    """Who speaks, as the settings say; on a simulated Graph where nobody is named it is silence of its length."""
    voice = settings.voice
    if voice is None:
        return SimulatedVoice() if is_simulated else None
    if voice.command:
        return CommandVoice(voice.command, language=voice.language)
    return HttpVoice(client, str(voice.url), language=voice.language, headers=headers)
