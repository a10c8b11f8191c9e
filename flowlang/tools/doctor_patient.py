"""What a doctor is told of a service, and the probes that come of it."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from flowlang.tools import doctor_here as here
from flowlang.tools.doctor_lines import Line, Probe, skipped
from flowlang.tools.permissions import Group

FLOWS_SECONDS = 60.0
VOICE_SECONDS = here.SPEAK_SECONDS + 2
WAY_SECONDS = 30.0
TOKEN_SECONDS = 15.0
NO_SETTINGS = "no settings are given: --config flowlang.yaml"


class Patient(NamedTuple):
    """The service as its settings have it. `secret` is used and never shown.

    `host`, `port`: where the service listens; a proxy leads from `public_url` to it. `voice`: the command for `say`.
    `services`: names that have an address. The addresses are other ones in other clouds.
    """

    application_id: str
    tenant_id: str
    secret: str
    public_url: str
    store_path: str
    host: str = "127.0.0.1"
    port: int = 8080
    voice: tuple[str, ...] = ()
    services: Collection[str] = ()
    login_url: str = "https://login.microsoftonline.com"
    graph_url: str = "https://graph.microsoft.com"
    keys_url: str = "https://api.aps.skype.com/v1/keys"

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Patient(application_id={self.application_id!r}, tenant_id={self.tenant_id!r}, …)"


def probes_of(flows: Sequence[str], patient: Patient | None) -> list[Probe]:
    """What is looked at, in the order in which it is told. None: only what needs no settings."""
    first = [
        Probe("Python", here.python),
        Probe("packages", here.packages),
        Probe("flows", lambda: here.flows(flows), FLOWS_SECONDS),
    ]
    if patient is None:
        return [*first, Probe("settings", lambda: [skipped("settings", NO_SETTINGS)])]
    from flowlang.store.schema import VERSION
    from flowlang.tools import doctor_far as far

    groups = _needs(flows)
    who = far.Identity(
        patient.tenant_id,
        patient.application_id,
        patient.secret,
        patient.login_url,
        patient.graph_url,
        patient.keys_url,
    )

    def way_in() -> list[Line]:
        """One after the other: the second may listen at the port that the first looks at."""
        at = (patient.host, patient.port)
        lines = here.port(*at, lambda: far.is_served(*at, patient.application_id))
        return [*lines, *far.callback(patient.public_url, patient.application_id, *at)]

    return [
        *first,
        Probe("services", lambda: here.services(groups, patient.services)),
        Probe("voice", lambda: here.voice(groups, patient.voice), VOICE_SECONDS),
        Probe("prompts", lambda: far.prompts(here.prompt_addresses(flows)), WAY_SECONDS),
        Probe("store", lambda: here.store(patient.store_path, VERSION)),
        Probe("callback", way_in, WAY_SECONDS),
        Probe("token", lambda: far.token_and_roles(who, groups), TOKEN_SECONDS),
        Probe("Graph", lambda: far.graph(who), TOKEN_SECONDS),
        Probe("keys", lambda: far.keys(who), TOKEN_SECONDS),
    ]


def _needs(flows: Sequence[str]) -> list[Group]:
    """What the flows need, as far as they can be read; `flows` tells of the others."""
    from flowlang.tools.files import flow_files, read_flow
    from flowlang.tools.permissions import grouped

    return grouped([read_flow(file) for file in flow_files(tuple(flows))])[0]
