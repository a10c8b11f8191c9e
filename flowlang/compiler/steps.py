"""One step of the tree to one step of the plan, by its word."""

from collections.abc import Callable, Container
from typing import TYPE_CHECKING

from flowlang import plan as p
from flowlang.compiler import expressions as ex
from flowlang.syntax import ast

if TYPE_CHECKING:
    from flowlang.compiler.builder import Builder

DEFAULT_LEG = "consult"


def word(node: ast.Word | None) -> str:
    """The text of a word, or nothing."""
    return node.text if node is not None else ""


def _plain(node: ast.Text | None) -> str:
    return node.plain if node is not None else ""


def _bound(b: "Builder", step: ast.Step) -> p.Bound:
    return ex.bound(b.names, b.frame, step.bound)


def _targets(b: "Builder", step: ast.Step) -> p.Targets:
    return ex.targets(b.names, b.frame, step.targets) if step.targets is not None else p.Targets("one", ())


def _participant(b: "Builder", step: ast.Step) -> p.Expr:
    return ex.path(b.names, b.frame, step.participant) if step.participant is not None else p.Const(None)


def _text(b: "Builder", step: ast.Step) -> p.Expr:
    return ex.text(b.names, b.frame, step.text) if step.text is not None else p.Const("")


def _variable(b: "Builder", step: ast.Step) -> int:
    """The number of the variable that a step sets: a parameter of the routine, or one of the flow."""
    if step.variable is None:
        return p.NONE
    own = b.frame.get(step.variable.text)
    return own.number if isinstance(own, p.Var) else b.names.variable(step.variable.text)


def _reject(_b: "Builder", step: ast.Step) -> p.Step:
    reason = word(step.reason)
    return p.Reject("busy" if reason == "busy" else "forbidden" if reason == "forbidden" else "none")


def _redirect(b: "Builder", step: ast.Step) -> p.Step:
    items = ex.flat(b.names, b.frame, step.targets)
    return p.Redirect(p.Targets("one" if len(items) == 1 else "first", items), _bound(b, step))


def _join(b: "Builder", step: ast.Step) -> p.Step:
    url = ex.text(b.names, b.frame, step.prompts[0]) if step.prompts else p.Const("")
    return p.JoinMeeting(url, _bound(b, step))


def _consult(b: "Builder", step: ast.Step) -> p.Step:
    return p.Consult(
        _targets(b, step),
        word(step.leg) or DEFAULT_LEG,
        _bound(b, step),
        _plain(step.playing),
        _plain(step.announcing),
        word(step.accepting),
        step.without_forwarding,
    )


def _transfer(b: "Builder", step: ast.Step) -> p.Step:
    participant = ex.path(b.names, b.frame, step.participant) if step.participant is not None else None
    target = _targets(b, step) if step.targets is not None else None
    return p.Transfer(target, word(step.replacing), participant, _bound(b, step))


def _invite(b: "Builder", step: ast.Step) -> p.Step:
    items = _targets(b, step).items
    return p.Invite(items[0] if items else p.Const(None), word(step.replacing), _bound(b, step))


def _play(b: "Builder", step: ast.Step) -> p.Step:
    files = tuple([prompt.plain for prompt in step.prompts])
    return p.Play(files, word(step.to_leg), step.repeating, _bound(b, step))


def _gather(b: "Builder", step: ast.Step) -> p.Step:
    digits = step.digits.value if step.digits is not None else 1
    return p.Gather(
        digits, _variable(b, step), word(step.from_leg), _plain(step.playing), _bound(b, step), word(step.ending)
    )


def _ask(b: "Builder", step: ast.Step) -> p.Step:
    """Which members it wants is known when the whole plan is there: see `compiler.wants`."""
    about: dict[str, p.Expr] = {}
    for value in step.about:
        about[_name_of(value, about)] = ex.value(b.names, b.frame, value)
    bound = _bound(b, step)
    declared = b.names.services.get(word(step.service))
    if bound == p.NONE and declared is not None and declared.bound is not None:
        bound = declared.bound.ms
    return p.Ask(word(step.service), tuple(about.items()), _variable(b, step), bound)


def _name_of(value: ast.Value, taken: Container[str]) -> str:
    """Under which name a service hears of a value: the name that was written, or `value`; `value2` for a second one."""
    name = ".".join(value.names) if isinstance(value, ast.Path) else "value"
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}{number}"
    return found


def _start(b: "Builder", step: ast.Step) -> p.Step:
    values = tuple([(word(a.name), ex.value(b.names, b.frame, a.value)) for a in step.arguments])
    return p.StartFlow(word(step.name), values, step.after.ms if step.after is not None else 0)


def _set(b: "Builder", step: ast.Step) -> p.Step:
    value = ex.value(b.names, b.frame, step.value) if step.value is not None else p.Const(None)
    return p.Set(_variable(b, step), value)


_MAKE: dict[str, Callable[["Builder", ast.Step], p.Step]] = {
    "answer": lambda _b, _s: p.Answer(),
    "reject": _reject,
    "redirect": _redirect,
    "call": lambda b, s: p.Call(_targets(b, s), _bound(b, s)),
    "join": _join,
    "consult": _consult,
    "transfer": _transfer,
    "invite": _invite,
    "remove": lambda b, s: p.Remove(_participant(b, s)),
    "play": _play,
    "say": lambda b, s: p.Say(_text(b, s), word(s.to_leg), _bound(b, s)),
    "gather": _gather,
    "record": lambda b, s: p.RecordStep(_variable(b, s), _bound(b, s)),
    "mute": lambda _b, _s: p.Mute(),
    "unmute": lambda _b, _s: p.Unmute(),
    "hold": lambda b, s: p.Hold(_participant(b, s)),
    "resume": lambda b, s: p.Resume(_participant(b, s)),
    "ask": _ask,
    "wait": lambda b, s: p.Wait(_bound(b, s)),
    "hang up": lambda _b, s: p.HangUp(word(s.leg)),
    "start": _start,
    "goto": lambda b, s: p.Goto(b.names.stages.get(word(s.name), 0)),
    "stop": lambda _b, _s: p.Stop(),
    "set": _set,
    "log": lambda b, s: p.Log(_text(b, s)),
    "notify": lambda b, s: p.Notify(word(s.service), _text(b, s)),
}


def step_of(b: "Builder", step: ast.Step) -> p.Step:
    """The step of the plan. Words that no step has were reported by the syntax; here they do nothing."""
    make = _MAKE.get(step.word.text)
    return make(b, step) if make is not None else p.When(())
