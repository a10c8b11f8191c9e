"""What rules share: a finding, and the words of messages."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from flowlang.diagnostics import Edit, Fix, Note, Severity, Told
from flowlang.named_tuple import NamedTuple
from flowlang.rules.flow import Flow, Owner, StepAt
from flowlang.source import Source, Span
from flowlang.syntax.suggest import nearest, only_nearest

if TYPE_CHECKING:
    from flowlang.call.facts import Fact

__all__ = [
    "Edit", "Finding", "Fix", "Flow", "Note", "Rule", "Severity", "at_step", "code_of", "corrected", "duration",
    "in_owner", "listed", "meant", "quoted", "spoken", "words_of",
]  # fmt: skip

LONGEST_QUOTE = 48


class Finding(NamedTuple):
    """One thing that a rule found: the place, one sentence without a full stop, what to do about it, other places.

    label: what stands beside the marks. call and facts: a call that shows it, for people and for the engine. fix: a
    change that cures it, where that is certain.
    """

    source: Source
    span: Span
    message: str
    help: str = ""
    notes: tuple[Note, ...] = ()
    label: str = ""
    call: tuple[Told, ...] = ()
    facts: "tuple[Fact, ...]" = ()
    fix: Fix | None = None


class Rule(Protocol):
    """The module of a rule. Its docstring is its page, its name the code with `_` for `-`."""

    __name__: str
    __doc__: str | None
    SEVERITY: Severity

    def check(self, flow: Flow) -> Iterable[Finding]: ...


def code_of(rule: Rule) -> str:
    """The code of a rule, from the name of its file."""
    return rule.__name__.rpartition(".")[2].replace("_", "-")


def at_step(at: StepAt, message: str, cure: str = "", span: Span | None = None, notes: Sequence[Note] = ()) -> Finding:
    """A finding about a step, or about a part of it."""
    return Finding(at.source, span or at.step.span, message, cure, tuple(notes))


def in_owner(owner: Owner, span: Span, message: str, cure: str = "", notes: Sequence[Note] = ()) -> Finding:
    """A finding about a part of a handler or routine."""
    return Finding(owner.unit.source, span, message, cure, tuple(notes))


def words_of(source: Source, span: Span) -> str:
    """What stands there, on one line, shortened where it is long."""
    text = " ".join(source.text[span.start : span.end].split())
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1].rstrip() + "…"


def quoted(at: StepAt) -> str:
    """A step as it is written, in quotes of code."""
    return f"`{words_of(at.source, at.step.span)}`"


def listed(words: Sequence[str], last: str = "and") -> str:
    """`a`, `b` and `c`"""
    marked = [f"`{word}`" for word in words]
    return marked[0] if len(marked) == 1 else f"{', '.join(marked[:-1])} {last} {marked[-1]}"


def meant(word: str, candidates: Iterable[str]) -> str:
    """`did you mean …?`, or nothing."""
    near = nearest(word, candidates)
    return f"did you mean `{near}`?" if near else ""


def corrected(source: Source, span: Span, word: str, candidates: Iterable[str]) -> Fix | None:
    """The word at the beginning of a span as it was probably meant; None where two are equally near, or none."""
    near = only_nearest(word, candidates)
    if near is None or not source.text.startswith(word, span.start):
        return None
    return Fix(f"write `{near}`", (Edit(Span(span.start, span.start + len(word)), near),))


def duration(ms: int) -> str:
    """A length of time as a flow writes it: `115s`, `2m`, `500ms`."""
    if ms % 1000:
        return f"{ms}ms"
    return f"{ms // 60_000}m" if ms and ms % 60_000 == 0 else f"{ms // 1000}s"


def spoken(ms: int) -> str:
    """A length of time as people say it: `20s`, `1m 30s`."""
    if ms % 1000:
        return f"{ms}ms"
    minutes, rest = divmod(ms // 1000, 60)
    if not minutes:
        return f"{rest}s"
    return f"{minutes}m {rest}s" if rest else f"{minutes}m"
