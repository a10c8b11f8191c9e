"""`flowlang serve` while it runs: what it says at the start, the servers, signals, and the end."""

import gc
import os
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import NamedTuple
from uuid import NAMESPACE_DNS, uuid5

import anyio
import httpx

from flowlang import __version__
from flowlang.call.facts import Incoming
from flowlang.call.party import Party
from flowlang.runtime.auth import Expected
from flowlang.runtime.graph_server import GraphServer
from flowlang.runtime.transport import PlainTokens
from flowlang.scenario.simulated import identity_set
from flowlang.scenario.world import CALLER, TENANT
from flowlang.simulator.graph import SimulatedGraph
from flowlang.simulator.values import Knobs
from flowlang.store.base import StoreError
from flowlang.telemetry.logs import form_for, route_standard_logging
from flowlang.telemetry.seeing import Shown, Wanted, seeing
from flowlang.tools.options import UsageError
from flowlang.tools.serve_flows import Loaded, load_flows
from flowlang.tools.serve_house import Graph, House, Wish, house, wall_ms
from flowlang.tools.serve_http import address_of, listen, serving
from flowlang.tools.serve_watch import watch_flows
from flowlang.tools.terminal import write

LOOPBACK = "127.0.0.1"
SIMULATED_APPLICATION = "11111111-2222-4333-8444-555555555555"
ONE_CALL_SECONDS = 120.0
LOOKS_SECONDS = 0.05


class Asked(NamedTuple):
    """The options of the command."""

    paths: tuple[str, ...]
    is_simulated: bool
    config: str
    store: str
    port: int
    admin_port: int
    sim_port: int
    one_call: str
    watches: bool


async def serve(asked: Asked) -> int:
    """Serve until a signal. Raises `UsageError` for what can be known before a call is taken."""
    loaded = load_flows(asked.paths)
    served = [one.name for one in loaded if one.plan is not None]
    if not served:
        for one in loaded:
            sys.stderr.write(f"{one.path} is not served: {one.trouble}\n")
        sys.stderr.write("flowlang: there is no flow that can be served\n")
        return 1
    if asked.one_call and asked.one_call not in served:
        raise UsageError(f"--one-call: there is no flow {asked.one_call}; there are {', '.join(served)}")
    gc.freeze()  # what is there now stays; and what calls make is soon forgotten, or kept for long
    gc.set_threshold(50_000, 20, 100)
    shown = seeing(Wanted(form_for(sys.stderr), "warning" if asked.one_call else "info"), sys.stderr)
    back = route_standard_logging(shown.log)
    try:
        async with AsyncExitStack() as stack:
            return await _simulated(asked, loaded, served, shown, stack)
    except StoreError as error:
        raise UsageError(str(error)) from None
    finally:
        back()
        shown.close()


def by_name(names: Sequence[str]) -> Callable[[Incoming], str | None]:
    """Without settings, the flow whose name is called answers; where there is one only, it answers every call."""

    def route(fact: Incoming) -> str | None:
        if fact.called.name in names:
            return fact.called.name
        return names[0] if len(names) == 1 else None

    return route


