"""The parts of the simulated Graph over HTTP; `flowlang.runtime.graph_server` puts them together."""
