"""Looking at plans: steps by their words, variables by their names."""

from flowlang.plan import WORDS, Plan


def place_of(plan: Plan, word: str, nth: int = 0) -> int:
    """The number of a step of that word, in the order of the text."""
    found = [(place.line, at) for at, place in enumerate(plan.places) if WORDS[type(place.step)] == word and place.line]
    return sorted(found)[nth][1]


def number_of(plan: Plan, name: str) -> int:
    """The number of a variable."""
    return [variable.name for variable in plan.variables].index(name)


def names_of(plan: Plan, numbers: frozenset[int]) -> set[str]:
    """Variables by their names; `result` and `people` for what has none."""
    fixed = {-1: "result", -2: "people"}
    return {fixed[number] if number < 0 else plan.variables[number].name for number in numbers}
