"""After a mistake the rest is read: the tree keeps what it can, and no mistake is told twice."""

import pytest

from flowlang.source import Source
from flowlang.syntax import ast
from flowlang.syntax.parser import parse
from tests.syntax.reading import found, steps, wrong


def only(text: str) -> ast.File:
    """The tree of a flow with exactly one mistake."""
    file, mistakes = wrong(text)
    assert len(mistakes) == 1, mistakes
    return file


def body(text: str) -> list[str]:
    """The words of the steps of the first handler, in a flow with exactly one mistake."""
    first = only(text).items[0]
    assert isinstance(first, ast.Handler)
    return steps(first.body)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('on answered: play "a.wav" transfer to b', ["play", "transfer"]),
        ('on answered: play "a.wav" and transfer to b then hang up', ["play", "transfer", "hang up"]),
        ("on answered: tranfser to a then hang up", ["transfer", "hang up"]),
        ("on answered: forward to a then hang up", ["transfer", "hang up"]),
        ("on answered: teleport a then hang up", ["teleport", "hang up"]),
        ("on answered: then hang up", ["hang up"]),
        ("on answered: hang up then", ["hang up"]),
        ("on answered hang up", ["hang up"]),
        ("on answred: hang up", ["hang up"]),
        ("on teleported: hang up", ["hang up"]),
        ("on answered: consult a for then hang up", ["consult", "hang up"]),
        ("on answered\n    answer\n    hang up", ["answer", "hang up"]),
        ("on answered:\nanswer\nhang up", ["answer", "hang up"]),
        ("on answered:\nanswer\n    hang up\n    stop", ["answer", "hang up", "stop"]),
        ("on answered: answer\n    hang up", ["answer", "hang up"]),
        ("on answered:\n    answer\n  hang up\n  stop", ["answer", "hang up", "stop"]),
        ("on answered:\n    answer\n        hang up\n    stop", ["answer", "hang up", "stop"]),
        ("on answered:\n\tanswer\n\thang up", ["answer", "hang up"]),
        ("on answered:\n    answer\n    on tone 1: stop\n    hang up", ["answer", "when", "hang up"]),
        ("on answered:\n    if a is 1: stop\n    hang up", ["when", "hang up"]),
        ("on answered:\n    when a is: stop\n    hang up", ["when", "hang up"]),
        ("on answered:\n    answer\n  if that fails: stop", ["answer"]),
    ],
)
def test_steps_around_a_mistake_are_kept(text: str, words: list[str]) -> None:
    assert body(text + "\n") == words


def test_a_ragged_line_is_never_taken_for_one_of_the_edge() -> None:
    file = only("stage a:\n    on enter: stop\n  on tone 1: stop\n")
    (stage,) = file.items
    assert isinstance(stage, ast.Stage)
    assert len(stage.handlers) == 2


@pytest.mark.parametrize(
    "text",
    [
        "contact heidi = usr 550fae72-d251-43ec-868c-373732c2704f",
        "contact heidi = somebody else entirely",
        "contact heidi",
        "group heidi = ",
        "hours heidi = always",
        "let heidi =",
        "setting heidi = = 3",
        "service heidi for ever and ever",
        "routine heidi(",
        "stage heidi",
    ],
)
def test_a_broken_declaration_still_declares_its_name(text: str) -> None:
    (one,) = only(text + "\n").items
    assert not isinstance(one, ast.Flow | ast.Default | ast.Use | ast.Handler)
    assert one.name.text == "heidi"


def test_a_name_that_cannot_be_one_is_empty() -> None:
    (one,) = only("contact for = +4912\n").items
    assert isinstance(one, ast.Contact)
    assert one.name.text == ""


def test_declarations_inside_a_block_are_moved_out() -> None:
    file = only("on answered:\n    contact desk = +4912\n    transfer to desk\n")
    assert [type(one) for one in file.items] == [ast.Handler, ast.Contact]


def test_a_comma_does_not_reach_into_a_line_of_the_same_depth() -> None:
    file = only("group g = a,\nlet x = 1\n")
    assert [type(one) for one in file.items] == [ast.Group, ast.Let]


def test_a_stage_inside_a_block_is_moved_out() -> None:
    file = only("on answered: goto b\nstage a:\n    on enter: stop\n    stage b:\n        on enter: stop\n")
    assert [one.name.text for one in file.items if isinstance(one, ast.Stage)] == ["a", "b"]


def test_arms_that_are_not_indented_belong_to_their_step() -> None:
    file = only("on answered:\n    transfer to a:\n    on busy: stop\n    otherwise: hang up\n    answer\n")
    first = file.items[0]
    assert isinstance(first, ast.Handler)
    assert steps(first.body) == ["transfer", "answer"]
    transfer = first.body.lines[0].steps[0]
    assert isinstance(transfer, ast.Step)
    assert [arm.kind for arm in transfer.arms] == ["on", "otherwise"]


