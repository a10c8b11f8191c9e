"""Microsoft's own client library for Python against a simulated Graph: `python drive.py URL WEBHOOK_PORT`.

Run by test_sdk.py with a Python that has `msgraph-beta-sdk`, which is too large for everybody's environment. Prints one
JSON object: what each request gave.
"""
# mypy: ignore-errors

import asyncio
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
from kiota_abstractions.api_error import APIError
from kiota_abstractions.authentication import (
    AccessTokenProvider,
    AllowedHostsValidator,
    BaseBearerTokenAuthenticationProvider,
)
from msgraph_beta import GraphRequestAdapter, GraphServiceClient
from msgraph_beta.generated.communications.calls.item.answer.answer_post_request_body import AnswerPostRequestBody
from msgraph_beta.generated.communications.calls.item.participants.invite.invite_post_request_body import (
    InvitePostRequestBody,
)
from msgraph_beta.generated.communications.calls.item.play_prompt.play_prompt_post_request_body import (
    PlayPromptPostRequestBody,
)
from msgraph_beta.generated.communications.calls.item.transfer.transfer_post_request_body import TransferPostRequestBody
from msgraph_beta.generated.models.call import Call
from msgraph_beta.generated.models.identity import Identity
from msgraph_beta.generated.models.identity_set import IdentitySet
from msgraph_beta.generated.models.invitation_participant_info import InvitationParticipantInfo
from msgraph_beta.generated.models.media_info import MediaInfo
from msgraph_beta.generated.models.media_prompt import MediaPrompt
from msgraph_beta.generated.models.modality import Modality
from msgraph_beta.generated.models.service_hosted_media_config import ServiceHostedMediaConfig

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
HEIDI = "550fae72-d251-43ec-868c-373732c2704f"
BEN = "112f7296-5fa4-42ca-bae8-6a692b15d4b8"
PATIENCE_SECONDS = 30.0
NEWS = []


class Webhook(BaseHTTPRequestHandler):
    """What Graph posts, with whether it was signed."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        is_signed = self.headers.get("authorization", "").startswith("Bearer ")
        NEWS.extend([{**one, "is_signed": is_signed} for one in json.loads(body)["value"]])
        self.send_response(202)
        self.end_headers()

    def log_message(self, *_given):
        """Nothing."""


class Tokens(AccessTokenProvider):
    def __init__(self, url):
        self._url = f"{url}/{TENANT}/oauth2/v2.0/token"

    async def get_authorization_token(self, uri, additional_authentication_context=None):
        async with httpx.AsyncClient() as client:
            form = {"grant_type": "client_credentials", "client_id": "sdk", "client_secret": "secret"}
            return (await client.post(self._url, data=form)).json()["access_token"]

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator([])


def client_of(url):
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Tokens(url)))
    adapter.base_url = f"{url}/beta"
    return GraphServiceClient(request_adapter=adapter)


def person(user):
    return InvitationParticipantInfo(
        odata_type="#microsoft.graph.invitationParticipantInfo",
        identity=IdentitySet(
            odata_type="#microsoft.graph.identitySet", user=Identity(odata_type="#microsoft.graph.identity", id=user)
        ),
    )


def prompt():
    media = MediaInfo(odata_type="#microsoft.graph.mediaInfo", uri="https://example.com/hello.wav", resource_id="hello")
    return MediaPrompt(odata_type="#microsoft.graph.mediaPrompt", media_info=media)


async def state_of(client, call_id, wanted):
    """The call once it is in that state."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        call = await client.communications.calls.by_call_id(call_id).get()
        if call.state is not None and call.state.value == wanted:
            return call
        await asyncio.sleep(0.05)
    raise AssertionError(f"{call_id} never became {wanted}")


async def news(is_it):
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        if any(is_it(one) for one in list(NEWS)):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("waited in vain for a notification")


def resource(one):
    data = one.get("resourceData")
    return data if isinstance(data, dict) else {}


