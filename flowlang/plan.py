"""The compiled flow: immutable, JSON in and out, with a digest. The engine runs it; nothing else of the flow is needed.

A plan is a list of *places*. A place holds one step, where to go on after it, and the *scope* that catches its
failure. Routines are inlined by the compiler, so one number tells where an activity stands. Numbers of places,
scopes, handlers, stages and variables are positions in the plan's tuples; -1 means "none".
"""

from typing import Literal, NamedTuple

from flowlang.call.facts import Value

ABI = 1  # rises when an older engine could not run a newer plan
NONE = -1

# ---------------------------------------------------------------- expressions


class Const(NamedTuple):
    value: Value


class Var(NamedTuple):
    """A variable or setting, by its number in `Plan.variables`."""

    number: int
    name: str


class Member(NamedTuple):
    """A member of what a service answered: `crm.agent`; or a field of a contact in a variable: `agent.number`."""

    number: int
    name: str
    fields: tuple[str, ...]


class Known(NamedTuple):
    """What every call has: `caller.number`, `called`, `call.kind`, `result.code`, `tone`, `attempt`, `now`,
    `participant.name`.

    `root` `leg` reads a leg: `leg` then holds its name and `field` is `name` or `number`. `by hand`: whom an operator
    wants the caller to be transferred to; no flow can name it.
    """

    root: Literal["caller", "called", "call", "result", "tone", "attempt", "now", "participant", "leg", "by hand"]
    field: str = ""
    leg: str = ""


class Join(NamedTuple):
    """A text with holes: the parts are written one after the other."""

    parts: "tuple[Expr, ...]"


class Plus(NamedTuple):
    left: "Expr"
    right: "Expr"


class Localized(NamedTuple):
    """A target that is known only when the call is there, with a language or region of its own: `agent (language
    de-de)`."""

    who: "Expr"
    language: str = ""
    region: str = ""


Expr = Const | Var | Member | Known | Join | Plus | Localized

Operator = Literal["is", "is not", "<", "<=", ">", ">=", "starts with", "contains"]


class Compare(NamedTuple):
    operator: Operator
    left: Expr
    right: Expr


class During(NamedTuple):
    hours: str
    outside: bool


class InGroup(NamedTuple):
    left: Expr
    members: tuple[Expr, ...]


class Exists(NamedTuple):
    what: Expr


class Is(NamedTuple):
    """A yes/no value as a condition."""

    what: Expr


class Not(NamedTuple):
    condition: "Condition"


class And(NamedTuple):
    left: "Condition"
    right: "Condition"


class Or(NamedTuple):
    left: "Condition"
    right: "Condition"


Condition = Compare | During | InGroup | Exists | Is | Not | And | Or

# ---------------------------------------------------------------- what steps need

Bound = int | Var | Member
"""Milliseconds, a setting or what a service answered that holds a duration, or NONE: the default of that step (see
`Defaults`)."""


class Targets(NamedTuple):
    """`one`: a single target. `each`: one after the other. `first`: all at once, the first to accept wins."""

    mode: Literal["one", "each", "first"]
    items: tuple[Expr, ...]


class Answer(NamedTuple):
    pass


class Reject(NamedTuple):
    reason: Literal["none", "busy", "forbidden"] = "none"


class Redirect(NamedTuple):
    targets: Targets
    bound: Bound = NONE


class Call(NamedTuple):
    targets: Targets
    bound: Bound = NONE


class JoinMeeting(NamedTuple):
    """`join meeting "url"`"""

    url: Expr
    bound: Bound = NONE


class Consult(NamedTuple):
    targets: Targets
    leg: str = "consult"
    bound: Bound = NONE
    playing: str = ""
    announcing: str = ""
    accepting: str = ""
    without_forwarding: bool = False


class Transfer(NamedTuple):
    """Blind where `replacing` is empty. `target` None: the party of the leg replaced. `participant`: a group
    transfer."""

    target: Targets | None
    replacing: str = ""
    participant: Expr | None = None
    bound: Bound = NONE


class Invite(NamedTuple):
    target: Expr
    replacing: str = ""
    bound: Bound = NONE


class Remove(NamedTuple):
    participant: Expr


