"""Which flow answers a call: by the number first, then by the account or application, then the default."""

from collections.abc import Collection, Mapping

from flowlang.call.facts import Incoming

DEFAULT = "default"


class Routes:
    """`flow_for(fact)`. `answers`: as in the settings. Without any, the flow whose name is called answers, or the only
    one that there is."""

    def __init__(self, answers: Mapping[str, str], served: Collection[str]) -> None:
        self._served = tuple(served)
        self._has_answers = bool(answers)
        self._default = answers.get(DEFAULT)
        self._by_id = {_key(called): flow for called, flow in answers.items() if called != DEFAULT}

    def flow_for(self, fact: Incoming) -> str | None:
        """The name of a flow, or None: nobody answers."""
        found = self._by_id.get(_key(fact.called.id), self._default)
        if not self._has_answers:
            only = self._served[0] if len(self._served) == 1 else None
            found = fact.called.name if fact.called.name in self._served else only
        return found


def _key(called: str) -> str:
    """Numbers without blanks and signs, identifiers in small letters."""
    plain = called.strip().lower().removeprefix("tel:")
    return "+" + "".join(filter(str.isdecimal, plain)) if plain.startswith("+") else plain
