"""The searches of a run of the price engine; temperatures are in median reduced values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from optimizer.columns.table import Columns
from optimizer.engines.price.plans.recreate import AnnealingParams

#: How long one restart is worth: longer, and a fresh one finds more.
RESTART_SECONDS = 3.0
RESTART_SECONDS_PER_WINDOW = 0.008
#: Beyond so many jobs, where limits are scarce, one search by worth finds more than restarts by gain, whatever the time.
RESTARTED_JOB_COUNT = 500
#: A single search has little time below so many seconds a window.
HASTY_SECONDS_PER_WINDOW = 0.0003
#: Of a search, the last part that goes without prices, nearly cold.
POLISH_SHARE = 0.2
#: Windows a search scans at most, for each window there is, and at least: small problems end before their limit.
WORK_PER_WINDOW = 60_000
LEAST_WORK = 1_000_000
#: Windows that the search of a warm run around what has changed scans where the bound goes on after it.
WARM_WORK = 4_000_000
WARM_WORK_PER_WINDOW = 20

#: From list schedules without and with prices, from a dive, and the last polish.
HOT = AnnealingParams(coarse=True)
WARM = AnnealingParams(hot=1.0)
COOL = AnnealingParams(hot=0.1)
POLISH = AnnealingParams(hot=0.003, cold=1e-6)
#: One search from list schedules for all the time there is; the less time by window, the hotter, or it ends beside the large
#: gangs it began with.
SINGLE = replace(HOT, mean_string=12.0)
HASTY = replace(SINGLE, hot=6.0)
#: From list schedules, where limits earn so much of the bound that gains say little about what jobs are worth: larger strings.
SCARCE = AnnealingParams(by_worth=True, eject_share=0.4, mean_string=12.0, sample=40, coarse=True)
SCARCE_POLISH = replace(SCARCE, hot=0.003, cold=1e-6, coarse=False)
#: Beside an earlier plan: on fleets for the jobs that would gain most, elsewhere around what has changed.
MEND = AnnealingParams(hot=0.1, regret_share=1.0, sample=10)
REPAIR = AnnealingParams(hot=0.03)
SCARCE_REPAIR = replace(SCARCE, hot=0.3, regret_share=0.5, coarse=False)


def single(columns: Columns, seconds: float, *, scarce: bool, dived: bool, warm: bool) -> AnnealingParams:
    """The one search of a run: from a dive, ``warm`` from an earlier plan, or from list schedules."""
    if dived:
        return MEND if warm else COOL
    if warm:
        return SCARCE_REPAIR if scarce else COOL
    if scarce:
        return SCARCE
    return HASTY if 0.0 < seconds < HASTY_SECONDS_PER_WINDOW * columns.window_count else SINGLE


def restart_count(columns: Columns, seconds: float, *, scarce: bool) -> int:
    """How many searches from list schedules ``seconds`` are good for, at least one."""
    if scarce and columns.job_count > RESTARTED_JOB_COUNT:
        return 1
    return max(1, round(seconds / (RESTART_SECONDS + RESTART_SECONDS_PER_WINDOW * columns.window_count)))


def most_work(columns: Columns) -> int:
    """Windows that a search of ``columns`` scans at most."""
    return max(LEAST_WORK, WORK_PER_WINDOW * columns.window_count)


def repair_work(columns: Columns) -> int:
    """Windows that a warm search around what has changed scans."""
    return WARM_WORK + WARM_WORK_PER_WINDOW * columns.window_count


def part(share: Callable[[], float], first: float, last: float) -> Callable[[], float]:
    """``share`` as the part of it from ``first`` to ``last``, itself from 0 to 1."""
    return lambda: (share() - first) / (last - first)