class Play(NamedTuple):
    prompts: tuple[str, ...]
    to_leg: str = ""
    repeating: bool = False
    bound: Bound = NONE


class Say(NamedTuple):
    text: Expr
    to_leg: str = ""
    bound: Bound = NONE


class Menu(NamedTuple):
    """`arms`: keys and place. `on_timeout`, `otherwise`: places or NONE. Keys as `0`-`9`, `star`, `pound`, `any`."""

    prompts: tuple[str, ...]
    arms: tuple[tuple[tuple[str, ...], int], ...]
    on_timeout: int = NONE
    otherwise: int = NONE
    to_leg: str = ""
    bound: Bound = NONE
    times: int = 3


class Gather(NamedTuple):
    digits: int
    variable: int
    from_leg: str = ""
    playing: str = ""
    bound: Bound = NONE
    ending: str = ""


class RecordStep(NamedTuple):
    variable: int
    bound: Bound = NONE


class Mute(NamedTuple):
    pass


class Unmute(NamedTuple):
    pass


class Hold(NamedTuple):
    participant: Expr


class Resume(NamedTuple):
    participant: Expr


class Ask(NamedTuple):
    """`about`: name and value of what is sent. `wants`: the members that the plan reads. `variable` NONE: nobody
    reads it."""

    service: str
    about: tuple[tuple[str, Expr], ...] = ()
    variable: int = NONE
    bound: Bound = NONE
    wants: tuple[str, ...] = ()


class Wait(NamedTuple):
    bound: Bound


class HangUp(NamedTuple):
    """Empty `leg`: the primary leg."""

    leg: str = ""


class StartFlow(NamedTuple):
    flow: str
    values: tuple[tuple[str, Expr], ...] = ()
    after: Bound = 0


class Goto(NamedTuple):
    stage: int


class Stop(NamedTuple):
    pass


class Retry(NamedTuple):
    """Go back to `place` after a pause. How often is counted by the arm that leads here: its `counter`."""

    place: int
    after_ms: int = 0
    counter: int = NONE


class When(NamedTuple):
    """Branches in order: the first condition that holds gives the place; none: go on at the place's own `next`."""

    branches: tuple[tuple[Condition, int], ...]


class Set(NamedTuple):
    variable: int
    value: Expr


class Log(NamedTuple):
    text: Expr


class Notify(NamedTuple):
    service: str
    text: Expr


Step = (
    Answer
    | Reject
    | Redirect
    | Call
    | JoinMeeting
    | Consult
    | Transfer
    | Invite
    | Remove
    | Play
    | Say
    | Menu
    | Gather
    | RecordStep
    | Mute
    | Unmute
    | Hold
    | Resume
    | Ask
    | Wait
    | HangUp
    | StartFlow
    | Goto
    | Stop
    | Retry
    | When
    | Set
    | Log
    | Notify
)

WORDS: dict[type, str] = {
    Answer: "answer", Reject: "reject", Redirect: "redirect", Call: "call", JoinMeeting: "join", Consult: "consult",
    Transfer: "transfer", Invite: "invite", Remove: "remove", Play: "play", Say: "say", Menu: "menu",
    Gather: "gather", RecordStep: "record", Mute: "mute", Unmute: "unmute", Hold: "hold", Resume: "resume",
    Ask: "ask", Wait: "wait", HangUp: "hang up", StartFlow: "start", Goto: "goto", Stop: "stop", Retry: "retry",
    When: "when", Set: "set", Log: "log", Notify: "notify",
}  # fmt: skip
"""The step word of each kind of step; `on transfer failed` names a step by it."""

# ---------------------------------------------------------------- the plan


class Arm(NamedTuple):
    """One way out of a failure. No patterns: any failure. `times` NONE: no retry in it; else the arm matches so often.

    `counter` numbers the retry arms of the plan, so that each counts for itself.
    """

    patterns: tuple[str, ...]
    place: int
    times: int = NONE
    counter: int = NONE


class Scope(NamedTuple):
    """What catches a failure here: the arms in order, then the scope around this one."""

    arms: tuple[Arm, ...]
    outer: int = NONE


