"""`flowlang.yaml`: what an operator says about a place where flows are served."""
