"""Halls in the bound: the compiled dynamic programme against the plain one, the bound and its slope against every plan."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from optimizer.accounting.switching import best_schedule, switching_micros
from optimizer.columns.candidates import candidates
from optimizer.columns.table import Columns
from optimizer.engines.price.bound.certificate import certify
from optimizer.engines.price.bound.dual import DualAscent, DualPoint
from optimizer.engines.price.bound.kernel import pricing_table
from optimizer.engines.price.halls.agents import best_hall, hall_agents
from optimizer.exact.halls import ExactCommitment
from optimizer.exact.problem import exact
from tests.conformance.brute_force import optimum_micros
from tests.conformance.problems import PROBLEMS

NAMES = ("hall_opens_for_two", "hall_min_up", "hall_min_down", "standby_and_carbon", "hall_paid_to_stand_by")


def columns_of(name: str) -> Columns:
    return candidates(exact(PROBLEMS[name])).columns


def random_prices(columns: Columns, seed: int, scale: float) -> DualPoint:
    random = np.random.default_rng(seed)
    limit = random.exponential(scale, columns.capacity.shape) * (random.random(columns.capacity.shape) < 0.5)
    return DualPoint(limit / np.maximum(1, columns.capacity), np.zeros(len(columns.budgets)), np.zeros(0))


def test_the_compiled_schedule_is_the_plain_one() -> None:
    random, slots = Random(1), 9
    for _ in range(300):
        rules = ExactCommitment(
            standby_w=0,
            start_up_micros=random.randrange(9),
            shut_down_micros=random.randrange(9),
            min_up=random.randrange(1, 5),
            min_down=random.randrange(1, 5),
            initially_on=random.random() < 0.5,
            finally_off=random.random() < 0.5,
        )
        gain = [random.randrange(-6, 7) for _ in range(slots)]
        required = [random.random() < 0.2 for _ in range(slots)]
        forbidden = [not need and random.random() < 0.15 for need in required]
        plain = best_schedule(rules, gain, required, forbidden)
        row = np.array([
            rules.start_up_micros, rules.shut_down_micros, rules.min_up, rules.min_down, rules.initially_on, rules.finally_off,
        ], dtype=np.int64)  # fmt: skip
        on = np.zeros(slots, dtype=np.bool_)
        worth = best_hall(
            np.array(gain, dtype=np.float64), row, np.array(required), np.array(forbidden), np.empty((2, slots + 1)), on
        )
        if plain is None:
            assert worth == -np.inf
        else:
            assert tuple(on.tolist()) == plain
            assert worth == sum(g for g, is_on in zip(gain, plain, strict=True) if is_on) - switching_micros(rules, plain)


@pytest.mark.parametrize("name", NAMES)
def test_no_prices_prove_less_than_the_optimum(name: str) -> None:
    columns = columns_of(name)
    table, optimum = pricing_table(columns), optimum_micros(PROBLEMS[name])
    assert optimum is not None
    for seed in range(5):
        assert certify(table, random_prices(columns, seed, 4e7)).certificate.bound_micros >= optimum
    ascent = DualAscent(table)
    ascent.run(300)
    proof = certify(table, ascent.best_point).certificate
    free = certify(table, replace(ascent.best_point, limit=np.zeros(columns.capacity.shape))).certificate
    assert optimum <= proof.bound_micros <= free.bound_micros
    assert proof.bound_micros == pytest.approx(ascent.best_bound, abs=100)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_left_of_limits_is_a_slope_of_the_bound(name: str) -> None:
    # the bound is convex in the prices: elsewhere it is at least what the slope here says
    columns = columns_of(name)
    ascent = DualAscent(pricing_table(columns))
    scale = np.maximum(1.0, np.abs(columns.capacity.astype(np.float64)))
    for seed in range(4):
        here, there = random_prices(columns, seed, 3e7), random_prices(columns, seed + 50, 3e7)
        at_here = ascent.evaluate(here)
        slope = at_here.subgradient[: columns.capacity.size].reshape(columns.capacity.shape) * scale
        assert ascent.evaluate(there).bound >= at_here.bound + float((slope * (there.limit - here.limit)).sum()) - 1.0


def test_standby_of_a_hall_that_is_paid_to_stand_by_counts() -> None:
    columns = columns_of("hall_paid_to_stand_by")
    free = DualPoint(np.zeros(columns.capacity.shape), np.zeros(0), np.zeros(0))
    bound = certify(pricing_table(columns), free).certificate.bound_micros
    best = int(columns.worth(0).max())
    assert len(hall_agents(columns)) == 1
    # on in slots 1 and 2 earns 100 kW x (0.06 + 0.02), less the start-up; a shut-down costs less than slot 3
    assert bound == best + 8_000_000 - 3_000_000 - 1_000_000
