"""`flowlang check PATH…`: mistakes in flow files, without running anything. Imports as little as it can: it has to be
quick."""

import sys

from flowlang.analysis.check import Options, check_files
from flowlang.diagnostics import Severity
from flowlang.tools.files import flow_files, read, read_flow
from flowlang.tools.options import Command, Given, Option

USUAL_FOLDER = "flows"

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
    sources = [read_flow(file) for file in files]  # what cannot be read is said before anything else
    is_strict = given.has("strict")
    found = check_files(sources, read, Options(is_strict=is_strict, explores=is_strict))
    if given.one("format") == "json":
        import json

        from flowlang.tools.render import render_json
        from flowlang.tools.terminal import write_utf8

        write_utf8(json.dumps(render_json(found), ensure_ascii=False, indent=2) + "\n")
    else:
        from flowlang.tools.check_text import check_text

        sys.stdout.write(check_text(found, len(files), sys.stdout))
    return 1 if any(one.severity is Severity.ERROR for one in found) else 0
