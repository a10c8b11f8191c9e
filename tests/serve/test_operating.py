"""What operators do to a service that runs: flows come and go, a part of the calls tries them, old calls are forgotten,
several bots are served, hours are closed in the settings."""

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from flowlang.store.base import Switched
from flowlang.store.memory import MemoryStore
from flowlang.tools.calls_http import Service
from flowlang.tools.cli import main
from flowlang.tools.serve_house import switch_by_file
from flowlang.tools.serve_settings import SETTINGS
from tests.prompts.making import wav
from tests.serve.processes import TENANT, Process, address_in, free_port, running, until

ROOT = Path(__file__).parents[2]
SIMULATED = ("serve", "flows", "--simulate", "--port", "0", "--admin-port", "0", "--sim-port", "0")
MAILBOX = """
on answered: play "hello.wav" then record for 1s as message then hang up
on failed: hang up
"""
SHOP = "22222222-2222-4333-8444-555555555555"
TWO_BOTS = """
serve: {{listen: 127.0.0.1:{listen}, admin: 127.0.0.1:0, public_url: "http://127.0.0.1:{listen}", watch: no}}
graph: {{url: {graph}, login_url: {graph}, configuration_url: {graph}/v1/.well-known/OpenIdConfiguration}}
bots:
  desk: {{application_id: 11111111-2222-4333-8444-555555555555, tenant_id: {tenant}, secret: {{env: TEST_BOT_SECRET}}}}
  shop: {{application_id: {shop}, tenant_id: {tenant}, secret: {{env: TEST_BOT_SECRET}}}}
answers: {{default: consult}}
log: {{form: json, level: warning}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one flow in it."""
    shutil.copytree(ROOT / "flows" / "prompts", tmp_path / "flows" / "prompts")
    shutil.copy(ROOT / "flows" / "consult.flow", tmp_path / "flows")
    return tmp_path


def flows_of(service: Process) -> Any:
    return Service(address_in(service.says("admin API")), "").get("/v1/flows")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(list(words))
    text = capsys.readouterr()
    return code, text.out + text.err


def test_flows_come_and_go_while_it_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    consult = folder / "flows" / "consult.flow"
    with running(*SIMULATED, "--no-watch", cwd=folder) as service:
        monkeypatch.setenv("FLOWLANG_SIM_URL", address_in(service.says("simulated Graph")))
        monkeypatch.setenv("FLOWLANG_URL", address_in(service.says("admin API")))
        (folder / "flows" / "shop.flow").write_text("on answered: hang up\non failed: hang up\n")
        consult.write_text(consult.read_text().replace("18s", "20s"))
        code, text = said(capsys, "deploy", "--share", "10")
        newest = {one["name"]: one["versions"][0]["digest"][:8] for one in flows_of(service)}
        assert (code, text.splitlines()) == (0, [
            f"consult: version {newest['consult']} takes 10 of 100 new calls",
            f"shop: version {newest['shop']} takes new calls",
        ])  # fmt: skip
        assert "takes 90 of 100 new calls" in said(capsys, "versions", "consult")[1]
        code, text = said(capsys, "sim", "call", "--to", "shop")
        assert (code, "delete 204" in text) == (0, True), text
        consult.unlink()
        gone = "its file is not there any more"
        code, text = said(capsys, "deploy")
        assert (code, text) == (1, f"consult is not served as its file is now: {gone}\n")
        assert f"its file is not served: {gone}" in said(capsys, "versions", "consult")[1]
        assert said(capsys, "sim", "call", "--to", "consult")[0] == 0, "until the next start calls are answered"


def test_it_stops_without_a_word_while_somebody_listens(folder: Path) -> None:
    with running(*SIMULATED, cwd=folder) as service:
        url = address_in(service.says("admin API"))
        with httpx.stream("GET", f"{url}/v1/events") as stream:
            parts = stream.iter_text()
            assert next(parts) == ": here\n\n"
            service.send(signal.SIGINT)
            assert list(parts) == []  # it ends as it should, and is not broken off
        assert (service.ends(), [one for one in service.err if one.startswith("{")]) == (0, [])


