"""`flowlang.yaml`: what it may say, and where it is wrong."""

from contextlib import suppress
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlang.settings.model import Settings, duration_ms
from flowlang.settings.read import Read, SettingsError, read

WHOLE = """
check: {strict: true}
serve:
  listen: 0.0.0.0:8080
  public_url: https://calls.example.com/
  admin: 127.0.0.1:8081
  store: calls.db
  keep_calls: 30d
graph: {cloud: gcc-high, version: v1.0, issuers: ["https://other.example"]}
bots:
  main:
    application_id: 11111111-2222-4333-8444-555555555555
    tenant_id: 72f988bf-86f1-41af-91ab-2d7cd011db47
    secret: {env: FLOWLANG_SECRET}
answers: {+15550100: reception, default: front_desk}
services:
  crm: {url: "https://crm.example/ask", headers: {Authorization: {file: /run/secrets/crm}, X-Site: north}, longest: 3s}
flows: {front_desk: {set: {ring_time: 20s, tries: 3, polite: true}}}
hours: {office: {open: false, until: 2026-12-24T12:00:00+01:00}}
voice: {command: [espeak-ng, -w, "{file}", "{text}"]}
prompts: prompts
defaults: {transfer: 60s, safety_net_prompt: sorry.wav}
admin_tokens: [{name: otto, role: operator, token: {env: OTTO}}]
log: {form: json, level: warning}
"""


def settings(text: str) -> Settings:
    return read(dedent(text).encode(), "flowlang.yaml").settings


