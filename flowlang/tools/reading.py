"""What a call needs from the disk beside the flow: the lengths of its prompts, its calendars."""

from flowlang.analysis.load import resolve
from flowlang.tools.files import read, read_bytes
from flowlang.tools.options import UsageError


def prompt_length_ms(name: str, flow: str) -> int:
    """How long a WAV file beside a flow plays; 0 where that cannot be told."""
    if name.startswith(("http://", "https://")):
        return 0
    data = read(resolve(name, flow))
    return wav_length_ms(data) if data is not None else 0


def wav_length_ms(data: bytes) -> int:
    """The length of a WAV file by its head: chunks `fmt ` (bytes a second) and `data` (bytes of sound)."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return 0
    at, rate = 12, 0
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if kind == b"fmt " and size >= 16:
            rate = int.from_bytes(data[at + 16 : at + 20], "little")
        elif kind == b"data":
            return min(size, len(data) - at - 8) * 1000 // rate if rate else 0
        at += 8 + size + size % 2
    return 0


def calendar_text(name: str, flow: str) -> str:
    """The text of an `.ics` file beside a flow. Raises `UsageError`."""
    path = resolve(name, flow)
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text") from None
    from flowlang.calendars import CalendarError, read_calendar

    try:
        read_calendar(text)
    except CalendarError as error:
        raise UsageError(f"{path}: {error}") from None
    return text
