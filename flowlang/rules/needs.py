"""What has to be there before a flow can go live: roles of the application, a number, settings of the tenant.

Roles: Graph's pages of each operation, "Permissions" (application). Graph looks at most of them when a call is made or
answered. Pages print some names in the plural; tokens have the singular.
"""

from typing import Final, Literal

from flowlang.named_tuple import NamedTuple
from flowlang.rules.flow import Flow, Owner, StepAt
from flowlang.rules.group_calls import GROUP, kinds_of_owner
from flowlang.source import Source, Span
from flowlang.syntax import ast

CALL: Final = "Calls.Initiate.All"
GROUP_CALL: Final = "Calls.InitiateGroupCall.All"
JOIN: Final = "Calls.JoinGroupCall.All"
GUEST: Final = "Calls.JoinGroupCallAsGuest.All"
MEDIA: Final = "Calls.AccessMedia.All"

ROLES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "transfer": ("a transfer", (CALL,)),
    "redirect": ("a redirect", (CALL,)),
    "call": ("a call of its own", (CALL,)),
    "consult": ("a consult", (CALL,)),
    "join": ("joining a meeting", (JOIN, GUEST)),
    "invite": ("an invitation", (GROUP_CALL,)),
    "remove": ("removing a participant", (JOIN, GUEST)),
    "hold": ("holding a participant", (JOIN, GUEST)),
    "resume": ("resuming a participant", (JOIN, GUEST)),
    "record": ("a recording", (MEDIA,)),
    "menu": ("hearing keys", (MEDIA,)),
    "gather": ("hearing keys", (MEDIA,)),
    "play": ("playing sound", (CALL, MEDIA)),
    "say": ("playing sound", (CALL, MEDIA)),
    "mute": ("muting itself", (CALL, MEDIA)),
    "unmute": ("muting itself", (CALL, MEDIA)),
    "hang up": ("hanging up", (CALL, MEDIA)),
}
"""By step: what it is called, and the roles of which one is enough."""

Kind = Literal["role", "number", "tenant", "graph", "operator"]
DIALLING = ("transfer", "redirect", "consult", "call", "invite")

NUMBER: Final = "a resource account of the application, with a phone number and a licence to call out"
OWN_NUMBER: Final = "a resource account of the application that has this number"
REMOVE_POLICY: Final = "the right to remove participants (Set-CsApplicationMeetingConfiguration)"
BETA: Final = "Graph beta"
CALLING: Final = "calling switched on for the bot, with the address of the webhook"


class Need(NamedTuple):
    """One thing that a place of a flow needs. `any_of`: one of these is enough; roles, or one sentence.

    why: what needs it, as a subject ("a transfer"). is_sure: False where it depends on what is dialled at run time.
    """

    kind: Kind
    any_of: tuple[str, ...]
    why: str
    source: Source
    span: Span
    is_sure: bool = True


def needs_of(flow: Flow) -> list[Need]:
    """Everything that a flow needs, in the order of its files; one entry for each place."""
    found = [need for owner in flow.handlers() for need in _of_handler(flow, owner)]
    found += _tenants(flow)
    takers = flow.handlers("incoming", "answered") if not flow.handlers("start") else flow.handlers("incoming")
    if takers:
        found.append(Need("operator", (CALLING,), "taking calls", takers[0].unit.source, takers[0].head))
    for at in flow.steps:
        source, span, word = at.source, at.step.span, at.word
        if word in ROLES:
            why, roles = ROLES[word]
            found.append(Need("role", roles, why, source, span))
        if word == "consult" and at.step.accepting is not None:
            found.append(Need("role", (MEDIA,), "hearing keys", source, span))
        if word == "answer" and kinds_of_owner(flow, at.owner) == GROUP:
            found.append(Need("role", (JOIN, GUEST), "answering a group call", source, span))
        if word == "remove":
            found.append(Need("tenant", (REMOVE_POLICY,), "removing a participant", source, span))
        if at.step.without_forwarding:
            found.append(Need("graph", (BETA,), "`without forwarding`", source, span))
        if word in DIALLING and at.step.targets is not None:
            parameters = at.owner.routine.parameters if at.owner.routine else ()
            for target in at.step.targets.items:
                if not (isinstance(target.who, ast.Path) and target.who.names[:1] in [(p.text,) for p in parameters]):
                    found += _of_target(flow, target, source)  # what a parameter stands for, `do` says
        if word == "do":
            found += _of_arguments(flow, at)
        if word in ("ask", "notify") and at.step.service is not None:
            name = at.step.service.text
            found.append(Need("operator", (f"the address of the service {name}",), word, source, span))
        if word == "say":
            found.append(Need("operator", ("a voice",), "say", source, span))
    return sorted(found, key=lambda need: (need.source is not flow.main.source, need.source.path, need.span.start))


