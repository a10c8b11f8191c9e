"""`flowlang codes [RESULT]`: what a result means, what causes it, what to do, and which lines of flows catch it."""

import os
from collections.abc import Iterator
from typing import NamedTuple

from flowlang.call.explained import ADVICE, CODES, MEDIA, Code
from flowlang.call.results import CATALOGUE, Result, covers, is_pattern, matches
from flowlang.source import Source
from flowlang.tools.options import Command, Given, Option, UsageError, near, wrap
from flowlang.tools.terminal import write, write_utf8

USUAL_FOLDER = "flows"
HUNG_UP = "caller hung up"  # a result of calls, and of no step
WIDTH = 78
MARGIN = 11

COMMAND = Command(
    "codes", "[RESULT]",
    "Says what a result means, what usually causes it, what to do, and which lines of the flows catch it. RESULT is a "
    "code, a pair of codes or a name. Without RESULT it lists them all.",
    (
        Option("in", "PATH", "flows to look in; usually the folder flows/, if there is one", is_many=True),
        Option("format", "text|json", "for people (the usual) or for programs", choices=("text", "json")),
        Option("help", "", "this text"),
    ),
    """Examples:
  flowlang codes
  flowlang codes 7015
  flowlang codes 500/7700
  flowlang codes no answer
  flowlang codes 480#10076 --in flows/consult.flow

Exit codes: 0 told, 2 a result, file or option that does not exist.""",
)  # fmt: skip


class Entry(NamedTuple):
    """What is told about one result. `patterns`: ways to write it after `on`, the best first; none where the step goes
    well. `codes`: those of a name."""

    text: str
    name: str
    meaning: str
    cause: str
    cure: str
    source: str
    patterns: tuple[str, ...]
    codes: tuple[str, ...]


class Caught(NamedTuple):
    """A line that catches it. `words`: how it is written there."""

    path: str
    line: int
    words: str


def main(given: Given) -> int:
    """Print; the answer is the exit code."""
    asked = " ".join(given.arguments)
    paths = given.many("in") or ((USUAL_FOLDER,) if os.path.isdir(USUAL_FOLDER) else ())
    entries = found_for(asked) if asked else [_of_code(code) for code in CODES]
    if asked or given.has("in"):
        sources = _sources(paths)
        told = [(entry, list(caught_in(sources, entry))) for entry in entries]
    else:
        told = [(entry, []) for entry in entries]
    if given.one("format") == "json":
        import json

        write_utf8(json.dumps(_json(told), ensure_ascii=False, indent=2) + "\n")
    elif asked:
        write("\n".join(_text(entry, caught, paths) for entry, caught in told))
    else:
        write(_listing(told))
    return 0


# ---------------------------------------------------------------- what is meant


def found_for(asked: str) -> list[Entry]:
    """The entries for what somebody wrote. Raises `UsageError` with the nearest one."""
    text = asked.strip().lower().replace("#", "/").replace(" / ", "/")
    if text in CATALOGUE:
        return [_of_name(text)]
    code, slash, subcode = text.partition("/")
    if slash and code.isdecimal() and subcode.isdecimal():
        return _of_pair(int(code), int(subcode), asked)
    if (slash and is_pattern(text)) or text.endswith("xx"):
        if not is_pattern(text):
            raise UsageError(f"there is no class of codes {asked}; there are 4xx, 5xx and 6xx, for example")
        found = [_of_code(one) for one in CODES if covers(text, one.text)]
        if not found:
            raise UsageError(f"no result fits {asked}; see flowlang codes")
        return found
    if text.isdecimal():
        found = [_of_code(one) for one in CODES if int(text) in (one.code, one.subcode)]
        if found:
            return found
    raise UsageError(f"no result is called {asked}{near(text, _known()) or '; see flowlang codes'}")


def _of_pair(code: int, subcode: int, asked: str) -> list[Entry]:
    exact = [one for one in CODES if (one.code, one.subcode) == (code, subcode)]
    if exact:
        return [_of_code(one) for one in exact]
    wide = [one for one in CODES if covers(one.text, f"{code}/{subcode}")]
    if wide:
        return [_of_code(one)._replace(text=f"{code}/{subcode}") for one in wide]
    result = Result(code, subcode)
    name = next((name for name in CATALOGUE if matches(name, result)), "")
    if name:
        pair = f"{code}/{subcode}"
        return [_of_name(name)._replace(text=pair, name=name, patterns=(name, pair), codes=())]
    others = [one.text for one in CODES if one.subcode == subcode]
    also = f"; there is {' and '.join(others)}" if others else near(asked, tuple(one.text for one in CODES))
    raise UsageError(f"nothing is known about {asked}{also or '; see flowlang codes'}")


def _known() -> tuple[str, ...]:
    numbers = [str(number) for one in CODES for number in (one.subcode, one.code) if number]
    return (*CATALOGUE, *sorted(set(numbers), key=len, reverse=True))


def name_of(code: Code) -> str:
    """The name that lists a code pair; the one with the fewest codes where several do."""
    found = [name for name in CATALOGUE if any(covers(p, code.text) for p in CATALOGUE[name].patterns)]
    exact = [name for name in found if code.text in CATALOGUE[name].patterns]
    return min(exact or found, key=_width, default="")


def _width(name: str) -> int:
    """How much a name takes: whole classes last."""
    return sum(100 if "x" in pattern else 10 if pattern.endswith("/*") else 1 for pattern in CATALOGUE[name].patterns)


