"""What a call needs from the disk beside the flow: the lengths of its prompts, its calendars."""

from flowlang.analysis.load import resolve
from flowlang.regular_file import MOST_CALENDAR_BYTES
from flowlang.tools.files import read, read_bytes
from flowlang.tools.options import UsageError
from flowlang.wav import read_wav


def prompt_length_ms(name: str, flow: str) -> int:
    """How long a WAV file beside a flow plays; 0 where that cannot be told."""
    if name.startswith(("http://", "https://")):
        return 0
    data = read(resolve(name, flow))
    wav = read_wav(data) if isinstance(data, bytes) else None
    return wav.length_ms if wav is not None else 0


def calendar_text(name: str, flow: str) -> str:
    """The text of an `.ics` file beside a flow. Raises `UsageError`."""
    path = resolve(name, flow)
    try:
        text = read_bytes(path, MOST_CALENDAR_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text") from None
    from flowlang.calendars import CalendarError, read_calendar

    try:
        read_calendar(text)
    except CalendarError as error:
        raise UsageError(f"{path}: {error}") from None
    return text
