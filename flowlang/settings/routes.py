"""Which flow answers a call: by the number first, then by the account or application, then the default."""

from collections.abc import Collection, Mapping

from flowlang.call.facts import Incoming

DEFAULT = "default"


class Routes:
    """`answers`: as in the settings. Without any, the flow whose name is called answers, or the only one that there
    is."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._has_answers = bool(answers)
        self._default = answers.get(DEFAULT)
        self._by_id = {key_of(called): flow for called, flow in answers.items() if called != DEFAULT}

    def flow_for(self, fact: Incoming, served: Collection[str]) -> str | None:
        """The name of a flow, or None: nobody answers. `served`: those that there are now."""
        if self._has_answers:
            return self._by_id.get(key_of(fact.called.id), self._default)
        if fact.called.name in served:
            return fact.called.name
        return next(iter(served)) if len(served) == 1 else None


def key_of(called: str) -> str:
    """Numbers without blanks and signs, identifiers in small letters."""
    plain = called.strip().lower().removeprefix("tel:")
    return "+" + "".join(filter(str.isdecimal, plain)) if plain.startswith("+") else plain
