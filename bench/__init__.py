"""How fast flowlang is beside its peers, as ratios: `python -m bench`. It prints; nothing is asserted."""
