"""What a check of one or several files gives: order, repeats, strictness, comments that allow something."""

import pytest

from flowlang.analysis.check import Options, check_file, check_files
from flowlang.diagnostics import Diagnostic, Severity
from flowlang.source import Source
from tests.rules.examples import PEOPLE, check, read, told

DESK = "contact desk = +12345678901\n"
LATE = "on failed: hang up\n"


def codes(found: list[Diagnostic]) -> list[str]:
    return [one.code for one in found]


def test_findings_come_in_the_order_of_the_file() -> None:
    found = check('on answered: play "a.mp3" then transfer to nobody\non tone 1: play "b.mp3"\n' + LATE)
    places = [one.span.start for one in found]
    assert codes(found) == ["prompt-not-wav", "unknown-name", "prompt-not-wav"]
    assert places == sorted(places)


def test_an_unknown_version_is_all_that_is_said() -> None:
    assert codes(check('flow 2 "x"\non answered: transfer to nobody then play "a.mp3"\n')) == [
        "unknown-language-version"
    ]


def test_a_line_that_could_not_be_read_gets_one_message() -> None:
    found = check(DESK + "on answered: transfer to nobody then then hang up\non tone 1: transfer to desk\n" + LATE)
    assert len(found) == 1, told(found)


def test_what_stands_beside_a_mistake_of_syntax_is_still_looked_at() -> None:
    found = check(DESK + 'on answered\n    play "a.mp3"\n    transfer to desk\n' + LATE)
    assert codes(found) == ["missing-colon", "prompt-not-wav"]


def test_a_handler_that_could_not_be_read_is_not_said_to_leave_callers_alone() -> None:
    found = check("on incoming:\n    anser\non answered: hang up\n")
    assert codes(found) == ["unknown-step-word"], told(found)


# ---------------------------------------------------------------- several files


def test_two_flows_that_send_callers_to_each_other() -> None:
    one = Source("one.flow", "contact two = +12025550123\non answered to +12345678901: transfer to two\n" + LATE)
    two = Source("two.flow", "on answered to +12025550123: transfer to +12345678901\n" + LATE)
    assert codes(check_file(one, read)) == codes(check_file(two, read)) == []
    (found,) = check_files([one, two], read)
    assert found.code == "transfer-in-a-circle"
    assert found.source is one
    assert [note.source for note in found.notes] == [two]


def test_flows_that_send_callers_on_in_a_line_are_fine() -> None:
    one = Source("one.flow", "on answered to +12345678901: transfer to +12025550123\n" + LATE)
    two = Source("two.flow", "on answered to +12025550123: transfer to +12025550147\n" + LATE)
    assert check_files([one, two], read) == []


def test_a_handler_for_all_others_serves_only_those() -> None:
    text = "on answered to +12345678901: transfer to +12025550123\non answered to +12025550123: hang up\n"
    assert check(text + "on answered: transfer to +12345678901\n" + LATE) == []


def test_a_finding_in_a_used_file_is_there_once() -> None:
    wrong = b"contact cell = 0891234567\ncontact heidi = user 550fae72-d251-43ec-868c-373732c2704f\n"
    files = {"used.flow": wrong}
    mains = [Source(f"{n}.flow", f'use "used.flow"\non answered: transfer to heidi\n{LATE}') for n in range(3)]
    (found,) = check_files(mains, files.get)
    assert (found.code, found.source.path) == ("not-a-phone-number", "used.flow")


def test_a_used_file_that_is_no_text_is_not_called_missing() -> None:
    source = Source("a.flow", 'use "b.flow"\non answered: hang up\n' + LATE)
    (one,) = check_file(source, lambda _: "# für".encode("latin-1"))
    assert (one.code, one.message) == ("used-file-missing", "`b.flow` cannot be read: byte 0xfc is not UTF-8")
    assert one.help == "save the file as UTF-8"
    (one,) = check_file(source, lambda _: None)
    assert one.message == "there is no file `b.flow`"


@pytest.mark.parametrize("text", ["", "\n \n", "# soon\n", 'flow 1 "Soon"\nlanguage en-us\n'])
def test_a_file_with_nothing_in_it(text: str) -> None:
    assert codes(check(text)) == ["empty-file"]


