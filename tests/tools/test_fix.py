"""`--fix`: every change cures something and brings nothing new, and the file stays the file it was."""

import os
import stat
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowlang.analysis.check import Options, check_files
from flowlang.analysis.model import Read
from flowlang.diagnostics import Diagnostic, Edit, Fix, Severity
from flowlang.rules import PROVED
from flowlang.source import Source, Span
from flowlang.syntax.pages import PAGES
from flowlang.tools.check_edits import Document, without_overlaps
from flowlang.tools.check_fix import Fixed, Fixer, write
from flowlang.tools.cli import main
from flowlang.tools.options import UsageError
from tests.rules.cases import CASES, EXPLORED_CASES
from tests.rules.examples import read as disk

SYNTAX_CASES = sorted((Path(__file__).parents[1] / "cases" / "syntax").glob("*.flow"))
ALL_CASES = [*CASES, *SYNTAX_CASES, *EXPLORED_CASES]


def fixed(path: Path, is_strict: bool = False, takes_unsafe: bool = False) -> Fixed:
    """What `--fix` makes of a file; nothing is written."""
    options = Options(is_strict=is_strict, explores=is_strict)

    def check(sources: list[Source], read: Read) -> list[Diagnostic]:
        return check_files(sources, read, options)

    return Fixer([str(path)], check, disk, lambda *_: True, takes_unsafe).fixed()


def found(path: Path, is_strict: bool) -> list[Diagnostic]:
    options = Options(is_strict=is_strict, explores=is_strict)
    return check_files([Document.of(str(path), path.read_bytes()).source()], disk, options)


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_a_fix_brings_nothing_new_and_a_second_one_changes_nothing(case: Path, tmp_path: Path) -> None:
    is_explored = case in EXPLORED_CASES
    flow = tmp_path / case.name
    flow.write_bytes(case.read_bytes())
    before = found(flow, is_explored)
    done = fixed(flow, is_explored, takes_unsafe=True)
    write(done)
    after = found(flow, is_explored)
    assert after == done.found or [one[3:6] for one in after] == [one[3:6] for one in done.found]
    unread = [Counter(one.code for one in part if one.code in PAGES) for part in (before, after)]
    assert not unread[1] - unread[0]
    if not unread[0]:  # nothing was hidden by what could not be read
        told = [Counter(one.code for one in part if one.severity is Severity.ERROR) for part in (before, after)]
        hidden = () if all(one.code in PROVED for one in before) else PROVED
        assert not {code for code in told[1] - told[0] if code not in hidden}
        if not any(one.severity is Severity.ERROR for one in before):
            assert not Counter(one.code for one in after) - Counter(one.code for one in before)
    again = fixed(flow, is_explored, takes_unsafe=True)
    assert (again.made, again.before) == (0, ())


def test_most_golden_flows_with_a_slip_are_cured() -> None:
    """A ratchet: a change of the fixes that loses many is seen."""
    made = sum(fixed(case).made for case in (*CASES, *SYNTAX_CASES))
    assert made >= 60, made


# ---------------------------------------------------------------- what a fix is


def cured(tmp_path: Path, text: str, is_strict: bool = False, takes_unsafe: bool = False) -> str:
    flow = tmp_path / "x.flow"
    flow.write_bytes(text.encode())
    write(fixed(flow, is_strict, takes_unsafe))
    return flow.read_bytes().decode()


END = "on failed: hang up\n"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("on answered hang up\n", "on answered: hang up\n"),
        ("on answered:\n\thang up\n", "on answered:\n    hang up\n"),
        ("on answered:\n  \twait 2s\n\tplay “a.wav”\n    hang up\n",
         'on answered:\n    wait 2s\n    play "a.wav"\n    hang up\n'),
        ("on answered: wait 2 seconds then hang up\n", "on answered: wait 2s then hang up\n"),
        ("on answerd: hang up\n", "on answered: hang up\n"),
        ('on answered: play "a.wav" hang up\n', 'on answered: play "a.wav" then hang up\n'),
        ('on answered: play "a.wav"; hang up\n', 'on answered: play "a.wav" then hang up\n'),
        ("contact anna = +12025550123\non answered: transfer ana\n",
         "contact anna = +12025550123\non answered: transfer to anna\n"),
        ("on answered: hang up   # allow second-hold because I like it\n", "on answered: hang up\n"),
        ("# allow second-hold because I like it\non answered: hang up\n", "on answered: hang up\n"),
        ("hours o = monday-friday 08:00-18:00 in UTC\non answered during o: hang up\non answered: hang up\n",
         "hours o = mon-fri 08:00-18:00 in UTC\non answered during o: hang up\non answered: hang up\n"),
    ],
)  # fmt: skip
def test_slips_are_corrected(wrong: str, right: str, tmp_path: Path) -> None:
    assert cured(tmp_path, wrong + END) == right + END


