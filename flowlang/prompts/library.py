"""Which content a prompt of a flow stands for. Each plan has a list of its own, so calls in flight keep what they
began with.

    FOLDER/contents/DIGEST.wav     the sound (see `contents`)
    FOLDER/plans/PLAN.json         prompt name -> digest, for each plan that was ever served
"""

import json
import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from flowlang.plan import PromptFile
from flowlang.prompts.contents import Contents, is_digest, resource_id
from flowlang.prompts.files import make_folder, names_in, read_file, remove_file, write_file
from flowlang.prompts.finding import Read, digest_of, is_address
from flowlang.source import Unreadable
from flowlang.wav import read_wav, unplayable
from flowlang.wire.encode import PromptFile as Address

ENDING: Final = ".json"
RECENT_MS: Final = 86_400_000  # what is younger may belong to a flow that is just being put to work


class Library:
    """`base`: the address that prompts are served at, without a slash at the end. Raises `OSError`."""

    def __init__(self, folder: str, contents: Contents, base: str) -> None:
        self._folder, self._contents, self._base = os.path.join(folder, "plans"), contents, base
        self._known: dict[str, Mapping[str, str]] = {}
        make_folder(self._folder)

    # ------------------------------------------------------------ when flows are put to work

    def publish(self, plan: str, prompts: Sequence[PromptFile], read: Read) -> list[str]:
        """Keep what a plan plays; `plan` is its digest, `read` takes names of prompts. What is wrong, for the operator:
        with nothing wrong the flow can go live. Works on the disk. Raises `OSError`."""
        found: dict[str, str] = {}
        wrong: list[str] = []
        for prompt in prompts:
            if is_address(prompt.name):
                continue
            data = read(prompt.name)
            why = _why_not(prompt, data)
            if why or not isinstance(data, bytes):
                wrong.append(f"`{prompt.name}` {why}")
            else:
                found[prompt.name] = self._contents.put(data)
        if wrong:
            return wrong
        if self._list(plan) != found:
            write_file(self._folder, plan + ENDING, json.dumps(found, ensure_ascii=False).encode())
            self._known[plan] = found
        return []

    # ------------------------------------------------------------ while calls run

    def find(self, plan: str, call_id: str, name: str) -> Address | None:
        """Where Graph fetches a prompt; None: the plan has no such prompt. Graph keeps what it fetched from somebody
        else's address for one call only, since nobody tells us when it changes."""
        if is_address(name):
            return Address(name, str(uuid5(NAMESPACE_URL, f"{call_id} {name}")))
        digest = self._list(plan).get(name)
        return self.address(digest) if digest is not None else None

    def address(self, digest: str) -> Address:
        """Where a content of ours is served."""
        return Address(f"{self._base}/{digest}.wav", resource_id(digest))

    def _list(self, plan: str) -> Mapping[str, str]:
        known = self._known.get(plan)
        if known is None:
            known = self._known[plan] = _read_list(os.path.join(self._folder, plan + ENDING))
        return known

    def _is_recent(self, file: str, now_ms: int) -> bool:
        with suppress(OSError):
            return os.stat(os.path.join(self._folder, file)).st_mtime_ns // 1_000_000 > now_ms - RECENT_MS
        return False

    # ------------------------------------------------------------ now and then

    def forget(self, plans: Collection[str], also: Collection[str], now_ms: int) -> int:
        """Remove the lists of plans that nobody needs any more, and the sound that no list and nothing in `also` names.
        How many files of sound went. Works on the disk. Raises `OSError`."""
        wanted = set(also)
        for file in list(names_in(self._folder)):
            plan = file.removesuffix(ENDING)
            if plan in plans or self._is_recent(file, now_ms):
                wanted.update(self._list(plan).values())
            else:
                remove_file(self._folder, file)
                self._known.pop(plan, None)
        return self._contents.keep_only(wanted, now_ms - RECENT_MS)

    def drop(self, digests: Collection[str]) -> None:
        """Remove sound at once, but for what a list of a plan names. Works on the disk. Raises `OSError`."""
        listed = {one for file in names_in(self._folder) for one in self._list(file.removesuffix(ENDING)).values()}
        self._contents.remove(set(digests) - listed)


def _why_not(prompt: PromptFile, data: bytes | Unreadable | None) -> str:
    if data is None:
        return "is neither beside the flow nor in the folder of prompts"
    if isinstance(data, Unreadable):
        return data.reason
    if prompt.digest and digest_of(data) != prompt.digest:
        return "was changed while the flow was read"
    return unplayable(read_wav(data))


def _read_list(path: str) -> Mapping[str, str]:
    data = read_file(path)
    try:
        found = json.loads(data) if data is not None else {}
    except ValueError:
        found = {}
    if not isinstance(found, dict):
        return {}
    return {name: digest for name, digest in found.items() if isinstance(digest, str) and is_digest(digest)}
