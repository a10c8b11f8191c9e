"""The pages under docs/ hold true: their flows pass, their links lead somewhere, their lists are the program's own."""

import re
import shlex
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from flowlang.call.results import CATALOGUE
from flowlang.diagnostics import Diagnostic
from flowlang.plan import WORDS
from flowlang.source import Source
from flowlang.syntax.parser import parse
from flowlang.tools import check, run
from flowlang.tools.cli import main

ROOT = Path(__file__).parents[2]
FLOWS = ROOT / "flows"
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *ROOT.glob("README.md")]
LANGUAGE = (ROOT / "docs" / "reference" / "language.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KINDS = {"flow", "flow fragment", "flow wrong", "flow right", "sh", "console", "text", "json", "yaml", "python", "toml"}


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


def told(found: Iterable[Diagnostic]) -> list[str]:
    return [f"{one.source.position(one.span.start).line}: {one.code}: {one.message}" for one in found]


def indented(text: str) -> str:
    return "".join(f"    {line}" if line.strip() else line for line in text.splitlines(keepends=True))


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
def test_a_whole_flow_passes_the_check(block: Block, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shutil.copytree(FLOWS, tmp_path / "flows")
    file = folder / "block_of_a_page.flow"
    file.write_text(block.text, encoding="utf-8")
    assert_clean(file, block.text, capsys)


@pytest.mark.parametrize("file", sorted(FLOWS.glob("*.flow")), ids=lambda file: file.stem)
def test_a_shipped_flow_passes_the_check(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_clean(file, file.read_text(encoding="utf-8"), capsys)


def assert_clean(file: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`check` finds nothing wrong, and under `--strict` neither, but in the one-liner: it has warnings, and rightly."""
    strict = ["--strict"] if len(text.strip().splitlines()) > 1 else []
    code = main(["check", str(file), *strict])
    said = capsys.readouterr()
    assert code == 0, said.out + said.err


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.parent.parent.name == "docs"], ids=lambda page: page.stem
)
def test_the_commands_of_a_page_can_be_typed(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the order of the page; the tutorial's `mine.flow` is the flow shown last above the command."""
    shutil.copytree(FLOWS, tmp_path / "flows")
    monkeypatch.chdir(tmp_path)
    for block in blocks_of(page):
        if block.kind == "flow":
            (tmp_path / "flows" / "mine.flow").write_text(block.text, encoding="utf-8")
        elif block.kind == "sh":
            for line in [line for line in block.text.splitlines() if line.startswith("flowlang ")]:
                code = main(shlex.split(line)[1:])
                said = capsys.readouterr()
                assert code in (0, 1), f"{line}\n{said.out}{said.err}"


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
    own = {"mine.flow"}  # what the reader of the tutorial writes, and may have written here
    assert named - own == shipped - own


def test_the_page_about_the_command_line_tells_every_option() -> None:
    page = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    for command in (check.COMMAND, run.COMMAND):
        part = page.split(f"## flowlang {command.name}\n")[1].split("\n## ")[0]
        assert {f"--{option.name}" for option in command.options} - {"--help"} <= set(re.findall(r"--[a-z-]+", part))


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
