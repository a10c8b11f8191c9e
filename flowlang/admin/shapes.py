"""What the admin API takes and gives, as frozen models: one definition for the code, the JSON and its OpenAPI page.

Times are UTC in RFC 3339. What names a person (a number, keys pressed) is masked for readers; see `masking`.
"""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

CallState = Literal["live", "over", "parked"]
Role = Literal["reader", "operator"]

GUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
NUMBER = r"^\+[1-9][0-9]{4,14}$"
Text = Annotated[str, Field(max_length=500)]
JsonValue = str | int | bool | None


class Shape(BaseModel):
    """Nothing unknown is taken, and nothing changes once it is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    impersonal: ClassVar[frozenset[str]] = frozenset()
    """Fields that say nothing of a person, whatever digits are in them: never masked."""


class ErrorView(Shape):
    code: str = Field(description="For programs; the list stands in the reference.", examples=["not_found"])
    message: str = Field(description="For people.", examples=["there is no call abc"])


class Problem(Shape):
    """Every answer of 400 and more."""

    error: ErrorView


# ---------------------------------------------------------------- calls


class PartyView(Shape):
    """Who somebody is. `id` is a phone number or an identifier of the directory."""

    kind: str = Field(examples=["phone"])
    id: str = Field(examples=["+15550100"])
    name: str = Field(default="", examples=["Heidi Steen"])


class CallView(Shape):
    """One call in a list."""

    impersonal = frozenset(("id", "version"))

    id: str = Field(examples=["2d5c1f0a-77c0-4b3f-9a55-0d3f6f0c1f10"])
    state: CallState
    began_at: datetime | None = Field(default=None, description="When its first news came.")
    over_at: datetime | None = None
    caller: PartyView | None = None
    called: PartyView | None = None
    flow: str = Field(default="", description="Name of the flow, or its title.", examples=["reception"])
    version: str = Field(default="", description="The plan that the call goes through, by its content.")
    direction: str = Field(default="", examples=["incoming"])
    standing: str = Field(default="", description="Where it stands, in words.", examples=["transfers to Heidi Steen"])
    reason: str = Field(default="", description="Why a parked call rests.")


class CallPage(Shape):
    impersonal = frozenset(("next",))

    calls: tuple[CallView, ...]
    next: str = Field(default="", description="`before` for the page that follows; empty: this was the last one.")


class LegView(Shape):
    number: int
    name: str
    party: PartyView | None = None
    state: str = Field(examples=["established"])
    is_up: bool
    is_over: bool
    result: str = Field(default="", examples=["200/7015"])


class TimerView(Shape):
    kind: str
    due_at: datetime


class CallDetail(Shape):
    """One call, with what its session knows."""

    call: CallView
    stage: str = ""
    step: str = Field(default="", description="The step that runs, as the language calls it.", examples=["transfer"])
    place: str = Field(default="", description="Its line in the flow.", examples=["reception.flow:7"])
    legs: tuple[LegView, ...] = ()
    variables: dict[str, str] = Field(default_factory=dict, description="For operators only.")
    timers: tuple[TimerView, ...] = ()
    waiting_requests: int = 0
    facts: int = Field(default=0, description="How many facts its journal has.")


class JournalEntry(Shape):
    number: int
    at: datetime
    kind: str = Field(examples=["CallUpdated"])
    words: str = Field(examples=["the caller's leg is established"])
    fact: object = Field(description="Its stored form.")


class JournalPage(Shape):
    entries: tuple[JournalEntry, ...]
    next: int = Field(default=0, description="`after` for the page that follows; 0: this was the last one.")


class RecordingView(Shape):
    """A call as a file that `flowlang replay` reads. Plan, facts and commands are in their stored forms."""

    recording: int = Field(description="The number of this form.", examples=[1])
    release: str = Field(description="The flowlang that gives it.", examples=["0.1.0"])
    call_id: str
    flow: str = Field(description="Name of the flow that answered.", examples=["reception"])
    plan: object
    facts: tuple[object, ...]
    commands: tuple[object, ...]


# ---------------------------------------------------------------- acts


class Taken(Shape):
    """The act is on the disk and will be done, whatever happens to this process."""

    call_id: str
    note: str = Field(default="", description="What it waits for, if anything.")
    is_direct: bool = Field(
        default=False, description="It was done at Graph already, without the store, which cannot be written now."
    )


class TransferOrder(Shape):
    """Whom to hand the caller to: a phone number, or a user, a bot or a resource account by its identifier."""

    kind: Literal["phone", "user", "resource account", "bot"] = "phone"
    id: str = Field(max_length=64, examples=["+15550123"])
    tenant_id: str = Field(default="", max_length=64)
    name: str = Field(default="", max_length=200)

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "phone", "id": "+15550123"}]})


class StartOrder(Shape):
    """Values set the flow's variables by name. A text stands for a value of any kind, as a flow has it: `yes`, `10s`,
    `+15550100`."""

    values: dict[Annotated[str, Field(max_length=100)], JsonValue] = Field(default_factory=dict, max_length=50)
    after_seconds: int = Field(default=0, ge=0, le=366 * 86_400, description="Begin so much later.")
    key: str = Field(
        default="", max_length=200, description="The same key again starts nothing, and names the call of the first."
    )


class FactOrder(Shape):
    """A fact in its stored form, for trying things out on a simulated Graph."""

    fact: list[object] = Field(examples=[["Ignored", 0, "a test"]])


# ---------------------------------------------------------------- flows and hours


class VersionView(Shape):
    impersonal = frozenset(("digest",))

    digest: str
    since: datetime | None = None
    is_active: bool = Field(default=False, description="All new calls go to it, but for the share of another.")
    share_percent: int = Field(default=0, ge=0, le=100, description="So many of a hundred new calls go to it.")
    by: str = Field(default="", description="Who put it to work last; `file`: its file changed.")


class FlowView(Shape):
    name: str = Field(examples=["reception"])
    title: str = ""
    answers: tuple[str, ...] = Field(default=(), description="Numbers and accounts that it answers.")
    trouble: str = Field(default="", description="Why its newest file is not served, if it is not.")
    versions: tuple[VersionView, ...] = ()


class FlowsRead(Shape):
    """What came of looking at the flow files again."""

    said: tuple[str, ...] = Field(description="What changed, a line each; none: nothing.")
    troubles: dict[str, str] = Field(description="Why flows are not served as their files are now, by their names.")


class ReadOrder(Shape):
    percent: int = Field(default=100, ge=1, le=100, description="So many of 100 new calls take what is new.")


class VersionOrder(Shape):
    digest: str = Field(max_length=64, description="The version, or the beginning of its name.")


class ShareOrder(Shape):
    digest: str = Field(max_length=64)
    percent: int = Field(ge=1, le=100)


class HoursView(Shape):
    """Hours that a flow names, and whether they are open now."""

    name: str = Field(examples=["office"])
    flow: str = ""
    is_open: bool
    by: str = Field(default="", description="Who opened or closed them; empty: the plan of the flow counts.")
    until: datetime | None = Field(
        default=None, description="When the operator's word ends; none: until it is taken back."
    )
    is_open_by_plan: bool = Field(default=False, description="Whether they would be open if nobody had said anything.")
    changes_at: datetime | None = Field(
        default=None, description="When they open or close next if nobody acts; none: not in sight."
    )
    zone: str = Field(default="", description="Whose clock their plan goes by.", examples=["Europe/Berlin"])


class HoursOrder(Shape):
    is_open: bool
    until: AwareDatetime | None = None


# ---------------------------------------------------------------- people, health, events


class PersonOrder(Shape):
    """A person, by phone number or identifier of the directory, in any spelling."""

    who: str = Field(min_length=5, max_length=100, examples=["+15550100"])


class PersonCall(Shape):
    call: CallView
    recordings: tuple[str, ...] = Field(default=(), description="Files in the service's folder for recordings.")
    session: object = None
    journal: tuple[JournalEntry, ...] = ()


class PersonExport(Shape):
    who: str
    calls: tuple[PersonCall, ...]


class Erased(Shape):
    """`live`: calls that are still going on and were left alone."""

    erased: int
    live: tuple[str, ...] = ()
    copies: tuple[str, ...] = Field(
        default=(), description="Copies that an update left beside the database, removed since the person was in them."
    )


class CheckView(Shape):
    name: str = Field(examples=["store"])
    is_ok: bool
    detail: str = ""


class Health(Shape):
    is_ok: bool
    checks: tuple[CheckView, ...] = ()


class Figures(Shape):
    live: int
    over: int
    parked: int
    inbox: int = Field(description="Notifications that were taken and not worked through yet.")
    to_send: int = Field(description="Requests that are to be sent, or have no answer yet.")


EventKind = Literal["call began", "call changed", "call ended", "call parked", "flow deployed", "hours switched", "gap"]


class EventView(Shape):
    """One event of the stream. `gap`: some were missed, look at the calls anew."""

    impersonal = frozenset(("call_id", "kind"))

    number: int
    kind: EventKind
    at: datetime
    call_id: str = ""
    text: str = ""
    details: dict[str, str] = Field(default_factory=dict)
