"""The pages under docs/ hold true: their flows pass, their links lead somewhere, their lists are the program's own."""

import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from flowlang.analysis.check import check_files
from flowlang.call.results import CATALOGUE
from flowlang.diagnostics import Diagnostic, Severity
from flowlang.plan import WORDS
from flowlang.source import Source
from flowlang.syntax.parser import parse

ROOT = Path(__file__).parents[2]
FLOWS = ROOT / "flows"
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *ROOT.glob("README.md")]
LANGUAGE = (ROOT / "docs" / "reference" / "language.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KINDS = {"flow", "flow fragment", "sh", "text", "json", "yaml", "python", "toml"}


class Block(NamedTuple):
    page: Path
    number: int
    kind: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.page.stem}-{self.number}"


def blocks_of(page: Path) -> list[Block]:
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [Block(page, number, kind.strip(), text) for number, (kind, text) in enumerate(found, 1)]


BLOCKS = [block for page in PAGES if page.parent.name != "decisions" for block in blocks_of(page)]
WHOLE = [block for block in BLOCKS if block.kind == "flow"]
FRAGMENTS = [block for block in BLOCKS if block.kind == "flow fragment"]
COMMANDS = [line for block in BLOCKS if block.kind == "sh" for line in block.text.splitlines() if line.strip()]


def told(found: list[Diagnostic]) -> list[str]:
    return [f"{one.source.position(one.span.start).line}: {one.code}: {one.message}" for one in found]


def indented(text: str) -> str:
    return "".join(f"    {line}" if line.strip() else line for line in text.splitlines(keepends=True))


def is_ordinary(text: str) -> bool:
    """Whether a flow claims to leave nobody in silence. The one-liner does not: it has warnings, and that is right."""
    return len(text.strip().splitlines()) > 1


def test_the_pages_hold_flows_of_every_kind() -> None:
    assert len(WHOLE) > 10
    assert len(FRAGMENTS) > 5
    assert {block.kind for block in BLOCKS} <= KINDS, "a fence of an unknown kind would be tested by nothing"


@pytest.mark.parametrize("block", WHOLE, ids=lambda block: block.name)
def test_a_whole_flow_parses(block: Block) -> None:
    assert told(parse(Source(block.name, block.text)).diagnostics) == []


@pytest.mark.parametrize("block", FRAGMENTS, ids=lambda block: block.name)
def test_a_fragment_parses(block: Block) -> None:
    stands_alone = block.text.split()[0] in {"on", "after", "hours", "contact", "group", "stage", "routine", "service"}
    text = block.text if stands_alone else "on answered:\n" + indented(block.text)
    assert told(parse(Source(block.name, text)).diagnostics) == []


@pytest.mark.parametrize("block", WHOLE, ids=lambda block: block.name)
def test_a_whole_flow_passes_the_check(block: Block, tmp_path: Path) -> None:
    folder = shutil.copytree(FLOWS, tmp_path / "flows")
    file = folder / "block_of_a_page.flow"
    file.write_text(block.text, encoding="utf-8")
    assert complaints(file, block.text) == []


@pytest.mark.parametrize("file", sorted(FLOWS.glob("*.flow")), ids=lambda file: file.stem)
def test_a_shipped_flow_passes_the_check(file: Path) -> None:
    assert complaints(file, file.read_text(encoding="utf-8")) == []


def complaints(file: Path, text: str) -> list[str]:
    strict = {Severity.ERROR, Severity.WARNING} if is_ordinary(text) else {Severity.ERROR}
    return told([one for one in check_files([file]) if one.severity in strict])


def test_links_lead_to_a_page_and_a_heading() -> None:
    broken = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            path, _, anchor = target.partition("#")
            if "://" in target:
                continue
            goal = (page.parent / path) if path else page
            if not goal.exists() or (anchor and anchor not in anchors_of(goal)):
                broken.append(f"{page.name}: {target}")
    assert broken == []


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_flow_that_a_page_names_is_shipped_and_every_shipped_flow_is_named() -> None:
    named = {name for page in PAGES for name in re.findall(r"flows/(\w+\.flow)", page.read_text(encoding="utf-8"))}
    shipped = {file.name for file in FLOWS.glob("*.flow")}
    assert named - {"mine.flow"} == shipped  # mine.flow is what the reader of the tutorial writes


def test_commands_use_only_the_options_of_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    options = set(re.findall(r"--[a-z-]+", index))
    used = {option for line in COMMANDS for option in re.findall(r"--[a-z-]+", line)}
    assert used <= options
    assert {line.split()[1] for line in COMMANDS if line.startswith("flowlang")} == {"check", "run"}


def test_the_reference_lists_the_results_of_the_catalogue() -> None:
    table = LANGUAGE.split("<!-- names -->")[1].split("<!-- end of names -->")[0]
    assert dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", table, re.MULTILINE)) == {
        name: named.meaning for name, named in CATALOGUE.items()
    }


def test_the_reference_has_a_row_for_every_step() -> None:
    steps = LANGUAGE.split("## Steps")[1].split("## Targets")[0]
    rows = " ".join(re.findall(r"^\| ((?:`[^`]+` ?)+)", steps, re.MULTILINE))
    words = {word for word in WORDS.values() if word not in ("retry", "when")}  # their own sections
    assert {word for word in words if f"`{word}" not in rows} == set()


def test_the_readme_shows_the_shipped_flow() -> None:
    shipped = (FLOWS / "consult.flow").read_text(encoding="utf-8").split("\n", 1)[1]  # without its opening comment
    assert indented(shipped) in (ROOT / "README.md").read_text(encoding="utf-8")
