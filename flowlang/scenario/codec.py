"""Between values and bytes in a simulated call: the encoder and decoder of production, with made-up addresses."""

from hashlib import sha256

from flowlang.call import commands
from flowlang.call.commands import Prompt, Request
from flowlang.call.facts import Fact, RequestAnswered
from flowlang.plan import Plan
from flowlang.scenario.world import World
from flowlang.wire.decode import decode_answer, decode_notification
from flowlang.wire.encode import PromptFile, Site, encode
from flowlang.wire.http import HttpRequest, HttpResponse, header

BASE = "https://flowlang.example"
CALLBACK = f"{BASE}/callback"
ORIGINAL_ID = "X-Microsoft-Skype-Original-Message-ID"
MESSAGE_ID = "X-Microsoft-Skype-Message-ID"
NO_LEG = -1


def guid_of(text: str) -> str:
    """A GUID made from a text: the same text gives the same one."""
    digest = sha256(text.encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def leg_of_path(path: str, session_id: str) -> int:
    """The leg that a callback address names: `…/callback/SESSION/LEG`; -1 where it names none of this session."""
    parts = path.rstrip("/").split("/")
    is_ours = len(parts) > 2 and parts[-2] == session_id and parts[-1].isdecimal()
    return int(parts[-1]) if is_ours else NO_LEG


def message_id(notification: HttpRequest) -> str | None:
    """What a repeat is known by (B6): the id of the first copy, else the message's own."""
    return header(notification, ORIGINAL_ID) or header(notification, MESSAGE_ID)


class Codec:
    """For one session."""

    __slots__ = ("_session_id", "_site")

    def __init__(self, plan: Plan, world: World, session_id: str) -> None:
        self._session_id = session_id
        called = world.called
        self._site = Site(
            callback_base=CALLBACK,
            session_id=session_id,
            tenant_id=world.tenant_id,
            resource_account_id=called.id if called.kind == "resource account" else "",
            graph_version="v1.0" if plan.defaults.graph == "v1.0" else "beta",
        )

    def encode(self, request: Request) -> HttpRequest:
        act = request.act
        if isinstance(act, commands.Play | commands.Answer) and act.prompts:
            files = {prompt: _file_of(prompt) for prompt in act.prompts}
            return encode(request, self._site._replace(prompts=files))
        return encode(request, self._site)

    def answer(
        self, request: Request, response: HttpResponse | None, at_ms: int, hours: frozenset[str]
    ) -> RequestAnswered:
        return decode_answer(request, response, at_ms, hours)

    def notification(self, notification: HttpRequest, at_ms: int, hours: frozenset[str]) -> list[Fact]:
        leg = leg_of_path(notification.path, self._session_id)
        return decode_notification(notification.body, at_ms, leg, hours)


def _file_of(prompt: Prompt) -> PromptFile:
    if prompt.text.startswith(("http://", "https://")):
        return PromptFile(prompt.text, guid_of(prompt.text))
    key = guid_of(f"{prompt.kind}:{prompt.text}")
    name = prompt.text.replace("\\", "/").rpartition("/")[2] if prompt.kind == "file" else f"{key[:8]}.wav"
    return PromptFile(f"{BASE}/prompts/{name}", key)
