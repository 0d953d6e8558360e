"""What a user would pick instead of Loadstone, measured beside it: ``python -m benchmarks.peers FILE...``.

docs/benchmarks-peers.md has the protocol and how each peer was tuned.
"""
