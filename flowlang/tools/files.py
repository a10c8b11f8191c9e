"""Which files a person means, and their text. What cannot be read is one clear line, before anything is done."""

import os

from flowlang.regular_file import (
    MOST_CALENDAR_BYTES,
    MOST_FLOW_BYTES,
    MOST_PROMPT_BYTES,
    read_regular,
    why_unreadable,
)
from flowlang.source import Source, Unreadable
from flowlang.syntax.reading import NotText, read_source
from flowlang.tools.options import UsageError


def flow_files(paths: tuple[str, ...]) -> list[str]:
    """The files themselves, and every `.flow` file below each folder, in order. Raises `UsageError`."""
    found: list[str] = []
    for path in paths:
        if os.path.isdir(path):
            inside = sorted(_below(path))
            if not inside:
                raise UsageError(f"there is no .flow file in {path}")
            found += inside
        elif os.path.exists(path):
            found.append(path)
        else:
            raise UsageError(f"there is no file or folder {path}{_near(path)}")
    return list(dict.fromkeys(found))


def _below(folder: str) -> list[str]:
    files = []
    for place, folders, names in os.walk(folder, onerror=_no_entry):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [os.path.join(place, name) for name in names if name.endswith(".flow") and not name.startswith(".")]
    return files


def _no_entry(error: OSError) -> None:
    raise UsageError(f"the folder {error.filename} cannot be read: {error.strerror}")


def _near(path: str) -> str:
    from flowlang.syntax.suggest import nearest  # only a mistake pays for it

    folder, name = os.path.split(path)
    try:
        found = nearest(name, sorted(os.listdir(folder or ".")))
    except OSError:
        return ""
    return f"; did you mean {os.path.join(folder, found)}?" if found else ""


def read_bytes(path: str, most_bytes: int = MOST_FLOW_BYTES) -> bytes:
    """The bytes of a regular file. Raises `UsageError` for what cannot be read or is larger."""
    try:
        return read_regular(path, most_bytes)
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}{_near(path)}") from None
    except OSError as error:
        raise UsageError(f"{path} {why_unreadable(error)}") from None


def read_flow(path: str) -> Source:
    """The text of a flow file. Raises `UsageError` for what cannot be read or is no text."""
    if os.path.isdir(path):
        raise UsageError(f"{path} is a folder; name a .flow file in it")
    try:
        return read_source(path, read_bytes(path))[0]
    except NotText as error:
        raise UsageError(str(error)) from None


def read(path: str) -> bytes | Unreadable | None:
    """The bytes of a file that a flow names; None: there is none."""
    try:
        return read_regular(path, most_bytes_of(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:  # ValueError: a byte 0 in the name
        return Unreadable(why_unreadable(error)) if isinstance(error, OSError) else None


def most_bytes_of(path: str) -> int:
    """How much is read of a file that a flow names, by the ending of its name."""
    ending = os.path.splitext(path)[1].lower()
    return {".wav": MOST_PROMPT_BYTES, ".ics": MOST_CALENDAR_BYTES}.get(ending, MOST_FLOW_BYTES)
