"""`flowlang words [WORD]`: what a step or event word means, read from the word's own file; and the page made of all."""

import sys

from flowlang.events import WORDS as EVENTS
from flowlang.events.base import EventWord
from flowlang.steps import WORDS as STEPS
from flowlang.steps.base import StepWord
from flowlang.syntax.hints import ARM_WORDS, DECLARATION_WORDS, RESULT_WORDS
from flowlang.tools.options import Command, Given, Option, UsageError, near

COMMAND = Command(
    "words",
    "[WORD…]",
    "Says what a step or event word means. Without WORD it lists them all.",
    (Option("help", "", "this text"),),
    """Examples:
  flowlang words
  flowlang words transfer
  flowlang words hang up""",
)

OTHER_WORDS = frozenset((*ARM_WORDS, *DECLARATION_WORDS, *RESULT_WORDS, "do", "then", "if that fails", "else"))


def main(given: Given) -> int:
    """Print; the answer is the exit code."""
    if not given.arguments:
        sys.stdout.write(_listing())
        return 0
    name = " ".join(given.arguments)
    told = [_step(word) for word in STEPS if word.word == name] + [_event(word) for word in EVENTS if word.word == name]
    if not told:
        if name in OTHER_WORDS:
            raise UsageError(f"{name} is no step or event of its own; docs/reference/language.md tells about it")
        known = tuple([word.word for word in STEPS] + [word.word for word in EVENTS])
        raise UsageError(f"there is no step or event {name}{near(name, known) or '; see flowlang words'}")
    sys.stdout.write("\n".join(told))
    return 0


def _listing() -> str:
    lines = ["Steps", *[f"  {word.word:<20}{word.summary}" for word in STEPS], "", "Events"]
    lines += [f"  {word.word:<20}{word.summary}" for word in EVENTS]
    return "\n".join(lines) + "\n"


def _rows_of_step(word: StepWord) -> list[tuple[str, str]]:
    rows = [
        ("written", word.form),
        ("succeeds", word.succeeds),
        ("fails", word.fails),
        ("asks Graph to", word.graph),
        ("when an answer is lost", word.after_loss),
    ]
    if word.is_instant:
        rows.append(("takes", "no time: a handler with such steps only does not interrupt anything"))
    if word.is_final:
        rows.append(("cannot be taken back", "other handlers wait until it is decided"))
    return [row for row in rows if row[1]]


def _rows_of_event(word: EventWord) -> list[tuple[str, str]]:
    rows = [("written", word.form), ("comes from", word.comes_from), ("can be read", ", ".join(word.carries))]
    if word.instant_only:
        rows.append(("may hold", "instant steps only: log, set, notify"))
    if not word.in_stage:
        rows.append(("stands", "outside stages only"))
    if not word.in_flow:
        rows.append(("stands", "inside a stage only"))
    return [row for row in rows if row[1]]


def _told(title: str, summary: str, rows: list[tuple[str, str]]) -> str:
    wide = max(len(name) for name, _ in rows)
    return "\n".join([title, f"  {summary}", *[f"  {name:<{wide}}  {text}" for name, text in rows]]) + "\n"


def _step(word: StepWord) -> str:
    return _told(f"step: {word.word}", word.summary, _rows_of_step(word))


def _event(word: EventWord) -> str:
    return _told(f"event: {word.word}", word.summary, _rows_of_event(word))


def page() -> str:
    """docs/reference/words.md"""
    lines = [
        "<!-- Generated from flowlang/steps and flowlang/events by `python -m tests.tidy.generated`. -->",
        "",
        "# Words",
        "",
        "Every step and every event, as `flowlang words WORD` tells them.",
        "",
        "## Steps",
    ]
    for word in STEPS:
        lines += ["", f"### {word.word}", "", word.summary, "", *_table(_rows_of_step(word))]
    lines += ["", "## Events"]
    for event in EVENTS:
        lines += ["", f"### on {event.word}", "", event.summary, "", *_table(_rows_of_event(event))]
    return "\n".join(lines) + "\n"


def _table(rows: list[tuple[str, str]]) -> list[str]:
    cells = []
    for name, text in rows:
        safe = text.replace("|", "\\|")  # a bar would end the cell, even inside code
        cells.append(f"| {name} | {_code(safe) if name == 'written' else safe} |")
    return ["| | |", "|---|---|", *cells]


def _code(text: str) -> str:
    return " or ".join(f"`{form}`" for form in text.split(" · "))