def _of_handler(flow: Flow, owner: Owner) -> list[Need]:
    handler = owner.handler
    if handler is None:
        return []
    found = []
    if handler.event.word == "tone":
        found.append(Need("role", (MEDIA,), "hearing keys", owner.unit.source, owner.head))
    for target in handler.called.items if handler.called else ():
        party = _party(flow, target.who)
        if isinstance(party, ast.Party) and party.kind == "phone":
            found.append(Need("number", (OWN_NUMBER,), "a call to this number", owner.unit.source, target.span))
    return found


def _of_target(flow: Flow, target: ast.Target, source: Source) -> list[Need]:
    if isinstance(target.who, ast.Path) and len(target.who.names) == 1:
        group = flow.group(target.who.names[0])
        if group is not None:
            inside = [need for member in group.members for need in _of_target(flow, member, source)]
            return [need._replace(span=target.span) for need in dict.fromkeys(inside)][:1]
    party = _party(flow, target.who)
    if isinstance(party, ast.Party):
        is_phone = party.kind == "phone"
        return [Need("number", (NUMBER,), "a call to a phone number", source, target.span)] if is_phone else []
    if isinstance(party, ast.Voicemail):
        return [Need("tenant", (f"a voicemail for {party.of.text}",), "a voicemail as target", source, target.span)]
    return [Need("number", (NUMBER,), "whoever is dialled here, if it is a phone number", source, target.span, False)]


def _of_arguments(flow: Flow, at: StepAt) -> list[Need]:
    """Whom a routine is given that dials its parameters."""
    routine = flow.routine(at.step.name.text) if at.step.name else None
    if routine is None or routine.routine is None:
        return []
    dialled = _dialled(flow, routine, ())
    own = [p.text for p in at.owner.routine.parameters] if at.owner.routine else []
    found = []
    for parameter, argument in zip(routine.routine.parameters, at.step.arguments, strict=False):
        who = argument.value
        is_passed_on = isinstance(who, ast.Path) and who.names and who.names[0] in own
        if parameter.text in dialled and isinstance(who, ast.Path | ast.Party) and not is_passed_on:
            found += _of_target(flow, ast.Target(who, None, None, who.span), at.source)
    return found


def _dialled(flow: Flow, routine: Owner, above: tuple[int, ...]) -> set[str]:
    """The names that a routine dials, itself or in a routine that it hands them to."""
    found: set[str] = set()
    for at in flow.steps_in(routine):
        if at.word in DIALLING and at.step.targets is not None:
            paths = [target.who for target in at.step.targets.items if isinstance(target.who, ast.Path)]
            found |= {path.names[0] for path in paths if path.names}
        inner = flow.routine(at.step.name.text) if at.word == "do" and at.step.name else None
        if inner is None or inner.routine is None or inner.number in above:
            continue
        deeper = _dialled(flow, inner, (*above, routine.number))
        for parameter, argument in zip(inner.routine.parameters, at.step.arguments, strict=False):
            if parameter.text in deeper and isinstance(argument.value, ast.Path) and argument.value.names:
                found.add(argument.value.names[0])
    return found


def _party(flow: Flow, who: ast.Path | ast.Party | ast.Voicemail) -> ast.Path | ast.Party | ast.Voicemail:
    if isinstance(who, ast.Path) and len(who.names) == 1:
        contact = flow.contact(who.names[0])
        return contact.value if contact is not None else who
    return who


def _tenants(flow: Flow) -> list[Need]:
    """Each tenant that the flow names, once: the roles need the consent of its administrator."""
    found: dict[str, Need] = {}
    for unit in flow.units:
        for item in unit.file.items:
            party = item.value if isinstance(item, ast.Contact) else None
            tenant = party.tenant if isinstance(party, ast.Party) else None
            if tenant is not None and tenant.text:
                what = f"the roles granted by the administrator of tenant {tenant.text.lower()}"
                found.setdefault(what, Need("tenant", (what,), "somebody of that tenant", unit.source, tenant.span))
    return list(found.values())
