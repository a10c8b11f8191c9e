"""What a doctor says: one line for each thing looked at; and looking at all of them side by side, each in its time."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

from flowlang.printable import printable

State = Literal["ok", "warned", "wrong", "skipped"]
LONGEST_SECONDS: Final = 10.0


class Line(NamedTuple):
    """`text` says what was found, or why there was nothing to look at (skipped); `cure` what to do about it. What is
    `warned` of works, and should be mended all the same."""

    about: str
    state: State
    text: str
    cure: str = ""


def ok(about: str, text: str) -> Line:
    return Line(about, "ok", text)


def wrong(about: str, text: str, cure: str) -> Line:
    return Line(about, "wrong", text, cure)


def warned(about: str, text: str, cure: str) -> Line:
    return Line(about, "warned", text, cure)


def skipped(about: str, text: str) -> Line:
    return Line(about, "skipped", text)


class Probe(NamedTuple):
    """Something to look at. `look` may block, and may raise: that is a finding too."""

    about: str
    look: Callable[[], Sequence[Line]]
    longest_seconds: float = LONGEST_SECONDS


def look_at_all(probes: Sequence[Probe]) -> list[Line]:
    """Every probe in a thread of its own; lines in the order of the probes. What takes too long is left behind."""
    began = time.monotonic()
    running = [_Running(probe) for probe in probes]
    lines: list[Line] = []
    for one in running:
        lines += one.lines(began + one.probe.longest_seconds - time.monotonic())
    return lines


class _Running:
    """A probe under way. Its thread ends with the process, however long it would take."""

    def __init__(self, probe: Probe) -> None:
        self.probe = probe
        self._found: Sequence[Line] = ()
        self._thread = threading.Thread(target=self._run, name=f"look at {probe.about}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._found = self.probe.look()
        except Exception as error:  # noqa: BLE001 - one thing that cannot be looked at must not hide the others
            self._found = [wrong(self.probe.about, f"it cannot be looked at: {type(error).__name__}: {error}", "")]

    def lines(self, seconds: float) -> Sequence[Line]:
        self._thread.join(max(seconds, 0.0))
        if self._thread.is_alive():
            text = f"no answer within {self.probe.longest_seconds:g} seconds"
            return [wrong(self.probe.about, text, "look whether something in between swallows the connection")]
        return self._found


def text_of(lines: Sequence[Line], width: int = 100) -> str:
    """For people: a line each, what to do below it."""
    from flowlang.tools.options import wrap

    wide = max((len(line.about) for line in lines), default=0)
    shown: list[str] = []
    for line in lines:
        mark = {"ok": "ok", "warned": "warn", "wrong": "WRONG", "skipped": "-"}[line.state]
        head = f"{mark:<5}  {line.about:<{wide}}  "
        first, *rest = wrap(printable(line.text), width - len(head))
        shown.append(head + first)
        shown += [" " * len(head) + more for more in rest]
        if line.cure:
            cured = wrap(printable(line.cure), width - len(head) - 2)
            shown += [" " * len(head) + ("> " if at == 0 else "  ") + more for at, more in enumerate(cured)]
    count = sum(line.state == "wrong" for line in lines)
    last = "all is well" if not count else f"{count} {'thing is' if count == 1 else 'things are'} wrong"
    warnings = sum(line.state == "warned" for line in lines)
    more = f", {warnings} {'warning' if warnings == 1 else 'warnings'}" if warnings else ""
    shown += ["", f"{last}{more}"]
    return "\n".join(shown) + "\n"


def json_of(lines: Sequence[Line]) -> dict[str, object]:
    """For programs."""
    return {
        "version": 1,
        "is_well": all(line.state != "wrong" for line in lines),
        "lines": [{"about": one.about, "state": one.state, "text": one.text, "cure": one.cure} for one in lines],
    }
