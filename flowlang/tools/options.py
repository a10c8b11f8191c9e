"""A small reader of command lines: names, values, help. Written by hand because the usual packages cost more time
to import than a whole check takes."""

from typing import NoReturn

from flowlang.named_tuple import NamedTuple


class UsageError(Exception):
    """The user asked for something that does not exist; the message is one line. Exit code 2."""


class Option(NamedTuple):
    """`--name`, with a value called `value` unless that is empty; `is_many`: may be given again; `is_optional`: the
    value may be left out, and is then an empty text."""

    name: str
    value: str
    help: str
    is_many: bool = False
    choices: tuple[str, ...] = ()
    is_optional: bool = False


class Command(NamedTuple):
    """A sub-command. `takes`: what its arguments are called."""

    name: str
    takes: str
    summary: str
    options: tuple[Option, ...]
    text: str


class Given(NamedTuple):
    """What the user gave: arguments in order, values by option."""

    arguments: tuple[str, ...]
    values: dict[str, tuple[str, ...]]

    def one(self, name: str, default: str = "") -> str:
        """The last value of an option."""
        found = self.values.get(name)
        return found[-1] if found else default

    def many(self, name: str) -> tuple[str, ...]:
        return self.values.get(name, ())

    def has(self, name: str) -> bool:
        return name in self.values


def read(command: Command, words: list[str]) -> Given:
    """The words after the command's name. Raises `UsageError`."""
    options = {f"--{option.name}": option for option in command.options}
    arguments: list[str] = []
    values: dict[str, tuple[str, ...]] = {}
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word == "--":
            arguments.extend(words[at:])
            break
        if not word.startswith("-") or word == "-":
            arguments.append(word)
            continue
        name, equals, value = word.partition("=")
        option = options.get(name)
        if option is None:
            _unknown(command, name, tuple(options))
        if option.is_optional and not equals and (at >= len(words) or words[at].startswith("-")):
            value = ""
        elif option.value and not equals:
            if at >= len(words):
                raise UsageError(f"{name} needs a value: {name} {option.value}")
            value = words[at]
            at += 1
        elif equals and not option.value:
            raise UsageError(f"{name} takes no value")
        if option.choices and value not in option.choices:
            raise UsageError(f"{name} is one of {', '.join(option.choices)}, not {value!r}")
        if option.name in values and not option.is_many:
            raise UsageError(f"{name} is given twice")
        values[option.name] = (*values.get(option.name, ()), value)
    return Given(tuple(arguments), values)


def _unknown(command: Command, name: str, known: tuple[str, ...]) -> NoReturn:
    raise UsageError(
        f"{command.name} has no option {name}{near(name, known) or f'; see flowlang {command.name} --help'}"
    )


def near(word: str, known: tuple[str, ...]) -> str:
    """`; did you mean X?` where something alike is known."""
    from flowlang.syntax.suggest import nearest  # only a mistake pays for it

    found = nearest(word, known)
    return f"; did you mean {found}?" if found else ""


def help_of(command: Command, width: int = 78) -> str:
    """The help text of a command."""
    lines = [f"flowlang {command.name} {command.takes} [OPTIONS]", "", *wrap(command.summary, width), "", "Options:"]
    heads = [f"  --{o.name} {o.value}".rstrip() for o in command.options]
    column = min(max(len(head) for head in heads) + 2, 26)
    for head, option in zip(heads, command.options, strict=True):
        text = wrap(option.help, width - column)
        first = head.ljust(column) + text[0] if len(head) < column else head
        lines.append(first)
        lines += [" " * column + line for line in (text[1:] if len(head) < column else text)]
    return "\n".join([*lines, "", command.text.strip("\n"), ""])


def wrap(text: str, width: int) -> list[str]:
    """A text in lines of at most `width` characters, broken between words."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
