"""One walk over the files of a flow: declarations, steps and names that are read, put down in order."""

from flowlang.analysis.model import Model, Read, Unit
from flowlang.rules.flow import Declared, Flow, Options, Owner, StepAt, Use, Want, WhenAt, leg_of
from flowlang.rules.known import names_that_exist
from flowlang.rules.logic import is_word_of
from flowlang.source import Span
from flowlang.syntax import ast

CARRY_RESULT = frozenset({"failed", "step failed", "ended", "leg ended", "transfer completed"})
"""Events whose handlers can read `result`: something has failed or ended."""


class Context:
    """Where the walk is. `anchor`: where the step, `when` or handler begins that is looked at."""

    __slots__ = ("anchor", "arms", "at", "guards", "in_catch", "in_menu", "in_retry", "owner", "sure")

    def __init__(self, owner: Owner, in_catch: bool) -> None:
        self.owner = owner
        self.in_catch = in_catch
        self.in_menu = False
        self.in_retry = False
        self.arms: tuple[ast.Arm, ...] = ()
        self.guards: tuple[ast.Condition, ...] = ()
        self.at: StepAt | None = None
        self.sure: frozenset[str] = frozenset()
        self.anchor = owner.handler.span.start if owner.handler else -1


def collect(model: Model, read: Read, options: Options) -> Flow:
    """The facts of a flow. The first unit is the file that is checked."""
    flow = Flow(model, read, options)
    for unit in model.units:
        for item in unit.file.items:
            _declare(flow, unit, item)
    for unit in model.units:
        for item in unit.file.items:
            _item(flow, unit, item)
    flow.index()
    return flow


# ---------------------------------------------------------------- declarations


def _declare(flow: Flow, unit: Unit, item: ast.Item) -> None:
    match item:
        case ast.Contact() | ast.Group() | ast.Let() | ast.Setting():
            _put(flow, Declared(item.name, type(item).__name__.lower(), "names", unit, item))
        case ast.Hours() | ast.Service() | ast.Routine() | ast.Stage():
            word = type(item).__name__.lower()
            if not (word == "stage" and unit.number):
                _put(flow, Declared(item.name, word, word, unit, item))
        case _:
            pass
    if unit.number and isinstance(item, ast.Handler | ast.Stage):
        flow.misplaced.append((unit, item))


def _put(flow: Flow, one: Declared) -> None:
    if one.name.text:
        flow.declared.append(one)
        flow.by_name.setdefault((one.space, one.name.text), one)


def _item(flow: Flow, unit: Unit, item: ast.Item) -> None:
    match item:
        case ast.Contact(value=ast.Voicemail(of)):
            _declared_use(flow, unit, of.text, of.span)
        case ast.Group(members=members):
            for member in members:
                if isinstance(member.who, ast.Path):
                    _declared_use(flow, unit, ".".join(member.who.names), member.who.span)
                elif isinstance(member.who, ast.Voicemail):
                    _declared_use(flow, unit, member.who.of.text, member.who.of.span)
        case ast.Let(value=ast.Path(names=names, span=span)) | ast.Setting(value=ast.Path(names=names, span=span)):
            if names[0]:
                flow.uses.append(Use("value", names, span, unit))
        case ast.Routine():
            owner = _owner(flow, unit, None, item, "", item.body, item.catch)
            _owner_steps(flow, Context(owner, False))
        case ast.Handler() if not unit.number:
            _handler(flow, unit, item, "")
        case ast.Stage() if not unit.number:
            for handler in item.handlers:
                _handler(flow, unit, handler, item.name.text)
        case _:
            pass


def _declared_use(flow: Flow, unit: Unit, name: str, span: Span) -> None:
    if name:
        flow.uses.append(Use("contact", (name,), span, unit))


def _owner(
    flow: Flow,
    unit: Unit,
    handler: ast.Handler | None,
    routine: ast.Routine | None,
    stage: str,
    body: ast.Block,
    catch: ast.Block | None,
) -> Owner:
    owner = Owner(len(flow.owners), unit, handler, routine, stage, body, catch)
    flow.owners.append(owner)
    return owner


def _handler(flow: Flow, unit: Unit, handler: ast.Handler, stage: str) -> None:
    owner = _owner(flow, unit, handler, None, stage, handler.body, handler.catch)
    event = handler.event
    context = Context(owner, event.word in CARRY_RESULT)
    for targets in (handler.source, handler.called):
        for target in targets.items if targets else ():
            if not (isinstance(target.who, ast.Path) and target.who.names == ("anonymous",)):
                _target(flow, context, target)
    if event.target:
        _target(flow, context, event.target)
    if event.leg:
        _use(flow, context, "leg", (event.leg.text,), event.leg.span)
    if handler.hours:
        _use(flow, context, "hours", (handler.hours.hours.text,), handler.hours.hours.span)
    if handler.condition is not None:
        _condition(flow, context, handler.condition)
        context.guards = (handler.condition,)
    _owner_steps(flow, context)


def _owner_steps(flow: Flow, context: Context) -> None:
    _block(flow, context, context.owner.body)
    if context.owner.catch:
        context.in_catch = True
        _block(flow, context, context.owner.catch)


# ---------------------------------------------------------------- steps


def _block(flow: Flow, context: Context, block: ast.Block) -> None:
    for line in block.lines:
        for step in line.steps:
            if isinstance(step, ast.When):
                _when(flow, context, step)
            else:
                _step(flow, context, line, step)
        if line.catch:
            was = context.in_catch
            context.in_catch = True
            _block(flow, context, line.catch)
            context.in_catch = was


