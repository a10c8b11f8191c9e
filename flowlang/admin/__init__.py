"""The door for operators: calls, flows, hours and health over HTTP, for people and for `flowlang calls`."""
