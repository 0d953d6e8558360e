"""PyJobShop, a general scheduling package over CP-SAT: multi-mode optional tasks, renewable resources, weighted tardy jobs.

It has no reward for a job and no cost that depends on time. What a plan forgoes is stated as tardiness: the windows of a job
that are worth the same and open at the same time are the modes of one optional task, due at time 0, so tardy exactly where it
runs, weighted with what it is worth less than the job's best; so is the task that stands for leaving the job out. Energy is
not in it: the plan is then worth what the true prices say.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers.base import Answer, Deadline, DeclinedError, Report, checked_search
from benchmarks.peers.cp_sat import start_from_greedy
from benchmarks.peers.warm_up import compile_kernels, missing_module
from optimizer.columns.table import Columns, IntArray, Selection

if TYPE_CHECKING:
    from pyjobshop import Solution

#: Share of the time left unused: the package reads its solution out after its limit.
READ_OUT_SHARE = 0.03
#: Weights are whole and small; a thousandth of a currency unit is fine enough without prices.
MICROS_PER_WEIGHT = 1_000
#: Beyond it the package alone needs minutes to state the model.
MOST_WINDOWS = 30_000


class PyJobShop:
    """It has no callback: one plan at its limit, so each limit is a run of its own. Its bound is on values: none here."""

    name = "pyjobshop"
    anytime = False

    def available(self) -> str | None:
        return missing_module("pyjobshop") or missing_module("ortools")

    def prepare(self) -> None:
        import pyjobshop

        model = pyjobshop.Model()
        model.add_mode(model.add_task(), [], 1)
        model.solve(display=False, num_workers=1, time_limit=1)
        compile_kernels()

    def run(self, columns: Columns, seconds: float, seed: int, threads: int, report: Report) -> Answer:
        if columns.budgets:
            raise DeclinedError("metered budgets over the horizon cannot be stated")
        if columns.window_count > MOST_WINDOWS:
            raise DeclinedError(f"{columns.window_count:,} windows; stating more than {MOST_WINDOWS:,} takes minutes")
        deadline = Deadline(seconds)
        search = checked_search(columns, deadline, seed, threads, report)
        start_from_greedy(search, deadline)
        shop = Shop(columns)
        result = shop.model.solve(
            display=False,
            num_workers=threads,
            time_limit=max(0.01, deadline.remaining() - READ_OUT_SHARE * seconds),
            initial_solution=None if search.selection is None else shop.solution(search.selection),
            random_seed=seed,
            max_presolve_iterations=1,
        )
        if result.best.tasks:
            search.offer_columns(*shop.columns_of(result.best))
        return Answer(search.selection)


@dataclass(frozen=True, slots=True)
class _Task:
    """What a task stands for: windows of ``job`` by mode, leaving ``job`` out (no mode in ``window_of_mode``), or a dip."""

    first_mode: int
    window_of_mode: dict[int, int]
    job: int | None = None
    dip_slot: int = 0

    def chosen_in(self, selection: Selection) -> tuple[int, int] | None:
        """(mode, start) of this task where ``selection`` has it run."""
        if self.job is None:
            return self.first_mode, self.dip_slot
        window = int(selection.window[self.job])
        if not self.window_of_mode:
            return (self.first_mode, 0) if window < 0 else None
        mode = next((mode for mode, of_mode in self.window_of_mode.items() if of_mode == window), None)
        return None if mode is None else (mode, int(selection.start[self.job]))


class Shop:
    """The package's model of ``columns``, and the way to its solutions and back."""

    def __init__(self, columns: Columns) -> None:
        from pyjobshop import Model

        self.model = Model()
        self._columns = columns
        self._tasks: list[_Task] = []
        self._resources = [self.model.add_renewable(int(row.max(initial=0))) for row in columns.capacity]
        for job in range(columns.job_count):
            self._job(job)
        for limit in np.unique(columns.use_limit).tolist():
            self._dips(limit)
        self.model.set_objective(weight_tardy_jobs=1)

    def _job(self, job: int) -> None:
        """Exactly one of the job's tasks: a group of its windows, or being left out where that is allowed."""
        columns = self._columns
        optional = not columns.mandatory[job]
        windows = [
            window
            for window in range(int(columns.job_first[job]), int(columns.job_first[job + 1]))
            if not optional or columns.worth(window).max() > 0
        ]
        best = max((int(columns.base[window]) for window in windows), default=0)
        groups: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        for window in windows:
            first, end = int(columns.start_first[window]), int(columns.start_last[window] + columns.duration[window])
            groups[best - int(columns.base[window]), first, end].append(window)
        choices = []
        if optional:
            choices.append(task := self._choice(best, 0, columns.slot_count))
            self._tasks.append(_Task(len(self.model.modes), {}, job))
            self.model.add_mode(task, [], 1)
        for (loss, first, end), group in groups.items():
            choices.append(task := self._choice(loss, first, end))
            first_mode = len(self.model.modes)
            self._tasks.append(_Task(first_mode, dict(enumerate(group, first_mode)), job))
            for window in group:
                limits, amounts = columns.uses(window)
                resources = [self._resources[limit] for limit in limits.tolist()]
                self.model.add_mode(task, resources, int(columns.duration[window]), amounts.tolist())
        self.model.add_select_exactly_one(choices)

    def _choice(self, loss_micros: int, first: int, end: int) -> Any:
        """An optional task that costs ``loss_micros`` where it runs."""
        loss = loss_micros // MICROS_PER_WEIGHT
        job = self.model.add_job(weight=loss, due_date=0) if loss else None
        return self.model.add_task(job, earliest_start=first, latest_end=end, optional=True)

    def _dips(self, limit: int) -> None:
        """Fixed tasks take what is missing to the highest capacity."""
        capacity = self._columns.capacity[limit]
        edges = np.flatnonzero(np.r_[True, np.diff(capacity) != 0, True]).tolist()
        for first, end in pairwise(edges):
            if dip := int(capacity.max() - capacity[first]):
                task = self.model.add_task(earliest_start=first, latest_start=first)
                self._tasks.append(_Task(len(self.model.modes), {}, dip_slot=first))
                self.model.add_mode(task, self._resources[limit], end - first, dip)

    def solution(self, selection: Selection) -> Solution:
        """``selection`` as the package's own solution, to start from."""
        from pyjobshop import ScheduledTask, Solution

        data = self.model.data()
        tasks = []
        for task in self._tasks:
            if (chosen := task.chosen_in(selection)) is None:
                # absent tasks name the first mode, as the package's own solutions do
                tasks.append(ScheduledTask(0, [], 0, 0, present=False))
            else:
                mode, start = chosen
                tasks.append(ScheduledTask(mode, data.modes[mode].resources, start, start + data.modes[mode].duration))
        return Solution(data, tasks)

    def columns_of(self, solution: Solution) -> tuple[IntArray, IntArray]:
        """Windows and starts of the package's solution."""
        taken = [
            (task.window_of_mode[scheduled.mode], scheduled.start)
            for task, scheduled in zip(self._tasks, solution.tasks, strict=True)
            if scheduled.present and task.window_of_mode
        ]
        window, start = np.array(taken, dtype=np.int64).reshape(-1, 2).T
        return window, start
