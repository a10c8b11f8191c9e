"""One call played through a flow on a simulated Graph, in virtual time; see `flowlang.scenario.loop`."""
