"""Pricing finds the best itinerary of every job, and every one near the best, as trying all does."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.formulation.duality import price_out
from optimizer.formulation.itinerary_columns import all_itineraries
from optimizer.formulation.itinerary_pricing import NOTHING, ItineraryPricing
from optimizer.formulation.milp import pulse
from tests.engines.tiny_lanes import random_columns_with_lanes


@pytest.mark.parametrize("with_floors", [False, True])
def test_best_and_near_itineraries_at_random_prices(with_floors: bool) -> None:
    seen = 0
    for seed in range(200):
        columns = random_columns_with_lanes(seed)
        known = all_itineraries(columns)
        assert known is not None
        milp = pulse(columns, known)
        rng = np.random.default_rng(seed)
        price = np.where(rng.random(milp.rows.count) < 0.6, rng.random(milp.rows.count) * 9, 0.0)
        credit = columns.floors.cost * rng.random(len(columns.floors)) if with_floors else None
        whole = price_out(milp, milp.rows, price, columns.mandatory, credit, ItineraryPricing(columns))
        assert whole is not None
        gain = whole.best[milp.job] - whole.loss
        for value in whole.besides:
            own = [
                c
                for c in range(milp.window_column_count, milp.column_count)
                if milp.job[c] == value.job and all(piece.lane in value.lanes for piece in known.pieces[milp.start[c]])
            ]
            assert value.best == max((int(gain[c]) for c in own), default=value.best)
            if not own:
                assert value.best_pieces() is None
                assert value.at_least(NOTHING, 10) == []
                continue
            assert value.best_pieces() in [known.pieces[milp.start[c]] for c in own if gain[c] == value.best]
            least = int(rng.choice(gain[own]))
            near = {known.pieces[milp.start[c]] for c in own if gain[c] >= least}
            found = value.at_least(least, 10_000)
            assert len(found) == len(set(found))
            assert set(found) == near
            assert len(value.at_least(least, 2)) == min(2, len(near))
            seen += len(near)
    assert seen > 300


def test_the_bound_holds_for_itineraries_that_are_no_columns() -> None:
    for seed in range(60):
        columns = random_columns_with_lanes(seed)
        known = all_itineraries(columns)
        assert known is not None
        every, none = pulse(columns, known), pulse(columns)
        price = np.random.default_rng(seed).random(every.rows.count) * 5
        whole = price_out(every, every.rows, price, columns.mandatory)
        rows = every.rows.over(np.arange(none.column_count), every.column_count)
        without = price_out(none, rows, price, columns.mandatory, None, ItineraryPricing(columns))
        assert whole is not None
        assert without is not None
        priced_rows_only = not np.isin(every.rows.family, (0, 1, 2)).all()
        assert priced_rows_only or abs(whole.total / 2**whole.unit_bits - without.total / 2**without.unit_bits) < 1
