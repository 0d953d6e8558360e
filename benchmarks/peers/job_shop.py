"""PyJobShop, a general scheduling package over CP-SAT: optional tasks, renewable resources, weighted tardy jobs.

It has no reward for a job and no cost that depends on time. What a plan forgoes is stated as tardiness: every window is an
optional task of a job due at time 0, tardy exactly where it runs, weighted with what it is worth less than the job's best
window at mean prices; so is the task that stands for leaving the job out. The plan is then worth what the true prices say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers.base import Answer, Deadline, DeclinedError, Report, checked_search
from benchmarks.peers.cp_sat import start_from_greedy
from benchmarks.peers.warm_up import compile_kernels, missing_module
from optimizer.columns import Columns, IntArray, Selection

if TYPE_CHECKING:
    from pyjobshop import Model, Solution

#: Share of the time left unused: the package reads its solution out after its limit.
READ_OUT_SHARE = 0.03
#: Weights are whole; a micro-unit is finer than mean prices are true.
MICROS_PER_WEIGHT = 1_000
#: Beyond it the package alone needs minutes to state the model.
MOST_WINDOWS = 30_000


class PyJobShop:
    """It has no callback: one plan at its limit, so each limit is a run of its own. Its bound is on mean prices: none here."""

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


@dataclass(slots=True)
class Shop:
    """The model, and which task stands for which window (-1: none)."""

    columns: Columns
    model: Model = field(init=False)
    _window_of_task: list[int] = field(init=False, default_factory=list)
    _left_out: dict[int, int] = field(init=False, default_factory=dict)  # task to job
    _filled_from: dict[int, int] = field(init=False, default_factory=dict)  # task to slot

    def __post_init__(self) -> None:
        from pyjobshop import Model

        self.model = Model()
        capacity = self.columns.capacity
        resources = [self.model.add_renewable(int(row.max(initial=0))) for row in capacity]
        for job in range(self.columns.job_count):
            self._job(job, resources)
        used = np.unique(self.columns.use_limit)
        for limit in used.tolist():
            self._dips(resources[limit], capacity[limit])
        self.model.set_objective(weight_tardy_jobs=1)

    def _job(self, job: int, resources: list[Any]) -> None:
        """Exactly one of the job's windows, or of being left out where that is allowed."""
        columns = self.columns
        windows = range(int(columns.job_first[job]), int(columns.job_first[job + 1]))
        worth = [int(columns.worth(window).mean()) // MICROS_PER_WEIGHT for window in windows]
        optional = not columns.mandatory[job]
        best = max([*worth, 0] if optional else worth, default=0)
        tasks = []
        if optional:
            tasks.append(task := self._choice(best, 0, columns.slot_count))
            self.model.add_mode(task, [], 1)
            self._left_out[len(self._window_of_task)] = job
            self._window_of_task.append(-1)
        for window, worth_at_mean in zip(windows, worth):
            if optional and worth_at_mean <= 0:
                continue
            first, last = int(columns.start_first[window]), int(columns.start_last[window])
            tasks.append(task := self._choice(best - worth_at_mean, first, last))
            limits, amounts = columns.uses(window)
            self.model.add_mode(
                task, [resources[limit] for limit in limits.tolist()], int(columns.duration[window]), amounts.tolist()
            )
            self._window_of_task.append(window)
        self.model.add_select_exactly_one(tasks)

    def _choice(self, loss: int, first: int, last: int) -> Any:
        """An optional task that costs ``loss`` where it runs."""
        job = self.model.add_job(weight=loss, due_date=0) if loss else None
        return self.model.add_task(job, earliest_start=first, latest_start=last, optional=True)

    def _dips(self, resource: Any, capacity: IntArray) -> None:
        """Fixed tasks take what is missing to the highest capacity."""
        edges = np.flatnonzero(np.r_[True, np.diff(capacity) != 0, True]).tolist()
        for first, end in pairwise(edges):
            if dip := int(capacity.max() - capacity[first]):
                task = self.model.add_task(earliest_start=first, latest_start=first)
                self.model.add_mode(task, resource, end - first, dip)
                self._filled_from[len(self._window_of_task)] = first
                self._window_of_task.append(-1)

    def solution(self, selection: Selection) -> Solution:
        """``selection`` as the package's own solution, to start from."""
        from pyjobshop import ScheduledTask, Solution

        data = self.model.data()
        tasks = []
        for task, window in enumerate(self._window_of_task):
            mode = data.task2modes(task)[0]
            job = self._left_out.get(task, -1)
            start: int | None = self._filled_from.get(task)
            if window >= 0:
                at = int(self.columns.job[window])
                start = int(selection.start[at]) if selection.window[at] == window else None
            elif job >= 0:
                start = 0 if selection.window[job] < 0 else None
            if start is None:
                # absent tasks name the first mode, as the package's own solutions do
                tasks.append(ScheduledTask(0, [], 0, 0, present=False))
            else:
                tasks.append(ScheduledTask(mode, data.modes[mode].resources, start, start + data.modes[mode].duration))
        return Solution(data, tasks)

    def columns_of(self, solution: Solution) -> tuple[IntArray, IntArray]:
        """Windows and starts of the package's solution."""
        taken = [
            (window, task.start) for window, task in zip(self._window_of_task, solution.tasks) if window >= 0 and task.present
        ]
        window, start = np.array(taken, dtype=np.int64).reshape(-1, 2).T
        return window, start
