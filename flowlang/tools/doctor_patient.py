"""What a doctor is told of a service, and the probes that come of it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple

from flowlang.tools import doctor_here as here
from flowlang.tools import doctor_private as private
from flowlang.tools.doctor_lines import Line, Probe, skipped
from flowlang.tools.doctor_private import Private
from flowlang.tools.permissions import Group

FLOWS_SECONDS: Final = 60.0
VOICE_SECONDS: Final = here.SPEAK_SECONDS + 2
WAY_SECONDS: Final = 30.0
TOKEN_SECONDS: Final = 15.0
LOGIN: Final = "https://login.microsoftonline.com"
GRAPH: Final = "https://graph.microsoft.com"
KEYS: Final = "https://api.aps.skype.com/v1/keys"


class Other(NamedTuple):
    """A further application of the service. `path`: what stands before `/callback` in its addresses."""

    application_id: str
    tenant_id: str
    secret: str
    path: str

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Other(application_id={self.application_id!r}, …)"


class Patient(NamedTuple):
    """The service as it is set up. What is empty was not said, and what needs it is not looked at.

    `secret` is used and never shown. `host`, `port`: where the service listens; a proxy leads from `public_url` to it.
    `path`: see `Other`. `voice`: the command for `say`, or `voice_url` a service. `services`: names that have an
    address; None: not said. The addresses are other ones in other clouds. `prompts`: where those are looked for that
    are not beside their flow. `settings`: what there is to say of the file itself. `private`: what others should
    not read. `admin`: what there is to say of tokens and port of the admin API.
    """

    application_id: str = ""
    tenant_id: str = ""
    secret: str = ""
    public_url: str = ""
    store_path: str = ""
    host: str = "127.0.0.1"
    port: int = 0
    voice: tuple[str, ...] = ()
    services: Collection[str] | None = None
    login_url: str = LOGIN
    graph_url: str = GRAPH
    keys_url: str = KEYS
    path: str = ""
    others: tuple[Other, ...] = ()
    voice_url: str = ""
    voice_headers: Mapping[str, str] = {}
    voice_language: str = ""
    prompts: str = ""
    settings: tuple[Line, ...] = ()
    private: tuple[Private, ...] = ()
    admin: tuple[Line, ...] = ()

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Patient(application_id={self.application_id!r}, tenant_id={self.tenant_id!r}, …)"


def probes_of(flows: Sequence[str], patient: Patient) -> list[Probe]:
    """What is looked at, in the order in which it is told."""
    groups = _needs(flows)
    return [
        Probe("Python", here.python),
        Probe("packages", here.packages),
        Probe("settings", lambda: patient.settings),
        Probe("flows", lambda: here.flows(flows, patient.prompts), FLOWS_SECONDS),
        Probe("services", lambda: _services(groups, patient)),
        Probe("voice", lambda: _voice(groups, patient), VOICE_SECONDS),
        Probe("prompts", lambda: _prompts(flows), WAY_SECONDS),
        Probe("store", lambda: _store(patient)),
        Probe("files", lambda: private.files(patient.store_path, patient.private)),
        Probe("admin", lambda: _admin(patient), WAY_SECONDS),
        Probe("callback", lambda: _way_in(patient), WAY_SECONDS),
        *_way_out(patient, groups),
    ]


def _services(groups: Sequence[Group], patient: Patient) -> list[Line]:
    if patient.services is None and any("the address of the service" in one.any_of[0] for one in groups):
        return [_not_said("services", "--service NAME")]
    return here.services(groups, patient.services or ())


def _voice(groups: Sequence[Group], patient: Patient) -> list[Line]:
    if not patient.voice_url or not here.needs_voice(groups):
        return here.voice(groups, patient.voice, patient.voice_language)
    from flowlang.tools import doctor_far as far

    return far.voice(patient.voice_url, patient.voice_headers, patient.voice_language)


def _prompts(flows: Sequence[str]) -> list[Line]:
    from flowlang.tools import doctor_far as far

    return far.prompts(here.prompt_addresses(flows))


def _store(patient: Patient) -> list[Line]:
    from flowlang.store.schema import VERSION

    return here.store(patient.store_path, VERSION) if patient.store_path else [_not_said("store", "--store FILE")]


def _admin(patient: Patient) -> list[Line]:
    from flowlang.tools import doctor_far as far

    if not patient.admin:
        return [skipped("admin", "nothing is known of it: it is set up in the settings")]
    return [*patient.admin, *(far.admin_outside(patient.public_url) if patient.public_url else [])]


def _way_in(patient: Patient) -> list[Line]:
    """One after the other: the second may listen at the port that the first looks at."""
    from flowlang.tools import doctor_far as far

    if not patient.port:
        return [_not_said("callback", "--listen PORT")]
    at = (patient.host, patient.port)
    lines = here.port(*at, lambda: far.is_served(*at, patient.application_id, patient.path))
    if not patient.public_url or not patient.application_id:
        return [*lines, _not_said("callback", "--public URL and --application ID")]
    all_of_them = [(patient.application_id, patient.path), *[(one.application_id, one.path) for one in patient.others]]
    for application_id, path in all_of_them:
        lines += far.callback(patient.public_url, application_id, *at, path)
    return lines


def _way_out(patient: Patient, groups: Sequence[Group]) -> list[Probe]:
    from flowlang.tools import doctor_far as far

    who = far.Identity(
        patient.tenant_id,
        patient.application_id,
        patient.secret,
        patient.login_url,
        patient.graph_url,
        patient.keys_url,
    )

    def token() -> list[Line]:
        if not patient.tenant_id or not patient.application_id:
            return [_not_said("token", "--tenant ID and --application ID")]
        return far.token_and_roles(who, groups)

    def token_of(other: Other) -> Callable[[], list[Line]]:
        its_own = who._replace(tenant_id=other.tenant_id, application_id=other.application_id, secret=other.secret)
        return lambda: [line for line in far.token_and_roles(its_own, groups) if line.about != "clock"]

    return [
        Probe("token", token, TOKEN_SECONDS),
        *[Probe("token", token_of(one), TOKEN_SECONDS) for one in patient.others],
        Probe("Graph", lambda: far.graph(who), TOKEN_SECONDS),
        Probe("keys", lambda: far.keys(who), TOKEN_SECONDS),
    ]


def _not_said(about: str, option: str) -> Line:
    return skipped(about, f"nothing is known of it: say it in the settings, or with {option}")


def _needs(flows: Sequence[str]) -> list[Group]:
    """What the flows need, as far as they can be read; `flows` tells of the others."""
    from flowlang.tools.files import flow_files, read_flow
    from flowlang.tools.permissions import grouped

    return grouped([read_flow(file) for file in flow_files(tuple(flows))])[0]
