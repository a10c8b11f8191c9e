"""Flow files that change while they are served."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import anyio
import pytest

from flowlang.store.base import StoreError
from flowlang.tools import serve_watch
from flowlang.tools.serve_flows import Loaded, Site
from flowlang.tools.serve_watch import watch_flows

GOOD = "on answered: hang up\non failed: hang up\n"
PATIENCE_SECONDS = 20.0


class Watched:
    """What came of each look at the files."""

    def __init__(self) -> None:
        self.looks: list[dict[str, str]] = []
        self.said: list[str] = []
        self.warned: list[str] = []
        self.fails: Exception | None = None
        self.tells: list[str] = []

    async def deploy(self, loaded: Sequence[Loaded]) -> list[str]:
        if self.fails is not None:
            raise self.fails
        self.looks.append({one.name: one.trouble for one in loaded})
        return self.tells

    async def after(
        self, change: Callable[[], object], is_there: Callable[[], object], *paths: str, prompts: str = ""
    ) -> None:
        """Watch; change something, again and again since nobody says when watching begins; until it was seen."""
        with anyio.fail_after(PATIENCE_SECONDS):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(
                    watch_flows, paths, Site(prompts=prompts), self.deploy, self.said.append, self.warned.append
                )
                while not is_there():
                    change()
                    for _ in range(20):
                        if not is_there():
                            await anyio.sleep(0.05)
                tasks.cancel_scope.cancel()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(serve_watch, "SETTLES_MS", 50)
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "desk.flow").write_text(GOOD)
    return tmp_path


def replaced(file: Path, text: str) -> None:
    """As editors write a file: a new one takes its name."""
    new = file.with_suffix(".new")
    new.write_text(text)
    os.replace(new, file)


def test_a_file_by_itself_is_seen_however_often_another_takes_its_name(folder: Path) -> None:
    watched, file = Watched(), folder / "flows" / "desk.flow"
    anyio.run(watched.after, lambda: replaced(file, GOOD), lambda: len(watched.looks) >= 3, str(file))
    assert watched.looks[-1] == {"desk": ""}


def test_a_folder_all_of_whose_files_are_swapped_at_once(folder: Path) -> None:
    """As Kubernetes mounts files: `desk.flow` is a link to `..data/desk.flow`, and `..data` a link that changes."""
    for name, text in (("..one", GOOD), ("..two", GOOD + "on answered: wurst\n")):
        (folder / "mount" / name).mkdir(parents=True)
        (folder / "mount" / name / "desk.flow").write_text(text)
    data = folder / "mount" / "..data"
    data.symlink_to("..one")
    (folder / "mount" / "desk.flow").symlink_to("..data/desk.flow")

    def swap() -> None:
        (folder / "mount" / "..tmp").symlink_to("..two")
        os.replace(folder / "mount" / "..tmp", data)

    watched = Watched()
    anyio.run(watched.after, swap, lambda: watched.looks, str(folder / "mount" / "desk.flow"))
    assert "wurst" in watched.looks[-1]["desk"]


def test_prompts_of_the_operator_are_looked_at_too(folder: Path) -> None:
    (folder / "sounds").mkdir()
    watched = Watched()
    write = (folder / "sounds" / "hello.wav").write_bytes
    where = (str(folder / "flows"),)

    async def main() -> None:
        await watched.after(lambda: write(b"RIFF"), lambda: watched.looks, *where, prompts=str(folder / "sounds"))

    anyio.run(main)


@pytest.mark.parametrize(
    ("fails", "told"),
    [
        (
            StoreError("the disk is full"),
            "new versions cannot be kept: the disk is full; what was served before goes on",
        ),
        (
            TypeError("never"),
            "the flows cannot be read, by a bug of flowlang: TypeError: never; what was served before",
        ),
    ],
)
def test_whatever_goes_wrong_the_service_goes_on(fails: Exception, told: str, folder: Path) -> None:
    watched = Watched()
    watched.fails = fails
    file = folder / "flows" / "desk.flow"
    anyio.run(watched.after, lambda: file.write_text(GOOD), lambda: watched.warned, str(folder / "flows"))
    assert watched.warned[0].startswith(told)
    assert watched.said == []


def test_two_flows_of_one_name_are_told(folder: Path) -> None:
    watched = Watched()
    (folder / "flows" / "more").mkdir()
    file = folder / "flows" / "more" / "desk.flow"
    anyio.run(watched.after, lambda: file.write_text(GOOD), lambda: watched.warned, str(folder / "flows"))
    assert "are both called desk; rename one; what was served before goes on" in watched.warned[0]


def test_what_is_good_is_said_and_what_is_not_is_a_warning(folder: Path) -> None:
    watched = Watched()
    bad = "shop is not served: no; what was served before goes on"
    watched.tells = ["desk: version 2 takes new calls", bad]
    file = folder / "flows" / "desk.flow"
    anyio.run(watched.after, lambda: file.write_text(GOOD), lambda: watched.said, str(folder / "flows"))
    assert (watched.said[0], watched.warned[0]) == ("desk: version 2 takes new calls", bad)


def test_it_ends_at_once(folder: Path) -> None:
    async def main() -> float:
        began = anyio.current_time()
        with anyio.move_on_after(0.3):
            await watch_flows((str(folder / "flows"),), Site(), Watched().deploy, print, print)
        return anyio.current_time() - began

    assert anyio.run(main) < 2, "a service that stops would wait for it"


def test_a_system_that_cannot_watch_is_told_and_nothing_ends(folder: Path) -> None:
    watched = Watched()
    gone = str(folder / "nowhere" / "desk.flow")
    anyio.run(watched.after, lambda: None, lambda: watched.warned, gone)
    assert watched.warned[0].startswith("flow files are not looked at when they change: ")
    assert watched.warned[0].endswith("; flowlang deploy reads them")