def test_a_key_that_was_eaten_is_a_key_and_its_arm_goes_on() -> None:
    file = only('on answered:\n    menu "m.wav":\n        press 1, #: transfer to a then hang up # two\n')
    first = file.items[0]
    assert isinstance(first, ast.Handler)
    menu = first.body.lines[0].steps[0]
    assert isinstance(menu, ast.Step)
    assert [key.text for key in menu.arms[0].keys] == ["1", "pound"]
    assert steps(menu.arms[0].body) == ["transfer", "hang up"]
    assert [comment.text for comment in file.comments] == ["# two"]


def test_blocks_below_a_broken_head_are_read_and_reported() -> None:
    _, mistakes = wrong(
        """
        on answered whenever they like:
            tranfser to a
            when tries <:
                paly "x.wav"
        """
    )
    codes = [code for code, _ in mistakes]
    assert codes == ["syntax", "unknown-step-word", "syntax", "unknown-step-word"]


@pytest.mark.parametrize(
    "text",
    [
        'on answered: consult a for 18s announcing "x.wav" 1\n',
        "on answered: transfer desk for 20s\n",
        "group g = a,\nlet x = 1\n",
        "contact a = +4912 (language de, language en)\n",
        "on answered:\n    when x:\n    stop\n",
        'flow "x"\n\non answered: stop\n',
        "on answered:\n    call a:\n        on busy:\n            stop\n          otherwise: stop\n    hang up\n",
        "stage a:\non enter: stop\non tone 1: stop\n",
        "on answered:\n    transfer to a:\n        stop\n        answer\n",
        "answer\nhang up\nwhen a: stop\nelse: stop\n",
        'on answered:\n    play "a.wav"\n    on tone 1: stop\n    on tone 2: stop\n    after 5s: stop\n',
        "on answered:\n    answer\n    on busy: stop\n    on no answer: stop\n    otherwise: stop\n",
        "group g = a\n    b\n    c\n",
        "hours h = mon 08:00-18:00\n    in UTC\n",
        "# first\n  on answered: stop\n  on ended: stop\n",
        "press 1: stop\n",
        'on answered: menu "a.wav" for 5s: press 1: stop\n',
    ],
)
def test_one_mistake_is_one_message(text: str) -> None:
    only(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("on answred: tranfser to a\n", 2),
        ('on answered: tranfser to a then paly "x.wav"\n', 2),
        ("contact a = usr 1\ncontact b = voicmail of a\non answered: stop\n", 2),
        ('on answered: consult a fro 20s playng "x.wav"\n', 2),
        ("on hangup: stop\non answered: hangup\n", 2),
        ("on answered:\n    if x: stop\non tone *: stop\nstage a\n", 3),
    ],
)
def test_two_mistakes_are_two_messages(text: str, count: int) -> None:
    assert len(wrong(text)[1]) == count


def test_a_flow_of_another_version_is_one_message() -> None:
    for text in ("flow 3 nonsense", '# first\n\n  # second\nflow 2 "x"\nfoo bar\n\ttab', "flow 0"):
        parsed = parse(Source("t.flow", text))
        assert [one.code for one in parsed.diagnostics] == ["unknown-language-version"]
        (flow,) = parsed.file.items
        assert isinstance(flow, ast.Flow)
        assert flow.version.value != 1
        assert text[flow.span.start :].startswith("flow")


def test_a_late_flow_line_is_no_version_error() -> None:
    _, mistakes = wrong('contact a = +4912\nflow 3 "x"\n')
    assert mistakes == [("late-flow-line", 'flow 3 "x"')]
    _, mistakes = wrong("flow 1\nflow 1\n")
    assert mistakes == [("late-flow-line", "flow 1")]


def test_far_too_many_mistakes_are_bounded() -> None:
    parsed = parse(Source("t.flow", "on answered: tranfser to a\n" * 500))
    assert len(parsed.diagnostics) == 61
    assert "more mistakes" in parsed.diagnostics[-1].message


def test_the_marks_of_an_unfinished_merge_are_called_so() -> None:
    marks = ["<" * 7 + " HEAD", "=" * 7, ">" * 7 + " night"]
    lines = [marks[0], "contact a = +12025550123", marks[1], "contact b = +12025550123", marks[2], "on answered: stop"]
    text = "\n".join(lines) + "\n"
    file, mistakes = wrong(text)
    assert len(file.items) == 3
    assert [words for _, words in mistakes] == [mark[:7] for mark in marks]
    assert {one.message for one in found(text)} == {"a merge is not finished here"}
