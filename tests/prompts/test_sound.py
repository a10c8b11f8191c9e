"""Whatever form a voice has, what comes out is what the platform plays."""

import builtins
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlang.prompts.sound import SoundError, playable
from flowlang.wav import read_wav, unplayable
from tests.prompts.making import sound_of, tone, wav

QUIET = [0, 256, -256, 512, 25_600, -25_600]


def test_what_can_be_played_stays_as_it_is() -> None:
    data = wav()
    assert playable(data) is data


@pytest.mark.parametrize(("bits", "kind"), [(8, 1), (16, 1), (24, 1), (32, 1), (32, 3), (64, 3)])
def test_every_width(bits: int, kind: int) -> None:
    made = playable(wav(QUIET, bits=bits, kind=kind))
    assert unplayable(read_wav(made)) == ""
    assert sound_of(made) == QUIET


def test_channels_become_one() -> None:
    assert sound_of(playable(wav([100, 300, -100, -300, 7, 8], channels=2))) == [200, -200, 7]


@pytest.mark.parametrize("hertz", [8_000, 11_025, 22_050, 24_000, 44_100, 48_000])
def test_another_rate_is_the_same_sound(hertz: int) -> None:
    made = sound_of(playable(wav(tone(hertz), hertz=hertz)))
    wanted = tone(16_000)
    assert abs(len(made) - len(wanted)) <= 2
    middle = slice(500, 3_500)
    error = math.sqrt(sum((a - b) ** 2 for a, b in zip(made[middle], wanted[middle], strict=True)) / 3_000)
    assert error < 60  # of 12,000


def test_what_is_too_high_for_16_khz_does_not_come_back_as_something_else() -> None:
    made = sound_of(playable(wav(tone(44_100, pitch=11_000), hertz=44_100)))
    assert max(map(abs, made[500:3_500])) < 50


def test_a_length_that_a_pipe_could_not_know() -> None:
    whole = wav(QUIET)
    for size in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\xf0\xff\x7f"):
        assert sound_of(playable(whole[:40] + size + whole[44:])) == QUIET


def test_other_chunks_are_left_out() -> None:
    whole = wav(QUIET)
    made = playable(whole[:12] + b"LIST\x04\0\0\0abcd" + whole[12:])
    assert made == whole


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is no WAV"),
        (b"<html>", "it is no WAV"),
        (wav([]), "it holds no sound"),
        (wav(bits=8, kind=7), "it has format 7 with 8 bit; wanted is PCM with 16"),
        (wav(hertz=100), "it has 1 channels and 100 Hz"),
        (wav(hertz=4_000_000), "it has 1 channels and 4000000 Hz"),
        (wav(channels=30), "it has 30 channels and 16000 Hz"),
    ],
)
def test_what_cannot_be_played_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(SoundError) as error:
        playable(data)
    assert str(error.value) == why


def test_without_the_extra_other_rates_are_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *given: Any) -> Any:
        if name in ("soxr", "numpy"):
            raise ImportError(name)
        return real(name, *given)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(SoundError, match=r"it has 22\.05 kHz; use a voice of 16 kHz, or install flowlang\[voice\]"):
        playable(wav(hertz=22_050))
    assert sound_of(playable(wav(QUIET, bits=24))) == QUIET


@given(st.binary(max_size=120), st.integers(0, 60), st.binary(max_size=4))
def test_any_bytes_are_played_or_refused(tail: bytes, at: int, change: bytes) -> None:
    whole = bytearray(wav() + tail)
    whole[at : at + len(change)] = change
    try:
        made = playable(bytes(whole))
    except SoundError:
        return
    assert unplayable(read_wav(made)) == ""
