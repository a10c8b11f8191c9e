"""What of a call a flow's behaviour can depend on: variables, results, keys, hours, parties.

The rest is left out of the explorer's key, and values are drawn only from what conditions can tell apart.
"""

from collections.abc import Iterator
from typing import NamedTuple

from flowlang import plan as p
from flowlang.call.facts import Value
from flowlang.call.party import Party
from flowlang.call.results import CATALOGUE, Result, matches
from flowlang.explorer.environment import result

KEYS = (*"0123456789", "star", "pound")


class Relevance(NamedTuple):
    """`constants[variable]`: what its value is compared with; None: nobody looks at it. `members[variable]`: the same
    for each member of a service's answer. `roots`: built-in names that a condition, target or time limit reads.
    `patterns`: all that arms and heads catch; `failures`: one failure for each of them that has codes.
    `keys`: one key of each kind that handlers and menus tell apart. `parties`: whom conditions, targets and heads name.
    """

    constants: tuple[tuple[Value, ...] | None, ...]
    members: tuple[dict[str, tuple[Value, ...]], ...]
    dialled: frozenset[tuple[int, str]]
    roots: frozenset[tuple[str, str]]
    keys: tuple[str, ...]
    parties: tuple[Party, ...]
    patterns: tuple[str, ...]
    failures: tuple[str, ...]
    hears_states: bool
    uses_roster: bool


def relevance_of(plan: p.Plan) -> Relevance:
    """Read off the plan, once for each exploration."""
    reader = _Reader(plan)
    reader.read()
    patterns = _patterns(plan)
    return Relevance(
        tuple([tuple(values) if values is not None else None for values in reader.constants]),
        tuple([{name: tuple(values) for name, values in one.items()} for one in reader.members]),
        frozenset(reader.dialled),
        frozenset(reader.roots),
        _key_kinds(plan),
        tuple(reader.parties),
        patterns,
        tuple([text for pattern in patterns if (text := _example(pattern))]),
        any(handler.event == "state" for handler in plan.handlers),
        any(handler.event in ("joined", "left") for handler in plan.handlers) or reader.moves_people,
    )


def _patterns(plan: p.Plan) -> tuple[str, ...]:
    found = {pattern for scope in plan.scopes for arm in scope.arms for pattern in arm.patterns}
    found |= {pattern for handler in plan.handlers for pattern in handler.patterns}
    return tuple(sorted(found))


def _example(pattern: str) -> str:
    """A failure that a pattern fits, as `486/0`; nothing where it stands for success or for something of our own."""
    if pattern in CATALOGUE:
        patterns = CATALOGUE[pattern].patterns
        return _example(patterns[0]) if patterns else ""
    code, _, subcode = pattern.partition("/")
    code = {"*": "500"}.get(code, code.replace("xx", "00"))
    subcode = "0" if subcode in ("", "*") else subcode
    return f"{code}/{subcode}" if int(code) >= 400 else ""


def told_apart(relevance: Relevance, texts: tuple[str, ...]) -> tuple[Result, ...]:
    """Of these results one for each kind that the flow's patterns tell apart."""
    reads_codes = any(root == "result" for root, _ in relevance.roots)
    kept: dict[object, Result] = {}
    for text in texts:
        one = result(text)
        kind: object = text if reads_codes else tuple([matches(pattern, one) for pattern in relevance.patterns])
        kept.setdefault(kind, one)
    return tuple(kept.values())


def _key_kinds(plan: p.Plan) -> tuple[str, ...]:
    sets = {frozenset(handler.keys) for handler in plan.handlers if handler.event == "tone"}
    for place in plan.places:
        if isinstance(place.step, p.Menu):
            sets |= {frozenset(keys) for keys, _ in place.step.arms}
        elif isinstance(place.step, p.Gather) and place.step.ending:
            sets.add(frozenset((place.step.ending,)))
        elif isinstance(place.step, p.Consult) and place.step.accepting:
            sets.add(frozenset((place.step.accepting,)))
    ordered = sorted(sets, key=sorted)
    kinds: dict[tuple[bool, ...], str] = {}
    for key in KEYS:
        kinds.setdefault(tuple([key in keys for keys in ordered]), key)
    return tuple(dict.fromkeys(kinds.values()))


