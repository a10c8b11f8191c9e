"""Builds handlers, events, lines, arms and blocks; see `build_words` for the shape of these functions."""

from __future__ import annotations

from typing import Literal

from flowlang.diagnostics import Edit
from flowlang.named_tuple import NamedTuple
from flowlang.source import Span
from flowlang.syntax.ast import (
    EMPTY,
    Arm,
    Block,
    Branch,
    Condition,
    Duration,
    During,
    Event,
    EventWord,
    Handler,
    Line,
    Pattern,
    Step,
    Target,
    Targets,
    When,
    Word,
)
from flowlang.syntax.build_targets import clause_twice
from flowlang.syntax.build_words import word_of
from flowlang.syntax.hints import STEP_WORDS
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import Token
from flowlang.syntax.suggest import nearest, only_nearest

# ---------------------------------------------------------------- handlers


class HandlerClause(NamedTuple):
    field: Literal["hours", "source", "called", "condition"]
    value: During | Targets | Condition
    span: Span
    words: str


def during_clause(_report: Report, start: int, end: int, hours: Token) -> HandlerClause:
    span = Span(start, end)
    return HandlerClause("hours", During(False, word_of(hours), span), span, "during")


def outside_clause(_report: Report, start: int, end: int, hours: Token) -> HandlerClause:
    span = Span(start, end)
    return HandlerClause("hours", During(True, word_of(hours), span), span, "outside")


def from_clause(_report: Report, start: int, end: int, targets: Targets) -> HandlerClause:
    return HandlerClause("source", targets, Span(start, end), "from")


def called_clause(_report: Report, start: int, end: int, targets: Targets) -> HandlerClause:
    return HandlerClause("called", targets, Span(start, end), "to")


def when_clause(_report: Report, start: int, end: int, condition: Condition) -> HandlerClause:
    return HandlerClause("condition", condition, Span(start, end), "when")


def handler_head(report: Report, start: int, end: int, event: Event, *clauses: HandlerClause) -> Handler:
    """A handler that has no steps yet."""
    found: dict[str, HandlerClause] = {}
    for clause in clauses:
        if clause.field in found:
            clause_twice(report, clause.words, clause.span, found[clause.field].span)
        else:
            found[clause.field] = clause
    values = {name: clause.value for name, clause in found.items()}
    return Handler(
        event,
        hours=values.get("hours"),  # type: ignore[arg-type]  # each clause names the field of its own kind
        source=values.get("source"),  # type: ignore[arg-type]
        called=values.get("called"),  # type: ignore[arg-type]
        condition=values.get("condition"),  # type: ignore[arg-type]
        body=EMPTY,
        catch=None,
        span=Span(start, end),
        head=Span(start, end),
    )


def joined_head(
    report: Report, start: int, end: int, word: Token, target: Target | None, *clauses: HandlerClause
) -> Handler:
    return _presence_head(report, Span(start, end), word, target, clauses)


def left_head(
    report: Report, start: int, end: int, word: Token, target: Target | None, *clauses: HandlerClause
) -> Handler:
    return _presence_head(report, Span(start, end), word, target, clauses)


def _presence_head(
    report: Report, span: Span, word: Token, target: Target | None, clauses: tuple[HandlerClause, ...]
) -> Handler:
    event_span = Span(word[2], target.span.end if target else word[3])
    return handler_head(report, *span, Event(word[1], event_span, target=target), *clauses)


def after_head(report: Report, start: int, end: int, delay: Duration) -> Handler:
    return handler_head(report, start, end, after_event(report, start, end, delay))


def handler(_report: Report, start: int, end: int, head: Handler, body: Block, catch: Block | None) -> Handler:
    return head._replace(body=body, catch=catch, span=Span(start, end))


# ---------------------------------------------------------------- events


def _plain(word: EventWord) -> type[Event] | object:
    def build(_report: Report, start: int, end: int) -> Event:
        return Event(word, Span(start, end))

    return build


start_event = _plain("start")
incoming_event = _plain("incoming")
answered_event = _plain("answered")
transferring_event = _plain("transferring")
transfer_accepted_event = _plain("transfer accepted")
transfer_completed_event = _plain("transfer completed")
enter_event = _plain("enter")


def tone_event(_report: Report, start: int, end: int, keys: tuple[Word, ...]) -> Event:
    return Event("tone", Span(start, end), keys=keys)


def leg_ended_event(_report: Report, start: int, end: int, leg: Token, patterns: tuple[Pattern, ...] | None) -> Event:
    return Event("leg ended", Span(start, end), leg=word_of(leg), patterns=patterns or ())


def ended_event(_report: Report, start: int, end: int, patterns: tuple[Pattern, ...] | None) -> Event:
    return Event("ended", Span(start, end), patterns=patterns or ())


def step_failed_event(report: Report, start: int, end: int, step: Token, patterns: tuple[Pattern, ...] | None) -> Event:
    if step[1] not in STEP_WORDS:
        near = nearest(step[1], STEP_WORDS)
        cure = (
            f"did you mean `on {near} failed`?"
            if near
            else "write the word of a step, such as `on transfer failed`, or just `on failed`"
        )
        message = f"there is no event `{step[1]} failed`, since no step is called `{step[1]}`"
        edits = (Edit(Span(step[2], step[3]), near),) if near and near == only_nearest(step[1], STEP_WORDS) else ()
        report.error("unknown-event-word", Span(step[2], end), message, cure, edits=edits)
    return Event("step failed", Span(start, end), step=word_of(step), patterns=patterns or ())


