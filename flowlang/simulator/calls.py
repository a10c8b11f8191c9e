"""Graph's own state of a call: who is on it, what plays, how far a transfer is."""

from typing import Literal

from flowlang.simulator.values import CallView, Json

ENDED = "ended"
AFTER_TRANSFER = ("transferring", "transferAccepted")


class Operation:
    """A commsOperation. `status` is Graph's word. `is_held`: it waits for its prompts to be fetched."""

    __slots__ = ("body", "duration_ms", "failure", "id", "is_heard_of", "is_held", "kind", "started_ms", "status",
                 "stop_tones")  # fmt: skip

    def __init__(self, kind: str, id_: str, context: str | None) -> None:
        self.kind, self.id, self.status = kind, id_, "running"
        self.body: Json = {"clientContext": context} if context is not None else {}
        self.duration_ms = -1
        self.failure: tuple[int, int, str] | None = None
        self.is_heard_of = True
        self.stop_tones: tuple[str, ...] = ()
        self.started_ms = 0
        self.is_held = False

    def as_json(self) -> Json:
        return {"@odata.type": f"#microsoft.graph.{self.kind}", "id": self.id, "status": self.status, **self.body}


class Participant:
    """One line of a roster. `info`: a participantInfo."""

    __slots__ = ("id", "info", "is_held", "is_muted")

    def __init__(self, id_: str, info: Json) -> None:
        self.id, self.info, self.is_muted, self.is_held = id_, info, False, False

    def as_json(self) -> Json:
        return {
            "@odata.type": "#microsoft.graph.participant",
            "id": self.id,
            "info": {"@odata.type": "#microsoft.graph.participantInfo", **self.info},
            "mediaStreams": [
                {
                    "@odata.type": "#microsoft.graph.mediaStream",
                    "mediaType": "audio",
                    "sourceId": "1",
                    "direction": "sendReceive",
                    "serverMuted": False,
                }
            ],
            "isMuted": self.is_muted,
            "isInLobby": False,
        }


class Call:
    """Mutable. `peer`: the identity set of the other party of a p2p call. `replaces`: the leg that a transfer ends."""

    def __init__(self, id_: str, kind: Literal["peer", "group"], direction: str, state: str, app_id: str) -> None:
        self.id, self.kind, self.direction, self.state, self.app_id = id_, kind, direction, state, app_id
        self.chain_id = self.my_participant_id = self.callback_uri = self.tenant_id = ""
        self.peer: Json = {}
        self.peer_of_replaced: Json = {}
        self.extra: Json = {}
        self.has_service_media = self.is_from_instance = self.hears_tones = False
        self.is_taken = direction == "outgoing"  # an incoming call is taken once it is answered, rejected or redirected
        self.audio = "inactive"
        self.participants: list[Participant] = []
        self.operations: dict[str, Operation] = {}
        self.queue: list[Operation] = []
        self.sequence = 0
        self.alive_ms = self.began_ms = 0
        self.transfer = 0
        self.replaces = ""
        self.result: tuple[int, int] | None = None

    @property
    def is_over(self) -> bool:
        return self.state == ENDED

    @property
    def is_up(self) -> bool:
        """Established, transferring or not: media flows and people can leave."""
        return self.state in ("established", *AFTER_TRANSFER)

    def stage(self) -> str:
        """The column of the gate table."""
        if self.state == "established":
            return self.kind
        if self.state in AFTER_TRANSFER:
            return "transferring"
        return {"incoming": "incoming", ENDED: ENDED, "terminating": ENDED}.get(self.state, "establishing")

    def as_json(self, version: str) -> Json:
        """The call resource, as GET and create answer with it."""
        nothing = ("subject", "ringingTimeoutInSeconds", "mediaState", "resultInfo", "answeredBy", "chatInfo",
                   "meetingInfo", "transcription", "toneInfo")  # fmt: skip
        body: Json = {
            "@odata.context": f"https://graph.microsoft.com/{version}/$metadata#app/calls/$entity",
            "@odata.type": "#microsoft.graph.call",
            "state": self.state,
            "direction": self.direction,
            "callbackUri": self.callback_uri,
            "callChainId": self.chain_id,
            "tenantId": self.tenant_id or None,
            "myParticipantId": self.my_participant_id,
            "id": self.id,
            **dict.fromkeys(nothing),
            **self.extra,
        }
        if self.is_up:
            body["mediaState"] = {"@odata.type": "#microsoft.graph.callMediaState", "audio": self.audio}
        return body

    def view(self) -> CallView:
        return CallView(
            self.id, self.kind, self.state, self.direction, identity_of(self.peer)[1], self.callback_uri, self.audio,
            tuple([line.id for line in self.participants]), self.result, self.tenant_id, self.chain_id, self.began_ms,
        )  # fmt: skip


IDENTITIES = ("user", "phone", "applicationInstance", "application", "guest", "device", "encrypted", "onPremises",
              "azureCommunicationServicesUser")  # fmt: skip


def identity_of(identity_set: Json) -> tuple[str, str]:
    """Kind and id of the one identity in an identity set; ("", "") when there is none."""
    for kind in IDENTITIES:
        identity = identity_set.get(kind)
        if isinstance(identity, dict) and isinstance(identity.get("id"), str) and identity["id"]:
            return kind, identity["id"].lower()
    return "", ""
