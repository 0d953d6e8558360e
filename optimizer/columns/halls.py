"""Halls that may be switched off, as integer arrays: what standby draws and costs, and which limits hang on each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from optimizer.arrays import BoolArray, IndexArray, IntArray, no_indices, no_ints
from optimizer.exact.halls import ExactCommitment


@dataclass(frozen=True, slots=True)
class Halls:
    """``K`` halls over ``T`` slots. The capacity of a hall's own limits is there while it is on; standby is taken off already.

    ``hall_of_pool`` and ``hall_of_limit``: the hall among these in which a pool stands and on which a limit hangs, or -1.
    """

    name: tuple[str, ...] = ()  # [K]
    rules: tuple[ExactCommitment, ...] = ()  # [K]
    on_cost: IntArray = field(default_factory=lambda: no_ints(0, 0))  # [K, T] micro-units a slot that the hall is on
    carries: BoolArray = field(default_factory=lambda: no_ints(0, 0).astype(bool))  # [K, T] its own limit carries standby
    hall_of_pool: IndexArray = field(default_factory=no_indices)  # [pools]
    hall_of_limit: IndexArray = field(default_factory=no_indices)  # [L]
    grid_limit: IndexArray = field(default_factory=no_indices)  # [K] the limit that standby draws on, or -1
    export_limit: IndexArray = field(default_factory=no_indices)  # [K] that of what its site draws, which it gives to, or -1

    def __len__(self) -> int:
        return len(self.name)

    @property
    def standby_w(self) -> IntArray:
        """``[K]``: watts from the grid limit while on."""
        watts = no_ints(len(self))
        watts[:] = [rules.standby_w for rules in self.rules]
        return watts

    def drawn_on(self) -> list[tuple[int, int, int]]:
        """(hall, limit, watts a slot that it is on) wherever standby takes of a limit of its site or, below 0, gives to it."""
        return [
            (hall, limit, sign * rules.standby_w)
            for limits, sign in ((self.grid_limit, 1), (self.export_limit, -1))
            for hall, (limit, rules) in enumerate(zip(limits.tolist(), self.rules, strict=True))
            if limit >= 0 and rules.standby_w
        ]

    def at_no_cost(self) -> Halls:
        """The same halls, whose standby and switching cost nothing."""
        rules = tuple(replace(rules, start_up_micros=0, shut_down_micros=0) for rules in self.rules)
        return replace(self, rules=rules, on_cost=no_ints(*self.on_cost.shape))
