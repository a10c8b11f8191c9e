"""`flowlang serve` while it runs: what it says at the start, the servers, signals, and the end."""

import os
import signal
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from typing import NamedTuple
from uuid import NAMESPACE_DNS, uuid5

import anyio
import httpx
from anyio.abc import TaskGroup

from flowlang import __version__
from flowlang.call.party import Party
from flowlang.loopback import is_loopback, keeps_secrets
from flowlang.runtime.memory import forget_seldom
from flowlang.runtime.near_tokens import NearTokens
from flowlang.runtime.own_thread import in_own_thread
from flowlang.runtime.tokens import Tokens
from flowlang.runtime.transport import TokenSource, near_mounts
from flowlang.scenario.simulated import identity_set
from flowlang.scenario.world import CALLER, TENANT
from flowlang.settings.clouds import CLOUDS
from flowlang.settings.model import Settings
from flowlang.settings.routes import Routes
from flowlang.sim_server.server import GraphServer
from flowlang.simulator.graph import SimulatedGraph
from flowlang.simulator.values import Knobs
from flowlang.store.base import StoreError
from flowlang.telemetry.logs import form_for, route_standard_logging
from flowlang.telemetry.seeing import Shown, Wanted, seeing
from flowlang.tools.options import UsageError, wrap
from flowlang.tools.serve_bots import Bot, path_of
from flowlang.tools.serve_flows import Loaded, Site, load_flows
from flowlang.tools.serve_house import Graph, House, Wish, house, wall_ms
from flowlang.tools.serve_http import address_of, listen, serving
from flowlang.tools.serve_settings import (
    Secrets,
    exposed_traces,
    keep_days,
    read_settings,
    secrets_of,
    site_of,
    sounds_of,
    split_address,
    switched_of,
    wanted_lines,
)
from flowlang.tools.serve_watch import watch_flows
from flowlang.tools.sim_people import People
from flowlang.tools.terminal import write

SIM_ADDRESS = "127.0.0.1:8060"
KEYS_SECONDS = 10.0
SIMULATED_APPLICATION = "11111111-2222-4333-8444-555555555555"
ONE_CALL_SECONDS = 120.0
LOOKS_SECONDS = 0.05


class Asked(NamedTuple):
    """The options of the command. Ports: None where none was asked for."""

    paths: tuple[str, ...]
    is_simulated: bool
    config: str
    store: str
    port: int | None
    admin_port: int | None
    sim_port: int | None
    one_call: str
    watches: bool
    keep_calls: str = ""


async def serve(asked: Asked) -> int:
    """Serve until a signal. Raises `UsageError` for what can be known before a call is taken."""
    given = read_settings(asked.config)
    site = site_of(given)
    loaded = load_flows(asked.paths, site)
    plans = {one.name: one.plan for one in loaded if one.plan is not None}
    if not plans:
        return _nothing_served(loaded)
    if asked.one_call and asked.one_call not in plans:
        raise UsageError(f"--one-call: there is no flow {asked.one_call}; there are {', '.join(plans)}")
    wanted = {asked.one_call: plans[asked.one_call]} if asked.one_call else plans
    missing = wanted_lines(given, wanted, is_simulated=asked.is_simulated)
    if not asked.is_simulated and (not given.settings.bots or given.settings.serve.public_url is None):
        said = "\n".join(["a real Graph needs settings; try --simulate without any", *[f"  {one}" for one in missing]])
        raise UsageError(said)
    secrets = secrets_of(given.settings, is_simulated=asked.is_simulated)
    if exposed := exposed_traces(given, os.environ):
        raise UsageError(str(exposed))
    forget_seldom()
    log = given.settings.log
    level = "warning" if asked.one_call else log.level
    shown = seeing(
        Wanted(log.form or form_for(sys.stderr), level, log.show_people, secrets.mask_key, log.traces), sys.stderr
    )
    back = route_standard_logging(shown.log)
    try:
        async with AsyncExitStack() as stack:
            start = Start(asked, given.settings, secrets, site, loaded, missing, shown, stack)
            return await (_simulated(start) if asked.is_simulated else _real(start))
    except StoreError as error:
        raise UsageError(str(error)) from None
    finally:
        back()
        shown.close()


class Start(NamedTuple):
    """All that is known when the servers start. `missing`: what the settings lack, to be told."""

    asked: Asked
    settings: Settings
    secrets: Secrets
    site: Site
    loaded: Sequence[Loaded]
    missing: Sequence[str]
    shown: Shown
    stack: AsyncExitStack

    @property
    def served(self) -> list[str]:
        return [one.name for one in self.loaded if one.plan is not None]

    def socket(self, address: str, port: int | None, option: str) -> socket.socket:
        """A socket at the settings' address, or at the port that was asked for. For one call any that is free will do:
        another service may run here."""
        host, usual = split_address(address)
        if port is None:
            port = 0 if self.asked.one_call else usual
        return self.stack.enter_context(listen(host, port, option))


