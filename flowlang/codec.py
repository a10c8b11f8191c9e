"""Values to JSON and back: plans, sessions, facts, commands. Arrays by position, so that a waiting call stays small.

A named tuple becomes `["Tag", field, …]` with its last fields left out as long as they have their defaults; any other
tuple becomes `["", item, …]`; a set of names becomes `["#", name, …]`, sorted. Texts, numbers, yes/no and null stand
for themselves. The tag is the class's name, or a short one for what a session holds many of.
"""

import hashlib
import json
from collections.abc import Callable
from json.encoder import encode_basestring
from typing import TypeVar, cast

from flowlang import plan as plans
from flowlang import steps
from flowlang.call import commands, facts, party, results, session, trace
from flowlang.plan import Plan
from flowlang.session_tags import SHORT

T = TypeVar("T")
Json = None | bool | int | str | list["Json"]

DIGEST_LENGTH = 32  # hexadecimal characters of SHA-256: enough to tell plans apart, half the room


class NotReadableError(ValueError):
    """The bytes are not the stored form of such a value. The text says where and what is wrong."""


def _classes() -> dict[str, type]:
    """All named tuples that can be stored, by tag."""
    found: dict[str, type] = {}
    for prefix, module in (("p.", plans), ("", facts), ("c.", commands), ("", party), ("", results), ("", session),
                           ("", trace)):  # fmt: skip
        for name, value in vars(module).items():
            is_ours = getattr(value, "__module__", "") == module.__name__
            if is_ours and isinstance(value, type) and hasattr(value, "_fields"):
                found[SHORT.get(prefix + name, prefix + name)] = value
    for state in steps.STATES:
        found[SHORT.get(state.__name__, state.__name__)] = state
    return found


_BY_TAG = _classes()
_TAGS: dict[type, str] = {kind: tag for tag, kind in _BY_TAG.items()}
_LASTS: dict[type, tuple[object, ...]] = {
    kind: tuple([vars(kind)["_field_defaults"].get(name, _TAGS) for name in vars(kind)["_fields"]]) for kind in _TAGS
}
_PLAIN = frozenset({str, int, bool, type(None)})
_WRITER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False)
_HEADS = {kind: f'["{tag}"' for kind, tag in _TAGS.items()}
_NUMBER = int.__repr__
_CONSTANTS = {None: "null", True: "true", False: "false"}
_escaped: Callable[[str], str] = encode_basestring


def to_json(value: object) -> Json:
    """The JSON form of a value, as lists, texts and numbers."""
    kind = type(value)
    if kind in _PLAIN or value is None or isinstance(value, str | int):
        return cast("Json", value)
    if isinstance(value, tuple):
        lasts = _LASTS.get(kind)
        if lasts is None:
            return ["", *[to_json(item) for item in value]]
        end = len(value)
        while end and _is_default(value[end - 1], lasts[end - 1]):
            end -= 1
        # Most items are plain, and need no call of their own: this is written for every fact of every call.
        return [_TAGS[kind], *[item if type(item) in _PLAIN else to_json(item) for item in value[:end]]]
    if isinstance(value, frozenset):
        return ["#", *sorted(value)]
    raise TypeError(f"{kind.__name__} cannot be stored")


def _is_default(value: object, default: object) -> bool:
    # Named tuples of two classes can be equal, so the class counts too.
    return value is default or (type(value) is type(default) and value == default)


def from_json(data: object, place: str = "") -> object:
    """The value of a JSON form. Raises `NotReadableError`."""
    if data is None or isinstance(data, str | int):
        return data
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        raise NotReadableError(f"{place or 'the top'}: neither a plain value nor a tagged list")
    tag, *items = data
    if tag == "#":
        if not all(isinstance(item, str) for item in items):
            raise NotReadableError(f"{place or 'the top'}: a set of names holds something else")
        return frozenset(item for item in items if isinstance(item, str))
    values = [item if type(item) in _PLAIN else from_json(item, f"{place}/{at}") for at, item in enumerate(items)]
    if tag == "":
        return tuple(values)
    kind = _BY_TAG.get(tag)
    if kind is None:
        raise NotReadableError(f"{place or 'the top'}: nothing is called {tag!r}")
    try:
        return kind(*values)
    except TypeError:
        raise NotReadableError(f"{place or 'the top'}: {tag} has {len(values)} fields") from None


def encode(value: object) -> bytes:
    """The stored form, UTF-8. The same value always gives the same bytes."""
    try:
        return _text(value).encode()
    except UnicodeEncodeError:  # half a character, as a service may answer: UTF-8 has none, JSON's escapes do
        return json.dumps(to_json(value), separators=(",", ":")).encode()


def _text(value: object) -> str:
    """`to_json` as text, without the lists in between: this is done for every fact, request and session of a call."""
    kind = type(value)
    lasts = _LASTS.get(kind)
    if not isinstance(value, tuple) or (lasts is None and kind is not tuple):
        return _WRITER.encode(to_json(value))
    parts = [_HEADS.get(kind, '[""')]
    end = len(value)
    while end and lasts is not None:
        last, default = value[end - 1], lasts[end - 1]
        if last is not default and (type(last) is not type(default) or last != default):
            break
        end -= 1
    for item in value[:end]:  # a loop, and names for what is common: no call for each item
        item_kind = type(item)
        if item_kind is str:
            parts.append(_escaped(item))
        elif item_kind is int:
            parts.append(_NUMBER(item))
        elif item is None or item_kind is bool:
            parts.append(_CONSTANTS[item])
        else:
            parts.append(_text(item))
    return ",".join(parts) + "]"


def decode(kind: type[T], data: bytes) -> T:
    """The value of a stored form, which has to be of that kind. Raises `NotReadableError`."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotReadableError(f"this is no JSON: {error}") from None
    try:
        value = from_json(document)
    except RecursionError:
        raise NotReadableError("this is nested deeper than anything that is stored") from None
    if not isinstance(value, kind):
        raise NotReadableError(f"this is not the stored form of a {kind.__name__}")
    return value


def digest(plan: Plan) -> str:
    """The name of a plan by its content. Line numbers are part of a plan, so moving lines changes it; where the main
    file lies is not, so one flow has one digest on every machine."""
    main = plan.files[0] if plan.files else ""
    plan = plan._replace(files=tuple([_seen_from(main, file) for file in plan.files]))
    return hashlib.sha256(encode(plan)).hexdigest()[:DIGEST_LENGTH]


def _seen_from(main: str, path: str) -> str:
    """A path as it is written beside the main file."""
    base, parts = main.replace("\\", "/").split("/")[:-1], path.replace("\\", "/").split("/")
    shared = 0
    while shared < min(len(base), len(parts) - 1) and base[shared] == parts[shared]:
        shared += 1
    return "/".join([".."] * (len(base) - shared) + parts[shared:])
