"""A prompt that the platform cannot play, or that is not there.

Graph plays WAV files only: PCM, 16 kHz, 16 bit, one channel. Anything else fails in the middle of the call with
400/8535, and the caller hears nothing. Names are looked for beside the flow; an `https` address is left alone.

```flow wrong
contact desk = +12345678901

on answered: play "welcome.mp3" then transfer to desk
on failed: hang up
```

```flow right
contact desk = +12345678901

on answered: play "welcome.wav" then transfer to desk
on failed: hang up
```
"""

from collections.abc import Iterator

from flowlang.analysis.load import resolve
from flowlang.rules.common import Finding, Flow, Severity, at_step
from flowlang.source import Unreadable
from flowlang.wav import CURE, Wav, read_wav, unplayable

SEVERITY = Severity.ERROR


def check(flow: Flow) -> Iterator[Finding]:
    said: set[str] = set()
    for at in flow.steps:
        prompts = at.step.prompts if at.word != "join" else ()
        for text in (*prompts, at.step.playing, at.step.announcing):
            if (
                text is None
                or text.plain in said
                or not all(isinstance(part, str) for part in text.parts)
                or not text.parts
            ):
                continue
            said.add(text.plain)
            wrong = _why_wrong(flow, text.plain)
            if wrong is not None:
                yield at_step(at, wrong[0], wrong[1], text.span)


def _why_wrong(flow: Flow, name: str) -> tuple[str, str] | None:
    if name.startswith("https://"):
        return None
    if name.startswith("http://"):
        return "prompts are fetched over https only", "write the address with `https://`"
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending != "wav":
        return f"`{name}` is not a WAV file, and the platform plays nothing else", CURE
    data = flow.read(resolve(name, flow.main.source.path))
    if data is None:
        return f"there is no file `{name}` beside the flow", "check its name and folder"
    if isinstance(data, Unreadable):
        return f"`{name}` {data.reason}", "put the sound itself there: " + CURE
    return _why_unplayable(name, read_wav(data))


def _why_unplayable(name: str, wav: Wav | None) -> tuple[str, str] | None:
    why = unplayable(wav)
    return (f"`{name}` {why}", CURE) if why else None
