"""What is backed up comes back; what is not whole changes nothing; a restore that dies leaves the old or the new."""

import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowlang.store import restoring
from flowlang.store.base import StoreError
from flowlang.store.only_one import only_one
from flowlang.store.schema import VERSION
from flowlang.store.sqlite import SqliteStore
from flowlang.tools.backup_file import is_known
from flowlang.tools.cli import main
from tests.store.test_stores import begin

Said = pytest.CaptureFixture[str]


class Service:
    """What a service keeps, in a folder."""

    def __init__(self, folder: Path, *calls: str) -> None:
        self.folder, self.path = folder, folder / "calls.db"
        folder.mkdir(exist_ok=True)
        store = SqliteStore(str(self.path))
        for call in calls:
            begin(store, call_id=call)
        store.close()
        for name, text in (
            ("calls.db.sound/contents/key", "secret"), ("calls.db.sound/spoken/a-b", ""),
            ("calls.db.recordings/one-1.wav", "RIFF " + "-".join(calls)), ("calls.db.bots", "{}"),
            ("calls.db.audit", "a line\n"), ("calls.db.recordings/.part-x", "half"),
        ):  # fmt: skip
            (folder / name).parent.mkdir(exist_ok=True, parents=True)
            (folder / name).write_text(text)

    def calls(self) -> list[str]:
        store = SqliteStore(str(self.path))
        found = [one.call_id for one in store.calls(10)]
        store.close()
        return found


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.chdir(tmp_path)
    return Service(tmp_path / "here", "one", "two")


@pytest.fixture
def kept(service: Service, tmp_path: Path) -> Path:
    path = tmp_path / "kept.flowlang"
    assert main(["backup", str(path), "--store", str(service.path)]) == 0
    return path


def contents(folder: Path) -> dict[str, bytes]:
    names = [one for one in folder.rglob("*") if one.is_file()]
    return {str(one.relative_to(folder)): one.read_bytes() for one in names if not one.name.endswith((".lock", "-shm"))}


def test_everything_comes_back_elsewhere(kept: Path, tmp_path: Path, capsys: Said) -> None:
    (tmp_path / "there").mkdir()
    target = tmp_path / "there" / "calls.db"
    assert main(["restore", str(kept), "--check"]) == 0
    assert not list((tmp_path / "there").iterdir())
    assert main(["restore", str(kept), "--store", str(target)]) == 0
    assert f"schema {VERSION}" in capsys.readouterr().out
    found = contents(tmp_path / "there")
    assert set(found) == {
        "calls.db", "calls.db.bots", "calls.db.audit", "calls.db.sound/contents/key", "calls.db.sound/spoken/a-b",
        "calls.db.recordings/one-1.wav",
    }  # fmt: skip
    assert found["calls.db.recordings/one-1.wav"] == b"RIFF one-two"
    store = SqliteStore(str(target))
    assert [one.call_id for one in store.calls(10)] == ["two", "one"]
    store.close()
    if os.name == "posix":
        assert kept.stat().st_mode & 0o777 == 0o600
        for one in (tmp_path / "there").rglob("*"):
            assert one.stat().st_mode & 0o777 == (0o700 if one.is_dir() else 0o600), one


def test_nothing_is_overwritten_unless_it_is_said(kept: Path, service: Service, capsys: Said) -> None:
    assert main(["backup", str(kept), "--store", str(service.path)]) == 2
    assert "--replace puts the new backup in its place" in capsys.readouterr().err
    assert main(["backup", str(kept), "--store", str(service.path), "--replace"]) == 0
    Service(service.folder, "three")
    before = contents(service.folder)
    assert main(["restore", str(kept), "--store", str(service.path)]) == 2
    assert "calls.db is there already; --replace throws it away" in capsys.readouterr().err
    assert contents(service.folder) == before
    (service.folder / "calls.db.audit").write_text("a line\nand what was done since\n")
    (service.folder / "calls.db.recordings" / "three-1.wav").write_text("since")
    assert main(["restore", str(kept), "--store", str(service.path), "--replace"]) == 0
    assert service.calls() == ["two", "one"]
    assert not (service.folder / "calls.db.recordings" / "three-1.wav").exists()
    assert "since" in (service.folder / "calls.db.audit").read_text()


def test_where_a_service_runs_it_is_left_alone(kept: Path, service: Service, capsys: Said) -> None:
    before = contents(service.folder)
    with only_one(str(service.path)):
        assert main(["restore", str(kept), "--store", str(service.path), "--replace"]) == 2
    assert "is in use by process" in capsys.readouterr().err
    assert contents(service.folder) == before


@pytest.mark.parametrize(
    "words",
    [["backup"], ["backup", "a", "b"], ["restore", "nowhere"], ["backup", "x", "--store", "nowhere.db"],
     ["backup", "no/folder/x"], ["restore", "kept.flowlang", "--store", "no/folder/calls.db"]],
)  # fmt: skip
def test_what_cannot_be_is_told_in_a_line(kept: Path, words: list[str], capsys: Said) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1


# ---------------------------------------------------------------- not whole


def test_a_backup_that_was_cut_off_anywhere_changes_nothing(kept: Path, service: Service, capsys: Said) -> None:
    data, before = kept.read_bytes(), contents(service.folder)
    whole = _end(data)
    for size in [*range(0, whole, 4_999), whole - 1_000, whole - 1]:
        kept.write_bytes(data[:size])
        assert main(["restore", str(kept), "--store", str(service.path), "--replace"]) == 2, size
        assert "flowlang: " in capsys.readouterr().err
    assert contents(service.folder) == before


