"""Where a solve runs: in this process, or in a worker process of its own."""
