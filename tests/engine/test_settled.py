"""The doubtful points of the language, settled: one case or more for each row that the engine decides.

The names begin with the row's number in docs/explanation/settled.md. Rows about writing, checking and the service
have their tests with those parts.
"""

import pytest

from tests.engine.bed import Bed
from tests.engine.test_interrupt import SOUND, START, UP

CASES: dict[str, tuple[str, str]] = {}


def case(name: str, flow: str, script: str) -> None:
    assert name not in CASES
    CASES[name] = (flow, script)


# ---------------------------------------------------------------- what callers experience

case("A1 goto to the same stage runs enter again and leaves its timer alone", """
on answered: goto waiting
stage waiting:
    on enter: play "a.wav" then goto waiting
    after 5m: hang up
""", UP + """
audio                     -> playPrompt
op playPrompt completed   -> playPrompt
due after                 -> cancelMediaProcessing, delete
""")
case("A1 leaving a stage drops its timer", """
on answered: goto one
stage one:
    on enter: wait 1s then goto two
    after 5m: hang up
stage two:
    on enter: wait 10m then hang up
""", UP + """
due bound                 ->
no trace due after
runs wait
""")
case("A1 play repeating holds somebody", """
on answered: play "a.wav" repeating
after 5m: hang up
""", UP + """
audio                     -> playPrompt
answers playPrompt running ->
op playPrompt completed   -> playPrompt
due after                 -> cancelMediaProcessing, delete
""")
case("A1 play repeating for a time", """
on answered: play "a.wav" repeating for 30s then hang up
""", UP + """
audio                     -> playPrompt
due enough                -> cancelMediaProcessing, delete
""")
case("A4 the outcome first, then the event takes over before the chain goes on", """
on incoming: answer then play "tail.wav" then hang up
on answered: transfer to carol
""", START + """
established               -> transfer
""")
case("A4 with no such handler the chain goes on", """
on incoming: answer then transfer to carol
""", START + """
established               -> transfer
""")
case("A4 an instant answered handler lets the chain go on", """
on incoming: answer then transfer to carol
on answered: log "up"
""", START + """
established               -> transfer
log up
""")
case("A8 the consult leg is hung up as soon as nothing can name it", """
on answered:
    consult alice for 20s
    transfer replacing consult:
        on 500/7700: play "sorry.wav" then transfer to mailbox
        otherwise: hang up
""", START + """
established               -> create/1
answers create 201        ->
leg1 established          -> transfer
answers transfer 202      ->
transferring              ->
failed 500/7700           -> delete/1
audio                     -> playPrompt
""")
case("A8 after a success both legs are let go and 8522 is ignored", """
on answered: consult alice then transfer replacing consult
""", START + """
established               -> create/1
answers create 201        ->
leg1 established          -> transfer
answers transfer 202      ->
over transferred          -> delete/1
answers delete 404/8522   ->
finished
""")
case("A8 before a retry the leg is asked for", """
on answered:
    consult alice
    transfer replacing consult:
        on 500/7700: retry up to 2 times after 3s
        otherwise: hang up
""", START + """
established               -> create/1
answers create 201        ->
leg1 established          -> transfer
transferring              ->
failed 500/7700           ->
due bound                 -> get/1
answers get established   -> transfer
""")
case("A9 each failure handler runs once, then the next, then the safety net", """
on answered: transfer to carol
on transfer failed: transfer to bob
on failed: transfer to mailbox
""", START + """
established               -> transfer
answers transfer 403/7505 -> transfer
answers transfer 403/7505 -> transfer
answers transfer 403/7505 -> delete
trace safety-net
""")
case("A10 the consulted person hangs up while the caller hears a prompt", """
on answered: consult alice then play "long.wav" then transfer replacing consult
on transfer failed 404/10202: hang up
on failed: log "other"
""", START + """
established               -> create/1
answers create 201        ->
audio                     ->
leg1 established          -> playPrompt
leg1 over 200/4521        ->
runs play
op playPrompt completed   -> delete
""")
case("A10 the event of a leg that ended", """
on answered: consult alice then play "long.wav" then transfer replacing consult
on consult ended: transfer to mailbox
on failed: hang up
""", START + """
established               -> create/1
answers create 201        ->
audio                     ->
leg1 established          -> playPrompt
leg1 over 200/4521        -> cancelMediaProcessing, transfer
""")
case("A11 music goes on until the next step that speaks to the caller", """
on answered:
    consult alice playing "hold.wav"
    wait 2s
    play "found.wav"
    transfer replacing consult
on failed: hang up
""", START + """
established               -> create/1
answers create 201        ->
audio                     -> playPrompt
leg1 established          ->
due bound                 -> cancelMediaProcessing, playPrompt
op playPrompt completed   -> transfer
""")
case("A11 music that fails is no failure of a step", """
on answered: consult alice playing "hold.wav" then transfer replacing consult
on failed: hang up
""", START + """
established               -> create/1
audio                     -> playPrompt
answers playPrompt 400/8535 ->
runs consult
""")
case("A13 the end of the call drops the activity and is no failure", """
on answered: consult alice then transfer replacing consult
on failed: log "failed"
on ended: log "bye"
""", START + """
established               -> create/1
answers create 201        ->
over 200/5002             -> delete/1
no log failed
log bye
""")
case("A13 the end of the call while a transfer is under way", """
on answered: transfer to carol
on transfer failed: log "failed"
on transfer completed: log "moved"
on ended caller hung up: log "bye"
""", START + """
established               -> transfer
transferring              ->
over 200/5002             ->
no log failed
no log moved
log bye
""")
case("A14 a bare group is called in order", """
group team = alice, bob
on answered: consult team for 10s then transfer replacing consult
on failed: hang up
""", START + """
established               -> create/1
answers create 201        ->
leg1 over 486/0           -> create/2
answers create/2 201      ->
leg2 established          -> transfer
""")
case("A14 arms run once after the last, with the last result", """
on answered:
    consult each of alice, bob for 10s:
        on busy: hang up
        otherwise: transfer to mailbox
    transfer replacing consult
""", START + """
established               -> create/1
answers create 201        ->
leg1 over 486/0           -> create/2
answers create/2 201      ->
due ring                  -> delete/2, transfer
""")
case("A14 first of: all ring, the winner gets the name, the others are hung up", """
on answered: consult first of alice, bob, carol then transfer replacing consult
on failed: hang up
""", START + """
established               -> create/1, create/2, create/3
answers create/1 201      ->
answers create/2 201      ->
answers create/3 201      ->
leg2 established          -> delete/1, delete/3, transfer
leg1 established          ->
""")
case("A14 a leg without an id is hung up when its id comes", """
on answered: consult first of alice, bob then transfer replacing consult
on failed: hang up
""", START + """
established               -> create/1, create/2
answers create/1 201      ->
leg1 established          -> transfer
answers create/2 201      -> delete/2
""")
case("A14 the name and number of the winner can be read", """
on answered: consult first of carol, bob then log "{consult.name} {consult.number}" then transfer replacing consult
on failed: hang up
""", START + """
established               -> create/1, create/2
answers create/1 201      ->
answers create/2 201      ->
leg1 established          -> delete/2, transfer
log Carol +4989777777
""")
case("A16 what was recorded counts when the caller hangs up", """
on answered: record as message
on ended: log "got {message}"
""", UP + """
audio                     -> recordResponse
answers recordResponse running ->
over 200/5002             ->
no log got
op recordResponse failed 400/8509 -> fetch
finished
""")
case("A16 five seconds for the recording, not more", """
on answered: record as message
on ended: log "bye"
""", UP + """
audio                     -> recordResponse
answers recordResponse running ->
over 200/5002             ->
no log bye
due recording             ->
log bye
finished
""")
case("A16 gather: what was typed during the prompt counts, and a time-out keeps it", """
on answered: gather 6 digits as pin playing "pin.wav" for 8s then log "pin {pin}" then hang up
""", UP + """
audio                     -> subscribeToTone, playPrompt
tone 0                    -> cancelMediaProcessing
tone 7                    ->
due listen                -> delete
log pin 07
""")
case("A16 gather: nothing typed", """
on answered:
    gather 6 digits as pin for 8s:
        on no input: transfer to carol
    hang up
""", SOUND + """
due listen                -> transfer
""")
case("A16 gather: the ending key", """
on answered: gather 6 digits as pin ending pound then log "pin {pin}" then hang up
""", SOUND + """
tone 5                    ->
tone pound                -> delete
log pin 5
""")

