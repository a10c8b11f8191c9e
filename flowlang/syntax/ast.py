"""The tree of a flow file: few shapes, all of them values, every one with the span it was read from.

Shapes are a closed set; words are not. A step is one shape whatever its word: `Step` has a field for each
operand and clause of the language (docs/reference), and the word's own page says which of them it may have.
Named tuples, since a frozen dataclass costs five times as much at import and `check` starts a process each time.
"""

from typing import Literal

from flowlang.named_tuple import NamedTuple
from flowlang.source import NOWHERE, Span

# ---------------------------------------------------------------- words and literals


class Word(NamedTuple):
    """A name or a bare word, as written; letters and marks composed (NFC).

    An empty text stands for what could not be read and was reported already: there is nothing more to say about it.
    A key is canonical: `0` to `9`, `star`, `pound`, `any`, `a` to `d`.
    """

    text: str
    span: Span


class Text(NamedTuple):
    """A quoted text in pieces: plain characters (escapes undone) and holes `{caller.number}`. Empty: no parts."""

    parts: "tuple[str | Path, ...]"
    span: Span

    @property
    def plain(self) -> str:
        """The characters, with holes written back as `{a.b}`."""
        return "".join(p if isinstance(p, str) else "{" + ".".join(p.names) + "}" for p in self.parts)


class Number(NamedTuple):
    value: int
    span: Span


class Duration(NamedTuple):
    """A length of time in milliseconds. `unit` is None where the writer forgot it (`unit-missing`)."""

    ms: int
    span: Span
    unit: str | None = "s"


class Truth(NamedTuple):
    """`yes` or `no`."""

    value: bool
    span: Span


class Path(NamedTuple):
    """A name that is read: `tries`, `caller.number`, `crm.agent`. No names: it could not be read, and was reported."""

    names: tuple[str, ...]
    span: Span


PartyKind = Literal["user", "phone", "resource account", "bot"]


class Party(NamedTuple):
    """Somebody written out: `user GUID tenant GUID "name"`, `+49…`, `resource account GUID`, `bot GUID`."""

    kind: PartyKind
    id: Word
    tenant: Word | None
    display_name: Text | None
    span: Span


class Voicemail(NamedTuple):
    """`voicemail of heidi`"""

    of: Word
    span: Span


# ---------------------------------------------------------------- targets and patterns


class Target(NamedTuple):
    """One target, with its own `(language de-de, region emea)` where given."""

    who: "Path | Party | Voicemail"
    language: Word | None
    region: Word | None
    span: Span


class Targets(NamedTuple):
    """`a` (plain), `a, b` (plain, several), `first of a, b`, `each of a, b`."""

    mode: Literal["plain", "first", "each"]
    items: tuple[Target, ...]
    span: Span


class Pattern(NamedTuple):
    """A result pattern in canonical spelling: `500/7000`, `486/*`, `4xx`, `*/7700`, `no answer`."""

    text: str
    span: Span


# ---------------------------------------------------------------- expressions


class Add(NamedTuple):
    """`tries + 1`. Anything else that looks like arithmetic is kept with its operator and reported (`arithmetic`)."""

    left: "Value"
    operator: str
    right: "Value"
    span: Span


class Compare(NamedTuple):
    operator: Literal["is", "is not", "<", "<=", ">", ">=", "starts with", "contains"]
    left: "Value"
    right: "Value"
    span: Span


class During(NamedTuple):
    """`during office`, `outside office`, `now during office`"""

    outside: bool
    hours: Word
    span: Span


class InGroup(NamedTuple):
    left: "Value"
    group: Word
    span: Span


class Exists(NamedTuple):
    path: Path
    span: Span


class Not(NamedTuple):
    condition: "Condition"
    span: Span


class And(NamedTuple):
    left: "Condition"
    right: "Condition"
    span: Span


class Or(NamedTuple):
    left: "Condition"
    right: "Condition"
    span: Span


Value = Text | Number | Duration | Truth | Path | Party | Add
Condition = Compare | During | InGroup | Exists | Not | And | Or | Path | Truth
"""A bare path or `yes`/`no` is a condition too (`when crm.vip:`)."""

# ---------------------------------------------------------------- steps


class Retry(NamedTuple):
    """`retry up to 2 times [after 3s]`; stands last in its arm."""

    times: Number | None
    after: Duration | None
    span: Span


class Argument(NamedTuple):
    """`name = value` of `start FLOW with …`; `do R(value)` has no name."""

    name: Word | None
    value: Value
    span: Span


class Arm(NamedTuple):
    """One arm under a step. `kind` tells which: `on PATTERNS:`, `otherwise:`, `press KEYS:`, `on timeout:`.

    `catch` is an `if that fails:` with the arm's own indentation: it catches what fails in the arm's steps.
    """

    kind: Literal["on", "otherwise", "press", "timeout"]
    patterns: tuple[Pattern, ...]
    keys: tuple[Word, ...]
    body: "Block"
    span: Span
    head: Span
    catch: "Block | None" = None


class Branch(NamedTuple):
    """One branch of `when … else when … else`; `condition` is None in `else`."""

    condition: Condition | None
    body: "Block"
    span: Span


class When(NamedTuple):
    branches: tuple[Branch, ...]
    span: Span


