"""Who can be on a call, in the words of the language; `wire` turns them into Graph's identity sets."""

from typing import Literal, NamedTuple

PartyKind = Literal["user", "phone", "resource account", "bot", "anonymous"]


class Party(NamedTuple):
    """A person, number, account or bot. `id` is a GUID or an E.164 number; empty texts mean "not known".

    `endpoint` is Graph's `endpointType`: `default` or `voicemail` (beta `invitationParticipantInfo`).
    """

    kind: PartyKind
    id: str
    tenant_id: str = ""
    name: str = ""
    endpoint: str = "default"
    language: str = ""
    region: str = ""

    def is_same(self, other: "Party") -> bool:
        """Whether both are the same party: kind and id, whatever name, language or tenant they carry."""
        return self.kind == other.kind and self.id.lower() == other.id.lower()


class Participant(NamedTuple):
    """One line of the roster (`participant` resource). `id` is the participantId of this call."""

    id: str
    party: Party
    is_muted: bool = False
    in_lobby: bool = False
