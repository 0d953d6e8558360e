"""``milp.pulse`` and the readable Pyomo model state the same rows, coefficients and objective."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer.columns.table import Columns
from optimizer.formulation.milp import pulse
from optimizer.formulation.pyomo_model import build
from optimizer.formulation.rows import RowFamily
from tests.engines.edge_cases import edge_cases
from tests.engines.tied_columns import tied_columns
from tests.engines.tiny_columns import random_columns

Row = tuple[frozenset[tuple[tuple[int, int], int]], int, bool]


def rows_of_arrays(columns: Columns) -> dict[tuple[str, tuple[int, ...]], Row]:
    milp = pulse(columns)
    rows = milp.rows
    families = {
        RowFamily.ASSIGN: "assign",
        RowFamily.LIMIT: "limit",
        RowFamily.LINK: "limit",
        RowFamily.BUDGET: "budget",
        RowFamily.PRECEDENCE: "precedence",
    }
    stated = {}
    for i in np.flatnonzero(rows.family != RowFamily.TOGETHER).tolist():
        span = range(int(rows.first[i]), int(rows.first[i + 1]))
        entries = [(int(rows.column[k]), int(rows.coefficient[k])) for k in span]
        index = (int(rows.element[i]),) + ((int(rows.slot[i]),) if rows.slot[i] >= 0 else ())
        stated[families[RowFamily(rows.family[i])], index] = (
            frozenset(((int(milp.window[c]), int(milp.start[c])), a) for c, a in entries),
            int(rows.capacity[i]),
            bool(rows.equality[i]),
        )
    return stated


def rows_of_pyomo(model: Any) -> dict[tuple[str, tuple[int, ...]], Row]:
    from pyomo.repn import generate_standard_repn

    column_of = {id(variable): column for column, variable in model.x.items()}
    stated = {}
    for family in (model.assign, model.limit, model.budget, model.precedence):
        for index, constraint in family.items():
            form = generate_standard_repn(constraint.body)
            assert form.is_linear()
            stated[family.name, index if isinstance(index, tuple) else (index,)] = (
                frozenset(
                    (column_of[id(variable)], int(factor))
                    for variable, factor in zip(form.linear_vars, form.linear_coefs, strict=True)
                    if variable is not model.nothing
                ),
                int(constraint.upper() - form.constant),
                constraint.equality,
            )
    return stated


def floors_of_arrays(columns: Columns) -> list[tuple[frozenset[tuple[tuple[int, int], int]], int, int]]:
    """Of each floor: what its columns count, its target, its cost."""
    milp = pulse(columns)
    floors = milp.floors
    return [
        (
            frozenset(
                ((int(milp.window[floors.column[k]]), int(milp.start[floors.column[k]])), int(floors.coefficient[k]))
                for k in range(int(floors.first[floor]), int(floors.first[floor + 1]))
            ),
            int(floors.target[floor]),
            int(floors.cost[floor]),
        )
        for floor in range(floors.count)
    ]


def floors_of_pyomo(model: Any) -> list[tuple[frozenset[tuple[tuple[int, int], int]], int, int]]:
    from pyomo.repn import generate_standard_repn

    column_of = {id(variable): column for column, variable in model.x.items()}
    worth = generate_standard_repn(model.worth.expr)
    cost = {id(variable): -factor for variable, factor in zip(worth.linear_vars, worth.linear_coefs, strict=True)}
    stated = []
    for floor, constraint in model.floor.items():
        form = generate_standard_repn(constraint.body)
        entries = {id(variable): factor for variable, factor in zip(form.linear_vars, form.linear_coefs, strict=True)}
        short = model.shortfall[floor]
        assert entries.pop(id(short)) == 1
        assert (short.lb, short.ub) == (0, int(constraint.lower()))
        counted = frozenset((column_of[variable], int(factor)) for variable, factor in entries.items())
        stated.append((counted, int(constraint.lower()), int(cost[id(short)])))
    return stated


def pairs_of_arrays(columns: Columns) -> set[tuple[int, frozenset[tuple[int, int]]]]:
    """(group, columns) of every row of togetherness."""
    milp = pulse(columns)
    rows = milp.rows
    stated = set()
    for i in np.flatnonzero(rows.family == RowFamily.TOGETHER).tolist():
        column = rows.column[rows.first[i] : rows.first[i + 1]]
        assert set(rows.coefficient[rows.first[i] : rows.first[i + 1]].tolist()) == {1}
        assert (rows.capacity[i], rows.equality[i]) == (1, False)
        stated.add((int(rows.element[i]), frozenset(zip(milp.window[column].tolist(), milp.start[column].tolist()))))
    return stated


def pairs_of_pyomo(model: Any) -> set[tuple[int, frozenset[tuple[int, int]]]]:
    from pyomo.repn import generate_standard_repn

    column_of = {id(variable): column for column, variable in model.x.items()}
    stated = set()
    for index, constraint in model.together.items():
        form = generate_standard_repn(constraint.body)
        assert set(form.linear_coefs) == {1}
        assert constraint.upper() == 1
        stated.add((index[0], frozenset(column_of[id(variable)] for variable in form.linear_vars)))
    return stated


def assert_equal(columns: Columns) -> None:
    from pyomo.repn import generate_standard_repn

    model, milp = build(columns), pulse(columns)
    assert rows_of_pyomo(model) == rows_of_arrays(columns)
    assert floors_of_pyomo(model) == floors_of_arrays(columns)
    assert pairs_of_pyomo(model) == pairs_of_arrays(columns)
    form = generate_standard_repn(model.worth.expr)
    worth = {id(variable): factor for variable, factor in zip(form.linear_vars, form.linear_coefs, strict=True)}
    stated = {column: worth.get(id(variable), 0) for column, variable in model.x.items()}
    assert stated == {
        (int(window), int(start)): int(value) for window, start, value in zip(milp.window, milp.start, milp.worth, strict=True)
    }
    assert model.worth.sense == -1


@pytest.mark.parametrize("name", edge_cases())
def test_edge_cases_are_stated_alike(name: str) -> None:
    assert_equal(edge_cases()[name][0])


def test_tied_problems_are_stated_alike() -> None:
    for seed in range(60):
        assert_equal(tied_columns(seed))


def test_random_problems_are_stated_alike() -> None:
    for seed in range(150):
        assert_equal(random_columns(seed))
