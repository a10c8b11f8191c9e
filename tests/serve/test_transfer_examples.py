"""The five examples of Graph's page "call: transfer", each as a call: a simulated Graph in one process, the service in
another, an SQLite file between the calls and the disk. What Graph is sent is what the page shows."""

import json
import shutil
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_DNS, uuid5

import pytest

from flowlang.call.session import Session
from flowlang.codec import decode
from flowlang.engine.step import is_finished
from flowlang.store.sqlite import SqliteStore
from tests.flows.test_transfer_examples import EXAMPLES, GIVEN_OUT, page_of, place_ids, without_types
from tests.serve.processes import Town, town, until

ROOT: Final = Path(__file__).parents[2]
ACCOUNTS: Final = {name: str(uuid5(NAMESPACE_DNS, name)) for name in EXAMPLES}
"""A resource account for each flow; the settings say which flow answers it."""


def requests(lines: list[dict[str, Any]], operation: str) -> list[dict[str, Any]]:
    """The requests of a call with that operation, in order."""
    return [one for one in lines if one["kind"] == "request" and one["text"].partition(" ")[0] == operation]


def of_page(name: str, line: dict[str, Any]) -> dict[str, Any]:
    """A body that was sent, with the page's ids in place of those that Graph gave out here."""
    page = page_of(EXAMPLES[name][0])
    return dict(without_types(place_ids(json.loads(line["body"]), page)))


def placed(one: Town, name: str) -> str:
    return one.call(to=ACCOUNTS[name], group=["guest"] if "group" in name else [])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    (folder / "flows").mkdir()
    shutil.copytree(ROOT / "flows" / "prompts", folder / "flows" / "prompts")
    for name in EXAMPLES:
        shutil.copy(ROOT / "flows" / f"{name}.flow", folder / "flows")
    return folder


def test_the_five_examples_of_the_page_from_process_to_process(folder: Path) -> None:
    with town(folder, answers={ACCOUNTS[name]: name for name in EXAMPLES}) as one:
        service = one.start()
        calls = {name: placed(one, name) for name in EXAMPLES}
        for name, call_id in calls.items():
            view, lines = one.told(call_id)
            (sent,) = requests(lines, "transfer")
            assert of_page(name, sent) == without_types(page_of(EXAMPLES[name][0])), name
            assert (sent["call_id"], sent["status"]) == (call_id, 202), name
            assert view["ending"]["word"] == "transferred", name
            target = json.loads(sent["body"])["transferTarget"]
            if "consultative" in name:  # the call that is replaced is the one that was made before
                (made,) = requests(lines, "create")
                assert target["replacesCallId"] == made["call_id"] == view["legs"][0], name
            # A leg may be gone by itself before it is hung up.
            assert not [line for line in lines if line["trouble"] and not line["text"].startswith("delete")], name
        until(lambda: one.admin.get("/v1/figures")["live"] == 0)
        assert one.sim.get("/sim/complaints") == {"complaints": []}
        one.kill()
        assert not [line for line in service.err if "Traceback" in line or "rests" in line]
    store = SqliteStore(str(folder / "calls.db"), read_only=True)
    try:
        over = {call.call_id: decode(Session, call.state) for call in store.calls(20, over=True)}
        assert set(over) == set(calls.values())
        assert all(is_finished(session) for session in over.values())
        assert store.counts()._replace(over=0) == (0, 0, 0, 0, 0)
    finally:
        store.close()


def test_every_id_that_is_not_compared_is_one_that_graph_gives_out() -> None:
    """`place_ids` may not hide more than that."""
    hidden = {key for name in EXAMPLES for key in _different(page_of(EXAMPLES[name][0]))}
    assert hidden == set(GIVEN_OUT)


def _different(page: dict[str, Any]) -> set[str]:
    """Members that may be something else and are still taken for the page's."""
    other = {key: _other(value) for key, value in page.items()}
    return _kept(place_ids(other, page), page)


def _other(value: Any) -> Any:
    return {key: _other(one) for key, one in value.items()} if isinstance(value, dict) else f"not {value}"


def _kept(placed_: dict[str, Any], page: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    for key, value in page.items():
        if isinstance(value, dict):
            found |= _kept(placed_[key], value)
        elif placed_[key] == value:
            found.add(key)
    return found
