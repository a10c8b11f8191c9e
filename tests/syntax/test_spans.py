"""Every node says exactly where it was read."""

import pytest

from flowlang.source import Source, Span
from flowlang.syntax import ast
from flowlang.syntax.parser import parse
from tests.syntax.reading import at

TEXT = """\
flow 1 "Desk"   # title

contact heidi = user 550fae72-d251-43ec-868c-373732c2704f tenant 72f988bf-86f1-41af-91ab-2d7cd011db47 "H" (region emea)
hours office = mon-fri 08:00-18:00, sat 09:00-12:00 in Europe/Berlin and closed 24 dec 12:00-24:00

on answered  during office from heidi when tries < 3 :   # head
    consult  heidi for 20s playing "hold.wav" then log "a {caller.number}"
    transfer replacing consult:
        on 500/7700, no  answer:
            retry up to 2 times after 3s
        otherwise : hang   up
    if that fails: stop
    when a is 1 and b:
        stop
    else:
        set n = n + 1
if that fails:
    stop

stage wait:
    after 5m: hang up

routine r(a, b): do r(a)
# end
"""
FILE = parse(Source("t.flow", TEXT)).file
FLOW, CONTACT, HOURS, HANDLER, STAGE, ROUTINE = FILE.items


def shown(node: object) -> str:
    """The source of a node, with every run of blanks as one."""
    span = getattr(node, "span", node)
    assert isinstance(span, Span)
    return " ".join(TEXT[span.start : span.end].split())


def test_the_file_is_the_whole_text() -> None:
    assert Span(0, len(TEXT)) == FILE.span
    assert [shown(one) for one in FILE.comments] == ["# title", "# head", "# end"]
    assert all(one.text == shown(one) for one in FILE.comments)


def test_declarations() -> None:
    assert isinstance(FLOW, ast.Flow)
    assert isinstance(CONTACT, ast.Contact)
    assert isinstance(CONTACT.value, ast.Party)
    assert isinstance(HOURS, ast.Hours)
    assert shown(FLOW) == 'flow 1 "Desk"'
    assert FLOW.title is not None
    assert shown(FLOW.title) == '"Desk"'
    assert shown(CONTACT).endswith('"H" (region emea)')
    assert shown(CONTACT.value).endswith('"H"')
    assert CONTACT.value.tenant is not None
    assert shown(CONTACT.value.tenant).startswith("72f988bf")
    assert [shown(one) for one in HOURS.ranges] == ["mon-fri 08:00-18:00", "sat 09:00-12:00"]
    assert [shown(one) for one in HOURS.special] == ["and closed 24 dec 12:00-24:00"]
    assert shown(HOURS.zone) == "Europe/Berlin"


def test_a_handler_and_its_head() -> None:
    assert isinstance(HANDLER, ast.Handler)
    assert HANDLER.hours is not None
    assert HANDLER.source is not None
    assert HANDLER.condition is not None
    assert HANDLER.catch is not None
    assert shown(HANDLER.head) == "on answered during office from heidi when tries < 3"
    assert shown(HANDLER.event) == "answered"
    assert (shown(HANDLER.hours), shown(HANDLER.source)) == ("during office", "heidi")
    assert shown(HANDLER.condition) == "tries < 3"
    assert shown(HANDLER).startswith("on answered")
    assert shown(HANDLER).endswith("if that fails: stop")
    assert shown(HANDLER.body).startswith("consult")
    assert shown(HANDLER.body).endswith("set n = n + 1")
    assert shown(HANDLER.catch) == "stop"


def lines() -> tuple[ast.Line, ...]:
    assert isinstance(HANDLER, ast.Handler)
    return HANDLER.body.lines


def test_steps_words_and_clauses() -> None:
    consult, log = lines()[0].steps
    assert isinstance(consult, ast.Step)
    assert isinstance(log, ast.Step)
    assert shown(lines()[0]) == 'consult heidi for 20s playing "hold.wav" then log "a {caller.number}"'
    assert shown(consult) == 'consult heidi for 20s playing "hold.wav"'
    assert (shown(consult.word), shown(consult.targets), shown(consult.bound)) == ("consult", "heidi", "20s")
    assert shown(consult.playing) == '"hold.wav"'
    assert log.text is not None
    assert shown(log.text.parts[1]) == "caller.number"


def test_arms_and_what_a_line_with_arms_covers() -> None:
    line = lines()[1]
    (transfer,) = line.steps
    assert isinstance(transfer, ast.Step)
    first, second = transfer.arms
    assert shown(transfer) == "transfer replacing consult"
    assert shown(line).startswith("transfer replacing")
    assert shown(line).endswith("otherwise : hang up")
    assert (shown(first.head), shown(second.head)) == ("on 500/7700, no answer", "otherwise")
    assert [shown(one) for one in first.patterns] == ["500/7700", "no answer"]
    assert shown(first).endswith("after 3s")
    retry = first.body.lines[0].steps[0]
    assert isinstance(retry, ast.Step)
    assert shown(retry.retry) == "retry up to 2 times after 3s"
    hang_up = second.body.lines[0].steps[0]
    assert isinstance(hang_up, ast.Step)
    assert (hang_up.word.text, shown(hang_up.word)) == ("hang up", "hang up")
    assert line.catch is not None
    assert shown(line.catch) == "stop"


def test_branches() -> None:
    (when,) = lines()[2].steps
    assert isinstance(when, ast.When)
    assert [shown(one) for one in when.branches] == ["when a is 1 and b: stop", "else: set n = n + 1"]
    assert shown(when.branches[0].condition) == "a is 1 and b"


def test_stages_and_routines() -> None:
    assert shown(STAGE) == "stage wait: after 5m: hang up"
    assert shown(ROUTINE) == "routine r(a, b): do r(a)"


def every_node(tree: object) -> list[object]:
    nodes = [tree] if hasattr(tree, "span") else []
    if isinstance(tree, tuple) and not isinstance(tree, Span):
        nodes += [node for part in tree for node in every_node(part)]
    return nodes


@pytest.mark.parametrize("node", every_node(FILE), ids=lambda node: type(node).__name__)
def test_parts_lie_inside_their_whole(node: object) -> None:
    whole = getattr(node, "span")  # noqa: B009 - only some of these shapes are known here
    for part in node if isinstance(node, tuple) else ():
        span = getattr(part, "span", None)
        outside = isinstance(node, ast.Line) and part is node.catch
        if isinstance(span, Span) and not outside and not isinstance(part, ast.Arm):
            assert whole.start <= span.start <= span.end <= whole.end


def test_mistakes_are_marked_exactly() -> None:
    text = 'on answered:\n    tranfser to a then play "x" repeting\n'
    spans = [one.span for one in parse(Source("t.flow", text)).diagnostics]
    assert spans == [at(text, "tranfser"), at(text, "repeting")]
