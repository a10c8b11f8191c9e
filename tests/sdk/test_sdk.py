"""Microsoft's client library drives `flowlang sim serve`. Needs a Python with the extra `sdk`: see `.ci/sdk`."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.serve.processes import address_in, free_port, running

PYTHON = os.environ.get("FLOWLANG_SDK_PYTHON", "")
DRIVE = Path(__file__).parent / "drive.py"


@pytest.mark.skipif(not PYTHON, reason="FLOWLANG_SDK_PYTHON names a Python with the extra `sdk`; .ci/sdk makes one")
def test_the_library_gets_what_it_expects(tmp_path: Path) -> None:
    port = free_port()
    webhook = f"http://127.0.0.1:{port}/callback"
    with running("sim", "serve", "--port", "0", "--webhook", webhook, cwd=tmp_path) as graph:
        url = address_in(graph.says("tokens")).partition("/TENANT")[0]
        done = subprocess.run(
            [PYTHON, str(DRIVE), url, str(port)], capture_output=True, text=True, timeout=120, check=False
        )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["create"] == ["Call", "establishing", True]
    heidi, ben = "550fae72-d251-43ec-868c-373732c2704f", "112f7296-5fa4-42ca-bae8-6a692b15d4b8"
    tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47"
    assert seen["created call"] == ["outgoing", tenant, heidi, True, "ServiceHostedMediaConfig", ["audio"]]
    # The library writes a status with a capital letter.
    assert seen["play"][0] == "PlayPromptOperation"
    assert (seen["play"][1].lower(), seen["play"][2]) == ("running", "p1")
    assert seen["invite"][0] == "InviteParticipantsOperation"
    assert (seen["invite"][1].lower(), seen["invite"][2]) == ("running", "i1")
    assert seen["answer"] is None
    assert seen["participants"] == sorted([heidi, ben])
    assert seen["get"] == ["Call", "incoming", "+15550100"]
    assert seen["end of transfer"] == ["terminated", 7015]
    assert seen["end of delete"] == ["terminating", "terminated", 5001]
    assert seen["transfer"] is None
    assert seen["delete"] is None
    assert seen["get after delete"] == 404
    assert seen["get nobody"] == [404, "8522", "Call not found."]
    assert seen["which request"] == [True, True, True]
    assert seen["signed"] is True
