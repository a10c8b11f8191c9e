"""`flowlang check` for programs: the forms other than text."""

import os
from collections.abc import Sequence

from flowlang.diagnostics import Diagnostic


def report(form: str, found: Sequence[Diagnostic], files: Sequence[str], fixed: int | None, times: bool = False) -> str:
    """The findings in one of the forms but text. `fixed`: how many mistakes were corrected; None if that was not
    asked for. `times`: how long callers wait as well, in JSON only."""
    root = os.getcwd()
    if form == "github":
        from flowlang.tools.check_github import render_github
        from flowlang.tools.check_text import corrected, summary

        more = "" if fixed is None else f"{corrected(fixed)}\n"
        return f"{render_github(found, root)}{more}{summary(found, len(files))}\n"
    if form == "junit":
        from flowlang.tools.check_junit import render_junit

        return render_junit(found, files, root)
    import json

    if form == "sarif":
        from flowlang import __version__
        from flowlang.tools.check_sarif import render_sarif

        told: object = render_sarif(found, root, __version__)
    else:
        from flowlang.tools.render import render_json

        told = render_json(found, fixed)
        if times:
            from flowlang.tools.check_times import times_json, times_of

            told = {**told, "times": times_json(times_of(files))}
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"
