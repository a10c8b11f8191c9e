"""Where a prompt of a flow is found by its name: beside the flow, else in the operator's folder. An `https` address is
fetched by Graph itself, and is none of ours."""

import hashlib
import os
from collections.abc import Callable

from flowlang.source import Unreadable
from flowlang.wav import read_wav

Read = Callable[[str], bytes | Unreadable | None]
"""The bytes of a file by its path, or of a prompt by its name; None: there is none."""


def is_address(name: str) -> bool:
    """Whether a prompt is fetched by Graph from somewhere else."""
    return name.startswith("https://")


def prompts_of(read: Read, flow_folder: str, operator_folder: str = "") -> Read:
    """Reads prompts by the names that a flow gives them. Names do not lead out of the operator's folder."""

    def read_prompt(name: str) -> bytes | Unreadable | None:
        plain = name.replace("\\", "/")
        if os.path.isabs(plain):
            return read(plain)
        found = read(os.path.join(flow_folder, plain))
        return found if found is not None else _in_operators(read, operator_folder, plain)

    return read_prompt


def files_of(read: Read, flow_folder: str, operator_folder: str = "") -> Read:
    """Reads files by their paths, for `check`; a WAV file that is not beside the flow is looked for in the operator's
    folder."""

    def read_file(path: str) -> bytes | Unreadable | None:
        found = read(path)
        if found is not None or not path.lower().endswith(".wav"):
            return found
        return _in_operators(read, operator_folder, os.path.relpath(path, flow_folder or ".").replace(os.sep, "/"))

    return read_file


def _in_operators(read: Read, folder: str, name: str) -> bytes | Unreadable | None:
    if not folder or os.path.isabs(name) or ".." in name.split("/"):
        return None
    return read(os.path.join(folder, name))


def digest_of(data: bytes) -> str:
    """The content of a prompt as a plan names it."""
    return hashlib.sha256(data).hexdigest()


def digests(read_prompt: Read) -> Callable[[str], str]:
    """For `compile_flow`: the digest of a prompt by its name; empty for an address, and for what cannot be read."""

    def digest(name: str) -> str:
        data = None if is_address(name) else read_prompt(name)
        return digest_of(data) if isinstance(data, bytes) else ""

    return digest


def lengths_ms(read_prompt: Read) -> Callable[[str], int]:
    """For `compile_flow`: how long a prompt plays; 0 where that cannot be told."""

    def length_ms(name: str) -> int:
        data = None if is_address(name) else read_prompt(name)
        wav = read_wav(data) if isinstance(data, bytes) else None
        return wav.length_ms if wav is not None else 0

    return length_ms
