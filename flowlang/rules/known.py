"""What a condition makes sure of."""

from flowlang.syntax import ast


def names_that_exist(condition: ast.Condition, holds: bool) -> frozenset[str]:
    """Names that are surely set where a condition holds (or does not): `x exists` says it of x."""
    match condition:
        case ast.Exists(ast.Path(names)):
            return frozenset(names[:1]) if holds else frozenset()
        case ast.Not(inner):
            return names_that_exist(inner, not holds)
        case ast.And(left, right) | ast.Or(left, right):
            a, b = names_that_exist(left, holds), names_that_exist(right, holds)
            return a | b if isinstance(condition, ast.And) == holds else a & b
        case _:
            return frozenset()
