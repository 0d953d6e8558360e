"""Multidimensional knapsack: choose items of the greatest profit whose weights fit every dimension.

Item = optional job with the profit as its value, dimension = resource. The file (OR-Library ``mknap``, one problem) gives
the counts of items ``n`` and dimensions ``m`` and the optimum (0: unknown), ``n`` profits, ``m`` rows of ``n`` weights, then
``m`` capacities.
"""

from __future__ import annotations

from pathlib import Path

from optimizer.io.importers.one_slot import one_slot_problem
from optimizer.io.importers.text import NumberReader
from optimizer.problem import ONE_HOUR, GpuPool, Job, Mode, Problem, Resource, ResourceUse


def read_mkp(path: Path) -> Problem:
    """The file as a problem of ``n`` jobs sharing ``m`` resources; its objective is the total profit."""
    reader = NumberReader(path)
    item_count = reader.whole("the number of items", least=1)
    dimension_count = reader.whole("the number of dimensions", least=1)
    reader.number("the optimum (0: unknown)")
    items, dimensions = range(item_count), range(dimension_count)
    profits = [reader.number(f"the profit of item {i}") for i in items]
    weights = [[reader.whole(f"the weight of item {i} in dimension {d}") for i in items] for d in dimensions]
    resources = tuple(
        Resource(name=f"dimension-{d}", capacity=(reader.whole(f"the capacity of dimension {d}"),)) for d in dimensions
    )
    reader.end()

    jobs = tuple(
        Job(
            name=f"item-{i}",
            value=profits[i],
            modes=(
                Mode(
                    name="chosen",
                    duration=ONE_HOUR,
                    resource_uses=tuple(
                        ResourceUse(name=resources[d].name, amount=weights[d][i]) for d in dimensions if weights[d][i]
                    ),
                ),
            ),
        )
        for i in items
    )
    knapsack = GpuPool(name="knapsack", gpu_model="knapsack", node_count=(0,), gpus_per_node=1)
    return one_slot_problem(path.name, (knapsack,), jobs, resources)
