"""The dynamic programme of a store of energy against its linear relaxation, and its prices against what they prove."""

from __future__ import annotations

import highspy
import numpy as np
import pytest

from optimizer.engines.price.bound.kernel import FloatArray
from optimizer.engines.price.bound.storage import storage_turn

SLOTS = 9


def drawn(seed: int) -> tuple[FloatArray, ...]:
    """(toll, most in, most out, stored, given, held) of a store, with negative tolls and idle slots here and there."""
    rng = np.random.default_rng(seed)
    toll = np.round(rng.normal(3.0, 3.0, SLOTS), 2) * (rng.random(SLOTS) < 0.9)
    most_in, most_out = rng.integers(0, 6, SLOTS).astype(float), rng.integers(0, 6, SLOTS).astype(float)
    given = rng.choice([1.0, 1.25], SLOTS)
    capacity = float(rng.integers(4, 20))
    initial = float(rng.integers(0, int(capacity) + 1))
    return toll, most_in, most_out, 0.8 * given, given, np.array([capacity, initial, float(rng.integers(0, int(initial) + 1))])


def relaxation(toll: FloatArray, most_in: FloatArray, most_out: FloatArray, stored: FloatArray, given: FloatArray,
               held: FloatArray) -> float:  # fmt: skip
    """In and out of a slot share its time."""
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    before = None
    terms = []
    for t in range(SLOTS):
        into, out, after = model.addVariable(0, 1), model.addVariable(0, 1), model.addVariable(0, held[0])
        model.addConstr(into + out <= 1)
        change = stored[t] * most_in[t] * into - given[t] * most_out[t] * out
        model.addConstr(after - change == held[1] if before is None else after - before - change == 0)
        terms.append(toll[t] * most_out[t] * out - toll[t] * most_in[t] * into)
        before = after
    model.addConstr(before >= held[2])
    model.maximize(sum(terms[1:], terms[0]))
    return float(model.getInfo().objective_function_value)


@pytest.mark.parametrize("seed", range(30))
def test_it_gains_what_its_relaxation_does_and_its_prices_prove_that_nothing_gains_more(seed: int) -> None:
    toll, most_in, most_out, stored, given, held = store = drawn(seed)
    value, net, price = storage_turn(toll, -most_out, most_in, stored, given, held)
    assert value == pytest.approx(relaxation(*store), abs=1e-6)
    assert value == pytest.approx(-float((toll * net).sum()), abs=1e-6)
    charging, discharging = most_in * (price * stored - toll), most_out * (toll - price * given)
    proved = np.maximum(0.0, np.maximum(charging, discharging)).sum() + price[0] * held[1] - price[-1] * held[2]
    proved += held[0] * np.maximum(0.0, np.diff(price)).sum() + max(0.0, -price[-1]) * (held[0] - held[2])
    assert proved == pytest.approx(value, abs=1e-6)
    assert (net <= most_in + 1e-9).all()
    assert (-net <= most_out + 1e-9).all()


def test_a_day_ahead_price_is_charged_low_and_given_out_high() -> None:
    full, ones = np.full(4, 10.0), np.ones(4)
    toll, held = np.array([1.0, 4.0, 2.0, 9.0]), np.array([10.0, 0.0, 0.0])
    value, net, price = storage_turn(toll, -full, full, 0.9 * ones, ones, held)
    assert net.tolist() == pytest.approx([10.0, -8.0, 10.0, -10.0]), "one unit waits for the dearest slot"
    assert value == pytest.approx(-10.0 + 32.0 - 20.0 + 90.0)
    assert (price >= 0.0).all()


def test_what_must_come_out_does_and_what_cannot_be_is_told() -> None:
    ones, held = np.ones(3), np.array([4.0, 2.0, 0.0])
    forced = storage_turn(np.array([1.0, 2.0, 9.0]), -4.0 * ones, np.array([5.0, -3.0, 5.0]), ones, ones, held)
    assert forced[0] == pytest.approx(-1.0 * 2.0 + 2.0 * 3.0 + 9.0 * 1.0)
    assert forced[1].tolist() == pytest.approx([2.0, -3.0, -1.0])
    assert storage_turn(ones, -4.0 * ones, np.array([0.0, -3.0, 5.0]), ones, ones, held)[0] == -np.inf
    assert storage_turn(ones, -ones, np.array([0.0, -3.0, 5.0]), ones, ones, held)[0] == -np.inf
