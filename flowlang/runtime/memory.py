"""How often the interpreter looks for circles of objects that nobody needs."""

import gc


def forget_seldom() -> None:
    """What is there now stays; what calls make is soon forgotten, or kept for long. Looking at it all again and again
    costs a twentieth of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
