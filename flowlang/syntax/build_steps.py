"""Builds steps, their operands and clauses; see `build_words` for the shape of these functions."""

from __future__ import annotations

from collections.abc import Callable

from flowlang.named_tuple import NamedTuple
from flowlang.source import Span
from flowlang.syntax.ast import Argument, Duration, Number, Path, Retry, Step, Targets, Text, Value, Word
from flowlang.syntax.build_targets import clause_twice
from flowlang.syntax.build_words import key_of, number_of, text_of, word_of
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import Token
from flowlang.syntax.suggest import nearest

Filling = Value | Targets | Word | bool | tuple[Text, ...] | tuple[Value, ...] | tuple[Argument, ...]


class Clause(NamedTuple):
    """An operand or clause: the field of `Step` that it fills, and the words it begins with."""

    field: str
    value: Filling
    span: Span
    words: str = ""


Fields = dict[str, Clause]
StepBuilder = Callable[..., Step]
REASONS = ("busy", "forbidden")


def step(word: str) -> StepBuilder:
    """The function that builds the steps of one word."""
    check = _CHECKS.get(word)

    def build(report: Report, start: int, end: int, *clauses: Clause | None) -> Step:
        fields: Fields = {}
        for clause in clauses:
            if clause is None:
                continue
            if clause.field in fields:
                clause_twice(report, clause.words, clause.span, fields[clause.field].span)
            else:
                fields[clause.field] = clause
        span = Span(start, end)
        if check is not None:
            check(report, fields, span)
        written = Word(word, Span(start, start + len(word)))
        values = {name: clause.value for name, clause in fields.items()}
        return Step(written, span, **values)  # type: ignore[arg-type]  # each clause names the field of its own kind

    return build


def hang_up_step(report: Report, start: int, end: int, leg: Clause | None) -> Step:
    """Its two words may stand further apart than one blank."""
    words = Word("hang up", Span(start, report.source.text.find("up", start + len("hang")) + len("up")))
    return Step(words, Span(start, end), leg=word_in(leg) if leg else None)


def word_in(clause: Clause) -> Word | None:
    return clause.value if isinstance(clause.value, Word) else None


def retry_step(report: Report, start: int, end: int, *clauses: Clause) -> Step:
    times: Number | None = None
    after: Duration | None = None
    for clause in clauses:
        match clause.value:
            case Number() if times is None:
                times = clause.value
            case Duration() if after is None:
                after = clause.value
            case _:
                first = next(one for one in clauses if one.field == clause.field)
                clause_twice(report, clause.words, clause.span, first.span)
    span = Span(start, end)
    return Step(Word("retry", Span(start, start + len("retry"))), span, retry=Retry(times, after, span))


# ---------------------------------------------------------------- what a step needs or cannot have


def _check_play(report: Report, fields: Fields, _span: Span) -> None:
    if "bound" in fields and "repeating" not in fields:
        cure = "add `repeating` to play the file again and again for that long, or take `for` away"
        report.error("syntax", fields["bound"].span, "`play` plays a file once, so it has no `for`", cure)


def _check_transfer(report: Report, fields: Fields, span: Span) -> None:
    if "targets" not in fields and "replacing" not in fields:
        cure = "write `transfer to` and a target, or `transfer replacing` and a leg"
        report.error("syntax", span, "this `transfer` does not say where to", cure)


def _check_gather(report: Report, fields: Fields, span: Span) -> None:
    _check_variable(report, fields, span, "gather", "the digits")


def _check_record(report: Report, fields: Fields, span: Span) -> None:
    _check_variable(report, fields, span, "record", "the recording")


def _check_variable(report: Report, fields: Fields, span: Span, word: str, what: str) -> None:
    if "variable" not in fields:
        report.error(
            "syntax",
            span,
            f"this `{word}` does not say where {what} go{'es' if word == 'record' else ''}",
            "add `as` and a name",
        )


def _check_reject(report: Report, fields: Fields, _span: Span) -> None:
    reason = word_in(fields["reason"]) if "reason" in fields else None
    if reason is not None and reason.text not in REASONS:
        near = nearest(reason.text, REASONS)
        cure = f"did you mean `{near}`?" if near else "write `reject busy`, `reject forbidden` or just `reject`"
        report.error("syntax", reason.span, f"a call cannot be rejected as `{reason.text}`", cure)


_CHECKS: dict[str, Callable[[Report, Fields, Span], None]] = {
    "play": _check_play,
    "transfer": _check_transfer,
    "gather": _check_gather,
    "record": _check_record,
    "reject": _check_reject,
}


