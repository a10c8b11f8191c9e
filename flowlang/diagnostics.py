"""What is wrong with a flow, as facts and spans. Words on a screen, colours and JSON are made at the edge."""

from enum import Enum
from typing import TYPE_CHECKING

from flowlang.named_tuple import NamedTuple
from flowlang.source import Source, Span

if TYPE_CHECKING:
    from flowlang.call.facts import Fact


class Severity(Enum):
    """How bad: an error keeps a flow from running, the others do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Note(NamedTuple):
    """A second place that belongs to a finding, such as the first declaration of a name declared twice."""

    source: Source
    span: Span
    text: str


class Told(NamedTuple):
    """One line of a call that shows a finding: who does what to whom. `actor` and `other` may be empty."""

    actor: str
    other: str
    text: str


class Edit(NamedTuple):
    """`text` in the place of a stretch of the source; an empty stretch: put in before it."""

    span: Span
    text: str


class Fix(NamedTuple):
    """A change of the file of a finding that cures it. `title` is a clause such as "write `desk`".

    edits: in order, none overlapping another. is_safe: what the caller hears stays what the author plainly meant; other
    fixes are made only when they are asked for.
    """

    title: str
    edits: tuple[Edit, ...]
    is_safe: bool = True


class Diagnostic(NamedTuple):
    """One mistake. `code` names it (`unknown-name`); `message` is one sentence without a full stop; `help` says what
    to do.

    label: what stands beside the marks. call: the shortest call that shows it; facts: the same for the engine, in
    order, so that it can be played again. fix: where the cure is certain. flow: the path of the flow whose call it is;
    witness: of the file that keeps that call, when one was written.
    """

    code: str
    severity: Severity
    source: Source
    span: Span
    message: str
    help: str = ""
    notes: tuple[Note, ...] = ()
    label: str = ""
    call: tuple[Told, ...] = ()
    facts: "tuple[Fact, ...]" = ()
    fix: Fix | None = None
    flow: str = ""
    witness: str = ""


def in_order(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Sorted by file, place and code, without repeats of one code at one place."""
    seen: set[tuple[str, int, int, str]] = set()
    kept: list[Diagnostic] = []
    for one in sorted(diagnostics, key=lambda d: (d.source.path, d.span.start, d.span.end, d.code)):
        key = (one.source.path, one.span.start, one.span.end, one.code)
        if key not in seen:
            seen.add(key)
            kept.append(one)
    return kept
