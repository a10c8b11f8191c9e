"""Which files a person means, and their text. What cannot be read is one clear line, before anything is done."""

import os

from flowlang.source import Source
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


def read_bytes(path: str) -> bytes:
    """The bytes of a file. Raises `UsageError` for what cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}{_near(path)}") from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder; name a .flow file in it") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None


def read_flow(path: str) -> Source:
    """The text of a flow file. Raises `UsageError` for what cannot be read or is no text."""
    try:
        return read_source(path, read_bytes(path))[0]
    except NotText as error:
        raise UsageError(str(error)) from None


def read(path: str) -> bytes | None:
    """The bytes of a file that a flow names, or None where there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