# ---------------------------------------------------------------- failures

case("A6 a failure inside an arm goes outwards", """
on answered:
    transfer to carol:
        on 500/7000: transfer to bob
        otherwise: log "neighbour"
    if that fails: hang up
""", START + """
established               -> transfer
transferring              ->
failed 500/7000           -> transfer
answers transfer 403/7505 -> delete
no log neighbour
""")
case("A6 going on after an arm", """
on answered:
    transfer to carol:
        otherwise: log "caught"
    play "a.wav" then hang up
""", UP.replace("established               -> *", "established               -> transfer") + """
answers transfer 403/7505 ->
log caught
audio                     -> playPrompt
""")
case("A6 if that fails catches any step of its line", """
on answered:
    play "a.wav" then transfer to carol
    if that fails: hang up
""", UP + """
audio                     -> playPrompt
op playPrompt failed 500/8511 -> delete
""")
case("A6 if that fails of a handler", """
on answered:
    wait 1s
    transfer to carol
if that fails: hang up
""", UP + """
due bound                 -> transfer
answers transfer 403/7505 -> delete
""")
case("A7 each retry arm has its own counter, used up it does not match", """
on answered:
    transfer to carol:
        on 500/7000: retry up to 2 times after 3s
        otherwise: hang up
""", START + """
established               -> transfer
transferring              ->
failed 500/7000           ->
due bound                 -> transfer
transferring              ->
failed 500/7000           ->
due bound                 -> transfer
transferring              ->
failed 500/7000           -> delete
""")
case("A7 counters start anew when the step is come to again", """
let round = 0
on answered: goto one
stage one:
    on enter:
        set round = round + 1
        when round > 2: hang up
        transfer to carol:
            on 500/7000: retry up to 1 times
            otherwise: log "again"
        wait 1s
        goto one
""", START + """
established               -> transfer
transferring              ->
failed 500/7000           -> transfer
transferring              ->
failed 500/7000           ->
due bound                 -> transfer
transferring              ->
failed 500/7000           -> transfer
transferring              ->
failed 500/7000           ->
due bound                 -> delete
""")
case("A7 no retry of replacing when the leg is gone", """
on answered:
    consult alice
    transfer replacing consult:
        on 500/7700: retry up to 2 times after 3s
        otherwise: hang up
""", START + """
established               -> create/1
answers create 201        ->
leg1 established          -> transfer
transferring              ->
failed 500/7700           ->
leg1 over 200/4521        ->
due bound                 -> delete
""")
case("A15 menu asks again until its tries are used up: silence", """
on answered:
    menu "m.wav" for 5s up to 2 times:
        press 1: hang up
        on timeout: transfer to carol
        otherwise: transfer to bob
""", UP + """
audio                     -> subscribeToTone, playPrompt
op playPrompt completed   ->
due listen                -> playPrompt
op playPrompt completed   ->
due listen                -> transfer
trace step transfer
""")
case("A15 menu: a wrong key last goes to otherwise", """
on answered:
    menu "m.wav" up to 1 times:
        press 1: hang up
        on timeout: log "silence"
        otherwise: log "wrong" then hang up
""", UP + """
audio                     -> subscribeToTone, playPrompt
tone 9                    -> cancelMediaProcessing, delete
log wrong
""")
case("A15 menu: neither, it fails", """
on answered:
    menu "m.wav" up to 1 times:
        press 1: hang up
    if that fails: transfer to carol
""", UP + """
audio                     -> subscribeToTone, playPrompt
tone 9                    -> cancelMediaProcessing, transfer
""")
case("A15 a failing step inside an arm of a menu is that step's failure", """
on answered:
    menu "m.wav":
        press 1: transfer to carol
        otherwise: log "wrong"
    if that fails: hang up
""", UP + """
audio                     -> subscribeToTone, playPrompt
tone 1                    -> cancelMediaProcessing, transfer
answers transfer 403/7505 -> delete
no log wrong
""")
case("A21 rest of the chain, transfer completed, ended", """
let said = ""
on answered: transfer to carol then log "chain"
on transfer completed: log "completed"
on ended: log "ended"
""", START + """
established               -> transfer
over 0/7015               ->
log chain
log completed
log ended
finished
""")
case("A21 a final word after no outcome", """
on answered: transfer to carol for 60s
on transfer failed: log "no word"
on ended: log "ended"
""", START + """
established               -> transfer
transferring              ->
due bound                 -> get
answers get transferring  ->
due longest               ->
log no word
over 0/7015               ->
log ended
finished
""")

