"""The five flows named after the examples of Graph's page "call: transfer" send what that page shows."""

import json
from pathlib import Path
from typing import Any

import pytest

from flowlang.tools.cli import main

ROOT = Path(__file__).parents[2]
PAYLOADS = ROOT / "tests" / "wire" / "payloads" / "transfer"
# Ids that the platform gives out: the page's own stand in for them.
GIVEN_OUT = ("replacesCallId", "participantId")
EXAMPLES = {
    "transfer_blind_user": ("1-blind", "500/7000"),
    "transfer_consultative_user": ("2-consultative", "500/7700"),
    "transfer_blind_phone": ("3-pstn", "500/7000"),
    "transfer_consultative_phone": ("4-consultative-pstn", "500/7700"),
    "transfer_group_participant": ("5-group", "500/7000"),
}


def played(name: str, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    group = ["--group", "guest"] if "group" in name else []
    main(["run", str(ROOT / "flows" / f"{name}.flow"), "--format", "json", *group, *options])
    told = capsys.readouterr()
    assert told.out, told.err
    return dict(json.loads(told.out))


def transfers(call: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(request["body"]) for request in call["requests"] if request["path"].endswith("/transfer")]


def page_of(example: str) -> dict[str, Any]:
    return dict(json.loads((PAYLOADS / f"{example}.request.json").read_text(encoding="utf-8")))


def without_types(value: Any) -> Any:
    """Without `@odata.type`, which the page writes in some of its examples and not in others."""
    if not isinstance(value, dict):
        return value
    return {key: without_types(member) for key, member in value.items() if key != "@odata.type"}


def place_ids(sent: dict[str, Any], page: dict[str, Any]) -> dict[str, Any]:
    """What was sent, with the page's ids in place of those that the simulated platform gave out."""
    return {
        key: page[key] if key in GIVEN_OUT and key in page and value else
        place_ids(value, page.get(key, {})) if isinstance(value, dict) else value
        for key, value in sent.items()
    }  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_request_is_the_pages_member_for_member(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = page_of(EXAMPLES[name][0])
    call = played(name, capsys)
    (sent,) = transfers(call)
    assert without_types(place_ids(sent, page)) == without_types(page)
    assert call["result"] == "transferred"


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "consultative" in name])
def test_the_call_replaced_is_the_consult_leg(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    call = played(name, capsys)
    (consult,) = [leg["leg"] for leg in call["legs"] if leg["name"] == "consult"]
    on_consult = {r["path"].split("/")[4] for r in call["requests"] if r["leg"] == consult and r["path"].count("/") > 3}
    (sent,) = transfers(call)
    assert sent["transferTarget"]["replacesCallId"]
    assert on_consult <= {sent["transferTarget"]["replacesCallId"]}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_failure_takes_its_own_branch_and_nobody_is_left_in_silence(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = EXAMPLES[name][1]
    call = played(name, capsys, *["--outcome", f"transfer={result}"] * 3)
    kinds = [line["kind"] for line in call["trace"]]
    assert "arm" in kinds
    assert "safety-net" not in kinds
    assert call["result"] == "ended"
