"""Which files a person means, and their text. What cannot be read is one clear line, before anything is done."""

import os

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
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [os.path.join(place, name) for name in names if name.endswith(".flow") and not name.startswith(".")]
    return files


def _near(path: str) -> str:
    from difflib import get_close_matches  # only a mistake pays for it

    folder, name = os.path.split(path)
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return ""
    found = get_close_matches(name, names, n=1, cutoff=0.6)
    return f"; did you mean {os.path.join(folder, found[0])}?" if found else ""


def read_text(path: str) -> str:
    """The text of a file, with LF as line end. Raises `UsageError` for what cannot be read or is not UTF-8."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder; name a .flow file in it") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path} is not UTF-8 text, at line {line}; save it as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
