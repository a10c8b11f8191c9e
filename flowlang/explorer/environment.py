"""The environment model: what may come to a flow from outside, as rows of `environment.json`."""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from flowlang.call.results import CATALOGUE, Result

FILE = Path(__file__).with_name("environment.json")

OPERATIONS = ("mute", "unmute", "startHoldMusic", "stopHoldMusic", "remove")
"""Requests whose answers follow the rows called `operation`."""


RARE_COST = 4
RARE_MOVES = frozenset(("refused", "lost", "gone", "failed", "told"))


class Row(NamedTuple):
    """One thing that may come. `same`: why it is not explored; empty: it is. `who` does it, where it is a person.

    `has_any`: besides these results any other failure may come. `cost`: how rare it is, 1 for what happens every day.
    """

    table: str
    subject: str
    move: str
    status: int = 0
    results: tuple[str, ...] = ()
    operation: str = ""
    state: str = ""
    who: str = ""
    needs: str = ""
    same: str = ""
    has_any: bool = False
    cost: int = 1

    @property
    def name(self) -> str:
        """What the row is called in reports, each its own way: `answers/create/taken 201 establishing`, `legs/up/over
        200/5002`."""
        status = (str(self.status),) if self.status else ()
        what = " ".join(
            [self.move, *status, *[text for text in (self.operation, self.state) if text], *self.results[:1]]
        )
        return f"{self.table}/{self.subject}/{what}"


class Environment(NamedTuple):
    """The rows by what they are about, and which timers are explored (an empty text) or why not."""

    answers: dict[str, tuple[Row, ...]]
    operations: dict[str, tuple[Row, ...]]
    legs: dict[str, tuple[Row, ...]]
    services: tuple[Row, ...]
    flows: tuple[Row, ...]
    timers: dict[str, str]

    def rows(self) -> list[Row]:
        """Every row."""
        tables = [*self.answers.values(), *self.operations.values(), *self.legs.values(), self.services, self.flows]
        return [row for rows in tables for row in rows]


def about(request: str) -> str:
    """Under which name the answers to a request stand."""
    return "operation" if request in OPERATIONS else request


@cache
def environment() -> Environment:
    """The model, read once."""
    data = json.loads(FILE.read_text(encoding="utf-8"))
    return Environment(
        {word: _rows("answers", word, rows) for word, rows in data["answers"].items()},
        {word: _rows("operations", word, rows) for word, rows in data["operations"].items()},
        {phase: _rows("legs", phase, rows) for phase, rows in data["legs"].items()},
        _rows("services", "ask", data["services"]),
        _rows("flows", "start", data["flows"]),
        dict(data["timers"]),
    )


def _rows(table: str, subject: str, rows: list[dict[str, object]]) -> tuple[Row, ...]:
    fields = ("move", "status", "operation", "state", "who", "needs", "same")
    found: list[Row] = []
    for row in rows:
        given = {field: row[field] for field in fields if field in row}
        results = row.get("results", ())
        assert isinstance(results, list | tuple)
        given["has_any"] = row.get("any", False)
        given["cost"] = RARE_COST if row["move"] in RARE_MOVES else 1
        found.append(Row(table, subject, results=tuple([str(one) for one in results]), **given))  # type: ignore[arg-type]
    return tuple(found)


@cache
def result(text: str) -> Result:
    """`486/0` as a result, with the name that the catalogue has for it as its message; a name stands for a failure of
    our own, which has no code."""
    if text in CATALOGUE:
        return Result(0, 0, CATALOGUE[text].meaning, text)
    code, _, subcode = text.partition("/")
    pair = Result(int(code), int(subcode or 0))
    return pair._replace(message=meaning(pair))


def meaning(pair: Result) -> str:
    """What a result means, by the first name of the catalogue that fits."""
    from flowlang.call.results import matches

    return next((name for name in CATALOGUE if matches(name, pair)), "")
