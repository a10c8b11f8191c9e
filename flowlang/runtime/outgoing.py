"""From a stored command to the HTTP request of its call: who we are, where Graph reaches us, what the prompts are."""

from typing import NamedTuple

from flowlang.call.commands import Answer, Play, Prompt, Request
from flowlang.call.session import Session
from flowlang.wire.encode import PromptFile, Site, encode
from flowlang.wire.http import HttpRequest

Version = str


class Place(NamedTuple):
    """What is the same for all calls. `callback_base` and `prompt_base` are addresses without a slash at the end."""

    callback_base: str
    prompt_base: str
    application_id: str = ""


def prepared(session: Session, request: Request, place: Place, *, is_beta: bool = True) -> HttpRequest:
    """The request as it leaves. One that was made before its leg had an id gets the id now."""
    if not request.call_id and 0 <= request.leg < len(session.legs):
        request = request._replace(call_id=session.legs[request.leg].call_id)
    called = session.called
    site = Site(
        callback_base=place.callback_base,
        session_id=session.id,
        tenant_id=session.tenant_id,
        application_id=place.application_id,
        resource_account_id=called.id if called is not None and called.kind == "resource account" else "",
        chain_id=session.chain_id,
        graph_version="beta" if is_beta else "v1.0",
        prompts=_prompts(request, place),
    )
    return encode(request, site)


def _prompts(request: Request, place: Place) -> dict[Prompt, PromptFile]:
    act = request.act
    wanted = act.prompts if isinstance(act, Play | Answer) else ()
    return {prompt: _file(prompt, place) for prompt in wanted}


def _file(prompt: Prompt, place: Place) -> PromptFile:
    """Where Graph fetches a prompt: its own address, or ours by its name."""
    from hashlib import sha256

    name = prompt.text.replace("\\", "/").rpartition("/")[2]
    is_address = prompt.text.startswith(("https://", "http://"))
    digest = sha256(f"{prompt.kind}:{prompt.text}".encode()).hexdigest()
    resource = f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
    return PromptFile(prompt.text if is_address else f"{place.prompt_base}/{name}", resource)
