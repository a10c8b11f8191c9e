"""`NamedTuple` as `typing` has it, whose classes are made in a tenth of the time.

A check makes a hundred such classes before it reads the first line, and `typing` compiles a function for each: that was
a tenth of a check. For what is loaded by `flowlang check`; everywhere else `typing.NamedTuple` does as well. Types are
checked as of that one, so what is not supported here (generic ones) must not be used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple  # noqa: PLC0414 - so that others may import it from here
else:
    from collections import _tuplegetter
    from types import FunctionType

    _NEW = {"_new": tuple.__new__}
    _CODES = {}

    def _make(cls, values):
        made = tuple.__new__(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
        return made

    def _replace(self, /, **given):
        made = self._make(map(given.pop, self._fields, self))
        if given:
            raise ValueError(f"Got unexpected field names: {list(given)!r}")
        return made

    def _repr(self):
        said = ", ".join([f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True)])
        return f"{type(self).__name__}({said})"

    _COMMON = {
        "_make": classmethod(_make), "_replace": _replace, "__repr__": _repr,
        "_asdict": lambda self: dict(zip(self._fields, self, strict=True)), "__getnewargs__": lambda self: (*self,),
    }  # fmt: skip

    def _code(count):
        """The code of a `__new__` with so many fields, whatever they are called."""
        if count not in _CODES:
            names = "".join([f", _{at}" for at in range(count)])
            space = {}
            exec(f"def new(_cls{names}): return _new(_cls, ({names[2:]}{',' if count else ''}))", space)  # noqa: S102
            _CODES[count] = space["new"].__code__
        return _CODES[count]

    class _Maker(type):
        """Makes a class of tuples of a class that only says what is in them."""

        def __new__(mcs, name, bases, body):
            if not bases:
                return type.__new__(mcs, name, bases, body)
            fields = tuple(body.get("__annotations__", ()))
            defaults = {field: body.pop(field) for field in fields if field in body}
            if fields[len(fields) - len(defaults) :] != tuple(defaults):
                raise TypeError(f"{name}: a field without a default follows one that has one")
            code = _code(len(fields)).replace(co_varnames=("_cls", *fields))
            made = {
                "__slots__": (), "_fields": fields, "_field_defaults": defaults, "__match_args__": fields, **_COMMON,
                "__new__": FunctionType(code, _NEW, "__new__", tuple(defaults.values())),
            }  # fmt: skip
            made.update([(field, _tuplegetter(at, "")) for at, field in enumerate(fields)])
            made.update(body)
            return type(name, (tuple,), made)

    class NamedTuple(metaclass=_Maker):
        """See `typing.NamedTuple`."""
