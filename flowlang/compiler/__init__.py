"""From the tree of a flow to its plan. `compile_flow` is the door."""

from flowlang.compiler.flow import TooLarge, compile_flow

__all__ = ["TooLarge", "compile_flow"]