def mistakes(text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(dedent(text).encode(), "f.yaml")
    return [str(one) for one in caught.value.mistakes]


def test_an_empty_file_says_nothing() -> None:
    for text in ("", "# nothing\n", "---\n"):
        assert settings(text) == Settings()


def test_everything_that_it_may_say() -> None:
    found = settings(WHOLE)
    assert found.serve.public_url == "https://calls.example.com"
    assert found.answers == {"+15550100": "reception", "default": "front_desk"}, "a number stays as it is written"
    assert found.flows["front_desk"].set == {"ring_time": "20s", "tries": 3, "polite": True}
    assert found.services["crm"].headers["X-Site"] == "north"
    assert found.hours["office"].until is not None
    assert found.bots["main"].secret.env == "FLOWLANG_SECRET"
    assert Settings.model_validate(found.model_dump()) == found


ID = "11111111-2222-4333-8444-555555555555"
BOT = """bots:
  main:
    application_id: 11111111-2222-4333-8444-555555555555
    {}
    tenant_id: 11111111-2222-4333-8444-555555555555
    secret: {{env: A}}
"""


@pytest.mark.parametrize(("written", "found"), [("any", "any"), (f"[{ID}]", (ID,)), ("[]", ())])
def test_whose_tokens_count_for_all_tenants(written: str, found: object) -> None:
    assert settings(BOT.format(f"token_tenants: {written}")).bots["main"].token_tenants == found


def test_all_mistakes_are_told_at_once_with_their_places() -> None:
    assert mistakes(
        """
        serve:
          listen: 127.0.0.1
          keep_call: 30d
        bots:
          main:
            application_id: abc
            tenant_id: 11111111-2222-4333-8444-555555555555
            secret: hunter2
        answers:
          default: 5
        graph: {cloud: mars}
        services:
          crm: {url: crm, headers: {A: {env: X, file: y}}}
        answer: 2
        """
    ) == [
        "f.yaml:3:3: serve.listen: an address to listen at is HOST:PORT, such as 127.0.0.1:8080, not 127.0.0.1",
        "f.yaml:4:3: there is no setting keep_call; did you mean keep_calls?",
        "f.yaml:7:5: bots.main.application_id is a GUID such as 11111111-2222-4333-8444-555555555555, not abc",
        "f.yaml:9:5: bots.main.secret: a secret does not stand here; write `env: NAME` or `file: PATH`",
        "f.yaml:11:3: answers.default is text, not 5; put it in quotes",
        "f.yaml:12:9: graph.cloud is public, gcc-high, dod or china, not mars",
        "f.yaml:14:9: services.crm.url: an address begins with https:// and a host, not crm",
        "f.yaml:14:29: services.crm.headers.A: a secret is either `env: NAME` or `file: PATH`",
        "f.yaml:15:1: there is no setting answer; did you mean answers?",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1, 2]", "f.yaml:1:1: the file holds names and values, such as `serve: …`"),
        ("serve: {listen: a:1, listen: b:2}", "f.yaml:1:22: listen is here for the second time"),
        ("serve: 5", "f.yaml:1:1: serve holds names and values, not 5"),
        ("serve: [", "f.yaml:1:9: this cannot be read as YAML:"),
        ("voice: {}", "f.yaml:1:1: voice: a voice is either `command: […]` or `url: https://…`"),
        (BOT.format("token_tenants: all"), "f.yaml:4:5: bots.main.token_tenants: write `any`, or ids in"),
        (BOT.format("token_tenants: [any]"), "f.yaml:4:5: bots.main.token_tenants: write `any`, or ids in"),
        (BOT.format("token_tenants: [5]"), "f.yaml:4:5: bots.main.token_tenants: write `any`, or ids in"),
        ("services: {c: {url: 'http://c', headers: {K: {env: A}}}}",
            "f.yaml:1:33: services.c.headers: K would go over the network readable; make the url https://, or take"),
        ("services: {c: {url: 'http://c', headers: {X-Api-Key: a}}}", "f.yaml:1:33: services.c.headers: X-Api-Key wo"),
        ("services: {c: {url: 'http://c', headers: {authorization: a}}}", "f.yaml:1:33: services.c.headers: authori"),
        ("services: {c: {url: 'http://127.0.0.1.c', headers: {K: {env: A}}}}", "f.yaml:1:43: services.c.headers: K w"),
        ("services: {c: {url: 'http://127.0.0.1@c'}}", "f.yaml:1:16: services.c.url: a name or password does not sta"),
        ("services: {c: {url: 'https://me:x@c'}}", "f.yaml:1:16: services.c.url: a name or password does not stand"),
        ("voice: {url: 'http://v', headers: {K: {file: f}}}", "f.yaml:1:26: voice.headers: K would go over the netwo"),
        ("graph: {url: 'http://localhost.evil.example'}", "f.yaml:1:9: graph.url: only https:// keeps tokens secret"),
        ("graph: {login_url: 'http://127.1'}", "f.yaml:1:9: graph.login_url: only https:// keeps tokens secret"),
        ("graph: {configuration_url: 'http://127.0.0.2/c'}", "f.yaml:1:9: graph.configuration_url: only https:// kee"),
        ("bots: {main: {}}", "f.yaml:1:8: bots.main.application_id is missing"),
        ("serve: {watch: perhaps}", "f.yaml:1:9: serve.watch is true or false, not perhaps"),
        ("serve: {keep_calls: 30 days}", "f.yaml:1:9: serve.keep_calls: a time is written as 20s, 5m, 2h or 30d"),
        ("hours: {office: {open: true, until: tomorrow}}", "f.yaml:1:30: hours.office.until is a moment with its zone"),
        ("hours: {office: {open: true, until: 2026-12-24}}", "f.yaml:1:30: hours.office.until is a moment with its zo"),
        ("hours: {office: open}", "f.yaml:1:9: hours.office holds names and values, not 'open'"),
        ("serve: {keep_calls: 30}", "f.yaml:1:9: serve.keep_calls: a time is written as 20s, 5m, 2h or 30d, not 30"),
        ("serve: {keep_calls: 0d}", "f.yaml:1:9: serve.keep_calls: what is not kept at all cannot be looked at; write"),
        (f"serve: {{keep_calls: {'9' * 30}d}}", "f.yaml:1:9: serve.keep_calls: a time is a hundred years at most"),
        ("defaults: {keep_alive: 2h}", "f.yaml:1:12: defaults.keep_alive: from 10m to 15m: Graph ends a call"),
        ("defaults: {keep_alive: 1m}", "f.yaml:1:12: defaults.keep_alive: from 10m to 15m"),
        ("serve: {listen: 8080}", "f.yaml:1:9: serve.listen: an address to listen at is HOST:PORT, such as 127.0.0.1"),
        ("serve: {store: ''}", "f.yaml:1:9: serve.store is empty"),
        ("services: {c: {url: 'https://c', headers: {'a b': x}}}", "f.yaml:1:44: services.c.headers.a b: the name"),
        ('voice: {url: "https://v", headers: {A: "x\\ny"}}', "f.yaml:1:37: voice.headers.A: what stands in a head"),
        ("log: {traces: nonsense}", "f.yaml:1:7: log.traces: an address begins with https:// and a host, not nonsense"),
        ("prompts: {a: b}", "f.yaml:1:1: prompts is text, not names and values"),
        ("voice: {command: espeak}", "f.yaml:1:9: voice.command is a list, such as `[…]`, or lines that"),
        ("bots: {main: }", "f.yaml:1:8: bots.main holds names and values, not nothing"),
        ("answers: {4930123: a}", "f.yaml:1:11: answers.4930123: who is called is a number such as +15550100, an id, or"
            " default, not 4930123; a number begins with its country: +4930123"),
        ("answers: {desk: a}", "f.yaml:1:11: answers.desk: who is called is a number such as +15550100, an id, or def"),
        ("admin_tokens: [{name: a, token: {env: A}}, {name: a, token: {env: B}}]", "f.yaml:1:1: admin_tokens: two are"),
        ("serve:\n\tlisten: a", "f.yaml:2:1: here is a tab; YAML wants blanks before a name"),
        ("serve: {}\n---\nlog: {}", "f.yaml:2:1: a second document begins here; the file holds one"),
        ("? [a]\n: b", "f.yaml:1:3: a name is a word, and not a list or names and values"),
        ("serve: &x {store: *x}", "f.yaml:1:8: an alias (`*name`) makes this endless; write it out"),
    ],
)  # fmt: skip
def test_a_mistake(text: str, told: str) -> None:
    assert mistakes(text)[0].startswith(told), mistakes(text)