class Step(NamedTuple):
    """One step. `word` is as written, so also a word that no step has; two-word steps are `hang up`.

    Which fields a word fills:
    answer -                  reject reason               redirect targets bound
    call targets bound        join prompts=("url",)       consult targets leg(as) bound playing announcing accepting
    without_forwarding
    transfer participant targets replacing bound          invite targets replacing bound    remove participant
    play prompts to_leg repeating bound                   say text to_leg                   menu prompts to_leg bound
    times arms
    gather digits from_leg variable(as) playing bound ending                                record variable bound
    mute, unmute -            hold, resume participant    ask service about variable bound  wait bound
    hang up leg               start flow_name arguments after                               goto name   do name
    arguments   stop -
    set variable value        log text                    notify service text               retry is the field `retry`
    """

    word: Word
    span: Span
    targets: Targets | None = None
    participant: Path | None = None
    replacing: Word | None = None
    leg: Word | None = None
    to_leg: Word | None = None
    from_leg: Word | None = None
    bound: Duration | Path | None = None
    prompts: tuple[Text, ...] = ()
    playing: Text | None = None
    announcing: Text | None = None
    accepting: Word | None = None
    without_forwarding: bool = False
    repeating: bool = False
    times: Number | None = None
    digits: Number | None = None
    ending: Word | None = None
    variable: Word | None = None
    value: Value | None = None
    text: Text | None = None
    service: Word | None = None
    about: tuple[Value, ...] = ()
    name: Word | None = None
    arguments: tuple[Argument, ...] = ()
    after: Duration | None = None
    reason: Word | None = None
    retry: Retry | None = None
    arms: tuple[Arm, ...] = ()


class Line(NamedTuple):
    """Steps chained with `then`, and the `if that fails:` that belongs to them. A `when` stands alone on its line."""

    steps: "tuple[Step | When, ...]"
    catch: "Block | None"
    span: Span


class Block(NamedTuple):
    lines: tuple[Line, ...]
    span: Span


EMPTY = Block((), NOWHERE)

# ---------------------------------------------------------------- handlers

EventWord = Literal[
    "start", "incoming", "answered", "transferring", "transfer accepted", "transfer completed", "tone", "joined",
    "left", "leg ended", "ended", "step failed", "failed", "state", "after", "enter",
]  # fmt: skip


class Event(NamedTuple):
    """What a handler waits for. `word` is an `EventWord`, or as written where there is no such event.

    tone: keys. joined, left: target. leg ended: leg, patterns. ended, failed: patterns. step failed: step, patterns.
    state: state. after: delay.
    """

    word: str
    span: Span
    keys: tuple[Word, ...] = ()
    target: Target | None = None
    leg: Word | None = None
    step: Word | None = None
    patterns: tuple[Pattern, ...] = ()
    state: Word | None = None
    delay: Duration | None = None


class Handler(NamedTuple):
    """`on EVENT [during H | outside H] [from T] [to T] [when C]: …` with its own `if that fails:`."""

    event: Event
    hours: During | None
    source: Targets | None
    called: Targets | None
    condition: Condition | None
    body: Block
    catch: Block | None
    span: Span
    head: Span


# ---------------------------------------------------------------- declarations


class Flow(NamedTuple):
    """`flow 1 "Title"`"""

    version: Number
    title: Text | None
    span: Span


class Default(NamedTuple):
    """`language en-us`, `region amer`"""

    kind: Literal["language", "region"]
    value: Word
    span: Span


class Use(NamedTuple):
    path: Text
    span: Span


class Contact(NamedTuple):
    name: Word
    value: Party | Voicemail
    language: Word | None
    region: Word | None
    span: Span


class Group(NamedTuple):
    name: Word
    members: tuple[Target, ...]
    span: Span


class Range(NamedTuple):
    """`mon-fri 08:00-18:00`: days 0 (Monday) to 6, minutes from midnight; overnight where `closes` <= `opens`."""

    days: tuple[int, ...]
    opens: int
    closes: int
    span: Span


class SpecialDay(NamedTuple):
    """`and closed 24 dec 12:00-24:00`, `and open 2 jan 2027`; year None: every year; without times: the whole day."""

    is_open: bool
    day: int
    month: int
    year: int | None
    opens: int
    closes: int
    span: Span


class Hours(NamedTuple):
    name: Word
    ranges: tuple[Range, ...]
    zone: Word
    holidays: Word | None
    calendar: Text | None
    special: tuple[SpecialDay, ...]
    span: Span


class Let(NamedTuple):
    name: Word
    value: Value
    span: Span


class Setting(NamedTuple):
    name: Word
    value: Value
    span: Span


class Answer(NamedTuple):
    """One member that a service declares: `tier text`. Types: text, number, duration, yes/no as `truth`, contact."""

    name: Word
    type: Word
    span: Span


class Service(NamedTuple):
    """`service crm for 3s answers tier text, agent contact`. `address` holds what `= "https://…"` wrongly gave."""

    name: Word
    bound: Duration | None
    answers: tuple[Answer, ...]
    span: Span
    address: Text | None = None


class Routine(NamedTuple):
    name: Word
    parameters: tuple[Word, ...]
    body: Block
    catch: Block | None
    span: Span


class Stage(NamedTuple):
    name: Word
    handlers: tuple[Handler, ...]
    span: Span


Declaration = Flow | Default | Use | Contact | Group | Hours | Let | Setting | Service | Routine
Item = Declaration | Handler | Stage


class File(NamedTuple):
    """A whole file in its written order. `comments` are kept for formatting and for `# allow …`."""

    items: tuple[Item, ...]
    comments: tuple[Word, ...]
    span: Span
