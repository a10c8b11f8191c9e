"""Which findings are told: `--select` and `--ignore`."""

from collections.abc import Iterable, Sequence

from flowlang.diagnostics import Diagnostic
from flowlang.syntax.pages import PAGES
from flowlang.tools.check_codes import PROVED_CODES, codes_in, names, unknown
from flowlang.tools.options import UsageError


class Selection:
    """Codes that are told. Nothing selected: all of them. What cannot be read is told in any case, since then nothing
    else is sure."""

    def __init__(self, select: frozenset[str], ignore: frozenset[str]) -> None:
        self._select = select
        self._ignore = ignore

    @property
    def wants_proofs(self) -> bool:
        """Whether a check was named for which every call has to be played."""
        return bool(self._select & PROVED_CODES - self._ignore)

    def tells(self, code: str) -> bool:
        return code in PAGES or ((not self._select or code in self._select) and code not in self._ignore)

    def among(self, found: Iterable[Diagnostic]) -> list[Diagnostic]:
        """The findings that are told."""
        return [one for one in found if self.tells(one.code)]


def words_in(values: Iterable[str]) -> list[str]:
    """The words of `legs,unknown-name`, given once or many times."""
    return [word.strip() for value in values for word in value.split(",") if word.strip()]


def codes_of(words: Sequence[str], option: str) -> frozenset[str]:
    """The codes that words from the command line stand for. Raises `UsageError`."""
    found: set[str] = set()
    for word in words:
        codes = codes_in(word)
        if codes is None:
            raise UsageError(f"{option}: {unknown(word, names())}")
        found |= codes
    if option == "--ignore" and found & PAGES.keys():
        raise UsageError(f"--ignore: {min(found & PAGES.keys())} cannot be left out, since the flow cannot be read")
    return frozenset(found)