async def outgoing(client, webhook, seen):
    """A call of our own: a prompt, an invitation, and its end."""
    wish = Call(
        odata_type="#microsoft.graph.call", callback_uri=webhook, targets=[person(HEIDI)], tenant_id=TENANT,
        requested_modalities=[Modality.Audio],
        media_config=ServiceHostedMediaConfig(odata_type="#microsoft.graph.serviceHostedMediaConfig"),
    )  # fmt: skip
    made = await client.communications.calls.post(wish)
    seen["create"] = [type(made).__name__, made.state.value, bool(made.id)]
    call = client.communications.calls.by_call_id(made.id)
    await state_of(client, made.id, "established")
    played = await call.play_prompt.post(PlayPromptPostRequestBody(client_context="p1", prompts=[prompt()]))
    seen["created call"] = [
        made.direction.value, made.tenant_id, made.targets[0].identity.user.id, made.callback_uri == webhook,
        type(made.media_config).__name__, [one.value for one in made.requested_modalities],
    ]  # fmt: skip
    seen["play"] = [type(played).__name__, played.status.value, played.client_context]
    await news(lambda one: resource(one).get("clientContext") == "p1" and resource(one).get("status") == "completed")
    invited = await call.participants.invite.post(
        InvitePostRequestBody(client_context="i1", participants=[person(BEN)])
    )
    seen["invite"] = [type(invited).__name__, invited.status.value, invited.client_context]
    await news(lambda one: resource(one).get("clientContext") == "i1")
    await news(lambda one: one["resource"].endswith(f"{made.id}/participants") and len(one["resourceData"]) > 1)
    people = await call.participants.get()
    seen["participants"] = sorted([one.info.identity.user.id for one in people.value])
    seen["delete"] = await call.delete()
    try:
        await call.get()
    except APIError as error:
        seen["get after delete"] = error.response_status_code
    await news(lambda one: one["changeType"] == "deleted" and one["resource"].endswith(made.id))
    ends = [resource(one) for one in NEWS if one["resource"].endswith(made.id)]
    seen["end of delete"] = [ends[-2]["state"], ends[-1]["state"], ends[-1]["resultInfo"]["subcode"]]


async def incoming(client, url, webhook, seen):
    """Somebody calls, is answered, and is transferred."""
    async with httpx.AsyncClient() as http:
        placed = (await http.post(f"{url}/sim/calls", json={"to": "desk", "from": "+15550100"})).json()
    call_id = placed["call"]["id"]
    await news(lambda one: resource(one).get("state") == "incoming")
    call = client.communications.calls.by_call_id(call_id)
    seen["answer"] = await call.answer.post(
        AnswerPostRequestBody(
            callback_uri=webhook,
            accepted_modalities=[Modality.Audio],
            media_config=ServiceHostedMediaConfig(odata_type="#microsoft.graph.serviceHostedMediaConfig"),
        )
    )
    found = await state_of(client, call_id, "established")
    phone = found.source.identity.additional_data["phone"]
    seen["get"] = [type(found).__name__, found.direction.value, getattr(phone, "id", None) or phone["id"]]
    seen["transfer"] = await call.transfer.post(TransferPostRequestBody(transfer_target=person(HEIDI)))
    await news(lambda one: resource(one).get("state") == "transferAccepted")
    await news(lambda one: one["changeType"] == "deleted" and one["resource"].endswith(call_id))
    last = [resource(one) for one in NEWS if one["resource"].endswith(call_id)][-1]
    seen["end of transfer"] = [last["state"], last["resultInfo"]["subcode"]]


async def main(url, port):
    server = HTTPServer(("127.0.0.1", port), Webhook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    webhook = f"http://127.0.0.1:{port}/callback"
    client, seen = client_of(url), {}
    await outgoing(client, webhook, seen)
    await incoming(client, url, webhook, seen)
    try:
        await client.communications.calls.by_call_id("nobody").get()
    except APIError as error:
        inner = error.error.inner_error
        seen["get nobody"] = [error.response_status_code, error.error.code, error.error.message]
        seen["which request"] = [bool(inner.request_id), bool(inner.client_request_id), inner.date is not None]
    seen["signed"] = all(one["is_signed"] for one in NEWS)
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