def hang_up_failed_event(report: Report, start: int, end: int, patterns: tuple[Pattern, ...] | None) -> Event:
    words = Word("hang up", Span(start, report.source.text.find("up", start) + len("up")))
    return Event("step failed", Span(start, end), step=words, patterns=patterns or ())


def failed_event(_report: Report, start: int, end: int, patterns: tuple[Pattern, ...] | None) -> Event:
    return Event("failed", Span(start, end), patterns=patterns or ())


def state_event(_report: Report, start: int, end: int, state: Token) -> Event:
    return Event("state", Span(start, end), state=word_of(state))


def after_event(_report: Report, start: int, end: int, delay: Duration) -> Event:
    return Event("after", Span(start, end), delay=delay)


# ---------------------------------------------------------------- lines and blocks


def _block(lines: tuple[Line, ...]) -> Block:
    return Block(lines, Span(lines[0].span.start, lines[-1].span.end))


def chain(_report: Report, _start: int, _end: int, *steps: Step) -> tuple[Step, ...]:
    return steps


def arms(_report: Report, _start: int, _end: int, *found: Arm) -> list[Arm]:
    return list(found)


def _line(report: Report, steps: tuple[Step, ...], arms: list[Arm] | None, catch: Block | None) -> Line:
    """Arms belong to the last step."""
    end = steps[-1].span.end
    if arms:
        if len(steps) > 1:
            span = Span(steps[0].span.start, end)
            cure = "give each step a line of its own, or catch what fails in the line with `if that fails:`"
            report.error(
                "several-steps-with-arms",
                span,
                "these steps share the arms below: it is not clear whose they are",
                cure,
            )
        _check_arms(report, steps[-1], arms)
        steps = (*steps[:-1], steps[-1]._replace(arms=tuple(arms)))
        end = arms[-1].span.end
    _check_menus(report, steps)
    return Line(steps, catch, Span(steps[0].span.start, end))


def _check_arms(report: Report, step: Step, arms: list[Arm]) -> None:
    """`press` and `on timeout` are arms of `menu` alone. A step that could not be read may have been one."""
    if step.word.text == "menu" or step.word.text not in STEP_WORDS:
        return
    for arm in arms:
        if arm.kind == "press":
            message = f"`press` is an arm of `menu`, and this is under `{step.word.text}`"
            report.error("arm-outside-its-step", arm.head, message, "write a `menu` for what the caller presses")
            return
        if arm.kind == "timeout":
            message = f"`on timeout` is an arm of `menu`, and this is under `{step.word.text}`"
            report.error("arm-outside-its-step", arm.head, message, "nobody answered in time is `on no answer:`")
            return


def _check_menus(report: Report, steps: tuple[Step, ...]) -> None:
    for step in steps:
        if step.word.text == "menu" and not any(arm.kind == "press" for arm in step.arms):
            cure = "end the line with a colon, and write arms such as `press 1:` in deeper lines below"
            report.error("empty-block", step.span, "this menu has no key to press", cure)


def line(report: Report, _start: int, _end: int, steps: tuple[Step, ...], *rest: list[Arm] | Block | None) -> Line:
    found = rest[0] if isinstance(rest[0], list) else None
    catch = rest[-1] if isinstance(rest[-1], Block) else None
    return _line(report, steps, found, catch)


def when_line(_report: Report, _start: int, _end: int, when: When, catch: Block | None) -> Line:
    return Line((when,), catch, when.span)


def one_line_body(
    report: Report, _start: int, _end: int, steps: tuple[Step, ...], arms: list[Arm] | None = None
) -> Block:
    return _block((_line(report, steps, arms, None),))


def body(_report: Report, _start: int, _end: int, *lines: Line) -> Block:
    return _block(lines)


def catch(_report: Report, _start: int, _end: int, body: Block) -> Block:
    return body


# ---------------------------------------------------------------- arms and branches


def on_arm(_report: Report, start: int, end: int, patterns: tuple[Pattern, ...]) -> Arm:
    return Arm("on", patterns, (), EMPTY, Span(start, end), Span(start, end))


def timeout_arm(_report: Report, start: int, end: int) -> Arm:
    return Arm("timeout", (), (), EMPTY, Span(start, end), Span(start, end))


def press_arm(_report: Report, start: int, end: int, keys: tuple[Word, ...]) -> Arm:
    return Arm("press", (), keys, EMPTY, Span(start, end), Span(start, end))


def otherwise_arm(_report: Report, start: int, end: int) -> Arm:
    return Arm("otherwise", (), (), EMPTY, Span(start, end), Span(start, end))


def arm(_report: Report, start: int, end: int, head: Arm, body: Block, catch: Block | None) -> Arm:
    return head._replace(body=body, span=Span(start, end), catch=catch)


def branch(_report: Report, start: int, end: int, condition: Condition, body: Block) -> Branch:
    return Branch(condition, body, Span(start, end))


def last_branch(_report: Report, start: int, end: int, body: Block) -> Branch:
    return Branch(None, body, Span(start, end))


def when(_report: Report, start: int, end: int, *branches: Branch | None) -> When:
    return When(tuple(branch for branch in branches if branch), Span(start, end))
