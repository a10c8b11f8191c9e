import pytest

from flowlang.tools.options import Command, Option, UsageError, help_of, read

COMMAND = Command(
    "run", "FLOW", "Play a call.",
    (
        Option("outcome", "STEP=RESULT", "how a step turns out", is_many=True),
        Option("format", "text|json", "what is written", choices=("text", "json")),
        Option("seed", "N", "a number, explained at such length that the text has to go on in the next line"),
        Option("start", "", "no caller"),
    ),
    "Examples:\n  flowlang run x.flow",
)  # fmt: skip


def test_values_and_arguments_in_any_order() -> None:
    given = read(COMMAND, ["--outcome", "a=b", "x.flow", "--outcome=c=d", "--start", "--seed", "-3"])
    assert given.arguments == ("x.flow",)
    assert given.many("outcome") == ("a=b", "c=d")
    assert given.one("seed") == "-3"
    assert given.has("start")
    assert given.one("format", "text") == "text"


def test_after_two_dashes_all_are_arguments() -> None:
    assert read(COMMAND, ["--", "--start", "-"]).arguments == ("--start", "-")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--outcom", "a=b"], "run has no option --outcom; did you mean --outcome?"),
        (["-x"], "run has no option -x"),
        (["--seed"], "--seed needs a value: --seed N"),
        (["--start=yes"], "--start takes no value"),
        (["--format", "xml"], "--format is one of text, json, not 'xml'"),
        (["--seed", "1", "--seed", "2"], "--seed is given twice"),
    ],
)
def test_wrong_use_is_one_line(words: list[str], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        read(COMMAND, words)
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


def test_help_fits_and_names_everything() -> None:
    text = help_of(COMMAND)
    assert max(len(line) for line in text.splitlines()) <= 78
    for option in COMMAND.options:
        assert f"--{option.name}" in text
    assert text.startswith("flowlang run FLOW [OPTIONS]\n\nPlay a call.\n")
    assert text.endswith("flowlang run x.flow\n")
    assert "length that the text" in text.replace("\n                         ", " ").replace("  ", " ")
