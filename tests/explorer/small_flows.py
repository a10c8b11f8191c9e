"""Small flows of the explorer's tests. Together they use every step word, and a strict check finds nothing in them."""

import re

NAMES = (
    'contact alice = user a11ce000-0000-4000-8000-000000000001 tenant 72f988bf-86f1-41af-91ab-2d7cd011db47 "Alice"',
    'contact bob = user b0b00000-0000-4000-8000-000000000002 tenant 72f988bf-86f1-41af-91ab-2d7cd011db47 "Bob"',
    'contact carol = +4989777777 "Carol"',
    'contact guest = user 751f6800-3180-414d-bd94-333364659951 tenant 72f988bf-86f1-41af-91ab-2d7cd011db47 "Guest"',
    "hours office = mon-fri 08:00-18:00 in Europe/Berlin",
    "service crm for 2s answers vip yes/no",
    "let tries = 0",
)

SMALL = {
    "doorman": """
on incoming when caller.number starts with "+49176":
    reject busy
on incoming during office: answer
on incoming:
    redirect to carol for 20s
if that fails: answer
on answered: play "https://x.io/a.wav" then transfer to carol
on tone 1: transfer to alice
on ended: log "it is over"
on failed: hang up
""",
    "reception": """
on answered:
    menu "https://x.io/menu.wav" for 5s up to 2 times:
        press 1:
            consult each of alice, bob for 20s playing "https://x.io/a.wav" announcing "https://x.io/b.wav" accepting 1
            play "https://x.io/soon.wav" to consult
            transfer replacing consult:
                on 500/7700: retry up to 2 times after 3s
        press 2: goto order
        on timeout: transfer to carol
        otherwise: hang up
if that fails:
    say "Nobody is there"
    hang up

stage order:
    on enter:
        gather 2 digits as code playing "https://x.io/code.wav" for 5s ending pound
        when code is "42":
            ask crm about caller.number as customer
            when customer.vip:
                transfer to alice
        else:
            log "another code"
        record as message for 20s
        notify crm "{message}"
        wait 1s
        set tries = tries + 1
        when tries < 3:
            goto order
        else:
            hang up
    if that fails: hang up
    on tone star: hang up
    after 5m: hang up

on failed: hang up
""",
    "first of two": """
on answered:
    consult first of alice, carol as desk for 20s playing "https://x.io/hold.wav" accepting 1
    wait 1s
    transfer replacing desk
if that fails: hang up
on desk ended: play "https://x.io/gone.wav" then hang up
on tone 2, 5: set tries = 1
on tone 1, 4: set tries = 0
on transferring when tries < 1: log "on the way"
on transfer accepted: log "soon there"
on failed: hang up
""",
    "meeting": """
on incoming when call.kind is group: answer
on incoming: reject
on joined guest:
    mute
    hold guest
    resume guest
    unmute
    invite alice for 90s
    transfer guest to bob:
        on 500/7000: retry up to 1 times after 2s
        otherwise: remove guest
if that fails: hang up
on joined: log "somebody came"
on left guest: hang up
after 10m: hang up
on failed: hang up
""",
    "moves at once": """
on incoming when call.kind is group: answer
on incoming: reject forbidden
on answered:
    transfer guest to alice
if that fails: hang up
after 10m: hang up
on failed: hang up
""",
    "takes over": """
on answered:
    play "https://x.io/music.wav" repeating for 30s
    consult alice for 20s playing "https://x.io/hold.wav"
    invite alice replacing consult
if that fails: hang up
after 2m: hang up
on failed: hang up
""",
    "calls out": """
on start when tries > 2: log "enough"
on start:
    call alice for 20s
if that fails:
    start small with tries = tries + 1 after 5m:
        otherwise: log "not taken down"
on answered: play "https://x.io/a.wav" then transfer to bob
on failed: hang up
""",
    "joins": """
on start:
    join meeting "https://teams.microsoft.com/meet/123?p=abc" for 20s
if that fails: log "no meeting"
on joined: play "https://x.io/a.wav"
after 2m: hang up
on failed: hang up
""",
}  # fmt: skip


def text_of(name: str) -> str:
    """The whole flow, with the names that it uses."""
    used = set(re.findall(r"\w+", SMALL[name]))
    names = [line for line in NAMES if line.split()[1] in used]
    return "\n".join(['flow 1 "Small"', "", *names, SMALL[name]])