# ---------------------------------------------------------------- events and order

case("A19 the stage's handler shadows the flow's, but ended runs in both", """
on answered: goto one
on tone 1: transfer to bob
on ended: log "flow"
stage one:
    on enter: wait 10m then hang up
    on tone 1: log "stage key"
    on ended: log "stage"
""", SOUND + """
tone 1                    ->
log stage key
over 200/5002             ->
log stage
log flow
finished
""")
case("A19 the flow's after runs across stages", """
on answered: goto one
after 5m: hang up
stage one:
    on enter: wait 1s then goto two
stage two:
    on enter: wait 10m
    after 20m: hang up
""", UP + """
due bound                 ->
due after                 -> delete
""")
case("A20 a group transfer is done when the participant has left", """
on answered when call.kind is group: transfer alice to carol then log "moved"
on ended: log "ended"
""", """
incoming group            -> answer
established               -> participants
answers participants roster alice bob -> transfer
roster alice bob          ->
roster bob                ->
log moved
""")
case("A20 a group transfer is done when the leg ends with 7015", """
on joined alice: transfer alice to carol
on transfer completed: log "moved"
""", """
incoming group            -> answer
established               ->
roster alice bob          -> transfer
transferring              ->
over 0/7015               ->
log moved
finished
""")
case("A20 somebody who is not in the call", """
on joined bob: transfer alice to carol
on transfer failed not in the call: hang up
""", """
incoming group            -> answer
established               ->
roster bob                -> transfer_not_sent
""".replace("-> transfer_not_sent", "-> delete"))
case("A20 a blind transfer in a group call fails as meeting mode", """
on answered: transfer to carol
on transfer failed meeting mode: hang up
""", """
incoming group            -> answer
established               -> delete
""")
case("A20 participant can be read", """
on joined: log "hello {participant.name}"
on left: log "bye {participant.name}"
""", """
incoming group            -> answer
established               ->
roster alice              ->
log hello Alice
roster alice bob          ->
log hello Bob
roster bob                ->
log bye Alice
""")
case("A22 a call that nobody answers is a failure, and another may follow", """
on start:
    call alice for 20s:
        on no answer: call carol for 20s
    play "a.wav" then hang up
if that fails: stop
""", """
started                   -> create/0
""".replace("create/0", "create") + """
answers create 201        ->
due ring                  -> delete, create/1
leg1 established          ->
leg1 audio                -> playPrompt
""")
case("A22 the flow is over when nothing runs", """
on start: call alice for 20s
on call failed: log "nobody"
""", """
started                   -> create
answers create 486/0      ->
log nobody
finished
""")
case("A24 ended may start another flow", """
on answered: hang up
on ended: start "call_back" with number = caller.number after 10m
""".replace('"call_back"', "call_back"), START + """
established               -> delete
over 200/7000             -> start
flow ok                   ->
finished
""")
case("A34 the same key again while its handler runs", """
on answered: log "up"
on tone 1: wait 3s then hang up
""", SOUND + """
tone 1                    ->
tone 1                    ->
trace own-event
due bound                 -> delete
""")
case("A41 state, on change only", """
on answered: log "up"
on state hold: log "held"
""", UP + """
hold                      ->
log held
""")
case("A42 hang up before answering rejects", """
on incoming: hang up
""", """
incoming                  -> reject
over                      ->
finished
""")
case("A43 a timer of a stage visit that is over is dropped", """
on answered: goto one
stage one:
    on enter: transfer to carol
    after 5s: log "late"
    on transfer failed: goto two
stage two:
    on enter: play "a.wav" then hang up
""", UP.replace("-> *", "-> transfer") + """
transferring              ->
due after                 ->
failed 500/7000           ->
no log late
""")
case("A35 after an instant failure handler the activity is over", """
on answered: transfer to carol then log "not said"
on transfer failed: log "failed"
after 10s: hang up
""", START + """
established               -> transfer
answers transfer 403/7505 ->
idle
log failed
no log not said
due after                 -> delete
""")
case("A36 from: an anonymous caller", """
on answered from anonymous: log "anonymous" then hang up
on answered from alice: log "alice" then hang up
on answered: transfer to carol
""", """
incoming anonymous        -> answer
established               -> delete
log anonymous
""")
case("A36 from: a contact", """
on answered from anonymous: log "anonymous" then hang up
on answered from alice: log "alice" then hang up
on answered: transfer to carol
""", """
incoming alice            -> answer
established               -> delete
log alice
""")
case("A25 a missing member: a comparison is no, a hole is empty, the trace says so", """
service crm answers tier text
on answered:
    ask crm as c
    when c.tier is "gold": transfer to carol
    log "tier [{c.tier}]"
    hang up
""", START + """
established               -> ask
service ok other=1        -> delete
log tier []
trace missing tier
""")
case("A31 do fails as the first uncaught failure inside", """
routine move(who): transfer to who
on answered:
    do move(carol)
    if that fails: do move(bob)
on failed: hang up
""", START + """
established               -> transfer
answers transfer 403/7505 -> transfer
answers transfer 403/7505 -> delete
""")
case("A32 result and attempt can be read", """
on answered:
    transfer to carol:
        on 500/7000: log "try {attempt}: {result.code}/{result.subcode}" then retry up to 1 times
        otherwise: hang up
""", START + """
established               -> transfer
transferring              ->
failed 500/7000           -> transfer
log try 1: 500/7000
""")

