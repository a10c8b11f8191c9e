"""`flowlang azure manifest PATH…`: what has to be set up in Azure and Teams for some flows."""

import re
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flowlang.tools.options import Command, Given, Option, UsageError, near
from flowlang.tools.terminal import write, write_utf8

if TYPE_CHECKING:
    from flowlang.tools.azure_steps import Chosen, Step

USUAL_FOLDER = "flows"
WIDTH = 75
ACTIONS = ("manifest",)
GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NAME = re.compile(r"[A-Za-z0-9_-]{4,42}")

COMMAND = Command(
    "azure", "manifest [PATH…]",
    "Says how to set up the application, its roles, the bot and its calling channel, and what else the flows need in "
    "Azure and Teams. Nothing is changed anywhere. Without PATH it looks at the folder flows/.",
    (
        Option("format", "text|json", "steps for people (the usual), or the manifest of the application",
               choices=("text", "json")),
        Option("public", "URL", "where the service can be reached from the internet, such as https://calls.example.com"),
        Option("application", "ID", "the application, if it is registered already"),
        Option("tenant", "ID", "the tenant in which it is registered"),
        Option("name", "NAME", "what application and bot are called; usually flowlang"),
        Option("help", "", "this text"),
    ),
    """Examples:
  flowlang azure manifest flows/
  flowlang azure manifest flows/consult.flow --public https://calls.example.com
  flowlang azure manifest flows/ --format json

The JSON is the body of "Create application" of Microsoft Graph.

Exit codes: 0 all could be read, 1 a flow has mistakes, so something may be missing,
2 a file that cannot be read or an option that does not exist.""",
)  # fmt: skip


def main(given: Given) -> int:
    """Print; the answer is the exit code."""
    from flowlang.tools.azure_steps import manifest_of, steps_of
    from flowlang.tools.files import flow_files, read_flow
    from flowlang.tools.permissions import grouped

    if not given.arguments or given.arguments[0] not in ACTIONS:
        asked = given.arguments[0] if given.arguments else ""
        raise UsageError(
            f"azure does not know {asked}{near(asked, ACTIONS)}"
            if asked
            else "say what to print: flowlang azure manifest"
        )
    paths = given.arguments[1:] or (USUAL_FOLDER,)
    groups, broken = grouped([read_flow(file) for file in flow_files(paths)])
    chosen = _chosen(given)
    if given.one("format") == "json":
        import json

        write_utf8(json.dumps(manifest_of(groups, chosen), ensure_ascii=False, indent=2) + "\n")
    else:
        import shlex

        write(_text(steps_of(groups, chosen, shlex.join(paths))))
    for path in broken:
        sys.stderr.write(f"flowlang: {path} has mistakes, so something may be missing here; see flowlang check\n")
    return 1 if broken else 0


def _chosen(given: Given) -> "Chosen":
    from flowlang.tools.azure_steps import Chosen

    usual = Chosen()
    for option in ("application", "tenant"):
        if given.has(option) and not GUID.fullmatch(given.one(option)):
            raise UsageError(
                f"--{option} is an id such as 11111111-2222-4333-8444-555555555555, not {given.one(option)!r}"
            )
    name = given.one("name", usual.name)
    if not NAME.fullmatch(name):
        raise UsageError(f"--name has 4 to 42 letters, digits, - or _, not {name!r}")
    url = given.one("public", usual.public_url)
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.netloc or parts.query or parts.fragment:
        raise UsageError(
            f"--public is an address such as https://calls.example.com, not {url!r}: Graph posts to HTTPS only"
        )
    return Chosen(name, url, given.one("application", usual.application_id), given.one("tenant"))


def _text(steps: "list[Step]") -> str:
    from flowlang.tools.options import wrap

    lines: list[str] = []
    for number, step in enumerate(steps, 1):
        lines += ["", f"{number}. {step.title}"] if lines else [f"{number}. {step.title}"]
        lines += [f"   {line}" for line in wrap(step.text, WIDTH)]
        lines += [f"     {row}" for row in step.rows]
        lines += [f"   $ {command}" for command in step.commands]
    return "\n".join(lines) + "\n"
