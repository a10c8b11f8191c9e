"""Every step of the language with its operands and clauses, arms, and branches."""

from itertools import permutations

import pytest

from flowlang.syntax import ast
from tests.syntax.reading import found, handler, step, steps, wrong


def word(one: ast.Word | None) -> str:
    assert one is not None
    return one.text


def path(one: ast.Path | None) -> tuple[str, ...]:
    assert one is not None
    return one.names


def seconds(one: ast.Duration | ast.Path | None) -> float:
    assert isinstance(one, ast.Duration)
    return one.ms / 1000


def names(one: ast.Targets | None) -> list[str]:
    assert one is not None
    return [".".join(target.who.names) for target in one.items if isinstance(target.who, ast.Path)]


def filled(one: ast.Step) -> set[str]:
    """The fields of a step that something was written for."""
    empty = ast.Step(one.word, one.span)
    return {name for name in one._fields if getattr(one, name) != getattr(empty, name)}


@pytest.mark.parametrize("text", ["answer", "mute", "unmute", "stop", "reject", "hang up", "retry"])
def test_steps_that_may_stand_alone(text: str) -> None:
    one = step(text)
    assert one.word.text == text
    assert filled(one) <= {"retry"}


EVERYTHING = {
    "reject busy": {"reason"},
    "redirect to a, b for 20s": {"targets", "bound"},
    "call a for 20s": {"targets", "bound"},
    'join meeting "https://teams.example" for 5s': {"prompts", "bound"},
    'consult first of a, b as second for 20s playing "h.wav" announcing "a.wav" accepting 1 without forwarding': {
        "targets", "leg", "bound", "playing", "announcing", "accepting", "without_forwarding",
    },
    "transfer to a for 20s": {"targets", "bound"},
    "transfer replacing consult": {"replacing"},
    "transfer to a replacing consult": {"targets", "replacing"},
    "transfer guest to a": {"participant", "targets"},
    "transfer guest replacing consult for 20s": {"participant", "replacing", "bound"},
    "invite a replacing consult for 20s": {"targets", "replacing", "bound"},
    "remove guest": {"participant"},
    'play "a.wav", "b.wav" to consult repeating for 5m': {"prompts", "to_leg", "repeating", "bound"},
    'say "hello" to consult': {"text", "to_leg"},
    "gather 4 digits from consult as pin playing \"p.wav\" for 10s ending pound": {
        "digits", "from_leg", "variable", "playing", "bound", "ending",
    },
    "record as message for 60s": {"variable", "bound"},
    "hold guest": {"participant"},
    "resume guest": {"participant"},
    "ask crm about caller.number, 3, \"x\" as account for 3s": {"service", "about", "variable", "bound"},
    "ask crm": {"service"},
    "wait 5s": {"bound"},
    "wait pause": {"bound"},
    "hang up consult": {"leg"},
    "start call_back with a = 1, b = tries + 1 after 30m": {"name", "arguments", "after"},
    "start call_back": {"name"},
    "goto waiting": {"name"},
    "do connect(heidi, 3)": {"name", "arguments"},
    "do connect": {"name"},
    "do connect()": {"name"},
    "set tries = tries + 1": {"variable", "value"},
    'log "x"': {"text"},
    'notify pager "x"': {"service", "text"},
    "retry up to 2 times after 3s": {"retry"},
}  # fmt: skip


@pytest.mark.parametrize("text", EVERYTHING)
def test_each_step_fills_the_fields_it_is_written_with(text: str) -> None:
    assert filled(step(text)) == EVERYTHING[text]


def test_values_of_the_clauses_of_consult() -> None:
    one = step('consult each of a, b as second for 20s playing "h.wav" announcing "a.wav" accepting "#"')
    assert one.targets is not None
    assert one.playing is not None
    assert one.announcing is not None
    assert (one.targets.mode, names(one.targets)) == ("each", ["a", "b"])
    assert (word(one.leg), seconds(one.bound)) == ("second", 20)
    assert (one.playing.plain, one.announcing.plain, word(one.accepting)) == ("h.wav", "a.wav", "pound")


CONSULT = ["as second", "for 20s", 'playing "h.wav"', "accepting 1", "without forwarding"]


