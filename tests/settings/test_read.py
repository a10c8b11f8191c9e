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
        ("bots: {main: {}}", "f.yaml:1:8: bots.main.application_id is missing"),
        ("serve: {watch: perhaps}", "f.yaml:1:9: serve.watch is true or false, not perhaps"),
        ("serve: {keep_calls: 30 days}", "f.yaml:1:9: serve.keep_calls: a time is written as 20s, 5m, 2h or 30d"),
        ("hours: {office: {open: true, until: tomorrow}}", "f.yaml:1:30: hours.office.until: "),
    ],
)  # fmt: skip
def test_a_mistake(text: str, told: str) -> None:
    assert mistakes(text)[0].startswith(told), mistakes(text)


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
