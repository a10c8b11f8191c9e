"""`flowlang check PATH…`: mistakes in flow files, without running anything. Imports as little as it can: it has to be
quick."""

import sys

from flowlang.analysis.check import check_files
from flowlang.diagnostics import Diagnostic, Severity
from flowlang.tools.files import flow_files, read_flow
from flowlang.tools.options import Command, Given, Option

USUAL_FOLDER = "flows"
JSON_VERSION = 1

COMMAND = Command(
    "check", "[PATH…]", "Looks for mistakes in flow files and folders. Without PATH it looks at the folder flows/.",
    (
        Option("format", "text|json", "for people (the usual) or for programs", choices=("text", "json")),
        Option("strict", "", "warnings count as errors"),
        Option("help", "", "this text"),
    ),
    """Examples:
  flowlang check flows/
  flowlang check flows/consult.flow --strict
  flowlang check flows/ --format json

Exit codes: 0 nothing wrong (or only warnings, without --strict), 1 something is wrong,
2 a file that cannot be read or an option that does not exist, 3 a bug of flowlang itself.""",
)  # fmt: skip


def main(given: Given) -> int:
    """Check and report; the answer is the exit code."""
    files = flow_files(given.arguments or (USUAL_FOLDER,))
    for file in files:
        read_flow(file)  # what cannot be read is said before anything else
    found = check_files(files)
    if given.one("format") == "json":
        from flowlang.tools.check_json import check_json

        sys.stdout.write(check_json(found))
    else:
        _report(found, len(files))
    return 1 if any(is_wrong(one, strict=given.has("strict")) for one in found) else 0


def is_wrong(one: Diagnostic, *, strict: bool) -> bool:
    """Whether a finding makes the command fail."""
    return one.severity is Severity.ERROR or (strict and one.severity is Severity.WARNING)
