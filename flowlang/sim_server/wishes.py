"""What a person asks of a simulated Graph, as JSON, and as `STEP=RESULT`.

The words are those of `flowlang run --outcome`; Graph's own names of operations will do as well. Graph sees requests
and no steps: steps that make the same request (consult, call and join; play, say, menu and gather) share their outcomes
in the order in which they are given.
"""

from typing import Any, Final, NamedTuple

from flowlang.scenario.outcomes import How, OutcomeError, read_outcome
from flowlang.scenario.simulated import outcome_of
from flowlang.sim_server.access import LIVES_SECONDS, ROLES, Access
from flowlang.sim_server.keys import ALGORITHMS, TOKEN_SECONDS, WITH_KEYS, Claims
from flowlang.sim_server.people import NOBODY, Group, Wish
from flowlang.simulator.media import tone_of
from flowlang.simulator.token import ALL_ROLES
from flowlang.simulator.values import Cut, Failed, Outcome, Success, Throttled

OPERATIONS: Final = {
    "answer": "answer", "reject": "reject", "redirect": "redirect", "call": "create", "join": "create",
    "consult": "create", "transfer": "transfer", "invite": "invite", "remove": "remove", "play": "playPrompt",
    "say": "playPrompt", "menu": "playPrompt", "gather": "playPrompt", "record": "recordResponse", "mute": "mute",
    "unmute": "unmute", "hold": "startHoldMusic", "resume": "stopHoldMusic", "hang up": "delete",
}  # fmt: skip
"""By the word of a step, the request by which it does what it says."""
OWN: Final[dict[str, Outcome]] = {
    "cut before": Cut("before"), "cut after": Cut("after"), "throttled": Throttled(1),
}  # fmt: skip
"""What only Graph's side can do: the connection ends before or after the request was taken; 429 with Retry-After."""
AT_ONCE: Final = " at once"
"""After the result of a transfer: it fails before Graph says `transferAccepted`."""
LONGEST_MS: Final = 24 * 3600 * 1000
Scripted = tuple[str, Outcome]


class WrongError(ValueError):
    """What was asked for does not exist; one sentence says what to write instead."""


def scripted(text: str) -> Scripted:
    """`transfer=500/7700` as an operation and its outcome. Raises `WrongError`."""
    step, _, result = (part.strip() for part in text.partition("="))
    word = _word(step)
    own = OWN.get(result.strip("\"'"))
    if own is not None and word in OPERATIONS:
        return OPERATIONS[word], own
    is_at_once = word == "transfer" and result.endswith(AT_ONCE)
    result = result.removesuffix(AT_ONCE) if is_at_once else result
    if result.strip("\"'") == "cut":
        raise WrongError(f"{text!r}: write {step}=cut before, or {step}=cut after: when the request was taken")
    try:
        wanted = read_outcome(f"{word}={result}" if result else text)
    except OutcomeError as error:
        raise WrongError(str(error)) from None
    if wanted.how is How.NO_KEYS:
        raise WrongError(f"{text!r} is no answer of Graph: the caller presses nothing where there are no tones")
    if wanted.step not in OPERATIONS or wanted.how is How.OWN:
        raise WrongError(f"{text!r} is nothing that Graph decides")
    outcome = outcome_of(wanted)
    if is_at_once:
        if not isinstance(outcome, Failed):
            raise WrongError(f"{text!r}: what fails at once is a transfer that was taken: transfer=500/7000 at once")
        outcome = outcome._replace(is_accepted=False)
    return OPERATIONS[wanted.step], Success() if outcome is None else outcome  # some outcomes are empty tuples


def _word(step: str) -> str:
    """The step for one of Graph's own names."""
    plain = step.replace("_", " ")
    if plain in OPERATIONS:
        return plain
    for word, operation in OPERATIONS.items():
        if operation.lower() == step.lower():
            return word
    return plain


class Coming(NamedTuple):
    """A call that is to come in. Names as a person says them. `caller` empty: the usual one, or who began the group."""

    to: str
    caller: str
    group: tuple[str, ...]
    tenant_id: str
    wish: Wish