def test_a_file_to_be_used_may_hold_what_it_does_not_use_itself() -> None:
    assert check_file(Source("people.flow", PEOPLE.decode()), read) == []


def test_prompts_of_a_used_file_are_looked_for_beside_the_flow() -> None:
    asked: list[str] = []

    def remember(path: str) -> bytes | None:
        asked.append(path)
        return read(path)

    main = Source("flows/sub/main.flow", 'use "../people.flow"\non answered: do connect(heidi)\n' + LATE)
    assert check_file(main, remember) == []
    assert asked == ["flows/people.flow", "flows/sub/hold.wav"]


# ---------------------------------------------------------------- strict


def test_strict_makes_warnings_errors() -> None:
    text = DESK + "on answered: transfer to desk\n"
    assert [one.severity for one in check(text)] == [Severity.WARNING]
    assert [one.severity for one in check(text, is_strict=True)] == [Severity.ERROR]


def test_strict_leaves_style_and_infos_as_they_are() -> None:
    text = (
        'service pager\non answered: notify pager "{caller.number}" then hang up   # allow silence because of nothing\n'
        + LATE
    )
    found = check(text, is_strict=True)
    assert {one.code: one.severity for one in found} == {
        "personal-data-in-notify": Severity.INFO,
        "comment-disables-nothing": Severity.WARNING,
    }


# ---------------------------------------------------------------- allow


@pytest.mark.parametrize(
    "lines",
    [
        "on answered: transfer to desk   # allow only-the-safety-net because it is a test",
        "# allow only-the-safety-net because it is a test\non answered: transfer to desk",
        "# allow only-the-safety-net because it is a test\n# and another comment\non answered: transfer to desk",
        "#allow only-the-safety-net because it is a test\non answered: transfer to desk",
        "on answered: transfer to desk for 20s"
        "   # allow only-the-safety-net, transfer-bound-too-short because it is a test",
    ],
)
def test_a_comment_allows_a_finding(lines: str) -> None:
    assert check(DESK + lines + "\n") == []


def test_a_comment_counts_for_its_line_only() -> None:
    text = DESK + "# allow only-the-safety-net because it is a test\non answered:\n    transfer to desk\n"
    assert codes(check(text)) == ["comment-disables-nothing", "only-the-safety-net"]


def test_allowing_without_a_reason_is_reported_and_allows_nothing() -> None:
    found = check(DESK + "on answered: transfer to desk   # allow only-the-safety-net because\n")
    assert codes(found) == ["only-the-safety-net", "allow-without-reason"]


def test_errors_about_paths_can_be_allowed() -> None:
    text = DESK + 'on answered: play "a.mp3" then transfer to desk   # allow prompt-not-wav because we convert it\n'
    assert check(text + LATE) == []


def test_a_comment_is_not_called_stale_where_something_could_not_be_read() -> None:
    text = DESK + "on answered: transfer to desk   # allow only-the-safety-net because of a test\non tone 1 hang up\n"
    assert "comment-disables-nothing" not in codes(check(text + LATE))


def test_a_comment_in_a_used_file_counts_for_every_flow() -> None:
    used = b"""contact heidi = user 550fae72-d251-43ec-868c-373732c2704f
routine away:
    transfer to heidi for 20s   # allow transfer-bound-too-short because she hears it at once
"""
    files = {"used.flow": used}
    mains = [Source(f"{n}.flow", f'use "used.flow"\non answered: do away\n{LATE}') for n in range(2)]
    assert check_files(mains, files.get) == []
    other = Source("other.flow", 'use "used.flow"\non answered: transfer to heidi\n' + LATE)
    assert check_files([other], files.get) == []


def test_other_comments_allow_nothing() -> None:
    assert codes(check(DESK + "on answered: transfer to desk   # allowed by the boss\n")) == ["only-the-safety-net"]


def test_the_version_of_the_platform_is_an_option() -> None:
    text = "contact heidi = user 550fae72-d251-43ec-868c-373732c2704f\non answered:\n"
    text += '    consult heidi playing "a.wav" without forwarding\n    transfer replacing consult\n' + LATE
    source = Source("a.flow", text)
    assert check_file(source, read) == []
    assert codes(check_file(source, read, Options(graph="v1.0"))) == ["needs-beta"]
