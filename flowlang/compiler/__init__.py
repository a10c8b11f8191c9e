"""From the tree of a flow to its plan. `compile_flow` is the door."""

from flowlang.compiler.flow import TooLargeError, compile_flow

__all__ = ["TooLargeError", "compile_flow"]
