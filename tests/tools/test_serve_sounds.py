"""Sound through the whole service: prompts are fetched, texts are said, recordings are kept."""

import subprocess
import sys
from pathlib import Path

import httpx

from flowlang.wav import read_wav
from tests.prompts.making import wav
from tests.serve.processes import address_in, running

FLOW = """
on answered: play "hello.wav" then say "Please speak." then record for 1s as message then hang up
on failed: hang up
"""
PORTS = ("--port", "0", "--admin-port", "0", "--sim-port", "0")
PATIENCE_SECONDS = 60


def one_call(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "flowlang", "serve", "flows", "--simulate", "--one-call", "mailbox", *PORTS, *more]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)


def place(folder: Path, settings: str = "") -> None:
    (folder / "flows").mkdir()
    (folder / "flows" / "mailbox.flow").write_text(FLOW)
    (folder / "flowlang.yaml").write_text(settings)


def test_prompts_are_played_texts_are_said_and_what_is_recorded_is_kept(tmp_path: Path) -> None:
    place(tmp_path, "prompts: sounds\nrecordings: kept\n")
    (tmp_path / "sounds").mkdir()
    (tmp_path / "sounds" / "hello.wav").write_bytes(wav())
    done = one_call(tmp_path, "--store", "calls.db")
    assert done.returncode == 0, done.stderr
    ladder = done.stdout
    assert [word in ladder for word in ("play hello.wav", "say ", "record ", "hang up 204")] == [True] * 4, ladder
    assert 'play "hello.wav" then' in ladder, "the lines of the flow stand beside the messages"
    assert ladder.index("play hello.wav") < ladder.index("say ") < ladder.index("record ")
    assert "refused" not in done.stderr
    (kept,) = (tmp_path / "kept").iterdir()
    recorded = read_wav(kept.read_bytes())
    assert recorded is not None
    assert 900 <= recorded.length_ms <= 1_500
    contents = list((tmp_path / "calls.db.sound" / "contents").glob("*.wav"))
    assert len(contents) == 2
    assert wav() in [one.read_bytes() for one in contents]


def test_a_voice_of_the_operators_speaks(tmp_path: Path) -> None:
    (tmp_path / "said.wav").write_bytes(wav([1, 2, 3]))
    place(tmp_path, f"voice: {{command: [cat, '{tmp_path}/said.wav']}}\n")
    (tmp_path / "flows" / "hello.wav").write_bytes(wav())
    done = one_call(tmp_path, "--store", "calls.db")
    assert done.returncode == 0, done.stderr
    contents = [one.read_bytes() for one in (tmp_path / "calls.db.sound" / "contents").glob("*.wav")]
    assert wav([1, 2, 3]) in contents


def test_a_voice_that_fails_is_told_and_the_flow_catches_it(tmp_path: Path) -> None:
    place(tmp_path, "voice: {command: [no-such-voice, '{file}']}\n")
    (tmp_path / "flows" / "hello.wav").write_bytes(wav())
    done = one_call(tmp_path)
    assert done.returncode == 0
    assert "the voice for `say`: no-such-voice cannot be started" in done.stderr
    assert "hang up 204" in done.stdout
    assert "record" not in done.stdout


def test_a_flow_whose_prompt_is_nowhere_is_not_served(tmp_path: Path) -> None:
    place(tmp_path)
    done = one_call(tmp_path)
    assert done.returncode == 1
    assert "hello.wav" in done.stderr
    (tmp_path / "flowlang.yaml").write_text("defaults: {safety_net_prompt: nowhere.wav}\n")
    (tmp_path / "flows" / "hello.wav").write_bytes(wav())
    done = one_call(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    why = "`nowhere.wav` is neither beside the flow nor in the folder of prompts"
    assert done.stderr == f"flows/mailbox.flow: {why}\nflowlang: there is no flow that can be served\n"


def test_prompts_that_are_fetched_are_counted(tmp_path: Path) -> None:
    place(tmp_path)
    (tmp_path / "flows" / "hello.wav").write_bytes(wav())
    with running("serve", "flows", "--simulate", *PORTS, cwd=tmp_path) as service:
        webhook = address_in(service.says("calls come in at")).removesuffix("/callback")
        graph, admin = address_in(service.says("simulated Graph")), address_in(service.says("admin API"))
        call_id = httpx.post(f"{graph}/sim/calls", json={"to": "mailbox"}).json()["call"]["id"]
        after = 0
        while True:
            page = httpx.get(f"{graph}/sim/calls/{call_id}?after={after}&wait_ms=5000", timeout=PATIENCE_SECONDS).json()
            after = page["next"]
            if page["is_told"]:
                break
        assert httpx.get(f"{webhook}/prompts/nothing.wav").status_code == 404
        metrics = httpx.get(f"{admin}/metrics").text
    assert 'flowlang_prompt_fetches_total{status="2xx"} 2.0' in metrics, "the prompt and what was said"
    assert 'flowlang_prompt_fetches_total{status="4xx"} 1.0' in metrics
