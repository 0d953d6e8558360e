"""How the time of the annealing over halls is shared out: several race from nothing, and others go on from the best plan.

When halls are off is settled while it is hot, and does not change after: one long annealing stays with what it has drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import cycle, pairwise

import numpy as np

from optimizer.columns.table import Columns
from optimizer.engines.price.halls.soft import SETTLING, Cooling

#: Windows scanned by one that races, for each window there is, and at least.
LEG_WORK, LEAST_LEG_WORK = 6_000, 3_000_000
#: How many times standby counts at first, in turn. Counted twice, halls are off for longer while it is hot, which closing
#: ranges one by one hardly finds; where they are never off it only disturbs.
STANDBY = (2.0, 2.0, 1.0)
#: The part of the time that the race has; the rest is for so many annealings from the best plan, from where it is settled.
RACE_SHARE, REHEATS, REHEATED = 0.7, 2, 0.35


@dataclass(frozen=True, slots=True)
class Leg:
    """One annealing between two shares of the time, or till a chain has scanned ``work`` windows: from nothing, or, as if the
    share ``late`` of its own had passed, from the best plan.
    """

    begin: float
    end: float
    cooling: Cooling
    late: float = 0.0
    work: int | None = None


def legs_of(columns: Columns, spent: Callable[[], float], begin: float, end: float) -> Iterator[Leg]:
    """Those of one race, each once the one before it is done; ``spent()`` is the share of the time by then."""
    work = max(LEAST_LEG_WORK, LEG_WORK * columns.window_count)
    now, took, race = begin, 0.0, begin + RACE_SHARE * (end - begin)
    for standby in cycle(STANDBY):
        yield Leg(now, race, replace(SETTLING, standby=standby), work=work)
        took, now = spent() - now, max(now, spent())
        # one of less than half as long comes to little
        if took <= 0.0 or now + took / 2 >= race:
            break
    for first, last in pairwise(np.linspace(now, end, REHEATS + 1).tolist()):
        if now < end:
            yield Leg(first, last, SETTLING, REHEATED)
