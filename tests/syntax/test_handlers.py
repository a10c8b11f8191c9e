"""Every event and every clause of a handler, stages, and where catches belong."""

import pytest

from flowlang.syntax import ast
from tests.syntax.reading import found, handler, item, right, steps, wrong


@pytest.mark.parametrize(
    "word",
    [
        "start", "incoming", "answered", "transferring", "transfer accepted", "transfer completed", "joined", "left",
        "ended", "failed", "enter",
    ],
)  # fmt: skip
def test_plain_events(word: str) -> None:
    event = handler(f"on {word}: stop\n").event
    assert event == ast.Event(word, event.span)


@pytest.mark.parametrize(
    ("written", "keys"),
    [
        ("1", ["1"]),
        ("1, 2, 0", ["1", "2", "0"]),
        ("star", ["star"]),
        ("pound, any", ["pound", "any"]),
        ('"#", "*", "5"', ["pound", "star", "5"]),
    ],
)
def test_tones(written: str, keys: list[str]) -> None:
    event = handler(f"on tone {written}: stop\n").event
    assert (event.word, [key.text for key in event.keys]) == ("tone", keys)


@pytest.mark.parametrize("word", ["joined", "left"])
def test_somebody_joined_or_left(word: str) -> None:
    event = handler(f"on {word} heidi: stop\n").event
    assert event.target is not None
    assert isinstance(event.target.who, ast.Path)
    assert (event.word, event.target.who.names) == (word, ("heidi",))


@pytest.mark.parametrize("word", ["joined", "left"])
def test_somebody_joined_during_hours(word: str) -> None:
    one = handler(f"on {word} during office: stop\n")
    assert one.event.target is None
    assert one.hours is not None
    assert one.hours.hours.text == "office"


PATTERNS = [
    ("500/7700", ["500/7700"]),
    ("486", ["486"]),
    ("486/*, 4xx, */7700", ["486/*", "4xx", "*/7700"]),
    ("busy", ["busy"]),
    ("no answer, caller hung up, not found", ["no answer", "caller hung up", "not found"]),
    ("blind transfer failed", ["blind transfer failed"]),
    ("not in the call, keep-alive lost", ["not in the call", "keep-alive lost"]),
    ("transfer completed", ["transfer completed"]),
    ("500/7700, busy", ["500/7700", "busy"]),
    ("", []),
]


@pytest.mark.parametrize(("written", "texts"), PATTERNS)
def test_patterns_of_every_event_that_has_some(written: str, texts: list[str]) -> None:
    for head, word in (
        ("failed", "failed"),
        ("transfer failed", "step failed"),
        ("hang up failed", "step failed"),
        ("ended", "ended"),
        ("consult ended", "leg ended"),
    ):
        event = handler(f"on {head} {written}: stop\n").event
        assert event.word == word
        assert [one.text for one in event.patterns] == texts


def test_a_leg_and_a_step_have_their_names() -> None:
    leg = handler("on second ended busy: stop\n").event.leg
    step = handler("on hang  up failed: stop\n").event.step
    assert leg is not None
    assert step is not None
    assert (leg.text, step.text) == ("second", "hang up")


def test_a_state_by_its_wire_name() -> None:
    state = handler("on state transferAccepted: stop\n").event.state
    assert state is not None
    assert state.text == "transferAccepted"


@pytest.mark.parametrize("text", ["after 5m: stop\n", "on after 5m: stop\n"])
def test_after_with_and_without_on(text: str) -> None:
    event = handler(text).event
    assert event.delay is not None
    assert (event.word, event.delay.ms) == ("after", 300_000)


CLAUSES = ["during office", "from first of anna, +4912", "to reception", "when caller.number exists"]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_clauses_stand_in_any_order(order: tuple[int, ...]) -> None:
    one = handler(f"on incoming {' '.join(CLAUSES[n] for n in order)}: answer\n")
    assert one.hours is not None
    assert one.source is not None
    assert one.called is not None
    assert isinstance(one.condition, ast.Exists)
    assert (one.hours.hours.text, one.source.mode, one.called.mode) == ("office", "first", "plain")


