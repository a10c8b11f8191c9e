"""What every route shares: who asks, what may they do, and the line in the audit log for each act."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Annotated, Final, NamedTuple, TypeVar

from fastapi import Depends, HTTPException, Request, Security
from fastapi.security import HTTPBearer

from flowlang.admin.access import Access, Person
from flowlang.admin.audit import Audit
from flowlang.admin.desk import Desk, DeskError
from flowlang.admin.masking import masked_view
from flowlang.admin.shapes import Problem, Taken

T = TypeVar("T")

NOT_IN_FILE: Final = "the audit log cannot be written: its lines are on the standard error of the service"
NEEDS_ONE: Final = "a token is needed: Authorization: Bearer …"


class House(NamedTuple):
    """What the application was made with."""

    desk: Desk
    access: Access
    audit: Audit


def house_of(request: Request) -> House:
    house = request.app.state.house
    assert isinstance(house, House)
    return house


_BEARER = HTTPBearer(auto_error=False, description="A token of the service's settings.")


def reader(request: Request, _scheme: Annotated[object, Security(_BEARER)] = None) -> Person:
    """Anybody with a token."""
    person = house_of(request).access.person(request.headers.get("authorization"))
    if person is None:
        raise HTTPException(401, NEEDS_ONE, {"WWW-Authenticate": "Bearer"})
    return person


async def operator(request: Request, person: Annotated[Person, Depends(reader)]) -> Person:
    """Somebody who may act. Who tries without is written down."""
    if person.role != "operator":
        call_id = str(request.path_params.get("call_id", ""))
        detail = {"request": f"{request.method} {request.url.path}"}
        await house_of(request).audit(person.name, "denied", call_id, detail)
        raise HTTPException(403, f"{person.name} is a reader; this needs an operator")
    return person


Reader = Annotated[Person, Depends(reader)]
Operator = Annotated[Person, Depends(operator)]
Inside = Annotated[House, Depends(house_of)]


def seen_by(person: Person, view: T) -> T:
    """What they may see of it."""
    return view if person.sees_numbers else masked_view(view)


async def audited(
    house: House, person: Person, what: str, call_id: str, detail: dict[str, str], act: Callable[[], Awaitable[T]]
) -> T:
    """Write down that it is asked for, do it, and write down what came of it.

    Without the first line nothing is done. A disk that is full just then cannot undo an act, so the second may lack.
    Where the lines stand on the standard error, whoever asked is told.
    """
    is_in_file = await house.audit(person.name, what, call_id, {**detail, "outcome": "asked"})
    outcome = "broken"
    try:
        done = await act()
        outcome = "done directly" if isinstance(done, Taken) and done.is_direct else "taken"
    except DeskError as error:
        outcome = error.code
        raise
    finally:
        with suppress(OSError):
            await house.audit(person.name, what, call_id, {**detail, "outcome": outcome})
    if not is_in_file and isinstance(done, Taken):
        return done.model_copy(update={"note": f"{done.note}; {NOT_IN_FILE}" if done.note else NOT_IN_FILE})
    return done


def _told(text: str) -> dict[str, object]:
    return {"model": Problem, "description": text}


def as_problem(responses: Mapping[int | str, dict[str, object]]) -> dict[int | str, dict[str, object]]:
    """The same for a route that gives no JSON: its errors are JSON all the same, which has to be spelled out."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}}
    return {status: {"description": told["description"], "content": content} for status, told in responses.items()}


LOOKING: Final[dict[int | str, dict[str, object]]] = {
    400: _told("The request cannot be read."),
    401: _told("No token, or an unknown one."),
    403: _told("Not with this role, or not from this page."),
    413: _told("Too long."),
    422: _told("The request makes no sense."),
    503: _told("The store cannot do it now. Nothing was done; try again."),
}
ONE: Final = {**LOOKING, 404: _told("There is no such thing.")}
ACTING: Final = {**ONE, 409: _told("It is there, but this cannot be done now.")}
FINDING: Final = {**ONE, 409: _told("The beginning of an id fits several calls, or there is nothing to show.")}
