"""`flowlang doctor [PATH…]`: looks at everything that can be looked at before the first call, and says what to do."""

import os

from flowlang.tools.options import Command, Given, Option
from flowlang.tools.terminal import look_of, write, write_utf8

USUAL_FOLDER = "flows"

COMMAND = Command(
    "doctor", "[PATH…]",
    "Looks at Python, packages, flows, and with the settings also at voice, services, store, port, the way from Graph "
    "to the webhook, the token and its roles, and the clock. Each line is ok or says what to do. Nothing is changed. "
    "Without PATH it looks at the folder flows/.",
    (
        Option("config", "FILE", "the settings of the service; usually flowlang.yaml, if there is one"),
        Option("format", "text|json", "for people (the usual) or for programs", choices=("text", "json")),
        Option("help", "", "this text"),
    ),
    """Examples:
  flowlang doctor flows/
  flowlang doctor flows/ --config flowlang.yaml

Exit codes: 0 all is well, 1 something is wrong, 2 a file that cannot be read or an
option that does not exist.""",
)  # fmt: skip


def main(given: Given) -> int:
    """Print; the answer is the exit code."""
    from flowlang.tools.doctor_lines import json_of, look_at_all, text_of
    from flowlang.tools.doctor_patient import probes_of
    from flowlang.tools.doctor_settings import USUAL_FILE, patient_of
    from flowlang.tools.files import flow_files

    paths = given.arguments or (USUAL_FOLDER,)
    flow_files(paths)  # a path that is not there is wrong use
    config = given.one("config") or (USUAL_FILE if os.path.exists(USUAL_FILE) else "")
    patient, lines = patient_of(config)
    lines = [*lines, *look_at_all(probes_of(paths, patient))]
    if given.one("format") == "json":
        import json

        write_utf8(json.dumps(json_of(lines), ensure_ascii=False, indent=2) + "\n")
    else:
        write(text_of(lines, look_of().width))
    return int(any(line.state == "wrong" for line in lines))
