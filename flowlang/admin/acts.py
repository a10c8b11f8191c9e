"""The routes that act on calls and on what is kept about people. Each act is audited."""

from typing import Annotated

from fastapi import APIRouter, Body, Path

from flowlang.admin.doors import ACTING, LOOKING, Inside, Operator, audited
from flowlang.admin.shapes import Erased, FactOrder, PersonExport, PersonOrder, StartOrder, Taken, TransferOrder
from flowlang.call.spelling import hidden

router = APIRouter()

ExactId = Annotated[str, Path(description="The call's whole id.", max_length=300)]
FlowName = Annotated[str, Path(max_length=200, examples=["reception"])]
NO_VALUES = StartOrder()


@router.post(
    "/v1/calls/{call_id:path}/hangup",
    operation_id="hang_up_call",
    response_description="The order is on the disk.",
    tags=["calls"],
    summary="Hang up",
    status_code=202,
    responses=ACTING,
)
async def hang_up_call(house: Inside, person: Operator, call_id: ExactId) -> Taken:
    """End the call. A step that cannot be taken back, such as a transfer, is waited for first; if it succeeds the call
    is over anyway. Where the store cannot be written Graph is told at once: `is_direct`."""
    return await audited(house, person, "hang up", call_id, {}, lambda: house.desk.hang_up(call_id, person.name))


@router.post(
    "/v1/calls/{call_id:path}/transfer",
    operation_id="transfer_call",
    response_description="The order is on the disk.",
    tags=["calls"],
    summary="Transfer by hand",
    status_code=202,
    responses=ACTING,
)
async def transfer_call(house: Inside, person: Operator, call_id: ExactId, order: TransferOrder) -> Taken:
    """Hand the caller over, blind. The flow stops what it does. While a transfer is under way this one waits, and is
    dropped if that succeeds. When this transfer fails the flow's `on transfer failed` and `on failed` handlers run;
    where there are none the flow begins its stage, or the call, anew."""
    detail = {"target": f"{order.kind} {hidden(order.id)}"}
    return await audited(
        house, person, "transfer", call_id, detail, lambda: house.desk.transfer(call_id, order, person.name)
    )


@router.post(
    "/v1/calls/{call_id:path}/facts",
    operation_id="inject_fact",
    response_description="The fact is on the disk.",
    tags=["calls"],
    summary="Inject a fact",
    status_code=202,
    responses=ACTING,
)
async def inject_fact(house: Inside, person: Operator, call_id: ExactId, order: FactOrder) -> Taken:
    """Only where Graph is simulated: tell a call something that did not happen."""
    detail = {"fact": str(order.fact[:1])}
    return await audited(house, person, "inject", call_id, detail, lambda: house.desk.inject(call_id, order.fact))


@router.post(
    "/v1/calls/{call_id:path}/retry",
    operation_id="retry_call",
    response_description="The call goes on.",
    tags=["calls"],
    summary="Let a parked call go on",
    status_code=202,
    responses=ACTING,
)
async def retry_call(house: Inside, person: Operator, call_id: ExactId) -> Taken:
    """What broke it is tried again; when it breaks again the call is parked again."""
    return await audited(house, person, "retry", call_id, {}, lambda: house.desk.retry(call_id))


@router.post(
    "/v1/flows/{flow}/start",
    operation_id="start_flow",
    response_description="The start is on the disk.",
    tags=["flows"],
    summary="Start a flow",
    status_code=202,
    responses=ACTING,
)
async def start_flow(
    house: Inside, person: Operator, flow: FlowName, order: Annotated[StartOrder, Body()] = NO_VALUES
) -> Taken:
    """Begin a flow that has `on start`, now or later. The answer names the new call."""
    detail = {"flow": flow, "values": ", ".join(order.values), "after_seconds": str(order.after_seconds)}
    return await audited(house, person, "start", "", detail, lambda: house.desk.start(flow, order))


# ---------------------------------------------------------------- people


@router.post(
    "/v1/people/export",
    operation_id="export_person",
    response_description="Everything that was found.",
    tags=["people"],
    summary="What is kept about a person",
    responses=LOOKING,
)
async def export_person(house: Inside, person: Operator, order: PersonOrder) -> PersonExport:
    """Every call in which that number or identifier occurs, with session, journal and the names of recordings. Nothing
    is masked. A POST, so that the number is in no access log."""
    return await audited(house, person, "export", "", {"who": hidden(order.who)}, lambda: house.desk.export(order.who))


@router.post(
    "/v1/people/erase",
    operation_id="erase_person",
    response_description="It is erased.",
    tags=["people"],
    summary="Erase what is kept about a person",
    responses=ACTING,
)
async def erase_person(house: Inside, person: Operator, order: PersonOrder) -> Erased:
    """Remove every call in which that number or identifier occurs, however it is written, with all that belongs to it:
    what was recorded, and the sound of what only these callers were told. Their place in the database is overwritten,
    and a copy that an update left beside it is removed if the person is in it. Calls in flight are left alone and
    named: hang them up, and erase again. Log files, backups and other copies of the database are not touched. 503:
    what it says is still to be done; ask again."""
    return await audited(house, person, "erase", "", {"who": hidden(order.who)}, lambda: house.desk.erase(order.who))
