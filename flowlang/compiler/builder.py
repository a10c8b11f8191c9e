"""Blocks, lines and steps to places. Everything is laid from its end: what comes after is known when a step is laid."""

from flowlang import plan as p
from flowlang.analysis.model import Model
from flowlang.compiler import expressions as ex
from flowlang.compiler import steps as st
from flowlang.compiler.names import Names
from flowlang.compiler.walk import set_in
from flowlang.syntax import ast

MOST_PLACES = 20_000  # routines are inlined; a flow that a person wrote stays far below
NONE = p.NONE


class TooLargeError(Exception):
    """The flow has more steps than a plan may hold, counted with its routines written out."""


class Builder:
    """Places, scopes and retry counters of the plan that is being made, and where in the files the compiler is."""

    def __init__(self, model: Model, names: Names) -> None:
        self.model = model
        self.names: Names = names
        self.places: list[p.Place | None] = []
        self.scopes: list[p.Scope] = []
        self.counters = 0
        self.unit = 0
        self.frame: ex.Frame = {}
        self.inlined = 0
        self.inside: tuple[str, ...] = ()
        self.retry: tuple[int, int] = (NONE, NONE)
        self.net = NONE

    # ------------------------------------------------------------ places and scopes

    def reserve(self) -> int:
        """A place whose step is laid later, so that others can lead to it."""
        if len(self.places) >= MOST_PLACES:
            raise TooLargeError(f"the flow has more than {MOST_PLACES} steps")
        self.places.append(None)
        return len(self.places) - 1

    def line_of(self, node: ast.Step | ast.When | ast.Line) -> int:
        return self.model.units[self.unit].source.position(node.span.start).line

    def put(self, at: int, step: p.Step, after: int, scope: int, line: int, resets: tuple[int, ...] = ()) -> int:
        self.places[at] = p.Place(step, after, scope, (), resets, self.unit, line)
        return at

    def lay(self, step: p.Step, after: int, scope: int, line: int) -> int:
        return self.put(self.reserve(), step, after, scope, line)

    def scope(self, arms: list[p.Arm], outer: int) -> int:
        self.scopes.append(p.Scope(tuple(arms), outer))
        return len(self.scopes) - 1

    def catching(self, catch: ast.Block | None, after: int, scope: int) -> int:
        """The scope inside something that has an `if that fails:`."""
        if catch is None:
            return scope
        return self.scope([p.Arm((), self.block(catch, after, scope))], scope)

    # ------------------------------------------------------------ blocks

    def block(self, block: ast.Block, after: int, scope: int) -> int:
        """The first place of a block that goes on at `after`."""
        for line in reversed(block.lines):
            after = self._line(line, after, scope)
        return after

    def _line(self, line: ast.Line, after: int, scope: int) -> int:
        inner = self.catching(line.catch, after, scope)
        for step in reversed(line.steps):
            after = self._when(step, after, inner) if isinstance(step, ast.When) else self._step(step, after, inner)
        return after

    def _when(self, when: ast.When, after: int, scope: int) -> int:
        branches: list[tuple[p.Condition, int]] = []
        last = after
        for branch in when.branches:
            place = self.block(branch.body, after, scope)
            if branch.condition is None:
                last = place
            else:
                branches.append((ex.condition(self.names, self.frame, branch.condition), place))
        return self.lay(p.When(tuple(branches)), last, scope, self.line_of(when))

    def _step(self, step: ast.Step, after: int, scope: int) -> int:
        if step.retry is not None:
            place, counter = self.retry
            if counter == NONE:  # not at the end of an arm, so nothing counts it: never a loop without an end
                return self.lay(p.When(()), self.net, scope, self.line_of(step))
            delay = step.retry.after.ms if step.retry.after is not None else 0
            return self.lay(p.Retry(place, delay, counter), NONE, scope, self.line_of(step))
        if step.word.text == "do":
            return self._do(step, after, scope)
        at = self.reserve()
        inner, resets = self._arms(step, at, after, scope)
        made = self._menu(step, after, scope) if step.word.text == "menu" else st.step_of(self, step)
        return self.put(at, made, after, inner, self.line_of(step), resets)

    # ------------------------------------------------------------ arms

    def _arms(self, step: ast.Step, at: int, after: int, scope: int) -> tuple[int, tuple[int, ...]]:
        """The scope that a step's own arms make, and the retry counters that start anew with the step."""
        is_menu = step.word.text == "menu"
        arms: list[p.Arm] = []
        resets: list[int] = []
        for arm in step.arms:
            if arm.kind == "on" or (arm.kind == "otherwise" and not is_menu):
                arms.append(self._arm(arm, at, after, scope))
                if arms[-1].counter != NONE:
                    resets.append(arms[-1].counter)
        return (self.scope(arms, scope) if arms else scope), tuple(resets)

    def _arm(self, arm: ast.Arm, at: int, after: int, scope: int) -> p.Arm:
        saved = self.retry
        times = counter = NONE
        retry = _retry_of(arm.body)
        if retry is not None:
            times = retry.times.value if retry.times is not None else 1
            counter, self.counters = self.counters, self.counters + 1
        self.retry = (at, counter)
        place = self._arm_body(arm, after, scope)
        self.retry = saved
        return p.Arm(tuple([pattern.text for pattern in arm.patterns]), place, times, counter)

    def _arm_body(self, arm: ast.Arm, after: int, scope: int) -> int:
        return self.block(arm.body, after, self.catching(arm.catch, after, scope))

    def _menu(self, step: ast.Step, after: int, scope: int) -> p.Menu:
        keys: list[tuple[tuple[str, ...], int]] = []
        ways = {"timeout": NONE, "otherwise": NONE}
        for arm in step.arms:
            if arm.kind == "press":
                keys.append((tuple([key.text for key in arm.keys]), self._arm_body(arm, after, scope)))
            elif arm.kind != "on":
                ways[arm.kind] = self._arm_body(arm, after, scope)
        return p.Menu(
            tuple([prompt.plain for prompt in step.prompts]), tuple(keys), ways["timeout"], ways["otherwise"],
            st.word(step.to_leg), ex.bound(self.names, self.frame, step.bound),
            step.times.value if step.times is not None else 3,
        )  # fmt: skip

    # ------------------------------------------------------------ routines

    def _do(self, step: ast.Step, after: int, scope: int) -> int:
        """The steps of a routine, written out here. It fails as the first uncaught failure inside (A31)."""
        name = st.word(step.name)
        at = self.reserve()  # a place of its own, so that a `retry` can come back to the beginning
        inner, resets = self._arms(step, at, after, scope)
        line = self.line_of(step)
        found = self.names.routines.get(name)
        if found is None or name in self.inside:
            return self.put(at, p.When(()), after, inner, line, resets)
        number, routine = found
        frame, sets = self._arguments(step, routine)
        saved = (self.unit, self.frame, self.inside, self.retry)
        self.unit, self.frame, self.inside, self.retry = number, frame, (*self.inside, name), (NONE, NONE)
        entry = self.block(routine.body, after, self.catching(routine.catch, after, inner))
        self.unit, self.frame, self.inside, self.retry = saved
        for variable, value in reversed(sets):
            entry = self.lay(p.Set(variable, value), entry, inner, line)
        return self.put(at, p.When(()), entry, inner, line, resets)

    def _arguments(self, step: ast.Step, routine: ast.Routine) -> tuple[ex.Frame, list[tuple[int, p.Expr]]]:
        """Constants and groups stand for their parameter; anything else, and what the routine itself changes, is kept
        in a variable of its own when the routine begins."""
        self.inlined += 1
        frame: ex.Frame = {}
        sets: list[tuple[int, p.Expr]] = []
        changed = set_in(routine)
        for parameter, argument in zip(routine.parameters, step.arguments, strict=False):
            value = ex.argument(self.names, self.frame, argument.value)
            is_fixed = isinstance(value, p.Const) and parameter.text not in changed
            if not is_fixed and not isinstance(value, ex.Several):
                name = f"{routine.name.text}.{parameter.text}.{self.inlined}"
                number = self.names.variable(name)
                sets.append((number, value))
                value = p.Var(number, parameter.text)
            frame[parameter.text] = value
        return frame, sets


def _retry_of(block: ast.Block) -> ast.Retry | None:
    """The `retry` of an arm: it stands last."""
    last = block.lines[-1].steps[-1] if block.lines and block.lines[-1].steps else None
    return last.retry if isinstance(last, ast.Step) else None
