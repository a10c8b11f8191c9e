"""Requests as HTTP, the way Graph's pages show them. Standard library only.

Sources: the pages application: post calls, call: answer, reject, redirect, transfer, delete, get, keepAlive,
playPrompt, record, subscribeToTone, cancelMediaProcessing, mute, unmute; participant: invite, delete, startHoldMusic,
stopHoldMusic. Members that only beta has are sent on beta only.
"""

import json
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from flowlang.call import commands as c
from flowlang.call.party import Party
from flowlang.wire.http import HttpRequest
from flowlang.wire.segments import segment

MOST_PROMPTS = 20  # Graph, call: playPrompt, prompts
Json = dict[str, object]


class PromptFile(NamedTuple):
    """Where Graph fetches a prompt. `resource_id`: a GUID that changes with the content, Graph's key for its cache."""

    uri: str
    resource_id: str


class Site(NamedTuple):
    """What the encoder knows of the place that it runs in and of the call: who we are, where Graph reaches us.

    consultative_on: on which leg a consultative transfer is posted (B8). Graph's page has it on the caller's, with the
    consulted person as the target; its SDK's article the other way round.
    """

    callback_base: str
    session_id: str
    tenant_id: str = ""
    application_id: str = ""
    resource_account_id: str = ""
    chain_id: str = ""
    graph_version: Literal["v1.0", "beta"] = "beta"
    base: Literal["/communications/calls", "/app/calls"] = "/communications/calls"
    prompts: Mapping[c.Prompt, PromptFile] = {}
    consultative_on: Literal["caller", "consult"] = "caller"
    caller: Party | None = None

    @property
    def root(self) -> str:
        return f"/{self.graph_version}{self.base}"

    @property
    def is_beta(self) -> bool:
        return self.graph_version == "beta"

    def callback_uri(self, leg: int) -> str:
        """Each leg has a path of its own, so that its news is known before its call id is (B1)."""
        return f"{self.callback_base}/{segment(self.session_id)}/{leg}"


def encode(request: c.Request, site: Site) -> HttpRequest:
    """The HTTP request. Deterministic: the same request and site give the same bytes. Raises `UnsafeIdError` for an id
    that would make it one for something else."""
    request = turned_round(request, site) or request
    method, tail, body = _ENCODERS[type(request.act)](request, site)
    path = (
        site.root
        if isinstance(request.act, c.CreateCall | c.JoinMeeting)
        else f"{site.root}/{segment(request.call_id)}"
    )
    headers = [("Accept", "application/json"), ("client-request-id", f"{_plain(site.session_id)}-{request.number}")]
    headers.append(("scenario-id", _plain(site.chain_id or site.session_id)))  # a flow that was started has no chain
    if site.tenant_id:
        headers.append(("X-Microsoft-Tenant", _plain(site.tenant_id)))
    content = b""
    if body is not None:
        content = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
        headers.insert(0, ("Content-Type", "application/json"))
    return HttpRequest(method, path + tail, tuple(headers), content)


def turned_round(request: c.Request, site: Site) -> c.Request | None:
    """A consultative transfer as it is posted on the consult leg: the caller is the target, and the caller's leg is
    replaced. None: it is posted on the caller's leg, as everything else is, and as it has to be where the caller is no
    user: a consult leg does not start from an account that may call numbers."""
    act = request.act
    if not isinstance(act, c.Transfer) or not act.replaces_call_id or act.transferee is not None:
        return None
    if site.consultative_on == "caller" or site.caller is None or site.caller.kind != "user":
        return None
    return request._replace(
        call_id=act.replaces_call_id, act=act._replace(target=site.caller, replaces_call_id=request.call_id)
    )


def operation_of(act: c.Act) -> str:
    """Graph's name of what an act does: `create`, `answer`, `playPrompt`, …"""
    return _NAMES[type(act)]


def _plain(text: str) -> str:
    """An id as a header takes it: Graph's are plain, but a header that cannot be written would hold up a call."""
    if text.isascii() and text.isprintable():
        return text
    return "".join([one if one.isascii() and one.isprintable() else "?" for one in text])


# ---------------------------------------------------------------- parts of bodies

_KINDS = {"user": "user", "phone": "phone", "resource account": "applicationInstance", "bot": "application"}


def identity_set(party: Party, site: Site) -> Json:
    """Graph's identitySet. A party without a tenant has the call's (A29); numbers have none."""
    identity: Json = {"@odata.type": "#microsoft.graph.identity", "id": party.id}
    tenant_id = party.tenant_id or (site.tenant_id if party.kind != "phone" else "")
    if tenant_id:
        identity["tenantId"] = tenant_id
    if party.name and party.kind == "user":
        identity["displayName"] = party.name
    return {"@odata.type": "#microsoft.graph.identitySet", _KINDS.get(party.kind, "user"): identity}


