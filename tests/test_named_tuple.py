"""Classes of named tuples behave as those of `typing`."""

import copy
import pickle
from collections.abc import Callable
from typing import Any
from typing import NamedTuple as Usual

import pytest

from flowlang.named_tuple import NamedTuple


class Point(NamedTuple):
    """A place."""

    x: int
    y: int = 2

    @property
    def total(self) -> int:
        return self.x + self.y


class UsualPoint(Usual):
    """A place."""

    x: int
    y: int = 2

    @property
    def total(self) -> int:
        return self.x + self.y


class Nothing(NamedTuple):
    pass


def test_it_does_what_the_usual_one_does() -> None:
    ours: Any = Point(3)
    usual: Any = UsualPoint(3)
    assert ours == usual == (3, 2)
    assert (ours.x, ours.y, ours.total) == (usual.x, usual.y, usual.total)
    assert ours._replace(y=7) == usual._replace(y=7)
    assert type(ours._replace(y=7)) is Point
    assert ours._asdict() == usual._asdict()
    assert Point._make([1, 2]) == (1, 2)
    assert Point._fields == UsualPoint._fields
    assert Point._field_defaults == UsualPoint._field_defaults
    assert repr(ours) == repr(usual).replace("UsualPoint", "Point")
    assert (Point.__doc__, Point.__name__, Point.__module__) == ("A place.", "Point", __name__)
    assert Point.__annotations__ == UsualPoint.__annotations__
    assert Point(y=1, x=0) == (0, 1)
    assert Nothing() == ()


def test_it_is_matched_copied_and_pickled() -> None:
    match Point(5, 6):
        case Point(5, y=y):
            assert y == 6
        case _:
            pytest.fail("it does not match")
    assert copy.deepcopy(Point(1)) == Point(1)
    again = pickle.loads(pickle.dumps(Point(1)))
    assert (again, type(again)) == (Point(1), Point)
    assert len({Point(1), Point(1), Point(2)}) == 2


def test_wrong_use_raises() -> None:
    made: Any = Point
    wrong: list[tuple[Callable[[], object], type[Exception]]] = [
        (made, TypeError),
        (lambda: made(1, 2, 3), TypeError),
        (lambda: made(1, z=2), TypeError),
        (lambda: made._make((1,)), TypeError),
        (lambda: made(1)._replace(z=2), ValueError),
        (lambda: setattr(Point(1), "x", 2), AttributeError),
        (lambda: setattr(Point(1), "other", 2), AttributeError),
    ]
    for do, error in wrong:
        with pytest.raises(error):
            do()
    maker: Any = type(NamedTuple)
    with pytest.raises(TypeError, match="without a default follows"):
        maker("Wrong", (NamedTuple,), {"__annotations__": {"a": int, "b": int}, "a": 1})
