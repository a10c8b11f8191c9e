"""Which operation is taken at which stage: the table of section 1 of the reading, line by line."""

from typing import Any

import pytest

from flowlang.simulator.values import Knobs, Profile
from tests.simulator.rig import ANSWER, OTHER, PLAY, USER, Rig

STAGES = ("incoming", "establishing", "peer", "group", "transferring", "ended")
GONE = 8522
TABLE: dict[str, tuple[int, ...]] = {
    #                         incoming establishing peer group transferring ended
    "answer":                 (0, 8585, 8585, 8585, 8585, GONE),
    "reject":                 (0, 8585, 8585, 8585, 8585, GONE),
    "redirect":               (0, 8585, 8585, 8585, 8585, GONE),
    "transfer":               (8501, 8501, 0, 0, 8607, GONE),
    "playPrompt":             (8501, 8501, 0, 0, 0, GONE),
    "recordResponse":         (8501, 8501, 0, 0, 0, GONE),
    "subscribeToTone":        (8501, 8501, 0, 0, 0, GONE),
    "cancelMediaProcessing":  (8501, 8501, 0, 0, 0, GONE),
    "participants/invite":    (8501, 8501, 0, 0, 8585, GONE),
    "mute":                   (8501, 8501, 8548, 0, 8548, GONE),
    "unmute":                 (8501, 8501, 8548, 0, 8548, GONE),
    "participants/P/mute":    (8501, 8501, 8548, 0, 8548, GONE),
    "participants/P/startHoldMusic": (8501, 8501, 8548, 0, 8548, GONE),
    "participants/P/stopHoldMusic": (8501, 8501, 8548, 0, 8548, GONE),
    "DELETE participants/P":  (8501, 8501, 8548, 0, 8548, GONE),
    "GET participants":       (8501, 8501, 8548, 0, 8548, GONE),
    "GET participants/P":     (8501, 8501, 8548, 0, 8548, GONE),
    "DELETE":                 (0, 0, 0, 0, 0, GONE),
    "GET":                    (0, 0, 0, 0, 0, GONE),
    "keepAlive":              (0, 0, 0, 0, 0, GONE),
}  # fmt: skip
BODIES: dict[str, Any] = {
    "answer": ANSWER,
    "reject": {"reason": "busy"},
    "redirect": {"targets": [{"identity": USER}], "timeout": 30},
    "transfer": {"transferTarget": {"identity": USER}, "transferee": {"identity": OTHER}},
    "playPrompt": PLAY,
    "recordResponse": {"maxRecordDurationInSeconds": 5},
    "participants/invite": {"participants": [{"identity": USER}], "clientContext": "c"},
}
STATUS = {8501: 400, 8585: 400, 8607: 409, 8548: 400, GONE: 404, 8523: 400}


@pytest.mark.parametrize("operation", TABLE)
@pytest.mark.parametrize("stage", STAGES)
def test_gate(operation: str, stage: str) -> None:
    rig = Rig("docs")
    call_id = rig.at_stage(stage)
    method, _, tail = operation.rpartition(" ") if " " in operation else ("POST", "", operation)
    if operation in ("DELETE", "GET"):
        method, tail = operation, ""
    participants = rig.participants(call_id)
    tail = tail.replace("P", participants[0]) if "/P" in tail and participants else tail
    body = BODIES.get(operation, {} if method == "POST" and operation != "keepAlive" else None)
    status, code = rig.code(method, f"/{call_id}/{tail}".rstrip("/"), body)
    wanted = TABLE[operation][STAGES.index(stage)]
    if wanted:
        assert (status, code) == (STATUS[wanted], str(wanted))
    else:
        assert status < 300
        assert code == ""


@pytest.mark.parametrize(
    ("profile", "flag", "code"), [("docs", False, ""), ("live", False, "8523"), ("live", True, "")]
)
def test_transfer_of_a_group_call(profile: Profile, flag: bool, code: str) -> None:
    rig = Rig(profile, Knobs(takes_group_transfer=flag))
    call_id = rig.at_stage("group")
    assert rig.code("POST", f"/{call_id}/transfer", BODIES["transfer"])[1] == code


def test_meeting_mode_is_said_in_those_words() -> None:
    rig = Rig("live")
    call_id = rig.at_stage("group")
    assert b"Cannot do transfer for meeting mode." in rig.post(f"/{call_id}/transfer", BODIES["transfer"]).body