# ---------------------------------------------------------------- the platform's edges

case("B1 a leg learns its id from its first notification", """
on answered: consult alice then transfer replacing consult
on failed: hang up
""", START + """
established               -> create/1
leg1 establishing         ->
leg1 established          -> transfer
answers create 201        ->
runs transfer
""")
case("B1 a create without a sign of life is never sent again", """
on answered:
    consult alice for 20s:
        on no answer: hang up
    transfer replacing consult
""", START + """
established               -> create/1
answers create lost       ->
due ring                  -> delete
unfinished
""")
case("B2 what we cancelled ourselves is no failure", """
on answered: play "a.wav" then hang up
on tone 1: play "b.wav" then hang up
""", UP + """
audio                     -> subscribeToTone, playPrompt
answers playPrompt running ->
tone 1                    -> cancelMediaProcessing, playPrompt
ignored                   ->
runs play
""")
case("B3 8522 on a request: the leg is over, the step did not fail", """
on answered: play "a.wav" then hang up
on failed: log "failed"
on ended: log "bye"
""", UP + """
audio                     -> playPrompt
answers playPrompt 404/8522 ->
no log failed
over 200/5002             ->
log bye
finished
""")
case("B3 three seconds for the word how it ended", """
on answered: play "a.wav" then hang up
on ended: log "bye"
""", UP + """
audio                     -> playPrompt
answers playPrompt 404/8522 ->
due gone                  ->
log bye
finished
""")
case("B4 no sound before the leg is audible, at the latest after two seconds", """
on answered: play "a.wav" then hang up
""", UP + """
runs play
due audible               -> playPrompt
""")
case("B4 8503 is repeated within the bound", """
on answered: play "a.wav" then hang up
""", UP + """
audio                     -> playPrompt
answers playPrompt 400/8503 ->
due again                 -> playPrompt
""")
case("B4 after a failed transfer sound waits again", """
on answered: transfer to carol
on transfer failed: play "sorry.wav" then hang up
""", START + """
established               -> transfer
transferring              ->
failed 500/7000           ->
runs play
audio                     -> playPrompt
""")
case("B5 keepAlive goes on and a 404 means that the leg is over", """
on answered: wait 1h then hang up
on ended: log "bye"
""", UP + """
due keepAlive             -> keepAlive
answers keepAlive 200     ->
due keepAlive             -> keepAlive
answers keepAlive 404/8522 ->
due gone                  ->
log bye
finished
""")
case("B6 established with a result before transferring: Graph is asked", """
on answered: transfer to carol
on transfer failed: hang up
""", START + """
established               -> transfer
answers transfer 202      ->
failed 500/7000           -> get
answers get transferring  ->
runs transfer
over 0/7015               ->
finished
""")
case("B6 established with a result before the 202: Graph is asked after it", """
on answered: transfer to carol
on transfer failed: hang up
""", START + """
established               -> transfer
failed 500/7000           ->
answers transfer 202      -> get
answers get established   -> delete
""")
case("B6 established without a result means nothing while a transfer is under way", """
on answered: transfer to carol
on transfer failed: log "failed"
""", START + """
established               -> transfer
transferring              ->
established               ->
audio                     ->
runs transfer
no log failed
""")
case("B7 at the bound Graph is asked: established is a failure", """
on answered: transfer to carol for 60s
on transfer failed no outcome: hang up
""", START + """
established               -> transfer
transferring              ->
due bound                 -> get
answers get established   -> delete
""")
case("B7 at the bound Graph is asked: established with its result", """
on answered: transfer to carol for 60s
on transfer failed 500/7000: hang up
""", START + """
established               -> transfer
transferring              ->
due bound                 -> get
answers get established 500/7000 -> delete
""")
case("B7 at the bound Graph is asked: the call is gone", """
on answered: transfer to carol for 60s
on transfer failed: log "failed"
on ended: log "ended"
""", START + """
established               -> transfer
due bound                 -> get
answers get 404/8522      ->
over 0/7015               ->
log ended
no log failed
""")
case("B7 still transferring: on to the longest time, then no outcome", """
on answered:
    transfer to carol for 60s:
        on no outcome: log "no word" then play "a.wav"
on ended: log "ended"
""", START + """
established               -> transfer
transferring              ->
due bound                 -> get
answers get accepted      ->
due longest               ->
log no word
trace not-now play
""")
case("B7 a lost answer: Graph is asked, nothing is sent twice", """
on answered: transfer to carol for 60s
on transfer failed no outcome: hang up
""", START + """
established               -> transfer
answers transfer lost     -> get
answers get transferring  ->
over 0/7015               ->
finished
""")
case("B7 a lost answer and still established: one more look, then the failure", """
on answered: transfer to carol for 60s
on transfer failed no outcome: hang up
""", START + """
established               -> transfer
answers transfer lost     -> get
answers get established   ->
due again                 -> get
answers get established   -> delete
""")
case("B8 AppTransferred on the consult leg is success", """
on answered: consult alice then transfer replacing consult
on transfer completed: log "moved"
on failed: log "failed"
""", START + """
established               -> create/1
answers create 201        ->
leg1 established          -> transfer
leg1 over transferred     -> delete
log moved
no log failed
answers delete 404/8522   ->
finished
""".replace("answers delete 404/8522   ->\n", ""))
case("B11 an empty roster ends a group call in which somebody was seen", """
on answered: log "up"
on ended: log "bye"
""", """
incoming group            -> answer
established               ->
roster                    ->
no log bye
roster alice              ->
roster                    -> delete
log bye
""")
case("B13 a leg name that is used again hangs the older one up first", """
on answered: consult alice then wait 1s then consult bob then transfer replacing consult
on failed: hang up
""", START + """
established               -> create/1
answers create/1 201      ->
leg1 established          -> *
due bound                 -> *
answers create/2 201      ->
leg2 established          -> transfer
trace leg-let-go
""")
case("B13 on L ended does not fire while a transfer replaces L", """
on answered: consult alice then transfer replacing consult
on consult ended: log "left"
""", START + """
established               -> create/1
answers create 201        ->
leg1 established          -> transfer
transferring              ->
leg1 over 200/5001        ->
no log left
over transferred          ->
finished
""")
case("B14 instant steps run before ended, whichever word of the hang-up comes first", """
on answered: hang up then log "after"
on ended: log "bye"
""", START + """
established               -> delete
over 200/7000             ->
log after
log bye
""")
case("B15 music stops at the transfer and starts again in a retry's pause", """
on answered:
    consult alice playing "hold.wav"
    transfer replacing consult:
        on 500/7700: retry up to 2 times after 3s
        otherwise: hang up
""", START + """
established               -> create/1
audio                     -> playPrompt
answers create 201        ->
answers playPrompt running ->
leg1 established          -> cancelMediaProcessing, transfer
transferring              ->
failed 500/7700           ->
audio                     -> playPrompt
due bound                 -> get/1
""")
case("B16 a key during a transfer with an instant handler", """
on answered: transfer to carol
on tone 1: log "one"
""", START + """
established               -> transfer
tone 1                    ->
log one
""")
case("B17 the catch's instant steps run, then a kept event takes over", """
on answered:
    transfer to carol:
        otherwise: log "caught" then play "sorry.wav" then hang up
after 10s: hang up
""", START + """
established               -> transfer
transferring              ->
due after                 ->
failed 500/7000           -> delete
log caught
""")
case("B17 never against the safety net", """
on answered: transfer to carol
after 10s: transfer to bob
""", START + """
established               -> transfer
transferring              ->
due after                 ->
failed 500/7000           -> delete
trace safety-net
""")
case("B18 the first that is up, announced and accepted wins", """
on answered:
    consult first of alice, bob for 20s announcing "who.wav" accepting 1
    transfer replacing consult
if that fails: hang up
""", START + """
established               -> create/1, create/2
answers create/1 201      ->
answers create/2 201      ->
leg1 established          ->
leg1 audio                -> subscribeToTone/1, playPrompt/1
op playPrompt completed   ->
leg2 established          ->
leg2 audio                -> subscribeToTone/2, playPrompt/2
leg2 tone 1               -> cancelMediaProcessing/2, delete/1, transfer
""")
case("B18 refused, or no key", """
on answered:
    consult each of alice, bob announcing "who.wav" accepting 1
    transfer replacing consult
if that fails: hang up
""", START + """
established               -> create/1
answers create/1 201      ->
leg1 established          ->
leg1 audio                -> subscribeToTone/1, playPrompt/1
op playPrompt completed   ->
leg1 tone 5               -> delete/1, create/2
answers create/2 201      ->
leg2 established          ->
leg2 audio                -> subscribeToTone/2, playPrompt/2
op playPrompt completed   ->
due accept                -> delete/2, delete
trace failed consult 603
""")
case("B19 a leg that answers after the caller left", """
on answered: consult alice then transfer replacing consult
""", START + """
established               -> create/1
over 200/5002             ->
unfinished
answers create 201        -> delete/1
unfinished
leg1 over 200/7000        ->
finished
""")
case("B20 silence from the start of a recording", """
on answered:
    record as message:
        on no input: hang up
""", UP + """
audio                     -> recordResponse
answers recordResponse running ->
op recordResponse failed 400/8510 -> delete
""")
case("B21 the leg is gone when it is asked for: the first result passes on", """
on answered:
    consult alice
    transfer replacing consult:
        on 500/7700: retry up to 2 times after 3s
        otherwise: log "{result.code}/{result.subcode}" then hang up
""", START + """
established               -> create/1
answers create 201        ->
leg1 established          -> transfer
transferring              ->
failed 500/7700           ->
due bound                 -> get/1
answers get 404/8522      -> delete
log 500/7700
""")
case("B23 an operation completes by its answer too", """
on answered: play "a.wav" then hang up
""", UP + """
audio                     -> playPrompt
answers playPrompt completed -> delete
""")
case("B23 at the bound Graph is asked for the operation, then no outcome", """
on answered:
    play "a.wav":
        on no outcome: transfer to carol
    hang up
""", UP + """
audio                     -> playPrompt
answers playPrompt running ->
due bound                 -> getOperation
answers getOperation running -> transfer
""")
case("B24 answer fails because the caller left: instant catches only, no safety net", """
on incoming:
    answer:
        otherwise: log "gone" then transfer to carol
on ended: log "bye"
""", START + """
over 487/0                ->
log gone
log bye
no trace safety-net
finished
""")
case("B25 keys that cannot be heard fail the menu", """
on answered:
    menu "m.wav":
        press 1: hang up
        otherwise: hang up
    if that fails: transfer to carol
""", UP + """
audio                     -> subscribeToTone, playPrompt
answers subscribeToTone 500/9999 -> cancelMediaProcessing, transfer
""")
case("B25 elsewhere it is only noted", """
on answered: wait 10s then hang up
on tone 1: transfer to carol
""", UP + """
audio                     -> subscribeToTone
answers subscribeToTone 500/9999 ->
runs wait
""")
case("B27 a caller who is still there after no outcome is hung up by the safety net", """
on answered: transfer to carol for 60s
on transfer failed: log "no word"
""", START + """
established               -> transfer
transferring              ->
due bound                 -> get
answers get transferring  ->
due longest               ->
due limbo                 -> delete
trace safety-net
""")
case("B28 otherwise in a menu is about keys only", """
on answered:
    menu "m.wav":
        press 1: hang up
        otherwise: log "wrong"
    if that fails: transfer to carol
""", UP + """
audio                     -> subscribeToTone, playPrompt
answers playPrompt 400/8535 -> transfer
no log wrong
""")

