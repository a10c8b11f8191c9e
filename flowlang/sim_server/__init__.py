"""The parts of the simulated Graph over HTTP; `flowlang.sim_server.server` puts them together."""
