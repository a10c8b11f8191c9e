"""What a doctor is told of a service, and the probes that come of it."""

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from flowlang.tools import doctor_here as here
from flowlang.tools.doctor_lines import Line, Probe, skipped
from flowlang.tools.permissions import Group

FLOWS_SECONDS: Final = 60.0
VOICE_SECONDS: Final = here.SPEAK_SECONDS + 2
WAY_SECONDS: Final = 30.0
TOKEN_SECONDS: Final = 15.0
LOGIN: Final = "https://login.microsoftonline.com"
GRAPH: Final = "https://graph.microsoft.com"
KEYS: Final = "https://api.aps.skype.com/v1/keys"


class Patient(NamedTuple):
    """The service as it is set up. What is empty was not said, and what needs it is not looked at.

    `secret` is used and never shown. `host`, `port`: where the service listens; a proxy leads from `public_url` to it.
    `voice`: the command for `say`. `services`: names that have an address; None: not said. The addresses are other
    ones in other clouds.
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

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Patient(application_id={self.application_id!r}, tenant_id={self.tenant_id!r}, …)"


def probes_of(flows: Sequence[str], patient: Patient) -> list[Probe]:
    """What is looked at, in the order in which it is told."""
    groups = _needs(flows)
    return [
        Probe("Python", here.python),
        Probe("packages", here.packages),
        Probe("flows", lambda: here.flows(flows), FLOWS_SECONDS),
        Probe("services", lambda: _services(groups, patient)),
        Probe("voice", lambda: here.voice(groups, patient.voice), VOICE_SECONDS),
        Probe("prompts", lambda: _prompts(flows), WAY_SECONDS),
        Probe("store", lambda: _store(patient)),
        Probe("callback", lambda: _way_in(patient), WAY_SECONDS),
        *_way_out(patient, groups),
    ]


def _services(groups: Sequence[Group], patient: Patient) -> list[Line]:
    if patient.services is None and any("the address of the service" in one.any_of[0] for one in groups):
        return [_not_said("services", "--service NAME")]
    return here.services(groups, patient.services or ())


def _prompts(flows: Sequence[str]) -> list[Line]:
    from flowlang.tools import doctor_far as far

    return far.prompts(here.prompt_addresses(flows))


def _store(patient: Patient) -> list[Line]:
    from flowlang.store.schema import VERSION

    return here.store(patient.store_path, VERSION) if patient.store_path else [_not_said("store", "--store FILE")]


def _way_in(patient: Patient) -> list[Line]:
    """One after the other: the second may listen at the port that the first looks at."""
    from flowlang.tools import doctor_far as far

    if not patient.port:
        return [_not_said("callback", "--listen PORT")]
    at = (patient.host, patient.port)
    lines = here.port(*at, lambda: far.is_served(*at, patient.application_id))
    if not patient.public_url or not patient.application_id:
        return [*lines, _not_said("callback", "--public URL and --application ID")]
    return [*lines, *far.callback(patient.public_url, patient.application_id, *at)]


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

    return [
        Probe("token", token, TOKEN_SECONDS),
        Probe("Graph", lambda: far.graph(who), TOKEN_SECONDS),
        Probe("keys", lambda: far.keys(who), TOKEN_SECONDS),
    ]


def _not_said(about: str, option: str) -> Line:
    return skipped(about, f"nothing is known of it: give {option}")


def _needs(flows: Sequence[str]) -> list[Group]:
    """What the flows need, as far as they can be read; `flows` tells of the others."""
    from flowlang.tools.files import flow_files, read_flow
    from flowlang.tools.permissions import grouped

    return grouped([read_flow(file) for file in flow_files(tuple(flows))])[0]
