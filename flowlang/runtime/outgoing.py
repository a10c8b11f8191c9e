"""From a stored command to the HTTP request of its call: who we are, where Graph reaches us, what the prompts are."""

from collections.abc import Callable
from hashlib import sha256
from typing import Literal, NamedTuple

from flowlang.call.commands import Answer, Play, Prompt, Request
from flowlang.call.session import Session
from flowlang.wire.encode import PromptFile, Site, encode, turned_round
from flowlang.wire.http import HttpRequest

Find = Callable[[Session, Prompt], PromptFile | None]
"""Where Graph fetches a prompt of a call; None: there is no such prompt."""


class Place(NamedTuple):
    """What is the same for all calls. `callback_base`: an address without a slash at the end.

    `tenant_id`: of calls that do not know theirs, since a flow was started and nobody called.
    """

    callback_base: str
    find: Find
    application_id: str = ""
    tenant_id: str = ""
    graph_version: Literal["beta", "v1.0"] = "beta"
    consultative_on: Literal["caller", "consult"] = "caller"


class Prepared(NamedTuple):
    """`is_about_another`: it is posted on another leg than the one that the command is about (B8)."""

    request: HttpRequest
    is_about_another: bool = False


def prepared(session: Session, request: Request, place: Place) -> Prepared:
    """The request as it leaves. One that was made before its leg had an id gets the id now."""
    if not request.call_id and 0 <= request.leg < len(session.legs):
        request = request._replace(call_id=session.legs[request.leg].call_id)
    prompts = _prompts(session, request, place)
    if isinstance(request.act, Answer):  # what is not there cannot be fetched ahead; the call is answered all the same
        known = tuple([one for one in request.act.prompts if one in prompts])
        request = request._replace(act=request.act._replace(prompts=known))
    called = session.called
    site = Site(
        callback_base=place.callback_base,
        session_id=session.id,
        tenant_id=session.tenant_id or place.tenant_id,
        application_id=place.application_id,
        resource_account_id=called.id if called is not None and called.kind == "resource account" else "",
        chain_id=session.chain_id,
        graph_version=place.graph_version,
        prompts=prompts,
        consultative_on=place.consultative_on,
        caller=session.caller,
    )
    return Prepared(encode(request, site), turned_round(request, site) is not None)


def _prompts(session: Session, request: Request, place: Place) -> dict[Prompt, PromptFile]:
    act = request.act
    wanted = act.prompts if isinstance(act, Play | Answer) else ()
    found = {prompt: place.find(session, prompt) for prompt in wanted}
    return {prompt: file for prompt, file in found.items() if file is not None}


def by_name(base: str) -> Find:
    """Addresses made of names, for a Graph that fetches nothing. `base`: an address without a slash at the end."""

    def find(_session: Session, prompt: Prompt) -> PromptFile:
        name = prompt.text.replace("\\", "/").rpartition("/")[2]
        is_address = prompt.text.startswith("https://")
        digest = sha256(f"{prompt.kind}:{prompt.text}".encode()).hexdigest()
        resource = f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
        return PromptFile(prompt.text if is_address else f"{base}/{name}", resource)

    return find