class Asked:
    """Members of a JSON object, one after the other; `done` refuses what is left. All raise `WrongError`."""

    def __init__(self, document: object) -> None:
        if not isinstance(document, dict):
            raise WrongError("a JSON object is wanted")
        self._left: dict[str, Any] = {name: value for name, value in document.items() if value is not None}

    def text(self, name: str, default: str = "") -> str:
        value = self._left.pop(name, default)
        if not isinstance(value, str):
            raise WrongError(f"{name} is a text")
        return value

    def text_or_none(self, name: str) -> str | None:
        return self.text(name) if name in self._left else None

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._left.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            raise WrongError(f"{name} is a list of texts")
        return tuple(value)

    def has(self, name: str) -> bool:
        return name in self._left

    def truth(self, name: str, default: bool) -> bool:
        value = self._left.pop(name, default)
        if not isinstance(value, bool):
            raise WrongError(f"{name} is true or false")
        return value

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        value = self._left.pop(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise WrongError(f"{name} is a whole number from {least} to {most}")
        return value

    def one_of(self, name: str, known: tuple[str, ...], default: str) -> str:
        value = self.text(name, default)
        if value not in known:
            raise WrongError(f"{name} is one of {', '.join(known)}, not {value!r}")
        return value

    def keys(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        keys = self.texts(name) if self.has(name) else default
        for key in keys:
            try:
                tone_of(key)
            except ValueError as error:
                raise WrongError(f"{name}: {error}") from None
        return keys

    def objects(self, name: str) -> list["Asked"]:
        value = self._left.pop(name, [])
        if not isinstance(value, list):
            raise WrongError(f"{name} is a list of objects")
        return [Asked(one) for one in value]

    def done(self) -> None:
        if self._left:
            raise WrongError(f"there is no {', '.join(sorted(self._left))} here")


def coming(document: object) -> Coming:
    """A body of `POST /sim/calls`. Raises `WrongError`."""
    asked = Asked(document)
    groups = asked.objects("tones")
    picks_up = asked.texts("answer") if asked.has("answer") else None
    if picks_up is not None:
        picks_up = tuple([name for name in picks_up if name != NOBODY])
    wish = Wish(
        tuple([scripted(text) for text in asked.texts("outcomes")]),
        picks_up,
        tuple([Group(one.keys("keys"), one.whole("in_ms", -1, -1, LONGEST_MS)) for one in groups]),
        asked.keys("callee_keys", Wish().callee_keys),
        asked.whole("hang_up_in_ms", -1, -1, LONGEST_MS),
    )
    found = Coming(asked.text("to"), asked.text("from"), asked.texts("group"), asked.text("tenant_id"), wish)
    for one in [*groups, asked]:
        one.done()
    if not found.to:
        raise WrongError("to says who is called: a name, a number, or an identifier")
    return found


def claims_of(document: object) -> Claims:
    """A body of `POST /sim/tokens`. Raises `WrongError`."""
    asked = Asked(document)
    audience, issuer, tenant_id = (asked.text_or_none(name) for name in ("audience", "issuer", "tenant_id"))
    starts = asked.whole("starts_in_seconds", 0, -1_000_000, 1_000_000)
    lasts = asked.whole("lasts_seconds", TOKEN_SECONDS, 0, 1_000_000)
    algorithm = ALGORITHMS[asked.one_of("algorithm", tuple(ALGORITHMS), "RS256")]
    with_key = WITH_KEYS[asked.one_of("with_key", tuple(WITH_KEYS), "ours")]
    asked.done()
    return Claims(audience, issuer, tenant_id, starts, lasts, algorithm, with_key)


def roles_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """Application roles by their names. Raises `WrongError`."""
    unknown = [name for name in names if name not in ROLES]
    if unknown:
        raise WrongError(f"there is no role {unknown[0]!r}; there are {', '.join(ROLES)}")
    return names


def access_of(document: object) -> Access:
    """A body of `POST /sim/access`. Raises `WrongError`."""
    asked = Asked(document)
    roles = roles_of(asked.texts("roles")) if asked.has("roles") else ALL_ROLES
    lasts = asked.whole("lasts_seconds", LIVES_SECONDS, 0, 1_000_000)
    asked.done()
    return Access(roles, lasts)
