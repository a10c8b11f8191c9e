"""`flowlang replay`: where the call comes from, what is said, and what is said when it cannot be done."""

import json
import os
import shutil
from pathlib import Path

import pytest

from flowlang.admin.access import token_of
from flowlang.replay.recording import read, written
from flowlang.store.base import Parked
from flowlang.store.sqlite import SqliteStore
from flowlang.tools.cli import main
from flowlang.tools.serve_flows import load_flow
from tests.admin.rig import QUEUE, Rig
from tests.admin.serving import serving
from tests.recordings.make import FOLDER

ROOT = Path(__file__).parents[2]
ONE = FOLDER / "0.1.0" / "consult.json"
NOW = "  now   transfer to Heidi Steen replacing the other call (other.flow:10), 0.1 s later"
FLOW = ROOT / "flows" / "consult.flow"
TALK = "incoming -> *\nestablished -> *\nover 200/4521 -> *"
EVE, JOE = "operator-token-0123456789", "reader-token-0123456789012"


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("FLOWLANG_URL", "FLOWLANG_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def say(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["replay", *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def other_flow(folder: Path, old: str, new: str) -> str:
    text = FLOW.read_text(encoding="utf-8")
    assert old in text
    shutil.copytree(FLOW.parent / "prompts", folder / "prompts")
    (folder / "other.flow").write_text(text.replace(old, new), encoding="utf-8")
    return "other.flow"


# ---------------------------------------------------------------- what is said


def test_a_call_that_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = say(capsys, str(ONE))
    assert (code, err) == (0, "")
    assert out == "Call s1 of consult: 20 facts, 5 commands.\nNo difference: this release asks for the same.\n"


def test_the_first_difference_of_another_flow(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = other_flow(tmp_path, "    transfer replacing consult:", "    wait 100ms\n    transfer replacing consult:")
    code, out, _ = say(capsys, str(ONE), "--flow", path)
    assert code == 1
    lines = out.splitlines()
    assert lines[1].endswith("after: leg 1 is established. Before it 3 commands are the same.")
    assert lines[2:] == ["  then  stop sound (consult.flow:9)", NOW]


def test_two_commands_that_read_alike_are_shown_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = other_flow(tmp_path, "550fae72-d251-43ec-868c-373732c2704f", "550fae72-d251-43ec-868c-373732c27040")
    code, out, _ = say(capsys, str(ONE), "--flow", path)
    assert code == 1
    assert "373732c2704f" in out.splitlines()[2]
    assert "373732c27040" in out.splitlines()[3]


def test_the_ladder_is_the_one_of_now(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = other_flow(tmp_path, 'playing "prompts/hold.wav"', 'playing "prompts/sorry.wav"')
    _, out, _ = say(capsys, str(ONE), "--flow", path, "--ladder")
    assert "play sorry.wav" in out
    assert "consult heidi for" in out, "the lines of the flow stand beside the messages"
    _, out, _ = say(capsys, str(ONE), "--ladder")
    assert "play hold.wav" in out
    assert "play sorry.wav" not in out


def test_the_lines_of_its_own_flow_stand_there_where_the_file_is_what_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(FLOW.parent / "prompts", tmp_path / "flows" / "prompts")
    flow = Path(shutil.copy(FLOW, tmp_path / "flows"))
    found = load_flow("flows/consult.flow")
    assert found is not None
    assert found.plan is not None
    kept = read(ONE.read_text(encoding="utf-8"))._replace(plan=found.plan)
    (tmp_path / "kept.json").write_text(written(kept), encoding="utf-8")
    assert "8  consult heidi for" in say(capsys, "kept.json", "--ladder")[1]
    flow.write_text(FLOW.read_text(encoding="utf-8").replace("18s", "19s"), encoding="utf-8")
    assert "consult heidi for" not in say(capsys, "kept.json", "--ladder")[1]


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = say(capsys, str(ONE), "--format", "json")
    assert json.loads(out) == {
        "version": 1, "call_id": "s1", "flow": "consult", "other": None, "release": "0.1.0", "facts": 20, "commands": 5,
        "same": 5, "difference": None,
    }  # fmt: skip
    path = other_flow(tmp_path, 'playing "prompts/hold.wav"', 'playing "prompts/sorry.wav"')
    code, out, _ = say(capsys, str(ONE), "--flow", path, "--format", "json")
    found = json.loads(out)
    assert (code, found["other"], found["same"]) == (1, "other", 2)
    difference = found["difference"]
    assert [difference[one]["words"] for one in ("then", "now")] == ["play hold.wav", "play sorry.wav"]
    assert [difference[one]["place"] for one in ("then", "now")] == ["consult.flow:8", "other.flow:8"]
    assert difference["now"]["command"][0] == "c.Request"
    assert difference["broke"] is None
    assert difference["after"]["fact"]


# ---------------------------------------------------------------- where the call comes from


def test_a_call_of_a_service(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(tokens=[token_of("eve", "operator", EVE), token_of("joe", "reader", JOE)])
    rig.call(TALK, name="2d5c1f0a-77c0")
    with serving(rig.app) as url:
        monkeypatch.setenv("FLOWLANG_URL", url)
        code, out, _ = say(capsys, "2d5c", "--token", EVE, "--save", "kept.json")
        assert (code, "No difference" in out, "kept.json. It holds the numbers" in out) == (0, True, True)
        code, _, err = say(capsys, "2d5c", "--token", JOE)
        assert (code, err) == (2, "flowlang: joe is a reader; this needs an operator\n")
        code, _, err = say(capsys, "beef", "--token", EVE)
        assert (code, err) == (2, "flowlang: there is no call beef\n")
    assert rig.audited[1] == ("eve", "recording", "2d5c", {"outcome": "taken"})
    kept = read((tmp_path / "kept.json").read_text(encoding="utf-8"))
    assert (kept.call_id, kept.flow) == ("2d5c1f0a-77c0", "queue")
    assert len(kept.facts) == len(rig.store.journal("2d5c1f0a-77c0"))
    assert (tmp_path / "kept.json").stat().st_mode & 0o077 == 0
    assert say(capsys, "kept.json")[0] == 0
    assert sorted(os.listdir(tmp_path)) == ["kept.json"]


def test_a_call_of_a_database_that_is_in_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = SqliteStore("calls.db")
    rig = Rig(store=store)
    rig.call(TALK, name="2d5c1f0a-77c0")
    rig.call(TALK, name="2d5c1f0a-77c1")
    with store.together():  # somebody writes just now
        assert say(capsys, "2d5c1f0a-77c0", "--store", "calls.db")[:2] == (
            0, "Call 2d5c1f0a of queue: 3 facts, 1 command.\nNo difference: this release asks for the same.\n"
        )  # fmt: skip
    assert say(capsys, "2d5c", "--store", "calls.db")[2] == "flowlang: several calls begin with 2d5c\n"
    assert say(capsys, "2d5", "--store", "calls.db")[2] == "flowlang: there is no call 2d5 in calls.db\n"
    store.close()
    with pytest.raises(Exception, match="readonly"):
        SqliteStore("calls.db", read_only=True).put_plan("x", b"y")


def test_a_parked_call_is_played_without_what_ended_it(capsys: pytest.CaptureFixture[str]) -> None:
    from flowlang.call import commands
    from flowlang.codec import encode
    from flowlang.store.base import LAST, Intent

    store = SqliteStore("calls.db")
    Rig(store=store).call("incoming -> *\nestablished -> *", name="call-one")
    last = encode(commands.Request(LAST, 0, "call-one", commands.HangUp()))
    store.park(Parked("call-one", 5, "it broke"), [Intent("call-one", LAST, 0, last)])
    store.close()
    assert say(capsys, "call-one", "--store", "calls.db")[0] == 0


# ---------------------------------------------------------------- what cannot be done


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "replay wants one call: flowlang replay 2d5c1f0a"),
        (["a", "b"], "replay wants one call, not 2: flowlang replay 2d5c1f0a"),
        (["nothing.json"], "there is no file nothing.json"),
        (["wrong.json"], "wrong.json cannot be played again: it is not JSON"),
        (["latin.json"], "latin.json cannot be played again: it is not text in UTF-8"),
        (["x", "--store", "nothing.db"], "there is no database nothing.db"),
        (["x", "--store", "wrong.json"], "the database wrong.json cannot be opened: file is not a database"),
        (["x", "--store", "empty.db"], "empty.db is no database of flowlang"),
        ([str(ONE), "--flow", "nothing.flow"], "nothing.flow cannot be served: there is no file nothing.flow"),
        ([str(ONE), "--flow", "wrong.flow"], "wrong.flow cannot be served: wrong.flow:1: "),
        ([str(ONE), "--flow", "empty.flow"], "empty.flow has no handler, so no call can go through it"),
        ([str(ONE), "--config", "a.yaml"], "--config is for the flow of --flow"),
        ([str(ONE), "--save", "no/where.json"], "no/where.json cannot be written: there is no folder no"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_line(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wrong.json").write_text("{ this is not it, and long enough to be looked at as a database file " * 20)
    (tmp_path / "latin.json").write_bytes(b"\xe4")
    (tmp_path / "empty.db").write_bytes(b"")
    (tmp_path / "wrong.flow").write_text("tranfser to x\n")
    (tmp_path / "empty.flow").write_text("contact a = +12025550100\n")
    code, out, err = say(capsys, *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"flowlang: {said}")
    assert err.count("\n") == 1


def test_no_service_is_code_4(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = say(capsys, "2d5c", "--url", "http://127.0.0.1:9")
    assert code == 4
    assert err.startswith("flowlang: no service answers at http://127.0.0.1:9")


def test_the_settings_of_the_other_flow(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rig = Rig(flows={"queue": QUEUE})
    rig.call(TALK, name="2d5c1f0a-77c0")
    assert rig.audited == []
    (tmp_path / "site.yaml").write_text("flows:\n  other:\n    set:\n      nothing: 5s\n")
    path = other_flow(tmp_path, "flow 1", "flow 1")
    code, _, err = say(capsys, str(ONE), "--flow", path, "--config", "site.yaml")
    assert code == 2
    assert "flows.other.set.nothing: the flow has no such setting" in err
