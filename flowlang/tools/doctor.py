"""`flowlang doctor [PATH…]`: looks at everything that can be looked at before the first call, and says what to do."""

import os
import shlex
from typing import TYPE_CHECKING, Final

from flowlang.loopback import keeps_secrets
from flowlang.regular_file import MOST_SECRET_BYTES
from flowlang.tools.options import Command, Given, Option, UsageError
from flowlang.tools.terminal import look_of, write, write_json

if TYPE_CHECKING:
    from flowlang.tools.doctor_patient import Patient

USUAL_FOLDER: Final = "flows"
MOST_PORT: Final = 65_535

COMMAND = Command(
    "doctor", "[PATH…]",
    "Looks at Python, packages, settings and flows, and by the settings at voice, services, store, who may read its "
    "files, the admin API, port, the way from Graph to the webhook, the token and its roles, the clock. Each line is "
    "ok or says what to do. Nothing is changed. Without PATH it looks at the folder flows/. Options count more than "
    "the settings.",
    (
        Option("config", "FILE", "the settings, usually flowlang.yaml in this folder"),
        Option("application", "ID", "the application's id"),
        Option("tenant", "ID", "the tenant for whose calls a token is asked for"),
        Option("secret", "FROM", "where the application's secret is: env:NAME or file:PATH"),
        Option("public", "URL", "where the service can be reached from the internet"),
        Option("listen", "[HOST:]PORT", "where the service listens on this machine; usually at 127.0.0.1"),
        Option("store", "FILE", "the database"),
        Option("voice", "COMMAND", "the command for say, which gives WAV"),
        Option("service", "NAME", "a service for ask and notify that has an address", is_many=True),
        Option("graph", "URL", "another Graph, such as a simulated one, with login and keys at the same address"),
        Option("format", "text|json", "for people (the usual) or for programs", choices=("text", "json")),
        Option("help", "", "this text"),
    ),
    """Examples:
  flowlang doctor flows/
  flowlang doctor flows/ --config flowlang.yaml
  flowlang doctor flows/ --application ID --tenant ID --secret env:FLOWLANG_SECRET
  flowlang doctor flows/ --application ID --public https://calls.example.com --listen 8080

Exit codes: 0 all is well, 1 something is wrong, 2 a file that cannot be read or an
option that does not exist.""",
)  # fmt: skip


def main(given: Given) -> int:
    """Print; the answer is the exit code."""
    flows = given.arguments or (USUAL_FOLDER,)
    return examine(flows, patient_of(given, flows), is_json=given.one("format") == "json")


def examine(flows: tuple[str, ...], patient: "Patient", *, is_json: bool = False) -> int:
    """Look at everything and print it; 1 where something is wrong. Raises `UsageError` for a path that is not there."""
    from flowlang.tools.doctor_lines import json_of, look_at_all, text_of
    from flowlang.tools.doctor_patient import probes_of

    lines = look_at_all(probes_of(flows, patient))
    if is_json:
        write_json(json_of(lines))
    else:
        write(text_of(lines, look_of().width))
    return int(any(line.state == "wrong" for line in lines))


def patient_of(given: Given, flows: tuple[str, ...] = (USUAL_FOLDER,)) -> "Patient":
    """The service as the settings tell of it, and the options, which count more. Raises `UsageError`."""
    one = _by_settings(given.one("config"), flows)
    host, number = _listen(given.one("listen"))
    graph = given.one("graph").rstrip("/")
    try:
        voice = tuple(shlex.split(given.one("voice")))
    except ValueError as error:
        raise UsageError(f"--voice cannot be read: {error}") from None
    if any(given.has(name) for name in ("application", "tenant", "secret")):  # it is about one of them
        one = one._replace(others=(), path="")
    if graph:
        if not keeps_secrets(graph):
            raise UsageError(f"--graph: only https:// keeps the secret, unless it is on this machine; not {graph}")
        one = one._replace(login_url=graph, graph_url=graph, keys_url=f"{graph}/v1/keys")
    if given.has("listen"):
        one = one._replace(host=host, port=number)
    if voice:
        one = one._replace(voice=voice, voice_url="")
    return one._replace(
        application_id=given.one("application", one.application_id),
        tenant_id=given.one("tenant", one.tenant_id),
        secret=_secret(given.one("secret")) or one.secret,
        public_url=given.one("public", one.public_url),
        store_path=given.one("store", one.store_path),
        services=given.many("service") or one.services,
    )


def _by_settings(config: str, flows: tuple[str, ...]) -> "Patient":
    """As far as packages are there: which are not, another line tells."""
    from flowlang.tools.doctor_lines import skipped
    from flowlang.tools.doctor_patient import Patient

    try:
        from flowlang.tools.doctor_settings import patient_by
    except ModuleNotFoundError as error:
        return Patient(settings=(skipped("settings", f"they are read when the package {error.name} is there"),))
    return patient_by(config, flows)


def _listen(text: str) -> tuple[str, int]:
    if not text:
        return "127.0.0.1", 0
    host, _, number = text.rpartition(":")
    if not number.isdecimal() or not 0 < int(number) <= MOST_PORT:
        raise UsageError(f"--listen is a port such as 8080, or 0.0.0.0:8080, not {text!r}")
    return host.strip("[]") or "127.0.0.1", int(number)


def _secret(source: str) -> str:
    """The secret itself. It never stands in the command line, where everybody on the machine could read it."""
    if not source:
        return ""
    kind, _, name = source.partition(":")
    if kind == "env" and name:
        found = os.environ.get(name, "")
        if not found:
            raise UsageError(f"the environment variable {name} is not set")
        return found
    if kind == "file" and name:
        from flowlang.tools.files import read_bytes

        return read_bytes(name, MOST_SECRET_BYTES).decode("utf-8", "replace").strip()
    raise UsageError("--secret is env:NAME or file:PATH, and not the secret itself")