class Place(NamedTuple):
    """One step. `next` NONE: the activity ends. `legs`: names of consult legs that this step or a later one can still
    use.

    `resets`: counters that start anew when the activity comes here otherwise than by `retry`.
    """

    step: Step
    next: int = NONE
    scope: int = NONE
    legs: tuple[str, ...] = ()
    resets: tuple[int, ...] = ()
    file: int = 0
    line: int = 0


class Handler(NamedTuple):
    """`on EVENT …`. `event` is the event's word. `stage` NONE: of the flow. `is_instant`: runs on the spot.

    keys: of `tone`. leg: of `leg ended`. step: of `step failed`. patterns: of results. state: of `state`.
    delay_ms: of `after`. party: of `joined`, `left`. source and called: who calls whom; a Const text "anonymous"
    stands for a caller without a number.
    """

    event: str
    place: int
    stage: int = NONE
    is_instant: bool = False
    keys: tuple[str, ...] = ()
    leg: str = ""
    step: str = ""
    patterns: tuple[str, ...] = ()
    state: str = ""
    delay_ms: Bound = 0
    party: tuple[Expr, ...] = ()
    source: tuple[Expr, ...] = ()
    called: tuple[Expr, ...] = ()
    condition: Condition | None = None
    file: int = 0
    line: int = 0


VariableKind = Literal["setting", "let", "local"]


class Variable(NamedTuple):
    """`kind`: `setting` may be given by the operator, `let` is the flow's own, `local` is made by a step or a
    routine."""

    name: str
    kind: VariableKind
    first: Value = None


class OpenRange(NamedTuple):
    """Days 0 (Monday) to 6, minutes from midnight; overnight where `closes` <= `opens`."""

    days: tuple[int, ...]
    opens: int
    closes: int


class SpecialDay(NamedTuple):
    is_open: bool
    day: int
    month: int
    year: int
    opens: int
    closes: int


class Hours(NamedTuple):
    """Opening hours, for the edge that computes which are open. `year` 0 in a special day: every year."""

    name: str
    ranges: tuple[OpenRange, ...]
    zone: str
    holidays: str = ""
    calendar: str = ""
    special: tuple[SpecialDay, ...] = ()


class PromptFile(NamedTuple):
    """A WAV file that the flow plays. `length_ms` 0: not known when the flow was compiled. `digest`: SHA-256 of its
    content, so that another recording is another plan; empty: not known, or an address."""

    name: str
    length_ms: int = 0
    digest: str = ""


class Defaults(NamedTuple):
    """Bounds of steps that have no `for`, in milliseconds, and the operator's other defaults."""

    answer_ms: int = 15_000
    ring_ms: int = 60_000
    redirect_ms: int = 55_000
    transfer_ms: int = 90_000
    transfer_longest_ms: int = 120_000
    invite_ms: int = 90_000
    accept_ms: int = 15_000
    menu_ms: int = 5_000
    gather_ms: int = 10_000
    record_ms: int = 60_000
    ask_ms: int = 10_000
    prompt_ms: int = 60_000
    other_ms: int = 10_000
    keep_alive_ms: int = 600_000
    repeat_ms: int = 600_000
    safety_net_prompt: str = ""
    graph: str = "beta"


class Plan(NamedTuple):
    """A whole flow. `reach[stage + 1]`: legs that handlers in reach of that stage can use (first entry: no stage).

    `net` is the place where the safety net begins. `wants_keys`: tones are subscribed to when the call is answered.
    `by_hand`: the place of an operator's transfer, which the engine adds (see `engine.index`): no compiled plan has it.
    `language` and `region`: of targets that bring none, such as a number that a service answered.
    """

    title: str
    files: tuple[str, ...]
    places: tuple[Place, ...]
    scopes: tuple[Scope, ...]
    handlers: tuple[Handler, ...]
    stages: tuple[str, ...]
    variables: tuple[Variable, ...]
    hours: tuple[Hours, ...]
    services: tuple[str, ...]
    prompts: tuple[PromptFile, ...]
    reach: tuple[tuple[str, ...], ...]
    net: int
    wants_keys: bool
    has_incoming: bool = True
    has_start: bool = False
    defaults: Defaults = Defaults()
    language: str = ""
    region: str = ""
    abi: int = ABI
    by_hand: int = NONE
