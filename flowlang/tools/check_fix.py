"""`flowlang check --fix` and `--diff`: makes the changes that findings carry, round by round, until none is left.

A change that would bring a new mistake is not made. Nothing is written before all files are done; each file is then
replaced whole.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from flowlang.analysis.model import Read
from flowlang.diagnostics import Diagnostic, Fix, Severity
from flowlang.source import Source, Unreadable
from flowlang.syntax.pages import PAGES
from flowlang.tools.check_codes import PROVED_CODES, by_code
from flowlang.tools.check_edits import Document, fixes_for, without_overlaps
from flowlang.tools.files import read_bytes
from flowlang.tools.options import UsageError

MOST_ROUNDS: Final = 100
"""Each round makes at least one change, so this ends whatever the changes are."""

Check = Callable[[list[Source], Read], list[Diagnostic]]


class Fixed(NamedTuple):
    """What came out. `made`: how many changes; `found`: what is still wrong; `before` holds only changed files."""

    before: tuple[Document, ...]
    after: tuple[Document, ...]
    made: int
    found: list[Diagnostic]


class Fixer:
    """Some files and the way to check them. `tells(path, code)`: whether that was asked for in that file."""

    def __init__(
        self, files: Sequence[str], check: Check, read: Read, tells: Callable[[str, str], bool], takes_unsafe: bool
    ) -> None:
        self._check = check
        self._read = read
        self._tells = tells
        self._takes_unsafe = takes_unsafe
        self._documents = {file: Document.of(file, read_bytes(file)) for file in _once(files)}
        self._files = list(files)
        self._refused: set[tuple[str, Fix]] = set()

    def fixed(self) -> Fixed:
        """Everything that can be cured, cured."""
        original = dict(self._documents)
        found = self._found(self._documents)
        count = 0
        for _ in range(MOST_ROUNDS):
            made, found = self._round(found)
            if not made:
                break
            count += made
        changed = [path for path, document in self._documents.items() if document != original[path]]
        return Fixed(
            tuple([original[path] for path in changed]),
            tuple([self._documents[path] for path in changed]),
            count,
            found,
        )

    def _found(self, documents: dict[str, Document]) -> list[Diagnostic]:
        """What is wrong with these texts. Files that flows use are read from among them too."""
        texts = {_key(path): document.raw for path, document in documents.items()}

        def read(path: str) -> bytes | Unreadable | None:
            changed = texts.get(_key(path))
            return self._read(path) if changed is None else changed

        sources = [documents[path].source() if path in documents else self._twin(path) for path in self._files]
        return self._check(sources, read)

    def _twin(self, path: str) -> Source:
        """The text of a file that was named twice, in two ways."""
        document = next(one for one in self._documents.values() if _key(one.path) == _key(path))
        return Source(path, document.source().text)

    def _round(self, found: list[Diagnostic]) -> tuple[int, list[Diagnostic]]:
        """All changes that go together, else one after the other; how many were made, and what is wrong then."""
        wanted = self._wanted(found)
        if not any(wanted.values()):
            return 0, found
        done = self._try(wanted, found)
        if done is not None:
            return sum(map(len, wanted.values())), done
        for path, fixes in wanted.items():
            for fix in fixes:
                done = self._try({path: [fix]}, found)
                if done is not None:
                    return 1, done
                self._refused.add((path, fix))
        return 0, found

    def _wanted(self, found: list[Diagnostic]) -> dict[str, list[Fix]]:
        told = [one for one in found if self._tells(one.source.path, one.code)]
        wanted: dict[str, list[Fix]] = {}
        for path in self._documents:
            fixes = fixes_for(told, path, self._takes_unsafe)
            wanted[path] = without_overlaps([fix for fix in fixes if (path, fix) not in self._refused])
        return {path: fixes for path, fixes in wanted.items() if fixes}

    def _try(self, wanted: dict[str, list[Fix]], before: list[Diagnostic]) -> list[Diagnostic] | None:
        """What is wrong after some changes; None, and nothing is changed, if that is more than before."""
        documents = dict(self._documents)
        for path, fixes in wanted.items():
            documents[path] = documents[path].edited([edit for fix in fixes for edit in fix.edits])
        after = self._found(documents)
        if documents == self._documents or brings_new(before, after):
            return None
        self._documents = documents
        return after


def brings_new(before: Sequence[Diagnostic], after: Sequence[Diagnostic]) -> bool:
    """Whether something is wrong that was not wrong before.

    Mistakes hide others: where the syntax got better, what only comes to light does not count; where an error went, new
    warnings do not, and neither does what exploring finds in a flow that was not explored before.
    """
    unread = [Counter(one.code for one in found if one.code in PAGES) for found in (before, after)]
    if unread[1] - unread[0]:
        return True
    if unread[0] - unread[1]:
        return False
    errors = [_errors(found) for found in (before, after)]
    if errors[1] - errors[0]:
        return True
    if errors[0] - errors[1]:
        return False
    was_explored = not errors[0]
    kept = [one for one in after if was_explored or one.code not in PROVED_CODES]
    ranks = [Counter((one.code, one.severity) for one in found) for found in (before, kept)]
    return any(severity is not Severity.INFO for _, severity in ranks[1] - ranks[0])


def _errors(found: Sequence[Diagnostic]) -> Counter[str]:
    """Errors of the flows themselves: without what only --strict counts as one, and what only exploring finds."""
    known = by_code()
    return Counter(
        one.code for one in found if known[one.code][0].severity is Severity.ERROR and one.code not in PROVED_CODES
    )


def _once(files: Sequence[str]) -> list[str]:
    """Each file once, also where it is named in two ways."""
    found: dict[str, str] = {}
    for file in files:
        found.setdefault(_key(file), file)
    return list(found.values())


def _key(path: str) -> str:
    return os.path.realpath(path)


# ---------------------------------------------------------------- the disk


def write(fixed: Fixed) -> None:
    """Writes every changed file. Raises `UsageError` for one that cannot be written or has changed meanwhile."""
    for before in fixed.before:
        if read_bytes(before.path) != before.raw:
            raise UsageError(f"{before.path} has changed meanwhile; nothing was written")
        if not os.access(os.path.realpath(before.path), os.W_OK):
            raise UsageError(f"{before.path} cannot be written: Permission denied; nothing was written")
    for after in fixed.after:
        try:
            _replace(os.path.realpath(after.path), after.raw)
        except OSError as error:
            raise UsageError(f"{after.path} cannot be written: {error.strerror or error}") from None


def _replace(path: str, raw: bytes) -> None:
    """The file with another content, whole or not at all; its permissions stay."""
    mode = os.stat(path).st_mode
    number, unfinished = tempfile.mkstemp(prefix=".flowlang-", dir=os.path.dirname(path))
    try:
        with os.fdopen(number, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(unfinished, mode & 0o7777)
        os.replace(unfinished, path)
    except BaseException:
        os.unlink(unfinished)
        raise


def diff(fixed: Fixed) -> str:
    """The changes as a unified diff, with the files' own line ends."""
    from difflib import unified_diff

    parts: list[str] = []
    for before, after in zip(fixed.before, fixed.after, strict=True):
        lines = unified_diff(_lines(before.text), _lines(after.text), before.path, before.path)
        parts += [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
    return "".join(parts)


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
