"""From `flowlang.yaml` to what `flowlang serve` needs: read, and held against the flows."""

import os
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from flowlang.admin.access import Token, token_of
from flowlang.plan import Plan
from flowlang.runtime.transport import Service
from flowlang.settings.model import Secret, Settings, duration_ms
from flowlang.settings.read import Read, SettingsError, read
from flowlang.settings.secrets import Hidden, SecretMissingError, resolve
from flowlang.settings.wanting import defaults_of, wanting
from flowlang.store.base import Switched
from flowlang.tools.files import read_bytes
from flowlang.tools.options import UsageError
from flowlang.tools.serve_flows import Site
from flowlang.tools.serve_sounds import SoundWish, voice_of

USUAL_FILE = "flowlang.yaml"
DAY_MS = 86_400_000


def read_settings(path: str) -> Read:
    """The settings; without a path the usual file if it is there. Raises `UsageError` with everything that is wrong."""
    if not path and not os.path.exists(USUAL_FILE):
        return Read(Settings(), USUAL_FILE, None)
    try:
        return read(read_bytes(path or USUAL_FILE), path or USUAL_FILE)
    except SettingsError as error:
        raise UsageError("\n".join(["the settings are wrong", *[f"  {one}" for one in error.mistakes]])) from None


def site_of(settings: Settings) -> Site:
    """What they say about flows."""
    values = {flow: {name: _written(value) for name, value in one.set.items()} for flow, one in settings.flows.items()}
    return Site(defaults_of(settings), values, settings.prompts)


def _written(value: str | int | bool) -> str:
    """A value as it is written in a flow."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


class Secrets(NamedTuple):
    """All that the settings keep elsewhere."""

    bot: Hidden | None
    services: Mapping[str, Service]
    admin_tokens: tuple[Token, ...]
    mask_key: str


def secrets_of(settings: Settings) -> Secrets:
    """Raises `UsageError` that names every one that is not there."""
    missing: list[str] = []

    def get(secret: Secret, what: str) -> str:
        try:
            return resolve(secret, what, os.environ).reveal()
        except SecretMissingError as error:
            missing.append(str(error))
            return ""

    bots = [(name, one.secret) for name, one in settings.bots.items()]
    bot = Hidden(get(bots[0][1], f"bots.{bots[0][0]}.secret")) if bots else None
    services = {
        name: Service(
            one.url,
            {
                header: get(value, f"services.{name}.headers.{header}") if isinstance(value, Secret) else value
                for header, value in one.headers.items()
            },
            duration_ms(one.longest) if one.longest is not None else 0,
        )
        for name, one in settings.services.items()
    }
    given = [(one, get(one.token, f"admin_tokens.{one.name}")) for one in settings.admin_tokens]
    mask_key = get(settings.log.mask_key, "log.mask_key") if settings.log.mask_key is not None else ""
    tokens: list[Token] = []
    for one, text in given:
        try:
            tokens += [token_of(one.name, one.role, text)] if text else []
        except ValueError as error:
            missing.append(str(error))
    if missing:
        raise UsageError("\n".join(["secrets are missing", *[f"  {one}" for one in missing]]))
    return Secrets(bot, services, tuple(tokens), mask_key)


def sounds_of(given: Settings, secrets: Secrets, store: str, *, is_simulated: bool) -> SoundWish:
    """Where sound comes from and goes to: beside the store, but for what the settings name."""
    return SoundWish(
        folder=f"{store}.sound",
        recordings=given.recordings or f"{store}.recordings",
        prompts=given.prompts,
        secret=secrets.bot.reveal() if secrets.bot is not None else "",
        voice=lambda client: voice_of(given, client, is_simulated=is_simulated),
        is_simulated=is_simulated,
    )


def wanted_lines(given: Read, plans: Mapping[str, Plan], *, is_simulated: bool) -> list[str]:
    """What is missing, in the order of the file."""
    found = wanting(given, plans, is_simulated=is_simulated)
    return [str(one) for one in sorted(found, key=lambda one: (one.line, one.column, one.text))]


def switched_of(settings: Settings) -> list[Switched]:
    """Hours that the file opens or closes by hand."""
    return [
        Switched(name, one.open, _ms(one.until) if one.until is not None else -1, USUAL_FILE)
        for name, one in settings.hours.items()
    ]


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def keep_days(settings: Settings) -> float:
    """For how many days calls that are over are kept; 0: for ever."""
    kept = settings.serve.keep_calls
    return duration_ms(kept) / DAY_MS if kept is not None else 0


def split_address(address: str) -> tuple[str, int]:
    """Host and port."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
