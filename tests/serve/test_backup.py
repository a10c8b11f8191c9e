"""A backup that is made while calls run: it is restored elsewhere, and each call of it goes on there."""

import shutil
from pathlib import Path
from typing import Final

from flowlang.store.sqlite import SqliteStore
from flowlang.tools.cli import main
from tests.serve.processes import running, town, until

ROOT: Final = Path(__file__).parents[2]
CALLS: Final = 12


def test_calls_of_a_backup_go_on_elsewhere(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "flows" / "prompts", tmp_path / "flows" / "prompts")
    shutil.copy(ROOT / "flows" / "consult.flow", tmp_path / "flows")
    kept, here, there = (
        str(tmp_path / "kept.flowlang"),
        str(tmp_path / "calls.db"),
        str(tmp_path / "there" / "calls.db"),
    )
    (tmp_path / "there").mkdir()
    with town(tmp_path) as one:
        one.start()
        first = one.call()
        one.told(first)
        calls = [one.call() for _ in range(CALLS)]
        until(lambda: one.admin.get("/v1/figures")["live"] >= CALLS // 2)
        with running("backup", kept, "--store", here, "--config", str(one.settings), cwd=tmp_path) as made:
            assert made.ends() == 0, made.err
        one.kill()
        assert main(["restore", kept, "--store", there, "--config", str(one.settings)]) == 0
        store = SqliteStore(there, read_only=True)
        live = [found.call_id for found in store.calls(100)]
        over = [found.call_id for found in store.calls(100, over=True)]
        store.close()
        assert first in over
        assert live, "it was made in the middle of calls"
        one.settings.write_text(one.settings.read_text().replace(here, there))
        one.start()
        assert main(["restore", kept, "--store", there, "--config", str(one.settings), "--replace"]) == 2
        assert {one.over(call)[0] for call in live} <= {"transferred", "hung up"}
        until(lambda: one.admin.get("/v1/figures")["live"] == 0)
        until(lambda: one.admin.get("/v1/figures")["to_send"] == 0)
        figures = one.admin.get("/v1/figures")
        assert (figures["parked"], figures["to_send"]) == (0, 0)
        assert set(live) <= set(calls)
        for call in (first, live[0]):
            assert main(["replay", call, "--store", there]) == 0
        again = str(tmp_path / "again.flowlang")
        assert main(["backup", again, "--store", there, "--config", str(one.settings)]) == 0
        one.kill()
    assert main(["restore", again, "--check"]) == 0
