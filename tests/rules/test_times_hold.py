"""No simulated call waits for longer than the figures say, but for the moments that the platform itself needs."""

import json
from itertools import product
from pathlib import Path

import pytest

from flowlang.tools.check_times import times_in
from flowlang.tools.cli import main
from flowlang.tools.files import read_flow

ROOT = Path(__file__).parents[2]
ANSWERING = sorted(
    file.name
    for file in (ROOT / "flows").glob("*.flow")
    if "on answered" in file.read_text() and "start" not in file.stem
)
NO_ANSWER = ["--outcome", "consult=no answer"] * 4
OUTCOMES: tuple[list[str], ...] = ([], NO_ANSWER, ["--outcome", "consult=busy", *NO_ANSWER])
TRANSFERS: tuple[list[str], ...] = (
    [],
    ["--outcome", "transfer=no outcome"],
    ["--outcome", "transfer=500/7000", "--outcome", "transfer=503"],
)
PLATFORM_MS = 12_000  # answering, cancelling, hanging up: about a second each
ASKING_MS = 30_000  # no final word on a transfer: the platform is asked, and waited for, up to 120 s


@pytest.mark.parametrize("name", ANSWERING)
def test_no_call_takes_longer(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    times = [one for one in times_in(read_flow(f"flows/{name}")) if one.owner.event == "answered"]
    longest = max(end.ms for one in times for end in (one.person, one.over) if end is not None)
    for consults, transfers in product(OUTCOMES, TRANSFERS):
        for at in ("2026-11-23T10:00", "2026-11-22T03:00"):
            main(["run", f"flows/{name}", "--format", "json", "--at", at, *consults, *transfers])
            told = json.loads(capsys.readouterr().out)
            calls = sum(request["path"].endswith("/communications/calls") for request in told["requests"])
            if calls and not consults:
                continue  # somebody answered a consult, and what comes then is no waiting any more
            last = max(request["at_seconds"] for request in told["requests"]) * 1000
            slack = PLATFORM_MS + (ASKING_MS if "transfer=no outcome" in transfers else 0)
            assert last <= longest + slack, (consults, transfers, told["said"])
