"""What `check` found the last time, kept by content: files that have not changed are not looked at again.

Kept for one set of files and options: every file that was read with its length and checksums, those that were missing,
and the findings. A newer flowlang, or any file that differs, is another question.
"""

import marshal
import os
import sys
import zlib
from collections.abc import Callable, Sequence

from flowlang import __version__, user_cache
from flowlang.diagnostics import Diagnostic, Edit, Fix, Note, Severity, Told
from flowlang.source import Source, Span, Unreadable

FORMAT = 2
MOST_KEPT = 400
Print = tuple[int, int, int] | str | None
Read = Callable[[str], bytes | Unreadable | None]


class Results:
    """The findings for these files under these options. `read` is to be used for every file that a flow names."""

    def __init__(self, files: Sequence[str], options: str, read: Read) -> None:
        self._asked = (FORMAT, __version__, sys.version, _newest(), os.getcwd(), tuple(files), options)
        name = f"check-{zlib.crc32(repr(self._asked[4:]).encode()):08x}.bin"
        self._path = os.path.join(user_cache.folder(), "results", name)
        self._read = read
        self._seen: dict[str, bytes | Unreadable | None] = {}

    def read(self, path: str) -> bytes | Unreadable | None:
        """The bytes of a file, noted."""
        if path not in self._seen:
            self._seen[path] = self._read(path)
        return self._seen[path]

    def recall(self, source_of: Callable[[str], Source]) -> list[Diagnostic] | None:
        """What was found the last time, if nothing has changed. `source_of` reads a file with findings again."""
        data = user_cache.read(self._path)
        if data is None:
            return None
        try:
            asked, prints, found = marshal.loads(data)  # noqa: S302 - our own file, with a checksum
        except (ValueError, TypeError, EOFError):
            return None
        if asked != self._asked or any(_print(self._read(path)) != known for path, known in prints):
            return None
        sources = {path: source_of(path) for path in {place[0] for one in found for place in one[2]}}
        return [_diagnostic(one, sources) for one in found]

    def keep(self, sources: Sequence[Source], found: Sequence[Diagnostic]) -> None:
        """For the next time."""
        for source in sources:
            self.read(source.path)
        prints = [(path, _print(data)) for path, data in self._seen.items()]
        user_cache.write(self._path, marshal.dumps((self._asked, prints, [_plain(one) for one in found])))
        _prune(os.path.dirname(self._path))


def _print(data: bytes | Unreadable | None) -> Print:
    """Length and two checksums of a file's content; why it cannot be read; None where there is none."""
    if isinstance(data, Unreadable):
        return data.reason
    return (len(data), zlib.crc32(data), zlib.adler32(data)) if data is not None else None


def _newest() -> int:
    """When the youngest module of flowlang was written: a checkout changes without a new version."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    newest = 0
    for folder in [package, *[entry.path for entry in os.scandir(package) if entry.is_dir()]]:
        newest = max([newest, *[entry.stat().st_mtime_ns for entry in os.scandir(folder) if entry.is_file()]])
    return newest


def _prune(folder: str) -> None:
    """Forgets the oldest results when there are too many."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.stat().st_mtime_ns)
        for entry in entries[:-MOST_KEPT]:
            os.remove(entry.path)
    except OSError:
        return


# ---------------------------------------------------------------- findings as plain values

Place = tuple[str, int, int]
PlainFix = tuple[str, tuple[tuple[int, int, str], ...], bool] | None
Plain = tuple[str, str, tuple[Place, ...], tuple[str, ...], str, str, str, tuple[tuple[str, str, str], ...], PlainFix]


def _place(source: Source, span: Span) -> Place:
    return (source.path, span.start, span.end)


def _plain(one: Diagnostic) -> Plain:
    places = (_place(one.source, one.span), *[_place(note.source, note.span) for note in one.notes])
    call = tuple([(told.actor, told.other, told.text) for told in one.call])
    texts = tuple([note.text for note in one.notes])
    fix: PlainFix = None
    if one.fix is not None:
        edits = tuple([(*edit.span, edit.text) for edit in one.fix.edits])
        fix = (one.fix.title, edits, one.fix.is_safe)
    return (one.code, one.severity.value, places, texts, one.message, one.help, one.label, call, fix)


def _diagnostic(plain: Plain, sources: dict[str, Source]) -> Diagnostic:
    code, severity, places, texts, message, cure, label, call, plain_fix = plain
    (path, start, end), *others = places
    notes = tuple(
        [Note(sources[at], Span(first, last), text) for (at, first, last), text in zip(others, texts, strict=True)]
    )
    told = tuple([Told(*line) for line in call])
    fix = None
    if plain_fix is not None:
        title, edits, is_safe = plain_fix
        fix = Fix(title, tuple([Edit(Span(first, last), text) for first, last, text in edits]), is_safe)
    span = Span(start, end)
    return Diagnostic(code, Severity(severity), sources[path], span, message, cure, notes, label, told, fix=fix)