@pytest.mark.parametrize(
    "text",
    [
        "services: {c: {url: 'http://c', headers: {X-Site: north}}}",
        "services: {c: {url: 'http://localhost:9', headers: {K: {env: A}}}}",
        "services: {c: {url: 'http://[::1]:9', headers: {K: {env: A}}}}",
        "services: {c: {url: 'https://c', headers: {K: {env: A}, Authorization: x}}}",
        "voice: {url: 'http://127.0.0.1:9', headers: {K: {file: f}}}",
    ],
)
def test_what_keeps_secrets_is_taken(text: str) -> None:
    assert settings(text) != Settings()


def test_aliases_that_would_make_billions_of_values_are_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x]", *[f"a{at}: &a{at} [*a{at - 1}, *a{at - 1}]" for at in range(1, 40)]]
    assert "an alias (`*name`) makes this endless" in mistakes("\n".join(lines))[0]


def test_an_anchor_that_is_there_twice_is_no_warning_from_the_library() -> None:
    found = settings("serve: {store: &x a.db}\nprompts: &x sounds\nrecordings: *x\n")
    assert (found.serve.store, found.recordings) == ("a.db", "sounds")


def test_a_name_with_nothing_behind_it_says_nothing() -> None:
    assert settings("serve:\n  # listen: 0.0.0.0:1\nbots:\nanswers:\nlog:\n  form:\n") == Settings()


def test_who_is_called_may_be_a_number_an_id_or_anybody_else() -> None:
    named = ("+49 (30) 123-456", "tel:+15550100", "550FAE72-d251-43ec-868c-373732c2704f", "default")
    text = "".join([f'  "{one}": desk\n' for one in named])
    assert tuple(settings(f"answers:\n{text}").answers) == named


def test_no_text() -> None:
    with pytest.raises(SettingsError, match=r"f\.yaml: this is no UTF-8 text"):
        read(b"\xff\xfe\x00", "f.yaml")


def test_a_secret_is_never_shown() -> None:
    (told,) = mistakes(WHOLE.replace("secret: {env: FLOWLANG_SECRET}", "secret: hunter2-is-secret"))
    assert "hunter2" not in told


@given(st.text(alphabet="abc:{}[],\n \"'-&*!|>%@`#é5", max_size=60))
def test_no_text_makes_a_traceback(text: str) -> None:
    with suppress(SettingsError):
        assert isinstance(read(text.encode(), "f.yaml"), Read)


def test_times() -> None:
    assert [duration_ms(one) for one in ("500ms", "20s", "1m30s", "2h", "30d")] == [
        500, 20_000, 90_000, 7_200_000, 2_592_000_000
    ]  # fmt: skip
    for wrong in ("", "5", "5 s", "s", "1.5h", "5x"):
        with pytest.raises(ValueError, match="a time is written"):
            duration_ms(wrong)