def test_a_simulated_graph_of_the_next_start_has_other_calls(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for count in (1, 2):
        with running(*SIMULATED, "--store", "calls.db", cwd=folder) as service:
            monkeypatch.setenv("FLOWLANG_SIM_URL", address_in(service.says("simulated Graph")))
            code, text = said(capsys, "sim", "call", "--to", "consult", "--hang-up-after", "1s")
            assert code == 0, text
            found = Service(address_in(service.says("admin API")), "").get("/v1/calls")["calls"]
            assert len({one["id"] for one in found}) == count


def test_old_calls_are_forgotten_with_what_was_recorded(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "mailbox.flow").write_text(MAILBOX)
    (tmp_path / "flows" / "hello.wav").write_bytes(wav())
    recordings = tmp_path / "calls.db.recordings"
    with running(*SIMULATED, "--store", "calls.db", "--one-call", "mailbox", cwd=tmp_path) as once:
        assert once.ends() == 0, once.err
    assert len(list(recordings.iterdir())) == 1
    for kept, left in (("30d", 1), ("1ms", 0)):
        with running(*SIMULATED, "--store", "calls.db", "--keep-calls", kept, cwd=tmp_path) as service:
            admin = Service(address_in(service.says("admin API")), "")
            until(lambda left=left, admin=admin: admin.get("/v1/figures")["over"] == left)  # type: ignore[misc]
            until(lambda left=left: len(list(recordings.iterdir())) == left)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ("30", "--keep-calls: a time is written as 20s, 5m, 2h or 30d, not 30"),
        ("", "--keep-calls: a time is written as 20s, 5m, 2h or 30d, not "),
        ("0d", "--keep-calls: what is not kept at all cannot be looked at; write at least 1m; left out means for ever"),
        ("99999999d", "--keep-calls: a time is a hundred years at most, not 99999999d"),
    ],
)
def test_how_long_calls_are_kept_is_a_time(kept: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "serve", "--simulate", f"--keep-calls={kept}") == (2, f"flowlang: {told}\n")


def test_two_bots_each_with_its_own_path_and_tokens(folder: Path) -> None:
    listen = free_port()
    hook = f"http://127.0.0.1:{listen}/bots/shop/callback"
    with running(
        "sim", "serve", "--port", "0", "--application", SHOP, "--webhook", hook, "--people", "flows", cwd=folder
    ) as graph:
        url = address_in(graph.says("tokens")).partition("/TENANT")[0]
        (folder / "flowlang.yaml").write_text(TWO_BOTS.format(listen=listen, graph=url, tenant=TENANT, shop=SHOP))
        with running("serve", "flows", cwd=folder) as service:
            service.says("admin API")
            assert "/bots/desk/callback   as desk, 1111" in service.text
            assert f"{hook}   as shop, {SHOP}" in service.text
            sim = Service(url, "")
            call = sim.post("/sim/calls", {"to": "consult"})["call"]["id"]
            until(lambda: one_call(sim, call)["ending"])
            found = one_call(sim, call)
            assert found["ending"]["word"] == "transferred", service.err
            assert found["callback_uri"].startswith(f"{hook}/{call}/")
    assert list(json.loads((folder / "flowlang.db.bots").read_text()).values()) == ["shop"]


def one_call(sim: Service, call: str) -> dict[str, Any]:
    found: dict[str, Any] = sim.get(f"/sim/calls/{call}")["call"]
    return found


def test_hours_that_the_settings_do_not_name_any_more_follow_their_plan_again() -> None:
    store = MemoryStore()
    by_hand = Switched("lunch", True, -1, "otto")
    store.switch(by_hand)
    switch_by_file(store, [Switched("office", False, -1, SETTINGS), Switched("night", True, 5, SETTINGS)], 1)
    assert len(store.switched()) == 3
    switch_by_file(store, [Switched("night", False, 7, SETTINGS)], 2)
    assert store.switched() == [by_hand, Switched("night", False, 7, SETTINGS)]
    switch_by_file(store, [], 3)
    assert store.switched() == [by_hand]


def test_hours_in_the_settings_whose_time_is_over_take_nothing_from_an_operator() -> None:
    store = MemoryStore()
    by_hand = Switched("office", True, -1, "otto")
    store.switch(by_hand)
    switch_by_file(store, [Switched("office", False, 5, SETTINGS)], 6)
    assert store.switched() == [by_hand]
    switch_by_file(store, [Switched("office", False, 5, SETTINGS)], 4)
    assert store.switched() == [Switched("office", False, 5, SETTINGS)]