def invitation(party: Party, site: Site, *, replaces: str = "", with_place: bool = False) -> Json:
    """Graph's invitationParticipantInfo. `with_place`: with endpoint type, language and region, as transfer has
    them."""
    info: Json = {"@odata.type": "#microsoft.graph.invitationParticipantInfo"}
    if with_place or party.endpoint != "default":
        info["endpointType"] = party.endpoint
    info["identity"] = identity_set(party, site)
    if with_place:
        if party.language:
            info["languageId"] = party.language
        if party.region:
            info["region"] = party.region
    if replaces:
        info["replacesCallId"] = replaces
    return info


def _media(prompts: tuple[c.Prompt, ...], site: Site) -> Json:
    media: Json = {"@odata.type": "#microsoft.graph.serviceHostedMediaConfig"}
    if prompts:
        media["preFetchMedia"] = [_media_info(prompt, site) for prompt in prompts]
    return media


def _media_info(prompt: c.Prompt, site: Site) -> Json:
    file = site.prompts.get(prompt)
    info: Json = {"@odata.type": "#microsoft.graph.mediaInfo", "uri": file.uri if file else prompt.text}
    if file:
        info["resourceId"] = file.resource_id
    return info


_Encoded = tuple[str, str, Json | None]


def _post(tail: str, body: Json | None) -> _Encoded:
    return "POST", tail, body


def _context(
    act: "c.SubscribeToTone | c.CancelMedia | c.Mute | c.Unmute | c.ResumeParticipant | c.HoldParticipant",
) -> Json:
    return {"clientContext": act.context}


# ---------------------------------------------------------------- one function an act


def _create(request: c.Request, site: Site) -> _Encoded:
    act = request.act
    assert isinstance(act, c.CreateCall)
    body: Json = {"@odata.type": "#microsoft.graph.call", "callbackUri": site.callback_uri(request.leg)}
    if act.target.kind == "phone" and site.resource_account_id:
        source = Party("resource account", site.resource_account_id, site.tenant_id)
        body["source"] = {"@odata.type": "#microsoft.graph.participantInfo", "identity": identity_set(source, site)}
    body["targets"] = [invitation(act.target, site)]
    body["requestedModalities"] = ["audio"]
    body["mediaConfig"] = _media((), site)
    if site.tenant_id:
        body["tenantId"] = site.tenant_id
    if site.is_beta and act.ring_seconds:
        body["ringingTimeoutInSeconds"] = act.ring_seconds
    if site.is_beta and act.without_forwarding:
        body["routingPolicies"] = ["disableForwarding"]
    return _post("", body)


def _join(request: c.Request, site: Site) -> _Encoded:
    act = request.act
    assert isinstance(act, c.JoinMeeting)
    meeting: Json = {
        "@odata.type": "#microsoft.graph.joinMeetingIdMeetingInfo",
        "joinMeetingId": act.url,
        "passcode": None,
    }
    if act.url.startswith("https://"):
        meeting = {"@odata.type": "#microsoft.graph.tokenMeetingInfo", "token": act.url}
    body: Json = {
        "@odata.type": "#microsoft.graph.call",
        "callbackUri": site.callback_uri(request.leg),
        "requestedModalities": ["audio"],
        "mediaConfig": _media((), site),
        "meetingInfo": meeting,
    }
    if site.tenant_id:
        body["tenantId"] = site.tenant_id
    return _post("", body)


def _answer(request: c.Request, site: Site) -> _Encoded:
    act = request.act
    assert isinstance(act, c.Answer)
    return _post(
        "/answer",
        {
            "callbackUri": site.callback_uri(request.leg),
            "mediaConfig": _media(act.prompts, site),
            "acceptedModalities": ["audio"],
        },
    )


def _reject(request: c.Request, _site: Site) -> _Encoded:
    act = request.act
    assert isinstance(act, c.Reject)
    return _post("/reject", {"reason": act.reason})


def _redirect(request: c.Request, site: Site) -> _Encoded:
    act = request.act
    assert isinstance(act, c.Redirect)
    body: Json = {"targets": [invitation(party, site) for party in act.targets], "timeout": act.timeout_seconds}
    body["callbackUri"] = site.callback_uri(request.leg)
    return _post("/redirect", body)


def _transfer(request: c.Request, site: Site) -> _Encoded:
    act = request.act
    assert isinstance(act, c.Transfer)
    target = act.target
    if act.transferee is None:
        return _post(
            "/transfer", {"transferTarget": invitation(target, site, replaces=act.replaces_call_id, with_place=True)}
        )
    # The page's group example has language and region beside transferTarget, not in it.
    info = invitation(target._replace(language="", region=""), site, replaces=act.replaces_call_id, with_place=True)
    moved = {
        "@odata.type": "#microsoft.graph.participantInfo",
        "identity": identity_set(act.transferee.party._replace(name=""), site),
        "participantId": act.transferee.participant_id,
    }
    body: Json = {"transferTarget": info, "transferee": moved}
    if target.language:
        body["languageId"] = target.language
    if target.region:
        body["region"] = target.region
    return _post("/transfer", body)


