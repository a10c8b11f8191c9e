"""Every pattern of the package takes time in proportion to what it reads.

A text may come from anybody, and is read while calls wait. All patterns that stand in a module are found.
"""

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

import pytest

import flowlang

SHORT: Final = 3_000
TIMES: Final = 3  # how much longer the next text is
MOST_GROWTH: Final = TIMES * 1.8  # TIMES² where the work is quadratic
QUICK_SECONDS: Final = 0.003  # for the short text: quadratic work takes ten times as long
REPEATED: Final = (
    *"aA1 \t\n-_.+%/:@\"'=\\{}#\r[()d*`", "%3", "%31", "%20", "://", "://a", ":1", "a@", "a.", "a@a", "a-", "-a", "a1",
    "1 ", "1-", "+1", '"a', "= ", "a=", "a = ", "-a ", "{a", "\r\n", "secret", "secret ", "secret-", "-secret", "token",
    "api_key", "bearer", "bearer ", "basic\t", "name", "name ", "name=", "eyJ", "-eyJ", "-eyJa", "eyJa.", "?sig", "[::",
    "[0:", "/calls/", "0-", "0000-", "19", "2026-01-01T00:00", "00000000-0000-0000-0000-000000000000", "key ", "call ",
    "flow ", "*a", "a`", "```flow wrong\n", "- ", "function-", "1d", "1ms", "aA1",
    "\u00e9", "\u00a0", "\u200b",
)  # fmt: skip
AROUND: Final = (("", "!"), ("+", ""), ("+", "!"), ('secret="', ""), ("http://", "\n"))
NOT_OF_OUTSIDE: Final = ("flowlang.syntax", "flowlang.rules", "flowlang.tools.check_explain")
"""Patterns for flow files, which nobody sends, and for pages of our own."""
WHOLE_ONLY: Final = (
    "flowlang.settings.model._ADDRESS",
    "flowlang.telemetry.masking._PLAIN",
    "flowlang.telemetry.masking._PRIVATE_WORD",
)
"""Nobody looks for these inside a text."""


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for module in pkgutil.walk_packages(flowlang.__path__, "flowlang."):
        if module.name.startswith(NOT_OF_OUTSIDE) or module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            several = value if isinstance(value, tuple) else (value,)
            for at, one in enumerate(several):
                if isinstance(one, re.Pattern) and isinstance(one.pattern, str):
                    yield f"{module.name}.{name}" + (f"[{at}]" if isinstance(value, tuple) else ""), one


FOUND: Final = {one.pattern: (name, one) for name, one in patterns()}


def seconds(do: Callable[[str], object], text: str) -> float:
    """Of this thread alone: that others use the machine does not count."""
    best = float("inf")
    for _ in range(3):
        began = time.thread_time()
        do(text)
        best = min(best, time.thread_time() - began)
        if best < QUICK_SECONDS:
            break
    return best


def grows_too_fast(do: Callable[[str], object], build: Callable[[int], str]) -> str:
    """Empty, or what was measured."""
    short = seconds(do, build(SHORT))
    if short < QUICK_SECONDS:
        return ""
    longer = seconds(do, build(SHORT * TIMES))
    if longer / short < MOST_GROWTH:
        return ""
    return f"{SHORT} signs {short * 1000:.1f} ms, {SHORT * TIMES} signs {longer * 1000:.1f} ms"


def ways(pattern: re.Pattern[str], *, is_whole_only: bool = False) -> dict[str, Callable[[str], object]]:
    whole: dict[str, Callable[[str], object]] = {"fullmatch": pattern.fullmatch}
    return whole if is_whole_only else {"finditer": lambda text: list(pattern.finditer(text)), **whole}


def test_patterns_are_found() -> None:
    names = {name for name, _ in FOUND.values()}
    assert {"flowlang.telemetry.masking._ANY", "flowlang.telemetry.masking._PASSES[1]"} <= names
    assert len(FOUND) > 20


@pytest.mark.parametrize("name", sorted(name for name, _ in FOUND.values()))
def test_a_pattern_is_linear(name: str) -> None:
    pattern = next(one for called, one in FOUND.values() if called == name)
    slow = (
        f"{name}.{way} of {before!r} + {repeated!r}… + {after!r}: {told}"
        for way, do in ways(pattern, is_whole_only=name in WHOLE_ONLY).items()
        for repeated in REPEATED
        for before, after in AROUND
        if (told := grows_too_fast(
            do, lambda length, a=before, b=repeated, c=after: a + b * (length // len(b)) + c  # type: ignore[misc]
        ))
    )  # fmt: skip
    assert not list(islice(slow, 3))


def test_what_is_quadratic_is_seen() -> None:
    pattern = re.compile(r"[\w.]+@")
    assert grows_too_fast(ways(pattern)["finditer"], lambda length: "a" * length)
    assert not grows_too_fast(ways(re.compile(r"(?<![\w.])[\w.]++@"))["finditer"], lambda length: "a" * length)