def test_a_byte_that_is_another_one_is_seen(kept: Path, service: Service, capsys: Said) -> None:
    data, before = kept.read_bytes(), contents(service.folder)
    with tarfile.open(kept) as tar:
        places = [at for one in tar for at in (one.offset_data, one.offset_data + one.size - 1) if one.size]
    for at in places:
        kept.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        assert main(["restore", str(kept), "--store", str(service.path), "--replace"]) == 2, at
        assert "damaged" in capsys.readouterr().err
    assert contents(service.folder) == before


def _end(data: bytes) -> int:
    """Where the last member ends; behind it there are only zeros."""
    return len(data.rstrip(b"\0"))


def again(kept: Path, change: Callable[[tarfile.TarFile, dict[str, Any]], None]) -> None:
    """The backup written anew, with something else in it."""
    with tarfile.open(kept) as tar:
        found = {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]
    manifest = json.loads(found.pop("manifest.json"))
    with tarfile.open(kept, "w") as tar:
        for name, data in found.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        change(tar, manifest)
        data = json.dumps(manifest).encode()
        info = tarfile.TarInfo("manifest.json")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))


def _link(kind: bytes, target: str) -> Callable[[tarfile.TarFile, dict[str, Any]], None]:
    def change(tar: tarfile.TarFile, _manifest: dict[str, Any]) -> None:
        info = tarfile.TarInfo("recordings/link")
        info.type, info.linkname = kind, target
        tar.addfile(info)

    return change


def _file(name: str) -> Callable[[tarfile.TarFile, dict[str, Any]], None]:
    def change(tar: tarfile.TarFile, manifest: dict[str, Any]) -> None:
        info = tarfile.TarInfo(name)
        info.size = 1
        tar.addfile(info, io.BytesIO(b"x"))
        manifest["members"][name] = [1, "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"]

    return change


def _newer(_tar: tarfile.TarFile, manifest: dict[str, Any]) -> None:
    manifest["schema"] = VERSION + 1


def _more(_tar: tarfile.TarFile, manifest: dict[str, Any]) -> None:
    manifest["members"]["recordings/gone.wav"] = [1, "00"]


def _form(_tar: tarfile.TarFile, manifest: dict[str, Any]) -> None:
    manifest["backup"] = 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_file("recordings/../../outside"), "does not belong in it"), (_file("/etc/outside"), "does not belong in it"),
        (_file("other"), "does not belong in it"), (_file("database"), "does not belong in it"),
        (_link(tarfile.SYMTYPE, "/etc/passwd"), "does not belong in it"),
        (_link(tarfile.LNKTYPE, "database"), "does not belong in it"),
        (_newer, "use the newer release"), (_more, "recordings/gone.wav is not what it was"),
        (_form, "a form that this one does not know"),
    ],
)  # fmt: skip
def test_what_does_not_belong_in_it_is_refused(
    kept: Path, service: Service, tmp_path: Path, change: Any, said: str, capsys: Said
) -> None:
    before = contents(service.folder)
    again(kept, change)
    assert main(["restore", str(kept), "--store", str(service.path), "--replace"]) == 2
    assert said in capsys.readouterr().err
    assert contents(service.folder) == before
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize(
    "name", ["sound/..", "sound", "sound/", "recordings/a\\b", "recordings/c:x", "a/b", "../x", ""]
)
def test_a_name_that_leads_elsewhere(name: str) -> None:
    assert not is_known(name)
    assert is_known("recordings/call-1@x=y+z.wav")


# ---------------------------------------------------------------- killed in the middle


class KilledError(BaseException):
    """The process is gone: nothing after it is done, no tidying up either."""


@pytest.mark.parametrize("steps", range(16))
def test_a_restore_that_dies_leaves_the_old_state_or_the_new_one(
    kept: Path, service: Service, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    Service(service.folder, "three")
    left = steps

    def counted(do: Callable[..., Any]) -> Callable[..., Any]:
        def done(*given: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise KilledError
            return do(*given)

        return done

    with monkeypatch.context() as dying:
        dying.setattr(os, "replace", counted(os.replace))
        dying.setattr(os, "rename", counted(os.rename))
        dying.setattr(restoring, "remove", counted(restoring.remove))
        try:
            main(["restore", str(kept), "--store", str(service.path), "--replace"])
            is_through = True
        except KilledError:
            is_through = False
    is_ready = os.path.exists(f"{service.path}{restoring.READY}")
    with only_one(str(service.path)):  # as the next start does it
        assert service.calls() == (["two", "one"] if is_through or is_ready else ["three", "two", "one"])
        recorded = (service.folder / "calls.db.recordings" / "one-1.wav").read_text()
        assert recorded == ("RIFF one-two" if is_through or is_ready else "RIFF three")
    assert not [one for one in contents(service.folder) if one.endswith((restoring.READY, restoring.STAGED))]


def test_a_list_that_nobody_wrote_is_told(service: Service) -> None:
    Path(f"{service.path}{restoring.READY}").write_text("{}")
    with pytest.raises(StoreError, match="does not come to its end"), only_one(str(service.path)):
        pass
    with sqlite3.connect(service.path) as db:
        assert db.execute("PRAGMA quick_check").fetchone() == ("ok",)
    db.close()
