"""The interpreter: one pure function `step(plan, session, fact)`; see `flowlang.engine.step`."""
