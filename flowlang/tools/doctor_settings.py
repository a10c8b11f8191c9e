"""What `flowlang.yaml` tells a doctor: the service as it is set up, and what is wrong with the file itself."""

import os

from flowlang.regular_file import MOST_SETTINGS_BYTES
from flowlang.settings.clouds import CLOUDS
from flowlang.settings.model import Bot, Secret, Settings
from flowlang.settings.read import Read, SettingsError, read
from flowlang.settings.secrets import SecretMissingError, resolve
from flowlang.settings.wanting import wanting_names
from flowlang.tools.doctor_access import admin, private_of
from flowlang.tools.doctor_lines import Line, ok, skipped, wrong
from flowlang.tools.doctor_patient import Other, Patient
from flowlang.tools.files import read_bytes
from flowlang.tools.options import UsageError
from flowlang.tools.serve_bots import path_of
from flowlang.tools.serve_flows import load_flows
from flowlang.tools.serve_settings import USUAL_FILE, config_file, secrets_of, site_of, split_address

CORRECT = "correct it; the page about settings lists what there is"


def patient_by(config: str, flows: tuple[str, ...]) -> Patient:
    """By the file, or by the usual one if it is there. Raises `UsageError` for a file that cannot be read."""
    path = config_file(config)
    if not path:
        return Patient(settings=(skipped("settings", f"there is no {USUAL_FILE} in this folder"),))
    try:
        given = read(read_bytes(path, MOST_SETTINGS_BYTES), path)
    except SettingsError as error:
        return Patient(settings=tuple([wrong("settings", str(one), CORRECT) for one in error.mistakes]))
    lines = (*_lines(given, flows), *_missing(given.settings))
    return _patient(given.settings)._replace(
        settings=lines or (ok("settings", f"{path} can be used"),),
        private=private_of(given.settings, path),
        admin=tuple(admin(given.settings, os.environ)),
    )


def _lines(given: Read, flows: tuple[str, ...]) -> list[Line]:
    """What the file names that is not there, and what a real Graph needs. Another line tells of flows with errors."""
    try:
        plans = {one.name: one.plan for one in load_flows(flows, site_of(given)) if one.plan is not None}
    except UsageError as error:
        return [wrong("settings", str(error), CORRECT)]
    return [wrong("settings", str(one), CORRECT) for one in wanting_names(given, plans)]


def _missing(settings: Settings) -> list[Line]:
    try:
        secrets_of(settings)
    except UsageError as error:
        cure = "set it where the service is started; this is looked for where the doctor is"
        return [wrong("secrets", one.strip(), cure) for one in str(error).splitlines()[1:]]
    return []


def _patient(settings: Settings) -> Patient:
    at, graph = settings.serve, settings.graph
    cloud = CLOUDS[graph.cloud]
    host, number = split_address(at.listen)
    voice = settings.voice
    bots = [_other(name, bot, is_only=len(settings.bots) == 1) for name, bot in settings.bots.items()]
    first = bots[0] if bots else Other("", "", "", "")
    headers = voice.headers.items() if voice is not None else ()
    return Patient(
        first.application_id, first.tenant_id, first.secret, at.public_url or "", at.store, host, number,
        voice.command if voice is not None else (), tuple(settings.services),
        graph.login_url or cloud.login_url, graph.url or cloud.graph_url,
        graph.configuration_url or cloud.configuration_url, first.path, tuple(bots[1:]),
        (voice.url or "") if voice is not None else "",
        {name: _secret(one) if isinstance(one, Secret) else one for name, one in headers},
        voice.language if voice is not None else "", settings.prompts,
    )  # fmt: skip


def _other(name: str, bot: Bot, *, is_only: bool) -> Other:
    return Other(bot.application_id, bot.tenant_id, _secret(bot.secret), path_of(name, is_only=is_only))


def _secret(secret: Secret) -> str:
    """Empty where there is none: another line tells of it."""
    try:
        return resolve(secret, "", os.environ).reveal()
    except SecretMissingError:
        return ""
