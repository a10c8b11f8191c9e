"""The prompts in flows/prompts: made by their script, in the one format that the platform plays, and all in use."""

import re
import runpy
import wave
from pathlib import Path

import pytest

FLOWS = Path(__file__).parents[2] / "flows"
PROMPTS = FLOWS / "prompts"
FILES = sorted(PROMPTS.glob("*.wav"))
LARGEST_FOLDER_BYTES = 400_000


def played() -> set[str]:
    return {
        name
        for flow in FLOWS.glob("*.flow")
        for name in re.findall(r'"prompts/([^"]+)"', flow.read_text(encoding="utf-8"))
    }


def test_the_files_are_what_the_script_writes(tmp_path: Path) -> None:
    runpy.run_path(str(PROMPTS / "make_prompts.py"))["main"]([str(tmp_path)])
    made = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert made.keys() == {file.name for file in FILES}, "run flows/prompts/make_prompts.py"
    assert [name for name in made if made[name] != (PROMPTS / name).read_bytes()] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_prompt_is_pcm_16_khz_16_bit_mono(file: Path) -> None:
    with wave.open(str(file), "rb") as reader:
        form = (reader.getcomptype(), reader.getframerate(), reader.getsampwidth(), reader.getnchannels())
        seconds = reader.getnframes() / reader.getframerate()
        values = memoryview(reader.readframes(reader.getnframes())).cast("h")
    assert form == ("NONE", 16_000, 2, 1)
    assert 0.5 <= seconds <= 3
    assert 1_000 < max(abs(value) for value in values) < 12_000, "audible, and not loud"


def test_the_folder_is_small_and_no_two_prompts_sound_the_same() -> None:
    assert sum(file.stat().st_size for file in FILES) < LARGEST_FOLDER_BYTES
    assert len({file.read_bytes() for file in FILES}) == len(FILES)


def test_every_prompt_of_the_flows_is_there_and_every_file_is_played() -> None:
    assert played() == {file.name for file in FILES}
