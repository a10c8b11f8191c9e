"""`flowlang run --format json`: one object, described in docs/reference/json.md. Its shape is numbered by `VERSION`."""

import json
from collections.abc import Mapping
from typing import Final

from flowlang.call.trace import Trace
from flowlang.ladder.words import sentence
from flowlang.plan import Plan
from flowlang.printable import printable_json
from flowlang.scenario.loop import Outcome
from flowlang.scenario.world import World
from flowlang.tools.sentences import NAMELESS, end_sentence, legs_of, more_sentences, party_name

VERSION: Final = 1

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def run_json(
    plan: Plan, flow: str, seed: int, world: World, outcome: Outcome, names: Mapping[str, str] = NAMELESS
) -> str:
    """The whole call as JSON text. `names`: see `party_name`."""
    result = outcome.ending.result
    ended: Json = None
    if result is not None:
        ended = {"code": result.code, "subcode": result.subcode, "message": result.message}
    whole: dict[str, Json] = {
        "version": VERSION,
        "flow": flow,
        "seed": seed,
        "result": outcome.ending.word,
        "ended": ended,
        "said": [end_sentence(plan, outcome, names), *more_sentences(plan, outcome, world)],
        "legs": [
            {
                "leg": leg.number,
                "name": leg.name,
                "party": party_name(leg.party, names) if leg.party is not None else "",
            }
            for leg in legs_of(plan, outcome, world)
        ],
        "requests": _requests(outcome),
        "trace": [_line(plan, entry.at_ms, entry.trace) for entry in outcome.entries],
    }
    return printable_json(json.dumps(whole, ensure_ascii=False, indent=2)) + "\n"


def _requests(outcome: Outcome) -> list[Json]:
    requests: list[Json] = []
    for exchange in sorted(outcome.exchanges, key=lambda e: (e.sent_ms, e.number)):
        body: Json = json.loads(exchange.request.body) if exchange.request.body else None
        requests.append(
            {
                "at_seconds": exchange.sent_ms / 1000,
                "leg": exchange.leg,
                "method": exchange.request.method,
                "path": exchange.request.path,
                "body": body,
                "status": exchange.status or None,
            }
        )
    return requests


def _line(plan: Plan, at_ms: int, trace: Trace) -> Json:
    file, line = place_of(plan, trace)
    return {
        "at_seconds": at_ms / 1000,
        "kind": trace.code,
        "leg": trace.leg if trace.leg >= 0 else None,
        "text": sentence(trace),
        "file": file,
        "line": line,
    }


def place_of(plan: Plan, trace: Trace) -> tuple[str | None, int | None]:
    """File and line of the flow that a line of the trace belongs to."""
    if trace.code in ("handler", "instant"):
        handler = plan.handlers[int(trace.facts[1])]
        file, line = handler.file, handler.line
    elif trace.place >= 0:
        file, line = plan.places[trace.place].file, plan.places[trace.place].line
    else:
        return None, None
    return (plan.files[file], line) if line else (None, None)
