"""Multiple-choice multidimensional knapsack: exactly one item of each class, the greatest profit that fits every dimension.

Class = mandatory job, item = mode, dimension = resource. The file gives the counts of classes, items a class and dimensions,
the capacities, then for each class its number and its items: profit and weights.
"""

from __future__ import annotations

from pathlib import Path

from optimizer.io.importers.one_slot import one_slot_problem
from optimizer.io.importers.text import NumberReader
from optimizer.problem import ONE_HOUR, GpuPool, Job, Mode, Problem, Resource, ResourceUse


def read_mmkp(path: Path) -> Problem:
    """The file as a problem of one job a class and one mode an item; its objective is the total profit."""
    reader = NumberReader(path)
    class_count = reader.whole("the number of classes", least=1)
    item_count = reader.whole("the number of items a class", least=1)
    dimension_count = reader.whole("the number of dimensions", least=1)
    resources = tuple(
        Resource(name=f"dimension-{d}", capacity=(reader.whole(f"the capacity of dimension {d}"),))
        for d in range(dimension_count)
    )
    jobs = tuple(_class(reader, number, item_count, resources) for number in range(1, class_count + 1))
    reader.end()
    knapsack = GpuPool(name="knapsack", gpu_model="knapsack", node_count=(0,), gpus_per_node=1)
    return one_slot_problem(path.name, (knapsack,), jobs, resources)


def _class(reader: NumberReader, number: int, item_count: int, resources: tuple[Resource, ...]) -> Job:
    reader.expect(number, f"the number of class {number}")
    return Job(name=f"class-{number}", modes=tuple(_item(reader, number, i, resources) for i in range(item_count)))


def _item(reader: NumberReader, class_number: int, item: int, resources: tuple[Resource, ...]) -> Mode:
    where = f"item {item} of class {class_number}"
    # A value would make the job optional; a class must be served, so its profit is a negative cost.
    profit = reader.number(f"the profit of {where}")
    weights = [reader.whole(f"the weight of {where} for {resource.name}") for resource in resources]
    return Mode(
        name=f"item-{item}",
        duration=ONE_HOUR,
        cost=-profit,
        resource_uses=tuple(
            ResourceUse(name=resource.name, amount=weight)
            for resource, weight in zip(resources, weights, strict=True)
            if weight
        ),
    )