def _of_code(code: Code) -> Entry:
    name = name_of(code)
    advice = ADVICE.get(name)
    cause = code.cause or (advice.cause if advice else "")
    cure = code.cure or (advice.cure if advice else "")
    return Entry(code.text, name, code.meaning, cause, cure, code.source, _ways(code, name), ())


def _ways(code: Code, name: str) -> tuple[str, ...]:
    """How a flow writes a result, the better way first."""
    if name == "transfer completed":
        return (name,)
    if code.code in (0, 200):
        own = f"ended {code.text}"
        return () if code.source == MEDIA else (f"ended {name}", own) if name else (own,)
    if not name:
        return (code.text,)
    return (code.text, name) if len(CATALOGUE[name].patterns) == 1 else (name, code.text)


def _of_name(name: str) -> Entry:
    named, advice = CATALOGUE[name], ADVICE[name]
    way = f"ended {name}" if name == HUNG_UP else name
    return Entry(name, "", named.meaning, advice.cause, advice.cure, named.source, (way,), named.patterns)


# ---------------------------------------------------------------- who catches it


def _sources(paths: tuple[str, ...]) -> list[Source]:
    from flowlang.tools.files import flow_files, read_flow

    return [read_flow(file) for file in flow_files(paths)] if paths else []


def caught_in(sources: list[Source], entry: Entry) -> Iterator[Caught]:
    """The arms and handlers that name a result, in the order of the files."""
    from flowlang.analysis.load import load
    from flowlang.rules.collect import collect
    from flowlang.rules.flow import Options
    from flowlang.tools.files import read

    seen: set[tuple[str, int]] = set()
    for source in sources:
        flow = collect(load(source, read), read, Options())
        places = [(at.source, arm.head, arm.patterns) for at in flow.steps for arm in at.step.arms if arm.kind == "on"]
        for owner in flow.handlers():
            event = owner.handler.event if owner.handler else None
            if event is not None and event.patterns:
                places.append((owner.unit.source, owner.head, event.patterns))
            elif event is not None and event.word == "transfer completed" and _takes(event.word, entry):
                places.append((owner.unit.source, owner.head, ()))
        for where, head, patterns in places:
            if (where.path, head.start) in seen or (patterns and not any(_takes(p.text, entry) for p in patterns)):
                continue
            seen.add((where.path, head.start))
            words = " ".join(where.text[head.start : head.end].split()).rstrip(":")
            yield Caught(where.path, where.position(head.start).line, words)


def _takes(pattern: str, entry: Entry) -> bool:
    """Whether a pattern takes the result, or some of the codes of a name."""
    if pattern == entry.text:
        return True
    return any(covers(pattern, code) or covers(code, pattern) for code in entry.codes or (entry.text,))


# ---------------------------------------------------------------- text and JSON


def _text(entry: Entry, caught: list[Caught], paths: tuple[str, ...]) -> str:
    rows = [
        ("means", entry.meaning),
        ("usually", entry.cause),
        ("do", entry.cure),
        ("write", " or ".join(f"on {pattern}:" for pattern in entry.patterns)),
        ("codes", " ".join(entry.codes)),
        ("source", entry.source),
    ]
    lines = [f"{entry.text}  {entry.name}".rstrip()]
    for title, text in rows:
        if text:
            first, *more = wrap(text, WIDTH - MARGIN)
            lines += [f"  {title:<{MARGIN - 2}}{first}", *[" " * MARGIN + line for line in more]]
    if paths and entry.patterns:
        lines += _catchers(entry, caught, paths)
    return "\n".join(lines) + "\n"


def _catchers(entry: Entry, caught: list[Caught], paths: tuple[str, ...]) -> list[str]:
    if not caught:
        is_failure = bool(entry.patterns) and not entry.patterns[0].startswith(("ended", "transfer completed"))
        more = "; `otherwise` and `on failed` take it" if is_failure else ""
        return [f"  {'caught':<{MARGIN - 2}}nowhere by name in {' '.join(paths)}{more}"]
    lines = [f"{one.path}:{one.line}  {one.words}" for one in caught]
    return [f"  {'caught':<{MARGIN - 2}}{lines[0]}", *[" " * MARGIN + line for line in lines[1:]]]


def _listing(told: list[tuple[Entry, list[Caught]]]) -> str:
    """All results: the names with their codes, then the codes that no name has."""
    lines: list[str] = []
    entries = [entry for entry, _ in told]
    for name, named in CATALOGUE.items():
        lines.append(f"{name}: {named.meaning}")
        lines += [f"  {entry.text:<13}{entry.meaning}" for entry in entries if entry.name == name]
    lines.append("without a name:")
    lines += [f"  {entry.text:<13}{entry.meaning}" for entry in entries if not entry.name]
    return "\n".join(lines) + "\n"


def _json(told: list[tuple[Entry, list[Caught]]]) -> object:
    return {
        "version": 1,
        "results": [
            {
                "result": entry.text,
                "name": entry.name or (entry.text if entry.text in CATALOGUE else ""),
                "meaning": entry.meaning,
                "cause": entry.cause,
                "cure": entry.cure,
                "source": entry.source,
                "patterns": list(entry.patterns),
                "codes": list(entry.codes),
                "caught": [one._asdict() for one in caught],
            }
            for entry, caught in told
        ],
    }
