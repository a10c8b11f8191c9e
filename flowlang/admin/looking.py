"""The routes that only look: calls, one call, its ladder and journal, health, figures, the stream of events."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse

from flowlang.admin.desk import Desk, Wanted
from flowlang.admin.doors import FINDING, LOOKING, Inside, Operator, Reader, as_problem, audited, seen_by
from flowlang.admin.masking import masked_ladder, masked_view
from flowlang.admin.shapes import (
    CallDetail,
    CallPage,
    CallState,
    EventView,
    Figures,
    Health,
    JournalPage,
    RecordingView,
)
from flowlang.admin.telling import discreet

router = APIRouter()

CallId = Annotated[
    str,
    Path(description="The call's id, or an unambiguous beginning of it.", max_length=300, examples=["2d5c1f0a"]),
]
MOST = 200
EVENT_STREAM = "text/event-stream"


@router.get(
    "/v1/calls",
    operation_id="list_calls",
    response_description="The calls, the latest first.",
    tags=["calls"],
    summary="The latest calls",
    responses=LOOKING,
)
async def list_calls(
    house: Inside,
    person: Reader,
    state: Annotated[CallState | None, Query(description="Only these; without it live and over ones.")] = None,
    flow: Annotated[str, Query(max_length=200, description="Only calls that this flow answers.")] = "",
    who: Annotated[str, Query(max_length=64, description="Only calls of this number or identifier.")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    before: Annotated[str, Query(max_length=40, description="`next` of the page before.")] = "",
) -> CallPage:
    """The latest first. What is said of a call is as the store knows it at this moment."""
    return seen_by(person, await house.desk.calls(Wanted(state, flow, who, limit, before)))


@router.get(
    "/v1/calls/{call_id:path}/ladder",
    operation_id="get_ladder",
    response_description="The ladder.",
    tags=["calls"],
    summary="A call as a ladder",
    response_class=PlainTextResponse,
    responses=as_problem(FINDING),
)
async def get_ladder(house: Inside, person: Reader, call_id: CallId) -> PlainTextResponse:
    """Who said what to whom, as text, with the lines of the flow that caused it."""
    ladder = f"{await house.desk.ladder(call_id)}\n"
    return PlainTextResponse(ladder if person.sees_numbers else masked_ladder(ladder))


@router.get(
    "/v1/calls/{call_id:path}/journal",
    operation_id="get_journal",
    response_description="The facts, in order.",
    tags=["calls"],
    summary="The facts of a call",
    responses=FINDING,
)
async def get_journal(
    house: Inside,
    person: Reader,
    call_id: CallId,
    after: Annotated[int, Query(ge=0, le=2**62, description="`next` of the page before.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> JournalPage:
    """Everything the call was told, in order. The engine gives the same call again from it. Readers do not see which
    keys were pressed, nor what services answered."""
    page = await house.desk.journal(call_id, after, limit)
    if person.sees_numbers:
        return page
    return seen_by(person, page.model_copy(update={"entries": tuple([discreet(one) for one in page.entries])}))


@router.get(
    "/v1/calls/{call_id:path}/recording",
    operation_id="get_recording",
    response_description="The recording.",
    tags=["calls"],
    summary="A call to play again",
    responses=FINDING,
)
async def get_recording(house: Inside, person: Operator, call_id: CallId) -> RecordingView:
    """The plan that the call goes through, everything it was told, and everything that was asked for: what `flowlang
    replay` needs. Nothing is masked, so it is for operators and stands in the audit log."""
    return await audited(house, person, "recording", call_id, {}, lambda: house.desk.recording(call_id))


@router.get(
    "/v1/calls/{call_id:path}",
    operation_id="get_call",
    response_description="The call.",
    tags=["calls"],
    summary="One call",
    responses=FINDING,
)
async def get_call(house: Inside, person: Reader, call_id: CallId) -> CallDetail:
    """Where it stands, its legs, what it waits for. Readers do not see the values of variables."""
    found = await house.desk.call(call_id)
    return found if person.sees_numbers else seen_by(person, found.model_copy(update={"variables": {}}))


# ---------------------------------------------------------------- service


@router.get(
    "/v1/figures",
    operation_id="get_figures",
    response_description="The figures.",
    tags=["service"],
    summary="How much there is",
    responses=LOOKING,
)
async def get_figures(house: Inside, _person: Reader) -> Figures:
    """How many calls there are, and how much waits."""
    return await house.desk.figures()


@router.get(
    "/health/live",
    operation_id="get_live",
    response_description="It is alive.",
    tags=["service"],
    summary="Is the process alive",
)
async def get_live() -> Health:
    """Answers as long as the process does anything at all. No token needed."""
    return Health(is_ok=True)


@router.get(
    "/health/ready",
    operation_id="get_ready",
    response_description="It takes calls.",
    tags=["service"],
    summary="Can it take calls",
    response_model=Health,
    responses={503: {"model": Health, "description": "Not now; the checks say why."}},
)
async def get_ready(house: Inside) -> Response:
    """Whether calls can be taken: 200 or 503, with each check. The store is tried: a small write that is on the disk,
    once a second at most. If that takes more than two seconds it is 503. No token needed, so no check says anything
    secret."""
    health = await house.desk.health()
    return JSONResponse(health.model_dump(mode="json"), 200 if health.is_ok else 503)


@router.get(
    "/v1/events",
    operation_id="stream_events",
    tags=["service"],
    summary="What happens, as it happens",
    response_class=StreamingResponse,
    responses={**as_problem(LOOKING), 200: {"content": {EVENT_STREAM: {}}, "description": "Each one an `EventView`."}},
)
async def stream_events(
    house: Inside,
    person: Reader,
    last_event_id: Annotated[str, Header(description="Go on after this event.", max_length=20)] = "",
) -> StreamingResponse:
    """A stream that does not end. A listener that was away goes on with `Last-Event-ID`; what is too old is a `gap`."""
    after = int(last_event_id) if last_event_id.isascii() and last_event_id.isdecimal() else -1
    lines = _lines(house.desk, after, is_masked=not person.sees_numbers)
    return StreamingResponse(lines, media_type=EVENT_STREAM, headers={"Cache-Control": "no-store"})


async def _lines(desk: Desk, after: int, *, is_masked: bool) -> AsyncIterator[str]:
    yield ": here\n\n"
    async for event in desk.events(after):
        yield _line(event, is_masked=is_masked)


def _line(event: EventView | None, *, is_masked: bool) -> str:
    if event is None:
        return ": still here\n\n"
    seen = masked_view(event) if is_masked else event
    return f"id: {event.number}\nevent: {event.kind}\ndata: {seen.model_dump_json()}\n\n"