class Sockets(NamedTuple):
    webhook: socket.socket
    admin: socket.socket


async def _simulated(start: Start) -> int:
    """Everything in this process, and a simulated Graph beside it."""
    asked, stack, at = start.asked, start.stack, start.settings.serve
    doors = Sockets(
        start.socket(at.listen, asked.port, "--port"), start.socket(at.admin, asked.admin_port, "--admin-port")
    )
    sim_socket = start.socket(SIM_ADDRESS, asked.sim_port, "--sim-port")
    url, sim_url = address_of(doors.webhook), address_of(sim_socket)
    knobs = Knobs(prompt_ms=-1, callee_answers_after_ms=2_000, takes_group_transfer=True)
    if asked.one_call:  # nobody listens, so nobody wants to wait
        knobs = knobs._replace(prompt_ms=200, callee_answers_after_ms=400)
    # beside calls that are kept the ids of new ones are others
    graph_inside = SimulatedGraph(wall_ms() if asked.store else 1, "live", knobs, webhook=f"{url}/callback")
    people = People(asked.paths, TENANT)
    server = GraphServer(
        graph_inside, SIMULATED_APPLICATION, people=people.known, fetches_prompts=True, heard=start.shown.log.warning
    )
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="flowlang-"))
    tasks = await _beside(stack)
    await stack.enter_async_context(serving(server.app, sim_socket))
    tasks.start_soon(server.run)
    client = await stack.enter_async_context(httpx.AsyncClient(mounts=near_mounts()))
    tokens = NearTokens(client, sim_url, SIMULATED_APPLICATION, "none")
    keys = keys_by(client, f"{sim_url}/v1/.well-known/OpenIdConfiguration")
    graph = Graph(sim_url, [Bot("simulated", SIMULATED_APPLICATION, TENANT, tokens)], keys)
    store = asked.store or os.path.join(folder, "calls.db")
    running = await _run(start, graph, doors, url, store)
    if not any(one.plan for one in running.flows_loaded):
        return _nothing_served(running.flows_loaded)
    _say_start(start, running.flows_loaded, [
        ("calls come in at", f"{url}/callback"),
        ("simulated Graph", f"{sim_url}   make a call: flowlang sim call --to {start.served[0]}"),
        ("admin API", f"{address_of(doors.admin)}   look: flowlang calls ls"),
        ("store", asked.store or "a file that goes when this ends; --store FILE keeps it"),
    ])  # fmt: skip

    async def deploy(loaded: Sequence[Loaded]) -> list[str]:
        with suppress(TimeoutError):
            await in_own_thread(people.again)
        return await running.deploy(loaded)

    if asked.watches and at.watch:
        tasks.start_soon(watch_flows, asked.paths, start.site, deploy, start.shown.log.debug, start.shown.log.warning)
    return await (_one_call(running, server, asked.one_call) if asked.one_call else _until_signal())


async def _real(start: Start) -> int:
    """On a real Graph, behind a proxy that speaks HTTPS."""
    asked, stack, settings = start.asked, start.stack, start.settings
    at, chosen = settings.serve, settings.graph
    doors = Sockets(
        start.socket(at.listen, asked.port, "--port"), start.socket(at.admin, asked.admin_port, "--admin-port")
    )
    cloud = CLOUDS[chosen.cloud]
    graph_url, login_url = chosen.url or cloud.graph_url, chosen.login_url or cloud.login_url
    client = await stack.enter_async_context(httpx.AsyncClient(timeout=KEYS_SECONDS, mounts=near_mounts()))
    bots: list[Bot] = []
    for name, one in settings.bots.items():
        secret = start.secrets.bots[name]
        tokens: TokenSource = Tokens(
            one.application_id, secret.reveal, login_url, graph_url, one.tenant_id, heard=start.shown.log.warning
        )
        if login_url.startswith("http:"):  # the settings take that for this machine only
            tokens = NearTokens(client, login_url, one.application_id, secret.reveal())
        path = path_of(name, is_only=len(settings.bots) == 1)
        bots.append(Bot(name, one.application_id, one.tenant_id, tokens, path, one.token_tenants))
    keys = keys_by(client, chosen.configuration_url or cloud.configuration_url)
    public_url, store = at.public_url or address_of(doors.webhook), asked.store or at.store
    tasks = await _beside(stack)
    graph = Graph(graph_url, bots, keys, (*cloud.issuers, *chosen.issuers))
    running = await _run(start, graph, doors, public_url, store)
    if not any(one.plan for one in running.flows_loaded):
        return _nothing_served(running.flows_loaded)
    here, *more = [f"{public_url}{one.path}/callback   as {one.name}, {one.application_id}" for one in bots]
    _say_start(start, running.flows_loaded, [
        ("calls come in at", here),
        *[("", one) for one in more],
        ("on this machine", address_of(doors.webhook)),
        ("Graph", graph_url),
        ("admin API", f"{address_of(doors.admin)}   look: flowlang calls ls"),
        ("store", store),
    ])  # fmt: skip
    if asked.watches and at.watch:
        tasks.start_soon(
            watch_flows, asked.paths, start.site, running.deploy, start.shown.log.debug, start.shown.log.warning
        )
    return await _until_signal()


