"""Hears why notifications were not taken."""

from flowlang.runtime.watch import NoWatch, Verdict


class Told(NoWatch):
    """`said` grows with each reason."""

    def __init__(self, said: list[str] | None) -> None:
        self._said = said if said is not None else []

    def notified(self, verdict: Verdict, seconds: float, reason: str = "") -> None:
        if reason:
            self._said.append(reason)

    def trouble(self, where: str, text: str) -> None:
        self._said.append(text)
