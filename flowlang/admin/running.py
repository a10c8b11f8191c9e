"""The routes about what answers: flows and their versions, and hours that an operator opened or closed."""

from typing import Annotated

from fastapi import APIRouter, Body, Path

from flowlang.admin.acts import FlowName
from flowlang.admin.doors import ACTING, LOOKING, Inside, Operator, Reader, audited, seen_by
from flowlang.admin.shapes import FlowsRead, FlowView, HoursOrder, HoursView, ReadOrder, ShareOrder, VersionOrder

router = APIRouter(tags=["flows"])

ALL_CALLS = ReadOrder()
HoursName = Annotated[str, Path(max_length=200, examples=["office"])]


@router.get(
    "/v1/flows",
    operation_id="list_flows",
    response_description="The flows.",
    summary="Flows and their versions",
    responses=LOOKING,
)
async def list_flows(house: Inside, person: Reader) -> list[FlowView]:
    """Which flows there are, which numbers they answer, and which versions are in use."""
    return [seen_by(person, one) for one in await house.desk.flows()]


@router.post(
    "/v1/flows/read",
    operation_id="read_flows",
    response_description="What came of it.",
    summary="Look at the flow files now",
    responses=ACTING,
)
async def read_flows(house: Inside, person: Operator, order: Annotated[ReadOrder, Body()] = ALL_CALLS) -> FlowsRead:
    """What is good and has changed takes new calls, all of them or a share; what is not keeps its old version. The
    service does so by itself when files change, unless it was told not to."""
    detail = {"percent": str(order.percent)}
    return await audited(house, person, "read flows", "", detail, lambda: house.desk.read_flows(order.percent))


@router.post(
    "/v1/flows/{flow}/activate",
    operation_id="activate_version",
    response_description="The flow as it is now.",
    summary="Use a version",
    responses=ACTING,
)
async def activate_version(house: Inside, person: Operator, flow: FlowName, order: VersionOrder) -> FlowView:
    """New calls go to this version. Calls in flight keep theirs."""
    detail = {"flow": flow, "version": order.digest}
    return await audited(
        house, person, "activate", "", detail, lambda: house.desk.activate(flow, order.digest, person.name)
    )


@router.post(
    "/v1/flows/{flow}/rollback",
    operation_id="roll_back",
    response_description="The flow as it is now.",
    summary="Back to the version before",
    responses=ACTING,
)
async def roll_back(house: Inside, person: Operator, flow: FlowName) -> FlowView:
    """New calls go to the version that was in use before this one. Again, and they go to the one before that."""
    return await audited(
        house, person, "roll back", "", {"flow": flow}, lambda: house.desk.roll_back(flow, person.name)
    )


@router.put(
    "/v1/flows/{flow}/share",
    operation_id="share_version",
    response_description="The flow as it is now.",
    summary="A share of the calls",
    responses=ACTING,
)
async def share_version(house: Inside, person: Operator, flow: FlowName, order: ShareOrder) -> FlowView:
    """So many of a hundred new calls go to this version, the others to the one in use."""
    detail = {"flow": flow, "version": order.digest, "percent": str(order.percent)}
    return await audited(
        house, person, "share", "", detail, lambda: house.desk.share(flow, order.digest, order.percent, person.name)
    )


@router.get(
    "/v1/hours", operation_id="list_hours", response_description="The hours.", summary="What is open", responses=LOOKING
)
async def list_hours(house: Inside, _person: Reader) -> list[HoursView]:
    """Every hours that a flow in use names: open or closed, by whose word, and when they change next."""
    return await house.desk.hours()


@router.put(
    "/v1/hours/{name}",
    operation_id="set_hours",
    response_description="Those hours, for each flow that names them.",
    summary="Open or close by hand",
    responses=ACTING,
)
async def set_hours(house: Inside, person: Operator, name: HoursName, order: HoursOrder) -> list[HoursView]:
    """Open or close until a time, or until it is taken back. It counts from the next news of a call on."""
    until = order.until.isoformat() if order.until is not None else "taken back"
    detail = {"hours": name, "is_open": "yes" if order.is_open else "no", "until": until}
    return await audited(house, person, "hours", "", detail, lambda: house.desk.set_hours(name, order, person.name))


@router.delete(
    "/v1/hours/{name}",
    operation_id="clear_hours",
    response_description="Those hours, for each flow that names them.",
    summary="Take it back",
    responses=ACTING,
)
async def clear_hours(house: Inside, person: Operator, name: HoursName) -> list[HoursView]:
    """The plan of the flow counts again."""
    return await audited(
        house,
        person,
        "hours",
        "",
        {"hours": name, "is_open": "by plan"},
        lambda: house.desk.clear_hours(name, person.name),
    )
