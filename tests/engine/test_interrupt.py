"""What is running × what arrives → what happens: section "One thing at a time" of the language reference, as a table."""

import pytest

from tests.engine.bed import Bed

START = """
incoming                  -> answer
answers answer 202        ->
"""
UP = START + """
established               -> *
"""
SOUND = UP + """
audio                     -> *
"""

CASES: dict[str, tuple[str, str]] = {}


def case(name: str, flow: str, script: str) -> None:
    assert name not in CASES
    CASES[name] = (flow, script)


# ---------------------------------------------------------------- nothing runs

case("nothing, a handler becomes the activity", """
on answered: log "hello"
on tone 1: transfer to carol
""", SOUND + """
idle
tone 1                    -> transfer
runs transfer
""")
case("nothing, the call ends", """
on answered: log "hello"
on ended: log "bye"
""", UP + """
over 200/5002             ->
log bye
finished
""")

# ---------------------------------------------------------------- play, say, wait, record, ask

for step, word in (("play \"a.wav\"", "play"), ("say \"hello\"", "say")):
    case(f"{word}, completion goes to it first", f"""
    on answered: {step} then hang up
    on tone 1: transfer to carol
    """, UP + """
    audio                     -> subscribeToTone, playPrompt
    answers playPrompt running ->
    op playPrompt completed   -> delete
    """)
    case(f"{word}, a handler takes over and cancels it", f"""
    on answered: {step} then hang up
    on tone 1: transfer to carol
    """, UP + """
    audio                     -> subscribeToTone, playPrompt
    tone 1                    -> cancelMediaProcessing, transfer
    runs transfer
    """)
    case(f"{word}, an instant handler runs on the spot", f"""
    on answered: {step} then hang up
    on tone 1: log "one"
    """, UP + f"""
    audio                     -> subscribeToTone, playPrompt
    tone 1                    ->
    log one
    runs {word}
    op playPrompt completed   -> delete
    """)
    case(f"{word}, the call ends", f"""
    on answered: {step} then hang up
    on ended: log "bye"
    """, UP + """
    audio                     -> playPrompt
    over 200/5002             ->
    log bye
    finished
    """)

case("wait, its timer", """
on answered: wait 5s then hang up
""", UP + """
runs wait
due bound                 -> delete
""")
case("wait, a handler takes over", """
on answered: wait 5s then hang up
on tone 1: transfer to carol
""", SOUND + """
tone 1                    -> transfer
""")
case("wait, the call ends", """
on answered: wait 5s then hang up
on ended: log "bye"
""", UP + """
over 200/5002             ->
log bye
finished
""")
case("record, completion", """
on answered: record as message for 30s then hang up
""", UP + """
audio                     -> recordResponse
answers recordResponse running ->
op recordResponse completed 200/8514 -> fetch, delete
""")
case("record, a handler takes over", """
on answered: record as message for 30s then hang up
on tone 1: transfer to carol
""", UP + """
audio                     -> subscribeToTone, recordResponse
tone 1                    -> cancelMediaProcessing, transfer
""")
case("ask, a handler takes over and the answer is ignored", """
service crm
on answered: ask crm about caller.number then hang up
on tone 1: transfer to carol
""", START + """
established               -> ask
audio                     -> subscribeToTone
tone 1                    -> transfer
service ok                ->
runs transfer
trace ignored
""")
case("ask, the call ends", """
service crm
on answered: ask crm about caller.number then hang up
on ended: log "bye"
""", START + """
established               -> ask
over 200/5002             ->
log bye
finished
""")

# ---------------------------------------------------------------- menu, gather

MENU = """
on answered:
    menu "m.wav":
        press 1: transfer to carol
        otherwise: hang up
on tone any: transfer to bob
after 1m: hang up
"""
case("menu, every key is its own", MENU, UP + """
audio                     -> subscribeToTone, playPrompt
tone 7                    -> cancelMediaProcessing, playPrompt
runs menu
tone 1                    -> cancelMediaProcessing, transfer
""")
case("menu, a timer takes over", MENU, UP + """
audio                     -> subscribeToTone, playPrompt
due after                 -> cancelMediaProcessing, delete
""")
case("gather, every key is its own", """
on answered: gather 4 digits as pin playing "pin.wav" then hang up
on tone any: transfer to bob
""", UP + """
audio                     -> subscribeToTone, playPrompt
tone 1                    -> cancelMediaProcessing
tone 2                    ->
tone 3                    ->
tone 4                    -> delete
value pin = 1234
""")
case("gather, the call ends", """
on answered: gather 4 digits as pin then hang up
on ended: log "bye"
""", SOUND + """
over 200/5002             ->
log bye
finished
""")

