"""`flowlang sim serve`: a simulated Graph by itself, on loopback, until it is stopped."""

import signal
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from secrets import randbelow
from typing import Final, NamedTuple

from flowlang.printable import printable
from flowlang.tools.options import Given, UsageError
from flowlang.tools.sim import USUAL_PORT, USUAL_WEBHOOK
from flowlang.tools.terminal import write

LOOPBACK: Final = "127.0.0.1"
NO_ROLES: Final = "none"
DRAWN: Final = 1_000_000
"""Seeds below are drawn where none is given: a Graph that is started anew must not give the ids of calls that the
service beside it knows already."""
SIMULATED_APPLICATION: Final = "11111111-2222-4333-8444-555555555555"


class Asked(NamedTuple):
    """The options of the command."""

    port: int
    webhook: str
    seed: int
    is_nasty: bool
    profile: str
    application_id: str
    tenant_id: str
    cloud: str
    people: tuple[str, ...]
    fetches_prompts: bool
    roles: tuple[str, ...] | None


def main(given: Given) -> int:
    """Serve until it is stopped; the answer is the exit code."""
    try:
        import anyio
    except ModuleNotFoundError:
        raise UsageError("sim serve needs more packages: pip install 'flowlang[serve]'") from None
    asked = asked_of(given)
    try:
        return anyio.run(_serve, asked)
    except BaseExceptionGroup as group:
        raise _first(group) from None
    finally:
        sys.stdout.flush()


def asked_of(given: Given) -> Asked:
    """Raises `UsageError`."""
    webhook = given.one("webhook", USUAL_WEBHOOK)
    if not webhook.startswith(("http://", "https://")):
        raise UsageError(f"--webhook is an address such as {USUAL_WEBHOOK}, not {webhook}")
    return Asked(
        _whole(given.one("port", USUAL_PORT), "--port", 65_535),
        webhook,
        _whole(given.one("seed") or str(randbelow(DRAWN)), "--seed", 1 << 62),
        given.has("nasty"),
        given.one("profile", "live"),
        given.one("application", SIMULATED_APPLICATION),
        given.one("tenant"),
        given.one("cloud", "public"),
        given.many("people"),
        given.has("fetch-prompts"),
        _roles(given.one("roles")) if given.has("roles") else None,
    )


def _roles(text: str) -> tuple[str, ...]:
    from flowlang.sim_server.wishes import WrongError, roles_of

    names = tuple([name for one in text.split(",") if (name := one.strip()) and name != NO_ROLES])
    try:
        return roles_of(names)
    except WrongError as error:
        raise UsageError(f"--roles: {error}") from None


def _whole(text: str, option: str, most: int) -> int:
    if not text.isdecimal() or len(text) > 20 or int(text) > most:
        raise UsageError(f"{option} is a number from 0 to {most}, not {text}")
    return int(text)


async def _serve(asked: Asked) -> int:
    import anyio

    from flowlang.scenario.world import TENANT
    from flowlang.sim_server.access import Access
    from flowlang.sim_server.keys import CLOUDS
    from flowlang.sim_server.server import GraphServer
    from flowlang.simulator.graph import SimulatedGraph
    from flowlang.simulator.values import Knobs
    from flowlang.tools.serve_http import address_of, listen, serving
    from flowlang.tools.sim_people import people_of

    people = people_of(asked.people, asked.tenant_id or TENANT)
    knobs = (Knobs.nasty() if asked.is_nasty else Knobs.calm())._replace(takes_group_transfer=True)
    if asked.fetches_prompts:
        knobs = knobs._replace(prompt_ms=-1)
    graph = SimulatedGraph(asked.seed, "docs" if asked.profile == "docs" else "live", knobs, webhook=asked.webhook)
    server = GraphServer(
        graph, asked.application_id, cloud=CLOUDS[asked.cloud], people=lambda: people,
        tenant_id=asked.tenant_id or TENANT, fetches_prompts=asked.fetches_prompts, heard=_hear,
    )  # fmt: skip
    if asked.roles is not None:
        server.stage.access = Access(asked.roles)
    async with AsyncExitStack() as stack:
        on = stack.enter_context(listen(LOOPBACK, asked.port, "--port"))
        tasks = await stack.enter_async_context(anyio.create_task_group())
        await stack.enter_async_context(serving(server.app, on))
        tasks.start_soon(server.run)
        _say_start(asked, address_of(on), people)
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for _ in signals:
                break
        tasks.cancel_scope.cancel()
    return 0


def _hear(text: str) -> None:
    sys.stderr.write(f"{printable(text)}\n")
    sys.stderr.flush()


def _say_start(asked: Asked, url: str, people: Mapping[str, object]) -> None:
    kind = f"profile {asked.profile}, seed {asked.seed}{', nasty' if asked.is_nasty else ''}"
    lines = [
        ("Graph", f"{url}/v1.0 and {url}/beta   {kind}"),
        ("tokens", f"{url}/TENANT/oauth2/v2.0/token   any client, any secret{_said(asked.roles)}"),
        ("keys", f"{url}/v1/.well-known/OpenIdConfiguration"),
        ("calls go to", f"{asked.webhook}   for application {asked.application_id}"),
        ("control", f"{url}/sim   make a call: flowlang sim call --to NAME"),
    ]
    if people:
        lines.append(("people", ", ".join(people)))
    told = [f"  {name:<13}{text}" for name, text in lines]
    write("\n".join(["a simulated Graph; nobody is really called", "", *told, ""]) + "\n")
    sys.stdout.flush()


def _said(roles: tuple[str, ...] | None) -> str:
    return "" if roles is None else f"; roles: {', '.join(roles) or 'none'}"


def _first(group: BaseExceptionGroup) -> BaseException:
    """The one that says what is wrong."""
    one: BaseException = group
    while isinstance(one, BaseExceptionGroup):
        one = one.exceptions[0]
    return one
