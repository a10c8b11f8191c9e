"""What a doctor can see on this machine: Python, packages, flows, store, ports, voice, services."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Sequence
from importlib.util import find_spec
from typing import Final

from flowlang.regular_file import refuse_special, why_unreadable
from flowlang.tools.doctor_lines import Line, ok, skipped, wrong
from flowlang.tools.permissions import Group

OLDEST_PYTHON: Final = (3, 11)
PACKAGES: Final = (
    "anyio",
    "fastapi",
    "httptools",
    "httpx",
    "jwt",
    "msal",
    "prometheus_client",
    "starlette",
    "structlog",
    "uvicorn",
    "watchfiles",
    *(("uvloop",) if sys.platform != "win32" else ()),
)
"""What the extra `serve` brings, by the names that are imported."""
LEAST_FREE_BYTES: Final = 1 << 30
PROBE_BYTES: Final = 65_536  # a small write says nothing of a disk that is nearly full
SPEECH: Final = "This is a test."
SPEAK_SECONDS: Final = 20.0


def python(version: tuple[int, int, int] = sys.version_info[:3]) -> list[Line]:
    text = ".".join(map(str, version))
    if version[:2] < OLDEST_PYTHON:
        return [wrong("Python", text, f"flowlang needs Python {'.'.join(map(str, OLDEST_PYTHON))} or newer")]
    return [ok("Python", text)]


def packages(names: Collection[str] = PACKAGES) -> list[Line]:
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        return [wrong("packages", f"missing: {', '.join(missing)}", "pip install 'flowlang[serve]'")]
    return [ok("packages", f"all {len(names)} of the service are there")]


def flows(paths: Sequence[str], prompts: str = "") -> list[Line]:
    """Whether the flows are without errors, and their prompts with them. `prompts`: where those are looked for that are
    not beside their flow."""
    from flowlang.analysis.check import check_file
    from flowlang.diagnostics import Severity
    from flowlang.prompts.finding import files_of
    from flowlang.tools.files import flow_files, read, read_flow

    files = flow_files(tuple(paths))
    errors, warnings = 0, 0
    first = ""
    for file in files:
        found = check_file(read_flow(file), files_of(read, os.path.dirname(file), prompts))
        bad = [one for one in found if one.severity is Severity.ERROR]
        errors += len(bad)
        warnings += sum(one.severity is Severity.WARNING for one in found)
        if bad and not first:
            first = f"{bad[0].source.path}:{bad[0].source.position(bad[0].span.start).line}: {bad[0].message}"
    what = f"{len(files)} {'file' if len(files) == 1 else 'files'}"
    if errors:
        many = f"{errors} {'error' if errors == 1 else 'errors'} in {what}; the first: {first}"
        return [wrong("flows", many, "flowlang check shows them; flows with errors are not served")]
    more = f", {warnings} {'warning' if warnings == 1 else 'warnings'}: see flowlang check" if warnings else ""
    return [ok("flows", f"{what}, no errors{more}")]


def prompt_addresses(paths: Sequence[str]) -> list[str]:
    """The prompts that flows name by their address; those beside the flows are looked at with the flows."""
    from flowlang.analysis.load import load
    from flowlang.rules.collect import collect
    from flowlang.rules.flow import Options
    from flowlang.tools.files import flow_files, read, read_flow

    found: list[str] = []
    for file in flow_files(tuple(paths)):
        for at in collect(load(read_flow(file), read), read, Options()).steps:
            prompts = at.step.prompts if at.word != "join" else ()
            texts = [text for text in (*prompts, at.step.playing, at.step.announcing) if text is not None]
            found += [text.plain for text in texts if text.plain.startswith("https://")]
    return list(dict.fromkeys(found))


def store(path: str, newest: int) -> list[Line]:
    """Whether the database can be read and written, and has room. Nothing in it is changed, and none is made.

    newest: the schema that this release knows.
    """
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        return [wrong("store", f"there is no folder {folder}", "make it, and let the service write in it")]
    lines = [_database(path, folder, newest)]
    free = shutil.disk_usage(folder).free
    text = f"{free / (1 << 30):.1f} GiB are free in {folder}"
    lines.append(ok("space", text) if free >= LEAST_FREE_BYTES else wrong("space", text, "make room: at least 1 GiB"))
    return lines


def _database(path: str, folder: str, newest: int) -> Line:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        cure = f"let the user that runs the service write in {folder}"
        return wrong("store", f"nothing can be written in {folder}: {error.strerror}", cure)
    try:
        refuse_special(path)
    except FileNotFoundError:
        return ok("store", f"{path} will be made at the first start")
    except OSError as error:
        return wrong("store", f"{path} {why_unreadable(error)}", "name a file for the database")
    if not os.access(path, os.R_OK | os.W_OK):
        return wrong("store", f"{path} cannot be read and written", "correct its owner or its rights")
    try:
        database = sqlite3.connect(f"file:{_quoted(path)}?mode=ro", uri=True, timeout=2.0)
        try:
            schema = int(database.execute("PRAGMA user_version").fetchone()[0])
        finally:
            database.close()
    except sqlite3.Error as error:
        if "locked" in str(error) or "busy" in str(error):
            return ok("store", f"{path} is in use, as by a service that runs")
        return wrong("store", f"{path} cannot be opened: {error}", "is it a database of flowlang?")
    if schema > newest:
        text = f"{path} was written by a newer release (schema {schema}, this one knows {newest})"
        return wrong("store", text, "use the newer release")
    older = f", schema {schema} will be brought to {newest} with a copy beside it" if 0 < schema < newest else ""
    return ok("store", f"{path} can be opened{older}")


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(os.path.abspath(path))


def port(host: str, number: int, is_ours: Callable[[], bool]) -> list[Line]:
    """Whether the service can listen there; `is_ours` says whether it does so already."""
    about = f"port {number}"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as one:
        if os.name == "posix":
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, number))
        except OSError as error:
            if is_ours():
                return [ok(about, f"the service listens at {host}")]
            cure = "end what uses it, or choose another port in the settings"
            return [wrong(about, f"{host}:{number} cannot be had: {error.strerror}", cure)]
    return [ok(about, f"free at {host}")]


def needs_voice(groups: Sequence[Group]) -> bool:
    """Whether some flow says something."""
    return any(group.any_of == ("a voice",) for group in groups)


def voice(groups: Sequence[Group], command: Sequence[str], language: str = "") -> list[Line]:
    """Whether the voice for `say` works, where flows say something; it is run as the service runs it: in a folder of
    its own, with few of our variables. `command` writes WAV to its standard output or to the file that stands for
    `{file}` in it, and says what stands for `{text}` or comes by its standard input."""
    if not needs_voice(groups):
        return [skipped("voice", "no flow says anything")]
    from flowlang.prompts.voice import environment

    if not command:
        return [wrong("voice", "flows use `say`, and no voice is set", "set a voice, or play a recording instead")]
    if shutil.which(command[0]) is None:
        return [wrong("voice", f"there is no program {command[0]}", "install it, or correct the settings")]
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "test.wav")
        words = [
            word.replace("{file}", file).replace("{text}", SPEECH).replace("{language}", language) for word in command
        ]
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own command
                words, input=SPEECH.encode(), capture_output=True, timeout=SPEAK_SECONDS, check=False,
                env=environment(), cwd=folder,
            )  # fmt: skip
        except OSError as error:
            why = f"{command[0]} cannot be started: {error.strerror or error}"
            return [wrong("voice", why, "write its whole path, and look whether it may be run")]
        except subprocess.TimeoutExpired:
            return [wrong("voice", f"{command[0]} takes more than {SPEAK_SECONDS:g} seconds", "use another voice")]
        made = done.stdout
        if os.path.exists(file):
            with open(file, "rb") as written:
                made = written.read()
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it says nothing"]
        return [wrong("voice", f"{command[0]} ends with code {done.returncode}: {said[0]}", "run it by hand")]
    if made[:4] != b"RIFF":
        return [wrong("voice", f"{command[0]} gives no WAV", "look at its options")]
    return [ok("voice", f"{command[0]} speaks")]


def services(groups: Sequence[Group], known: Collection[str]) -> list[Line]:
    """Whether every service that flows ask or notify has an address."""
    lead = "the address of the service "
    needed = sorted({text.removeprefix(lead) for group in groups for text in group.any_of if text.startswith(lead)})
    if not needed:
        return [skipped("services", "no flow asks or notifies any")]
    missing = [name for name in needed if name not in known]
    if missing:
        return [wrong("services", f"no address for {', '.join(missing)}", "name it under services in the settings")]
    return [ok("services", ", ".join(needed))]