@pytest.mark.parametrize("order", list(permutations(range(len(CONSULT))))[::7])
def test_clauses_of_a_step_stand_in_any_order(order: tuple[int, ...]) -> None:
    one = step("consult a " + " ".join(CONSULT[n] for n in order))
    straight = step("consult a " + " ".join(CONSULT))
    assert one.playing is not None
    assert straight.playing is not None
    assert filled(one) == filled(straight)
    assert (word(one.leg), seconds(one.bound)) == ("second", 20)
    assert (one.playing.plain, one.without_forwarding) == ("h.wav", True)


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("consult a for 20s for 30s", "for 30s"),
        ("consult a as b as c", "as c"),
        ('consult a playing "x.wav" for 20s playing "y.wav"', 'playing "y.wav"'),
        ("consult a without forwarding without forwarding", "without forwarding"),
        ("transfer to a to b", "to b"),
        ('play "a.wav" repeating repeating', "repeating"),
        ("retry after 3s after 4s", "after 4s"),
        ("retry up to 2 times up to 3 times", "up to 3 times"),
        ("gather 4 digits as a ending pound ending star", "ending star"),
        ("ask crm about a about b", "about b"),
        ("start f after 3s with a = 1 after 4s", "after 4s"),
    ],
)
def test_a_clause_stands_once(text: str, again: str) -> None:
    (one,) = found(f"on answered: {text}\n")
    assert (one.code, one.source.text[one.span.start : one.span.end]) == ("clause-twice", again)
    assert one.span.start == one.source.text.rindex(again)
    (note,) = one.notes
    assert note.span.start < one.span.start


def test_transfers() -> None:
    assert names(step("transfer to a, b").targets) == ["a", "b"]
    assert path(step("transfer crm.guest to a").participant) == ("crm", "guest")
    one = step("transfer to +4912 (language de-de, region emea) replacing second")
    assert one.targets is not None
    (target,) = one.targets.items
    assert (word(target.language), word(target.region), word(one.replacing)) == ("de-de", "emea", "second")
    assert isinstance(step("transfer to voicemail of heidi").targets, ast.Targets)


def test_targets_written_out() -> None:
    guid = "550fae72-d251-43ec-868c-373732c2704f"
    one = step(f'consult first of user {guid} "Heidi", resource account {guid} tenant {guid}, bot {guid}, +4912 "Desk"')
    assert one.targets is not None
    assert [target.who.kind for target in one.targets.items if isinstance(target.who, ast.Party)] == [
        "user", "resource account", "bot", "phone",
    ]  # fmt: skip


def test_retry_has_times_and_a_pause() -> None:
    one = step("retry after 3s up to 2 times").retry
    assert one is not None
    assert one.times is not None
    assert (one.times.value, seconds(one.after)) == (2, 3)
    bare = step("retry").retry
    assert bare is not None
    assert (bare.times, bare.after) == (None, None)


def test_arguments_have_names_in_start_and_none_in_do() -> None:
    assert [word(one.name) for one in step('start f with a = 1, b = "x"').arguments] == ["a", "b"]
    assert [one.name for one in step("do f(1, x.y)").arguments] == [None, None]


def test_counting_with_and_without_blanks() -> None:
    for written in ("n + 1", "n +1", "n+1"):
        value = step(f"set n = {written}").value
        assert isinstance(value, ast.Add)
        assert isinstance(value.left, ast.Path)
        assert isinstance(value.right, ast.Number)
        assert (value.left.names, value.operator, value.right.value) == (("n",), "+", 1)


@pytest.mark.parametrize("sign", ["-", "*", "/"])
def test_other_arithmetic_is_kept_for_a_later_check(sign: str) -> None:
    value = step(f"set n = n {sign} 2").value
    assert isinstance(value, ast.Add)
    assert value.operator == sign


@pytest.mark.parametrize(("text", "ms"), [("500ms", 500), ("20s", 20_000), ("5m", 300_000), ("2h", 7_200_000)])
def test_durations(text: str, ms: int) -> None:
    bound = step(f"wait {text}").bound
    assert isinstance(bound, ast.Duration)
    assert (bound.ms, bound.unit) == (ms, text.lstrip("0123456789"))


