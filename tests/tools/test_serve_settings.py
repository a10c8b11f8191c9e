"""What `flowlang serve` takes from its settings."""

from pathlib import Path

import anyio
import httpx
import pytest

from flowlang.settings.model import Settings
from flowlang.settings.read import read
from flowlang.store.base import Switched
from flowlang.tools.cli import main
from flowlang.tools.options import UsageError
from flowlang.tools.serve_flows import load_flow
from flowlang.tools.serve_settings import (
    SETTINGS,
    keep_days,
    read_settings,
    secrets_of,
    site_of,
    sounds_of,
    split_address,
    switched_of,
)
from tests.prompts.making import wav

WHOLE = """
bots:
  desk: {application_id: 11111111-2222-4333-8444-555555555555, tenant_id: 72f988bf-86f1-41af-91ab-2d7cd011db47,
         secret: {env: DESK}}
  shop: {application_id: 21111111-2222-4333-8444-555555555555, tenant_id: 72f988bf-86f1-41af-91ab-2d7cd011db47,
         secret: {env: SHOP}}
services: {crm: {url: "https://crm.example", headers: {X-Key: {env: CRM}, X-Site: north}, longest: 3s}}
voice: {url: "https://voice.example/speak", language: de, headers: {X-Key: {env: VOICE}}}
admin_tokens: [{name: otto, role: operator, token: {env: OTTO}}]
log: {mask_key: {env: MASK}}
"""
NAMES = ("DESK", "SHOP", "CRM", "VOICE", "OTTO", "MASK")


def settings(text: str) -> Settings:
    return read(text.encode(), "flowlang.yaml").settings


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, f"{name.lower()} is a secret")
    monkeypatch.setenv("MASK", "c0ffee")


@pytest.mark.usefixtures("environment")
def test_secrets_come_from_where_the_settings_say() -> None:
    found = secrets_of(settings(WHOLE))
    assert {name: one.reveal() for name, one in found.bots.items()} == {
        "desk": "desk is a secret", "shop": "shop is a secret",
    }  # fmt: skip
    assert found.services["crm"].headers == {"X-Key": "crm is a secret", "X-Site": "north"}
    assert found.services["crm"].longest_ms == 3_000
    assert found.voice_headers == {"X-Key": "voice is a secret"}
    assert [one.name for one in found.admin_tokens] == ["otto"]
    assert found.mask_key == "c0ffee"


