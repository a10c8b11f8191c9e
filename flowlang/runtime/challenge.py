"""A question that only this service can answer, at an address below the webhook's: `GET /callback/challenge/NONCE`.

`flowlang doctor` asks it through the public address, so it sees whether what Graph posts would arrive here, and not at
some other server. The answer tells nothing: it is made of the nonce and the application's id, which is no secret.
"""

import hashlib
import hmac
import re
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PATH: Final = "/callback/challenge/"
NONCE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{15,63}")  # never a number, which would be a leg's


def answer_of(application_id: str, nonce: str) -> str:
    """What the service of that application answers."""
    return hmac.new(application_id.lower().encode(), f"flowlang:{nonce}".encode(), hashlib.sha256).hexdigest()


def challenge_routes(application_id: str) -> list[Route]:
    """For the application that has the webhook's routes; before them or after them makes no difference."""

    async def challenge(request: Request) -> Response:
        nonce = str(request.path_params["nonce"])
        if not NONCE.fullmatch(nonce):
            return Response(status_code=404)
        headers = {"Cache-Control": "no-store"}
        return JSONResponse({"answer": answer_of(application_id, nonce)}, headers=headers)

    return [Route(PATH + "{nonce}", challenge, methods=["GET"])]
