"""From the text of `flowlang.yaml` to settings, with line and column for everything that is wrong, all at once."""

import re
import warnings
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from flowlang.settings.model import Settings
from flowlang.syntax.suggest import nearest

Path = tuple[str | int, ...]
KINDS = ("str", "int", "bool", "[key]")
_MADE_UP = re.compile(r"Secret|function-.*")  # what the library puts into a place where several kinds are possible
MOST_VALUES = 10_000  # settings have some hundred; aliases can make billions of a few lines


class Mistake(NamedTuple):
    """`line`, `column`: from 1; 0 where the file as a whole is meant."""

    file: str
    line: int
    column: int
    text: str

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class SettingsError(Exception):
    """The settings cannot be used. `mistakes`: all of them, in the order of the file."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = tuple(mistakes)


class Read(NamedTuple):
    """`place(path)`: file, line and column of a value, for what is found out later."""

    settings: Settings
    file: str
    root: Node | None

    def mistake(self, path: Path, text: str) -> Mistake:
        line, column = _place(self.root, path)
        return Mistake(self.file, line, column, text)


def read(raw: bytes, file: str) -> Read:
    """What a file says; an empty one says nothing. Raises `SettingsError`."""
    root = _compose(raw, file)
    if root is None:
        return Read(Settings(), file, None)
    wrong: list[Mistake] = []
    document = None if _is_endless(root, file, wrong) else _plain(root, file, wrong)
    if wrong:
        raise SettingsError(wrong)
    if document is None or document == "":
        return Read(Settings(), file, root)
    if not isinstance(document, dict):
        raise SettingsError([Mistake(file, 1, 1, "the file holds names and values, such as `serve: …`")])
    try:
        return Read(Settings.model_validate(document), file, root)
    except ValidationError as error:
        found: dict[tuple[int, int], Mistake] = {}
        for one in sorted(error.errors(), key=lambda one: one["type"] != "value_error"):  # of two kinds, the one meant
            mistake = _mistake(root, file, one)
            found.setdefault((mistake.line, mistake.column), mistake)
        raise SettingsError([found[place] for place in sorted(found)]) from None


def _compose(raw: bytes, file: str) -> Node | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)  # the later one counts, as YAML has it
            root: Node | None = YAML().compose(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SettingsError([Mistake(file, 0, 0, "this is no UTF-8 text")]) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
        raise SettingsError([Mistake(file, line, column, _why_no_yaml(error))]) from None
    except (YAMLError, RecursionError) as error:
        why = str(error).splitlines()[0]
        raise SettingsError([Mistake(file, 0, 0, f"this cannot be read as YAML: {why}")]) from None
    return root


def _why_no_yaml(error: MarkedYAMLError) -> str:
    why = " ".join(str(error.problem or error.context or "").split()).removeprefix("but ")
    if "'\\t'" in why:
        return "here is a tab; YAML wants blanks before a name"
    if why == "found another document":
        return "a second document begins here; the file holds one"
    return f"this cannot be read as YAML: {why}"


def _is_endless(root: Node, file: str, wrong: list[Mistake]) -> bool:
    """Whether aliases (`*name`) make it endless, or larger than any settings are."""
    left, inside = MOST_VALUES, list[Node]()

    def walk(node: Node) -> bool:
        nonlocal left
        left -= 1
        if left < 0 or any(node is one for one in inside):
            wrong.append(_at(node, file, "an alias (`*name`) makes this endless; write it out"))
            return True
        inside.append(node)
        parts = node.value if isinstance(node, SequenceNode) else ()
        if isinstance(node, MappingNode):
            parts = [one for pair in node.value for one in pair]
        found = any(walk(one) for one in parts)
        inside.pop()
        return found

    return walk(root)


def _plain(node: Node, file: str, wrong: list[Mistake]) -> object:
    """The value of a node. What looks like a number but is a name (a phone number) stays text."""
    match node:
        case MappingNode():
            found: dict[str, object] = {}
            for key, value in node.value:
                if not isinstance(key, ScalarNode):
                    wrong.append(_at(key, file, "a name is a word, and not a list or names and values"))
                    continue
                name = str(key.value)
                if name in found:
                    wrong.append(_at(key, file, f"{name} is here for the second time"))
                found[name] = _plain(value, file, wrong)
            return found
        case SequenceNode():
            return [_plain(one, file, wrong) for one in node.value]
        case ScalarNode():
            return _scalar(node)
        case _:
            return None


def _scalar(node: ScalarNode) -> object:
    text = str(node.value)
    match str(node.tag).rpartition(":")[2]:
        case "bool":
            return text.lower() in ("true", "yes", "on")
        case "null":
            return None
        case "int" if text.lstrip("-").isdecimal():
            return int(text)
        case _:
            return text


def _at(node: Node, file: str, text: str) -> Mistake:
    return Mistake(file, node.start_mark.line + 1, node.start_mark.column + 1, text)


# ---------------------------------------------------------------- places


def _place(root: Node | None, path: Path) -> tuple[int, int]:
    """Where a value is; where it is missing, where its surroundings are."""
    node, mark = root, root.start_mark if root is not None else None
    for step in path:
        if isinstance(node, MappingNode):
            pair = next(((key, value) for key, value in node.value if str(key.value) == str(step)), None)
            if pair is None:
                break
            mark, node = pair[0].start_mark, pair[1]
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            mark = node.start_mark
        else:
            break
    return (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)


def _mistake(root: Node, file: str, error: ErrorDetails) -> Mistake:
    path = tuple(error["loc"])
    line, column = _place(root, path)
    name = ".".join(str(one) for one in path if one not in KINDS and not _MADE_UP.fullmatch(str(one)))
    return Mistake(file, line, column, _told(name, path, error))


def _told(name: str, path: Path, error: ErrorDetails) -> str:
    given = error.get("input")
    match error["type"]:
        case "extra_forbidden":
            known = _known(path[:-1])
            near = nearest(str(path[-1]), known)
            more = f"; did you mean {near}?" if near else f"; there are {', '.join(known)}" if known else ""
            return f"there is no setting {path[-1]}{more}"
        case "missing":
            return f"{name} is missing"
        case "value_error":
            return f"{name}: {error['ctx']['error']!s}"
        case "literal_error":
            wanted = error["ctx"]["expected"].replace("'", "")
            return f"{name} is {wanted}, not {given}"
        case "string_pattern_mismatch":
            return f"{name} is a GUID such as 11111111-2222-4333-8444-555555555555, not {given}"
        case "model_type" | "model_attributes_type" if path and path[-1] in ("secret", "token", "mask_key"):
            return f"{name}: a secret does not stand here; write `env: NAME` or `file: PATH`"
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"{name} holds names and values, not {_shown(given)}"
        case "bool_parsing" | "bool_type":
            return f"{name} is true or false, not {given}"
        case "string_too_short":
            return f"{name} is empty"
        case kind if kind.startswith(("datetime", "timezone")):
            return f"{name} is a moment with its zone, such as 2026-12-24T18:00:00Z, not {_shown(given)}"
        case "tuple_type":
            return f"{name} is a list, such as `[…]`, or lines that begin with `-`"
        case "string_type":
            return f"{name} is text, not {_shown(given)}{'; put it in quotes' if isinstance(given, int) else ''}"
        case _:
            return f"{name}: {error['msg'][0].lower()}{error['msg'][1:]}"


def _shown(given: object) -> str:
    """A value as a person would call it."""
    match given:
        case None:
            return "nothing"
        case list():
            return "a list"
        case dict():
            return "names and values"
        case _:
            return repr(given)


def _known(path: Path) -> list[str]:
    """The names that may stand at a place."""
    kind: object = Settings
    for step in path:
        fields = getattr(kind, "model_fields", None)
        if fields is not None and str(step) in fields:
            kind = fields[str(step)].annotation
        kind = _inside(kind) if not hasattr(kind, "model_fields") or step not in (fields or {}) else kind
    fields = getattr(_inside(kind), "model_fields", {})
    return sorted(fields)


def _inside(kind: object) -> object:
    """The model in `dict[str, Model]`, `tuple[Model, …]` or `Model | None`."""
    if hasattr(kind, "model_fields"):
        return kind
    for one in getattr(kind, "__args__", ()):
        found = _inside(one)
        if hasattr(found, "model_fields"):
            return found
    return kind
