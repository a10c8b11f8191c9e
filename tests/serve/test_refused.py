"""A flood of notifications that are refused, each for a reason of its own, is a few lines of the log."""

import json
import signal
from base64 import urlsafe_b64encode
from pathlib import Path

import httpx

from tests.serve.processes import address_in, running

FLOW = "on answered: hang up\n"


def test_reasons_that_a_stranger_makes_up_do_not_fill_the_log(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "desk.flow").write_text(FLOW)
    ports = ("--port", "0", "--admin-port", "0", "--sim-port", "0")
    with running("serve", "flows", "--simulate", *ports, cwd=tmp_path) as service:
        webhook = f"{address_in(service.says('calls come in at'))}/callback"
        with httpx.Client() as client:
            for number in range(40):
                head = json.dumps({"kid": f"stranger-{number}", "alg": "RS256"}).encode()
                token = f"{urlsafe_b64encode(head).decode().rstrip('=')}.e30.e30"
                answer = client.post(webhook, content=b"{}", headers={"Authorization": f"Bearer {token}"})
                assert answer.status_code == 401
        service.send(signal.SIGTERM)
        assert service.ends() == 0
        lines = [line for line in service.err if "stranger" in line]
    assert 1 <= len(lines) <= 3, lines
    assert '"event": "notification not accepted"' in lines[0]