class _Reader:
    """Walks conditions, targets and time limits; texts that are only written or spoken do not count."""

    def __init__(self, plan: p.Plan) -> None:
        self.plan = plan
        count = len(plan.variables)
        self.constants: list[list[Value] | None] = [None] * count
        self.members: list[dict[str, list[Value]]] = [{} for _ in range(count)]
        self.dialled: set[tuple[int, str]] = set()
        self.roots: set[tuple[str, str]] = set()
        self.parties: list[Party] = []
        self.copies: list[tuple[int, p.Expr]] = []
        self.moves_people = False

    def read(self) -> None:
        for handler in self.plan.handlers:
            for expr in (*handler.source, *handler.called, *handler.party):
                self._target(expr)
            if handler.source:
                self.roots.add(("caller", ""))
            if handler.called:
                self.roots.add(("called", ""))
            if handler.condition is not None:
                self._condition(handler.condition)
            self._bound(handler.delay_ms)
        for place in self.plan.places:
            self._step(place.step)
        changed = True
        while changed:
            changed = False
            for variable, expr in self.copies:
                changed = self._copy(variable, expr) or changed

    def _copy(self, variable: int, expr: p.Expr) -> bool:
        """What is known of a copy is known of what it was copied from."""
        before = repr((self.constants, self.members, self.dialled))
        values = self.constants[variable]
        if values is not None:
            for one in _read_by(expr):
                self._note(one, *values)
                if (variable, "") in self.dialled:
                    self._dial(one)
        if isinstance(expr, p.Var):
            for name, values in self.members[variable].items():
                self._note(p.Member(expr.number, expr.name, (name,)), *values)
                if (variable, name) in self.dialled:
                    self.dialled.add((expr.number, name))
        return before != repr((self.constants, self.members, self.dialled))

    # ------------------------------------------------------------ steps

    def _step(self, step: p.Step) -> None:
        for name in ("bound", "after"):
            self._bound(getattr(step, name, 0))
        match step:
            case p.When(branches):
                for condition, _ in branches:
                    self._condition(condition)
            case p.Set(variable, value):
                self.copies.append((variable, value))
            case p.Redirect(targets) | p.Call(targets) | p.Consult(targets):
                for item in targets.items:
                    self._target(item)
            case p.Transfer(target):
                for item in target.items if target is not None else ():
                    self._target(item)
                if step.participant is not None:
                    self.moves_people = True
                    self._target(step.participant)
            case p.Invite(target):
                self._target(target)
            case p.Remove(participant) | p.Hold(participant) | p.Resume(participant):
                self.moves_people = True
                self._target(participant)
            case _:
                pass

    def _bound(self, bound: object) -> None:
        if isinstance(bound, p.Var):
            self._note(bound)

    def _target(self, expr: p.Expr) -> None:
        if isinstance(expr, p.Const):
            if isinstance(expr.value, Party) and expr.value not in self.parties:
                self.parties.append(expr.value)
        elif isinstance(expr, p.Localized):
            self._target(expr.who)
        else:
            for one in _read_by(expr):
                self._note(one)
                self._dial(one)

    def _dial(self, expr: p.Var | p.Member | p.Known) -> None:
        if isinstance(expr, p.Var):
            self.dialled.add((expr.number, ""))
        elif isinstance(expr, p.Member):
            self.dialled.add((expr.number, expr.fields[0]))

    # ------------------------------------------------------------ conditions

    def _condition(self, condition: p.Condition) -> None:
        match condition:
            case p.Compare(operator, left, right):
                self._compare(left, right, operator)
                self._compare(right, left, operator)
            case p.InGroup(left, members):
                for member in members:
                    self._compare(left, member, "is")
            case p.Exists(what):
                self._noted(what)
            case p.Is(what):
                self._noted(what, True, False)
            case p.Not(inner):
                self._condition(inner)
            case p.And(left_condition, right_condition) | p.Or(left_condition, right_condition):
                self._condition(left_condition)
                self._condition(right_condition)
            case p.During():
                pass

    def _compare(self, read: p.Expr, other: p.Expr, operator: str) -> None:
        values: list[Value] = []
        if isinstance(other, p.Const):
            value = other.value
            values.append(value)
            if isinstance(value, Party) and value not in self.parties:
                self.parties.append(value)
            if isinstance(value, int) and not isinstance(value, bool):
                values += [value - 1, value + 1] if operator in ("<", "<=", ">", ">=") else [value + 1]
        self._noted(read, *values)

    def _noted(self, expr: p.Expr, *values: Value) -> None:
        for one in _read_by(expr):
            self._note(one, *values)

    def _note(self, expr: p.Var | p.Member | p.Known, *values: Value) -> None:
        match expr:
            case p.Var(number, _):
                known = self.constants[number] = self.constants[number] or []
                known += [value for value in values if value not in known]
            case p.Member(number, _, fields):
                self.constants[number] = self.constants[number] or []
                here = self.members[number].setdefault(fields[0], [])
                here += [value for value in values if value not in here]
            case p.Known(root, field):
                self.roots.add((root, field))
                if root == "caller":
                    self.roots.add(("caller", ""))
                    self._callers(field, values)

    def _callers(self, field: str, values: tuple[Value, ...]) -> None:
        """A caller for each text that the caller is compared with."""
        for value in values:
            if isinstance(value, str) and value:
                digits = "".join([c for c in value if c.isdecimal()])
                made = (
                    Party("user", "00000000-0000-4000-8000-00000000000c", name=value)
                    if field == "name"
                    else Party("phone", "+" + (digits + "0000000000")[: max(11, len(digits))])
                    if digits
                    else Party("user", value)
                )
                if made not in self.parties:
                    self.parties.append(made)


def _read_by(expr: p.Expr) -> Iterator[p.Var | p.Member | p.Known]:
    match expr:
        case p.Var() | p.Member() | p.Known():
            yield expr
        case p.Join(parts):
            for part in parts:
                yield from _read_by(part)
        case p.Plus(left, right):
            yield from _read_by(left)
            yield from _read_by(right)
        case p.Localized(who):
            yield from _read_by(who)
        case p.Const():
            return
