"""What a person is told when flowlang itself broke: that it is not their fault, and what to report."""

import platform
import shlex
import sys
import traceback

from flowlang import __version__


def tell(error: BaseException, words: list[str]) -> None:
    """Write the trace of the error and what to do with it to the error stream. The words name inputs and seed."""
    out = sys.stderr
    traceback.print_exception(error, file=out)
    out.write(
        "\nflowlang: this is a bug in flowlang, not in your flow.\n"
        "Please report it in the issue tracker of the project, with the lines above, these lines, and the flow\n"
        "file if you may show it:\n"
        f"  flowlang {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}\n"
        f"  to see it again: flowlang {shlex.join(words)}\n"
    )
    if words[:1] == ["run"] and not any(word.startswith("--seed") for word in words):
        out.write("  (the seed was the usual one, 1)\n")