@pytest.mark.usefixtures("environment")
def test_a_simulated_graph_asks_for_no_secret_of_a_bot(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DESK", "SHOP"):
        monkeypatch.delenv(name)
    found = secrets_of(settings(WHOLE), is_simulated=True)
    assert (found.bots, [one.name for one in found.admin_tokens]) == ({}, ["otto"])


@pytest.mark.usefixtures("environment")
def test_every_secret_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OTTO", "short")
    with pytest.raises(UsageError) as caught:
        secrets_of(settings(WHOLE))
    assert str(caught.value).splitlines() == [
        "secrets are missing",
        "  bots.desk.secret: the variable DESK is not set",
        "  bots.shop.secret: the variable SHOP is not set",
        "  services.crm.headers.X-Key: the variable CRM is not set",
        "  voice.headers.X-Key: the variable VOICE is not set",
        "  log.mask_key: the variable MASK is not set",
        "  the token of otto is shorter than 16 characters",
    ]


@pytest.mark.usefixtures("environment")
def test_a_voice_that_is_a_service_gets_its_language_and_its_key() -> None:
    asked: list[tuple[str, bytes, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((str(request.url), request.content, request.headers["X-Key"]))
        return httpx.Response(200, content=wav())

    given = settings(WHOLE)
    wish = sounds_of(given, secrets_of(given), "calls.db", is_simulated=False)

    async def main() -> bytes:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            voice = wish.voice(client)
            assert voice is not None
            return await voice.speak("Guten Tag")

    assert anyio.run(main) == wav()
    assert asked == [
        ("https://voice.example/speak", b'{"text":"Guten Tag","language":"de"}', "voice is a secret"),
    ]  # fmt: skip


def test_recordings_at_http_addresses_are_for_a_graph_of_this_machine() -> None:
    near = settings("graph: {url: 'http://127.0.0.1:8060'}")
    for given, simulated, expected in ((near, False, True), (Settings(), False, False), (Settings(), True, True)):
        assert sounds_of(given, secrets_of(given), "calls.db", is_simulated=simulated).is_simulated is expected


def test_values_of_flows_are_written_as_in_flows() -> None:
    text = b"flows: {desk: {set: {ring: 20s, tries: 3, polite: true, loud: no}}}\nprompts: sounds"
    site = site_of(read(text, "flowlang.yaml"))
    assert site.values == {"desk": {"ring": "20s", "tries": "3", "polite": "yes", "loud": "no"}}
    assert site.prompts == "sounds"
    assert site.places["desk", "tries"] == "flowlang.yaml:1:33"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("ringg: 20s", "flowlang.yaml:3:12: flows.desk.set.ringg: the flow has no such setting; did you mean ring?"),
        ("ring: hello", "flowlang.yaml:3:12: flows.desk.set.ring"),
    ],
)
def test_a_value_that_a_flow_cannot_take_is_told_with_its_place(said: str, told: str, tmp_path: Path) -> None:
    flow = "setting ring = 18s\non answered: wait ring then hang up\non failed: hang up\n"
    (tmp_path / "desk.flow").write_text(flow)
    site = site_of(read(f"flows:\n  desk:\n    set: {{ {said} }}".encode(), "flowlang.yaml"))
    one = load_flow(str(tmp_path / "desk.flow"), site)
    assert one is not None
    assert one.plan is None
    assert one.trouble.startswith(told), one.trouble


def test_hours_by_hand() -> None:
    text = "hours: {office: {open: no, until: 2026-12-27T08:00:00+01:00}, night: {open: yes}}"
    assert switched_of(settings(text)) == [
        Switched("office", False, 1_798_354_800_000, SETTINGS), Switched("night", True, -1, SETTINGS),
    ]  # fmt: skip


def test_how_long_calls_are_kept() -> None:
    kept = settings("serve: {keep_calls: 30d}")
    assert (keep_days(kept, ""), keep_days(kept, "12h"), keep_days(Settings(), "")) == (30, 0.5, 0)


def test_addresses() -> None:
    assert [split_address(one) for one in ("0.0.0.0:80", "[::1]:8080")] == [("0.0.0.0", 80), ("::1", 8080)]


@pytest.mark.parametrize("key", ["not hexadecimal", "abc"])
@pytest.mark.usefixtures("environment")
def test_a_key_that_is_no_key_is_told_and_not_shown(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASK", key)
    with pytest.raises(UsageError, match=r"log\.mask_key: it is no hexadecimal number; openssl") as caught:
        secrets_of(settings(WHOLE))
    assert key not in str(caught.value)


@pytest.mark.parametrize("admin", ["0.0.0.0:8081", "[::]:8081", "admin.example:80"])
def test_an_admin_api_beyond_this_machine_needs_tokens(
    admin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.flow").write_text("on answered: hang up\non failed: hang up\n")
    (tmp_path / "flowlang.yaml").write_text(f"serve:\n  admin: '{admin}'\n")
    assert main(["serve", ".", "--simulate"]) == 2
    assert "flowlang.yaml:2:3: others than this machine reach the admin API" in capsys.readouterr().err
    (tmp_path / "flowlang.yaml").write_text(
        f"serve: {{admin: '{admin}'}}\nadmin_tokens: [{{name: a, token: {{env: A}}}}]"
    )
    assert read_settings("").settings.serve.admin == admin


def test_which_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_settings("").settings == Settings()
    (tmp_path / "flowlang.yaml").write_text("prompts: usual")
    (tmp_path / "other.yaml").write_text("prompts: other")
    assert (read_settings("").settings.prompts, read_settings("other.yaml").settings.prompts) == ("usual", "other")
    with pytest.raises(UsageError, match="there is no file nowhere"):
        read_settings("nowhere.yaml")
    with pytest.raises(UsageError, match=r"is a folder; --config wants a file, such as .*flowlang\.yaml"):
        read_settings(str(tmp_path))
    (tmp_path / "flowlang.yaml").write_text("prompt: usual\nserv: 1")
    with pytest.raises(UsageError) as caught:
        read_settings("")
    assert str(caught.value).splitlines() == [
        "the settings are wrong",
        "  flowlang.yaml:1:1: there is no setting prompt; did you mean prompts?",
        "  flowlang.yaml:2:1: there is no setting serv; did you mean serve?",
    ]