@pytest.mark.parametrize(
    "text",
    [
        "contact anne = +12025550123\ncontact anna = +12025550124\non answered: transfer to ann\n",  # two are as near
        "contact anna = +12025550123\non answered: transfer to anna for 20\n",  # seconds or minutes?
        'on answered: play "a.wav"\n',  # only with --unsafe
    ],
)
def test_what_is_not_certain_stays(text: str, tmp_path: Path) -> None:
    assert cured(tmp_path, text + END, is_strict=True) == text + END


def test_one_name_of_several_is_taken_out(tmp_path: Path) -> None:
    text = "contact old = +12025550123   # allow name-never-used, second-hold because so\non answered: hang up\n"
    assert "# allow name-never-used because so\n" in cured(tmp_path, text + END)


def test_what_a_caller_hears_changes_only_with_unsafe(tmp_path: Path) -> None:
    text = 'on answered: play "a.wav"\n' + END
    assert cured(tmp_path, text, True, True) == 'on answered: play "a.wav" then hang up\n' + END
    text = 'stage desk:\n    on enter: play "a.wav"   # so\n    on tone 1: hang up\non answered: goto desk\n' + END
    expected = text.replace("# so\n", "# so\n    after 30s: hang up\n")
    assert cured(tmp_path, text, True, True) == expected
    assert cured(tmp_path, text, True) == text


def test_a_fix_that_lets_a_flow_be_explored_is_made(tmp_path: Path) -> None:
    """Under --strict, what the exploration finds then was there before."""
    text = 'contact anna = +12025550123\non tone 1: transfer to ana\non answered: play "a.wav"\non failed: hang up\n'
    assert "transfer to anna" in cured(tmp_path, text, is_strict=True)


# ---------------------------------------------------------------- the file stays the file it was


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_and_mark_stay(mark: str, ending: str, last: bool, tmp_path: Path) -> None:
    lines = ["# für Zoë", "", "on answered hang up", "on failed hang up" + (ending if last else "")]
    text = mark + ending.join(lines)
    assert cured(tmp_path, text) == text.replace("d hang", "d: hang")


def test_new_lines_end_as_the_others(tmp_path: Path) -> None:
    text = 'on answered: play "a.wav"\r\non tone 1: hang up\r\non failed: hang up\r\n'
    assert cured(tmp_path, text, True, True) == text.replace('wav"\r\n', 'wav"\r\nafter 30s: hang up\r\n')


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.flow", tmp_path / "link.flow"
    real.write_text("on answered hang up\non failed: hang up\n")
    real.chmod(0o640)
    link.symlink_to(real)
    write(fixed(link))
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert real.read_text().startswith("on answered: hang up")
    assert sorted(os.listdir(tmp_path)) == ["link.flow", "real.flow"]


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    first, second = tmp_path / "a.flow", tmp_path / "b.flow"
    first.write_text("on answered hang up\non failed: hang up\n")
    done = fixed(first)
    first.write_text("on answered hang up\n")
    with pytest.raises(UsageError, match="changed meanwhile"):
        write(done)
    assert first.read_text() == "on answered hang up\n"
    assert not second.exists()


texts = st.lists(st.sampled_from(["a", "b", "ü", "\n", "\r\n", "\r", " "]), max_size=30).map("".join)


