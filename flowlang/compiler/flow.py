"""A whole flow to its plan: handlers, tables, the safety net."""

from collections.abc import Callable

from flowlang import plan as p
from flowlang.analysis.model import Model, Unit
from flowlang.compiler import expressions as ex
from flowlang.compiler.builder import Builder, TooLargeError
from flowlang.compiler.legs import LegsTable
from flowlang.compiler.names import Names
from flowlang.compiler.steps import word
from flowlang.compiler.walk import is_instant, set_in, steps_of
from flowlang.compiler.wants import with_wants
from flowlang.syntax import ast

__all__ = ["TooLargeError", "compile_flow"]

NONE = p.NONE


def _unknown_length(_name: str) -> int:
    return 0


def _unknown_content(_name: str) -> str:
    return ""


def compile_flow(
    model: Model,
    defaults: p.Defaults | None = None,
    prompt_length_ms: Callable[[str], int] = _unknown_length,
    prompt_digest: Callable[[str], str] = _unknown_content,
) -> p.Plan:
    """The plan of a flow that the checks found nothing wrong with. `prompt_digest`: SHA-256 of a prompt's content, for
    a service, where calls in flight keep the recordings that they began with. Raises `TooLargeError`."""
    defaults = defaults or p.Defaults()
    names = Names(model)
    _meet_variables(model, names)
    builder = Builder(model, names)
    builder.net = _safety_net(builder, defaults)
    handlers = _handlers(model, builder)
    laid = [place for place in builder.places if place is not None]
    assert len(laid) == len(builder.places)
    places = with_wants(laid, handlers, names)
    table = LegsTable(places, builder.scopes, handlers, len(names.stages))
    placed = tuple([place._replace(legs=tuple(sorted(live))) for place, live in zip(places, table.live, strict=True)])
    events = {handler.event for handler in handlers}
    return p.Plan(
        title=_title(model),
        files=tuple([unit.source.path for unit in model.units]),
        places=placed,
        scopes=tuple(builder.scopes),
        handlers=tuple(handlers),
        stages=tuple(names.stages),
        variables=tuple(names.variables),
        hours=tuple([_hours(hours) for hours in names.hours.values()]),
        services=tuple(names.services),
        prompts=tuple([p.PromptFile(name, prompt_length_ms(name), prompt_digest(name)) for name in _prompts(placed)]),
        reach=tuple([tuple(sorted(legs)) for legs in table.reach]),
        net=builder.net,
        wants_keys="tone" in events or any(_listens(place.step) for place in placed),
        has_incoming="incoming" in events,
        has_start="start" in events,
        defaults=defaults,
        language=names.defaults.get("language", ""),
        region=names.defaults.get("region", ""),
    )


def _title(model: Model) -> str:
    for item in model.main.file.items:
        if isinstance(item, ast.Flow) and item.title is not None:
            return item.title.plain
    return model.main.source.path.replace("\\", "/").rpartition("/")[2].removesuffix(".flow")


def _meet_variables(model: Model, names: Names) -> None:
    """Number the variables that steps make. A routine's parameters are its own."""
    for unit in model.units:
        for item in unit.file.items:
            if isinstance(item, ast.Routine):
                parameters = {parameter.text for parameter in item.parameters}
                for name in sorted(set_in(item) - parameters):
                    names.variable(name)
                continue
            for block in _blocks(item):
                for step in steps_of(block):
                    if isinstance(step, ast.Step) and step.variable is not None:
                        names.variable(step.variable.text)


def _blocks(item: ast.Item) -> list[ast.Block | None]:
    match item:
        case ast.Handler(body=body, catch=catch):
            return [body, catch]
        case ast.Stage(handlers=handlers):
            return [block for handler in handlers for block in (handler.body, handler.catch)]
        case _:
            return []


# ---------------------------------------------------------------- handlers


