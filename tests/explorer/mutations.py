"""Mistakes that designers make, made in good flows: something forgotten, misspelt, in the wrong place, or meant for
another party. Each mutant is one mistake. The same text gives the same mutants in the same order."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

Lines = list[str]
_ARM = re.compile(
    r"^(on (?!enter|tone|start|joined|left|incoming|answered)[\w /]+|press [\w#*, ]+|otherwise|on timeout):"
)
_HANDLER = re.compile(r"^(on |after )")
_TARGET = re.compile(r"\b(consult|transfer to|call|invite|redirect to|hold|remove) (\w+)")
_CODE = re.compile(r"\b(\d{3}/\d+|busy|no answer|[45]xx)\b(?=[,:])")
_WORDS = re.compile(
    r"\b(consult|transfer|answered|otherwise|replacing|repeating|playing|hang|menu|gather|failed|goto)\b"
)
_LEGS = re.compile(r"\b(replacing|hang up|to) (consult|desk)\b")
OTHER_CODES = {"busy": "no answer", "no answer": "busy", "4xx": "6xx", "5xx": "4xx"}


class Mutant(NamedTuple):
    """`of`: the flow it was made from. `kind`: the mistake; `line`: where, from 1; `was`: what stood there."""

    of: str
    kind: str
    line: int
    was: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.of}: {self.kind} {self.line}: {self.was.strip()[:60]}"


def mutants(of: str, text: str) -> Iterator[Mutant]:
    """Every mutant of a flow."""
    seen = {text}
    for kind, make in KINDS.items():
        lines = text.split("\n")
        for at, line in enumerate(lines):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            for changed in make(lines, at):
                made = "\n".join(changed)
                if made not in seen:
                    seen.add(made)
                    yield Mutant(of, kind, at + 1, line, made)


# ---------------------------------------------------------------- blocks


def depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def block_end(lines: Lines, at: int) -> int:
    """Where the lines end that belong to a line: all that stand deeper."""
    end = at + 1
    while end < len(lines) and (not lines[end].strip() or depth(lines[end]) > depth(lines[at])):
        end += 1
    while end > at + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def without_block(lines: Lines, at: int) -> Lines:
    """The line and all that belongs to it taken out; a block that would be empty gets a line that does nothing."""
    left = [*lines[:at], *lines[block_end(lines, at) :]]
    above = next((one for one in range(at - 1, -1, -1) if left[one].strip()), -1)
    is_empty = above >= 0 and left[above].rstrip().endswith(":") and depth(left[above]) < depth(lines[at])
    if is_empty and (at >= len(left) or depth(left[at]) <= depth(left[above]) or not left[at].strip()):
        left[above] = left[above].rstrip() + ' log "nothing"'
    return left


def with_line(lines: Lines, at: int, line: str) -> Lines:
    return [*lines[:at], line, *lines[at + 1 :]]


def parts(line: str) -> Lines:
    """The steps of a line that are joined by `then`."""
    return line.split(" then ")


# ---------------------------------------------------------------- the mistakes


def drop_catch(lines: Lines, at: int) -> Iterator[Lines]:
    if lines[at].lstrip().startswith("if that fails:"):
        yield without_block(lines, at)


def drop_hang_up(lines: Lines, at: int) -> Iterator[Lines]:
    line = lines[at]
    if line.strip() == "hang up":
        yield without_block(lines, at)
    elif line.endswith(" then hang up"):
        yield with_line(lines, at, line.removesuffix(" then hang up"))
    elif line.endswith(": hang up"):
        yield with_line(lines, at, line.removesuffix("hang up") + 'log "nothing"')


def drop_arm(lines: Lines, at: int) -> Iterator[Lines]:
    if depth(lines[at]) and _ARM.match(lines[at].lstrip()):
        yield without_block(lines, at)


def drop_handler(lines: Lines, at: int) -> Iterator[Lines]:
    if _HANDLER.match(lines[at].lstrip()) and not (depth(lines[at]) and _ARM.match(lines[at].lstrip())):
        end = block_end(lines, at)
        is_caught = end < len(lines) and lines[end].lstrip().startswith("if that fails")
        if is_caught and depth(lines[end]) == depth(lines[at]):
            end = block_end(lines, end)
        yield [*lines[:at], *lines[end:]]


def drop_step(lines: Lines, at: int) -> Iterator[Lines]:
    line = lines[at].strip()
    if depth(lines[at]) and not _HANDLER.match(line) and not _ARM.match(line) and not line.startswith(("if ", "else")):
        yield without_block(lines, at)


def drop_then(lines: Lines, at: int) -> Iterator[Lines]:
    steps = parts(lines[at])
    for cut in range(1, len(steps)):
        yield with_line(lines, at, " then ".join([*steps[:cut], *steps[cut + 1 :]]))


def drop_bound(lines: Lines, at: int) -> Iterator[Lines]:
    for match in re.finditer(r" for \d+m?s?\b| up to \d+ times| accepting \d", lines[at]):
        yield with_line(lines, at, lines[at][: match.start()] + lines[at][match.end() :])


def drop_condition(lines: Lines, at: int) -> Iterator[Lines]:
    for match in re.finditer(r" (during|outside) \w+(?=:)| when [^:\"]+(?=:)", lines[at]):
        if _HANDLER.match(lines[at].lstrip()):
            yield with_line(lines, at, lines[at][: match.start()] + lines[at][match.end() :])


def drop_else(lines: Lines, at: int) -> Iterator[Lines]:
    if lines[at].strip().startswith("else:"):
        yield without_block(lines, at)


def swap_legs(lines: Lines, at: int) -> Iterator[Lines]:
    for match in _LEGS.finditer(lines[at]):
        start, end = match.span(2)
        yield with_line(lines, at, lines[at][:start] + "other" + lines[at][end:])
    if " replacing " in lines[at]:
        yield with_line(lines, at, re.sub(r" replacing \w+", " to nobody", lines[at]))


def swap_handlers(lines: Lines, at: int) -> Iterator[Lines]:
    """A handler after the next one of its depth, and not before it."""
    if not _HANDLER.match(lines[at].lstrip()):
        return
    end = block_end(lines, at)
    after = end
    while after < len(lines) and not lines[after].strip():
        after += 1
    if after < len(lines) and depth(lines[after]) == depth(lines[at]) and _HANDLER.match(lines[after].lstrip()):
        last = block_end(lines, after)
        yield [*lines[:at], *lines[after:last], *lines[end:after], *lines[at:end], *lines[last:]]


def swap_steps(lines: Lines, at: int) -> Iterator[Lines]:
    """A step after the one that follows it."""
    end = block_end(lines, at)
    if depth(lines[at]) and end < len(lines) and depth(lines[end]) == depth(lines[at]) and lines[end].strip():
        last = block_end(lines, end)
        yield [*lines[:at], *lines[end:last], *lines[at:end], *lines[last:]]
    steps = parts(lines[at])
    if len(steps) == 2 and ":" not in steps[0]:
        indent = " " * depth(lines[at])
        yield with_line(lines, at, f"{indent}{steps[1]} then {steps[0].strip()}")


def change_code(lines: Lines, at: int) -> Iterator[Lines]:
    for match in _CODE.finditer(lines[at]):
        code = match[0]
        near = "500/7000" if code != "500/7000" else "500/7700"
        for other in (OTHER_CODES[code],) if code in OTHER_CODES else (near, "204/0"):
            yield with_line(lines, at, lines[at][: match.start()] + other + lines[at][match.end() :])


def misspell(lines: Lines, at: int) -> Iterator[Lines]:
    for match in _WORDS.finditer(lines[at]):
        middle = (match.start() + match.end()) // 2
        yield with_line(lines, at, lines[at][:middle] + lines[at][middle + 1 :])


def misspell_name(lines: Lines, at: int) -> Iterator[Lines]:
    for match in re.finditer(r"\b(?:goto|consult|transfer to|do|during|ask|contact|stage) (\w{3,})", lines[at]):
        start, end = match.span(1)
        name = match[1]
        yield with_line(lines, at, lines[at][:start] + name[0] + name[2] + name[1] + name[3:] + lines[at][end:])


def change_target(lines: Lines, at: int) -> Iterator[Lines]:
    """Somebody else: a name of another kind that the flow has."""
    names = [line.split()[1] for line in lines if line.startswith(("contact ", "group ", "hours ", "service "))]
    for match in _TARGET.finditer(lines[at]):
        start, end = match.span(2)
        for other in names:
            if other != match[2]:
                yield with_line(lines, at, lines[at][:start] + other + lines[at][end:])


def change_goto(lines: Lines, at: int) -> Iterator[Lines]:
    stages = [line.split()[1].rstrip(":") for line in lines if line.startswith("stage ")]
    for match in re.finditer(r"\bgoto (\w+)", lines[at]):
        start, end = match.span(1)
        for other in stages:
            if other != match[1]:
                yield with_line(lines, at, lines[at][:start] + other + lines[at][end:])


def change_kind(lines: Lines, at: int) -> Iterator[Lines]:
    """A contact of another kind."""
    if lines[at].startswith("contact ") and " = user " in lines[at].replace("  ", " "):
        head, _, rest = lines[at].partition("user ")
        yield with_line(lines, at, f"{head}resource account {rest}")
        yield with_line(lines, at, f"{head}+12345678901")


KINDS: dict[str, Callable[[Lines, int], Iterator[Lines]]] = {
    "a catch dropped": drop_catch,
    "a hang up dropped": drop_hang_up,
    "an arm dropped": drop_arm,
    "a handler dropped": drop_handler,
    "a step dropped": drop_step,
    "a then dropped": drop_then,
    "a bound dropped": drop_bound,
    "a condition dropped": drop_condition,
    "an else dropped": drop_else,
    "another leg": swap_legs,
    "handlers swapped": swap_handlers,
    "steps swapped": swap_steps,
    "another code": change_code,
    "a word misspelt": misspell,
    "a name misspelt": misspell_name,
    "another target": change_target,
    "another stage": change_goto,
    "another kind of contact": change_kind,
}