@given(texts, st.data(), st.booleans())
def test_edits_go_to_their_places(text: str, data: st.DataObject, is_marked: bool) -> None:
    """The places of edits are those that the parser sees, whatever the line ends are."""
    document = Document("x", ("\ufeff" if is_marked else "") + text)
    plain = document.source().text
    cuts = sorted(data.draw(st.lists(st.integers(0, len(plain)), max_size=6)))
    spans = [Span(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    fixes = without_overlaps([Fix("t", (Edit(span, "<>"),)) for span in spans])
    edits = [edit for fix in fixes for edit in fix.edits]
    expected = plain
    for edit in sorted(edits, key=lambda one: one.span, reverse=True):
        expected = expected[: edit.span.start] + edit.text + expected[edit.span.end :]
    assert document.edited(edits).source().text == expected
    assert document.edited([]) == document


# ---------------------------------------------------------------- the command


WRONG = "contact anna = +12025550123\non answered: transfer to ana\non failed hang up\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong.flow").write_text(WRONG)
    (tmp_path / "good.flow").write_text("on answered: hang up\non failed: hang up\n")
    return tmp_path


def test_diff_shows_and_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--diff", "wrong.flow"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("--- wrong.flow\n+++ wrong.flow\n@@ ")
    assert "-on failed hang up\n" in out
    assert "+on failed: hang up\n" in out
    assert err == "2 mistakes in 1 file would be corrected\n"
    assert (folder / "wrong.flow").read_text() == WRONG
    assert main(["check", "--diff", "good.flow"]) == 0
    assert capsys.readouterr() == ("", "there is nothing to correct in 1 file\n")


def test_fix_writes_and_tells_what_is_left(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "wrong.flow"]) == 1
    assert capsys.readouterr().out.endswith("--fix corrects 2 of these\n2 errors in 1 file\n")
    assert main(["check", "--fix", "."]) == 0
    assert capsys.readouterr().out == "2 mistakes corrected\nnothing wrong in 2 files\n"
    assert (folder / "wrong.flow").read_text() == WRONG.replace("ana\n", "anna\n").replace(
        "failed hang", "failed: hang"
    )
    assert main(["check", "--fix", "."]) == 0
    assert capsys.readouterr().out == "nothing could be corrected\nnothing wrong in 2 files\n"


def test_only_what_is_selected_is_corrected(folder: Path) -> None:
    (folder / "wrong.flow").write_text(
        "contact anna = +12025550123\ncontact old = +12025550124\non answered: transfer to ana\n" + END
    )
    main(["check", "--fix", "wrong.flow", "--ignore", "unknown-name"])
    assert "to ana\n" in (folder / "wrong.flow").read_text()
    main(["check", "--fix", "wrong.flow", "--select", "names"])
    assert "to anna\n" in (folder / "wrong.flow").read_text()


def test_a_file_that_others_use_is_corrected_with_them(folder: Path) -> None:
    """Both are seen as they will be: a name that is corrected in one must not become unknown in the other."""
    (folder / "people.flow").write_text(
        "contact anna = user 550fae72-d251-43ec-868c-373732c2704f\ncontact box = voicemail of ana\n"
    )
    (folder / "wrong.flow").write_text('use "people.flow"\non answered: transfer to ana\n' + END)
    main(["check", "--fix", "wrong.flow"])
    assert "voicemail of ana\n" in (folder / "people.flow").read_text()  # it was not named
    main(["check", "--fix", "."])
    assert "voicemail of anna\n" in (folder / "people.flow").read_text()
    assert "transfer to anna\n" in (folder / "wrong.flow").read_text()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--unsafe", "wrong.flow"], "--unsafe goes with --fix or --diff"),
        (["--diff", "wrong.flow", "--format", "json"], "--diff has a form of its own"),
        (["--fix", "locked.flow"], "locked.flow cannot be written"),
    ],
)
def test_wrong_use(folder: Path, words: list[str], says: str, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "locked.flow").write_text(WRONG)
    monkeypatch.setattr(os, "access", lambda path, _: not str(path).endswith("locked.flow"))
    assert main(["check", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.count("\n") == 1
    assert (folder / "locked.flow").read_text() == WRONG


@given(st.lists(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=3), max_size=6))
def test_no_two_fixes_touch_one_place(wanted: list[list[tuple[int, int]]]) -> None:
    fixes = [Fix("t", tuple(Edit(Span(at, at + size), "<>") for at, size in edits)) for edits in wanted]
    kept = without_overlaps(fixes)
    assert kept[:1] == [fix for fix in fixes if fix.edits][:1]
    for number, fix in enumerate(kept):
        for other in kept[number + 1 :]:
            for one in fix.edits:
                for two in other.edits:
                    assert one.span.start != two.span.start
                    assert not set(range(*one.span)) & set(range(*two.span))
