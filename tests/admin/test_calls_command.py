"""`flowlang calls …` against a service on loopback: what it shows, what it does, and what it says when it cannot."""

import io
import json
import re
import shlex
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from flowlang.admin.access import token_of
from flowlang.call import facts
from flowlang.call.party import Party
from flowlang.codec import decode, encode
from flowlang.store.base import Arrival, Parked, Which
from flowlang.tools import calls_show
from flowlang.tools.cli import main
from tests.admin.rig import MONDAY_NOON_MS, Rig
from tests.admin.serving import serving

EVE = token_of("eve", "operator", "operator-token-0123456789")
OVER = "incoming -> *\nestablished -> *\nover 200/4521 -> *"
HOW_TO = Path(__file__).parents[2] / "docs/how-to/watch-calls.md"


class Said(NamedTuple):
    code: int
    out: str
    err: str


Say = Callable[..., Said]


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Rig, str]]:
    rig = Rig(tokens=[EVE])
    with serving(rig.app) as url:
        yield rig, url


@pytest.fixture
def rig(served: tuple[Rig, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """The service, whose time stands at Monday noon, with nothing in it."""
    rig, url = served
    monkeypatch.setenv("FLOWLANG_URL", url)
    monkeypatch.setenv("FLOWLANG_TOKEN", "operator-token-0123456789")
    monkeypatch.setenv("COLUMNS", "80")
    rig.now_ms = MONDAY_NOON_MS
    noon = datetime.fromtimestamp(MONDAY_NOON_MS / 1000 + 125, UTC)
    monkeypatch.setattr(calls_show, "here", lambda: noon)
    yield rig
    rig.store.erase([one.session.call_id for one in rig.store.find(Which(), 1000).found])


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def say(*words: str) -> Said:
        code = main(["calls", *words])
        return Said(code, *capsys.readouterr())

    return say


# ---------------------------------------------------------------- looking


def test_the_table_fits_a_terminal(rig: Rig, say: Say) -> None:
    rig.call("incoming -> *\nestablished -> *\naudio -> *\ntone 1 -> *", name="2d5c1f0a-77c0-4b3f-9a55-0d3f6f0c1f10")
    rig.call(name="77e0aa10-0000-4000-8000-000000000000")
    said = say("ls")
    assert said.code == 0
    assert said.err == ""
    assert said.out == (
        "id       began from        to       flow  where it stands  lasts\n"
        "77e0aa10 12:00 +4989123456 c0000000 queue plays hold.wav   2m04s\n"
        "2d5c1f0a 12:00 +4989123456 c0000000 queue transfers to Bob 2m04s\n"
    )


def test_a_long_table_gives_way_in_the_middle(rig: Rig, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.call("incoming alice -> *\nestablished -> *", name="a" * 40)
    monkeypatch.setenv("COLUMNS", "60")
    lines = say("ls").out.splitlines()
    assert all(len(line) <= 60 for line in lines)
    assert lines[1].startswith("aaaaaaaa 12:00 Alice")


def test_which_calls_are_listed(rig: Rig, say: Say) -> None:
    rig.call(name="waiting-call")
    rig.call(OVER, name="finished-call")
    rig.call(name="resting-call")
    rig.store.park(Parked("resting-call", rig.now_ms, "a bug"))

    def named(*words: str) -> list[str]:
        return [line.split()[0] for line in say("ls", *words).out.splitlines()[1:]]

    assert named() == ["waiting-"]
    assert named("--state", "over") == ["finished"]
    assert named("--state", "parked") == ["resting-"]
    assert named("--state", "all") == ["resting-", "finished", "waiting-"]
    assert named("--state", "all", "--most", "1") == ["resting-"]
    assert say("ls", "--who", "+15550100").out == "no calls are live\n"
    assert [one["id"] for one in json.loads(say("ls", "--format", "json").out)["calls"]] == ["waiting-call"]
    more = say("ls", "--state", "all", "--most", "2")
    assert "there are more" in more.err


def test_a_list_is_put_together_from_pages(rig: Rig, say: Say) -> None:
    for at in range(205):
        rig.call("incoming -> *", name=f"call-{at:03}")
    lines = say("ls", "--most", "300").out.splitlines()
    assert len(lines) == 206


def test_one_call_with_its_ladder(rig: Rig, say: Say) -> None:
    rig.call("incoming -> *\nestablished -> *\naudio -> *\ntone 1 -> *", name="2d5c1f0a-77c0")
    said = say("show", "2d5c")
    assert said.code == 0
    version = rig.flows.serving()["queue"].newest.digest[:8]
    assert said.out == (
        "call 2d5c1f0a-77c0\n"
        "  +4989123456 -> c0000000\n"
        f"  flow queue, version {version}\n"
        "  began 12:00, lasts 2m04s\n"
        "  transfers to Bob (test.flow:10)\n"
        "  leg 0 caller: +4989123456, established\n"
        "  4 facts, 5 requests under way\n"
        "\n"
        "test: 4 facts, +15550100 calls\n"
    )


def test_one_call_with_its_facts(rig: Rig, say: Say) -> None:
    rig.call(OVER, name="finished-call")
    out = say("show", "finished-call", "--facts").out
    assert "  over: hung up" in out
    assert out.endswith(
        "\n     0.00 s  +4989123456 calls c0000000-0000-4000-8000-000000000003\n"
        "     0.01 s  the caller's leg is established\n"
        "     0.02 s  the caller's leg is over: 200/4521 as told\n"
    )


def test_one_call_as_json(rig: Rig, say: Say) -> None:
    rig.call(name="call-one")
    found = json.loads(say("show", "call-one", "--format", "json").out)
    assert found["call"]["id"] == "call-one"
    assert [one["kind"] for one in found["journal"]] == ["Incoming", "CallUpdated"]
    assert found["ladder"].startswith("test: 2 facts")


def test_a_callers_name_does_nothing_to_the_terminal(rig: Rig, say: Say) -> None:
    """The whole way: from Graph's notification through store and admin API to the line."""
    name = "Eve\n2d5c1f0b 12:00 forged \x1b[2J\u202ec\x07"
    fact = facts.Incoming(rig.now_ms, "evil", Party("phone", "+15550100", "", name), Party("phone", "+15550199"))
    rig.store.arrive([Arrival("2d5c1f0a-77c0", "fact", encode(fact), rig.now_ms, begins=True)])
    rig.work()
    heads, line = say("ls").out.splitlines()
    assert line.startswith("2d5c1f0a")
    assert (heads + line).isprintable()
    shown = say("show", "2d5c1f0a").out
    assert "Eve\\n2d5c1f0b 12:00 forged \\x1b[2J\\u202ec\\x07" in shown
    assert all(one.isprintable() for one in shown.split("\n"))
    assert not any(one.startswith("2d5c1f0b") for one in shown.split("\n"))


# ---------------------------------------------------------------- acting


def test_hanging_up(rig: Rig, say: Say) -> None:
    rig.call(name="2d5c1f0a-77c0")
    assert say("hangup", "2d5c1f").out == "call 2d5c1f0a will be hung up\n"
    assert isinstance(decode(tuple, rig.store.journal("2d5c1f0a-77c0")[-1].fact), facts.OperatorHungUp)
    assert "the call is being hung up" in say("hangup", "2d5c1f").out


def test_transferring_to_a_number_and_to_a_user(rig: Rig, say: Say) -> None:
    rig.call(name="call-one")
    assert say("transfer", "call-one", "+15550123").out == "call call-one will go to +15550123\n"
    again = say("transfer", "call-one", "550fae72-d251-43ec-868c-373732c2704f", "--as", "user")
    assert "that cannot be taken back and is waited for" in again.out
    fact = decode(tuple, rig.store.journal("call-one")[-1].fact)
    assert isinstance(fact, facts.OperatorTransferred)
    assert (fact.target.kind, fact.who) == ("user", "eve")


def test_a_parked_call_goes_on(rig: Rig, say: Say) -> None:
    rig.call(name="call-one")
    rig.store.park(Parked("call-one", 1, "a bug"))
    assert say("retry", "call-one").out == "call call-one goes on\n"
    assert rig.store.parked() == []


def test_a_person_is_written_out_and_erased(rig: Rig, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.call(OVER, name="finished-call")
    rig.call(name="waiting-call")
    assert len(json.loads(say("export", "+4989123456").out)["calls"]) == 2
    said = say("erase", "+4989123456", "--yes")
    assert said.out == "1 call was erased\n1 is still going on and was left alone: waiting-\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_erasing_asks_first(rig: Rig, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.call(OVER, name="finished-call")
    monkeypatch.setattr("sys.stdin", Terminal("no\n"))
    assert say("erase", "+4989123456").out == "nothing was erased\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    said = say("erase", "+4989123456")
    assert (said.code, "--yes" in said.err) == (2, True)
    monkeypatch.setattr("sys.stdin", Terminal("yes\n"))
    assert say("erase", "+4989123456").out == "1 call was erased\n"


def test_following_one_call_to_its_end(rig: Rig, say: Say) -> None:
    bed = rig.call(name="call-one")
    rig.call(name="another")

    def goes_on() -> None:
        while not rig.log._listeners:
            time.sleep(0.005)
        bed.run("over 200/4521 -> *")

    thread = threading.Thread(target=goes_on)
    thread.start()
    said = say("tail", "call-one")
    thread.join()
    assert said.code == 0
    assert re.fullmatch(r"12:00:00 call-one ended    over: hung up\n", said.out)


@pytest.mark.parametrize(
    ("kind", "text", "details", "line"),
    [
        ("call began", "Queue", {"caller": "+15550100", "called": "f7a6", "called_name": "desk"},
         "12:00:00 2d5c1f0a began    +15550100 -> desk: Queue\n"),
        ("call began", "Queue", {"caller": "", "called": "f7a6"}, "12:00:00 2d5c1f0a began    nobody -> f7a6: Queue\n"),
        ("call changed", "transfers to Bob", {"state": "established"},
         "12:00:00 2d5c1f0a changed  transfers to Bob\n"),
        ("call changed", "transfers to Bob", {"state": "transferring"},
         "12:00:00 2d5c1f0a changed  transfers to Bob, under way\n"),
        ("call changed", "transfers to Bob", {"state": "transferAccepted"},
         "12:00:00 2d5c1f0a changed  transfers to Bob, accepted\n"),
    ],
)  # fmt: skip
def test_an_event_in_a_line(kind: str, text: str, details: dict[str, str], line: str) -> None:
    at = datetime(2026, 1, 19, 12, tzinfo=UTC)
    data = {"call_id": "2d5c1f0a-77c0", "at": at.isoformat(), "text": text, "details": details}
    assert calls_show.event_line(kind, data, at) == line


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (("show", "nothing-here"), 2, "there is no call nothing-here"),
        (("hangup", "finished-call"), 2, "call finished-call is over"),
        (("transfer", "call-one", "heidi"), 2, "heidi is not a phone number"),
        (("transfer", "call-one"), 2, "calls transfer takes ID TARGET"),
        (("ls", "extra"), 2, "calls ls takes no arguments"),
        (("ls", "--most", "many"), 2, "--most is a number"),
        (("lst",), 2, "did you mean ls?"),
        ((), 2, "calls needs one of ls"),
        (("ls", "--token", "wrong"), 2, "the service does not know that token: set FLOWLANG_TOKEN"),
        (("ls", "--token", "a\nb"), 2, "flowlang: "),
        (("ls", "--url", "nowhere"), 2, "nowhere is no address"),
        (("ls", "--url", "file:///etc/passwd"), 2, "is no address"),
        (("ls", "--url", "http://127.0.0.1:1"), 4, "no service answers at http://127.0.0.1:1 (connection refused)"),
        (("export", "heidi"), 2, "neither a number"),
    ],
)
def test_what_goes_wrong_is_said_in_a_line(words: tuple[str, ...], code: int, part: str, rig: Rig, say: Say) -> None:
    rig.call(name="call-one")
    rig.call(OVER, name="finished-call")
    said = say(*words)
    assert said.code == code, said
    assert part in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_something_else_that_answers_is_no_service(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/v1/calls"):
                self.send_response(302)
                self.send_header("Location", f"http://127.0.0.1:{server.server_port}/stolen")
                self.end_headers()
            seen.append((self.path, self.headers.get("Authorization", "")))

        def log_message(self, *_given: object) -> None:
            return

    seen: list[tuple[str, str]] = []
    server = HTTPServer(("127.0.0.1", 0), Other)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    said = say("ls", "--url", f"http://127.0.0.1:{server.server_port}", "--token", "operator-token")
    server.shutdown()
    server.server_close()
    assert said.code == 4
    assert "no flowlang service: HTTP 302" in said.err
    assert [path.partition("?")[0] for path, _ in seen] == ["/v1/calls"]


def test_a_service_that_breaks_off(say: Say) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def breaks() -> None:
            connection, _ = server.accept()
            connection.recv(1000)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
            connection.close()

        thread = threading.Thread(target=breaks)
        thread.start()
        said = say("ls", "--url", f"http://127.0.0.1:{server.getsockname()[1]}")
        thread.join()
    assert said.code == 4
    assert "broke off" in said.err


@pytest.mark.parametrize("name", ["", "ls", "show", "tail", "hangup", "transfer", "retry", "export", "erase"])
def test_each_command_has_help(name: str, say: Say) -> None:
    said = say(*([name] if name else []), "--help")
    assert said.code == 0
    assert said.out.startswith(f"flowlang calls {name}".strip())
    assert "--token" in said.out
    assert all(len(line) <= 80 for line in said.out.splitlines())


def commands_of_the_page() -> list[str]:
    blocks = re.findall(r"^```console\n(.*?)^```$", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("command", commands_of_the_page())
def test_the_commands_of_the_page_work(command: str, rig: Rig, say: Say) -> None:
    rig.call(name="2d5c1f0a-77c0-4b3f-9a55-0d3f6f0c1f10")
    name, *words = shlex.split(command)[1:]
    said = say(*words)
    assert name == "calls"
    assert said.code == 0, said.err


def test_the_table_of_the_page_is_as_it_is_drawn() -> None:
    page = HOW_TO.read_text(encoding="utf-8")
    (table,) = re.findall(r"^(id       began.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert all(len(line) <= 80 for line in table.splitlines())
    assert table.splitlines()[2].endswith("transfers to Bob 2m04s")
