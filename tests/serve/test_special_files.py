"""A service whose files become pipes, or lie on a disk that does not answer: it goes on, and ends when told to."""

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import anyio
import pytest

from flowlang.runtime.own_thread import LOADING_SECONDS, MOST_THREADS, in_own_thread
from flowlang.tools.calls_http import Service
from flowlang.tools.cli import main
from tests.prompts.making import wav
from tests.serve.processes import address_in, running, until

SIMULATED = ("serve", "flows", "--simulate", "--port", "0", "--admin-port", "0", "--sim-port", "0")
STOPS_SECONDS = 10.0  # as the pages say
STARTS_SECONDS = 60.0

HANGS_AFTER_THE_START = """
import sys, threading, time
from flowlang.tools import serve_run, serve_watch
from flowlang.tools.cli import main

really, never, count = serve_run.load_flows, threading.Event(), []

def load(*words):
    count.append(1)
    return really(*words) if len(count) == 1 else never.wait()

serve_run.load_flows = serve_watch.load_flows = load
sys.exit(main(sys.argv[1:]))
"""
"""`flowlang` on a disk that answers once and never again."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "desk.flow").write_text('on answered: play "hold.wav" then hang up\non failed: hang up\n')
    (tmp_path / "flows" / "hold.wav").write_bytes(wav())
    return tmp_path


@pytest.mark.skipif(os.name != "posix", reason="named pipes are files of POSIX")
def test_a_pipe_in_the_place_of_a_prompt_is_told_and_calls_go_on(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(*SIMULATED, cwd=folder) as service:
        admin = Service(address_in(service.says("admin API")), "")
        time.sleep(0.5)  # nobody says when watching begins
        (folder / "flows" / "hold.wav").unlink()
        os.mkfifo(folder / "flows" / "hold.wav")
        until(lambda: any("is a named pipe, not a file" in line for line in service.err))
        found = admin.post("/v1/flows/read")
        assert "`hold.wav` is a named pipe, not a file" in found["troubles"]["desk"]
        code = main(["sim", "call", "--to", "desk", "--url", address_in(service.says("simulated Graph"))])
        assert (code, "playPrompt" in capsys.readouterr().out) == (0, True), "what was served before goes on"
        began = time.monotonic()
        service.send(signal.SIGTERM)
        assert service.ends() == 0
        assert time.monotonic() - began < STOPS_SECONDS


def test_a_disk_that_never_answers_keeps_no_service_from_ending(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HANGS_AFTER_THE_START, *SIMULATED, "--no-watch"], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        admin = next(address_in(line) for line in process.stdout if "admin API" in line)
        asking = subprocess.Popen(
            [sys.executable, "-m", "flowlang", "deploy", "--url", admin],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        time.sleep(3.0)  # until it waits for the files
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(STARTS_SECONDS) == 0
        assert time.monotonic() - began < STOPS_SECONDS
        said = asking.communicate(timeout=STARTS_SECONDS)[0]
        assert asking.returncode != 0, said
    finally:
        process.kill()
        process.communicate()


def test_who_waits_for_a_disk_is_told_in_time_and_threads_have_a_bound() -> None:
    async def ask() -> float:
        stuck, began = threading.Event(), time.monotonic()
        try:
            with anyio.move_on_after(0.05):  # who is cancelled does not wait for the thread
                await in_own_thread(stuck.wait)
            for _ in range(MOST_THREADS):  # the last one finds no thread free
                with pytest.raises(TimeoutError, match="does a disk of the network not answer"):
                    await in_own_thread(stuck.wait, 0.05)
        finally:
            stuck.set()
        return time.monotonic() - began

    assert anyio.run(ask) < LOADING_SECONDS / 2


def test_what_happens_in_a_thread_comes_back() -> None:
    async def both() -> int:
        with pytest.raises(KeyError, match="gone"):
            await in_own_thread(partial(dict[str, int]().__getitem__, "gone"))
        return await in_own_thread(lambda: 7)

    assert anyio.run(both) == 7