async def _beside(stack: AsyncExitStack) -> TaskGroup:
    """What goes on beside the service. It ends after all that is put on the stack later: not before what is in hand
    has come to its end."""
    tasks = await stack.enter_async_context(anyio.create_task_group())
    stack.callback(tasks.cancel_scope.cancel)
    return tasks


async def _run(start: Start, graph: Graph, doors: Sockets, url: str, store: str) -> House:
    """The house and its two doors."""
    settings, served = start.settings, start.served
    answers: dict[str, tuple[str, ...]] = dict.fromkeys(served, ())
    for called, flow in settings.answers.items():
        answers[flow] = (*answers.get(flow, ()), called)
    wish = Wish(
        flows=start.loaded,
        store=store,
        public_url=url,
        load=lambda: load_flows(start.asked.paths, start.site),
        route=Routes(settings.answers, by_name=start.asked.is_simulated).flow_for,
        answers=answers,
        sounds=sounds_of(settings, start.secrets, store, is_simulated=start.asked.is_simulated),
        services=start.secrets.services,
        admin_tokens=start.secrets.admin_tokens,
        is_admin_on_loopback=is_loopback(split_address(settings.serve.admin)[0]),
        keep_days=keep_days(settings, start.asked.keep_calls),
        is_simulated=start.asked.is_simulated,
        switched=switched_of(settings),
        graph_version=settings.graph.version,
        consultative_on=settings.graph.consultative_on,
        flow_bots={name: one.bot for name, one in settings.flows.items() if one.bot},
    )
    running = await start.stack.enter_async_context(house(wish, graph, start.shown))
    await start.stack.enter_async_context(serving(running.admin, doors.admin))
    await start.stack.enter_async_context(serving(running.webhook, doors.webhook))
    start.stack.callback(running.desk.end_streams)  # first of all: the doors wait for streams to end
    return running


async def _until_signal() -> int:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            sys.stderr.write("flowlang: stopping; calls go on after the next start\n")
            return 0
    return 0


def _say_start(start: Start, loaded: Sequence[Loaded], lines: Sequence[tuple[str, str]]) -> None:
    good = [one.name for one in loaded if one.plan is not None]
    width = max(len(name) for name, _ in lines) + 2
    first = f"flowlang {__version__} serves {len(good)} flow{'s' if len(good) != 1 else ''}: {', '.join(good)}"
    said = [*wrap(first, 100), "", *[f"  {name:<{width}}{text}" for name, text in lines]]
    answers = start.settings.answers
    if answers:
        said += ["", "which flow answers:", *[f"  {called:<{width}}{flow}" for called, flow in answers.items()]]
    if len(good) > 1 and (start.asked.is_simulated or not answers):
        said += ["", "a call to the name of a flow is answered by that flow"]
    bad = [one for one in loaded if one.plan is None]
    if bad:
        said += ["", "not served:", *[f"  {not_served(one)}" for one in bad]]
    if start.missing:
        said += ["", "missing in the settings:", *[f"  {one}" for one in start.missing]]
    write("\n".join([*said, ""]) + "\n")
    sys.stdout.flush()


def _nothing_served(loaded: Sequence[Loaded]) -> int:
    sys.stderr.writelines(f"{not_served(one)}\n" for one in loaded if one.trouble)
    sys.stderr.write("flowlang: there is no flow that can be served\n")
    return 1


def not_served(one: Loaded) -> str:
    """Which file and why; the reason often begins with the place."""
    return one.trouble if one.trouble.startswith(one.path) else f"{one.path}: {one.trouble}"


# ---------------------------------------------------------------- the simulated Graph


def called_as(name: str) -> Party:
    """The account behind a name, when a simulated person dials it."""
    return Party("resource account", str(uuid5(NAMESPACE_DNS, name)), TENANT, name)


def keys_by(client: httpx.AsyncClient, configuration_url: str) -> Callable[[], Awaitable[object]]:
    """The keys by which notifications are signed, found by the page that names them."""

    async def keys() -> object:
        page = (await client.get(configuration_url)).json()
        keys_url = str(page["jwks_uri"])
        if not keeps_secrets(keys_url):  # else whoever is on the way could put keys of their own there
            raise ValueError(f"{configuration_url} names keys at an address that is not https://: {keys_url[:200]}")
        return (await client.get(keys_url)).json()

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
