"""Several applications in one service: which one a call belongs to, and its own way in."""

import json
from pathlib import Path

import anyio
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flowlang.call import commands
from flowlang.call.party import Party
from flowlang.call.session import Session
from flowlang.runtime.sender import Response
from flowlang.runtime.service import Carry
from flowlang.runtime.transport import PlainTokens
from flowlang.tools.serve_bots import Bot, Owners, bot_of, carried_by, doors, path_of

ACCOUNT = "aaaaaaaa-0000-4000-8000-000000000001"
ONE = "11111111-0000-4000-8000-000000000001"
TWO = "22222222-0000-4000-8000-000000000002"


async def _token(_tenant: str) -> str:
    return "Bearer x"


def bot(name: str, application: str, tenant: str) -> Bot:
    return Bot(name, application, tenant, PlainTokens(_token), f"/bots/{name}")


DESK = bot("desk", ONE, "t1")
SHOP = bot("shop", TWO.upper(), "t1")
ABROAD = bot("abroad", "33333333-0000-4000-8000-000000000003", "T2")
BOTS = (DESK, SHOP, ABROAD)


def session(called: Party | None, tenant: str = "t1") -> Session:
    return Session("c", "plan", called=called, tenant_id=tenant)


@pytest.mark.parametrize(
    ("called", "tenant", "of_flow", "expected"),
    [
        (Party("bot", TWO), "t1", "desk", SHOP),
        (Party("bot", ONE.upper()), "t2", "", DESK),
        (Party("resource account", ACCOUNT), "t1", "", SHOP),
        (Party("phone", "tel:+15550100"), "t2", "", DESK),
        (Party("phone", "+15550199"), "t2", "", ABROAD),
        (Party("phone", "+15550199"), "t1", "", DESK),
        (None, "", "shop", SHOP),
        (None, "", "nobody", DESK),
        (None, "t2", "", ABROAD),
    ],
)
def test_whose_call_it_is(called: Party | None, tenant: str, of_flow: str, expected: Bot, tmp_path: Path) -> None:
    (tmp_path / "bots").write_text(json.dumps({ACCOUNT: "shop", "+15550100": "desk"}))
    owners = Owners(str(tmp_path / "bots"), lambda _text: None)
    assert bot_of(session(called, tenant), BOTS, owners, of_flow) is expected


def test_each_command_goes_out_by_the_bot_of_its_call(tmp_path: Path) -> None:
    sent: list[tuple[str, str]] = []

    def carry(name: str) -> Carry:
        async def one(of: Session, _command: commands.Command) -> Response:
            sent.append((name, of.called.id if of.called is not None else ""))
            return Response(200)

        return one

    owners = Owners(str(tmp_path / "bots"), lambda _text: None)
    both = carried_by(
        {one.name: carry(one.name) for one in BOTS}, BOTS, owners, lambda of: "shop" if of.called is None else ""
    )
    notify = commands.Notify(1, "x", "text")

    async def go() -> None:
        for called in (Party("bot", ONE), Party("bot", TWO), None):
            await both(session(called, ""), notify)

    anyio.run(go)
    assert sent == [("desk", ONE), ("shop", TWO), ("shop", "")]


def test_paths() -> None:
    assert (path_of("desk", is_only=True), path_of("desk", is_only=False)) == ("", "/bots/desk")


def seen_by(name: str, seen: list[tuple[str, str]]) -> ASGIApp:
    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append((name, scope["path"]))

    return app


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/bots/desk/callback", ("desk", "/callback")),
        ("/bots/shop/callback/call-1/2", ("shop", "/callback/call-1/2")),
        ("/bots/desk", ("desk", "")),
        ("/bots/nobody/callback", ("other", "/bots/nobody/callback")),
        ("/callback", ("other", "/callback")),
        ("/bots/", ("other", "/bots/")),
    ],
)
def test_each_bot_has_its_own_door(path: str, expected: tuple[str, str]) -> None:
    seen: list[tuple[str, str]] = []
    app = doors({name: seen_by(name, seen) for name in ("desk", "shop")}, seen_by("other", seen))

    async def receive() -> Message:
        raise AssertionError("nothing is read here")

    async def send(_message: Message) -> None:
        raise AssertionError("nothing is said here")

    async def go() -> None:
        await app({"type": "http", "path": path, "method": "POST"}, receive, send)

    anyio.run(go)
    assert seen == [expected]


# ---------------------------------------------------------------- what is learned at the door


def posted(called: str) -> bytes:
    call = {
        "@odata.type": "#microsoft.graph.call", "id": "c1", "state": "incoming", "direction": "incoming",
        "source": {"identity": {"phone": {"id": "+1"}}}, "targets": [{"identity": {"phone": {"id": called}}}],
    }  # fmt: skip
    value = {"changeType": "created", "resourceUrl": "/communications/calls/c1", "resourceData": call}
    return json.dumps({"value": [value]}).encode()


def through(app: ASGIApp, path: str, body: bytes) -> None:
    """One POST, whose body comes in two parts."""
    parts = [body[:20], body[20:]]

    async def receive() -> Message:
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(_message: Message) -> None:
        """Nothing is said here."""

    anyio.run(app, {"type": "http", "path": path, "method": "POST"}, receive, send)


def test_whose_account_it_is_is_known_before_the_call_is_worked_on_and_after_a_start(tmp_path: Path) -> None:
    owners = Owners(str(tmp_path / "bots"), lambda _text: None)
    known: list[str] = []

    async def webhook(_scope: Scope, receive: Receive, _send: Send) -> None:
        before = owners.of("+15550100")
        while (await receive())["more_body"]:
            assert owners.of("+15550100") == before
        known.append(owners.of("+15550100"))

    through(owners.learning("shop", webhook), "/callback", posted("tel:+15550100"))
    assert known == ["shop"]
    assert Owners(str(tmp_path / "bots"), lambda _text: None).of("+15550100") == "shop"
    through(owners.learning("desk", webhook), "/api/calls", posted("+15550100"))
    assert known == ["shop", "desk"], "an account may be given to another bot"


def test_nothing_is_learned_from_who_has_no_token_and_from_news_of_legs(tmp_path: Path) -> None:
    owners = Owners(str(tmp_path / "bots"), lambda _text: None)

    async def refuses(_scope: Scope, _receive: Receive, _send: Send) -> None:
        """Reads nothing."""

    async def reads(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["more_body"]:
            pass

    through(owners.learning("shop", refuses), "/callback", posted("+15550100"))
    through(owners.learning("shop", reads), "/callback/c1/0", posted("+15550100"))
    through(owners.learning("shop", reads), "/callback", b"\xff no news of a call at all")
    assert owners.of("+15550100") == ""
    assert not (tmp_path / "bots").exists()


def test_a_disk_that_takes_nothing_is_told_and_the_call_goes_on(tmp_path: Path) -> None:
    heard: list[str] = []
    owners = Owners(str(tmp_path / "nowhere" / "bots"), heard.append)
    anyio.run(owners.learn, "+15550100", "shop")
    assert owners.of("+15550100") == "shop"
    assert heard == [f"{tmp_path}/nowhere/bots cannot be written: No such file or directory"]


@pytest.mark.parametrize("text", ["", "[]", "{", "\x00"])
def test_a_file_that_somebody_wrote_into_counts_for_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "bots").write_text(text)
    assert Owners(str(tmp_path / "bots"), lambda _text: None).of("+1") == ""
