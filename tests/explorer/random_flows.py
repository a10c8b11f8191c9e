"""Flows at random, out of what the grammar allows: mostly sensible, now and then with something forgotten."""

from hypothesis import strategies as st

HEAD = """flow 1 "At random"

contact alice = user a11ce000-0000-4000-8000-000000000001 tenant 72f988bf-86f1-41af-91ab-2d7cd011db47 "Alice"
contact bob = user b0b00000-0000-4000-8000-000000000002 tenant 72f988bf-86f1-41af-91ab-2d7cd011db47 "Bob"
contact carol = +4989777777 "Carol"
contact mailbox = voicemail of alice
hours office = mon-fri 08:00-18:00 in Europe/Berlin
service crm for 2s answers vip yes/no
let tries = 0

"""
INDENT = "    "
STAGES = ("one", "two")
PEOPLE = ("alice", "bob", "carol")
Lines = list[str]


def indented(lines: Lines) -> Lines:
    return [INDENT + line for line in lines]


@st.composite
def blocks(draw: st.DrawFn, depth: int, ends: bool = True) -> Lines:
    """Steps below each other. `ends`: mostly the last one ends the call or leads on."""
    lines: Lines = []
    for _ in range(draw(st.integers(0, 2))):
        lines += draw(middles(depth))
    if ends and draw(st.integers(0, 9)):
        lines += draw(lasts(depth))
    return lines or [draw(st.sampled_from(['log "x"', "hang up", 'play "https://x.example/a.wav"']))]


@st.composite
def middles(draw: st.DrawFn, depth: int) -> Lines:
    """A step after which it goes on."""
    kind = draw(st.sampled_from(["play", "play", "log", "set", "wait", "consult", "ask", "when", "gather", "record"]))
    if depth <= 0 and kind in ("consult", "ask", "when", "gather", "record"):
        kind = "play"
    match kind:
        case "play":
            return ['play "https://x.example/a.wav"']
        case "log":
            return ['log "here {tries}"']
        case "set":
            return ["set tries = tries + 1"]
        case "wait":
            return [f"wait {draw(st.sampled_from(['1s', '2s']))}"]
        case "consult":
            return [*draw(consults(depth)), "hang up consult"]
        case "ask":
            return ["ask crm about caller.number as customer:", *draw(arms(depth - 1, ("otherwise",), is_last=False))]
        case "when":
            return draw(branches(depth))
        case "gather":
            return ["gather 2 digits as code for 5s:", *draw(arms(depth - 1, ("otherwise",), is_last=False))]
        case _:
            return ["record as message for 20s:", *draw(arms(depth - 1, ("otherwise",), is_last=False))]


@st.composite
def lasts(draw: st.DrawFn, depth: int) -> Lines:
    """A step that ends the call or leads on."""
    kind = draw(st.sampled_from(["hang up", "hang up", "goto", "transfer", "replace", "replace", "transfer", "menu"]))
    if kind == "hang up":
        return ["hang up"]
    if kind == "goto":
        return [f"goto {draw(st.sampled_from(STAGES))}"]
    if kind == "menu" and depth > 0:
        return draw(menus(depth))
    if kind == "replace" and depth > 0:
        return [*draw(consults(depth)), *draw(caught("transfer replacing consult", depth, "500/7700"))]
    return draw(caught(f"transfer to {draw(st.sampled_from(PEOPLE))}", depth, "500/7000"))


@st.composite
def caught(draw: st.DrawFn, step: str, depth: int, code: str = "5xx") -> Lines:
    """A step, mostly with arms."""
    if depth <= 0 or not draw(st.integers(0, 3)):
        return [step]
    return [f"{step}:", *draw(arms(depth - 1, (code, "busy, no answer", "4xx", "otherwise")))]


@st.composite
def arms(draw: st.DrawFn, depth: int, patterns: tuple[str, ...], is_last: bool = True) -> Lines:
    """What catches failures. `is_last`: mostly each arm ends the call or leads on; else it mostly hangs up."""
    lines: Lines = []
    chosen = [one for one in patterns if draw(st.integers(0, 2))] or [patterns[-1]]
    for pattern in chosen:
        head = pattern if pattern == "otherwise" else f"on {pattern}"
        if pattern != "otherwise" and not draw(st.integers(0, 3)):
            lines += [f"{INDENT}{head}: retry up to 2 times after 3s"]
        else:
            body = draw(blocks(depth)) if is_last else draw(st.sampled_from((["hang up"], ["hang up"], ['log "x"'])))
            lines += [f"{INDENT}{head}:", *indented(indented(body))]
    return lines


