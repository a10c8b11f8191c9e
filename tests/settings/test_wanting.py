"""What the settings lack for the flows at hand."""

from pathlib import Path

import pytest

from flowlang.call.facts import Incoming
from flowlang.call.party import Party
from flowlang.settings.model import Secret
from flowlang.settings.read import read
from flowlang.settings.routes import Routes
from flowlang.settings.secrets import Hidden, SecretMissingError, resolve
from flowlang.settings.wanting import defaults_of, wanting
from tests.flowtext import plan_of

QUIET = plan_of("on answered: transfer to carol for 90s\non failed: hang up")
LOUD = plan_of('service crm answers vip yes/no\non answered: say "hello" then ask crm about caller then hang up\n'
               "on failed: hang up")  # fmt: skip
REAL = """
serve: {public_url: "https://calls.example.com"}
bots: {main: {application_id: 11111111-2222-4333-8444-555555555555,
              tenant_id: 11111111-2222-4333-8444-555555555555, secret: {env: X}}}
answers: {default: quiet}
"""


def told(text: str, *, simulated: bool = False, **plans: object) -> list[str]:
    return sorted(str(one) for one in wanting(read(text.encode(), "f"), plans, is_simulated=simulated))  # type: ignore[arg-type]


def test_a_quiet_flow_wants_nothing_on_a_simulated_graph() -> None:
    assert told("", simulated=True, quiet=QUIET) == []


def test_a_real_graph_wants_an_application_an_address_and_somebody_who_answers() -> None:
    found = told("", quiet=QUIET)
    assert [one.split(":")[1].strip() for one in found] == ["`serve", "no flow answers", "there is no application"]
    assert told(REAL, quiet=QUIET) == []
    assert told(REAL.replace("https://calls", "http://calls"), quiet=QUIET) == [
        "f:2:9: Graph only calls https:// addresses"
    ]


def test_services_and_a_voice() -> None:
    crm = "f: loud uses the service crm, which has no address: `services: {crm: {url: https://…}}`"
    assert told("", simulated=True, loud=LOUD) == [crm]
    voice = "loud says something, and there is no voice: `voice: …`"
    assert [voice in one for one in told(REAL, quiet=QUIET, loud=LOUD)] == [True, False]
    text = "services: {crm: {url: 'https://crm.example'}}\nvoice: {url: 'https://voice.example'}"
    assert told(text, simulated=True, loud=LOUD) == []


def test_names_that_are_not_there() -> None:
    text = "answers: {+1555: quite}\nflows: {quiets: {set: {a: 1}}}\nhours: {offic: {open: true}}"
    assert told(text, simulated=True, quiet=QUIET) == [
        "f:1:11: no flow that can be served is called quite; did you mean quiet?",
        "f:2:9: no flow that can be served is called quiets; did you mean quiet?",
        "f:3:9: no flow has hours offic; did you mean office?",
    ]


def test_bounds_go_into_plans() -> None:
    found = defaults_of(
        read(b"defaults: {transfer: 45s, safety_net_prompt: s.wav}\ngraph: {version: v1.0}", "f").settings
    )
    assert (found.transfer_ms, found.safety_net_prompt, found.graph) == (45_000, "s.wav", "v1.0")
    assert defaults_of(read(b"", "f").settings).ring_ms == 60_000


TWO = """
serve: {public_url: "https://calls.example.com"}
bots:
  main: {application_id: 11111111-2222-4333-8444-555555555555, tenant_id: 11111111-0000-4333-8444-555555555555,
         secret: {env: X}}
  shop: {application_id: 21111111-2222-4333-8444-555555555555, tenant_id: 11111111-0000-4333-8444-555555555555,
         secret: {env: Y}}
answers: {+15550100: quiet, 21111111-2222-4333-8444-555555555555: quiet, default: quiet}
"""


def test_one_application_twice() -> None:
    assert told(TWO, quiet=QUIET) == []
    assert told(TWO.replace("21111111", "11111111", 1), quiet=QUIET) == ["f:6:10: main is the same application"]


def test_a_bot_for_a_flow_has_to_be_there() -> None:
    assert told(TWO + "flows: {quiet: {bot: shpo}}\n", quiet=QUIET) == [
        "f:9:17: there is no bot shpo; did you mean shop?"
    ]


def test_one_number_in_two_spellings() -> None:
    text = 'answers: {+15550100: quiet, "+1 555 0100": quiet}'
    assert told(text, simulated=True, quiet=QUIET) == ["f:1:29: this is +15550100 once more; the last line counts"]


def test_a_simulated_graph_of_its_own_reaches_this_machine_without_https() -> None:
    near = (
        REAL.replace("https://calls.example.com", "http://127.0.0.1:8080") + 'graph: {url: "http://127.0.0.1:8060"}\n'
    )
    assert told(near, quiet=QUIET) == []


# ---------------------------------------------------------------- who answers


def call(called: str, name: str = "") -> Incoming:
    return Incoming(1, "c", Party("phone", "+1"), Party("resource account", called, name=name))


def test_the_number_comes_first_then_the_default() -> None:
    routes = Routes({"+1 555-0100": "reception", "AAAA-b": "desk", "default": "other"})
    served = ["reception", "desk"]
    assert routes.flow_for(call("+15550100"), served) == "reception"
    assert routes.flow_for(call("tel:+15550100"), served) == "reception"
    assert routes.flow_for(call("aaaa-B"), served) == "desk"
    assert routes.flow_for(call("+15550199"), served) == "other"
    assert Routes({"+1": "x"}).flow_for(call("+2"), ["x"]) is None
    assert Routes({"default": "x"}).flow_for(call("id", "desk"), ["x", "desk"]) == "x"


def test_on_a_simulated_graph_names_of_flows_count_before_the_default() -> None:
    routes = Routes({"+1": "x", "default": "y"}, by_name=True)
    served = ["x", "y", "desk"]
    assert routes.flow_for(call("id", "desk"), served) == "desk"
    assert routes.flow_for(call("+1", "desk"), served) == "x"
    assert routes.flow_for(call("id", "nobody"), served) == "y"


def test_without_settings_the_name_that_is_called_answers() -> None:
    routes = Routes({})
    assert routes.flow_for(call("1", "consult"), ["desk", "consult"]) == "consult"
    assert routes.flow_for(call("1", "nobody"), ["desk", "consult"]) is None
    assert routes.flow_for(call("1", "nobody"), ["only"]) == "only"
    assert routes.flow_for(call("1", "new"), ["only", "new"]) == "new", "a flow that came while it was served"


# ---------------------------------------------------------------- secrets


def test_secrets_come_from_elsewhere_and_are_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("  from a file\n")
    found = resolve(Secret(env="A"), "bot", {"A": " hunter2 "})
    assert found.reveal() == "hunter2"
    assert "hunter2" not in f"{found} {found!r}"
    assert resolve(Secret(file=str(file)), "bot", {}).reveal() == "from a file"
    assert isinstance(found, Hidden)


@pytest.mark.parametrize("secret", [Secret(env="B"), Secret(file="/no/such/file"), Secret(env="EMPTY")])
def test_a_secret_that_is_not_there_is_named(secret: Secret) -> None:
    with pytest.raises(SecretMissingError, match=r"^bot: "):
        resolve(secret, "bot", {"EMPTY": " "})
