"""Which findings are told: the command line, and `flowlang.yaml`."""

from pathlib import Path

import pytest

from flowlang.analysis.check import check_files
from flowlang.ladder.canvas import Look
from flowlang.rules import all_rules, proved_rules
from flowlang.rules.common import code_of
from flowlang.syntax.pages import PAGES
from flowlang.tools.check_codes import by_code, codes_in, groups
from flowlang.tools.check_explain import explained, listing
from flowlang.tools.check_settings import read_settings
from flowlang.tools.cli import main
from flowlang.tools.options import UsageError
from tests.rules.cases import CASES, seen
from tests.rules.examples import FENCE, check
from tests.tools.test_fix import SYNTAX_CASES

LOOK = Look(78, False, True)
FLOW = "contact anna = +12025550123\non answered: transfer to ana\non failed: hang up   # allow legs\n"
STRANDS = 'on answered: log "hello"\non failed: hang up\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "deep").mkdir()
    (tmp_path / "x.flow").write_text(FLOW)
    (tmp_path / "deep" / "y.flow").write_text(FLOW)
    (tmp_path / "strands.flow").write_text(STRANDS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(words: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """`file:code` of every finding."""
    main(["check", *words])
    lines = [line for line in capsys.readouterr().out.splitlines() if "]: " in line]
    return [f"{line.partition(':')[0]}:{line[line.index('[') + 1 : line.index(']')]}" for line in lines]


# ---------------------------------------------------------------- --select and --ignore


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ([], ["unknown-name", "allow-without-reason"]),
        (["--select", "unknown-name"], ["unknown-name"]),
        (["--select", "names,comments"], ["unknown-name", "allow-without-reason"]),
        (["--select", "legs,transfers"], []),
        (["--select", "legs", "--select", "allow-without-reason"], ["allow-without-reason"]),
        (["--ignore", "unknown-name"], ["allow-without-reason"]),
        (["--ignore", "names,comments"], []),
        (["--select", "names,comments", "--ignore=allow-without-reason"], ["unknown-name"]),
    ],
)
def test_select_and_ignore(folder: Path, words: list[str], codes: list[str], capsys) -> None:
    assert told(["x.flow", *words], capsys) == [f"x.flow:{code}" for code in codes]


def test_what_cannot_be_read_is_told_whatever_is_selected(folder: Path, capsys) -> None:
    (folder / "x.flow").write_text("on answered hang up\n")
    assert told(["x.flow", "--select", "legs"], capsys) == ["x.flow:missing-colon"]