@st.composite
def consults(draw: st.DrawFn, depth: int) -> Lines:
    who = draw(
        st.sampled_from((*PEOPLE, "each of alice, bob", "first of alice, carol", "first of bob, carol accepting 1"))
    )
    music = draw(st.sampled_from(['playing "https://x.example/hold.wav"'] * 3 + [""]))
    return draw(caught(f"consult {who} for 20s {music}".rstrip(), depth))


@st.composite
def branches(draw: st.DrawFn, depth: int) -> Lines:
    condition = draw(st.sampled_from(("during office", "tries < 2", 'caller.number starts with "+49"')))
    lines = [f"when {condition}:", *indented(draw(blocks(depth - 1, ends=False)))]
    if draw(st.booleans()):
        lines += ["else:", *indented(draw(blocks(depth - 1, ends=False)))]
    return lines


@st.composite
def menus(draw: st.DrawFn, depth: int) -> Lines:
    lines = ['menu "https://x.example/menu.wav" for 5s up to 2 times:']
    for key in ("1", "2"):
        lines += [f"{INDENT}press {key}:", *indented(indented(draw(blocks(depth - 1))))]
    for way in ("on timeout", "otherwise"):
        if draw(st.integers(0, 4)):
            lines += [f"{INDENT}{way}:", *indented(indented(draw(blocks(depth - 1))))]
    return lines


@st.composite
def handlers(draw: st.DrawFn, head: str, depth: int) -> Lines:
    return [f"{head}:", *indented(draw(blocks(depth)))]


@st.composite
def flows(draw: st.DrawFn) -> str:
    """The text of a whole flow. What nothing leads to is left out."""
    lines: Lines = []
    if not draw(st.integers(0, 4)):
        lines += [*draw(handlers("on answered during office", 2)), ""]
    lines += [*draw(handlers("on answered", 2)), ""]
    if not draw(st.integers(0, 2)):
        lines += [*draw(handlers("on tone 1", 1)), ""]
    if not draw(st.integers(0, 3)):
        lines += ['on ended: log "it is over"', ""]
    if not draw(st.integers(0, 1)):
        lines += [*draw(handlers(f"after {draw(st.sampled_from(['30s', '2m']))}", 1)), ""]
    stages = {name: draw(stage_lines(name)) for name in STAGES}
    wanted = _led_to(lines, stages)
    for name in STAGES:
        lines += stages[name] if name in wanted else []
    if any("consult " in line for line in lines) and not draw(st.integers(0, 3)):
        lines += [*draw(handlers("on consult ended", 1)), ""]
    wanted_now = _led_to(lines, stages)
    for name in STAGES:
        lines += stages[name] if name in wanted_now - wanted else []
    if draw(st.integers(0, 7)):
        lines += ["on failed: hang up"]
    return HEAD + "\n".join(lines) + "\n"


@st.composite
def stage_lines(draw: st.DrawFn, name: str) -> Lines:
    lines = [f"stage {name}:"]
    enter = draw(handlers("on enter", 2))
    if enter[1].strip().startswith("goto"):
        enter.insert(1, f'{INDENT}play "https://x.example/stage.wav"')
    lines += indented(enter)
    if not draw(st.integers(0, 2)):
        lines += indented(draw(handlers("on tone 2", 1)))
    if draw(st.integers(0, 2)):
        lines += indented(draw(handlers(f"after {draw(st.sampled_from(['20s', '1m']))}", 1)))
    return [*lines, ""]


def _led_to(lines: Lines, stages: dict[str, Lines]) -> set[str]:
    """The stages that a `goto` leads to from these lines, or from such a stage."""
    found: set[str] = set()
    left = list(lines)
    while left:
        line = left.pop().strip()
        name = line.rpartition("goto ")[2] if "goto " in line else ""
        if name in stages and name not in found:
            found.add(name)
            left += stages[name]
    return found
