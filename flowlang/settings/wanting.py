"""What the settings lack for the flows that are to be served, or name that is not there."""

from collections.abc import Iterator, Mapping
from typing import Any

from flowlang.loopback import is_loopback
from flowlang.plan import Defaults, Plan, Say
from flowlang.settings.model import Settings, duration_ms
from flowlang.settings.read import Mistake, Read
from flowlang.settings.routes import DEFAULT, key_of
from flowlang.syntax.suggest import nearest

_BOUNDS = (
    "answer", "ring", "redirect", "transfer", "transfer_longest", "invite", "accept", "menu", "gather", "record",
    "ask", "keep_alive",
)  # fmt: skip


def defaults_of(settings: Settings) -> Defaults:
    """The bounds that plans are compiled with."""
    given = settings.defaults
    found = Defaults(safety_net_prompt=given.safety_net_prompt, graph=settings.graph.version)
    texts = [(f"{name}_ms", getattr(given, name)) for name in _BOUNDS]
    bounds: dict[str, Any] = {name: duration_ms(text) for name, text in texts if text is not None}
    return found._replace(**bounds)


def wanting(read: Read, plans: Mapping[str, Plan], *, is_simulated: bool = False) -> list[Mistake]:
    """All of it, in no order. `plans`: those that are served, by their flows' names."""
    return [
        *_names(read, plans),
        *_services(read, plans),
        *_voice(read, plans, is_simulated),
        *_graph(read, is_simulated),
    ]


def refusing(read: Read) -> list[Mistake]:
    """What keeps the service from starting at all."""
    settings = read.settings
    host = settings.serve.admin.rpartition(":")[0].strip("[]")
    if is_loopback(host) or settings.admin_tokens:
        return []
    text = f"others than this machine reach the admin API at {host}, so it needs `admin_tokens:`"
    return [read.mistake(("serve", "admin"), text)]


def wanting_names(read: Read, plans: Mapping[str, Plan]) -> list[Mistake]:
    """The part of it that is about the file and a real Graph, and not about services and the voice."""
    return [*refusing(read), *_names(read, plans), *_graph(read, is_simulated=False)]


def _names(read: Read, plans: Mapping[str, Plan]) -> Iterator[Mistake]:
    """Flows and hours that the settings name have to be there."""
    settings = read.settings
    named = [(("answers", called), flow) for called, flow in settings.answers.items()]
    named += [(("flows", flow), flow) for flow in settings.flows]
    keys: dict[str, str] = {}
    for called in settings.answers:
        first = keys.setdefault(key_of(called), called)
        if first != called:
            yield read.mistake(("answers", called), f"this is {first} once more; the last line counts")
    for path, flow in named:
        if flow not in plans:
            yield read.mistake(path, f"no flow that can be served is called {flow}{_near(flow, plans)}")
    hours = {one.name for plan in plans.values() for one in plan.hours}
    for name in settings.hours:
        if name not in hours:
            yield read.mistake(("hours", name), f"no flow has hours {name}{_near(name, hours)}")


def _services(read: Read, plans: Mapping[str, Plan]) -> Iterator[Mistake]:
    for name in sorted({one for plan in plans.values() for one in plan.services}):
        if name not in read.settings.services:
            users = ", ".join(flow for flow, plan in plans.items() if name in plan.services)
            text = f"{users} uses the service {name}, which has no address: `services: {{{name}: {{url: https://…}}}}`"
            yield read.mistake(("services",), text)


def _voice(read: Read, plans: Mapping[str, Plan], is_simulated: bool) -> Iterator[Mistake]:
    speakers = [flow for flow, plan in plans.items() if any(isinstance(one.step, Say) for one in plan.places)]
    if speakers and read.settings.voice is None and not is_simulated:
        yield read.mistake(("voice",), f"{', '.join(speakers)} says something, and there is no voice: `voice: …`")


def _graph(read: Read, is_simulated: bool) -> Iterator[Mistake]:
    """What a real tenant needs."""
    if is_simulated:
        return
    settings = read.settings
    if not settings.bots:
        yield read.mistake(("bots",), "there is no application: `bots: {main: {application_id: …}}`")
    yield from _bots(read)
    if settings.serve.public_url is None:
        yield read.mistake(
            ("serve",), "`serve: public_url:` is missing: the address at which Graph reaches this service"
        )
    elif not settings.serve.public_url.startswith("https://") and not _is_near(settings):
        yield read.mistake(("serve", "public_url"), "Graph only calls https:// addresses")
    if not settings.answers:
        yield read.mistake(("answers",), f"no flow answers: `answers: {{{DEFAULT}: …}}`")


def _is_near(settings: Settings) -> bool:
    """Whether Graph is one on this machine, which is a simulated one."""
    return settings.graph.url is not None and settings.graph.url.startswith("http://")


def _bots(read: Read) -> Iterator[Mistake]:
    """Each application is there once, and those that flows name are there."""
    bots = read.settings.bots
    applications: dict[str, str] = {}
    for name, bot in bots.items():
        first = applications.setdefault(bot.application_id.lower(), name)
        if first != name:
            yield read.mistake(("bots", name, "application_id"), f"{first} is the same application")
    for flow, one in read.settings.flows.items():
        if one.bot and one.bot not in bots:
            yield read.mistake(("flows", flow, "bot"), f"there is no bot {one.bot}{_near(one.bot, set(bots))}")


def _near(name: str, known: Mapping[str, Plan] | set[str]) -> str:
    found = nearest(name, sorted(known))
    return f"; did you mean {found}?" if found else ""
