"""HiGHS on the pulse form: root prices, dual feasible rows, then searches over growing bands of columns.

1. The relaxation is solved and strengthened with the dual feasible rows its solutions break. Its prices, rounded to
   integers, give an exact bound with a certificate, and what each column falls short of it.
2. Columns that cannot be part of anything better than the incumbent go, by that exact shortfall.
3. Branch and cut over the ``band`` of columns that fall short least; a wider band follows until it holds every column
   that is left. A narrow band finds plans; the last one proves.

The certificate proves the root bound. A lower bound that branching found is a float, rounded outwards; then no
certificate is returned. docs/adr/0002-formulation.md has the measurements.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from optimizer.columns.table import BoolArray, Columns, IntArray, Selection
from optimizer.engines.base import Availability, Capability, EngineResult, Monitor
from optimizer.engines.highs_program import HighsProgram, Stop
from optimizer.engines.itinerary_generation import known_itineraries
from optimizer.engines.search import Search, infeasible, settled, settled_by_jobs, too_large
from optimizer.features import PLACED_FEATURES, PLANT_FEATURES, Feature
from optimizer.formulation.duality import PricedOut, certificate, price_out
from optimizer.formulation.milp import Milp, binding, worthwhile
from optimizer.formulation.rows import Rows, stack
from optimizer.formulation.selections import plant_beside, positions
from optimizer.formulation.strengthen import violated_rows
from optimizer.params import SolveParams
from optimizer.units import to_micros

#: Above it the program needs more memory (about 50 bytes a coefficient) than a shared worker has.
MOST_COEFFICIENTS = 60_000_000
_ROUNDS = 20
_FIRST_BAND_PER_JOB = 10
_BAND_GROWTH = 4
_BAND_TIME_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Root:
    """The strengthened relaxation: its rows, and its prices in integers (None where they do not fit 64 bits)."""

    rows: Rows
    priced: PricedOut | None
    infeasible: bool
    round_count: int


class HighsEngine:
    """Exact branch and cut. ``work_limit`` counts the nodes of each search and makes runs repeat exactly."""

    name = "highs"
    capabilities = frozenset(Capability)
    features: frozenset[Feature] = PLACED_FEATURES | PLANT_FEATURES

    def availability(self) -> Availability:
        try:
            return Availability(True, f"highspy {version('highspy')}")
        except PackageNotFoundError:
            return Availability(False, "highspy is not installed")

    def solve(self, columns: Columns, params: SolveParams, start: Selection | None, monitor: Monitor) -> EngineResult:
        search = Search(columns, params, start, monitor)
        if (answer := settled(search)) is not None:
            return answer
        if (answer := too_large(search, MOST_COEFFICIENTS)) is not None:
            return answer
        milp = worthwhile(columns, known_itineraries(search))
        if (answer := settled_by_jobs(search, milp.job)) is not None:
            return answer
        root = _solve_root(milp, search)
        if root.infeasible and not search.partial:
            return infeasible("the relaxation has no solution")
        if root.priced is not None:
            search.offer_bound(root.priced.bound)
        searched = _search_bands(milp, root, search)
        if searched.infeasible and not search.partial:
            return infeasible("the search tree is closed without a plan")
        proved = search.certifiable and root.priced is not None and root.priced.bound == search.bound
        proof = root.priced if proved else None
        return search.result(
            limited=searched.limited,
            certificate=certificate(columns, root.rows, proof) if proof is not None else None,
            statistics={
                "row_count": float(root.rows.count),
                "coefficient_count": float(len(root.rows.column)),
                "root_round_count": float(root.round_count),
                "node_count": float(searched.node_count),
            },
        )


def _solve_root(milp: Milp, search: Search) -> Root:
    """The relaxation, strengthened until no dual feasible row is broken or the time is up."""
    program = HighsProgram(
        milp, milp.rows, integral=False, thread_count=search.params.thread_count or 1, seed=search.params.seed
    )
    rows = milp.rows
    known: set[tuple[int, int]] = set()
    rounds = 0
    while True:
        program.run(_stop(search, 1.0))
        rounds += 1
        if program.infeasible():
            return Root(rows=rows, priced=None, infeasible=True, round_count=rounds)
        if not program.optimal() or search.monitor.stopping() or rounds == _ROUNDS:
            break
        broken = violated_rows(milp.rows, program.activity(), known)
        if not broken.count:
            break
        program.add_rows(broken)
        rows = stack([rows, broken])
    priced = price_out(
        milp,
        rows,
        program.price(rows),
        search.columns.mandatory,
        program.floor_price(),
        stored_price=program.stored_price(),
    )
    return Root(rows=rows, priced=priced, infeasible=False, round_count=rounds)


@dataclass(frozen=True, slots=True)
class Searched:
    """How the searches over the bands ended."""

    limited: bool
    infeasible: bool
    node_count: int


def _search_bands(milp: Milp, root: Root, search: Search) -> Searched:
    """Branch and cut over ever wider bands of columns, until one holds all that may beat the incumbent."""
    width = _FIRST_BAND_PER_JOB * max(1, search.columns.job_count)
    node_count = 0
    while not search.closed():
        if search.monitor.stopping():
            return Searched(limited=True, infeasible=False, node_count=node_count)
        left = _may_beat_incumbent(milp, root, search)
        if not left.any() and not len(milp.plant.stores.batteries):
            break
        band = _narrowest(left, root, width)
        last = len(band) == int(left.sum())
        left[band] = False
        beyond = root.priced.bound_with_any(np.flatnonzero(left)) if root.priced is not None and not last else None
        program = _search_band(milp, root, search, band, beyond)
        node_count += program.node_count()
        if last:
            unsolvable = program.infeasible() and search.objective is None
            limited = not (program.optimal() or program.infeasible())
            return Searched(limited=limited, infeasible=unsolvable, node_count=node_count)
        width *= _BAND_GROWTH
    return Searched(limited=False, infeasible=False, node_count=node_count)


def _may_beat_incumbent(milp: Milp, root: Root, search: Search) -> BoolArray:
    """``[N]``: the columns that something better than the incumbent may take."""
    if root.priced is None or search.objective is None:
        return np.ones(milp.column_count, dtype=np.bool_)
    return root.priced.may_beat(search.objective)


def _narrowest(left: BoolArray, root: Root, width: int) -> IntArray:
    """The ``width`` columns of ``left`` that fall short least; all of them where hardly any would stay out."""
    columns = np.flatnonzero(left)
    if root.priced is None or 2 * width >= len(columns):
        return columns
    nearest = np.argsort(root.priced.loss[columns], kind="stable")[:width]
    return np.sort(columns[nearest])


def _search_band(milp: Milp, root: Root, search: Search, band: IntArray, beyond: int | None) -> HighsProgram:
    """Branch and cut over ``band`` and the incumbent's columns; ``beyond`` bounds what takes another column."""
    incumbent = positions(search.columns, milp, search.best)
    switches = np.arange(milp.column_count - milp.hall_column_count, milp.column_count)
    keep = np.union1d(np.union1d(band, incumbent), switches)
    part = milp.restricted(keep)
    rows = binding(root.rows.over(keep, milp.column_count), part)
    program = HighsProgram(part, rows, integral=True, thread_count=search.params.thread_count or 1, seed=search.params.seed)
    program.accept_gap(search.solver_gap, to_micros(search.params.absolute_gap))
    if search.selection is not None:
        watts = plant_beside(search.columns, part.plant, search.selection)
        program.start_from(positions(search.columns, part, search.selection), watts)

    def offer_bound(bound: float) -> None:
        search.offer_float_bound(bound if beyond is None else max(bound, float(beyond)))

    program.run(
        _stop(search, 1.0 if beyond is None else _BAND_TIME_SHARE),
        on_point=lambda point: search.offer_chosen(part, *point),
        on_bound=offer_bound,
    )
    if (chosen := program.chosen()) is not None:
        search.offer_chosen(part, *chosen)
    offer_bound(program.tree_bound())
    return program


def _stop(search: Search, share: float) -> Stop:
    """Within ``share`` of the time left; with a work limit, after as many nodes and by no share, so that runs repeat."""
    work_limit = search.params.work_limit
    seconds = search.monitor.remaining_seconds() * (share if work_limit is None else 1.0)
    return Stop(asked=search.monitor.stopping, seconds=seconds, node_limit=work_limit)