# ---------------------------------------------------------------- consult, call, join, invite

CONSULT = """
on answered: consult alice then transfer replacing consult
on tone 1: transfer to carol
on ended: log "bye"
"""
case("consult, states of that leg", CONSULT, START + """
established               -> create/1
answers create 201        ->
leg1 established          -> transfer
""")
case("consult, a handler takes over and hangs up what rings", CONSULT, START + """
established               -> create/1
answers create 201        ->
audio                     -> subscribeToTone
tone 1                    -> transfer, delete/1
""")
case("consult, the call ends while it rings", CONSULT, START + """
established               -> create/1
answers create 201        ->
over 200/5002             -> delete/1
log bye
unfinished
leg1 over 487/0           ->
finished
""")
case("invite, a handler takes over", """
on answered: invite alice then stop
on tone 1: hang up
""", START + """
established               -> invite
audio                     -> subscribeToTone
tone 1                    -> delete
""")

# ---------------------------------------------------------------- what Graph cannot take back

TRANSFER = """
on answered: transfer to carol
on tone 1: play "a.wav" then hang up
on tone 2: log "two"
on transferring: log "moving"
after 10s: hang up
on transfer failed: play "sorry.wav" then hang up
on ended: log "bye"
"""
case("transfer, keys that would take over are dropped", TRANSFER, START + """
established               -> transfer
tone 1                    ->
trace dropped tone
runs transfer
""")
case("transfer, an instant handler runs", TRANSFER, START + """
established               -> transfer
tone 2                    ->
log two
transferring              ->
log moving
runs transfer
""")
case("transfer, other events are kept and dropped on success", TRANSFER, START + """
established               -> transfer
transferring              ->
due after                 ->
trace kept after
over 0/7015               ->
log bye
finished
""")
case("transfer, kept events are looked at after the failure's own catch was chosen", TRANSFER, START + """
established               -> transfer
transferring              ->
due after                 ->
trace kept after
failed 500/7000           -> delete
trace takes-over after
""")
case("transfer, the call ends", TRANSFER, START + """
established               -> transfer
transferring              ->
over 200/5002             ->
log bye
finished
""")
case("answer, the call ends", """
on incoming: answer
on answered: hang up
on answer failed: log "gone"
on ended: log "bye"
""", START + """
over 487/0                ->
log gone
log bye
finished
""")
case("reject, then ended", """
on incoming: reject busy
on ended: log "bye"
""", """
incoming                  -> reject
answers reject 202        ->
over                      ->
log bye
finished
""")
case("redirect, then ended", """
on incoming: redirect to alice for 20s
on ended: log "bye"
""", """
incoming                  -> redirect
over                      ->
log bye
finished
""")
case("hang up waits like a transfer", """
on answered: hang up
on tone 1: transfer to carol
on ended: log "bye"
""", START + """
established               -> delete
tone 1                    ->
over 200/7000             ->
log bye
finished
""")

# ---------------------------------------------------------------- general rules

case("a handler does not interrupt itself", """
on answered: log "up"
on tone 1: play "a.wav" then hang up
""", SOUND + """
tone 1                    -> playPrompt
tone 1                    ->
trace own-event
runs play
""")
case("after the end only instant steps, ask, wait and start run", """
service crm
flow 1 "x"
on answered: log "up"
on ended: wait 1s then ask crm then log "done"
""".replace('flow 1 "x"\n', ""), UP + """
over 200/5002             ->
runs wait
due bound                 -> ask
service ok                ->
log done
finished
""")
case("no leg outlives its flow", """
on answered: consult alice then play "a.wav" to consult then wait 10s then transfer replacing consult
""", START + """
established               -> create/1
answers create 201        ->
leg1 established          ->
leg1 audio                -> playPrompt/1
over 200/5002             -> delete/1
leg1 over 200/7000        ->
finished
""")
case("an activity that ends leaves the call up", """
on answered: play "a.wav"
on tone 1: hang up
""", UP + """
audio                     -> subscribeToTone, playPrompt
op playPrompt completed   ->
idle
tone 1                    -> delete
""")


@pytest.mark.parametrize("name", CASES)
def test_interrupt(name: str) -> None:
    flow, script = CASES[name]
    Bed(flow).run(script)
