"""What the settings tell a doctor of files that others must not read, and of who may use the admin API."""

from collections.abc import Mapping

from flowlang.loopback import is_loopback
from flowlang.settings.model import Secret, Settings
from flowlang.settings.secrets import SecretMissingError, resolve
from flowlang.tools.doctor_lines import Line, ok, wrong
from flowlang.tools.doctor_private import READABLE, WRITABLE, Private
from flowlang.tools.serve_settings import split_address


def private_of(settings: Settings, path: str) -> tuple[Private, ...]:
    """What the settings name: their own file, files with secrets, the folder for what callers record."""
    headers = [one.headers for one in settings.services.values()]
    headers += [settings.voice.headers] if settings.voice is not None else []
    is_secret = any(isinstance(value, str) for given in headers for value in given.values())
    secrets = [bot.secret for bot in settings.bots.values()] + [one.token for one in settings.admin_tokens]
    secrets += [value for given in headers for value in given.values() if isinstance(value, Secret)]
    secrets += [settings.log.mask_key] if settings.log.mask_key is not None else []
    found = [Private(path, READABLE if is_secret else WRITABLE), *[Private(one.file) for one in secrets if one.file]]
    return (*found, Private(settings.recordings)) if settings.recordings else tuple(found)


def admin(settings: Settings, environment: Mapping[str, str]) -> list[Line]:
    """Who may use the admin API. Tokens are compared and never told; of those that are not there, or are short, the
    lines about secrets tell."""
    address = settings.serve.admin
    host, _ = split_address(address)
    is_near = is_loopback(host)
    if not settings.admin_tokens:
        if not is_near:
            cure = "name them under admin_tokens, or bind serve.admin to 127.0.0.1"
            return [wrong("admin", f"{address} is reached from other machines, and there are no tokens", cure)]
        return [ok("admin", f"{address}, for everybody on this machine: there are no tokens")]
    names: dict[str, list[str]] = {}
    lines: list[Line] = []
    for one in settings.admin_tokens:
        try:
            token = resolve(one.token, "", environment).reveal()
        except SecretMissingError:
            continue
        names.setdefault(token, []).append(f"{one.name} ({one.role})")
    for same in names.values():
        if len(same) > 1:
            text = f"{' and '.join(same)} have the same token, so that nobody knows who acts"
            lines.append(wrong("admin", text, "give each a token of their own: openssl rand -hex 32"))
    count = len(settings.admin_tokens)
    return lines or [ok("admin", f"{address}, for {count} {'token' if count == 1 else 'tokens'}")]
