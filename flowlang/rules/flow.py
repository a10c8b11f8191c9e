"""A flow as the rules see it: what is declared, every step with where it stands, and every name that is read.

Made once for each check and handed to every rule, so that no rule walks the tree again.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from flowlang.analysis.load import resolve
from flowlang.analysis.model import Model, Read, Unit
from flowlang.named_tuple import NamedTuple
from flowlang.source import Source, Span, Unreadable
from flowlang.syntax import ast

if TYPE_CHECKING:
    from flowlang.explorer.explored import Explored
    from flowlang.rules.journey import Journey
    from flowlang.rules.logic import World
    from flowlang.rules.times import Times

INSTANT = frozenset({"log", "set", "notify", "stop"})
"""Words of steps that never wait. A handler with nothing else runs on the spot and the activity goes on (A35)."""

FAILS_IN_ORDINARY_LIFE = frozenset({"consult", "transfer", "call", "join", "invite", "ask", "menu", "gather", "record"})
"""People are busy, services are down, nobody types anything (A39). `play`, `answer` or `hang up` fail only with the
platform."""

PARTY_FIELDS = ("number", "name", "id", "tenant")
BUILT_IN = {
    "caller": PARTY_FIELDS,
    "called": PARTY_FIELDS,
    "participant": PARTY_FIELDS,
    "call": ("id", "chain", "direction", "kind"),
    "result": ("code", "subcode", "message"),
    "tone": (),
    "attempt": (),
    "now": (),
}
LEG_FIELDS = ("name", "number")
DEFAULT_LEG = "consult"

Kind = Literal["contact", "group", "let", "setting", "parameter", "variable", "built-in", "leg"]
Want = Literal[
    "target",
    "participant",
    "value",
    "hole",
    "duration",
    "group",
    "hours",
    "service",
    "routine",
    "stage",
    "leg",
    "contact",
]


CallKind = Literal["peer", "group"]


class Declared(NamedTuple):
    """A declaration, or a step that makes a variable. `space`: `names`, `hours`, `service`, `routine`, `stage`."""

    name: ast.Word
    kind: str
    space: str
    unit: Unit
    node: (
        "ast.Contact | ast.Group | ast.Let | ast.Setting | ast.Hours | ast.Service | ast.Routine | ast.Stage | ast.Step"
    )


class Owner(NamedTuple):
    """A handler or a routine: what holds steps. `stage` is empty outside stages."""

    number: int
    unit: Unit
    handler: ast.Handler | None
    routine: ast.Routine | None
    stage: str
    body: ast.Block
    catch: ast.Block | None

    @property
    def event(self) -> str:
        """The word of the event; empty in a routine."""
        return self.handler.event.word if self.handler else ""

    @property
    def head(self) -> Span:
        if self.handler:
            return self.handler.head
        assert self.routine
        return self.routine.name.span

    @property
    def title(self) -> str:
        """How a person would call it: `on answered`, `routine connect`."""
        if self.handler is None:
            assert self.routine
            return f"routine {self.routine.name.text}"
        start, end = self.handler.head
        return " ".join(self.unit.source.text[start:end].split())


class StepAt(NamedTuple):
    """A step and where it stands: the arms around it from outside in, the conditions that hold there, its own line.

    `in_catch`: inside an arm or `if that fails`, where something has failed. `in_menu`: inside an arm of a menu.
    """

    number: int
    step: ast.Step
    owner: Owner
    arms: tuple[ast.Arm, ...]
    guards: tuple[ast.Condition, ...]
    line: ast.Line
    in_catch: bool
    in_menu: bool
    in_retry: bool

    @property
    def word(self) -> str:
        return self.step.word.text

    @property
    def source(self) -> Source:
        return self.owner.unit.source


class WhenAt(NamedTuple):
    when: ast.When
    owner: Owner
    guards: tuple[ast.Condition, ...]


class Use(NamedTuple):
    """A name that is read, and what it has to be.

    `step`: the step that reads it, if one does. `anchor`: where the step, the `when` or the handler begins that reads
    it.
    `is_catching`: something has failed or ended there. `is_asked`: only whether it exists.
    """

    want: Want
    names: tuple[str, ...]
    span: Span
    unit: Unit
    owner: Owner | None = None
    step: StepAt | None = None
    anchor: int = -1
    is_catching: bool = False
    is_in_menu: bool = False
    is_in_retry: bool = False
    is_asked: bool = False

    @property
    def root(self) -> str:
        return self.names[0]


class Granted(NamedTuple):
    """What the application has on the platform: its application roles, and whether a resource account with a phone
    number belongs to it. None: not known, so nothing is said about it."""

    roles: frozenset[str] | None = None
    resource_account: bool | None = None


class Options(NamedTuple):
    """What the operator says. `graph`: the version of the platform that the flow will run on. `granted`: what the
    application has there.

    explores: every call that can happen is played; `budget()` begins to measure one flow, and what it gives says
    whether so many states are enough.
    """

    graph: Literal["beta", "v1.0"] = "beta"
    is_strict: bool = False
    explores: bool = False
    budget: Callable[[], Callable[[int], bool]] | None = None
    granted: Granted = Granted()


class Flow:
    """The facts of one flow and the files that it uses. `flowlang.rules.collect` fills it."""

    def __init__(self, model: Model, read: Read, options: Options) -> None:
        self.units = model.units
        self.main = model.units[0]
        self.missing = model.missing
        self.circles = model.circles
        self.read = read
        self.options = options
        self.has_syntax_errors = bool(model.diagnostics)
        self.in_doubt = _words_in_doubt(model) if model.diagnostics else frozenset()
        self.asked_for_paths = False
        self.declared: list[Declared] = []
        self.owners: list[Owner] = []
        self.misplaced: list[tuple[Unit, ast.Handler | ast.Stage]] = []
        self.steps: list[StepAt] = []
        self.whens: list[WhenAt] = []
        self.uses: list[Use] = []
        self.by_name: dict[tuple[str, str], Declared] = {}
        self.made: dict[str, list[StepAt]] = {}
        self.consults: dict[str, list[StepAt]] = {}
        self.step_at: dict[tuple[int, int], StepAt] = {}
        self._of_kind: dict[str, list[Owner]] = {}
        self._of_stage: dict[str, list[Owner]] = {}
        self._of_word: dict[str, list[StepAt]] = {}
        self._steps_in: dict[int, list[StepAt]] = {}
        self._routines: dict[str, Owner] = {}
        self._instant: dict[int, bool] = {}
        self.kinds: frozenset[CallKind] | None = None
        self.explored: Explored | None = None
        self._journey: Journey | None = None
        self._world: World | None = None
        self._times: Times | None = None

    # ------------------------------------------------------------ worked out when first asked for

    def sound(self, name: str) -> bytes:
        """The bytes of a prompt beside the flow; none where it cannot be read."""
        data = self.read(resolve(name, self.main.source.path))
        return b"" if data is None or isinstance(data, Unreadable) else data

    @property
    def journey(self) -> "Journey":
        """What is known before each step. Whoever asks for it is told only the truth about what could be read."""
        self.asked_for_paths = True
        if self._journey is None:
            from flowlang.rules.journey import Journey

            self._journey = Journey(self).travel()
        return self._journey

    @property
    def world(self) -> "World":
        """What conditions need to know of the declarations."""
        if self._world is None:
            from flowlang.rules.declarations import world_of

            self._world = world_of(self)
        return self._world

    @property
    def times(self) -> "Times":
        """How long callers wait and hear nothing, at the longest."""
        self.asked_for_paths = True
        if self._times is None:
            from flowlang.rules.times import Times

            self._times = Times(self)
        return self._times

    # ------------------------------------------------------------ what is declared

    def find(self, space: str, name: str) -> Declared | None:
        """The first declaration of a name in its space."""
        return self.by_name.get((space, name))

    def kind_of(self, name: str, owner: Owner | None) -> Kind | None:
        """What a name that is read means there; None: nothing."""
        if owner and owner.routine and any(p.text == name for p in owner.routine.parameters):
            return "parameter"
        found = self.find("names", name)
        if found is not None:
            match found.kind:
                case "contact" | "group" | "let" | "setting" as kind:
                    return kind
                case _:
                    return None
        if name in self.made:
            return "variable"
        if name in BUILT_IN:
            return "built-in"
        return "leg" if name in self.consults else None

    def contact(self, name: str) -> ast.Contact | None:
        found = self.find("names", name)
        return found.node if found and isinstance(found.node, ast.Contact) else None

    def group(self, name: str) -> ast.Group | None:
        found = self.find("names", name)
        return found.node if found and isinstance(found.node, ast.Group) else None

    def service(self, name: str) -> ast.Service | None:
        found = self.find("service", name)
        return found.node if found and isinstance(found.node, ast.Service) else None

    def routine(self, name: str) -> Owner | None:
        return self._routines.get(name)

    def steps_in(self, owner: Owner) -> list[StepAt]:
        """The steps that stand in a handler or routine itself."""
        return self._steps_in.get(owner.number, [])

    def handlers(self, *events: str) -> list[Owner]:
        """The handlers of these events, or all, in the order of the file."""
        if not events:
            return self._of_kind.get("", [])
        if len(events) == 1:
            return self._of_kind.get(events[0], [])
        found = [owner for event in events for owner in self._of_kind.get(event, [])]
        return sorted(found, key=lambda owner: owner.number)

    def in_stage(self, stage: str) -> list[Owner]:
        """The handlers of a stage; with an empty name, those outside stages."""
        return self._of_stage.get(stage, [])

    def stages(self) -> list[ast.Stage]:
        return [item for item in self.main.file.items if isinstance(item, ast.Stage)]

    @property
    def is_library(self) -> bool:
        """Whether the file is only there to be used by others."""
        return not any(isinstance(item, ast.Handler | ast.Stage) for item in self.main.file.items)

    def steps_of(self, *words: str) -> list[StepAt]:
        """The steps of these words, in the order of the files."""
        if len(words) == 1:
            return self._of_word.get(words[0], [])
        return [at for at in self.steps if at.step.word.text in words]

    def index(self) -> None:
        """Sorts what was collected, so that rules find it quickly."""
        for owner in self.owners:
            self._steps_in[owner.number] = []
            if owner.routine:
                self._routines.setdefault(owner.routine.name.text, owner)
            else:
                self._of_kind.setdefault(owner.event, []).append(owner)
                self._of_kind.setdefault("", []).append(owner)
                self._of_stage.setdefault(owner.stage, []).append(owner)
        for at in self.steps:
            self._of_word.setdefault(at.step.word.text, []).append(at)
            self._steps_in[at.owner.number].append(at)

    def is_instant(self, owner: Owner) -> bool:
        """Whether a handler or routine holds nothing that waits, in all its branches and routines (A35)."""
        if owner.number not in self._instant:
            self._instant[owner.number] = False  # what runs itself never ends
            self._instant[owner.number] = all(
                at.step.word.text in INSTANT or at.step.retry is not None or self._runs_instant(at)
                for at in self.steps_in(owner)
            )
        return self._instant[owner.number]

    def _runs_instant(self, at: StepAt) -> bool:
        inner = self.routine(at.step.name.text) if at.step.word.text == "do" and at.step.name else None
        return inner is not None and self.is_instant(inner)

    def where(self, owner: Owner, step: ast.Step) -> StepAt:
        """The place of a step."""
        return self.step_at[owner.unit.number, step.span.start]


def _words_in_doubt(model: Model) -> frozenset[str]:
    """The words of lines that could not be read: what they declare, set or go to is not known."""
    words: set[str] = set()
    for one in model.diagnostics:
        first, last = one.source.position(one.span.start).line, one.source.position(one.span.end).line
        for line in range(first, last + 1):
            text = one.source.line(line)
            words |= set("".join(c if c.isalnum() or c in "_-" else " " for c in text).split())
    return frozenset(words)


def leg_of(step: ast.Step) -> str:
    """The name of the leg that a `consult` opens."""
    return step.leg.text if step.leg else DEFAULT_LEG


def legs_read(step: ast.Step) -> list[ast.Word]:
    """The legs that a step uses: replaces, plays to, listens to."""
    return [word for word in (step.replacing, step.to_leg, step.from_leg) if word is not None]
