"""HiGHS on the plain time-indexed program, none of Loadstone's cuts, prices or bands: cold, warm, and with presolve off."""

from __future__ import annotations

from benchmarks.peers.base import Answer, Deadline, DeclinedError, Report, checked_search
from benchmarks.peers.cp_sat import start_from_greedy
from benchmarks.peers.warm_up import compile_kernels, missing_module
from optimizer.arrays import no_ints
from optimizer.columns.table import Columns, IntArray
from optimizer.engines.highs_program import HighsProgram, Stop
from optimizer.formulation.milp import Milp, coefficient_count, worthwhile
from optimizer.formulation.selections import positions

#: About 50 bytes each inside HiGHS and as much again while the program is built.
MOST_COEFFICIENTS = 60_000_000
#: HiGHS's own default; the rows are scaled to small whole coefficients, and every plan is checked in integers.
FEASIBILITY_TOLERANCE = 1e-6


class PlainProgram(HighsProgram):
    """The whole program with HiGHS's own settings, but for presolve."""

    def __init__(self, milp: Milp, *, presolve: bool, threads: int, seed: int) -> None:
        super().__init__(milp, milp.rows, integral=True, thread_count=threads, seed=seed)
        for option, value in {
            "presolve": "choose" if presolve else "off",
            "primal_feasibility_tolerance": FEASIBILITY_TOLERANCE,
            "dual_feasibility_tolerance": FEASIBILITY_TOLERANCE,
            "mip_feasibility_tolerance": FEASIBILITY_TOLERANCE,
        }.items():
            self._accept(self._highs.setOptionValue(option, value))


class Highs:
    """``warm``: it starts from the best greedy plan. Branch and cut: plans and bounds come as they are found."""

    anytime = True

    def __init__(self, name: str, *, presolve: bool, warm: bool) -> None:
        self._name, self._presolve, self._warm = name, presolve, warm

    @property
    def name(self) -> str:
        return self._name

    def available(self) -> str | None:
        return missing_module("highspy")

    def prepare(self) -> None:
        import highspy

        highspy.Highs()
        compile_kernels()

    def run(self, columns: Columns, seconds: float, seed: int, threads: int, report: Report) -> Answer:
        if (size := coefficient_count(columns)) > MOST_COEFFICIENTS:
            raise DeclinedError(f"{size:,} coefficients; at most {MOST_COEFFICIENTS:,} fit the memory")
        deadline = Deadline(seconds)
        search = checked_search(columns, deadline, seed, threads, report)
        if self._warm:
            start_from_greedy(search, deadline)
        milp = worthwhile(columns)
        program = PlainProgram(milp, presolve=self._presolve, threads=threads, seed=seed)
        program.accept_gap(0.0, 0)
        if self._warm and search.selection is not None:
            program.start_from(positions(columns, milp, search.selection), no_ints())

        def offer(ones: IntArray) -> None:
            search.offer_columns(milp.window[ones], milp.start[ones])

        program.run(
            Stop(asked=deadline.passed, seconds=deadline.remaining()),
            on_point=lambda point: offer(point.ones),
            on_bound=search.offer_float_bound,
        )
        if (chosen := program.chosen()) is not None:
            offer(chosen.ones)
        search.offer_float_bound(program.tree_bound())
        return Answer(search.selection, search.bound)
