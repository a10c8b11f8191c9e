"""What readers see of a person."""

import anyio
import pytest

from flowlang.admin.access import Person, token_of
from flowlang.admin.doors import seen_by
from flowlang.admin.masking import masked, masked_json, masked_ladder
from flowlang.admin.shapes import CallView, PartyView
from tests.admin.rig import Rig

READER = token_of("wall board", "reader", "reader-token-0123456789")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+15550100", "+15****00"),
        ("call from +15550100, again", "call from +15****00, again"),
        ("15550100", "155***00"),
        ("12345", "*****"),
        ("tel:+15550100", "tel:+15****00"),
        ("200/540000", "200/540000"),
        ("480#10076", "480#10076"),
        ("550fae72-d251-43ec-868c-373732c2704f", "550fae72-d251-43ec-868c-373732c2704f"),
        ("12345678-1234-4234-8234-123456789012", "12345678-1234-4234-8234-123456789012"),
        ("2026-01-19T12:00:00.010000Z", "2026-01-19T12:00:00.010000Z"),
        ("lasts 1234 s", "lasts 1234 s"),
    ],
)
def test_numbers_are_masked_and_nothing_else(text: str, expected: str) -> None:
    assert masked(text) == expected
    assert len(masked(text)) == len(text)


def test_keys_and_values_are_not_in_a_ladder() -> None:
    ladder = "  |  key 7  |\n  |  key pound |  pin = 1234  tries = 2\n  |  500/7000 |"
    assert masked_ladder(ladder) == "  |  key *  |\n  |  key * |  pin = ***  tries = ***\n  |  500/7000 |"


def test_json_is_masked_all_through() -> None:
    assert masked_json({"a": ["+15550100", {"+15550100": 15550100}]}) == {"a": ["+15****00", {"+15****00": 15550100}]}


def test_a_view_is_masked_but_not_which_call_it_is() -> None:
    view = CallView(id="15550100", state="live", caller=PartyView(kind="phone", id="+15550100"))
    seen = seen_by(Person("wall board", "reader"), view)
    assert seen.caller == PartyView(kind="phone", id="+15****00")
    assert seen.id == "15550100"
    assert seen_by(Person("eve", "operator"), view) is view


def test_a_reader_sees_no_number_anywhere() -> None:
    async def main() -> None:
        rig = Rig(
            {"queue": 'on answered: gather 4 digits as pin\non tone 1: hang up\non failed: hang up\nlet note = "x"'},
            [READER],
        )
        rig.call("incoming -> *\nestablished -> *\naudio -> *\ntone 7 -> *\ntone 8 -> *")
        shown = []
        async with rig.client("reader-token-0123456789") as client:
            for path in ("/v1/calls", "/v1/calls/call-one", "/v1/calls/call-one/journal", "/v1/calls/call-one/ladder"):
                answer = await client.get(path)
                assert answer.status_code == 200
                shown.append(answer.text)
        text = "\n".join(shown)
        assert "4989123456" not in text
        assert "+15550100" not in text
        assert "+49******56" in text
        assert "key 7" not in text
        assert '"7"' not in text
        assert "a key on the caller's leg" in text
        assert '"variables":{}' in text

    anyio.run(main)
