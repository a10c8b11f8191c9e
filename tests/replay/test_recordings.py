"""What every release recorded is still played the same way, and its file is still read."""

import json
from pathlib import Path

import pytest

from flowlang.call.commands import Request
from flowlang.replay.compare import with_what_was
from flowlang.replay.recording import NotARecordingError, document, read, recording_of, written
from tests.recordings.make import FOLDER

FILES = sorted(FOLDER.glob("*/*.json"))
ONE = FOLDER / "0.1.0" / "consult-refused.json"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_recording_of_any_release_asks_for_the_same(path: Path) -> None:
    recording = read(path.read_text(encoding="utf-8"))
    assert recording.commands
    compared = with_what_was(recording)
    assert compared.difference is None
    assert compared.commands == len(recording.commands)
    assert len(compared.moments) == len(recording.facts)


def test_there_are_recordings_of_the_steps_that_matter() -> None:
    asked = [one for path in FILES for one in read(path.read_text(encoding="utf-8")).commands]
    acts = {type(one.act).__name__ for one in asked if isinstance(one, Request)}
    assert acts >= {"Answer", "CreateCall", "Transfer", "Play", "HangUp", "SubscribeToTone", "CancelMedia"}


def test_a_recording_comes_back_from_its_file() -> None:
    text = ONE.read_text(encoding="utf-8")
    recording = read(text)
    assert written(recording) == text
    assert recording_of(json.loads(json.dumps(document(recording)))) == recording


def test_half_a_character_can_be_kept() -> None:
    recording = read(ONE.read_text(encoding="utf-8"))._replace(flow="half \ud83d")
    text = written(recording)
    assert read(text.encode().decode()) == recording


WRONG = {
    "no JSON": ("{", "it is not JSON"),
    "deep": ("[" * 100_000, "it is not JSON"),
    "a list": ("[]", "no recording of a call"),
    "another object": ('{"a": 1}', "no recording of a call"),
    "another form": ('{"recording": 2}', "its form is 2, this release of flowlang knows 1"),
    "half of it": ('{"recording": 1, "release": "1", "call_id": "c", "flow": "f"}', "no whole recording"),
    "no plan": (
        '{"recording": 1, "release": "1", "call_id": "c", "flow": "f", "plan": 7, "facts": [], "commands": []}',
        "the plan is none",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_recording_is_told(name: str) -> None:
    text, said = WRONG[name]
    with pytest.raises(NotARecordingError, match=said):
        read(text)


@pytest.mark.parametrize(("part", "said"), [("facts", "fact 2"), ("commands", "command 2")])
def test_what_cannot_be_read_is_named(part: str, said: str) -> None:
    found = json.loads(ONE.read_text(encoding="utf-8"))
    found[part][1] = ["Nonsense", 1]
    with pytest.raises(NotARecordingError, match=f"{said} cannot be read by this release: .*Nonsense"):
        read(json.dumps(found))
    found[part][1] = 7
    with pytest.raises(NotARecordingError, match=f"{said} is none"):
        read(json.dumps(found))
