"""Graph's own examples: each request is taken as the pages say, and notifications look like theirs."""

import json
from pathlib import Path
from typing import Any

import pytest

from flowlang.simulator.token import bearer
from tests.simulator.rig import ACCOUNT, ANSWER, APP_MEDIA, CALLER, THIRD, USER, Json, Rig

PAGES = Path(__file__).parents[1] / "wire" / "payloads" / "docs"
ACTIONS = {
    "application-post-calls": "", "call-answer": "answer", "call-reject": "reject", "call-redirect": "redirect",
    "call-playprompt": "playPrompt", "call-record": "recordResponse", "call-subscribetotone": "subscribeToTone",
    "call-cancelmediaprocessing": "cancelMediaProcessing", "call-mute": "mute", "call-unmute": "unmute",
    "call-updaterecordingstatus": "updateRecordingStatus", "call-changescreensharingrole": "changeScreenSharingRole",
    "call-addlargegalleryview": "addLargeGalleryView", "participant-invite": "participants/invite",
    "participant-mute": "participants/P/mute", "participant-startholdmusic": "participants/P/startHoldMusic",
    "participant-stopholdmusic": "participants/P/stopHoldMusic",
}  # fmt: skip
REFUSED = {
    "call-answer_ex0": "8523",  # its callbackUri is the text "callbackUri-value"
    "call-updaterecordingstatus_ex0": "8523",  # its status lists all three words
    "participant-invite_ex1": "10202",  # these replace a call that is not there
    "participant-invite_ex2": "10202",
    "participant-invite_ex3": "10202",
}


def requests() -> list[Path]:
    return [path for path in sorted(PAGES.glob("*_01_request.json")) + sorted(PAGES.glob("*_02_request.json"))
            if path.name.split("_")[1] in ACTIONS]  # fmt: skip


def read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None


def test_there_are_examples() -> None:
    assert len(requests()) > 50


@pytest.mark.parametrize("path", requests(), ids=lambda path: path.stem)
def test_requests_of_the_pages(path: Path) -> None:
    body = read(path)
    if body is None:
        pytest.skip("the page's example is not JSON")
    version, page, example = path.stem.split("_")[:3]
    action, root = ACTIONS[page], f"/{version}/communications/calls"
    rig = Rig("docs")
    rig.token = bearer("", "app")
    answer: tuple[int, str]
    if not action:
        answer = rig.code("POST", "", body, root=root)
    else:
        is_first = action in ("answer", "reject", "redirect")
        call_id = rig.graph.incoming_call(rig.now_ms, CALLER, ACCOUNT, () if is_first else [THIRD])
        rig.wait(100)
        if not is_first:
            media = {"mediaConfig": APP_MEDIA} if action == "changeScreenSharingRole" else {}
            rig.post(f"/{call_id}/answer", {**ANSWER, **media})
            rig.wait(1_000)
        tail = action.replace("/P/", f"/{rig.participants(call_id)[0]}/")
        answer = rig.code("POST", f"/{call_id}/{tail}", body, root=root)
    refusal = REFUSED.get(f"{page}_{example}", "")
    assert answer[1] == refusal
    assert (answer[0] < 300) is not bool(refusal)


def alike(item: Json, page: str) -> tuple[Json, Json]:
    """An item and the page's, without ids, and without the etags that only some pages show."""
    (wanted,) = json.loads((PAGES / f"{page}.json").read_text(encoding="utf-8"))["value"]
    return _bare(item), _bare(wanted)


def _bare(value: Json) -> Json:
    left = {name: _bare(one) if isinstance(one, dict) else one for name, one in value.items()}
    for name in ("@odata.id", "@odata.etag", "resourceUrl", "id", "clientContext", "recordingLocation",
                 "recordingAccessToken", "completionReason"):  # fmt: skip
        left.pop(name, None)
    return left


def test_notifications_of_the_pages() -> None:
    rig = Rig("docs")
    call_id = rig.called()
    establishing, established = rig.wait(0) or [item for _, item in rig.seen]
    pairs = [
        alike(establishing, "v1.0_call-answer_ex1_04_notification_updated-call-establishing"),
        alike(established, "v1.0_call-answer_ex1_05_notification_updated-call-established"),
    ]
    rig.post(f"/{call_id}/subscribeToTone", {})
    rig.graph.press(call_id, "1", rig.now_ms)
    pairs.append(alike(rig.wait(100)[0], "v1.0_call-subscribetotone_ex0_03_notification_updated-call-established-tone"))
    rig.post(f"/{call_id}/playPrompt", {"prompts": [{"mediaInfo": {"uri": "https://x/a.wav"}}]})
    done = "v1.0_call-playprompt_ex0_03_notification_deleted-playPromptOperation-completed"
    pairs.append(alike(rig.wait(5_000)[0], done))
    rig.post(f"/{call_id}/recordResponse", {})
    done = "v1.0_call-record_ex1_03_notification_deleted-recordOperation-completed"
    pairs.append(alike(rig.wait(9_000)[0], done))
    rig.post(f"/{call_id}/recordResponse", {})
    rig.post(f"/{call_id}/cancelMediaProcessing", {})
    done = "v1.0_call-cancelmediaprocessing_ex0_03_notification_deleted-recordOperation-failed"
    pairs.append(alike(rig.wait(9_000)[0], done))
    rig.send("DELETE", f"/{call_id}")
    pairs.append(alike(rig.wait(100)[0], "v1.0_call-delete_ex0_03_notification_updated-call-terminating"))
    assert len(pairs) == 7
    for ours, wanted in pairs:
        assert ours == wanted


def test_reject_and_errors_of_the_pages() -> None:
    rig = Rig("docs")
    call_id = rig.incoming(source=USER)
    rig.post(f"/{call_id}/reject", {"reason": "none"})
    ours, wanted = alike(rig.wait(500)[0], "v1.0_call-reject_ex2_04_notification_deleted-call")
    assert ours == wanted
    response = rig.send("GET", f"/{call_id}")
    assert response is not None
    real = json.loads((PAGES / "real_error_8522.json").read_text(encoding="utf-8"))["error"]
    error = json.loads(response.body)["error"]
    assert (error["code"], error["message"]) == (real["code"], real["message"])
