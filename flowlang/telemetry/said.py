"""What a flow says in `log`, without what callers typed and services answered: only words of the flow itself, and what
every call has, are shown."""

from typing import Final, NamedTuple, assert_never

from flowlang.plan import (
    Ask,
    Const,
    Expr,
    Gather,
    Join,
    Known,
    Localized,
    Log,
    Member,
    Plan,
    Plus,
    RecordStep,
    Set,
    Var,
)

MASKED: Final = "<masked>"


class _Part(NamedTuple):
    """A stretch of the text. `words`: as the flow has them; None: a value, which is `private` or may be shown."""

    words: str | None
    private: bool = False


def said(plan: Plan, place: int, text: str) -> str:
    """The text that the `log` step at a place wrote, with every value masked that is a key, a variable which a step
    sets, or an answer of a service. Where it cannot be told what is a value, all is masked."""
    step = plan.places[place].step if 0 <= place < len(plan.places) else None
    if not isinstance(step, Log):
        return text  # nobody but a `log` step writes such a line; a test may
    parts = _parts(step.text, _set_by_steps(plan))
    if not any(part.private for part in parts):
        return text
    first = next(at for at, part in enumerate(parts) if part.private)
    last = max(at for at, part in enumerate(parts) if part.private)
    before = _shown(text, parts[:first])
    if before is None:
        return MASKED
    after = _shown(text[len(before) :][::-1], [_Part(_reversed(one.words)) for one in reversed(parts[last + 1 :])])
    if after is None:
        return MASKED
    return f"{before}{''.join([one.words or MASKED for one in parts[first : last + 1]])}{after[::-1]}"


def _shown(text: str, parts: list[_Part]) -> str | None:
    """The beginning of a text that these parts made, up to the last words in them; None: they did not make it. A value
    ends where the words after it are found first, so that nothing of what follows is taken for it."""
    end = 0
    for at, part in enumerate(parts):
        if part.words is None:
            continue
        found = text.find(part.words, end) if at else (0 if text.startswith(part.words) else -1)
        if found < 0:
            return None
        end = found + len(part.words)
    return text[:end]


def _reversed(words: str | None) -> str | None:
    return words[::-1] if words is not None else None


def _parts(expr: Expr, set_by_steps: frozenset[int]) -> list[_Part]:
    """Words and values in turn; values that touch are one, and what stands between private ones is private too."""
    flat: list[_Part] = []
    for part in _flat(expr, set_by_steps):
        last = flat[-1] if flat else None
        if last is not None and (last.words is None) == (part.words is None):
            words = last.words + part.words if last.words is not None and part.words is not None else None
            flat[-1] = _Part(words, last.private or part.private)
        else:
            flat.append(part)
    private = [at for at, part in enumerate(flat) if part.private]
    if not private:
        return flat
    return [
        _Part(None, private=True) if part.words is None and private[0] <= at <= private[-1] else part
        for at, part in enumerate(flat)
    ]


def _flat(expr: Expr, set_by_steps: frozenset[int]) -> list[_Part]:
    match expr:
        case Const(value):
            return [_Part(value) if isinstance(value, str) else _Part(None)]
        case Join(parts):
            return [one for part in parts for one in _flat(part, set_by_steps)]
        case Var(number, _):
            return [_Part(None, number in set_by_steps)]
        case Member(number, _, _):
            return [_Part(None, number in set_by_steps)]
        case Plus(left, right):
            inside = [*_flat(left, set_by_steps), *_flat(right, set_by_steps)]
            return [_Part(None, any(part.private for part in inside))]
        case Localized(who, _, _):
            return _flat(who, set_by_steps)
        case Known(root, _, _):
            return [_Part(None, root == "tone")]
        case _:
            assert_never(expr)


def _set_by_steps(plan: Plan) -> frozenset[int]:
    """Numbers of the variables that steps give values to; the others hold what the flow or the settings say."""
    steps = (place.step for place in plan.places)
    return frozenset(step.variable for step in steps if isinstance(step, Gather | Ask | RecordStep | Set))
