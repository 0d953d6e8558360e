"""Seeded draws that give the same numbers on every Python version: only ``Random.random`` is used, whose stream is fixed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """A stream of draws from one seed."""

    def __init__(self, seed: int) -> None:
        self._next = Random(seed).random

    def chance(self, probability: float) -> bool:
        return self._next() < probability

    def between(self, low: float, high: float) -> float:
        """Uniform in [low, high)."""
        return low + (high - low) * self._next()

    def log_between(self, low: float, high: float) -> float:
        """Log-uniform in [low, high): every doubling is as likely as the next; ``low`` > 0."""
        ratio: float = (high / low) ** self._next()
        return low * ratio

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self._next() * len(items))]

    def pick_weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        mark = self._next() * sum(weights)
        for item, weight in zip(items, weights, strict=True):
            mark -= weight
            if mark < 0:
                return item
        return items[-1]

    def sample(self, items: Sequence[T], count: int) -> list[T]:
        """``count`` different items, in the order they were drawn."""
        rest = list(items)
        return [rest.pop(int(self._next() * len(rest))) for _ in range(count)]