@pytest.mark.parametrize(
    ("text", "ms", "cure"),
    [
        ("20", 20_000, "20s"),
        ("20sec", 20_000, "20s"),
        ("2hours", 7_200_000, "2h"),
        ("3Min", 180_000, "3m"),
        ("4d", 4_000, ""),
    ],
)
def test_a_duration_without_a_unit_is_read_all_the_same(text: str, ms: int, cure: str) -> None:
    file, mistakes = wrong(f"on answered: wait {text}\n")
    assert mistakes == [("unit-missing", text)]
    assert cure in found(f"on answered: wait {text}\n")[0].help
    one = file.items[0]
    assert isinstance(one, ast.Handler)
    first = one.body.lines[0].steps[0]
    assert isinstance(first, ast.Step)
    assert isinstance(first.bound, ast.Duration)
    assert first.bound.ms == ms


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('play "a.wav" for 5s', "for 5s"),
        ("transfer for 20s", "transfer for 20s"),
        ("gather 4 digits for 5s", "gather 4 digits for 5s"),
        ("record for 5s", "record for 5s"),
        ("reject engaged", "engaged"),
        ("consult a accepting 12", "12"),
        ("consult a accepting hash", "hash"),
        ("wait 9999999999999999999999s", "9999999999999999999999s"),
    ],
)
def test_what_a_step_needs_or_cannot_have(text: str, words: str) -> None:
    _, mistakes = wrong(f"on answered: {text}\n")
    assert mistakes == [("syntax", words)]


# ---------------------------------------------------------------- arms and branches


def test_arms_of_a_menu() -> None:
    one = handler(
        """
        on answered:
            menu "m.wav", "n.wav" to consult for 5s up to 3 times:
                press 1, 2: goto order
                press "#":
                    play "x.wav"
                    hang up
                on timeout: transfer to reception
                on no input, 5xx: stop
                otherwise: play "y.wav" then stop
        """
    ).body.lines[0]
    menu = one.steps[0]
    assert isinstance(menu, ast.Step)
    assert menu.times is not None
    assert (menu.times.value, seconds(menu.bound), word(menu.to_leg), len(menu.prompts)) == (3, 5, "consult", 2)
    assert [arm.kind for arm in menu.arms] == ["press", "press", "timeout", "on", "otherwise"]
    assert [[key.text for key in arm.keys] for arm in menu.arms] == [["1", "2"], ["pound"], [], [], []]
    assert [pattern.text for pattern in menu.arms[3].patterns] == ["no input", "5xx"]
    assert steps(menu.arms[1].body) == ["play", "hang up"]


@pytest.mark.parametrize("arm", ["press 1: stop", "on timeout: stop"])
def test_some_arms_are_for_menus_only(arm: str) -> None:
    _, mistakes = wrong(f"on answered:\n    consult a:\n        {arm}\n")
    assert mistakes == [("arm-outside-its-step", arm.split(":", maxsplit=1)[0])]


def test_a_menu_without_a_key_does_nothing() -> None:
    _, mistakes = wrong('on answered:\n    menu "m.wav" for 5s\n')
    assert mistakes == [("empty-block", 'menu "m.wav" for 5s')]


def test_arms_under_several_steps_belong_to_nobody() -> None:
    file, mistakes = wrong("on answered:\n    consult a then transfer replacing consult:\n        on busy: stop\n")
    assert mistakes == [("several-steps-with-arms", "consult a then transfer replacing consult")]
    one = file.items[0]
    assert isinstance(one, ast.Handler)
    last = one.body.lines[0].steps[1]
    assert isinstance(last, ast.Step)
    assert len(last.arms) == 1


def test_branches_with_blocks_and_one_line_bodies() -> None:
    one = handler(
        """
        on answered:
            when a is 1: stop
            else when b is 2:
                play "x.wav" then stop
            else: hang up
            when c: stop
        """
    )
    first, second = (line.steps[0] for line in one.body.lines)
    assert isinstance(first, ast.When)
    assert isinstance(second, ast.When)
    assert [branch.condition is None for branch in first.branches] == [False, False, True]
    assert [steps(branch.body) for branch in first.branches] == [["stop"], ["play", "stop"], ["hang up"]]
    assert len(second.branches) == 1


def test_a_block_and_a_chain_mean_the_same() -> None:
    chain = handler('on answered: play "a.wav" then wait 1s then hang up\n')
    block = handler('on answered:\n  play "a.wav"\n  wait 1s\n  hang up\n')
    assert steps(chain.body) == steps(block.body) == ["play", "wait", "hang up"]
