"""Flows near the edge of a rule: some that must stay silent, and some that must not."""

import pytest

from tests.rules.examples import check, told

HEAD = """
contact heidi = user 550fae72-d251-43ec-868c-373732c2704f "Heidi Steen"
contact anna  = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03 "Anna Weber"
contact desk  = +12345678901 "Desk"
contact inbox = voicemail of heidi
group sales = heidi, anna
hours office = mon-fri 08:00-18:00 in Europe/Berlin
"""
LATE = 'on failed: play "goodbye.wav" then hang up\n'
LEFT_OUT = {
    "name-never-used",  # of the head's names
    "declaration-after-handler",  # these flows are full of things in unusual places
    "invite-into-call-between-two",
}


def codes(flow: str) -> set[str]:
    return {one.code for one in check(HEAD + flow)} - LEFT_OUT


FINE: dict[str, str] = {
    "what was typed goes into one routine only": """
routine connect(person):
    transfer to person
routine note(person):
    log "somebody typed"
on answered:
    gather 4 digits as code playing "ask.wav"
    do note(code)
    do connect(desk)
on failed: play "goodbye.wav" then hang up
""",
    "names like words of the language": """
contact transfer = +12025550123
contact answered = +12025550124
let timeout = 0
on answered:
    set timeout = timeout + 1
    log "{timeout}"
    transfer to transfer:
        otherwise: transfer to answered
on failed: play "goodbye.wav" then hang up
""",
    "queue": """
let tries = 0
on answered during office: play "welcome.wav" then goto ringing
on answered: play "closed.wav" then transfer to inbox

stage ringing:
    on enter:
        set tries = tries + 1
        consult first of heidi, anna for 18s playing "hold.wav" announcing "ask.wav" accepting 1:
            otherwise: goto waiting
        log "{consult.name} took the call"
        transfer replacing consult:
            on 500/7700: retry up to 2 times after 3s
            otherwise: goto waiting

stage waiting:
    on enter:
        when tries > 5:
            play "sorry.wav" then transfer to inbox
        else:
            play "hold.wav" repeating for 30s then goto ringing
    on tone 1: transfer to inbox
    after 5m: transfer to desk

on ended: log "tries {tries}"
on failed: play "goodbye.wav" then hang up
""",
    "legs across handlers": """
on answered during office:
    consult heidi as agent for 20s playing "hold.wav"
    play "press_one.wav" repeating for 1m
    transfer replacing agent
on answered: transfer to desk
on tone 1: transfer replacing agent
on agent ended: play "sorry.wav" then transfer to desk
on tone 2:
    hang up agent
    consult anna as agent for 20s playing "hold.wav"
    transfer replacing agent
on tone 3: do connect(+12025550123)
on tone 4: do connect(overflow)
setting overflow = +12025550147
routine connect(person):
    consult person for 18s playing "hold.wav"
    transfer replacing consult
if that fails: play "sorry.wav" then transfer to inbox
on tone 5:
    consult each of sales, desk for 10s playing "hold.wav":
        on no answer, busy: transfer to inbox
    transfer to desk replacing consult
on failed: play "goodbye.wav" then hang up
""",
    "voicemail box": """
service crm for 3s answers vip yes/no, agent contact, name text, wait duration, calls number
on incoming from anonymous: reject busy
on incoming outside office: redirect to desk, heidi for 30s
on incoming:
    ask crm about caller.number, caller.name as who for 3s:
        otherwise: log "no {result.code}/{result.subcode} {result.message}"
    answer
on answered:
    ask crm about caller.number as account:
        otherwise: transfer to sales_line
    when account.vip and account.calls > 3 or account.name is "Bob":
        transfer to account.agent
    else when caller in sales or caller is heidi:
        consult account.agent for 20s playing "hold.wav"
        transfer replacing consult
    else:
        wait account.wait
        play "leave_message.wav"
        record as message for 1m
        notify crm "new {message}"
        hang up
contact sales_line = +12025550199
on failed: play "goodbye.wav" then hang up
on transfer completed: log "gone {result.code} {call.chain}"
on ended caller hung up: ask crm about caller.number then log "asked"
""",
    "group": """
on incoming when call.kind is group: answer
on incoming: answer
on answered when call.kind is peer: transfer to desk
on joined heidi: play "welcome.wav"
on joined: transfer participant to desk
on left: log "{participant.name} left"
on state transferring: log "moving"
after 30m: hang up
on failed: hang up
""",
    "start": """
let customer = ""
let tries = 0
on start:
    call customer for 30s:
        on busy, no answer: retry up to 2 times after 30s
    if that fails:
        when tries < 3: start test with customer = customer, tries = tries + 1 after 30m
        else: notify pager "gave up"
service pager
on answered:
    menu "choices.wav" for 5s up to 2 times:
        press 1: do hand_over
        press 2, 3: say "You tried {attempt} times, key {tone}" then hang up
        press star: stop
        on timeout: hang up
        otherwise: hang up
routine hand_over:
    consult sales for 15s playing "hold.wav"
    transfer replacing consult
on call failed: log "no {result.message}"
on failed: play "goodbye.wav" then hang up
after 10m: hang up
""",
    "meeting": """
on start: join meeting "https://teams.microsoft.com/l/meetup-join/x"
on answered: invite heidi for 60s:
    otherwise: log "not there"
on joined heidi: hold heidi then wait 5s then resume heidi
on left heidi: hang up
after 1h: hang up
on failed: hang up
""",
    "catch in arms": """
on answered:
    transfer to desk:
        on 500/7000:
            consult sales for 10s playing "hold.wav"
            transfer replacing consult
        if that fails: transfer to inbox
        otherwise: play "sorry.wav" then hang up
on failed: play "goodbye.wav" then hang up
""",
    "pin": """
service bank for 3s answers ok yes/no
on answered:
    gather 6 digits as account playing "account.wav" ending pound:
        on no input: transfer to desk
    gather 4 digits as pin playing "pin.wav":
        otherwise: transfer to desk
    ask bank about account, pin as check:
        otherwise: transfer to desk
    when check.ok: say "Welcome" then hang up
    else when not check.ok exists: transfer to desk
    else: play "wrong.wav" then goto again
stage again:
    on enter: wait 1s then transfer to desk
on failed: play "goodbye.wav" then hang up
""",
    "a failure handler that may fail leaves the failure to the next one": """
on answered: transfer to desk
on failed: transfer to heidi
on transfer failed: play "sorry.wav" then hang up
""",
    "each timer counts for itself": """
on answered: play "hold.wav" repeating
after 5m: log "five minutes"
after 5m: hang up
on failed: play "goodbye.wav" then hang up
""",
    "what exists is set": """
service crm for 2s answers vip yes/no
on answered:
    ask crm about caller.number as who:
        otherwise: log "no answer"
    when who exists:
        log "{who.vip}"
    else when not who exists:
        log "nobody"
    else:
        log "{who.vip}"
    transfer to desk
on failed: play "goodbye.wav" then hang up
""",
    "holidays make hours smaller": """
hours strict = mon-fri 08:00-18:00 in Europe/Berlin except holidays DE-BY
on answered during strict: transfer to heidi
on answered during office: transfer to desk
on answered: hang up
on failed: play "goodbye.wav" then hang up
""",
    "a timer that is just long enough": """
on answered: goto asking
stage asking:
    on enter:
        consult heidi for 20s playing "hold.wav"
        transfer replacing consult
    after 20s: transfer to desk
on failed: play "goodbye.wav" then hang up
""",
    "steps after answer take those whom no handler fits": """
on incoming: answer then transfer to desk
on answered during office: transfer to heidi
on failed: play "goodbye.wav" then hang up
""",
    "a timer looks after those whom no handler fits": """
on answered during office: transfer to heidi
after 10s: transfer to desk
on failed: play "goodbye.wav" then hang up
""",
    "a leg is used by another handler": """
on answered:
    consult heidi for 20s playing "hold.wav"
    play "press_one.wav" repeating
on tone 1: transfer replacing consult
on consult ended: transfer to desk
after 1m: transfer to desk
on failed: play "goodbye.wav" then hang up
""",
    "holding the same one twice": """
on incoming when call.kind is group: answer
on incoming: reject
on joined heidi: hold heidi then hold heidi
after 1h: hang up
on failed: play "goodbye.wav" then hang up
""",
    "a group transfer leaves the application in the call": """
on incoming when call.kind is group: answer
on incoming: reject
on joined anna: transfer anna to heidi then play "goodbye.wav" then hang up
after 1h: hang up
on failed: play "goodbye.wav" then hang up
""",
    "a second try after the leg is gone": """
on answered:
    consult heidi for 20s playing "hold.wav"
    transfer replacing consult:
        on leg gone:
            consult anna for 20s playing "hold.wav"
            transfer replacing consult
on failed: play "goodbye.wav" then hang up
""",
    "any key after those that are named": """
on answered:
    menu "choices.wav":
        press 1: transfer to desk
        press any: transfer to heidi
        on timeout: hang up
on failed: play "goodbye.wav" then hang up
""",
    "music goes on in the pauses": """
on answered:
    consult heidi for 20s playing "hold.wav"
    transfer replacing consult:
        on 500/7700: retry up to 10 times after 20s
on failed: play "goodbye.wav" then hang up
""",
    "a call back after hanging up": """
on answered: play "sorry.wav" then hang up
on ended: start call_back with customer = caller.number after 5m
on failed: play "goodbye.wav" then hang up
""",
    "an allow list for what was typed": """
group allowed = desk, heidi
on answered:
    gather 12 digits as number playing "ask.wav"
    when number in allowed: transfer to number
    else: hang up
on failed: play "goodbye.wav" then hang up
""",
}

