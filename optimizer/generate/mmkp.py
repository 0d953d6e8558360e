"""Multiple-choice knapsack files from a seed, in the public text format: the public sets state no licence to ship under."""

from __future__ import annotations

from types import MappingProxyType

from optimizer.generate.draws import Draws

#: Files in ``instances/benchmarks/mmkp``: name to (classes, items a class, dimensions, seed).
SHIPPED_MMKP = MappingProxyType(
    {"g05x05x05.txt": (5, 5, 5, 1), "g10x05x05.txt": (10, 5, 5, 2), "g15x10x10.txt": (15, 10, 10, 3)}
)
LARGEST_WEIGHT = 9
#: A capacity is this part of what the heaviest choice of every class would take.
CAPACITY_SHARE = 0.5


def generate_mmkp(class_count: int, item_count: int, dimension_count: int, seed: int) -> str:
    """The text of one file: profits grow with the weights and some noise; item 0 of each class weighs nothing.

    So every class can be served, and ``optimizer.io.importers.mmkp`` reads the text back.
    """
    draws = Draws(seed)
    classes = [
        [(0.0, [0] * dimension_count), *(_item(dimension_count, draws) for _ in range(item_count - 1))]
        for _ in range(class_count)
    ]
    capacities = [
        int(CAPACITY_SHARE * sum(max(weights[d] for _, weights in items) for items in classes)) for d in range(dimension_count)
    ]
    lines = [f"{class_count} {item_count} {dimension_count}", _row(capacities)]
    for number, items in enumerate(classes, start=1):
        lines.append(str(number))
        lines += [f"{profit:.2f} {_row(weights)}" for profit, weights in items]
    return "\n".join(lines) + "\n"


def _item(dimension_count: int, draws: Draws) -> tuple[float, list[int]]:
    weights = [int(draws.between(0, LARGEST_WEIGHT + 1)) for _ in range(dimension_count)]
    return float(sum(weights) + int(draws.between(1, 20))), weights


def _row(numbers: list[int]) -> str:
    return " ".join(str(number) for number in numbers)
