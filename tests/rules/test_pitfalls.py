"""What rules about waiting, meetings and roles leave alone, near to what they find."""

import pytest

from tests.rules.examples import check

HEAD = """contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
contact anna  = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03
contact desk  = +12345678901
contact queue = resource account 1d2c3b4a-5e6f-4a7b-8c9d-0e1f2a3b4c5d
contact helper = bot 1d2c3b4a-5e6f-4a7b-8c9d-0e1f2a3b4c5e
contact inbox = voicemail of heidi
"""
GROUP = "on incoming when call.kind is group: answer\non incoming: reject busy\n"
TAIL = "on failed: hang up\n"
JOIN = 'join meeting "https://teams.microsoft.com/l/x"'

CASES = [
    ("consulted-then-invited", GROUP + "on joined anna: consult heidi for 9s then invite heidi\n", True),
    ("consulted-then-invited", GROUP + "on joined anna: consult heidi for 9s then invite desk\n", False),
    (
        "consulted-then-invited",
        GROUP + "on joined anna: consult heidi for 9s then invite heidi replacing consult\n",
        False,
    ),
    ("start-flow-never-ends", f"on start: {JOIN}\n", True),
    ("start-flow-never-ends", f"on start: {JOIN} then hang up\n", False),
    ("start-flow-never-ends", f"on start: {JOIN}\nafter 1h: hang up\n", False),
    ("start-flow-never-ends", f'on start: {JOIN}\nafter 1h: play "a.wav"\n', True),
    ("start-flow-never-ends", f"on start: {JOIN}\non left anna: hang up\n", False),
    ("start-flow-never-ends", f'on start: {JOIN}\non left anna: log "x"\n', True),
    ("start-flow-never-ends", "on start: call desk\n", False),
    ("invite-into-call-between-two", "on answered: invite heidi\n", True),
    ("invite-into-call-between-two", GROUP + "on joined anna: invite heidi\n", False),
    ("invite-bound-too-short", GROUP + "on joined anna: invite heidi for 59s\n", True),
    ("invite-bound-too-short", GROUP + "on joined anna: invite heidi for 60s\n", False),
    ("resource-account-as-target", "on answered: transfer to queue\n", True),
    ("resource-account-as-target", "on answered: transfer to desk\n", False),
    ("resource-account-as-target", "on incoming from queue: reject busy\non incoming: answer\n", False),
    ("state-never-told", 'on state hold: log "x"\n', True),
    ("state-never-told", 'on state terminatd: log "x"\n', True),
    ("state-never-told", 'on state transfer-accepted: log "x"\n', False),
    ("state-never-told", 'on state somethingNew: log "x"\n', False),
    ("rings-through-voicemail", "on answered: consult desk for 21s\n", True),
    ("rings-through-voicemail", "on answered: consult desk for 20s\n", False),
    ("rings-through-voicemail", 'on answered: consult desk playing "a.wav"\n', True),
    ("rings-through-voicemail", "on answered: consult desk\n", False),  # it is silent as well, and that is said
    ("rings-through-voicemail", "on answered: consult desk for 40s accepting 1\n", False),
    ("rings-through-voicemail", "on answered: consult heidi for 40s without forwarding\n", False),
    ("rings-through-voicemail", "on answered: consult helper for 40s\n", False),
    ("rings-through-voicemail", "on answered: consult first of helper, desk for 40s\n", True),
    ("rings-through-voicemail", "on answered: consult desk for 5m\n", False),  # the platform has a limit
    ("silence", "on answered: wait 4s then hang up\n", True),
    ("silence", "on answered: wait 3s then hang up\n", False),
    ("silence", "on answered:\n    consult desk:\n        on busy: retry up to 9 times after 30s\n", False),
    ("silence", GROUP + "on joined anna: wait 1m then hang up\n", False),
    ("worst-case-wait", "on answered: wait 3m then transfer to desk\n", False),
    ("worst-case-wait", "on answered: wait 4m then transfer to desk\n", True),
    ("worst-case-wait", "on answered: wait 4m then hang up\n", False),
]


@pytest.mark.parametrize(("code", "flow", "is_told"), CASES)
def test_what_is_told(code: str, flow: str, is_told: bool) -> None:
    found = [one.code for one in check(HEAD + flow + TAIL)]
    assert found.count(code) == is_told, found


def test_a_wait_is_told_once_at_the_handler_where_it_begins() -> None:
    flow = "on incoming: answer\non answered: wait 4m then transfer to desk\n"
    found = [one for one in check(HEAD + flow + TAIL) if one.code == "worst-case-wait"]
    assert [one.source.position(one.span.start).line for one in found] == [7]
