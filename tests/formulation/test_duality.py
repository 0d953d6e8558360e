"""Whatever the prices, the bound holds, and so does what each column is said to fall short."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.columns.table import Columns
from optimizer.formulation.duality import certificate, price_out
from optimizer.formulation.milp import worthwhile
from optimizer.formulation.rows import stack
from optimizer.formulation.strengthen import violated_rows
from tests.engines.brute_force import best_objective
from tests.engines.tiny_columns import TinyWindow, random_columns, tiny_columns
from tests.formulation.certificates import certified_bound


def priced_at_random(columns: Columns, seed: int):
    rng = np.random.default_rng(seed)
    milp = worthwhile(columns)
    rows = stack([milp.rows, violated_rows(milp.rows, rng.random(milp.column_count), set())])
    price = rng.exponential(float(np.abs(milp.worth).max(initial=1)) / 10, rows.count) * (rng.random(rows.count) < 0.5)
    return milp, rows, price_out(milp, rows, price, columns.mandatory)


def solvable() -> list[tuple[int, Columns, int]]:
    drawn = [(seed, random_columns(seed)) for seed in range(120)]
    known = [(seed, columns, best_objective(columns)) for seed, columns in drawn]
    return [(seed, columns, best) for seed, columns, best in known if best is not None]


def test_bound_holds_for_any_prices() -> None:
    for seed, columns, best in solvable():
        _, _, priced = priced_at_random(columns, seed)
        assert priced is not None
        assert priced.bound >= best


def test_columns_said_not_to_beat_the_optimum_cannot() -> None:
    """With the optimum less one in hand, some optimal selection survives the fixing."""
    for seed, columns, best in solvable():
        milp, _, priced = priced_at_random(columns, seed)
        assert priced is not None
        kept = priced.may_beat(best - 1)
        bound_of_rest = priced.bound_with_any(np.flatnonzero(~kept)) if (~kept).any() else best - 1
        assert bound_of_rest < best
        assert milp.column_count == len(kept)


def test_certificate_recomputes_to_the_bound() -> None:
    for seed, columns, _ in solvable():
        _, rows, priced = priced_at_random(columns, seed)
        assert priced is not None
        proof = certificate(columns, rows, priced)
        assert certified_bound(columns, proof) == proof.bound_micros == priced.bound


def test_prices_that_are_negative_or_no_numbers_count_as_zero() -> None:
    columns = tiny_columns([TinyWindow(0, 0, 0, base=7, uses={0: 1})], [[4]], slot_count=1, mandatory=[False])
    milp = worthwhile(columns)
    for bad in (-1.0, float("nan"), float("inf")):
        priced = price_out(milp, milp.rows, np.full(milp.rows.count, bad), columns.mandatory)
        assert priced is not None
        assert priced.bound == 7


@pytest.mark.parametrize("worth", [1 << 61, (1 << 62) - 1])
def test_numbers_past_64_bits_have_no_exact_bound(worth: int) -> None:
    windows = [TinyWindow(job, 0, 0, base=worth, uses={0: 1}) for job in range(3)]
    columns = tiny_columns(windows, [[4]], slot_count=1, mandatory=[False] * 3)
    milp = worthwhile(columns)
    assert price_out(milp, milp.rows, np.ones(milp.rows.count), columns.mandatory) is None
