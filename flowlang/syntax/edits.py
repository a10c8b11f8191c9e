"""From tokens as they were written to tokens as they were meant: what to change in the text."""

from collections.abc import Sequence

from flowlang.diagnostics import Edit
from flowlang.source import Span
from flowlang.syntax.scanner import COMMA, Token

_CLOSE_TO_THE_WORD_BEFORE = (COMMA, "COLON")


def edits_between(text: str, old: Sequence[Token], new: Sequence[Token]) -> tuple[Edit, ...]:
    """The changes that make the one of the other. Tokens that are in both, place and all, stay as they are.

    None where a new token has no words of its own: then it only stands for something that could not be read.
    """
    if any(not token[1] or token[0].startswith("UNREADABLE") for token in new):
        return ()
    same = set(old) & set(new)
    edits: list[Edit] = []
    a = b = 0
    while a < len(old) or b < len(new):
        out, into = a, b
        while a < len(old) and old[a] not in same:
            a += 1
        while b < len(new) and new[b] not in same:
            b += 1
        before = old[out - 1][3] if out else None
        after = old[a][2] if a < len(old) else None
        if out < a or into < b:
            edits.append(_edit(text, old[out:a], new[into:b], before, after))
        a += 1
        b += 1
    return tuple(edits)


def _edit(text: str, out: Sequence[Token], into: Sequence[Token], before: int | None, after: int | None) -> Edit:
    """One change; `before` and `after` are where its neighbours end and begin."""
    words = " ".join(token[1] for token in into).replace(" ,", ",").replace(" :", ":")
    is_close = bool(into) and into[0][0] in _CLOSE_TO_THE_WORD_BEFORE
    if out and into:
        start = before if is_close and before is not None else out[0][2]
        return Edit(Span(start, out[-1][3]), words)
    if out:
        if after is not None:
            return Edit(Span(out[0][2], after), "" if text[out[0][2] - 1 : out[0][2]].isspace() or not before else " ")
        return Edit(Span(out[0][2] if before is None else before, out[-1][3]), "")
    if before is not None and (is_close or after is None):
        return Edit(Span(before, before), words if is_close else f" {words}")
    place = after if after is not None else into[0][2]
    return Edit(Span(place, place), f"{words} ")
