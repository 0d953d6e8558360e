"""Which itineraries an exact engine works on: all where they are few; else those that a better plan could need.

    relaxation over some itineraries -> its prices -> the best itinerary of every job at them -> ... -> a short search for a
    plan -> all itineraries that fall short by no more than the gap

Each bound on the way is exact: prices are rounded to integers, and the best itinerary at them is found by dynamic programme
over all there are. What falls short by more than the gap can be in no better plan, so the search over the rest still proves.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from optimizer.columns.itineraries import Pieces
from optimizer.engines.highs_program import HighsProgram, Stop
from optimizer.engines.search import Search
from optimizer.formulation.duality import PricedOut, certificate, price_out
from optimizer.formulation.itinerary_columns import Itineraries, all_itineraries, tabulate
from optimizer.formulation.itinerary_pricing import NOTHING, ItineraryPricing
from optimizer.formulation.milp import Milp, worthwhile
from optimizer.formulation.rows import Rows
from optimizer.formulation.selections import plant_beside, positions

#: Share of the time left for all of this; and, of what is left each time, for prices and for the search for a plan.
TIME_SHARE = 0.6
PRICING_TIME_SHARE = 0.4
PLAN_TIME_SHARE = 0.3
#: States times steps of the dynamic programmes up to which a round of pricing takes seconds.
MOST_PRICING_STEPS = 2_000_000_000
#: Up to so many itineraries each is a column from the start; beyond, generating them closes sooner than listing them all.
MOST_LISTED = 2_000
#: Of those within the gap, so many at most.
MOST_GENERATED = 10_000
#: Parts of the gap from which all itineraries are taken, while they are few and there is time: the last that was whole counts.
_GAP_PARTS = (256, 64, 16, 4, 2, 1)
_FIRST_OF_EACH = 5


def known_itineraries(search: Search) -> Itineraries:
    """All itineraries of the jobs where they are few; else generated ones, and the search knows what it leaves out."""
    columns = search.columns
    found = all_itineraries(columns, MOST_LISTED)
    if found is not None:
        return found
    if len(columns.precedences) or len(columns.together) or (columns.held_budget >= 0).any():
        # the dynamic programme prices no row of order or togetherness, and none that holds an earlier tier
        return _only_some(search, list(search.best.pieces.items()))
    pricing = ItineraryPricing(columns)
    if pricing.step_count <= MOST_PRICING_STEPS:
        return _Generation(search, pricing).itineraries()
    return _only_some(search, list(search.best.pieces.items()))


def _only_some(search: Search, chosen: list[tuple[int, Pieces]]) -> Itineraries:
    search.partial = f"more than {MOST_LISTED} runs in pieces: only some are considered, and the search adds no bound"
    return tabulate(search.columns, chosen, complete=False)


@dataclass(slots=True)
class _Generation:
    """``chosen`` (job, pieces) are the columns so far, in the order in which they came."""

    search: Search
    pricing: ItineraryPricing
    chosen: dict[tuple[int, Pieces], None] = field(default_factory=dict)
    lowest: PricedOut | None = None
    priced_rows: Rows | None = None
    until: float = 0.0

    def itineraries(self) -> Itineraries:
        search = self.search
        self.chosen.update(dict.fromkeys(search.best.pieces.items()))
        self.until = time.monotonic() + TIME_SHARE * search.monitor.remaining_seconds()
        milp = self._priced()
        if self.lowest is None or self.priced_rows is None:
            return _only_some(search, list(self.chosen))
        search.certifiable = False
        search.offer_bound(self.lowest.bound)
        search.monitor.bound(self.lowest.bound, certificate(search.columns, self.priced_rows, self.lowest))
        if not search.closed():
            self._look_for_a_plan(milp)
        if search.objective is None:
            return _only_some(search, list(self.chosen))
        return self._within_the_gap(self.lowest, search.objective)

    def _priced(self) -> Milp:
        """Columns are generated until none is better than those there are, or the time is up."""
        search, columns = self.search, self.search.columns
        until = time.monotonic() + PRICING_TIME_SHARE * search.monitor.remaining_seconds()
        self._add_best_at_no_prices()
        while True:
            milp = worthwhile(columns, tabulate(columns, self.chosen, complete=False))
            program = self._program(milp, integral=False)
            program.run(Stop(search.monitor.stopping, max(0.0, until - time.monotonic())))
            if not program.optimal():
                return milp
            priced = price_out(
                milp,
                milp.rows,
                program.price(milp.rows),
                columns.mandatory,
                program.floor_price(),
                self.pricing,
                program.stored_price(),
            )
            if priced is None:
                return milp
            if self.lowest is None or priced.bound < self.lowest.bound:
                self.lowest, self.priced_rows = priced, milp.rows
            if not self._add_better(priced, milp) or search.monitor.stopping() or time.monotonic() >= until:
                return milp

    def _add_best_at_no_prices(self) -> None:
        milp = worthwhile(self.search.columns)
        free = np.zeros(milp.rows.count, dtype=np.int64)
        for value in self.pricing.values(milp.rows, free, np.zeros(milp.floors.count, dtype=np.int64), 0):
            for pieces in value.at_least(NOTHING if value.best <= 0 else value.best // 2, _FIRST_OF_EACH):
                self.chosen[value.job, pieces] = None

    def _add_better(self, priced: PricedOut, milp: Milp) -> bool:
        """Whether some job has an itinerary better than all its columns; the best of each is added."""
        known = np.full_like(priced.best, NOTHING)
        np.maximum.at(known, milp.job, priced.best[milp.job] - priced.loss)
        before = len(self.chosen)
        for value in priced.besides:
            if value.best > known[value.job] and (pieces := value.best_pieces()) is not None:
                self.chosen[value.job, pieces] = None
        return len(self.chosen) > before

    def _look_for_a_plan(self, milp: Milp) -> None:
        search = self.search
        program = self._program(milp, integral=True)
        if search.selection is not None:
            watts = plant_beside(search.columns, milp.plant, search.selection)
            program.start_from(positions(search.columns, milp, search.selection), watts)
        program.run(
            Stop(search.monitor.stopping, PLAN_TIME_SHARE * search.monitor.remaining_seconds(), search.params.work_limit),
            on_point=lambda point: search.offer_chosen(milp, *point),
        )
        if (found := program.chosen()) is not None:
            search.offer_chosen(milp, *found)

    def _within_the_gap(self, priced: PricedOut, objective: int) -> Itineraries:
        """All itineraries that a plan better than ``objective`` may take, or those that fall short least."""
        slack = priced.total - ((objective + 1) << priced.unit_bits)
        taken = dict.fromkeys(self.search.best.pieces.items())
        if slack >= 0:
            taken.update(self.chosen)
            self.search.beyond = priced.bound
        for part in _GAP_PARTS if slack >= 0 else ():
            near = self._near(priced, slack // part)
            if near is None:
                break
            taken.update(near)
            self.search.beyond = None if part == 1 else (priced.total - slack // part - 1) >> priced.unit_bits
        return tabulate(self.search.columns, taken, complete=False)

    def _near(self, priced: PricedOut, slack: int) -> dict[tuple[int, Pieces], None] | None:
        """The itineraries that fall short by no more than ``slack``; None where they are too many or the time is up."""
        near: dict[tuple[int, Pieces], None] = {}
        for value in priced.besides:
            found = value.at_least(int(priced.best[value.job]) - slack, MOST_GENERATED + 1 - len(near))
            near.update(((value.job, pieces), None) for pieces in found)
            if len(near) > MOST_GENERATED or time.monotonic() >= self.until or self.search.monitor.stopping():
                return None
        return near

    def _program(self, milp: Milp, *, integral: bool) -> HighsProgram:
        params = self.search.params
        return HighsProgram(milp, milp.rows, integral=integral, thread_count=params.thread_count or 1, seed=params.seed)
