"""The page about settings, its example, the schema for editors; and that no text at all breaks the reader."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from flowlang.settings.model import Settings
from flowlang.settings.read import SettingsError, read
from tests.settings.schema_page import schema
from tests.settings.settings_page import EXAMPLE, PARTS, settings_page

PIECES = (
    "{", "}", "[", "]", ":", "- ", "&a ", "*a", "!!binary ", "? ", "\n", "  ", "\t", '"', "'", "no", "1e999", "~",
    "|\n", "<<: *a", "\x00", "é", "\ufeff", "%YAML 9\n", "---\n",
)  # fmt: skip


def mistakes_in(data: bytes) -> list[str] | None:
    """What is told; None: nothing is wrong."""
    try:
        read(data, "flowlang.yaml")
    except SettingsError as error:
        return [str(one) for one in error.mistakes]
    return None


def test_the_example_is_read_and_uses_what_the_page_lists() -> None:
    found = read(EXAMPLE.encode(), "flowlang.yaml").settings
    assert found.answers == {"+4930123456": "reception", "default": "front_desk"}
    assert found.hours["office"].open is False
    assert found.bots["desk"].secret.env == "FLOWLANG_SECRET"
    assert EXAMPLE in settings_page()


def test_every_setting_is_on_the_page_with_its_meaning() -> None:
    page = settings_page()
    models: list[type[BaseModel]] = [Settings, *[model for _, model in PARTS]]
    for model in models:
        for name in model.model_fields:
            rows = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
            assert rows, name
            assert all(len(row.split("|")[3].strip()) > 5 for row in rows), name


def test_the_schema_names_every_part() -> None:
    found = json.loads(schema())
    assert set(found["properties"]) == set(Settings.model_fields)
    assert found["additionalProperties"] is False
    assert found["$defs"]["Serve"]["properties"]["keep_calls"]["anyOf"][0]["pattern"]


@given(st.integers(0, len(EXAMPLE)), st.integers(0, 40), st.lists(st.sampled_from(PIECES), max_size=4))
def test_a_changed_file_is_read_or_told(at: int, length: int, pieces: list[str]) -> None:
    told = mistakes_in((EXAMPLE[:at] + "".join(pieces) + EXAMPLE[at + length :]).encode())
    assert told is None or (told and all(one.startswith("flowlang.yaml:") for one in told))


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_told(data: bytes) -> None:
    assert mistakes_in(data) != []


@pytest.mark.parametrize("name", ["url", "login_url", "configuration_url"])
def test_tokens_are_not_sent_in_the_clear(name: str) -> None:
    read(f"graph: {{{name}: 'http://127.0.0.1:8060'}}".encode(), "f.yaml")
    read(f"graph: {{{name}: 'https://graph.example.com'}}".encode(), "f.yaml")
    with pytest.raises(SettingsError) as caught:
        read(f"graph: {{{name}: 'http://graph.example.com'}}".encode(), "f.yaml")
    assert "only https:// keeps tokens secret" in str(caught.value.mistakes[0])