# ---------------------------------------------------------------- more that the language promises

case("hang up of a leg", """
on answered: consult alice then hang up consult then play "a.wav" then hang up
on failed: hang up
""", START + """
established               -> create/1
answers create 201        ->
leg1 established          -> delete/1
answers delete 204        ->
audio                     -> playPrompt
""")
case("the safety net plays nothing and hangs up", """
on answered: transfer to carol
""", START + """
established               -> transfer
answers transfer 500/7000 -> delete
trace safety-net
over 200/7000             ->
finished
""")
case("hours travel with the fact", """
on answered during office: transfer to carol
on answered: transfer to bob
""", """
open office
incoming                  -> answer
established               -> transfer
""")
case("repeats of established change nothing", """
on answered: play "a.wav" then hang up
""", UP + """
audio                     -> playPrompt
established               ->
audio                     ->
establishing              ->
runs play
""")
case("a repeated key is known by its sequence", """
let count = 0
on answered: log "up"
on tone any: set count = count + 1
""", SOUND + """
tone 1 1                  ->
tone 2 2                  ->
tone 1 1                  ->
value count = 2
""")
case("a flow that handles no incoming call answers, one whose handlers do not match rejects", """
on incoming from alice: answer
on answered: hang up
""", """
incoming                  -> reject
""")
case("invite replacing uses the leg up", """
on answered: consult alice then invite alice replacing consult then wait 1m then hang up
on failed: hang up
""", START + """
established               -> create/1
answers create 201        ->
leg1 established          -> invite
answers invite running    ->
op invite completed       -> delete/1
runs wait
""")
case("mute, hold, resume, remove", """
on joined alice: mute then hold alice then resume alice then unmute then remove alice then hang up
on failed: hang up
""", """
incoming group            -> answer
established               ->
roster alice bob          -> mute
answers mute completed    -> startHoldMusic
answers startHoldMusic running ->
op startHoldMusic completed -> stopHoldMusic
answers stopHoldMusic completed -> unmute
answers unmute completed  -> remove
answers remove 204        -> delete
""")
case("join a meeting", """
on start: join meeting "https://teams.example/meet" then wait 1h then hang up
on failed: hang up
""", """
started                   -> create
answers create 201        ->
established               ->
runs wait
""")


@pytest.mark.parametrize("name", CASES)
def test_settled(name: str) -> None:
    flow, script = CASES[name]
    Bed(flow).run(script)
