"""A plan as text, for tests: handlers, then places numbered as one meets them by reading, whatever their positions.

    on answered: 1
    1 consult heidi for 20s | 2 | fails any: 3 | legs consult
    2 transfer replacing consult | . | fails 500/7700 2x: 4, any: 3 | legs consult | resets 0

After the step comes where it goes on (`.`: the activity ends), then each scope around it from inside out.
"""

from flowlang import plan as p
from flowlang.call.facts import Milliseconds
from flowlang.call.party import Party

NONE = p.NONE


def dump(plan: p.Plan) -> str:
    """The handlers and every place that they lead to; the safety net last, unless it only hangs up."""
    pages = _Pages(plan)
    lines = [pages.handler(handler) for handler in plan.handlers]
    order = list(pages.numbers)
    lines += [pages.place(place) for place in order]
    if plan.net not in pages.numbers and not isinstance(plan.places[plan.net].step, p.HangUp):
        pages.meet(plan.net)
        lines += [f"net: {pages.label(plan.net)}", *[pages.place(n) for n in pages.numbers if n not in order]]
    if any(plan.reach):
        stages = ("", *plan.stages)
        reach = zip(stages, plan.reach, strict=True)
        lines += [f"reach {stage or '-'}: {' '.join(legs)}".rstrip() for stage, legs in reach]
    return "\n".join(lines)


class _Pages:
    def __init__(self, plan: p.Plan) -> None:
        self.plan = plan
        self.numbers: dict[int, int] = {}
        for handler in plan.handlers:
            self.meet(handler.place)

    def meet(self, at: int) -> None:
        todo = [at]
        while todo:
            number = todo.pop()
            if number < 0 or number in self.numbers:
                continue
            self.numbers[number] = len(self.numbers) + 1
            place = self.plan.places[number]
            found = [place.next, *_inside(place.step)]
            for arms in self.scopes(place.scope):
                found += [arm.place for arm in arms]
            todo += reversed(found)

    def scopes(self, scope: int) -> list[tuple[p.Arm, ...]]:
        found = []
        while scope >= 0:
            found.append(self.plan.scopes[scope].arms)
            scope = self.plan.scopes[scope].outer
        return found

    def label(self, place: int) -> str:
        return "." if place < 0 else str(self.numbers[place])

    def handler(self, handler: p.Handler) -> str:
        words = [handler.event]
        for name in ("keys", "leg", "step", "patterns", "state", "party", "source", "called", "condition"):
            value = getattr(handler, name)
            if value:
                words.append(f"{name}={written(value)}")
        if handler.event == "after":
            words.append(written(handler.delay_ms))
        stage = f"{self.plan.stages[handler.stage]}: " if handler.stage >= 0 else ""
        instant = " instant" if handler.is_instant else ""
        return f"{stage}on {' '.join(words)}{instant}: {self.label(handler.place)}"

    def place(self, number: int) -> str:
        place = self.plan.places[number]
        parts = [f"{self.numbers[number]} {self.step(place.step)}"]
        if not isinstance(place.step, p.Goto | p.Stop | p.Retry):
            parts.append(self.label(place.next))
        for arms in self.scopes(place.scope):
            parts.append("fails " + ", ".join(self.arm(arm) for arm in arms))
        if place.legs:
            parts.append("legs " + " ".join(place.legs))
        if place.resets:
            parts.append("resets " + " ".join(str(counter) for counter in place.resets))
        return " | ".join(parts)

    def arm(self, arm: p.Arm) -> str:
        times = f" {arm.times}x#{arm.counter}" if arm.times != NONE else ""
        return f"{' '.join(arm.patterns) or 'any'}{times}: {self.label(arm.place)}"

    def step(self, step: p.Step) -> str:
        match step:
            case p.When(branches=branches):
                inside = ", ".join(f"{written(condition)}: {self.label(place)}" for condition, place in branches)
                return f"when {inside}".rstrip()
            case p.Goto(stage=stage):
                return f"goto {self.plan.stages[stage]}"
            case p.Retry(place=place, after_ms=after_ms, counter=counter):
                return f"retry {self.label(place)} after {after_ms} #{counter}"
            case p.Menu(arms=arms, on_timeout=on_timeout, otherwise=otherwise):
                ways = [f"{' '.join(keys)}: {self.label(place)}" for keys, place in arms]
                ways += [f"timeout: {self.label(on_timeout)}", f"otherwise: {self.label(otherwise)}"]
                rest = _fields(step._replace(arms=(), on_timeout=NONE, otherwise=NONE))
                return f"menu {rest} ({', '.join(ways)})"
            case _:
                return f"{p.WORDS[type(step)]} {_fields(step)}".rstrip()


def _inside(step: p.Step) -> list[int]:
    if isinstance(step, p.When):
        return [place for _, place in step.branches]
    if isinstance(step, p.Menu):
        return [*[place for _, place in step.arms], step.on_timeout, step.otherwise]
    return [step.place] if isinstance(step, p.Retry) else []


def _fields(step: p.Step) -> str:
    """The fields that differ from their defaults; those that have none stand without their name."""
    words = []
    for name in step._fields:
        value = getattr(step, name)
        if name not in step._field_defaults:
            words.append(written(value))
        elif value != step._field_defaults[name] or type(value) is not type(step._field_defaults[name]):
            words.append(f"{name}={written(value)}")
    return " ".join(words)


def written(value: object) -> str:
    """An expression, condition or operand, short."""
    match value:
        case p.Const(value=inner):
            return repr(inner) if isinstance(inner, str) else written(inner)
        case Party():
            extra = [value.endpoint] if value.endpoint != "default" else []
            extra += [word for word in (value.language, value.region) if word]
            return "/".join((value.name or value.id, *extra))
        case Milliseconds(ms=ms):
            return f"{ms}ms"
        case p.Var(number=number, name=name):
            return f"${number}:{name}"
        case p.Member(number=number, name=name, fields=fields):
            return f"${number}:{'.'.join((name, *fields))}"
        case p.Known(root=root, field=field, leg=leg):
            return ".".join(word for word in (root, leg, field) if word)
        case p.Join(parts=parts):
            return "join(" + " ".join(written(part) for part in parts) + ")"
        case p.Localized(who=who, language=language, region=region):
            return f"{written(who)} in {language or '-'}/{region or '-'}"
        case p.Plus(left=left, right=right):
            return f"{written(left)} + {written(right)}"
        case p.Targets(mode=mode, items=items):
            return f"{mode}({', '.join(written(item) for item in items)})"
        case p.Compare(operator=operator, left=left, right=right):
            return f"{written(left)} {operator} {written(right)}"
        case p.During(hours=hours, outside=outside):
            return f"{'outside' if outside else 'during'} {hours}"
        case p.InGroup(left=left, members=members):
            return f"{written(left)} in ({', '.join(written(one) for one in members)})"
        case p.Exists(what=what):
            return f"{written(what)} exists"
        case p.Is(what=what):
            return f"is {written(what)}"
        case p.Not(condition=inner):
            return f"not ({written(inner)})"
        case p.And(left=left, right=right):
            return f"({written(left)} and {written(right)})"
        case p.Or(left=left, right=right):
            return f"({written(left)} or {written(right)})"
        case tuple():
            return "(" + ", ".join(written(one) for one in value) + ")"
        case _:
            return str(value)
