"""What programs read: SARIF against the official schema, workflow commands of GitHub, JUnit, JSON."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlang.analysis.check import Options, check_files
from flowlang.diagnostics import Diagnostic, Edit, Fix, Note, Severity, Told
from flowlang.source import Source, Span
from flowlang.tools.check_github import render_github
from flowlang.tools.check_junit import render_junit
from flowlang.tools.check_places import seen_from
from flowlang.tools.check_sarif import render_sarif
from flowlang.tools.cli import main
from tests.rules.cases import CASES, EXPLORED_CASES
from tests.rules.examples import read

ROOT = "/project"
SCHEMA = json.loads((Path(__file__).parent / "sarif" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())


def golden(case: Path) -> list[Diagnostic]:
    is_strict = case in EXPLORED_CASES
    source = Source(f"flows/{case.name}", case.read_text(encoding="utf-8"))
    return check_files([source], read, Options(is_strict=is_strict, explores=is_strict))


def one(message: str = "what is wrong", path: str = "flows/x.flow", severity: Severity = Severity.ERROR) -> Diagnostic:
    source = Source(path, "on answered:\n    transfer to ana\n    hang up\n")
    start = source.text.index("ana")
    note = Note(source, Span(0, 11), "it was declared here")
    call = (Told("caller", "flow", "calls"), Told("flow", "", "has nothing left to do"))
    fix = Fix("write `anna`", (Edit(Span(start, start + 3), "anna"),))
    return Diagnostic(
        "unknown-name", severity, source, Span(start, start + 3), message, "do this", (note,), "", call, fix=fix
    )


# ---------------------------------------------------------------- SARIF


@pytest.mark.parametrize("case", [*CASES, *EXPLORED_CASES], ids=lambda case: case.stem)
def test_sarif_is_valid(case: Path) -> None:
    log = render_sarif(golden(case), ROOT, "1.2.3")
    VALIDATOR.validate(json.loads(json.dumps(log)))


def test_the_schema_is_looked_at() -> None:
    log = json.loads(json.dumps(render_sarif([one()], ROOT, "1.2.3")))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(log)


def test_sarif_has_everything() -> None:
    log = json.loads(json.dumps(render_sarif([one(), one(path="flows/ä b.flow")], ROOT, "1.2.3")))
    VALIDATOR.validate(log)
    [run] = log["runs"]
    [rule] = run["tool"]["driver"]["rules"]
    assert rule["id"] == "unknown-name"
    assert rule["shortDescription"]["text"].startswith("A name that nothing declares")
    assert "on answered: transfer to deks" in rule["help"]["text"]
    assert "```" in rule["help"]["markdown"]
    assert "```" not in rule["help"]["text"]
    assert run["columnKind"] == "unicodeCodePoints"
    result, other = run["results"]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("unknown-name", 0, "error")
    assert result["message"]["text"] == "What is wrong. Do this."
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "flows/x.flow", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 2, "startColumn": 17, "endLine": 2, "endColumn": 20}
    assert result["relatedLocations"][0]["message"]["text"] == "It was declared here."
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["message"]["text"] for step in steps] == [
        "caller → flow: calls", "flow: has nothing left to do"
    ]  # fmt: skip
    [replacement] = result["fixes"][0]["artifactChanges"][0]["replacements"]
    assert (replacement["insertedContent"], replacement["deletedRegion"]) == ({"text": "anna"}, place["region"])
    uri = other["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote(uri) == "flows/ä b.flow"
    assert " " not in uri


def test_levels_of_sarif() -> None:
    found = [one(severity=severity) for severity in Severity]
    log = json.loads(json.dumps(render_sarif(found, ROOT, "1.2.3")))
    assert [result["level"] for result in log["runs"][0]["results"]] == ["error", "warning", "note"]


def test_a_fingerprint_outlives_new_lines_elsewhere() -> None:
    first = one()
    text = "# new\n" + first.source.text
    start = text.index("ana")
    moved = first._replace(source=Source(first.source.path, text), span=Span(start, start + 3), notes=())
    prints = [
        result["partialFingerprints"]
        for result in json.loads(json.dumps(render_sarif([first, moved, one("other")], ROOT, "1")))["runs"][0][
            "results"
        ]
    ]
    assert prints[0] == prints[1] != prints[2]


def test_a_file_elsewhere_has_a_whole_address() -> None:
    log = json.loads(json.dumps(render_sarif([one(path="/other/x.flow")], ROOT, "1")))
    VALIDATOR.validate(log)
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "file:///other/x.flow"}


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("flows/x.flow", "flows/x.flow"), ("./flows/../x.flow", "x.flow"), ("/project/a/x.flow", "a/x.flow"),
        ("/projects/x.flow", "/projects/x.flow"), ("../x.flow", "/x.flow"),
    ],
)  # fmt: skip
def test_paths_are_relative_to_the_root(path: str, seen: str) -> None:
    assert seen_from(path, ROOT) == seen


# ---------------------------------------------------------------- GitHub


COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as a runner reads it."""
    match = COMMAND.fullmatch(line)
    assert match, line
    word, properties, message = match.groups()
    values = dict(one.split("=", 1) for one in properties.split(","))
    signs = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}

    def plain(text: str, known: str) -> str:
        return re.sub(known, lambda found: signs[found[0]], text)

    return word, {k: plain(v, "%0D|%0A|%3A|%2C|%25") for k, v in values.items()}, plain(message, "%0D|%0A|%25")


