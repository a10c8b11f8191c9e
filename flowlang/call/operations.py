"""What commands are called in logs, metrics and messages: words from a set that is known beforehand."""

import re
from functools import cache
from typing import assert_never

from flowlang.call import commands
from flowlang.call.commands import Command


def operation_of(command: Command) -> str:
    """What a command asks for, in words: `transfer`, `create call`, `ask`."""
    match command:
        case commands.Request():
            return spaced(type(command.act).__name__)
        case commands.AskService():
            return "ask"
        case commands.Notify():
            return "notify"
        case commands.StartFlow():
            return "start flow"
        case commands.FetchRecording():
            return "fetch recording"
        case _ as never:
            assert_never(never)


@cache
def spaced(name: str) -> str:
    """`CreateCall` as `create call`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
