"""The flows in the pages of the rules, and a small disk for them."""

import re
from typing import NamedTuple

from flowlang.analysis.check import Options, check_files
from flowlang.diagnostics import Diagnostic
from flowlang.rules import all_rules, proved_rules
from flowlang.rules.common import Rule, code_of
from flowlang.rules.flow import Granted
from flowlang.source import Source

FENCE = re.compile(r"^```flow (right|wrong)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


LITTLE = Granted(frozenset({"Calls.Initiate.All"}), False)
"""An application that may place calls and has no number."""


class Example(NamedTuple):
    """A flow in the page of a rule. `also`: other codes that it gives. `graph`: the version of Graph. `granted`: the
    settings say what the application has."""

    rule: Rule
    code: str
    is_wrong: bool
    also: tuple[str, ...]
    graph: str
    is_strict: bool
    granted: Granted
    text: str

    @property
    def name(self) -> str:
        return f"{self.code}-{'wrong' if self.is_wrong else 'right'}"


def examples_of(rule: Rule) -> list[Example]:
    found = []
    for kind, extra, text in FENCE.findall(rule.__doc__ or ""):
        graph = "v1.0" if "on v1.0" in extra else "beta"
        granted = LITTLE if "granted" in extra else Granted()
        also = tuple(re.findall(r"also ([\w-]+)", extra))
        found.append(Example(rule, code_of(rule), kind == "wrong", also, graph, "strict" in extra, granted, text))
    return found


EXAMPLES = [example for rule in (*all_rules(), *proved_rules()) for example in examples_of(rule)]


def wav(hertz: int = 16_000, bits: int = 16, channels: int = 1, milliseconds: int = 1_000, kind: int = 1) -> bytes:
    """A WAV file of silence."""
    each = channels * bits // 8
    sound = bytes(hertz * each * milliseconds // 1000)
    form = kind.to_bytes(2, "little") + channels.to_bytes(2, "little") + hertz.to_bytes(4, "little")
    form += (hertz * each).to_bytes(4, "little") + each.to_bytes(2, "little") + bits.to_bytes(2, "little")
    body = b"WAVEfmt " + len(form).to_bytes(4, "little") + form + b"data" + len(sound).to_bytes(4, "little") + sound
    return b"RIFF" + len(body).to_bytes(4, "little") + body


PEOPLE = b"""flow 1 "People"

contact heidi = user 550fae72-d251-43ec-868c-373732c2704f "Heidi Steen"
contact anna  = user 3f6e8a52-7c1d-4b90-9e24-5d8b1f7a6c03 "Anna Weber"
contact cell  = +12025550123 "A mobile"
group sales = heidi, anna
hours office = mon-fri 08:00-18:00 in Europe/Berlin

routine connect(person):
    consult person for 18s playing "hold.wav"
    transfer replacing consult
"""

DISK: dict[str, bytes] = {
    "people.flow": PEOPLE,
    "round.flow": b'use "test.flow"\ncontact desk = +12345678901\n',
    "a.flow": b'use "b.flow"\n',
    "b.flow": b'use "a.flow"\n',
    "with_handlers.flow": b"contact desk = +12345678901\non tone 1: hang up\n",
    "stereo.wav": wav(channels=2),
    "fast.wav": wav(hertz=44_100),
    "small.wav": wav(bits=8),
    "squeezed.wav": wav(kind=6),
    "not_sound.wav": b"ID3 this is an mp3",
    "long.wav": wav(milliseconds=9_000),
}


def read(path: str) -> bytes | None:
    """Every prompt is there and can be played, but those that say otherwise."""
    name = path.rpartition("/")[2]
    if name in DISK:
        return DISK[name]
    return wav() if name.endswith(".wav") and not name.startswith("missing") else None


def check(
    text: str, graph: str = "beta", is_strict: bool = False, explores: bool = False, granted: Granted | None = None
) -> list[Diagnostic]:
    """What is wrong with one flow called `test.flow`. `explores`: every call is played too."""
    assert graph in ("beta", "v1.0")
    options = Options("v1.0" if graph == "v1.0" else "beta", is_strict, explores, granted=granted or Granted())
    return check_files([Source("test.flow", text)], read, options)


def told(found: list[Diagnostic]) -> list[str]:
    """Findings as short lines, for messages of tests."""
    return [f"{one.source.path}:{one.source.position(one.span.start).line}: {one.code}: {one.message}" for one in found]
