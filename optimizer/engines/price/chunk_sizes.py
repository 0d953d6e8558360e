"""How much the price engine does between two questions whether it must end (``optimizer.interrupt``): about ten ms of it."""

#: Jobs given a place.
JOB_CHUNK = 1_000
#: Windows priced at every start.
WINDOW_CHUNK = 20_000