def test_a_workflow_command() -> None:
    word, values, message = parsed(render_github([one()], ROOT).removesuffix("\n"))
    assert word == "error"
    assert values == {
        "file": "flows/x.flow", "line": "2", "endLine": "2", "col": "17", "endColumn": "20", "title": "unknown-name"
    }  # fmt: skip
    assert message.split("\n")[0] == "what is wrong"
    assert message.split("\n")[-1] == "help: do this"
    assert "  caller → flow: calls" in message


def test_columns_only_on_one_line() -> None:
    long = one()._replace(span=Span(0, 25))
    _, values, _ = parsed(render_github([long], ROOT).removesuffix("\n"))
    assert "col" not in values
    assert (values["line"], values["endLine"]) == ("1", "2")


@given(st.text(max_size=40), st.text(st.characters(exclude_characters="/\\\0"), min_size=1, max_size=20))
def test_any_message_and_path_come_through(message: str, path: str) -> None:
    name = f"d/x{path}x"
    [line] = render_github([one(message, path=name)._replace(call=(), notes=(), help="")], ROOT)[:-1].split("\n")
    _, values, told = parsed(line)
    assert values["file"] == name
    assert told == message


# ---------------------------------------------------------------- JUnit


def test_junit_has_a_suite_for_each_file() -> None:
    found = [one(), one(severity=Severity.WARNING), one(path="b.flow")]
    root = ET.fromstring(render_junit(found, ["flows/x.flow", "good.flow"], ROOT))
    assert (root.tag, root.attrib["tests"], root.attrib["failures"]) == ("testsuites", "4", "2")
    suites = {suite.attrib["name"]: suite for suite in root}
    assert list(suites) == ["flows/x.flow", "good.flow", "b.flow"]
    assert [suite.attrib["failures"] for suite in root] == ["1", "0", "1"]
    failure, warning = suites["flows/x.flow"]
    assert failure.attrib["name"] == "unknown-name at 2:17"
    assert failure[0].tag == "failure"
    assert failure[0].attrib == {"type": "unknown-name", "message": "what is wrong"}
    assert "flows/x.flow:2:17" in (failure[0].text or "")
    assert warning[0].tag == "system-out"
    [passed] = suites["good.flow"]
    assert len(passed) == 0


@given(st.text(), st.text(min_size=1, max_size=20))
def test_junit_can_be_read_whatever_the_texts_are(message: str, path: str) -> None:
    text = render_junit([one(message, path=f"x{path.replace(chr(0), '')}")], [], ROOT)
    root = ET.fromstring(text.encode("utf-8"))
    expected = "".join(c if c in "\t\n" or c.isprintable() or ord(c) >= 0xA0 else "\ufffd" for c in message)
    if message.isascii() and message.isprintable():
        assert root[0][0][0].attrib["message"] == expected


# ---------------------------------------------------------------- the command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.flow").write_text("on answered: hang up\non failed: hang up\n")
    (tmp_path / "wrong.flow").write_text(
        "contact anna = +12025550123\non answered: transfer to ana\non failed: hang up\n"
    )
    return tmp_path


def test_every_form_gives_the_same_exit_code(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = {}
    for form in ("text", "json", "sarif", "github", "junit"):
        assert main(["check", "good.flow", "--format", form]) == 0
        capsys.readouterr()
        assert main(["check", ".", "--format", form]) == 1
        told[form] = capsys.readouterr().out
        assert "unknown-name" in told[form]
    VALIDATOR.validate(json.loads(told["sarif"]))
    assert told["github"].endswith("1 error in 2 files\n")
    assert {suite.attrib["name"] for suite in ET.fromstring(told["junit"])} == {"good.flow", "wrong.flow"}
    diagnostics = json.loads(told["json"])["diagnostics"]
    [fix] = [one["fix"] for one in diagnostics if "fix" in one]
    assert fix.keys() == {"title", "safe", "edits"}
    assert fix["edits"][0]["text"] == "anna"
