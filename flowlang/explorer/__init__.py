"""The checker that proves: every call that can happen is played through the engine, and what strands a caller is told.

`moves` says what may come next, out of `environment.json`; `search` follows all of it with `engine.step`;
`findings` reads what was reached; `witness` tells the shortest call that shows it.
"""
