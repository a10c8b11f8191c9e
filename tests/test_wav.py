"""The head of WAV files."""

import pytest

from flowlang.wav import Wav, read_wav, unplayable
from tests.rules.examples import wav


def test_what_the_platform_plays() -> None:
    assert read_wav(wav()) == Wav(format=1, channels=1, hertz=16_000, bits=16, bytes_of_sound=32_000, begins=44)
    found = read_wav(wav(milliseconds=2_500))
    assert found is not None
    assert found.length_ms == 2_500


def test_other_chunks_are_passed_over() -> None:
    plain = wav()
    extra = b"LIST" + (3).to_bytes(4, "little") + b"abc\0"  # an odd length is filled up
    found = read_wav(plain[:12] + extra + plain[12:])
    assert found is not None
    assert found._replace(begins=44) == read_wav(plain)
    assert found.begins == 44 + len(extra)


def test_the_extensible_form_says_its_kind_later() -> None:
    form = (0xFFFE).to_bytes(2, "little") + wav()[22:36] + bytes(8) + (1).to_bytes(2, "little") + bytes(14)
    data = b"RIFF\0\0\0\0WAVEfmt " + len(form).to_bytes(4, "little") + form + b"data\0\0\0\0"
    found = read_wav(data)
    assert found is not None
    assert (found.format, found.hertz, found.bits) == (1, 16_000, 16)


@pytest.mark.parametrize("cut", range(44))
def test_a_file_that_is_cut_off_is_none(cut: int) -> None:
    found = read_wav(wav()[:cut])
    assert found is None or found.bytes_of_sound == 0


def test_something_else_is_none() -> None:
    assert read_wav(b"") is None
    assert read_wav(b"ID3" + bytes(100)) is None
    assert read_wav(b"RIFF\0\0\0\0AVI " + bytes(100)) is None


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (wav(), ""),
        (b"no sound", "ends in .wav, but holds something else"),
        (wav(hertz=8_000), "has 8 kHz, which the platform does not play"),
        (wav(bits=8, channels=2), "has 8 bit and is in stereo, which the platform does not play"),
        (wav(kind=7, bits=8), "is compressed, which the platform does not play"),
    ],
)
def test_what_the_platform_does_not_play_is_said(data: bytes, why: str) -> None:
    assert unplayable(read_wav(data)) == why
