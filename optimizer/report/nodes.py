"""Which nodes each placement is drawn on: as few pieces as a simple rule gives, never two placements on one node.

The model counts nodes and does not number them; this numbering is for the eye only.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.solution import Placement


@dataclass(frozen=True, slots=True)
class Piece:
    """Nodes ``[first, first + count)`` of one placement."""

    first: int
    count: int


def number_nodes(placements: Sequence[Placement]) -> list[tuple[Piece, ...]]:
    """Pieces of each placement, in the order given, which must be by start slot.

    A placement takes the tightest gap that holds it whole, else the lowest free nodes. Nodes above all others are always
    free, so it always fits; it stays within the pool wherever the plan does.
    """
    running: list[tuple[int, int]] = []
    held: dict[int, tuple[Piece, ...]] = {}
    out: list[tuple[Piece, ...]] = []
    ceiling = _most_at_once(placements)
    for index, placement in enumerate(placements):
        while running and running[0][0] <= placement.start_slot:
            del held[heapq.heappop(running)[1]]
        pieces = _take(_gaps(held, ceiling), placement.node_count)
        held[index] = pieces
        heapq.heappush(running, (placement.end_slot, index))
        out.append(pieces)
    return out


def _most_at_once(placements: Sequence[Placement]) -> int:
    steps = sorted(step for p in placements for step in ((p.start_slot, 1, p.node_count), (p.end_slot, 0, -p.node_count)))
    level = most = 0
    for _, _, change in steps:
        level += change
        most = max(most, level)
    return most


def _gaps(held: dict[int, tuple[Piece, ...]], ceiling: int) -> list[Piece]:
    gaps, low = [], 0
    for piece in sorted((p for pieces in held.values() for p in pieces), key=lambda p: p.first):
        if piece.first > low:
            gaps.append(Piece(low, piece.first - low))
        low = piece.first + piece.count
    return [*gaps, Piece(low, ceiling - low)] if ceiling > low else gaps


def _take(gaps: list[Piece], count: int) -> tuple[Piece, ...]:
    whole = min((g for g in gaps if g.count >= count), key=lambda g: (g.count, g.first), default=None)
    if whole is not None:
        return (Piece(whole.first, count),) if count else ()
    pieces = []
    for gap in gaps:
        pieces.append(Piece(gap.first, min(gap.count, count)))
        count -= pieces[-1].count
        if not count:
            break
    return tuple(pieces)
