"""Microsoft Graph's calls API, simulated in one process; see `flowlang.simulator.graph`."""