NOT_FINE: dict[str, tuple[str, str]] = {
    "trying everything again catches nothing in the end": (
        "only-the-safety-net",
        """
on answered:
    transfer to desk:
        otherwise: retry up to 2 times after 3s
""",
    ),
    "a handler for some results is not one for all": (
        "only-the-safety-net",
        """
on answered: transfer to desk
on failed busy: hang up
""",
    ),
    "a handler of hours is not one for all times": (
        "only-the-safety-net",
        """
on answered: transfer to desk
on failed during office: hang up
""",
    ),
    "a failure handler of a stage knows what may have failed": (
        "replacing-leg-never-up",
        """
on answered: goto asking
stage asking:
    on enter:
        consult heidi for 20s playing "hold.wav"
        transfer replacing consult
    on failed: transfer replacing consult
on failed: play "goodbye.wav" then hang up
""",
    ),
    "a number between two and three": (
        "condition-never-true",
        """
let n = 0
on answered:
    set n = n + 1
    when n < 3 and n > 2: transfer to heidi
    else: transfer to desk
on failed: play "goodbye.wav" then hang up
""",
    ),
    "hours without holidays cover those with": (
        "handler-never-matches",
        """
hours strict = mon-fri 08:00-18:00 in Europe/Berlin except holidays DE-BY
on answered during office: transfer to heidi
on answered during strict: transfer to desk
on answered: hang up
on failed: play "goodbye.wav" then hang up
""",
    ),
    "smaller hours lie within": (
        "handler-never-matches",
        """
hours lunch = mon-fri 12:00-13:00 in Europe/Berlin
on answered during office: transfer to heidi
on answered during lunch: transfer to desk
on answered: hang up
on failed: play "goodbye.wav" then hang up
""",
    ),
    "a circle through one branch": (
        "goto-circle",
        """
on answered: goto waiting
stage waiting:
    on enter:
        when caller.number exists: log "again"
        else: play "hold.wav"
        goto waiting
    after 5m: hang up
on failed: play "goodbye.wav" then hang up
""",
    ),
    "nothing but a prompt before answering": (
        "media-before-answer",
        """
on incoming: play "welcome.wav"
on failed: play "goodbye.wav" then hang up
""",
    ),
    "answered on one way only": (
        "transfer-before-answer",
        """
on incoming:
    when caller.number exists: answer
    transfer to desk
on failed: play "goodbye.wav" then hang up
""",
    ),
    "a routine that runs before and after answering": (
        "transfer-before-answer",
        """
routine away: transfer to desk
on incoming when caller.number exists: do away
on incoming: answer
on answered: do away
on failed: play "goodbye.wav" then hang up
""",
    ),
    "a leg that only one branch opens": (
        "replacing-leg-never-up",
        """
on answered:
    when caller.number exists:
        consult heidi for 20s playing "hold.wav"
    transfer replacing consult
on failed: play "goodbye.wav" then hang up
""",
    ),
    "a leg that became part of the call": (
        "play-to-leg-not-up",
        """
on answered:
    consult heidi for 20s playing "hold.wav"
    invite heidi replacing consult
    play "a.wav" to consult
on failed: play "goodbye.wav" then hang up
""",
    ),
    "a leg that has ended": (
        "replacing-leg-never-up",
        """
on answered:
    consult heidi for 20s playing "hold.wav"
    transfer replacing consult
on consult ended: transfer replacing consult
on failed: play "goodbye.wav" then hang up
""",
    ),
    "set in a stage, read before it": (
        "variable-maybe-unset",
        """
on answered: goto asking
stage asking:
    on enter: gather 4 digits as code playing "ask.wav" then goto done
    on tone 1: goto done
stage done:
    on enter: say "{code}" then hang up
on failed: play "goodbye.wav" then hang up
""",
    ),
    "a reason of its own for every arm": (
        "same-arm-twice",
        """
on answered:
    transfer to desk:
        on busy: play "sorry.wav" then hang up
        on no answer:
            play "sorry.wav"
            hang up
on failed: play "goodbye.wav" then hang up
""",
    ),
    "everybody is taken before": (
        "handler-never-matches",
        """
on answered from sales: transfer to desk
on answered from heidi: hang up
on answered: transfer to desk
on failed: play "goodbye.wav" then hang up
""",
    ),
    "a result that no step can have": (
        "arm-never-matches",
        """
on answered:
    transfer to desk:
        on menu failed: hang up
on failed: play "goodbye.wav" then hang up
""",
    ),
    "the arm of the wrong step": (
        "handler-never-matches",
        """
on answered: transfer to desk
on transfer failed no input: hang up
on failed: play "goodbye.wav" then hang up
""",
    ),
    "a timer outside stages cuts what answered began": (
        "timer-cuts-the-step",
        """
on answered:
    consult sales for 20s playing "hold.wav"
    transfer replacing consult
after 30s: transfer to desk
on failed: play "goodbye.wav" then hang up
""",
    ),
    "nobody to call in a flow for a group": (
        "group-transfer-without-participant",
        """
on incoming: reject
on answered when call.kind is group: transfer to desk
on failed: play "goodbye.wav" then hang up
""",
    ),
    "before the call of a start flow": (
        "transfer-before-answer",
        """
on start: transfer to desk
on failed: play "goodbye.wav" then hang up
""",
    ),
}


@pytest.mark.parametrize("name", FINE)
def test_it_stays_silent(name: str) -> None:
    assert told([one for one in check(HEAD + FINE[name]) if one.code not in LEFT_OUT]) == []


@pytest.mark.parametrize("name", NOT_FINE)
def test_it_speaks_and_nothing_else_does(name: str) -> None:
    code, flow = NOT_FINE[name]
    assert codes(flow) == {code}
