"""What ties jobs to each other, as integer arrays: order, togetherness, and floors on what a tenant's jobs get."""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.arrays import IndexArray, IntArray, no_indices, no_ints


@dataclass(frozen=True, slots=True)
class Precedences:
    """``successor`` runs only if ``predecessor`` does, and starts at or after its end plus ``lag`` slots. Shapes ``[P]``."""

    predecessor: IndexArray = field(default_factory=no_indices)
    successor: IndexArray = field(default_factory=no_indices)
    lag: IndexArray = field(default_factory=no_indices)

    def __len__(self) -> int:
        return len(self.predecessor)


@dataclass(frozen=True, slots=True)
class Together:
    """Groups whose placed jobs share a key: the site, hall or pool. Those of group ``g`` are ``job[first[g]:first[g + 1]]``."""

    first: IntArray = field(default_factory=lambda: no_ints(1))  # [G + 1]
    job: IndexArray = field(default_factory=no_indices)
    key_of_pool: IndexArray = field(default_factory=lambda: no_indices(0, 0))  # [G, pools]

    def __len__(self) -> int:
        return len(self.first) - 1


@dataclass(frozen=True, slots=True)
class Floors:
    """What is short of ``target`` costs ``cost`` micro-units a unit; a window taken counts ``use_amount`` units (GPU-slots).

    A run in pieces counts the GPU-slots of its pieces, overheads included.
    """

    target: IntArray = field(default_factory=no_ints)  # [F]
    cost: IntArray = field(default_factory=no_ints)  # [F]
    use_first: IntArray = field(default_factory=lambda: no_ints(1))  # [W + 1]
    use_index: IndexArray = field(default_factory=no_indices)
    use_amount: IntArray = field(default_factory=no_ints)

    def __len__(self) -> int:
        return len(self.target)
