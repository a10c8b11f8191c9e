"""What a call is: states, legs, facts, commands and results. Standard library only; every value is JSON-able."""