def _when(flow: Flow, context: Context, when: ast.When) -> None:
    flow.whens.append(WhenAt(when, context.owner, context.guards))
    was = context.guards
    for branch in when.branches:
        if branch.condition is not None:
            context.at, context.anchor = None, when.span.start
            _condition(flow, context, branch.condition)
            context.guards = (*was, branch.condition)
        else:
            context.guards = was
        _block(flow, context, branch.body)
    context.guards = was


def _step(flow: Flow, context: Context, line: ast.Line, step: ast.Step) -> None:
    at = StepAt(
        len(flow.steps),
        step,
        context.owner,
        context.arms,
        context.guards,
        line,
        context.in_catch,
        context.in_menu,
        context.in_retry,
    )
    flow.steps.append(at)
    flow.step_at[context.owner.unit.number, step.span.start] = at
    word = step.word.text
    if word == "consult":
        flow.consults.setdefault(leg_of(step), []).append(at)
    if step.variable and step.variable.text and flow.find("names", step.variable.text) is None:
        flow.made.setdefault(step.variable.text, []).append(at)
    context.at, context.anchor = at, step.span.start
    _step_uses(flow, context, at)
    for arm in step.arms:
        _arm(flow, context, step, arm)


def _arm(flow: Flow, context: Context, step: ast.Step, arm: ast.Arm) -> None:
    was = (context.in_catch, context.in_menu, context.in_retry, context.arms)
    if step.word.text == "menu" and arm.kind != "on":
        context.in_menu = True
    else:
        context.in_catch = True
        context.in_retry = context.in_retry or has_retry(arm)
    context.arms = (*context.arms, arm)
    _block(flow, context, arm.body)
    if arm.catch:
        context.in_catch = True
        _block(flow, context, arm.catch)
    context.in_catch, context.in_menu, context.in_retry, context.arms = was


def has_retry(arm: ast.Arm) -> bool:
    """Whether an arm tries its step again."""
    return any(isinstance(s, ast.Step) and s.retry is not None for line in arm.body.lines for s in line.steps)


# ---------------------------------------------------------------- names that are read


def _use(flow: Flow, context: Context, want: Want, names: tuple[str, ...], span: Span, is_asked: bool = False) -> None:
    if names and names[0]:
        flow.uses.append(
            Use(
                want,
                names,
                span,
                context.owner.unit,
                context.owner,
                context.at,
                context.anchor,
                context.in_catch,
                context.in_menu,
                context.in_retry,
                is_asked or names[0] in context.sure,
            )
        )


def _step_uses(flow: Flow, context: Context, at: StepAt) -> None:
    step = at.step
    for target in step.targets.items if step.targets else ():
        _target(flow, context, target)
    if step.participant:
        _use(flow, context, "participant", step.participant.names, step.participant.span)
    named: tuple[tuple[Want, ast.Word | None], ...] = (
        ("leg", step.replacing),
        ("leg", step.to_leg),
        ("leg", step.from_leg),
        ("leg", step.leg if step.word.text == "hang up" else None),
        ("service", step.service),
        ("stage", step.name if step.word.text == "goto" else None),
        ("routine", step.name if step.word.text == "do" else None),
    )
    for want, word in named:
        if word is not None:
            _use(flow, context, want, (word.text,), word.span)
    if isinstance(step.bound, ast.Path):
        _use(flow, context, "duration", step.bound.names, step.bound.span)
    for value in (*step.about, *[argument.value for argument in step.arguments], step.value):
        if value is not None:
            _value(flow, context, value)
    for text in (*step.prompts, step.playing, step.announcing, step.text):
        if text is not None:
            _value(flow, context, text)


def _target(flow: Flow, context: Context, target: ast.Target) -> None:
    match target.who:
        case ast.Path(names, span):
            _use(flow, context, "target", names, span)
        case ast.Voicemail(of):
            _use(flow, context, "contact", (of.text,), of.span)
        case ast.Party():
            pass


def _value(flow: Flow, context: Context, value: ast.Value, is_asked: bool = False) -> None:
    match value:
        case ast.Path(names, span):
            _use(flow, context, "value", names, span, is_asked)
        case ast.Text(parts):
            for part in parts:
                if isinstance(part, ast.Path):
                    _use(flow, context, "hole", part.names, part.span)
        case ast.Add(left, _, right):
            _value(flow, context, left)
            _value(flow, context, right)
        case ast.Number() | ast.Duration() | ast.Truth() | ast.Party():
            pass


def _condition(flow: Flow, context: Context, condition: ast.Condition) -> None:
    match condition:
        case ast.And(left, right) | ast.Or(left, right):
            _condition(flow, context, left)
            was = context.sure
            context.sure = was | names_that_exist(left, isinstance(condition, ast.And))  # `x exists and x.y is …`
            _condition(flow, context, right)
            context.sure = was
        case ast.Not(inner):
            _condition(flow, context, inner)
        case ast.During(_, hours):
            _use(flow, context, "hours", (hours.text,), hours.span)
        case ast.Compare(_, left_value, right_value):
            _value(flow, context, left_value)
            if not is_word_of(left_value, right_value):
                _value(flow, context, right_value)
        case ast.InGroup(left_value, group):
            _value(flow, context, left_value)
            _use(flow, context, "group", (group.text,), group.span)
        case ast.Exists(path):
            _value(flow, context, path, True)
        case ast.Path():
            _value(flow, context, condition)
        case ast.Truth():
            pass
