"""Turns a line that cannot be read where it stands into tokens that can, after saying what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from flowlang.diagnostics import Edit
from flowlang.source import Span
from flowlang.syntax.fixes import Finding, quoted, span_of
from flowlang.syntax.fixes_signs import GENERAL
from flowlang.syntax.hints import DECLARATION_WORDS, EVENT_WORDS, OTHER_DECLARATIONS
from flowlang.syntax.line_work import Context, Outcome, Work
from flowlang.syntax.pieces import COLON, LINE_END, begins_arm, begins_step, event_words, is_event, unreadable
from flowlang.syntax.scanner import Token
from flowlang.syntax.suggest import nearest, only_nearest

Kind = Literal["on", "arm", "if", "else", "when", "step", "declaration", "unknown"]
_NAMED = ("contact", "group", "let", "setting", "hours", "service")


def kind_of(tokens: Sequence[Token], where: Context) -> Kind:
    """What a line is, by its first word."""
    kind, word, _, _ = tokens[0]
    match kind:
        case "ON":
            return "on"
        case "IF":
            return "if"
        case "ELSE":
            return "else"
        case "WHEN":
            return "when"
        case "OTHERWISE":
            return "arm"
        case "NAME":
            pass
        case _:
            return "unknown"
    if word == "press":
        return "arm"
    if word == "after":
        return "on"
    if word in DECLARATION_WORDS and not (word == "let" and where in ("steps", "arms")):
        return "declaration"
    return "step" if begins_step(tokens[0]) else "unknown"


def mend_line(work: Work) -> Outcome:
    """Says what is wrong with a line, and gives what is read in its place."""
    match kind_of(work.tokens, work.where):
        case "on":
            return _on_line(work)
        case "arm":
            return _arm_line(work)
        case "if":
            return _if_line(work)
        case "else":
            return _else_line(work)
        case "when":
            return _when_line(work)
        case "step":
            return _step_line(work)
        case "declaration":
            return _declaration_line(work)
        case "unknown":
            return _unknown_line(work)


# ---------------------------------------------------------------- handlers and arms


def _unreadable_event(head: list[Token]) -> list[Token]:
    return [head[0], unreadable(head[1:] or head, text=" ".join(token[1] for token in head[1:]))]


def _as_head(head: list[Token]) -> list[Token]:
    return [unreadable(head, "UNREADABLE_HEAD", "")]


def _on_line(work: Work) -> Outcome:
    tokens = work.tokens
    if work.where in ("file", "stage"):
        return Outcome(work.headed((event_words, *GENERAL), _unreadable_event))
    if work.where == "arms" and tokens[1:2] and tokens[1][1] == "tone":
        press: list[Token] = [work.word("press"), *tokens[2:]]
        colon = work.colon()
        if colon is not None and work.reads(press[: colon - 1], COLON):
            message = "`on tone` is a handler; the arm of a menu is `press`"
            work.tell(Finding("syntax", Span(tokens[0][2], tokens[1][3]), message, "write `press`"))
            work.tokens = press
            return Outcome(work.headed(GENERAL, _as_head))
    if work.where == "arms" and not (is_event(tokens) and tokens[0][1] == "after"):
        return Outcome(work.headed(GENERAL, _as_head))
    if is_event(tokens):
        cure = "move it out to the left edge, or to a stage; keys pressed during a prompt are for `menu`"
        finding = Finding(
            "handler-inside-handler", work.head(), "a handler stands among steps, where it could never run", cure
        )
        work.tell_once("handler", finding)
        return Outcome(work.stand_in(), "handler")
    return _stray_arm(work)


def _arm_line(work: Work) -> Outcome:
    if work.where == "arms":
        return Outcome(work.headed(GENERAL, _as_head))
    return _stray_arm(work)


def _stray_arm(work: Work) -> Outcome:
    """An arm that stands beside its step, or under nothing that has arms."""
    word = work.tokens[0][1]
    if word == "otherwise" and work.probe.takes("ELSE"):
        first = work.tokens[0]
        work.tell(
            Finding(
                "syntax",
                span_of(first),
                "the last branch of a `when` is called `else`",
                "write `else:`",
                True,
                (Edit(span_of(first), "else"),),
            )
        )
        work.tokens = [("ELSE", "else", *span_of(first)), *work.tokens[1:]]
        return Outcome(work.headed(GENERAL, lambda head: head[:1], is_quiet=True))
    cure = "indent it below its step, and end the step with a colon"
    if word == "otherwise":
        cure = "indent it below its step; what catches a whole line or block is `if that fails:`"
    elif word == "press":
        cure = "indent it below its `menu`, and end the `menu` with a colon"
    message = f"`{work.shown_head()}` is an arm, and here is no step that it belongs to"
    work.tell_once("arm", Finding("arm-outside-its-step", work.head(), message, cure))
    return Outcome(work.stand_in(), "arm")


# ---------------------------------------------------------------- if, else, when


def _if_line(work: Work) -> Outcome:
    tokens = work.tokens
    first = tokens[0]
    words = [token[1] for token in tokens[1:4]]
    if any(word.startswith("fail") for word in words) or words[:1] == ["that"]:
        return _catch_line(work)
    if work.where == "steps":
        work.tell(
            Finding(
                "syntax",
                span_of(first),
                "a condition begins with `when`; `if` is only for `if that fails:`",
                "write `when`",
            )
        )
        work.tokens = [("WHEN", "when", *span_of(first)), *tokens[1:]]
        return Outcome(work.headed(GENERAL, _unreadable_condition, is_quiet=True))
    return _stray_step(work)


def _catch_line(work: Work) -> Outcome:
    tokens = work.tokens
    first = tokens[0]
    if not work.probe.takes("IF"):
        message = "there is nothing above this line that could fail"
        cure = "`if that fails:` stands below a line, a block or a handler, with the same indentation"
        work.tell(Finding("syntax", work.head(), message, cure))
        return Outcome(work.stand_in())
    colon = work.colon()
    right = [first, work.word("that", first[3]), work.word("fails", first[3])]
    if tokens[1:3] and [token[1] for token in tokens[1:3]] == ["that", "fails"]:
        return Outcome(work.headed(GENERAL, lambda _: right))
    end = tokens[(colon or len(tokens)) - 1][3]
    message = "the words that catch a failure are `if that fails:`"
    work.tell(Finding("syntax", Span(first[2], end), message, "write `if that fails:`"))
    step = next((n for n in range(1, len(tokens)) if begins_step(tokens[n])), None)
    rest = [] if colon is None else tokens[colon:]
    if colon is None and step is not None:
        rest = [("COLON", ":", end, end), *tokens[step:]]
    work.tokens = [*right, *(rest or [("COLON", ":", end, end)])]
    return Outcome(work.headed(GENERAL, lambda _: right, is_quiet=True))


def _unreadable_condition(head: list[Token]) -> list[Token]:
    """`when` or `else when`, and a condition that stands for the one that was written."""
    size = 2 if head[0][0] == "ELSE" else 1
    return [*head[:size], unreadable(head[size:] or head, text="")]


def _when_line(work: Work) -> Outcome:
    if work.where == "steps":
        return Outcome(work.headed(GENERAL, _unreadable_condition))
    if work.where == "file" and work.tokens[1:2] and work.tokens[1][1] in EVENT_WORDS:
        return _other_declaration(work) or _stray_step(work)
    return _stray_step(work)


def _else_line(work: Work) -> Outcome:
    tokens = work.tokens
    first = tokens[0]
    if not work.probe.takes("ELSE"):
        if work.where == "arms":
            work.tell(
                Finding("syntax", span_of(first), "the last arm of a step is called `otherwise`", "write `otherwise:`")
            )
            work.tokens = [("OTHERWISE", "otherwise", *span_of(first)), *tokens[1:]]
            return Outcome(work.headed(GENERAL, _as_head, is_quiet=True))
        message = "this `else` has no `when` above it"
        cure = "`else:` stands below the block of a `when`; what catches a failure is `if that fails:`"
        work.tell_once("step", Finding("syntax", work.head(), message, cure))
        return Outcome(work.stand_in(), "step")
    if tokens[1:2] and tokens[1][0] == "IF":
        both = Span(first[2], tokens[1][3])
        work.tell(Finding("syntax", both, "a further condition begins with `else when`", "write `else when`"))
        work.tokens = [first, ("WHEN", "when", *span_of(tokens[1])), *tokens[2:]]
        return Outcome(work.headed(GENERAL, _unreadable_condition, is_quiet=True))
    give_up = _unreadable_condition if tokens[1:2] and tokens[1][0] == "WHEN" else lambda head: head[:1]
    return Outcome(work.headed(GENERAL, give_up))


# ---------------------------------------------------------------- steps


def _step_line(work: Work) -> Outcome:
    if work.where == "file" and work.tokens[0][1] == "set":
        return _other_declaration(work) or _stray_step(work)
    if work.where != "steps":
        return _stray_step(work)
    out = work.pieces.chain(work.probe, work.tokens)
    if work.heads_steps(out):
        return Outcome(work.stand_in())
    return Outcome(out or [unreadable(work.tokens)])


def _stray_step(work: Work) -> Outcome:
    """Steps that stand where handlers or arms stand. What they name is kept in sight."""
    span = work.head()
    match work.where:
        case "arms":
            message = "the step above ends in a colon, so its arms stand here, and this is a step"
            cure = "take the colon away and write this at the depth of that step, or put an arm above it"
        case "stage":
            message = "steps cannot stand in a stage by themselves"
            cure = "write `on enter:` above them, and indent them"
        case _:
            message = "steps cannot stand by themselves"
            cure = "write a handler above them, such as `on answered:`, and indent them"
    work.tell_once("step", Finding("syntax", span, message, cure))
    is_head = work.below is not None and work.tokens[-1][0] == "COLON" and not begins_arm([work.below])
    if is_head or work.tokens[0][0] in ("WHEN", "IF"):
        return Outcome(work.stand_in(), "step")
    start = span.start
    head: list[Token] = [("UNREADABLE_HEAD", "", start, start), ("COLON", ":", start, start)]
    out = work.pieces.chain(work.after(head), work.tokens)
    return Outcome([*head, *(out or [unreadable(work.tokens)])], "step")


# ---------------------------------------------------------------- declarations


def _declaration_line(work: Work) -> Outcome:
    tokens = work.tokens
    word = tokens[0][1]
    if work.where != "file":
        message = f"`{word}` stands at the left edge, outside of every block"
        work.tell(Finding("syntax", span_of(tokens[0]), message, "move the line out"))
        return Outcome(tokens, is_outside=True)
    if word == "stage":
        return _stage_line(work)
    if word == "routine":
        return Outcome(work.headed(GENERAL, _unreadable_block))
    mended = work.pieces.mended(work.probe, tokens, LINE_END, GENERAL)
    if mended is not None:
        return Outcome(mended, is_skipped=True)
    return Outcome(_named_only(work, tokens), is_skipped=True)


def _unreadable_block(head: list[Token]) -> list[Token]:
    """`stage` or `routine` with the name it has, if it has one."""
    name = head[1] if len(head) > 1 and head[1][0] == "NAME" else ("NAME", "", head[-1][3], head[-1][3])
    return [head[0], name]


def _stage_line(work: Work) -> Outcome:
    colon = work.colon()
    if colon is None or colon == len(work.tokens) - 1:
        return Outcome(work.headed(GENERAL, _unreadable_block))
    rest = work.tokens[colon + 1]
    message = "the handlers of a stage stand in deeper lines below it"
    work.tell(Finding("syntax", span_of(rest), message, "begin a new line behind the colon"))
    head = work.tokens[: colon + 1]
    if not work.reads(head):
        head = [*_unreadable_block(head[:-1]), head[-1]]
    return Outcome(head, "told")


def _named_only(work: Work, tokens: list[Token]) -> list[Token]:
    """A declaration of which only the name is kept, so that nobody misses it; nothing where there is no name."""
    word = tokens[0][1]
    if word not in _NAMED or len(tokens) < 2 or tokens[1][0] != "NAME":
        return []
    stand_in = unreadable(tokens[1:], text="")
    out = (
        [tokens[0], tokens[1], stand_in]
        if word == "service"
        else [tokens[0], tokens[1], work.word("=", tokens[1][3]), stand_in]
    )
    return out if work.reads(out, LINE_END) else []


# ---------------------------------------------------------------- lines whose first word means nothing


def _unknown_line(work: Work) -> Outcome:
    first = work.tokens[0]
    stray = _stray_sign(work)
    if stray is not None:
        return stray
    if work.where == "steps":
        if first[1].lower() in ("elif", "elsif", "elseif") and work.probe.takes("ELSE"):
            work.tell(
                Finding("syntax", span_of(first), "a further condition begins with `else when`", "write `else when`")
            )
            work.tokens = [("ELSE", "else", *span_of(first)), ("WHEN", "when", *span_of(first)), *work.tokens[1:]]
            return Outcome(work.headed(GENERAL, _unreadable_condition, is_quiet=True))
        if first[1] == "that" and work.probe.takes("IF"):
            work.tell(Finding("syntax", span_of(first), "`if` is missing before `that`", "write `if that fails:`"))
            work.tokens = [work.pieces.word("if", first[2]), *work.tokens]
            return _catch_line(work) if not work.reads(work.tokens, LINE_END) else Outcome(work.tokens)
        colon = work.colon()
        when = [work.word("when"), *work.tokens]
        if (
            colon is not None
            and colon > 0
            and not (work.below and begins_arm([work.below]))
            and work.reads(when[: colon + 1], COLON)
        ):
            work.tell(
                Finding(
                    "syntax", span_of(first), f"`when` is missing before {quoted(first)}", f"write `when {first[1]}`"
                )
            )
            work.tokens = when
            return Outcome(work.headed(GENERAL, _unreadable_condition))
        near = _near_first(work, ("when", "if", "else"))
        if near is not None:
            return near
        out = work.pieces.chain(work.probe, work.tokens)
        return Outcome(work.stand_in() if work.heads_steps(out) else out or [unreadable(work.tokens)])
    found = _with_first_word(work) or _small_letters(work)
    if found is not None:
        return found
    if work.where == "file":
        found = _other_declaration(work)
        if found is not None:
            return found
    edge = {"file": "at the left edge", "stage": "of a stage", "arms": "among the arms of a step"}[work.where]
    cure = {
        "file": "what stands there are declarations such as `contact`, and handlers such as `on answered:`",
        "stage": "what stands there are handlers such as `on enter:`",
        "arms": "what stands there are arms such as `on busy:` or `otherwise:`",
    }[work.where]
    work.tell(Finding("syntax", span_of(first), f"no line {edge} begins with {quoted(first)}", cure))
    colon = work.colon()
    has_steps = colon is not None and len(work.tokens) > colon + 1 and begins_step(work.tokens[colon + 1])
    if first[0] == "NAME" and (has_steps or (work.below is not None and colon == len(work.tokens) - 1)):
        return Outcome(work.stand_in())
    return Outcome([], is_skipped=True)


def _small_letters(work: Work) -> Outcome | None:
    """`On Answered: Transfer To Heidi`: all words of the language at once, where one by one would not do."""
    first, keywords = work.tokens[0], work.pieces.tables.keywords
    if first[1] == first[1].lower() or first[1].lower() not in (*DECLARATION_WORDS, "otherwise", "press"):
        return None
    tokens = [
        work.pieces.word(token[1].lower(), token[2], token[3]) if _is_capital(token, keywords) else token
        for token in work.tokens
    ]
    message = "the words of the language are written in small letters"
    work.tell(Finding("syntax", span_of(first), message, f"write `{first[1].lower()}`, and so on"))
    trial = Work(work.pieces, tokens, work.probe, work.below, "")
    return Outcome(tokens) if trial.reads(tokens, LINE_END) else mend_line(trial)


def _is_capital(token: Token, keywords: Mapping[str, str]) -> bool:
    return token[0] == "NAME" and token[1] != token[1].lower() and token[1].lower() in keywords


_COMMENT_SIGNS = ("//", "/*", "--", ";", "*/", "'")
_MERGE_SIGNS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")


def _stray_sign(work: Work) -> Outcome | None:
    """A line that begins with a sign of other languages: of a comment, a list, a block, or of an unfinished merge."""
    first, last = work.tokens[0], work.tokens[-1]
    line = work.pieces.text[first[2] : last[3]]
    if line.startswith(_MERGE_SIGNS):
        cure = "keep the lines of one side, and take out the marks"
        work.tell_once("merge", Finding("syntax", Span(first[2], first[2] + 7), "a merge is not finished here", cure))
        return Outcome([], "merge", is_skipped=True)
    if line.startswith(_COMMENT_SIGNS):
        end = first[2] + (2 if line[:2] in _COMMENT_SIGNS else 1)
        edits = (Edit(Span(first[2], end), "#"),) if line.startswith("//") else ()
        finding = Finding("syntax", span_of(first), "a comment begins with `#`", "write `#`", True, edits)
        work.tell_once("comment", finding)
        return Outcome([], "comment", is_skipped=True)
    if line.strip() == "}":
        cure = "take it away: a block ends where its lines are less indented"
        work.tell_once("brace", Finding("syntax", span_of(first), "blocks have no braces", cure))
        return Outcome([], "brace", is_skipped=True)
    if first[1] in ("-", "*", "•") and work.where == "steps" and len(work.tokens) > 1:
        finding = Finding(
            "syntax", span_of(first), f"a step begins with its word, not with {quoted(first)}", "take it away"
        )
        work.tell_once("list", finding)
        tokens = work.tokens[1:]
        if work.reads(tokens, LINE_END):
            return Outcome(tokens, "list")
        return mend_line(Work(work.pieces, tokens, work.probe, work.below, "list"))._replace(sort="list")
    return None


def _near_first(work: Work, words: Sequence[str]) -> Outcome | None:
    """A first word with a slip in it."""
    first = work.tokens[0]
    near = nearest(first[1], words) if first[0] == "NAME" else None
    if near is None:
        return None
    tokens = [work.pieces.word(near, first[2], first[3]), *work.tokens[1:]]
    trial = Work(work.pieces, tokens, work.probe, work.below, "")
    colon = trial.colon()
    if not (trial.reads(tokens, LINE_END) or (colon is not None and trial.reads(tokens[:colon], COLON))):
        return None
    code = "unknown-step-word" if work.where == "steps" else "syntax"
    message = f"`{first[1]}` is no word of the language here"
    edits = (Edit(span_of(first), near),) if near == only_nearest(first[1], words) else ()
    work.tell(Finding(code, span_of(first), message, f"did you mean `{near}`?", bool(edits), edits))
    if trial.reads(tokens, LINE_END):
        return Outcome(tokens)
    return mend_line(trial)


def _with_first_word(work: Work) -> Outcome | None:
    """`answered: …`, `busy: …`, `heidi = user …`: the word that a line begins with was left out, or has a slip in
    it."""
    words: tuple[str, ...] = ("on", "otherwise", "press") if work.where == "arms" else ("on", "after")
    if work.where == "file":
        words = DECLARATION_WORDS
    near = _near_first(work, words)
    if near is not None:
        return near
    first = work.tokens[0]
    colon = work.colon()
    for word in _first_words(work):
        tokens = [work.word(word), *work.tokens]
        fits = work.reads(tokens, LINE_END) if colon is None else work.reads(tokens[: colon + 1], COLON)
        if colon is not None:
            fits = work.reads(tokens[: colon + 1], COLON)
        if word == "stage" and work.below is not None and work.below[0] != "ON":
            fits = False
        if fits:
            work.tell(
                Finding(
                    "syntax",
                    span_of(first),
                    f"`{word}` is missing before {quoted(first)}",
                    f"write `{word} {first[1]}`",
                )
            )
            trial = Work(work.pieces, tokens, work.probe, work.below, "")
            return Outcome(tokens) if trial.reads(tokens, LINE_END) else mend_line(trial)
    return None


def _first_words(work: Work) -> tuple[str, ...]:
    """The words that may have been left out, the likeliest first."""
    first = work.tokens[0]
    if work.where == "arms":
        is_key = len(first[1]) == 1 or first[1] in ("star", "pound")
        return ("press", "on") if is_key else ("on", "press")
    if work.where == "stage":
        return ("on", "after")
    is_value = len(work.tokens) > 2 and work.tokens[2][0] in ("NUMBER", "TEXT", "DURATION")
    return ("on", *(("let",) if is_value else ()), "contact", "group", "hours", "let", "stage", "after")


def _other_declaration(work: Work) -> Outcome | None:
    """`function greet:`, `import "x.flow"`: the word of another language."""
    first = work.tokens[0]
    if first[1].lower() not in OTHER_DECLARATIONS:
        return None
    word, cure = OTHER_DECLARATIONS[first[1].lower()]
    work.tell(Finding("syntax", span_of(first), f"no line at the left edge begins with `{first[1]}`", cure))
    tokens = [work.pieces.word(word, first[2], first[3]), *work.tokens[1:]]
    trial = Work(work.pieces, tokens, work.probe, work.below, "")
    colon = trial.colon()
    if trial.reads(tokens, LINE_END) and (colon is None or colon == len(tokens) - 1):
        return Outcome(tokens)
    if colon is not None and trial.reads(tokens[:colon], COLON):
        return mend_line(trial)
    if colon is not None:
        return Outcome(work.stand_in())
    return Outcome(_named_only(trial, tokens), is_skipped=True)