def test_a_selected_proof_is_made_without_strict(folder: Path, capsys) -> None:
    assert told(["strands.flow"], capsys) == []
    assert told(["strands.flow", "--select", "stranded-caller"], capsys) == ["strands.flow:stranded-caller"]
    assert told(["strands.flow", "--select", "legs"], capsys) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--select", "unknwon-name"], "--select: there is no check unknwon-name; did you mean unknown-name?"),
        (["--ignore", "lges"], "--ignore: there is no check lges; did you mean legs?"),
        (["--select", "xyzzy"], "there is no check xyzzy; see flowlang check --explain"),
        (["--select", ","], "--select needs the name of a check or of a group"),
        (["--ignore", "missing-colon"], "missing-colon cannot be left out"),
        (["--explain", "stranded-calller"], "there is no check stranded-calller; did you mean stranded-caller?"),
        (["--explain", "missing-color"], "did you mean missing-colon?"),
    ],
)
def test_words_that_mean_nothing(folder: Path, words: list[str], says: str, capsys) -> None:
    assert main(["check", *([] if "--explain" in words else ["x.flow"]), *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.count("\n") == 1


# ---------------------------------------------------------------- flowlang.yaml


def test_settings_hold_beside_and_below(folder: Path, capsys) -> None:
    (folder / "flowlang.yaml").write_text("check:\n  ignore: [allow-without-reason]\n")
    assert told(["x.flow"], capsys) == ["x.flow:unknown-name"]
    assert told(["deep/y.flow"], capsys) == ["deep/y.flow:unknown-name"]
    (folder / "deep" / "flowlang.yaml").write_text("check: {select: [allow-without-reason]}\n")
    assert told(["x.flow", "deep/y.flow"], capsys) == ["deep/y.flow:allow-without-reason", "x.flow:unknown-name"]
    assert told(["deep/y.flow", "--select", "unknown-name"], capsys) == ["deep/y.flow:unknown-name"]
    assert told(["x.flow", "--ignore", "unknown-name"], capsys) == []


def test_settings_above_the_root_of_the_project_do_not_hold(folder: Path, capsys) -> None:
    (folder / "deep" / ".git").mkdir()
    (folder / "flowlang.yaml").write_text("check: {ignore: [names, comments]}\n")
    assert told(["deep/y.flow"], capsys) == ["deep/y.flow:unknown-name", "deep/y.flow:allow-without-reason"]


def test_strict_and_graph(folder: Path, capsys) -> None:
    assert main(["check", "strands.flow"]) == 0
    (folder / "flowlang.yaml").write_text("check:\n  strict: true\n")
    assert main(["check", "strands.flow"]) == 1
    assert read_settings(str(folder / "flowlang.yaml")).is_strict
    (folder / "flowlang.yaml").write_text("check:\n  graph: v1.0\n")
    assert read_settings(str(folder / "flowlang.yaml")).graph == "v1.0"


@pytest.mark.parametrize("text", ["", "# nothing\n", "check: {}\n", "{}\n"])
def test_settings_may_say_nothing(folder: Path, text: str) -> None:
    (folder / "flowlang.yaml").write_text(text)
    found = read_settings(str(folder / "flowlang.yaml"))
    assert found[1:] == (frozenset(), frozenset(), False, "beta", None, None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("chek: {}\n", ":1:1: there is no setting chek in the file; did you mean check?"),
        ("check:\n  slect: [legs]\n", ":2:3: there is no setting slect in `check`; did you mean select?"),
        (
            "check:\n  xyz: 1\n",
            ":2:3: there is no setting xyz in `check`; "
            "there are select, ignore, strict, graph, roles, resource_account",
        ),
        (
            "check:\n  select: [legs, unknwon-name]\n",
            ":2:18: there is no check unknwon-name; did you mean unknown-name?",
        ),
        ("check:\n  select: legs\n", ":2:11: select is a list of checks and groups"),
        ("check:\n  select: [[legs]]\n", ":2:12: here should be the name of a check or a group"),
        ("check:\n  ignore:\n    - missing-colon\n", ":3:7: missing-colon cannot be left out"),
        ("check:\n  strict: yes\n", ":2:11: strict is true or false, not yes"),
        ("check:\n  graph: 1.0\n", ":2:10: graph is v1.0 or beta, not 1.0"),
        ("check:\n  roles: Calls.Initiate.All\n", ":2:10: roles is a list of roles"),
        (
            "check:\n  roles: [Calls.Initate.All]\n",
            ":2:11: no role for calls is called Calls.Initate.All; did you mean Calls.Initiate.All?",
        ),
        ("check:\n  resource_account: maybe\n", ":2:21: resource_account is true or false"),
        ("check:\n  graph: [v1.0]\n", ":2:10: graph is v1.0 or beta"),
        ("check:\n  strict: true\n  strict: false\n", ":3:3: strict is here for the second time"),
        ("check: 3\n", ":1:8: `check` holds names and values"),
        ("- a\n", ":1:1: the file holds names and values"),
        ("check: [1, 2\n", ":2:1: this cannot be read as YAML"),
        ("a: 1\n---\nb: 2\n", ":2:1: this cannot be read as YAML"),
        ("a: \x01\n", ": this cannot be read as YAML"),
        ("[" * 1500, ": this"),
    ],
)
def test_mistakes_in_the_settings_are_one_line_with_the_place(folder: Path, text: str, says: str, capsys) -> None:
    (folder / "flowlang.yaml").write_text(text)
    assert main(["check", "x.flow"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"flowlang.yaml{says}" in err
    assert err.count("\n") == 1


def test_settings_that_are_no_text(folder: Path) -> None:
    (folder / "flowlang.yaml").write_bytes(b"check: \xff\n")
    with pytest.raises(UsageError, match="no UTF-8 text"):
        read_settings(str(folder / "flowlang.yaml"))


# ---------------------------------------------------------------- --explain


def test_every_code_that_is_given_can_be_explained() -> None:
    """All codes of the golden texts, and all rules, are known."""
    given = {code_of(rule) for rule in (*all_rules(), *proved_rules())} | PAGES.keys()
    texts = [case.with_suffix(".txt").read_text(encoding="utf-8") for case in (*CASES, *SYNTAX_CASES)]
    for text in texts:
        given |= {
            part.partition("]")[0] for word in ("error", "warning", "info") for part in text.split(f"{word}[")[1:]
        }
    assert given <= by_code().keys()


@pytest.mark.parametrize("code", sorted(by_code()))
def test_a_page_in_the_terminal(code: str) -> None:
    text = explained(code, LOOK)
    entry, _ = by_code()[code]
    assert text.startswith(f"{code}: {entry.severity.value}\n")
    assert "```" not in text
    assert ("Better:" in text) or code == "budget-exceeded"
    assert ("cannot be allowed" in text) or (f"# allow {code} because" in text) or "no comment can allow" in text


def test_what_a_page_says_about_allowing_is_true() -> None:
    wrong = (
        "contact a = +12345678901\non answered: transfer to b   # allow unknown-name because so\non failed: hang up\n"
    )
    assert {one.code for one in check(wrong)} >= {"unknown-name"}
    assert "cannot be allowed" in explained("unknown-name", LOOK)


PAGE_FLOWS = [
    (code, kind, text)
    for code in (*PAGES, "allow-without-reason", "comment-disables-nothing")
    for kind, _, text in FENCE.findall(
        "\n".join([PAGES.get(code, ""), by_code()[code][0].page if code not in PAGES else ""])
    )
]


@pytest.mark.parametrize(("code", "kind", "text"), PAGE_FLOWS, ids=lambda part: part if "\n" not in part else "")
def test_the_flows_of_syntax_pages_are_true(code: str, kind: str, text: str) -> None:
    codes = {one.code for one in check(text)}
    assert code in codes if kind == "wrong" else not codes, codes


def test_each_page_has_both_flows() -> None:
    assert all([kind for kind, _, _ in FENCE.findall(text)] == ["wrong", "right"] for text in PAGES.values())


def test_the_list_has_every_code_once_in_its_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--explain"]) == 0
    text = capsys.readouterr().out
    assert text == listing(LOOK)
    rows = [line.split()[0] for line in text.splitlines() if line.startswith("  ")]
    assert sorted(rows) == sorted(by_code())
    assert all(f"({group.name})" in text for group in groups())


def test_groups_have_names_of_their_own() -> None:
    names = [group.name for group in groups()]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").isalpha() and len(name) <= 12 for name in names), names
    for group in groups():
        assert codes_in(group.name) == frozenset(entry.code for entry in group.entries)
    assert not set(names) & (by_code().keys() - {"syntax"})


def test_the_golden_texts_are_read() -> None:
    assert "error[" in seen(CASES[0]) + seen(CASES[1])
    assert check_files([], lambda _: None) == []


def test_what_the_application_has(folder: Path, capsys) -> None:
    (folder / "flowlang.yaml").write_text("check:\n  roles: []\n  resource_account: false\n")
    (folder / "phone.flow").write_text(
        "contact desk = +12345678901\non answered: transfer to desk\non failed: hang up\n"
    )
    assert main(["check", str(folder / "phone.flow")]) == 0
    told = capsys.readouterr().out
    assert "[missing-permission]" in told
    assert "[pstn-without-resource-account]" in told
    (folder / "flowlang.yaml").write_text("check:\n  roles: [Calls.Initiate.All]\n  resource_account: true\n")
    assert main(["check", str(folder / "phone.flow")]) == 0
    assert capsys.readouterr().out == "nothing wrong in 1 file\n"
