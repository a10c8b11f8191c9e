"""The loop that runs the LALR(1) tables and lets the functions of `build` make the tree, rule by rule.

lark's own loop does the same in five times the time, since it serves every grammar: it makes tokens with lines and
columns, counts positions once more for every rule, and filters the parts of a rule each time. A test holds the two
against each other.
"""

from __future__ import annotations

from collections.abc import Sequence

from flowlang.syntax.build import builders, collect
from flowlang.syntax.report import Report
from flowlang.syntax.scanner import END, Token
from flowlang.syntax.tables import NOTHING, SPREAD, Tables


class Machine:
    """A parser in the middle of a text. `values` and `starts` run beside `stack`, without its first state."""

    __slots__ = ("_report", "_rules", "_tables", "end", "stack", "starts", "values")

    def __init__(self, tables: Tables, report: Report) -> None:
        self._tables = tables
        self._report = report
        find = builders(rule.build for rule in tables.rules).get
        self._rules = [(size, origin, find(build), take) for size, origin, build, take in tables.rules]
        self.stack = [tables.start]
        self.values: list[object] = []
        self.starts: list[int] = []
        self.end = 0

    def run(self, tokens: Sequence[Token]) -> int:
        """Takes tokens, and says how many it took before one that cannot stand where it does."""
        actions, keywords = self._tables.actions, self._tables.keywords
        stack = self.stack
        row = actions[stack[-1]]
        taken = 0
        for token in tokens:
            kind = token[0]
            if kind == "NAME" and token[1] in keywords and keywords[token[1]] in row:
                kind = keywords[token[1]]
            elif kind == "PHONE" and kind not in row and "PLUS" in row and token[1][1:].isdigit():
                _, digits, start, end = token  # `tries +1` counts; it calls nobody
                if self.run((("PLUS", "+", start, start + 1), ("NUMBER", digits[1:], start + 1, end))) < 2:
                    return taken
                row = actions[stack[-1]]
                taken += 1
                continue
            do = row.get(kind)
            while do is not None and do < 0:
                row = actions[self._finish(~do, token[2])]
                do = row.get(kind)
            if do is None:
                return taken + (kind == END and stack[-1] == self._tables.end)
            stack.append(do)
            self.values.append(token)
            self.starts.append(token[2])
            self.end = token[3]
            row = actions[do]
            taken += 1
        return taken

    def _finish(self, number: int, ahead: int) -> int:
        """Puts the value of a finished rule in the place of its parts, and gives the state that follows."""
        size, origin, build, take = self._rules[number]
        stack, values, starts = self.stack, self.values, self.starts
        if size:
            del stack[-size:]
            if size != 1 or build is not None:
                start = starts[-size]
                parts = values[-size:]
                del values[-size:]
                del starts[-size:]
                if build is collect and take is not None and take[0] == SPREAD:
                    kept = parts[0]  # a repetition that grows: copying it each time would be slow
                    kept.extend(pick(parts, take[1:]))  # type: ignore[attr-defined]
                    values.append(kept)
                else:
                    given = parts if take is None else pick(parts, take)
                    values.append(given[0] if build is None else build(self._report, start, self.end, *given))
                starts.append(start)
        else:
            values.append(build(self._report, ahead, ahead, *pick((), take or ())) if build is not None else None)
            starts.append(ahead)
        to = self._tables.actions[stack[-1]][origin]
        stack.append(to)
        return to


class Probe:
    """A machine without values: it only finds out what a real one would take."""

    __slots__ = ("_tables", "stack")

    def __init__(self, tables: Tables, stack: list[int]) -> None:
        self._tables = tables
        self.stack = list(stack)

    def copy(self) -> Probe:
        return Probe(self._tables, self.stack)

    def advance(self, tokens: Sequence[Token]) -> int:
        """Takes tokens, and says how many it took before one that cannot stand where it does."""
        keywords = self._tables.keywords
        for taken, token in enumerate(tokens):
            kind = token[0]
            row = self._tables.actions[self.stack[-1]]
            if kind == "NAME" and token[1] in keywords and keywords[token[1]] in row:
                kind = keywords[token[1]]
            elif kind == "PHONE" and kind not in row and "PLUS" in row and token[1][1:].isdigit():
                if not (self._shift("PLUS") and self._shift("NUMBER")):
                    return taken
                continue
            if not self._shift(kind):
                return taken
        return len(tokens)

    def takes(self, *kinds: str) -> bool:
        """Whether tokens of these kinds can come next. A word's own kind is to be given, not `NAME`."""
        trial = self.copy()
        return all(trial._shift(kind) for kind in kinds)

    def choices(self) -> set[str]:
        """The kinds of all tokens that can come next."""
        row = self._tables.actions[self.stack[-1]]
        return {kind for kind in row if kind.isupper() and self.takes(kind)}

    def _shift(self, kind: str) -> bool:
        actions, rules, stack = self._tables.actions, self._tables.rules, self.stack
        before = list(stack)
        do = actions[stack[-1]].get(kind)
        while do is not None and do < 0:
            size, origin, _, _ = rules[~do]
            if size:
                del stack[-size:]
            stack.append(actions[stack[-1]][origin])
            do = actions[stack[-1]].get(kind)
        if do is None:
            self.stack = before
            return False
        stack.append(do)
        return True


def pick(parts: Sequence[object], take: tuple[int, ...]) -> list[object]:
    """What a rule's function is given of its parts; see `tables.Rule`."""
    given: list[object] = []
    for number in take:
        if number >= 0:
            given.append(parts[number])
        elif number == NOTHING:
            given.append(None)
        else:
            given.extend(parts[SPREAD - number])  # type: ignore[arg-type]  # a rule that is spread is a list
    return given
