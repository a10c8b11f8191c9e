"""Which flow answers a call: by its number, account or application, else the default."""

from collections.abc import Collection, Mapping

from flowlang.call.facts import Incoming

DEFAULT = "default"


class Routes:
    """`answers`: as in the settings. Without any, the flow whose name is called answers, or the only one that there
    is. `by_name`: names of flows count before the default, as on a simulated Graph."""

    def __init__(self, answers: Mapping[str, str], *, by_name: bool = False) -> None:
        self._has_answers = bool(answers)
        self._by_name = by_name or not answers
        self._default = answers.get(DEFAULT)
        self._by_id = {key_of(called): flow for called, flow in answers.items() if called != DEFAULT}

    def flow_for(self, fact: Incoming, served: Collection[str]) -> str | None:
        """The name of a flow, or None: nobody answers. `served`: those that there are now."""
        wanted = self._by_id.get(key_of(fact.called.id))
        if wanted is not None:
            return wanted
        if self._by_name and fact.called.name in served:
            return fact.called.name
        if self._has_answers:
            return self._default
        return next(iter(served)) if len(served) == 1 else None


def key_of(called: str) -> str:
    """Numbers without blanks and signs, identifiers in small letters."""
    plain = called.strip().lower().removeprefix("tel:")
    return "+" + "".join(filter(str.isdecimal, plain)) if plain.startswith("+") else plain
