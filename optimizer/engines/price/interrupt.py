"""What giving way is to the price engine (see ``optimizer.interrupt``): how much its kernels do between two questions."""

from __future__ import annotations

from optimizer.interrupt import GiveWay as GiveWay
from optimizer.interrupt import Interrupted as Interrupted
from optimizer.interrupt import chunks as chunks
from optimizer.interrupt import giving_way as giving_way
from optimizer.interrupt import never as never

#: Chunks of about ten milliseconds: jobs given a place, windows priced at every start.
JOB_CHUNK = 1_000
WINDOW_CHUNK = 20_000
