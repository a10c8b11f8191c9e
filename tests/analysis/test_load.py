"""Files that name files: paths, each file once, circles, files that are not there."""

import pytest

from flowlang.analysis.load import load, resolve
from flowlang.analysis.model import Model
from flowlang.source import Source

PATHS = {
    ("people.flow", "desk.flow"): "people.flow",
    ("people.flow", "flows/desk.flow"): "flows/people.flow",
    ("./people.flow", "flows/desk.flow"): "flows/people.flow",
    ("../people.flow", "flows/desk.flow"): "people.flow",
    ("../../people.flow", "a/b/desk.flow"): "people.flow",
    ("../people.flow", "desk.flow"): "../people.flow",
    ("../../people.flow", "flows/desk.flow"): "../people.flow",
    ("../people.flow", "../flows/desk.flow"): "../people.flow",
    ("../../people.flow", "../flows/desk.flow"): "../../people.flow",
    ("people.flow", "./desk.flow"): "./people.flow",
    ("../people.flow", "./desk.flow"): "./../people.flow",
    ("more/../people.flow", "desk.flow"): "people.flow",
    ("/shared/people.flow", "flows/desk.flow"): "/shared/people.flow",
    ("../people.flow", "/flows/desk.flow"): "/people.flow",
    ("..\\people.flow", "C:\\flows\\desk.flow"): "C:/people.flow",
    ("people.flow", "C:\\flows\\desk.flow"): "C:/flows/people.flow",
}


@pytest.mark.parametrize(("path", "base"), PATHS)
def test_a_path_is_seen_from_the_file_that_names_it(path: str, base: str) -> None:
    assert resolve(path, base) == PATHS[path, base]


def read(**files: str) -> tuple[Model, list[str]]:
    asked: list[str] = []

    def bytes_of(path: str) -> bytes | None:
        asked.append(path)
        name = path.removesuffix(".flow")
        return files[name].encode("latin-1") if name in files else None

    return load(Source("main.flow", files["main"]), bytes_of), asked


def test_each_file_is_read_once() -> None:
    model, asked = read(main='use "a.flow"\nuse "b.flow"\nuse "a.flow"', a='use "c.flow"', b='use "c.flow"', c="")
    assert asked == ["a.flow", "c.flow", "b.flow"]
    assert [(unit.number, unit.source.path) for unit in model.units] == [
        (0, "main.flow"), (1, "a.flow"), (2, "c.flow"), (3, "b.flow"),
    ]  # fmt: skip
    assert model.main is model.units[0]


def test_a_circle_is_told_and_not_gone_round() -> None:
    model, asked = read(main='use "a.flow"', a='use "b.flow"', b='use "a.flow"\nuse "main.flow"')
    assert asked == ["a.flow", "b.flow"]
    assert [(circle.unit.number, circle.way) for circle in model.circles] == [
        (2, ("a.flow", "b.flow")),
        (2, ("main.flow", "a.flow", "b.flow")),
    ]


def test_a_file_that_is_not_there_or_is_no_text_is_missing_once() -> None:
    model, asked = read(main='use "a.flow"\nuse "b.flow"\nuse "a.flow"', b="\xff\xff")
    assert asked == ["a.flow", "b.flow"]
    assert [missing.use.path.plain for missing in model.missing] == ["a.flow", "b.flow"]
    assert len(model.units) == 1


def test_what_is_wrong_in_a_used_file_is_told() -> None:
    model, _ = read(main='use "a.flow"\non answered: stop', a="contact = x")
    assert {one.source.path for one in model.diagnostics} == {"a.flow"}