# ---------------------------------------------------------------- operands and clauses


def plain_targets(_report: Report, start: int, end: int, targets: Targets) -> Clause:
    return Clause("targets", targets, Span(start, end))


def to_targets(_report: Report, start: int, end: int, targets: Targets) -> Clause:
    return Clause("targets", targets, Span(start, end), "to")


def participant(_report: Report, start: int, end: int, path: Path) -> Clause:
    return Clause("participant", path, Span(start, end))


def reason(_report: Report, start: int, end: int, token: Token) -> Clause:
    return Clause("reason", word_of(token), Span(start, end))


def leg(_report: Report, start: int, end: int, token: Token) -> Clause:
    return Clause("leg", word_of(token), Span(start, end))


def place(_report: Report, start: int, end: int, token: Token) -> Clause:
    return Clause("name", word_of(token), Span(start, end))


def service_name(_report: Report, start: int, end: int, token: Token) -> Clause:
    return Clause("service", word_of(token), Span(start, end))


def variable(_report: Report, start: int, end: int, token: Token) -> Clause:
    return Clause("variable", word_of(token), Span(start, end))


def new_value(_report: Report, start: int, end: int, value: Value) -> Clause:
    return Clause("value", value, Span(start, end))


def digits(report: Report, start: int, end: int, token: Token) -> Clause:
    return Clause("digits", number_of(report, token), Span(start, end))


def text(report: Report, start: int, end: int, token: Token) -> Clause:
    return Clause("text", text_of(report, token), Span(start, end))


def prompts(report: Report, start: int, end: int, *tokens: Token) -> Clause:
    return Clause("prompts", tuple(text_of(report, token) for token in tokens), Span(start, end))


def bound(_report: Report, start: int, end: int, limit: Duration | Path) -> Clause:
    return Clause("bound", limit, Span(start, end))


def for_bound(_report: Report, start: int, end: int, limit: Duration | Path) -> Clause:
    return Clause("bound", limit, Span(start, end), "for")


def as_leg(_report: Report, start: int, end: int, token: Token) -> Clause:
    return Clause("leg", word_of(token), Span(start, end), "as")


def as_variable(_report: Report, start: int, end: int, token: Token) -> Clause:
    return Clause("variable", word_of(token), Span(start, end), "as")


def to_leg(_report: Report, start: int, end: int, token: Token) -> Clause:
    return Clause("to_leg", word_of(token), Span(start, end), "to")


def from_leg(_report: Report, start: int, end: int, token: Token) -> Clause:
    return Clause("from_leg", word_of(token), Span(start, end), "from")


def replacing(_report: Report, start: int, end: int, token: Token) -> Clause:
    return Clause("replacing", word_of(token), Span(start, end), "replacing")


def playing(report: Report, start: int, end: int, token: Token) -> Clause:
    return Clause("playing", text_of(report, token), Span(start, end), "playing")


def announcing(report: Report, start: int, end: int, token: Token) -> Clause:
    return Clause("announcing", text_of(report, token), Span(start, end), "announcing")


def accepting(report: Report, start: int, end: int, token: Token) -> Clause:
    return Clause("accepting", key_of(report, token), Span(start, end), "accepting")


def without_forwarding(_report: Report, start: int, end: int) -> Clause:
    return Clause("without_forwarding", True, Span(start, end), "without forwarding")


def repeating(_report: Report, start: int, end: int) -> Clause:
    return Clause("repeating", True, Span(start, end), "repeating")


def up_to(report: Report, start: int, end: int, token: Token) -> Clause:
    return Clause("times", number_of(report, token), Span(start, end), "up to")


def ending(report: Report, start: int, end: int, token: Token) -> Clause:
    return Clause("ending", key_of(report, token), Span(start, end), "ending")


def after(_report: Report, start: int, end: int, delay: Duration) -> Clause:
    return Clause("after", delay, Span(start, end), "after")


def about(_report: Report, start: int, end: int, *values: Value) -> Clause:
    return Clause("about", values, Span(start, end), "about")


def with_arguments(_report: Report, start: int, end: int, *given: Argument) -> Clause:
    return Clause("arguments", given, Span(start, end), "with")


def named_argument(_report: Report, start: int, end: int, name: Token, value: Value) -> Argument:
    return Argument(word_of(name), value, Span(start, end))


def arguments(_report: Report, start: int, end: int, *values: Value | None) -> Clause:
    given = tuple(Argument(None, value, value.span) for value in values if value is not None)
    return Clause("arguments", given, Span(start, end))