async def _simulated(
    asked: Asked, loaded: Sequence[Loaded], served: list[str], shown: Shown, stack: AsyncExitStack
) -> int:
    webhook_socket = stack.enter_context(listen(LOOPBACK, asked.port, "--port"))
    admin_socket = stack.enter_context(listen(LOOPBACK, asked.admin_port, "--admin-port"))
    sim_socket = stack.enter_context(listen(LOOPBACK, asked.sim_port, "--sim-port"))
    url, admin_url, sim_url = address_of(webhook_socket), address_of(admin_socket), address_of(sim_socket)
    knobs = Knobs(prompt_ms=200, callee_answers_after_ms=400, takes_group_transfer=True)
    server = GraphServer(SimulatedGraph(1, "live", knobs, webhook=f"{url}/callback"), SIMULATED_APPLICATION)
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="flowlang-"))
    store = asked.store or os.path.join(folder, "calls.db")
    tasks = await stack.enter_async_context(anyio.create_task_group())
    await stack.enter_async_context(serving(server.app, sim_socket))
    tasks.start_soon(server.run)
    client = await stack.enter_async_context(httpx.AsyncClient())
    wish = Wish(
        loaded, store, SIMULATED_APPLICATION, url, by_name(served), {name: (name,) for name in served},
        is_simulated=True,
    )  # fmt: skip
    graph = Graph(
        sim_url,
        PlainTokens(simulated_tokens(client, sim_url)),
        simulated_keys(client, sim_url),
        Expected((SIMULATED_APPLICATION,)),
    )
    running = await stack.enter_async_context(house(wish, graph, shown))
    await stack.enter_async_context(serving(running.admin, admin_socket))
    await stack.enter_async_context(serving(running.webhook, webhook_socket))
    _say_start(loaded, [
        ("calls come in at", f"{url}/callback"),
        ("simulated Graph", f"{sim_url}   make a call: flowlang sim call --to {served[0]}"),
        ("admin API", f"{admin_url}   look: flowlang calls ls"),
        ("store", store if asked.store else "a file that goes when this ends; --store FILE keeps it"),
    ])  # fmt: skip
    if asked.watches:
        tasks.start_soon(watch_flows, asked.paths, running.deploy, shown.log.info)
    code = await (_one_call(running, server, asked.one_call) if asked.one_call else _until_signal())
    tasks.cancel_scope.cancel()
    return code


async def _until_signal() -> int:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            sys.stderr.write("flowlang: stopping; calls go on after the next start\n")
            return 0
    return 0


def _say_start(loaded: Sequence[Loaded], lines: Sequence[tuple[str, str]]) -> None:
    good = [one for one in loaded if one.plan is not None]
    width = max(len(name) for name, _ in lines) + 2
    said = [f"flowlang {__version__} serves {len(good)} flow{'s' if len(good) != 1 else ''}", ""]
    said += [f"  {name:<{width}}{text}" for name, text in lines]
    bad = [one for one in loaded if one.plan is None]
    if bad:
        said += ["", "not served:", *[f"  {one.path}: {one.trouble}" for one in bad]]
    write("\n".join([*said, ""]) + "\n")
    sys.stdout.flush()


# ---------------------------------------------------------------- the simulated Graph


def called_as(name: str) -> Party:
    """The account behind a name, when a simulated person dials it."""
    return Party("resource account", str(uuid5(NAMESPACE_DNS, name)), TENANT, name)


def simulated_tokens(client: httpx.AsyncClient, url: str) -> Callable[[str], Awaitable[str]]:
    """Tokens of the simulated Graph, fetched over HTTP as from the real one."""
    known: dict[str, str] = {}

    async def token(tenant: str) -> str:
        if tenant not in known:
            form = {"grant_type": "client_credentials", "client_id": SIMULATED_APPLICATION, "client_secret": "none"}
            answer = await client.post(f"{url}/{tenant or 'common'}/oauth2/v2.0/token", data=form)
            known[tenant] = f"Bearer {answer.json()['access_token']}"
        return known[tenant]

    return token


def simulated_keys(client: httpx.AsyncClient, url: str) -> Callable[[], Awaitable[object]]:
    """The keys by which its notifications are signed."""

    async def keys() -> object:
        page = (await client.get(f"{url}/v1/.well-known/OpenIdConfiguration")).json()
        return (await client.get(page["jwks_uri"])).json()

    return keys


async def _one_call(running: House, server: GraphServer, flow: str) -> int:
    """One call comes in, goes through the flow, and is drawn."""
    graph = server.graph
    graph.incoming_call(wall_ms(), identity_set(CALLER, TENANT), identity_set(called_as(flow), TENANT), (), TENANT)
    with anyio.move_on_after(ONE_CALL_SECONDS):
        while True:
            over = await running.service.in_store(running.store.calls, 1, over=True)
            if over and not graph.legs_up():
                write(await running.desk.ladder(over[0].call_id) + "\n")
                return 0
            await anyio.sleep(LOOKS_SECONDS)
    sys.stderr.write(f"flowlang: the call was not over after {ONE_CALL_SECONDS:.0f} s\n")
    return 1
