"""Facts and commands in words, a line each."""

from typing import assert_never

from flowlang.call import commands, facts
from flowlang.call.commands import Command
from flowlang.call.facts import Fact
from flowlang.call.party import Party
from flowlang.call.results import Result
from flowlang.ladder.words import act_words, of_result


def fact_words(fact: Fact) -> str:
    """One line about a fact."""
    match fact:
        case facts.Incoming():
            return f"{_name(fact.caller)} calls {_name(fact.called)}"
        case facts.Started():
            return "the flow is started"
        case facts.CallUpdated():
            return _updated(fact)
        case facts.RosterUpdated():
            return f"{len(fact.participants)} in the call"
        case facts.OperationUpdated():
            return f"operation {fact.context or fact.operation_id} {fact.status}{_result(fact.result)}"
        case facts.RequestAnswered():
            answer = f"answered {fact.status}" if fact.status else "has no answer"
            return f"request {fact.request} {answer}{_result(fact.result)}"
        case facts.ServiceAnswered():
            return f"the service {'answered' if fact.is_ok else 'failed'}{_result(fact.result)}"
        case facts.FlowStarted():
            return "the other flow is started" if fact.is_ok else "the other flow could not be started"
        case facts.TimerFired():
            return f"timer {fact.timer} is due"
        case facts.OperatorHungUp():
            return f"{fact.who} hangs up"
        case facts.OperatorTransferred():
            return f"{fact.who} transfers to {_name(fact.target)}"
        case facts.Unheard():
            return "nothing was heard for long"
        case facts.Resumed():
            return f"the service was away for {fact.paused_ms / 1000:g} s"
        case facts.Ignored():
            return f"none of ours: {fact.what}"
        case _:
            assert_never(fact)


def _updated(fact: facts.CallUpdated) -> str:
    whose = "the caller's leg" if fact.leg == 0 else f"leg {fact.leg}" if fact.leg > 0 else "a leg"
    if fact.tone:
        return f"key {fact.tone} on {whose}"
    if fact.is_over:
        return f"{whose} is over{_result(fact.result)}"
    sound = f", sound {fact.audio}" if fact.audio else ""
    return f"{whose} is {fact.state or 'as before'}{sound}{_result(fact.result)}"


def _result(result: Result | None) -> str:
    return f": {of_result(result)}" if result is not None else ""


def command_words(command: Command) -> str:
    """One line about a command: what is asked, and of whom."""
    match command:
        case commands.Request(act=commands.Transfer() as act):
            whom = f" {_name(act.transferee.party)}" if act.transferee is not None else ""
            how = " replacing the other call" if act.replaces_call_id else ""
            return f"transfer{whom} to {_name(act.target)}{how}"
        case commands.Request(act=commands.CreateCall() as act):
            return f"call {_name(act.target)}"
        case commands.Request():
            return act_words(command.act)
        case commands.AskService():
            return f"ask {command.service}"
        case commands.Notify():
            return f"notify {command.service}: {command.text}"
        case commands.StartFlow():
            later = f" in {command.after_ms / 1000:g} s" if command.after_ms else ""
            return f"start flow {command.flow}{later}"
        case commands.FetchRecording():
            return f"fetch the recording {command.name}"
        case _:
            assert_never(command)


def _name(party: Party) -> str:
    return party.name or party.id or "somebody anonymous"
