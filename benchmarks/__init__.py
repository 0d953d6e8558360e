"""Benchmarks: a registry of suites x engines x phases, one command that prints the table, peers beside it."""
