"""Somebody is erased while the service runs: afterwards no byte of them is in any file of it, also after a kill."""

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Final

from tests.serve.processes import Town, town, until

ROOT: Final = Path(__file__).parents[2]
GONE: Final = ("+15550171", "+15550172", "+15550173", "+15550174")
STAYS: Final = ("+15550175", "+15550176")
SPELLED: Final = ("+1 555 0171", "001 (555) 0172", "tel:+1-555-0173", "+１５５５０１７４")


def files_with(folder: Path, text: str) -> list[str]:
    """Which files have a text in them: as it is, in capitals, or escaped as in JSON."""
    escaped = "".join([f"\\u{ord(sign):04x}" for sign in text])
    forms = {form.encode() for form in (text, text.upper(), text.lower(), text.lstrip("+"), escaped, escaped.upper())}
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    ]


def calls_are_over(one: Town, count: int) -> bool:
    figures = one.admin.get("/v1/figures")
    return bool(figures["over"] == count and not figures["to_send"])


def test_nothing_is_left_of_who_was_erased(tmp_path: Path) -> None:
    """Nor in a database of a release that did not overwrite, and whose update left a copy."""
    shutil.copytree(ROOT / "flows" / "prompts", tmp_path / "flows" / "prompts")
    shutil.copy(ROOT / "flows" / "consult.flow", tmp_path / "flows")
    database = tmp_path / "calls.db"
    with town(tmp_path) as one:
        one.start()
        for number in (*GONE, *STAYS):
            one.call(**{"from": number})
        until(lambda: calls_are_over(one, len(GONE) + len(STAYS)))
        one.kill()
        with sqlite3.connect(database) as db:
            db.execute("PRAGMA application_id = 0")
        db.close()
        shutil.copy(database, f"{database}.schema-1")
        one.start()
        assert {name.partition("-")[0] for name in files_with(tmp_path, GONE[0])} >= {"calls.db"}
        for number, who in zip(GONE, SPELLED, strict=True):
            assert len(one.admin.post("/v1/people/export", {"who": who})["calls"]) == 1
            assert one.admin.get("/v1/calls", who=who)["calls"][0]["caller"]["id"] == number
            done = one.admin.post("/v1/people/erase", {"who": who})
            assert done["erased"] == 1
            assert one.admin.get("/v1/calls", who=who)["calls"] == []
        one.kill()
        assert [(number, files_with(tmp_path, number)) for number in GONE if files_with(tmp_path, number)] == []
        assert all(files_with(tmp_path, number) for number in STAYS)
        audit = [json.loads(line) for line in (tmp_path / "calls.db.audit").read_text().splitlines()]
        said = {line["detail"]["who"] for line in audit if line["what"] == "erase"}
        assert said == {f"+15****{number[-2:]}" for number in GONE}
        assert not any(number[1:] in line for number in GONE for line in one.err)
        one.start()
        until(lambda: calls_are_over(one, len(STAYS)))
        assert not Path(f"{database}.schema-1").exists()