def _handlers(model: Model, builder: Builder) -> list[p.Handler]:
    """The handlers in their order; one that answers, or one that rejects, is added where the flow relies on it."""
    handlers: list[p.Handler] = []
    main = model.main
    for item in main.file.items:
        if isinstance(item, ast.Handler):
            handlers.append(_handler(builder, main, item, NONE))
        elif isinstance(item, ast.Stage):
            stage = builder.names.stages[item.name.text]
            handlers += [_handler(builder, main, handler, stage) for handler in item.handlers]
    return handlers + _added(builder, handlers)


def _added(builder: Builder, handlers: list[p.Handler]) -> list[p.Handler]:
    events = {handler.event for handler in handlers}
    if "incoming" in events:
        return [p.Handler("incoming", builder.lay(p.Reject("busy"), NONE, NONE, 0))]
    if "start" in events and "answered" not in events:
        return []
    return [p.Handler("incoming", builder.lay(p.Answer(), NONE, NONE, 0))]


def _handler(builder: Builder, unit: Unit, handler: ast.Handler, stage: int) -> p.Handler:
    names, event = builder.names, handler.event
    builder.unit, builder.frame = unit.number, {}
    place = builder.block(handler.body, NONE, builder.catching(handler.catch, NONE, NONE))
    return p.Handler(
        event=event.word,
        place=place,
        stage=stage,
        is_instant=is_instant(names, handler.body) and is_instant(names, handler.catch),
        keys=tuple([key.text for key in event.keys]),
        leg=word(event.leg),
        step=word(event.step),
        patterns=tuple([pattern.text for pattern in event.patterns]),
        state=word(event.state),
        delay_ms=event.delay.ms if event.delay is not None else 0,
        party=ex.flat(names, {}, _one(event.target)),
        source=ex.flat(names, {}, handler.source),
        called=ex.flat(names, {}, handler.called),
        condition=_condition(names, handler),
        file=unit.number,
        line=unit.source.position(handler.head.start).line,
    )


def _one(target: ast.Target | None) -> ast.Targets | None:
    return ast.Targets("plain", (target,), target.span) if target is not None else None


def _condition(names: Names, handler: ast.Handler) -> p.Condition | None:
    during = p.During(handler.hours.hours.text, handler.hours.outside) if handler.hours is not None else None
    when = ex.condition(names, {}, handler.condition) if handler.condition is not None else None
    if during is not None and when is not None:
        return p.And(during, when)
    return during or when


def _safety_net(builder: Builder, defaults: p.Defaults) -> int:
    """A prompt if the operator set one, then hang up; a prompt that fails does not keep it from hanging up."""
    hang_up = builder.lay(p.HangUp(), NONE, NONE, 0)
    if not defaults.safety_net_prompt:
        return hang_up
    scope = builder.scope([p.Arm((), hang_up)], NONE)
    return builder.lay(p.Play((defaults.safety_net_prompt,)), hang_up, scope, 0)


# ---------------------------------------------------------------- tables


def _hours(hours: ast.Hours) -> p.Hours:
    return p.Hours(
        hours.name.text,
        tuple([p.OpenRange(r.days, r.opens, r.closes) for r in hours.ranges]),
        hours.zone.text,
        word(hours.holidays),
        hours.calendar.plain if hours.calendar is not None else "",
        tuple([p.SpecialDay(d.is_open, d.day, d.month, d.year or 0, d.opens, d.closes) for d in hours.special]),
    )


def _prompts(places: tuple[p.Place, ...]) -> list[str]:
    """Every file that the flow plays, in the order of its places, each once."""
    found: list[str] = []
    for place in places:
        match place.step:
            case p.Play(prompts=files) | p.Menu(prompts=files):
                found += files
            case p.Consult(playing=playing, announcing=announcing):
                found += [playing, announcing]
            case p.Gather(playing=playing):
                found.append(playing)
            case _:
                pass
    return list(dict.fromkeys(name for name in found if name))


def _listens(step: p.Step) -> bool:
    """Whether a step needs the keys of the caller's own leg."""
    return (isinstance(step, p.Menu) and not step.to_leg) or (isinstance(step, p.Gather) and not step.from_leg)
