"""Notifications as JSON, in the two profiles: as the pages show them (`docs`), as they were seen (`live`)."""

from typing import NamedTuple

from flowlang.simulator.calls import Call, Operation
from flowlang.simulator.errors import message_of
from flowlang.simulator.values import Json, Profile


class Notice(NamedTuple):
    """One item of a commsNotifications body, with where it goes. is_level: it says again how the call stands."""

    call: Call
    item: Json
    is_level: bool = False


def result_info(code: int, subcode: int, message: str, profile: Profile, *, is_transfer: bool = False) -> Json:
    """resultInfo. The transfer page spells the subcode of a failure `subCode`; live texts end with a DiagCode."""
    name = "subCode" if profile == "docs" and is_transfer and code >= 400 else "subcode"
    text = message or message_of(code, subcode)
    if profile == "live" and not message and subcode:
        text = f"{text} DiagCode: {0 if code == 200 else code}#{subcode}.@"
    return {"@odata.type": "#microsoft.graph.resultInfo", "code": code, name: subcode, "message": text}


class Notices:
    """Builds notices for one profile."""

    __slots__ = ("profile",)

    def __init__(self, profile: Profile) -> None:
        self.profile: Profile = profile

    def _item(self, change: str, call: Call, tail: str, data: object) -> Json:
        item: Json = {"@odata.type": "#microsoft.graph.commsNotification", "changeType": change}
        if self.profile == "live":
            item["resource"] = f"/app/calls/{call.id}{tail}"
        item["resourceUrl"] = f"/communications/calls/{call.id}{tail}"
        item["resourceData"] = data
        return item

    def call(self, call: Call, state: str, more: Json | None = None, *, change: str = "updated") -> Notice:
        """News of the call itself."""
        data: Json = {"@odata.type": "#microsoft.graph.call", "state": state, **(more or {})}
        if self.profile == "live" and "toneInfo" not in data:
            data["callChainId"] = call.chain_id
        return Notice(call, self._item(change, call, "", data), is_level=state == "established" and not more)

    def incoming(self, call: Call) -> Notice:
        body = {key: value for key, value in call.as_json("v1.0").items() if value is not None and "context" not in key}
        return Notice(call, self._item("created", call, "", body))

    def gone(self, call: Call) -> Notice:
        """After a reject: no state, no result."""
        data = {"@odata.type": "#microsoft.graph.call", "@odata.id": f"/communications/calls/{call.id}"}
        return Notice(call, self._item("deleted", call, "", data))

    def redirected(self, call: Call, result: tuple[int, int, str] | None) -> Notice:
        """The redirect page shows nearly the whole call in its last notification."""
        kept = ("direction", "callbackUri", "source", "targets", "tenantId", "myParticipantId", "id")
        whole = call.as_json("v1.0")
        more: Json = {name: whole[name] for name in kept if whole.get(name) is not None}
        if result is not None:
            more["resultInfo"] = result_info(*result, self.profile)
        return self.call(call, "terminated", more, change="deleted")

    def terminated(self, call: Call, code: int, subcode: int, message: str = "") -> Notice:
        info = result_info(code, subcode, message, self.profile, is_transfer=subcode == 7015)
        return self.call(call, "terminated", {"resultInfo": info}, change="deleted")

    def app_transferred(self, call: Call) -> Notice:
        return self.call(call, "terminated", {"terminationReason": "AppTransferred"}, change="deleted")

    def audio(self, call: Call) -> Notice:
        media = {"@odata.type": "#microsoft.graph.callMediaState", "audio": call.audio}
        return self.call(call, call.state, {"mediaState": media})

    def tone(self, call: Call, tone: str) -> Notice:
        info = {"@odata.type": "#microsoft.graph.toneInfo", "sequenceId": call.sequence, "tone": tone}
        return self.call(call, "established", {"toneInfo": info})

    def roster(self, call: Call) -> Notice:
        return Notice(call, self._item("updated", call, "/participants", [one.as_json() for one in call.participants]))

    def operation(self, call: Call, operation: Operation) -> Notice:
        tail = f"/operations/{operation.id}"
        data = {"@odata.id": f"/communications/calls/{call.id}{tail}", **operation.as_json()}
        item = self._item("deleted", call, tail, data)
        if self.profile == "docs" and operation.kind == "startHoldMusicOperation":
            item["resourceUrl"] = item["resourceUrl"].removeprefix("/")
        return Notice(call, item)
