"""A simulated Graph with people in it: which request belongs to which call, how it turns out, and what happened."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import anyio

from flowlang.sim_server.access import Access
from flowlang.sim_server.people import Agenda, Known, Placed, identity, is_anybody
from flowlang.sim_server.post import Posted
from flowlang.sim_server.story import ENDING_ACTS, Ending, Family, Line, Stories, ending, told
from flowlang.sim_server.wishes import Coming
from flowlang.simulator.calls import identity_of
from flowlang.simulator.errors import GraphError
from flowlang.simulator.graph import SimulatedGraph
from flowlang.simulator.paths import Route, route
from flowlang.simulator.values import CallView, Json, Knobs, Outcome, Profile, Script
from flowlang.wire.http import HttpRequest, HttpResponse, header

SLOW_SECONDS: Final = 5.0
MOST_COMPLAINTS: Final = 1_000
MOST_KEPT_BYTES: Final = 20_000  # of the body of a request; of a longer one only its line is told
LAST_WORD_MS: Final = 3_000  # a last notification that is not on its way by then never will be
UNUSUAL: Final = tuple([name for name in Knobs._fields if name.endswith("_of_thousand")] + ["longest_delay_ms"])


class Complaint(NamedTuple):
    """A notification that was not taken as it should be."""

    at_ms: int
    call_id: str
    url: str
    status: int
    text: str


class NoCallError(LookupError):
    """There is no such call; the message is one sentence."""


class Stage:
    """`graph` may be replaced by `renew`. access: what tokens for requests say. heard: is told, in a line, what a
    person should know of. waiting: how many wait for news."""

    def __init__(
        self, graph: SimulatedGraph, clock_ms: Callable[[], int], known: Known, tenant_id: str,
        usual_caller: Json, heard: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.graph, self.clock_ms, self.known, self.tenant_id = graph, clock_ms, known, tenant_id
        self._usual_caller, self.heard = usual_caller, heard
        self.access = Access()
        self.agenda, self.stories = Agenda(), Stories()
        self.complaints: deque[Complaint] = deque(maxlen=MOST_COMPLAINTS)
        self._ended_ms: dict[str, int] = {}
        self._news: anyio.Event | None = None
        self.is_over = False
        self.waiting = 0

    # ------------------------------------------------------------ requests

    def request(self, request: HttpRequest) -> HttpResponse | None:
        """A request arrives; None: the connection is cut."""
        where = _where(request)
        body = _object(request.body)
        family = self._family(request, where)
        placed = family.placed if family is not None else None
        rest = self.graph.script
        self.graph.script = _Choosing(rest, placed, body, self.known)
        try:
            answer = self.graph.request(request, self.clock_ms())
        finally:
            self.graph.script = rest
        if where is not None:
            self._note(where, request.body, answer, family)
        return answer

    def _family(self, request: HttpRequest, where: Route | None) -> Family | None:
        """The call that a request is about. A leg that is made names it by `scenario-id`; else it is for the latest
        call that somebody placed and that is up."""
        if where is None:
            return None
        if where.operation != "create":
            return self._family_of(where.call_id.lower())
        named = self.stories.of_chain(header(request, "scenario-id") or "")
        return named or next((one for one in self.stories.latest() if one.placed and self._is_up(one.root)), None)

    def _family_of(self, call_id: str) -> Family | None:
        """The story of a call, begun if nobody told of it yet; None where there is no such call."""
        family = self.stories.of(call_id)
        if family is None and (view := self.graph.call(call_id)) is not None:
            family = self.stories.begin(Family(view.id, None, view.peer), view.chain_id)
        return family

    def _note(self, where: Route, sent: bytes, answer: HttpResponse | None, family: Family | None) -> None:
        body, kept = _object(sent), sent if len(sent) <= MOST_KEPT_BYTES else b""
        status = answer.status if answer is not None else 0
        said = _object(answer.body) if answer is not None else {}
        call_id = where.call_id.lower()
        if where.operation == "create" and status == 201:
            call_id = str(said["id"])
            if family is not None:
                self.stories.join(call_id, family)
        family = family or self._family_of(call_id)
        if family is None:
            return
        now_ms = self.clock_ms()
        trouble = "the connection was cut" if answer is None else ""
        if status >= 400:
            error = said.get("error", {})
            trouble = f"{error.get('code', '')} {error.get('message', '')}".strip()
        text = " ".join([where.operation, *_names(body)])
        self.tell(family, Line(now_ms, call_id or family.root, "request", text, status, trouble, body=kept))
        if 200 <= status < 300:
            if where.operation in ENDING_ACTS:
                family.last_act[call_id] = where.operation
            if family.placed is not None:
                self.agenda.taken(family.placed, call_id, where.operation, str(said.get("id", "")), now_ms)

    def tell(self, family: Family, line: Line) -> None:
        """One more line of a story; whoever waits for news wakes up."""
        family.add(line)
        self._wake()

    def close(self) -> None:
        """Whoever waits for news goes on, and nobody waits any more."""
        self.is_over = True
        self._wake()

    def _wake(self) -> None:
        if self._news is not None:
            self._news.set()
            self._news = None

    async def news(self) -> None:
        """Returns at the next line of any story, or when the server stops."""
        if self._news is None:
            self._news = anyio.Event()
        self.waiting += 1
        try:
            await self._news.wait()
        finally:
            self.waiting -= 1

    # ------------------------------------------------------------ notifications

    def posted(self, graph: SimulatedGraph, posted: Posted) -> None:
        """What became of a notification of that graph."""
        delivery, now_ms = posted.delivery, self.clock_ms()
        graph.acknowledge(delivery, posted.status, now_ms)
        if graph is not self.graph:
            return
        trouble = _trouble(posted)
        items = json.loads(delivery.body)["value"]
        text = told(items)
        if trouble:
            self.complaints.append(Complaint(now_ms, delivery.call_id, delivery.url, posted.status, trouble))
            self.heard(f"the notification {text!r} to {delivery.url}: {trouble}")
        family = self._family_of(delivery.call_id)
        if family is None:
            return
        for item in items:
            self._heard(family, delivery.call_id, item, now_ms)
        self.tell(family, Line(now_ms, delivery.call_id, "notification", text, posted.status, trouble))

    def _heard(self, family: Family, call_id: str, item: Json, now_ms: int) -> None:
        """What a notification says to those who wait for it."""
        if str(item.get("changeType", "")).lower() != "deleted":
            return
        place = str(item.get("resourceUrl") or item.get("resource") or "").strip("/").split("/")
        if "operations" not in place:
            family.heard_end.add(call_id)
        elif family.placed is not None:
            self.agenda.sound_over(family.placed, call_id, place[-1], now_ms)

    # ------------------------------------------------------------ people

    def next_ms(self) -> int | None:
        """When something is due."""
        due = [one for one in (self.graph.next_due(), self.agenda.next_ms()) if one is not None]
        return min(due, default=None)

    def act(self, now_ms: int) -> None:
        """People do what is due."""
        for act in self.agenda.due(now_ms):
            if not self._is_up(act.call_id):
                continue
            if act.key:
                self.press(act.call_id, act.key, now_ms)
            else:
                self.hang_up(act.call_id, now_ms)

    def place(self, coming: Coming) -> str:
        """A call comes in; its id."""
        known, tenant_id = self.known(), coming.tenant_id or self.tenant_id
        group = [identity(name, known, tenant_id) for name in coming.group]
        usual = group[0] if group else self._usual_caller
        source = identity(coming.caller, known, tenant_id) if coming.caller else usual
        target = identity(coming.to, {}, tenant_id, "applicationInstance")  # an account, whatever contacts are called
        others = [one for one in group if identity_of(one) != identity_of(source)]
        now_ms = self.clock_ms()
        call_id = self.graph.incoming_call(now_ms, source, target, others, tenant_id, is_group=bool(group))
        view = self.graph.call(call_id)
        assert view is not None
        placed = Placed(call_id, coming.wish)
        family = self.stories.begin(Family(call_id, placed, shown(source), coming.to), view.chain_id)
        self.tell(family, Line(now_ms, call_id, "person", f"{family.caller} calls {coming.to}"))
        for name in coming.wish.picks_up or ():
            if known and not is_anybody(name, known):
                trouble = f"nobody is known by that name; known are {', '.join(known)}"
                self.tell(family, Line(now_ms, call_id, "person", f"{name} is to pick up", 0, trouble))
        self.agenda.placed(placed, now_ms)
        return call_id

    def press(self, call_id: str, key: str, now_ms: int) -> None:
        """Somebody on that call presses a key. Raises ValueError for what is none."""
        self.graph.press(call_id, key, now_ms)
        self._person(call_id, now_ms, f"presses {key}")

    def hang_up(self, call_id: str, now_ms: int) -> None:
        if self._is_up(call_id):
            self.graph.hang_up(call_id, now_ms)
            family = self._family_of(call_id)
            if family is not None:
                family.last_act[call_id] = "hang up"
            self._person(call_id, now_ms, "hangs up")

    def _person(self, call_id: str, now_ms: int, text: str) -> None:
        family = self._family_of(call_id)
        if family is not None:
            self.tell(family, Line(now_ms, call_id, "person", text))

    # ------------------------------------------------------------ looking

    def find_up(self, name: str) -> CallView:
        """As `find`, but a call that is not over."""
        view = self.find(name)
        if view.state == "ended":
            raise NoCallError("no call is up" if name.lower() == "latest" else f"the call {view.id} is over")
        return view

    def find(self, name: str) -> CallView:
        """A call by its id, the beginning of it, or `latest`: the latest that is up and is no leg of another, or was.
        Raises `NoCallError`."""
        wanted = name.lower()
        exact = self.graph.call(wanted)
        if exact is not None:
            return exact
        views = self.graph.calls()
        if wanted == "latest":
            roots = [view for view in views if self._is_root(view.id)]
            up = [view for view in roots if view.state != "ended"]
            if not roots:
                raise NoCallError("there was no call yet")
            return (up or roots)[-1]
        found = [view for view in views if view.id.startswith(wanted)]
        if len(found) != 1:
            raise NoCallError(f"{len(found) or 'no'} calls begin with {name}" if name else "an id is wanted")
        return found[0]

    def _is_root(self, call_id: str) -> bool:
        family = self.stories.of(call_id)
        return family is None or family.root == call_id

    def _is_up(self, call_id: str) -> bool:
        view = self.graph.call(call_id)
        return view is not None and view.state != "ended"

    def family(self, view: CallView) -> Family:
        found = self._family_of(view.id)
        assert found is not None
        return found

    def ending(self, view: CallView) -> Ending | None:
        return ending(view, self.family(view).last_act.get(view.id, ""))

    def is_told(self, view: CallView) -> bool:
        """Whether the call is over and the application was told so, as far as it ever will be."""
        if view.state != "ended":
            return False
        now_ms = self.clock_ms()
        ended_ms = self._ended_ms.setdefault(view.id, now_ms)
        return view.id in self.family(view).heard_end or now_ms - ended_ms > LAST_WORD_MS

    # ------------------------------------------------------------ anew

    def renew(self, seed: int, profile: Profile, nasty: bool | None) -> SimulatedGraph:
        """Another Graph without any calls. nasty: None leaves it as it is."""
        old = self.graph
        knobs = old.knobs
        if nasty is not None:
            chosen = Knobs.nasty() if nasty else Knobs.calm()
            knobs = knobs._replace(**{name: getattr(chosen, name) for name in UNUSUAL})
        self.graph = SimulatedGraph(seed, profile, knobs, webhook=old.webhook)
        self.graph.stirred = old.stirred
        self.agenda, self.stories = Agenda(), Stories()
        self.complaints.clear()
        self._ended_ms.clear()
        old.stirred()
        return self.graph


class _Choosing(Script):
    """For one request: first what is wished for its call, then what holds for all."""

    __slots__ = ("_body", "_known", "_placed", "_rest")

    def __init__(self, rest: Script, placed: Placed | None, body: Json, known: Known) -> None:
        super().__init__()
        self._rest, self._placed, self._body, self._known = rest, placed, body, known

    def take(self, operation: str) -> Outcome | None:
        chosen = None if self._placed is None else self._placed.outcome(operation, self._body, self._known())
        return chosen if chosen is not None else self._rest.take(operation)

    def unused(self) -> tuple[tuple[str, Outcome], ...]:
        return self._rest.unused()


def _where(request: HttpRequest) -> Route | None:
    try:
        return route(request.method, request.path)
    except GraphError:
        return None


def _object(data: bytes) -> Json:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _names(body: Json) -> list[str]:
    """Whom a request calls, invites, or hands the caller over to."""
    found: list[object] = []
    for name in ("targets", "participants"):
        value = body.get(name)
        found += value if isinstance(value, list) else []
    found.append(body.get("transferTarget"))
    return [shown(one["identity"]) for one in found if isinstance(one, dict) and isinstance(one.get("identity"), dict)]


def shown(identity_set: Mapping[str, Json]) -> str:
    """A person's name, else number or identifier."""
    kind, id_ = identity_of(dict(identity_set))
    if not kind:
        return "nobody"
    return str(identity_set[kind].get("displayName") or ("anonymous" if kind == "encrypted" else id_))


def _trouble(posted: Posted) -> str:
    if posted.trouble:
        return posted.trouble
    if posted.status != 202:
        return f"the answer was {posted.status}, not 202"
    slow = posted.took_seconds > SLOW_SECONDS
    return f"the answer took {posted.took_seconds:.1f} s" if slow else ""
