"""The file of a call that shows a finding: written by `check --strict --witnesses FOLDER`, played by
`run --witness FILE`.

One JSON object: `version`, `flow` (the path as it was given), `digest` of the compiled flow, `code`, `line`, `column`,
`message`, `call` (the lines for people) and `facts` (for the engine, in their stored form).
"""

import json
import os
from collections.abc import Sequence
from typing import NamedTuple, get_args

from flowlang.call import facts
from flowlang.call.facts import Fact
from flowlang.codec import NotReadableError, digest, from_json, to_json
from flowlang.diagnostics import Diagnostic
from flowlang.regular_file import MOST_WITNESS_BYTES
from flowlang.tools.files import read, read_bytes, read_flow
from flowlang.tools.options import UsageError

VERSION = 1
FACTS = get_args(facts.Fact)


class Witness(NamedTuple):
    """What such a file holds."""

    flow: str
    digest: str
    code: str
    line: int
    message: str
    facts: tuple[Fact, ...]


def save(found: Sequence[Diagnostic], folder: str) -> list[Diagnostic]:
    """Write a file for each finding that has a call, and note its path in the finding. Raises `UsageError`."""
    told: list[Diagnostic] = []
    digests = {flow: _digest(flow) for flow in {one.flow for one in found if one.facts}}
    names: dict[str, int] = {}
    try:
        os.makedirs(folder, exist_ok=True)
        for one in found:
            if not one.facts:
                told.append(one)
                continue
            path = os.path.join(folder, _name(one, names))
            _write(path, json.dumps(_plain(one, digests), ensure_ascii=False, indent=1) + "\n")
            told.append(one._replace(witness=path))
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror or error}") from None
    return told


def _digest(flow: str) -> str:
    """Of the flow as it is compiled now."""
    from flowlang.analysis.load import load as load_flow
    from flowlang.compiler.flow import compile_flow

    return digest(compile_flow(load_flow(read_flow(flow), read)))


def _name(one: Diagnostic, names: dict[str, int]) -> str:
    """`front_desk-12-stranded-caller.json`; a number behind it where that name is taken."""
    stem = os.path.basename(one.source.path).removesuffix(".flow")
    name = f"{stem}-{one.source.position(one.span.start).line}-{one.code}"
    names[name] = names.get(name, 0) + 1
    return f"{name}.json" if names[name] == 1 else f"{name}-{names[name]}.json"


def _write(path: str, text: str) -> None:
    unfinished = f"{path}.{os.getpid()}"
    with open(unfinished, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(unfinished, path)


def _plain(one: Diagnostic, digests: dict[str, str]) -> dict[str, object]:
    start = one.source.position(one.span.start)
    return {
        "version": VERSION,
        "flow": one.flow,
        "digest": digests[one.flow],
        "code": one.code,
        "line": start.line,
        "column": start.column,
        "message": one.message,
        "call": [{"actor": told.actor, "other": told.other, "text": told.text} for told in one.call],
        "facts": [to_json(fact) for fact in one.facts],
    }


def load(path: str) -> Witness:
    """Read such a file. Raises `UsageError` with one line."""
    try:
        document = json.loads(read_bytes(path, MOST_WITNESS_BYTES))
    except (ValueError, RecursionError):
        raise UsageError(f"{path} is no witness: it holds no JSON") from None
    if not isinstance(document, dict) or "facts" not in document:
        raise UsageError(f"{path} is no witness: write one with flowlang check --strict --witnesses FOLDER")
    if document.get("version") != VERSION:
        raise UsageError(f"{path} has version {document.get('version')}; this release knows {VERSION}: write it anew")
    texts = {name: document.get(name) for name in ("flow", "digest", "code", "message")}
    line = document.get("line")
    if not all(isinstance(value, str) for value in texts.values()) or not isinstance(line, int):
        raise UsageError(f"{path} is damaged: write it anew")
    return Witness(
        str(texts["flow"]), str(texts["digest"]), str(texts["code"]), line, str(texts["message"]),
        _facts(path, document["facts"]),
    )  # fmt: skip


def _facts(path: str, stored: object) -> tuple[Fact, ...]:
    try:
        found = [from_json(one) for one in stored] if isinstance(stored, list) else []
    except (NotReadableError, RecursionError):
        found = []
    if not found or not all(isinstance(one, FACTS) for one in found):
        raise UsageError(f"{path} is damaged: its facts cannot be read")
    return tuple([one for one in found if isinstance(one, FACTS)])