def _play(request: c.Request, site: Site) -> _Encoded:
    act = request.act
    assert isinstance(act, c.Play)
    prompts = [
        {"@odata.type": "#microsoft.graph.mediaPrompt", "mediaInfo": _media_info(prompt, site)}
        for prompt in act.prompts
    ]
    if act.loop and not site.is_beta and prompts:
        prompts = prompts * (MOST_PROMPTS // len(prompts))
    body: Json = {"clientContext": act.context, "prompts": prompts}
    if act.loop and site.is_beta:
        body["loop"] = True
    return _post("/playPrompt", body)


def _record(request: c.Request, _site: Site) -> _Encoded:
    act = request.act
    assert isinstance(act, c.RecordResponse)
    body: Json = {
        "bargeInAllowed": True,
        "clientContext": act.context,
        "maxRecordDurationInSeconds": act.max_seconds,
        "initialSilenceTimeoutInSeconds": 5,
        "maxSilenceTimeoutInSeconds": 5,
        "playBeep": True,
        "stopTones": ["#"],
    }
    return _post("/recordResponse", body)


def _invite(request: c.Request, site: Site) -> _Encoded:
    act = request.act
    assert isinstance(act, c.Invite)
    info = invitation(act.target, site, replaces=act.replaces_call_id)
    return _post("/participants/invite", {"participants": [info], "clientContext": act.context})


def _with_context(tail: str) -> Callable[[c.Request, Site], _Encoded]:
    def encoder(request: c.Request, _site: Site) -> _Encoded:
        act = request.act
        assert isinstance(act, c.SubscribeToTone | c.CancelMedia | c.Mute | c.Unmute)
        return _post(tail, _context(act))

    return encoder


def _remove(request: c.Request, _site: Site) -> _Encoded:
    assert isinstance(request.act, c.RemoveParticipant)
    return "DELETE", f"/participants/{segment(request.act.participant_id)}", None


def _hold(request: c.Request, _site: Site) -> _Encoded:
    assert isinstance(request.act, c.HoldParticipant)
    return _post(f"/participants/{segment(request.act.participant_id)}/startHoldMusic", _context(request.act))


def _resume(request: c.Request, _site: Site) -> _Encoded:
    assert isinstance(request.act, c.ResumeParticipant)
    return _post(f"/participants/{segment(request.act.participant_id)}/stopHoldMusic", _context(request.act))


def _get_operation(request: c.Request, _site: Site) -> _Encoded:
    assert isinstance(request.act, c.GetOperation)
    return "GET", f"/operations/{segment(request.act.operation_id)}", None


_ENCODERS: dict[type, Callable[[c.Request, Site], _Encoded]] = {
    c.Answer: _answer,
    c.Reject: _reject,
    c.Redirect: _redirect,
    c.CreateCall: _create,
    c.JoinMeeting: _join,
    c.Transfer: _transfer,
    c.HangUp: lambda _r, _s: ("DELETE", "", None),
    c.GetCall: lambda _r, _s: ("GET", "", None),
    c.KeepAlive: lambda _r, _s: _post("/keepAlive", None),
    c.Play: _play,
    c.RecordResponse: _record,
    c.SubscribeToTone: _with_context("/subscribeToTone"),
    c.CancelMedia: _with_context("/cancelMediaProcessing"),
    c.Mute: _with_context("/mute"),
    c.Unmute: _with_context("/unmute"),
    c.Invite: _invite,
    c.RemoveParticipant: _remove,
    c.HoldParticipant: _hold,
    c.ResumeParticipant: _resume,
    c.ListParticipants: lambda _r, _s: ("GET", "/participants", None),
    c.GetOperation: _get_operation,
}

_NAMES: dict[type, str] = {
    c.Answer: "answer", c.Reject: "reject", c.Redirect: "redirect", c.CreateCall: "create", c.JoinMeeting: "create",
    c.Transfer: "transfer", c.HangUp: "delete", c.GetCall: "get", c.KeepAlive: "keepAlive", c.Play: "playPrompt",
    c.RecordResponse: "recordResponse", c.SubscribeToTone: "subscribeToTone", c.CancelMedia: "cancelMediaProcessing",
    c.Mute: "mute", c.Unmute: "unmute", c.Invite: "invite", c.RemoveParticipant: "remove",
    c.HoldParticipant: "startHoldMusic", c.ResumeParticipant: "stopHoldMusic", c.ListParticipants: "listParticipants",
    c.GetOperation: "getOperation",
}  # fmt: skip