def test_outside_hours() -> None:
    one = handler("on answered outside office: stop\n")
    assert one.hours is not None
    assert one.hours.outside


@pytest.mark.parametrize(
    "clauses",
    ["during a during b", "during a outside b", "from a from b", "to a to b", "when a exists when b exists"],
)
def test_a_clause_stands_once(clauses: str) -> None:
    (one,) = found(f"on answered {clauses}: stop\n")
    assert one.code == "clause-twice"
    assert len(one.notes) == 1


def test_a_handler_with_a_block_and_a_catch() -> None:
    one = handler('on answered:\n  play "a.wav"\n  hang up\nif that fails:\n  stop\n')
    assert steps(one.body) == ["play", "hang up"]
    assert steps(one.catch) == ["stop"]


def test_a_catch_belongs_to_the_line_of_its_own_depth() -> None:
    one = handler(
        """
        on answered:
            consult a
            if that fails: log "line"
            play "x.wav"
        if that fails: log "handler"
        """
    )
    first, second = one.body.lines
    assert steps(first.catch) == ["log"]
    assert second.catch is None
    assert steps(one.catch) == ["log"]


def test_a_catch_may_follow_arms_branches_and_an_arm() -> None:
    one = handler(
        """
        on answered:
            transfer to a:
                on busy:
                    play "x.wav"
                if that fails: stop
                otherwise: hang up
            if that fails: log "transfer"
            when tries < 3: stop
            else: hang up
            if that fails: log "when"
        """
    )
    first, second = one.body.lines
    step = first.steps[0]
    assert isinstance(step, ast.Step)
    assert [arm.kind for arm in step.arms] == ["on", "otherwise"]
    assert steps(step.arms[0].catch) == ["stop"]
    assert step.arms[1].catch is None
    assert steps(first.catch) == ["log"]
    assert isinstance(second.steps[0], ast.When)
    assert steps(second.catch) == ["log"]


def test_a_stage_holds_handlers() -> None:
    one = item(
        """
        stage waiting:
            on enter: play "hold.wav" repeating
            if that fails: stop

            on tone 1: transfer to mailbox
            after 5m: transfer to backup
            on after 6m: hang up
        """
    )
    assert isinstance(one, ast.Stage)
    assert one.name.text == "waiting"
    assert [h.event.word for h in one.handlers] == ["enter", "tone", "after", "after"]
    assert steps(one.handlers[0].catch) == ["stop"]


def test_one_line_bodies_chain_steps_and_may_end_in_arms() -> None:
    one = handler(
        """
        on answered: transfer to a:
            on busy: play "b.wav" then hang up
            otherwise: stop
        if that fails: hang up
        """
    )
    step = one.body.lines[0].steps[0]
    assert isinstance(step, ast.Step)
    assert steps(step.arms[0].body) == ["play", "hang up"]
    assert steps(one.catch) == ["hang up"]


def test_the_shortest_useful_flow_and_nothing_at_all() -> None:
    assert len(right("on answered: consult +12345678901 then transfer replacing consult").items) == 1
    assert right("").items == ()
    assert right("\n  \n# only a comment").items == ()


def test_blocks_may_have_any_width_and_comments_any_depth() -> None:
    file = right("on answered:\n   # deep\n# edge\n   answer\n\n\t\n   when a exists:\n          stop # end\nlet x = 1")
    assert len(file.items) == 2
    assert [one.text for one in file.comments] == ["# deep", "# edge", "# end"]


def test_a_step_that_does_not_exist_cannot_fail() -> None:
    _, mistakes = wrong("on trnsfer failed: stop\n")
    assert mistakes == [("unknown-event-word", "trnsfer failed")]
