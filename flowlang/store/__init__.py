"""Durable state of calls. One interface (`base`), and one suite of tests for every store that fulfils it."""
