"""`flowlang azure manifest`"""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from flowlang.rules.needs import ROLES
from flowlang.runtime.intake import PATHS
from flowlang.settings.read import read as read_settings
from flowlang.tools import doctor, serve
from flowlang.tools.azure_steps import ROLE_IDS, Chosen, webhook_of
from flowlang.tools.cli import main
from flowlang.tools.options import read

APPLICATION = "11111111-2222-4333-8444-555555555555"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
OTHER = "0d0f5b1c-3c52-4d8b-9d6e-5a7e1f2b3c4d"
TRANSFER = """contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
on answered: transfer to heidi
on failed: hang up
"""
GROUP = """contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
on incoming when call.kind is group: answer
on joined heidi: play "a.wav" then remove heidi
on tone 1: hang up
"""
PHONE = """contact desk = +12345678901
on answered: transfer to desk
on failed: hang up
"""
ANSWERS = "on incoming: answer\non answered: hang up\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(capsys: pytest.CaptureFixture[str], text: str, *words: str, code: int = 0) -> str:
    Path("one.flow").write_text(text, encoding="utf-8")
    assert main(["azure", "manifest", "one.flow", *words]) == code
    return capsys.readouterr().out


def manifest(capsys: pytest.CaptureFixture[str], text: str, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(asked(capsys, text, "--format", "json", *words))
    return found


def roles(document: dict[str, Any]) -> set[str]:
    names = {value: name for name, value in ROLE_IDS.items()}
    (graph,) = document["requiredResourceAccess"]
    assert graph["resourceAppId"] == "00000003-0000-0000-c000-000000000000"
    assert {one["type"] for one in graph["resourceAccess"]} == {"Role"}
    return {names[one["id"]] for one in graph["resourceAccess"]}


def test_the_manifest_asks_for_what_the_flows_need_and_no_more(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert roles(manifest(capsys, TRANSFER)) == {"Calls.Initiate.All"}
    assert roles(manifest(capsys, GROUP)) == {"Calls.AccessMedia.All", "Calls.JoinGroupCall.All"}
    assert manifest(capsys, TRANSFER)["signInAudience"] == "AzureADMyOrg"


def test_a_flow_that_needs_no_role_gets_one_so_that_the_caller_is_shown(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert roles(manifest(capsys, "on incoming: reject\n")) == {"Calls.Initiate.All"}
    assert "number of a caller is shown" in asked(capsys, "on incoming: reject\n")


def test_every_role_that_flows_may_need_has_an_id() -> None:
    assert {role for _, any_of in ROLES.values() for role in any_of} <= set(ROLE_IDS)
    assert len(set(ROLE_IDS.values())) == len(ROLE_IDS)
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one) for one in ROLE_IDS.values())


def test_the_address_of_the_webhook_is_one_that_the_service_has() -> None:
    assert webhook_of(Chosen(public_url="https://calls.example.com/")) == "https://calls.example.com" + PATHS[0]


def test_steps_for_one_flow(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = asked(capsys, TRANSFER, "--public", "https://calls.example.com", "--tenant", TENANT)
    titles = re.findall(r"^\d+\. (.*)$", out, re.MULTILINE)
    assert titles == [
        "Register the application",
        "Consent to the roles",
        "Make a secret for the service",
        "Make the bot",
        "Switch calling on, with the address of the webhook",
        "Write it into flowlang.yaml, and look whether all is well",
    ]
    assert "--calling-web-hook https://calls.example.com/callback" in out
    assert f"--app-type SingleTenant --tenant-id {TENANT}" in out
    assert re.search(r"Calls\.Initiate\.All +284383ee-\S+ +a transfer", out)
    prose = [line for line in out.splitlines() if not re.match(r" +\$| {5}", line)]
    assert max(map(len, prose)) <= 78


def test_a_phone_number_and_removing_need_more(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Set-CsPhoneNumberAssignment" in asked(capsys, PHONE)
    out = asked(capsys, GROUP, "--application", APPLICATION)
    assert f'-AllowRemoveParticipantAppIds @{{Add="{APPLICATION}"}}' in out
    assert "Set-CsPhoneNumberAssignment" not in out
    assert "APP-ID" not in out


def test_an_application_that_is_there_is_brought_up_to_date(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = asked(capsys, TRANSFER, "--application", APPLICATION)
    assert "1. Bring the application up to date" in out
    assert (
        f"az rest --method PATCH --url \"https://graph.microsoft.com/v1.0/applications(appId='{APPLICATION}')\"" in out
    )
    assert "az ad sp create" not in out


def test_several_tenants_each_consent(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = TRANSFER.replace("2704f\n", f"2704f tenant {OTHER}\n", 1)
    out = asked(capsys, text, "--tenant", TENANT, "--application", APPLICATION)
    assert f"https://login.microsoftonline.com/{OTHER}/adminconsent?client_id={APPLICATION}" in out
    assert f"/{TENANT}/adminconsent" not in out
    assert manifest(capsys, text, "--tenant", TENANT)["signInAudience"] == "AzureADMultipleOrgs"
    assert manifest(capsys, text)["signInAudience"] == "AzureADMyOrg"


def test_the_first_command_gives_the_manifest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = asked(capsys, TRANSFER, "--name", "front-desk", "--tenant", TENANT)
    line = next(line for line in out.splitlines() if "$ flowlang azure manifest" in line)
    words = shlex.split(line.partition("$ flowlang ")[2].partition(" > ")[0])
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["displayName"] == "front-desk"


def test_the_last_command_is_one_that_there_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    *_, one, last = asked(capsys, TRANSFER, "--application", APPLICATION, "--tenant", TENANT).splitlines()
    assert read(doctor.COMMAND, shlex.split(one.partition("$ flowlang doctor ")[2])).arguments == ("one.flow",)
    assert read(serve.COMMAND, shlex.split(last.partition("$ flowlang serve ")[2])).arguments == ("one.flow",)


@pytest.mark.parametrize(
    ("public", "name"),
    [("https://calls.example.com", "flowlang"), ("https://calls.example.com/bots/shop", "shop")],
)
def test_the_settings_can_be_pasted(public: str, name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = asked(capsys, TRANSFER, "--application", APPLICATION, "--tenant", TENANT, "--public", public)
    assert f"--calling-web-hook {public}/callback" in out
    lines = [line[5:] for line in out.partition("Write it into")[2].splitlines() if line.startswith("     ")]
    found = read_settings("\n".join(lines).encode(), "pasted").settings
    assert found.serve.public_url == "https://calls.example.com"
    assert found.bots[name].application_id == APPLICATION
    assert found.answers == {"default": "FLOW"}


def test_a_flow_with_mistakes_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("one.flow").write_text("on answered: transfer two heidi\n", encoding="utf-8")
    assert main(["azure", "manifest", "one.flow"]) == 1
    assert "one.flow has mistakes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say what to print: flowlang azure manifest"),
        (["mnifest"], "did you mean manifest?"),
        (["manifest", "--tenant", "contoso"], "--tenant is an id"),
        (["manifest", "--application", "x"], "--application is an id"),
        (["manifest", "--name", "a b"], "--name has 4 to 42"),
        (["manifest", "--public", "http://calls.example.com"], "HTTPS only"),
        (["manifest", "--public", "calls.example.com"], "--public is an address"),
        (["manifest", "nothing.flow"], "there is no file or folder"),
    ],
)
def test_wrong_use(words: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("flows").mkdir()
    Path("flows/one.flow").write_text(ANSWERS, encoding="utf-8")
    assert main(["azure", *words]) == 2
    assert said in capsys.readouterr().err
