"""From `flowlang.yaml` to what `flowlang serve` needs: read, and held against the flows."""

import os
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from flowlang.admin.access import Token, token_of
from flowlang.loopback import keeps_secrets
from flowlang.plan import Plan
from flowlang.regular_file import MOST_SETTINGS_BYTES
from flowlang.runtime.transport import Service
from flowlang.settings.model import Secret, Settings, duration_ms
from flowlang.settings.read import Mistake, Read, SettingsError, read
from flowlang.settings.secrets import Hidden, SecretMissingError, resolve
from flowlang.settings.wanting import defaults_of, refusing, wanting
from flowlang.store.base import Switched
from flowlang.tools.files import read_bytes
from flowlang.tools.options import UsageError
from flowlang.tools.serve_flows import Site
from flowlang.tools.serve_sounds import SoundWish, voice_of

USUAL_FILE = "flowlang.yaml"
SETTINGS = USUAL_FILE
"""Who opened or closed hours that the settings name."""
DAY_MS = 86_400_000


def read_settings(path: str) -> Read:
    """The settings; without a path the usual file if it is there. Raises `UsageError` with everything that is wrong."""
    file = config_file(path)
    if not file:
        return Read(Settings(), USUAL_FILE, None)
    try:
        given = read(read_bytes(file, MOST_SETTINGS_BYTES), file)
        if refused := refusing(given):
            raise SettingsError(refused)
    except SettingsError as error:
        raise UsageError("\n".join(["the settings are wrong", *[f"  {one}" for one in error.mistakes]])) from None
    return given


def config_file(path: str) -> str:
    """The file that was asked for, else the usual one; empty: there is none. Raises `UsageError` for a folder."""
    if not path:
        return USUAL_FILE if os.path.exists(USUAL_FILE) else ""
    if os.path.isdir(path):
        raise UsageError(f"{path} is a folder; --config wants a file, such as {os.path.join(path, USUAL_FILE)}")
    return path


def site_of(given: Read) -> Site:
    """What they say about flows."""
    settings = given.settings
    places = {
        (flow, name): given.mistake(("flows", flow, "set", name), "").place
        for flow, one in settings.flows.items()
        for name in one.set
    }
    values = {flow: {name: _written(value) for name, value in one.set.items()} for flow, one in settings.flows.items()}
    return Site(defaults_of(settings), values, settings.prompts, places)


def _written(value: str | int | bool) -> str:
    """A value as it is written in a flow."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


class Secrets(NamedTuple):
    """All that the settings keep elsewhere."""

    bots: Mapping[str, Hidden]
    services: Mapping[str, Service]
    admin_tokens: tuple[Token, ...]
    mask_key: str
    voice_headers: Mapping[str, str]


def secrets_of(settings: Settings, *, is_simulated: bool = False) -> Secrets:
    """Raises `UsageError` that names every one that is not there. A simulated Graph asks for no bot's secret."""
    missing: list[str] = []

    def get(secret: Secret, what: str) -> str:
        try:
            return resolve(secret, what, os.environ).reveal()
        except SecretMissingError as error:
            missing.append(str(error))
            return ""

    asked = {} if is_simulated else settings.bots
    bots = {name: Hidden(get(one.secret, f"bots.{name}.secret")) for name, one in asked.items()}

    def headers_of(given: Mapping[str, str | Secret], where: str) -> dict[str, str]:
        return {
            header: get(value, f"{where}.headers.{header}") if isinstance(value, Secret) else value
            for header, value in given.items()
        }

    services = {
        name: Service(
            one.url,
            headers_of(one.headers, f"services.{name}"),
            duration_ms(one.longest) if one.longest is not None else 0,
        )
        for name, one in settings.services.items()
    }
    voice_headers = headers_of(settings.voice.headers, "voice") if settings.voice is not None else {}
    given = [(one, get(one.token, f"admin_tokens.{one.name}")) for one in settings.admin_tokens]
    mask_key = get(settings.log.mask_key, "log.mask_key") if settings.log.mask_key is not None else ""
    if mask_key and not _is_hexadecimal(mask_key):
        missing.append("log.mask_key: it is no hexadecimal number; openssl rand -hex 32 makes a good one")
    tokens: list[Token] = []
    for one, text in given:
        try:
            tokens += [token_of(one.name, one.role, text)] if text else []
        except ValueError as error:
            missing.append(str(error))
    if missing:
        raise UsageError("\n".join(["secrets are missing", *[f"  {one}" for one in missing]]))
    return Secrets(bots, services, tuple(tokens), mask_key, voice_headers)


def exposed_traces(given: Read, environment: Mapping[str, str]) -> Mistake | None:
    """What is wrong where the environment gives headers for traces, which hold keys, and they would leave this machine
    without TLS. The names are OpenTelemetry's."""
    traces = given.settings.log.traces
    if traces == "off":
        return None
    endpoints, headers = (
        [environment.get(f"OTEL_EXPORTER_OTLP{kind}_{what}", "") for kind in ("_TRACES", "")]
        for what in ("ENDPOINT", "HEADERS")
    )
    url = next(filter(None, endpoints), "") if traces == "environment" else traces
    if not url or not any(headers) or keeps_secrets(url):  # without an address it is this machine
        return None
    text = f"log.traces: the headers of OTEL_EXPORTER_OTLP_HEADERS would go over the network readable, to {url}"
    return given.mistake(("log", "traces"), f"{text}; make that https://, or unset them")


def _is_hexadecimal(text: str) -> bool:
    try:
        return bool(bytes.fromhex(text))
    except ValueError:
        return False


def sounds_of(given: Settings, secrets: Secrets, store: str, *, is_simulated: bool) -> SoundWish:
    """Where sound comes from and goes to: beside the store, but for what the settings name."""
    return SoundWish(
        folder=f"{store}.sound",
        recordings=given.recordings or f"{store}.recordings",
        prompts=given.prompts,
        secret=next((one.reveal() for one in secrets.bots.values()), ""),
        voice=lambda client: voice_of(given, client, secrets.voice_headers, is_simulated=is_simulated),
        is_simulated=is_simulated or (given.graph.url or "").startswith("http:"),
    )


def wanted_lines(given: Read, plans: Mapping[str, Plan], *, is_simulated: bool) -> list[str]:
    """What is missing, in the order of the file."""
    found = wanting(given, plans, is_simulated=is_simulated)
    return [str(one) for one in sorted(found, key=lambda one: (one.line, one.column, one.text))]


def switched_of(settings: Settings) -> list[Switched]:
    """Hours that the file opens or closes by hand."""
    return [
        Switched(name, one.open, _ms(one.until) if one.until is not None else -1, SETTINGS)
        for name, one in settings.hours.items()
    ]


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def keep_days(settings: Settings, asked: str) -> float:
    """For how many days calls that are over are kept; 0: for ever. `asked`: what the command line says, or nothing."""
    kept = asked or settings.serve.keep_calls
    return duration_ms(kept) / DAY_MS if kept is not None else 0


def split_address(address: str) -> tuple[str, int]:
    """Host and port."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
