import pytest

from flowlang.call.results import CATALOGUE, Result, matches
from flowlang.scenario.outcomes import STEPS, How, OutcomeError, concrete, read_outcome


@pytest.mark.parametrize(
    ("text", "step", "how", "codes"),
    [
        ("consult=busy", "consult", How.NEWS, (486, 0)),
        ("consult=no answer", "consult", How.RINGS, (0, 0)),
        ("consult=no outcome", "consult", How.SILENCE, (0, 0)),
        ("consult=not found", "consult", How.HTTP, (404, 0)),
        ("consult=declined", "consult", How.NEWS, (603, 0)),
        ("consult=success", "consult", How.SUCCESS, (0, 0)),
        ("transfer=500/7700", "transfer", How.NEWS, (500, 7700)),
        ("transfer=*/7700", "transfer", How.NEWS, (500, 7700)),
        ("transfer = blind transfer failed", "transfer", How.NEWS, (500, 7000)),
        ('transfer="consultative transfer failed"', "transfer", How.NEWS, (500, 7700)),
        ("transfer=transfer completed", "transfer", How.SUCCESS, (0, 0)),
        ("transfer=200/7015", "transfer", How.SUCCESS, (0, 0)),
        ("transfer=no outcome", "transfer", How.SILENCE, (0, 0)),
        ("transfer=no answer", "transfer", How.NEWS, (487, 10004)),
        ("transfer=leg gone", "transfer", How.NEWS, (404, 10202)),
        ("transfer=meeting mode", "transfer", How.HTTP, (400, 8523)),
        ("transfer=tenant mismatch", "transfer", How.HTTP, (403, 7505)),
        ("transfer=403/7504", "transfer", How.HTTP, (403, 7504)),
        ("transfer=forbidden", "transfer", How.HTTP, (403, 0)),
        ("transfer=throttled", "transfer", How.HTTP, (429, 0)),
        ("transfer=429", "transfer", How.HTTP, (429, 0)),
        ("transfer=5xx", "transfer", How.HTTP, (500, 0)),
        ("play=media failed", "play", How.NEWS, (500, 8511)),
        ("play=403/7504", "play", How.HTTP, (403, 7504)),
        ("answer=410/301005", "answer", How.NEWS, (410, 301005)),
        ("reject=404/8522", "reject", How.HTTP, (404, 8522)),
        ("invite=412/9999", "invite", How.NEWS, (412, 9999)),
        ("menu=menu failed", "menu", How.NO_KEYS, (0, 0)),
        ("gather=no input", "gather", How.NO_KEYS, (0, 0)),
        ("record=no input", "record", How.NEWS, (400, 8510)),
        ("ask=service failed", "ask", How.OWN, (0, 0)),
        ("ask=503", "ask", How.OWN, (503, 0)),
        ("ask=no outcome", "ask", How.SILENCE, (0, 0)),
        ("start=no such flow", "start", How.OWN, (0, 0)),
        ("say=no voice", "say", How.OWN, (0, 0)),
        ("hang_up=404/8522", "hang up", How.HTTP, (404, 8522)),
    ],
)
def test_what_a_pattern_becomes(text: str, step: str, how: How, codes: tuple[int, int]) -> None:
    wanted = read_outcome(text)
    assert (wanted.step, wanted.how, wanted.result[:2]) == (step, how, codes)
    assert wanted.text == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("busy", "write STEP=RESULT"),
        ("=busy", "write STEP=RESULT"),
        ("consult=", "write STEP=RESULT"),
        ("consutl=busy", "did you mean 'consult'"),
        ("wait=busy", "no step 'wait' that can fail"),
        ("consult=bussy", "did you mean 'busy'"),
        ("consult=engaged", "is no result"),
        ("consult=menu failed", "cannot turn out as 'menu failed'"),
        ("ended=caller hung up", "no step 'ended'"),
        ("answer=caller hung up", "--hang-up-after"),
        ("start=busy", "no such flow"),
        ("reject=302/0", "a code from 400"),
        ("consult=200", "'200' is no failure; for a step that goes well write consult=success"),
        ("transfer=0/0", "is no failure"),
    ],
)
def test_what_is_no_outcome_is_said_in_one_line(text: str, says: str) -> None:
    with pytest.raises(OutcomeError) as raised:
        read_outcome(text)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", [name for name, named in CATALOGUE.items() if named.patterns])
def test_a_concrete_pair_matches_the_name_it_stands_for(name: str) -> None:
    for step in STEPS:
        assert matches(name, concrete(name, step)), (step, concrete(name, step))


def test_messages_come_from_the_catalogue() -> None:
    assert concrete("500/7700") == Result(500, 7700, "the consulted call could not be replaced")
    assert concrete("486/17").message == CATALOGUE["busy"].meaning
