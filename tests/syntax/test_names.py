"""Only the connecting words are reserved: whatever else the language uses may be a name, everywhere."""

import unicodedata

import pytest

from flowlang.syntax import ast
from flowlang.syntax.parser import the_tables
from tests.syntax.reading import handler, right, step, wrong

RESERVED = (
    "then", "otherwise", "on", "when", "else", "if", "to", "as", "for", "from", "in", "is", "and", "or", "not",
    "replacing", "playing", "each", "first", "of", "up",
)  # fmt: skip
"""As the language reference lists them."""
FREE = sorted(set(the_tables().keywords) - set(RESERVED))

PLACES = {
    "contact": "contact {n} = +4912\non answered: transfer to {n}\n",
    "contact among options": "contact {n} = voicemail of {n} (language {n})\n",
    "group": "group {n} = {n}, {n}\n",
    "first of": "on answered: consult first of {n}, {n} for {n}\n",
    "from and to": "on incoming from {n}, {n} to {n} during {n}: answer\n",
    "transferee": "on answered: transfer {n} to {n} replacing {n}\n",
    "participant": "on answered: hold {n} then remove {n} then invite {n}\n",
    "leg": "on answered: consult a as {n} for 5s then transfer replacing {n}\non {n} ended: stop\n",
    "leg of a step": 'on answered: play "x.wav" to {n} repeating then hang up {n}\n',
    "variable": "let {n} = 1\non answered: set {n} = {n} + 1\n",
    "setting": 'setting {n} = 5s\non answered: wait {n} then consult a for {n} playing "x.wav"\n',
    "answer of a service": "service {n} answers {n} text\non answered: ask {n} about {n}, {n} as {n} for {n}\n",
    "notify": 'on answered: notify {n} "x"\n',
    "digits": "on answered: gather 4 digits from {n} as {n} for {n} ending pound\n",
    "routine": "routine {n}({n}, {n}): do {n}({n}, {n})\n",
    "stage": "stage {n}:\n  on enter: goto {n}\n",
    "hours": "hours {n} = mon 08:00-18:00 in UTC\non answered outside {n}: stop\n",
    "flow": "on answered: start {n} with {n} = {n}, {n} = {n} after 5s\n",
    "state": "on state {n}: stop\n",
    "hours in a condition": "on answered when during {n}: stop\n",
    "joined": "on joined {n} to {n}: stop\n",
    "condition": "on answered when {n} is {n} and {n} < {n} or not {n}.{n} exists: stop\n",
    "branch": "on answered:\n  when {n}: stop\n  else when {n} in {n}: stop\n",
    "language": "language {n}\nregion {n}\n",
}

TAKEN = {
    "joined": {"ended", "failed"},  # `on joined ended` is about a leg called `joined`
    "state": {"ended", "failed"},
    "hours in a condition": {"exists", "contains", "starts", "during", "outside"},  # `during exists` asks for a value
}
"""Where a word means something else for sure."""


@pytest.mark.parametrize("place", PLACES)
def test_every_word_that_is_not_reserved_may_be_a_name(place: str) -> None:
    pattern = words(right(PLACES[place].replace("{n}", "zebra")))
    for name in FREE:
        if name not in TAKEN.get(place, ()):
            found = words(right(PLACES[place].replace("{n}", name)))
            # `yes` and `no` are values where a value is read; every other word is the name that was written.
            assert name in ("yes", "no") or found == [name if word == "zebra" else word for word in pattern]


def words(tree: object) -> list[str]:
    """All texts of words and names in a tree, in order."""
    match tree:
        case ast.Word():
            return [tree.text]
        case ast.Path():
            return list(tree.names)
        case tuple():
            return [word for part in tree for word in words(part)]
        case _:
            return []


@pytest.mark.parametrize("name", RESERVED)
def test_connecting_words_are_refused_as_names(name: str) -> None:
    assert wrong(f"contact {name} = +4912\n")[1] == [("reserved-word", name)]
    assert wrong(f"let {name} = 1\n")[1] == [("reserved-word", name)]
    assert wrong(f"stage {name}:\n    on enter: stop\n")[1] == [("reserved-word", name)]


def test_the_grammar_reserves_what_the_reference_says() -> None:
    assert the_tables().reserved == set(RESERVED)


@pytest.mark.parametrize("name", ["once", "online", "forward_to", "islands", "to-do", "first2", "upper", "note"])
def test_a_name_may_begin_like_a_connecting_word(name: str) -> None:
    assert step(f"goto {name}").name == ast.Word(name, step(f"goto {name}").name.span)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "name",
    [
        "übergabe", "обед", "受付", "كشك", "अशोक", "สมชาย", "zażółć", "ποδήλατο", "a_1-b", "ñ", "한국", "கதவு",
        "می‌خواهم", "ꆈꌠ",
    ],
)  # fmt: skip
def test_names_of_every_script(name: str) -> None:
    text = f'contact {name} = +4912\non answered: transfer to {name} then log "{{{name}.number}}"\n'
    file = right(text)
    assert words(file).count(unicodedata.normalize("NFC", name)) >= 2


def test_the_same_name_composed_and_decomposed_is_one_name() -> None:
    composed, decomposed = "café", "cafe\u0301"
    assert composed != decomposed
    file = right(f"contact {composed} = +4912\non answered: transfer to {decomposed} for {decomposed}.x\n")
    assert words(file).count(composed) == 3
    target = handler(f"on answered: transfer to {decomposed}\n").body.lines[0].steps[0]
    assert target.span.end - target.span.start == len(f"transfer to {decomposed}")


@pytest.mark.parametrize("sign", ["×", "÷", "…", "’", "€", "\u0301x", "—", "⁋", "😀"])
def test_signs_are_no_letters(sign: str) -> None:
    _, mistakes = wrong(f"contact {sign} = +4912\n")
    assert mistakes


def test_a_sign_inside_a_word_ends_it() -> None:
    file, mistakes = wrong("contact heidi€ = +4912\n")
    assert mistakes == [("syntax", "€")]
    assert words(file)[0] == "heidi"
