"""Only regular files are read, and only so much of them."""

import os
import socket
from pathlib import Path

import pytest

from flowlang.regular_file import (
    UnusableFileError,
    read_regular,
    refuse_special_if_there,
    size_text,
    why_unreadable,
)

MOST_BYTES = 100

needs_posix = pytest.mark.skipif(os.name != "posix", reason="named pipes and devices are files of POSIX")


def why(path: Path | str) -> str:
    """The clause that is told of a path which cannot be read."""
    try:
        read_regular(str(path), MOST_BYTES)
    except OSError as error:
        return why_unreadable(error)
    return "can be read"


def test_a_file_is_read_whole_up_to_its_bound_and_through_links(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"x" * MOST_BYTES)
    link.symlink_to(file)
    assert read_regular(str(link), MOST_BYTES) == b"x" * MOST_BYTES
    file.write_bytes(b"x" * (MOST_BYTES + 1))
    assert why(file) == "is larger than 0.1 kB, and no more is read"
    file.write_bytes(b"")
    assert read_regular(str(file), MOST_BYTES) == b""


@needs_posix
def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    pipe, place, loop = tmp_path / "pipe", tmp_path / "socket", tmp_path / "loop"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    (tmp_path / "link").symlink_to(pipe)
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(place))
        assert why(place) == "is a socket, not a file"
    assert why(pipe) == why(tmp_path / "link") == "is a named pipe, not a file"
    assert why("/dev/zero") == "is a device, not a file"
    assert why(tmp_path) == "is a folder, not a file"
    assert why(tmp_path / "nowhere") == "cannot be read: No such file or directory"
    assert why(loop).startswith("cannot be read: Too many levels")


@needs_posix
def test_a_pipe_that_takes_the_place_of_a_file_after_it_was_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, really_open = tmp_path / "file", os.open
    path.write_bytes(b"sound")

    def swap(name: str, flags: int) -> int:
        path.unlink()
        os.mkfifo(path)
        return really_open(name, flags)

    monkeypatch.setattr(os, "open", swap)
    assert why(path) == "is a named pipe, not a file"


def test_a_file_that_grows_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, really_read = tmp_path / "file", os.read
    path.write_bytes(b"x")

    def grow(number: int, size: int) -> bytes:
        with path.open("ab") as more:
            more.write(b"y" * 10)
        return really_read(number, min(size, 10))

    monkeypatch.setattr(os, "read", grow)
    assert why(path) == "is larger than 0.1 kB, and no more is read"


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="there is no /proc")
def test_files_that_have_no_size_before_they_are_read() -> None:
    assert os.stat("/proc/self/status").st_size == 0
    assert read_regular("/proc/self/status", 100_000).startswith(b"Name:")


@needs_posix
def test_a_file_that_is_to_be_made_may_be_missing(tmp_path: Path) -> None:
    refuse_special_if_there(str(tmp_path / "new"))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnusableFileError, match="it is a named pipe, not a file"):
        refuse_special_if_there(str(tmp_path / "pipe"))


def test_sizes_are_told_in_round_numbers() -> None:
    assert [size_text(size) for size in (50_000_000, 1_000_000, 10_000)] == ["50 MB", "1 MB", "10 kB"]
