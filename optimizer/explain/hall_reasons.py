"""Jobs that fit beside a plan but for the hall they need: to have it on costs more than they bring, or does not fit."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.accounting.halls import Schedules, committed_halls, required_slots, standby_micros
from optimizer.accounting.runs import Run
from optimizer.accounting.switching import Schedule, best_schedule, switching_micros
from optimizer.columns.candidates import Candidates
from optimizer.columns.lead_cutter import way_of_window
from optimizer.exact.problem import ExactCommitment, ExactJob
from optimizer.explain.curtailed import PlantBeside
from optimizer.explain.misses import Residual
from optimizer.limits import LimitKind, LimitLabel
from optimizer.solution import Assignment, Unplaced, UnplacedReason
from optimizer.units import MICROS_PER_UNIT

#: Starts looked at for one job, those worth most.
START_COUNT = 12


class HallReasons:
    """What it costs to have halls on longer than the plan of ``runs`` has them ``on``; ``left`` is what there is on an empty
    fleet, and beside the plan.

    ``plant`` is what else its sites run, where they do: what that loses counts too.
    """

    def __init__(
        self, found: Candidates, runs: Sequence[Run], left: tuple[Residual, Residual], on: Schedules, plant: PlantBeside | None
    ) -> None:
        self._found, self._problem = found, found.problem
        self._empty, self._beside = left
        self._runs, self._on, self._plant = runs, on, plant
        self._needed: dict[int, list[bool]] = {}

    def kept_out(self, job: ExactJob) -> Unplaced | None:
        """Why ``job``, which fits the limits, stays out for its halls; None where some start needs no hall or pays for it."""
        columns = self._found.columns
        starts: list[tuple[int, int, int]] = []
        for window in range(int(columns.job_first[job.index]), int(columns.job_first[job.index + 1])):
            if self._problem.halls[self._problem.pools[columns.pool[window]].hall].commitment is None:
                if self._fits(job, window):
                    return None
                continue
            first = int(columns.start_first[window])
            starts += [(int(worth), window, first + k) for k, worth in enumerate(columns.worth(window).tolist())]
        best: tuple[int, Run] | None = None
        fitting: list[Run] = []
        for worth, window, start in sorted(starts, key=lambda item: -item[0])[:START_COUNT]:
            run = Run(job, job.modes[columns.mode[window]], self._problem.pools[columns.pool[window]], start)
            way = way_of_window(self._problem, columns, job, window)
            if self._beside.lacking(job, run.mode, run.pool, range(start, start + 1), way) is not None:
                continue
            fitting.append(run)
            cost = self._cost_of(run, window)
            if cost is not None and (best is None or worth - cost > best[0]):
                best = worth - cost, run
        if not fitting or (best is not None and best[0] > 0):
            return None
        return self._not_worth_it(best) if best else self._no_standby(fitting)

    def _fits(self, job: ExactJob, window: int) -> bool:
        columns = self._found.columns
        starts = range(int(columns.start_first[window]), int(columns.start_last[window]) + 1)
        mode, pool = job.modes[columns.mode[window]], self._problem.pools[columns.pool[window]]
        return self._beside.lacking(job, mode, pool, starts, way_of_window(self._problem, columns, job, window)) is None

    def _cost_of(self, run: Run, window: int) -> int | None:
        """What the hall of ``run``, a run of ``window``, costs more with it than without, and what the plant loses; None where
        its standby does not fit.
        """
        hall = self._problem.halls[run.pool.hall]
        rules = hall.commitment
        assert rules is not None
        count, now = self._problem.slot_count, self._on[hall.index]
        inside = _slots_of(run, count)
        forbidden = [no and not on for no, on in zip(self._without_room(run, self._beside), now, strict=True)]
        if hall.index not in self._needed:
            self._needed[hall.index] = required_slots(self._problem, hall, self._runs)
        needed = [here or before for here, before in zip(inside, self._needed[hall.index], strict=True)]
        if self._plant is not None:
            # on for load beside the runs, it stays on for that
            needed = [slot or before for slot, before in zip(needed, now, strict=True)]
        gain = [-standby_micros(self._problem, hall, t) for t in range(count)]
        schedule = best_schedule(rules, gain, needed, forbidden)
        if schedule is None:
            return None
        return _cost(rules, gain, schedule) - _cost(rules, gain, now) + self._lost(run, window, schedule)

    def _without_room(self, run: Run, beside: Residual) -> list[bool]:
        """By slot, whether the limit of the hall of ``run``, or what ``beside`` and the run leave of the connection, does not
        carry its standby.
        """
        hall = self._problem.halls[run.pool.hall]
        standby_w = hall.commitment.standby_w if hall.commitment else 0
        inside, own = _slots_of(run, self._problem.slot_count), hall.it_power_w
        grid = beside.by_slot.get(LimitLabel(LimitKind.GRID_IMPORT, self._problem.sites[hall.site].name, "W"))
        return [
            (own is not None and own[t] < standby_w)
            or (grid is not None and grid[t] - run.mode.it_power_w * inside[t] < standby_w)
            for t in range(self._problem.slot_count)
        ]

    def _stands_alone(self, run: Run) -> bool:
        """Whether the hall of ``run`` could be on for it, were nothing else there; False only where that is sure of any run."""
        hall, count = self._problem.halls[run.pool.hall], self._problem.slot_count
        if hall.commitment is None or self._problem.sites[hall.site].battery is not None or run.job.may_run_in_pieces:
            return True
        without_room = self._without_room(run, self._empty)
        return best_schedule(hall.commitment, [0] * count, _slots_of(run, count), without_room) is not None

    def _lost(self, run: Run, window: int, schedule: Schedule) -> int:
        """What the plant gains less beside ``run`` and with its hall on in ``schedule``."""
        if self._plant is None:
            return 0
        on = self._plant.on.copy()
        place = [hall.index for hall, _ in committed_halls(self._problem)].index(run.pool.hall)
        on[place] = schedule
        return self._plant.lost_to(self._found.columns, window, run.start, on)

    def _not_worth_it(self, best: tuple[int, Run]) -> Unplaced:
        change, run = best
        hall, site = self._problem.halls[run.pool.hall], self._problem.sites[run.pool.site]
        beside = " and what it takes from flexible load and the peak" if site.has_plant else ""
        return Unplaced(
            job=run.job.name,
            reason=UnplacedReason.WORTH_LESS_THAN_COST,
            nearest_miss=_assignment(run),
            message=f"would change the objective by {change / MICROS_PER_UNIT:,.2f} with hall {hall.name!r} on for it: "
            f"not worth the hall's standby and switching{beside}",
        )

    def _no_standby(self, fitting: Sequence[Run]) -> Unplaced:
        """``fitting``: runs that fit beside the plan, for none of which their hall can be on as long as it must."""
        alone = next((run for run in fitting if self._stands_alone(run)), None)
        run = alone or fitting[0]
        hall = self._problem.halls[run.pool.hall].name
        lacks = (
            f"what else runs leaves no room for the standby of hall {hall!r}"
            if alone
            else f"neither its own limit nor the grid connection carries the standby of hall {hall!r}, even on an empty fleet,"
        )
        return Unplaced(
            job=run.job.name,
            reason=UnplacedReason.CAPACITY_TAKEN if alone else UnplacedReason.POWER_EXCEEDS_LIMIT,
            nearest_miss=_assignment(run),
            message=f"it fits beside this plan, but {lacks} for as long as that must be on",
        )


def _slots_of(run: Run, slot_count: int) -> list[bool]:
    return [run.start <= t < run.end for t in range(slot_count)]


def _cost(rules: ExactCommitment, gain: Sequence[int], schedule: Schedule) -> int:
    return switching_micros(rules, schedule) - sum(value for value, on in zip(gain, schedule, strict=True) if on)


def _assignment(run: Run) -> Assignment:
    return Assignment(job=run.job.name, mode=run.mode.name, pool=run.pool.name, start_slot=run.start)
