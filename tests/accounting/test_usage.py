"""Use is added up slot by slot, runs side by side, and read the way people read it."""

from __future__ import annotations

from optimizer.accounting.ledger import Run
from optimizer.accounting.usage import Usage, limit_usages, usage
from optimizer.exact.problem import ExactProblem, exact
from optimizer.limits import LimitKind, LimitLabel
from optimizer.problem import Problem, Resource, ResourceUse
from tests.fleet import hall, job, mode, pool, problem, site

FLEET = problem(
    job("a", mode(8, 2, 10.0, resource_uses=(ResourceUse(name="tape", amount=2),))),
    job("b", mode(16, 2, 20.0)),
    sites=(
        site(
            "s",
            hall("h", pool("p", (3, 3, 2, 3)), it_power_limit_kw=(35.0,)),
            import_limit_kw=(40.0,),
            pue=(1.2, 1.2, 1.3, 1.2),
            overhead_kw=(1.0,),
            energy_budget_mwh=0.05,
        ),
    ),
    resources=(Resource(name="tape", capacity=(3,), consumable=True),),
)
NODES = LimitLabel(LimitKind.POOL_NODES, "p", "nodes")
POWER = LimitLabel(LimitKind.HALL_POWER, "h", "W")
GRID = LimitLabel(LimitKind.GRID_IMPORT, "s", "W")
ENERGY = LimitLabel(LimitKind.ENERGY_BUDGET, "s", "Wh")
TAPE = LimitLabel(LimitKind.CONSUMABLE, "tape", "units")


def used(instance: Problem, *starts: int) -> tuple[ExactProblem, Usage]:
    """The first jobs of ``instance``, each in its first mode on the first pool at the given start."""
    inside = exact(instance)
    runs = [Run(job, job.modes[0], inside.pools[0], start) for job, start in zip(inside.jobs, starts)]
    return inside, usage(inside, runs)


def test_nothing_runs_and_nothing_is_used() -> None:
    _, found = used(FLEET)
    assert set(found.slot_used) == set(found.slot_capacity) == {NODES, POWER, GRID}
    assert all(row == [0, 0, 0, 0] for row in found.slot_used.values())
    assert found.horizon_used == {ENERGY: 0, TAPE: 0}
    assert found.excesses() == []


def test_runs_add_up_where_they_overlap() -> None:
    _, found = used(FLEET, 0, 1)
    assert found.slot_used[NODES] == [1, 3, 2, 0]
    assert found.slot_used[POWER] == [10_000, 30_000, 20_000, 0]
    assert found.slot_used[GRID] == found.slot_used[POWER]
    assert found.horizon_used == {ENERGY: 24_000 + 50_000, TAPE: 2}


def test_a_run_to_the_end_of_the_horizon_is_counted_to_its_last_slot() -> None:
    _, found = used(FLEET, 2)
    assert found.slot_used[NODES] == [0, 0, 1, 1]


def test_excess_names_limit_slot_and_amount() -> None:
    _, found = used(FLEET, 2, 2)
    assert found.excesses() == [(NODES, 2, 1), (ENERGY, None, 25_000)]


def test_a_limit_met_exactly_is_kept() -> None:
    instance = problem(job("a", mode(8, 1, 10.0)), sites=(site("s", hall("h", pool("p"), it_power_limit_kw=(10.0,))),))
    assert used(instance, 0)[1].excesses() == []
    tight = problem(job("a", mode(8, 1, 10.0)), sites=(site("s", hall("h", pool("p"), it_power_limit_kw=(9.999,))),))
    assert used(tight, 0)[1].excesses() == [(POWER, 0, 1)]


def test_a_site_whose_overhead_alone_is_too_much_harms_only_what_draws_power() -> None:
    """Nobody can be blamed for the overhead: a run that draws nothing keeps the limit, one of a watt breaks it."""
    sites = (site("s", hall("h", pool("p")), import_limit_kw=(1.0,), overhead_kw=(2.0,)),)
    assert used(problem(job("a", mode(8, 1, 0.0)), sites=sites), 0)[1].excesses() == []
    (excess,) = used(problem(job("a", mode(8, 1, 0.001)), sites=sites), 0)[1].excesses()
    assert excess == (GRID, 0, 1_001)


def test_people_read_the_grid_limit_at_the_connection() -> None:
    inside, found = used(FLEET, 0, 1)
    rows = {row.kind: row for row in limit_usages(inside, found)}
    grid = rows["grid_import"]
    assert grid.unit == "W"
    assert grid.capacity == (40_000,) * 4
    assert grid.used == (13_000, 37_000, 27_000, 1_000)
    assert grid.headroom == (27_000, 3_000, 13_000, 39_000)


def test_a_budget_has_one_figure_and_a_slot_limit_one_a_slot() -> None:
    inside, found = used(FLEET, 0, 1)
    rows = {row.kind: row for row in limit_usages(inside, found)}
    assert list(rows) == ["pool_nodes", "hall_power", "grid_import", "energy_budget", "consumable"]
    assert (rows["energy_budget"].capacity, rows["energy_budget"].used) == ((50_000,), (74_000,))
    assert (rows["consumable"].element, rows["consumable"].headroom) == ("tape", (1,))
    assert rows["pool_nodes"].headroom == (2, 0, 0, 3)
