"""Rows: no feasible set of gangs breaks one, and they close what the plain relaxation leaves open."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from optimizer.certificates import dual_feasible
from optimizer.columns.halls import Halls
from optimizer.columns.table import Columns
from optimizer.engines.price.bound.bounding import STALL_ROUNDS, BoundingParams, bound_stages
from optimizer.engines.price.bound.kernel import pricing_table
from optimizer.engines.price.bound.profiles import profiles_of
from optimizer.engines.price.rows.gangs import gangs_of, least_gang_count
from optimizer.engines.price.rows.knapsack import best_pattern, covering_duals
from optimizer.engines.price.rows.slot_hull import scopes, violated_cut
from optimizer.engines.price.rows.slot_rows import (
    Activity,
    Runs,
    SlotRow,
    Weights,
    no_slot_rows,
    slot_rows,
    usage_of_runs,
)
from optimizer.engines.price.rows.strengthen import DualFeasibleRow, Strengthening, coefficients
from optimizer.exact.halls import ExactCommitment
from optimizer.priced import patterns
from tests.engines.price.instances import even_activity, optimum, random_columns


@pytest.mark.parametrize("capacity", [1, 6, 7, 12])
@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_no_multiset_within_capacity_breaks_a_dual_feasible_row(capacity: int, order: int) -> None:
    # Coefficients are superadditive where no set of parts of a use gains by being split, so pairs settle all multisets.
    for a, b in itertools.product(range(1, capacity + 1), repeat=2):
        if a + b <= capacity:
            together = dual_feasible(a + b, capacity, order)
            assert dual_feasible(a, capacity, order) + dual_feasible(b, capacity, order) <= order * (order + 1)
            assert together <= order * (order + 1)
    best = [0] * (capacity + 1)
    for room in range(1, capacity + 1):
        best[room] = max(best[room - use] + dual_feasible(use, capacity, order) for use in range(1, room + 1))
    assert best[capacity] == order * (order + 1)


def test_coefficients_are_the_certificates_own() -> None:
    use = np.arange(1, 30)
    for order in range(1, 6):
        expected = [dual_feasible(int(u), 20, order) if u <= 20 else 0 for u in use]
        assert coefficients(use, np.array([20]), order).tolist() == expected


def brute_force(value: list[float], use: list[list[int]], capacity: list[int], most: list[int]) -> float:
    best = 0.0
    for pattern in itertools.product(*(range(m + 1) for m in most)):
        if all(sum(x * u[m] for x, u in zip(pattern, use, strict=True)) <= c for m, c in enumerate(capacity)):
            best = max(best, sum(x * v for x, v in zip(pattern, value, strict=True)))
    return best


@pytest.mark.parametrize("seed", range(20))
def test_best_pattern_is_the_brute_force_optimum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    use = rng.integers(0, 6, (6, 3))
    use[:, 0] += 1
    value, capacity, most = rng.random(6), rng.integers(4, 14, 3), rng.integers(0, 4, 6)
    best, pattern, proved = best_pattern(value, use, capacity, most, 10_000)
    assert proved
    assert (use.T @ pattern <= capacity).all()
    assert (pattern <= most).all()
    assert value @ pattern == pytest.approx(best)
    assert best == pytest.approx(brute_force(value.tolist(), use.tolist(), capacity.tolist(), most.tolist()))


def test_a_search_cut_short_says_so() -> None:
    rng = np.random.default_rng(0)
    use = rng.integers(10, 40, (20, 2))
    most = np.ones(20, dtype=np.int64)
    assert not best_pattern(rng.random(20) + use.sum(axis=1), use, np.array([200, 200]), most, 30)[2]


def test_covering_duals_prove_that_conflicting_gangs_share_no_slot() -> None:
    # 0.4 and 0.65 of a limit conflict, which no dual feasible function of low order sees.
    use, capacity, most = np.array([[40], [65]]), np.array([100]), np.array([1, 1])
    size, duals = covering_duals(np.array([0.8, 0.7]), use, capacity, most, 1000, 100)
    assert size == pytest.approx(1.5)
    assert duals == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize("seed", range(12))
def test_no_feasible_pattern_breaks_a_cut_in_any_of_its_slots(seed: int) -> None:
    columns = random_columns(seed, job_count=5)
    gangs = gangs_of(columns, profiles_of(columns))
    rng = np.random.default_rng(seed)
    activity = Activity((rng.random(gangs.job_count.shape) * (gangs.job_count > 0) * 600).astype(np.int32), 1000)
    for scope in scopes(gangs):
        cut = violated_cut(columns, gangs, scope, activity, np.ones(columns.slot_count), 3, 0.01)
        if cut is None:
            continue
        assert cut.coefficient @ activity.mean(cut.gang, 3) > cut.rhs
        assert 3 in cut.slots
        for slot in cut.slots:
            value, use = cut.coefficient.tolist(), gangs.use[cut.gang].tolist()
            most = np.minimum(gangs.job_count[cut.gang, slot], 3).tolist()
            assert brute_force(value, use, columns.capacity[:, slot].tolist(), most) <= cut.rhs


def test_job_counts_count_a_job_once_though_its_windows_overlap() -> None:
    columns = random_columns(2, job_count=6)
    profiles = profiles_of(columns)
    gangs = gangs_of(columns, profiles)
    offered: dict[tuple[int, int], set[int]] = {}
    for window in range(columns.window_count):
        gang = int(gangs.of_profile[profiles.of_window[window]])
        for slot in range(columns.start_first[window], columns.start_last[window] + columns.duration[window]):
            offered.setdefault((gang, slot), set()).add(int(columns.job[window]))
    for gang, slot in np.ndindex(gangs.job_count.shape):
        assert gangs.job_count[gang, slot] == len(offered.get((gang, slot), set()))


@pytest.mark.parametrize("seed", range(5))
def test_rows_only_ever_tighten_and_never_below_the_optimum(seed: int) -> None:
    columns = random_columns(seed, job_count=4)
    columns = replace(columns, budget_capacity=columns.budget_capacity * 100)
    stages = list(bound_stages(pricing_table(columns), BoundingParams(row_rounds=3, last_evaluations=300)))
    best = optimum(columns)
    assert best is not None
    bounds = [stage.bound for stage in stages]
    assert all(after <= before * (1 + 1e-12) for before, after in itertools.pairwise(bounds))
    assert bounds[-1] >= best - 5.0


def test_rows_are_appended_so_a_point_stays_valid() -> None:
    table = pricing_table(random_columns(1, job_count=6))
    strengthening = Strengthening(table)
    activity = even_activity(strengthening)
    added = strengthening.add_dual_feasible_rows(activity)
    first = strengthening.rows()
    assert added == first.count == len(strengthening.labels) > 0
    assert strengthening.add_dual_feasible_rows(activity) == 0
    more = strengthening.add_pattern_cuts(activity, np.ones_like(table.columns.capacity, dtype=np.float64))
    assert more > 0
    np.testing.assert_array_equal(strengthening.rows().rhs[: first.count], first.rhs)


ALWAYS_ALLOWED = ExactCommitment(
    standby_w=0, start_up_micros=0, shut_down_micros=0, min_up=1, min_down=1, initially_on=False, finally_off=False
)


def with_a_switched_hall(columns: Columns) -> Columns:
    """The first pool stands in a hall that may be switched off and draws nothing while on."""
    return replace(
        columns,
        halls=Halls(
            name=("h0",),
            rules=(ALWAYS_ALLOWED,),
            on_cost=np.zeros((1, columns.slot_count), dtype=np.int64),
            carries=np.ones((1, columns.slot_count), dtype=np.bool_),
            hall_of_pool=np.array([0, -1], dtype=np.int32),
            hall_of_limit=np.array([0, -1, 0, -1], dtype=np.int32),
            grid_limit=np.array([-1], dtype=np.int32),
            export_limit=np.array([-1], dtype=np.int32),
        ),
    )


@pytest.mark.parametrize(("most_gangs", "rows_are_kept"), [(400, True), (0, False)])
def test_a_row_beside_switched_halls_is_kept_only_where_the_check_can_settle_it(
    most_gangs: int, rows_are_kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patterns, "MOST_ROW_ITEMS", most_gangs)
    table = pricing_table(with_a_switched_hall(random_columns(1, job_count=6)))
    strengthening = Strengthening(table)
    activity = even_activity(strengthening)
    added = strengthening.add_pattern_cuts(activity, np.ones_like(table.columns.capacity, dtype=np.float64))
    assert (added > 0) is rows_are_kept
    assert added == strengthening.rows().count == len(strengthening.labels)
    assert (len(strengthening.cuts) > 0) is rows_are_kept


def test_rows_added_by_name_are_those_that_separation_finds_and_none_without_gangs() -> None:
    table = pricing_table(random_columns(1, job_count=6))
    found, named = Strengthening(table), Strengthening(table)
    found.add_dual_feasible_rows(even_activity(found))
    labels = [label for label in found.labels if isinstance(label, DualFeasibleRow)]
    # of limits with a million times as much no gang takes part in any row
    vast = replace(table.columns, capacity=table.columns.capacity * 10**6)
    named.add_rows(labels)
    assert named.labels == labels
    np.testing.assert_array_equal(named.rows().coefficient, found.rows().coefficient)
    np.testing.assert_array_equal(named.rows().row, found.rows().row)
    without_gangs = Strengthening(replace(table, columns=vast))
    without_gangs.add_rows(labels)
    assert without_gangs.labels == []


def test_rows_are_dropped_with_their_labels() -> None:
    table = pricing_table(random_columns(1, job_count=6))
    strengthening = Strengthening(table)
    activity = even_activity(strengthening)
    strengthening.add_dual_feasible_rows(activity)
    labels, rhs, entries = list(strengthening.labels), strengthening.rows().rhs, strengthening.entry_count
    kept = np.arange(len(labels)) % 2 == 0
    strengthening.keep_rows(kept)
    assert strengthening.labels == labels[::2]
    np.testing.assert_array_equal(strengthening.rows().rhs, rhs[::2])
    assert 0 < strengthening.entry_count < entries
    # what was dropped may come again
    assert strengthening.add_dual_feasible_rows(activity) == len(labels) - kept.sum()


def test_rounds_end_where_they_gain_too_little() -> None:
    table = pricing_table(random_columns(3, job_count=6))
    patient = BoundingParams(row_rounds=200, round_evaluations=20, last_evaluations=20, round_decay=0.9, least_step=0.001)
    stages = [list(bound_stages(table, replace(patient, least_gain=gain))) for gain in (0.0, 1.0)]
    assert stages[1][-1].bound >= stages[0][-1].bound
    assert len(stages[1]) <= STALL_ROUNDS + 2


def stages_after(passed: float, **params: float) -> list[int]:
    """The evaluations of each stage where the first has taken ``passed`` of the time, and later ones take no more."""
    share = 0.0
    quick = BoundingParams(ascent_evaluations=30, row_rounds=4, round_evaluations=20, last_evaluations=100)
    stages = bound_stages(pricing_table(random_columns(3, job_count=6)), replace(quick, **params), share=lambda: share)
    counts = [next(stages).evaluation_count]
    share = passed
    return counts + [stage.evaluation_count for stage in stages]


def test_rows_begin_only_with_the_time_for_a_round_and_end_with_the_longest_ascent() -> None:
    assert len(stages_after(0.6)) == 1
    short, long = stages_after(0.2), stages_after(0.0)
    # an ascent looks at the average of its later steps besides
    assert len(short) == 2
    assert short[1] > 50
    assert len(long) > 2
    assert all(count < 50 for count in long[1:-1])


def test_a_round_that_gains_little_is_followed_by_the_last() -> None:
    rounds = [stages_after(0.0, rounds_before_cuts=0, round_gain=gain) for gain in (0.0, 1.0)]
    assert len(rounds[1]) == 3 < len(rounds[0])
    assert rounds[1][-1] > 50


def random_rows(generator: np.random.Generator, row_count: int) -> list[SlotRow]:
    """Rows of seven gangs and five slots over four weights, of which two in a slot may have the same."""
    shared = []
    for _ in range(4):
        gang = np.flatnonzero(generator.random(7) < 0.4).astype(np.int32)
        shared.append(Weights(gang, generator.integers(1, 9, len(gang))))
    return [SlotRow(int(slot), 9, shared[generator.integers(4)]) for slot in generator.integers(0, 5, row_count)]


@pytest.mark.parametrize("seed", range(4))
def test_rows_charge_what_each_of_them_says(seed: int) -> None:
    generator = np.random.default_rng(seed)
    rows, gang_of_profile = random_rows(generator, 40), np.array([6, 0, 0, 3, 1, 5, 2, 4, 3], dtype=np.int32)
    laid = slot_rows(rows, gang_of_profile, 5)
    whole = generator.integers(0, 2, len(rows)) * generator.integers(0, 2**40, len(rows))
    expected = np.zeros((len(gang_of_profile), 5), dtype=np.int64)
    for row, multiplier in zip(rows, whole, strict=True):
        for gang, coefficient in zip(row.weights.gang, row.weights.coefficient, strict=True):
            expected[gang_of_profile == gang, row.slot] += coefficient * multiplier
    rates, surcharge = laid.rates(whole), laid.surcharge(whole.astype(np.float64))
    assert rates.dtype == np.int64
    for profile, entry in enumerate(laid.of_profile.tolist()):
        assert (rates[entry] if entry >= 0 else np.zeros(5)).tolist() == expected[profile].tolist()
        if entry >= 0:
            assert surcharge.rate[entry] == pytest.approx(expected[profile])
    assert no_slot_rows(3, 4).count == 0


def test_rows_count_the_runs_in_their_slots() -> None:
    columns = random_columns(1, job_count=6)
    profiles = profiles_of(columns)
    gangs = gangs_of(columns, profiles)
    generator = np.random.default_rng(1)
    rows = []
    for _ in range(30):
        gang = np.flatnonzero(generator.random(len(gangs.use)) < 0.5).astype(np.int32)
        weights = Weights(gang, generator.integers(1, 9, len(gang)))
        rows += [SlotRow(slot, 9, weights) for slot in generator.integers(0, columns.slot_count, 3).tolist()]
    window, start = np.arange(columns.window_count, dtype=np.int32), columns.start_first
    laid = slot_rows(rows, gangs.of_profile, columns.slot_count)
    counted = usage_of_runs(columns, profiles, laid, Runs.of_windows(window, start)).row
    for row, count in zip(rows, counted, strict=True):
        running = window[(start <= row.slot) & (row.slot < start + columns.duration)]
        of_gang = dict(zip(row.weights.gang.tolist(), row.weights.coefficient.tolist(), strict=True))
        assert count == sum(of_gang.get(gang, 0) for gang in gangs.of_profile[profiles.of_window[running]].tolist())


def test_slots_of_one_capacity_share_their_weights() -> None:
    columns = random_columns(1, job_count=6)
    columns = replace(columns, capacity=np.repeat(columns.capacity[:, :1], columns.slot_count, axis=1))
    strengthening = Strengthening(pricing_table(columns))
    assert strengthening.add_dual_feasible_rows(even_activity(strengthening))
    rows = strengthening.rows()
    alike = {(label.limit, label.order) for label in strengthening.labels if isinstance(label, DualFeasibleRow)}
    assert len(rows.row_first) - 1 <= len(alike) < rows.count


def test_gangs_are_counted_before_they_are_laid_out() -> None:
    table = pricing_table(random_columns(2, job_count=6))
    gang_count = len(gangs_of(table.columns, table.profiles).use)
    assert least_gang_count(table.profiles) == gang_count > 1
    for most, is_strengthened in ((gang_count, True), (gang_count - 1, False)):
        stages = bound_stages(table, BoundingParams(row_rounds=1, most_gangs=most))
        assert any(stage.rows is not None for stage in stages) is is_strengthened


def test_broken_rows_are_found_alike_however_many_slots_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = random_columns(3)
    table = pricing_table(columns)
    gang_count = len(gangs_of(columns, table.profiles).use)
    activity = Activity(np.random.default_rng(3).integers(0, 20, (gang_count, columns.slot_count), dtype=np.int32), 10)
    found = []
    for at_once in (168, 2):
        monkeypatch.setattr("optimizer.engines.price.rows.strengthen.SLOTS_AT_ONCE", at_once)
        strengthening = Strengthening(table)
        assert strengthening.add_dual_feasible_rows(activity)
        found.append(strengthening.labels)
    assert found[0] == found[1]
