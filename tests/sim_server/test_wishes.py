"""`STEP=RESULT` as a person says it, as an outcome of one of Graph's operations."""

import pytest

from flowlang.scenario.outcomes import STEPS
from flowlang.sim_server.wishes import OPERATIONS, WrongError, coming, scripted
from flowlang.simulator.values import Cut, Failed, Outcome, Refused, Rings, Silent, Success, Throttled


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("transfer=500/7700", ("transfer", Failed(500, 7700))),
        ("consult=no answer", ("create", Rings())),
        ("transfer=no outcome", ("transfer", Silent())),
        ("transfer=success", ("transfer", Success())),
        ("playPrompt=media failed", ("playPrompt", None)),
        ("play=cut after", ("playPrompt", Cut("after"))),
        ('say="cut before"', ("playPrompt", Cut("before"))),
        ("create=throttled", ("create", Throttled(1))),
        ("hang up=throttled", ("delete", Throttled(1))),
        ("HANG_UP=throttled".lower(), ("delete", Throttled(1))),
        ("startholdmusic=throttled", ("startHoldMusic", Throttled(1))),
        ("transfer=403/7503", ("transfer", Refused(403, "7503"))),
    ],
)
def test_what_a_person_says(text: str, expected: tuple[str, Outcome | None]) -> None:
    operation, outcome = scripted(text)
    assert operation == expected[0]
    if expected[1] is None:
        assert isinstance(outcome, Failed | Refused)
    elif isinstance(expected[1], Failed):
        assert isinstance(outcome, Failed)
        assert outcome[:2] == expected[1][:2]
    elif isinstance(expected[1], Refused):
        assert isinstance(outcome, Refused)
        assert outcome[:2] == expected[1][:2]
    else:
        assert outcome == expected[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is no outcome: write STEP=RESULT, such as consult=busy"),
        ("ask=service failed", "'ask=service failed' is nothing that Graph decides"),
        (
            "gather=no input",
            "'gather=no input' is no answer of Graph: the caller presses nothing where there are no tones",
        ),
        ("answer=cut", "'answer=cut': write answer=cut before, or answer=cut after: when the request was taken"),
        ("transfer=99", "'99' is no failure; for a step that goes well write transfer=success"),
    ],
)
def test_what_nobody_can_ask_of_graph(text: str, message: str) -> None:
    with pytest.raises(WrongError) as wrong:
        scripted(text)
    assert str(wrong.value) == message


def test_every_step_that_makes_a_request_has_its_operation() -> None:
    assert set(STEPS) - set(OPERATIONS) == {"ask", "start"}
    assert set(OPERATIONS) <= set(STEPS)


def test_nobody_is_a_word_and_no_name() -> None:
    assert coming({"to": "x", "answer": ["nobody"]}).wish.picks_up == ()
    assert coming({"to": "x", "answer": ["nobody", "heidi"]}).wish.picks_up == ("heidi",)
    assert coming({"to": "x"}).wish.picks_up is None
    assert coming({"to": "x", "from": None}).caller == "", "null is as if it were not there"
